#include "dossier/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "base/check.hpp"
#include "dossier/checksum.hpp"
#include "dossier/key_code.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

constexpr char magic[8] = {'A', 'N', 'L', 'D', 'O', 'S', 'S', '\n'};
constexpr std::uint32_t format_version = 1;
constexpr std::uint32_t byte_order = 0x01020304;
constexpr std::size_t alignment = 64;

struct Header {
  char magic[8];
  std::uint32_t format;
  std::uint32_t order;
  char kind_version[16];
  std::uint32_t bucket;
  std::uint32_t buckets;
  std::uint64_t size;
  std::uint64_t sections;
  std::uint64_t checksum;  // of header (with this field 0) and section table
};
static_assert(sizeof(Header) == 64 && sizeof(Section) == 24);

tl::unexpected<Error> damaged(const std::string& origin, const std::string& what) {
  return fail(ErrorKind::corrupted, "dossier.damaged", origin + ": " + what);
}

std::uint64_t front_checksum(Header header, std::string_view table) {
  header.checksum = 0;
  std::string front(reinterpret_cast<const char*>(&header), sizeof header);
  front.append(table);
  return checksum(front);
}

/// Hands out the sections of a file in their order, each with the size it must have.
class SectionReader {
 public:
  SectionReader(std::string_view bytes, const Section* sections)
      : bytes_(bytes), sections_(sections) {}

  /// The next section, nullopt if it does not hold `size` bytes (any size if nullopt).
  std::optional<std::string_view> next(std::optional<std::uint64_t> size = std::nullopt) {
    const Section& section = sections_[at_++];
    if (size && section.size != *size) return std::nullopt;
    return bytes_.substr(section.offset, section.size);
  }

  template <class T>
  std::optional<std::span<const T>> array(std::optional<std::uint64_t> count = std::nullopt) {
    const auto found =
        next(count ? std::optional<std::uint64_t>(*count * sizeof(T)) : std::nullopt);
    if (!found || found->size() % sizeof(T) != 0) return std::nullopt;
    return std::span<const T>(reinterpret_cast<const T*>(found->data()), found->size() / sizeof(T));
  }

 private:
  std::string_view bytes_;
  const Section* sections_;
  std::size_t at_ = 0;
};

template <class T>
bool ascends(std::span<const T> values, std::uint64_t last) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1]) return false;
  }
  return values.empty() || values.back() <= last;
}

/// Ends that ascend within the text, and texts that ascend strictly.
template <class At>
bool sorted_texts(std::span<const std::uint64_t> ends, std::string_view text, const At& at) {
  if (!ascends(ends, text.size())) return false;
  for (std::size_t i = 1; i < ends.size(); ++i) {
    if (!(at(i - 1) < at(i))) return false;
  }
  return true;
}

std::string list_problem(const Bucket& bucket, const List& list) {
  if (!ascends(list.offsets, list.rows()) || list.offsets.front() != 0)
    return "offsets do not ascend";
  for (const auto& column : list.columns) {
    if (column.type == FieldType::text) {
      for (const auto word : column.texts(list.rows())) {
        if (word != missing_text && word >= bucket.text_ends.size()) return "an unknown text";
      }
    }
    if (column.type == FieldType::flag) {
      for (const auto flag : column.flags(list.rows())) {
        if (flag > missing_flag) return "a flag that is none";
      }
    }
  }
  if (!ascends(list.keys.starts, list.keys.bytes.size()) || list.keys.starts.front() != 0)
    return "keys do not ascend";
  std::string key;
  for (std::size_t s = 0; s + 1 < list.offsets.size(); ++s) {
    const auto start = list.keys.starts[s];
    auto bytes = list.keys.bytes.substr(start, list.keys.starts[s + 1] - start);
    if (bytes.empty()) continue;  // a list without evidence
    key.clear();
    for (auto row = list.offsets[s]; row < list.offsets[s + 1]; ++row) {
      if (!take_key(bytes, key)) return "an unreadable key";
    }
    if (!bytes.empty()) return "keys without a row";
  }
  return {};
}

}  // namespace

Image::Image(std::size_t size)
    : bytes_(static_cast<char*>(
          std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment))),
      size_(size) {
  CHECK(bytes_ != nullptr);
  std::memset(bytes_.get(), 0, size);
}

void Image::Free::operator()(char* bytes) const {
  std::free(bytes);
}

std::size_t section_count(const catalog::DossierKind& kind) {
  std::size_t count = 4;
  for (const auto& list : kind.lists) count += 3 + list.fields.size();
  return count;
}

std::size_t width_of(FieldType type) {
  switch (type) {
    case FieldType::month:
    case FieldType::date:
    case FieldType::text:
      return 4;
    case FieldType::integer:
    case FieldType::fen:
    case FieldType::ratio:
      return 8;
    case FieldType::flag:
      return 1;
  }
  return 0;
}

std::size_t sections_begin(const catalog::DossierKind& kind) {
  const std::size_t front = sizeof(Header) + section_count(kind) * sizeof(Section);
  return (front + alignment - 1) / alignment * alignment;
}

void seal(Image& image, const catalog::DossierKind& kind, std::vector<Section>& sections,
          std::uint32_t bucket, std::uint32_t buckets) {
  for (auto& section : sections)
    section.checksum = checksum(image.bytes().substr(section.offset, section.size));
  CHECK(sections.size() == section_count(kind) &&
        kind.version.size() <= sizeof Header::kind_version);
  Header header{};
  std::memcpy(header.magic, magic, sizeof magic);
  header.format = format_version;
  header.order = byte_order;
  std::memcpy(header.kind_version, kind.version.data(), kind.version.size());
  header.bucket = bucket;
  header.buckets = buckets;
  header.size = image.bytes().size();
  header.sections = sections.size();
  const std::string_view table(reinterpret_cast<const char*>(sections.data()),
                               sections.size() * sizeof(Section));
  header.checksum = front_checksum(header, table);
  std::memcpy(image.data(), &header, sizeof header);
  std::memcpy(image.data() + sizeof header, table.data(), table.size());
}

Result<Bucket> open_bucket(std::string_view bytes, const catalog::DossierKind& kind,
                           const std::string& origin) {
  Header header{};
  if (bytes.size() < sizeof header) return damaged(origin, "shorter than its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, magic, sizeof magic) != 0)
    return damaged(origin, "not a dossier file");
  if (header.format != format_version || header.order != byte_order)
    return fail(ErrorKind::conflict, "dossier.outdated", origin + ": another format");
  const auto* end = std::find(header.kind_version, std::end(header.kind_version), '\0');
  if (std::string_view(header.kind_version, end) != kind.version)
    return fail(ErrorKind::conflict, "dossier.outdated", origin + ": another description");
  const std::size_t count = section_count(kind);
  if (header.size != bytes.size() || header.sections != count ||
      bytes.size() < sections_begin(kind))
    return damaged(origin, "not as long as its header says");
  const auto table = bytes.substr(sizeof header, count * sizeof(Section));
  if (front_checksum(header, table) != header.checksum)
    return damaged(origin, "its header's checksum differs");
  std::vector<Section> sections(count);
  std::memcpy(sections.data(), table.data(), table.size());
  for (const auto& section : sections) {
    if (section.offset > bytes.size() || section.size > bytes.size() - section.offset ||
        section.offset % 8 != 0)
      return damaged(origin, "a section lies outside");
  }

  SectionReader reader(bytes, sections.data());
  Bucket bucket;
  bucket.kind = &kind;
  const auto id_ends = reader.array<std::uint64_t>();
  const auto id_text = reader.next();
  const auto text_ends = reader.array<std::uint64_t>();
  const auto text = reader.next();
  if (!id_ends || !text_ends) return damaged(origin, "a section of the wrong size");
  bucket.id_ends = *id_ends;
  bucket.id_text = *id_text;
  bucket.text_ends = *text_ends;
  bucket.text = *text;
  bucket.subjects = id_ends->size();
  for (const auto& description : kind.lists) {
    List list;
    const auto offsets = reader.array<std::uint32_t>(bucket.subjects + 1);
    if (!offsets) return damaged(origin, "list " + description.name + " has the wrong size");
    list.offsets = *offsets;
    for (const auto& field : description.fields) {
      const auto values = reader.next(list.rows() * width_of(field.type));
      if (!values) return damaged(origin, "list " + description.name + " has the wrong size");
      list.columns.push_back({field.type, values->data()});
    }
    const auto starts = reader.array<std::uint64_t>(bucket.subjects + 1);
    if (!starts) return damaged(origin, "list " + description.name + " has the wrong size");
    list.keys = {*starts, *reader.next()};
    bucket.lists.push_back(std::move(list));
  }
  return bucket;
}

Status verify_bucket(std::string_view bytes, const catalog::DossierKind& kind,
                     const std::string& origin) {
  const auto bucket = open_bucket(bytes, kind, origin);
  if (!bucket) return fail(bucket.error());
  std::vector<Section> sections(section_count(kind));
  std::memcpy(sections.data(), bytes.data() + sizeof(Header), sections.size() * sizeof(Section));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (checksum(bytes.substr(sections[i].offset, sections[i].size)) != sections[i].checksum)
      return damaged(origin, fmt::format("the checksum of section {} differs", i));
  }
  const auto id_at = [&](std::size_t i) { return bucket->id(i); };
  const auto word_at = [&](std::size_t i) { return bucket->word(static_cast<std::uint32_t>(i)); };
  if (!sorted_texts(bucket->id_ends, bucket->id_text, id_at))
    return damaged(origin, "ids do not ascend");
  if (!sorted_texts(bucket->text_ends, bucket->text, word_at))
    return damaged(origin, "texts do not ascend");
  for (std::size_t i = 0; i < bucket->lists.size(); ++i) {
    const auto problem = list_problem(*bucket, bucket->lists[i]);
    if (!problem.empty())
      return damaged(origin, fmt::format("list {}: {}", kind.lists[i].name, problem));
  }
  return {};
}

}  // namespace anlan::dossier
