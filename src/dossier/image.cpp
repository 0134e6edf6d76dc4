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
constexpr std::uint32_t format_version = 2;
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
  std::uint64_t sums;           // offset of the checksums of the blocks, which end the file
  std::uint64_t sums_checksum;  // of these
  std::uint64_t checksum;       // of header (with this field 0) and section table
};
static_assert(sizeof(Header) == 80 && sizeof(Section) == 16);

tl::unexpected<Error> damaged(const std::string& origin, const std::string& what) {
  return fail(ErrorKind::corrupted, "dossier.damaged", origin + ": " + what);
}

std::uint64_t front_checksum(Header header, std::string_view table) {
  header.checksum = 0;
  std::string front(reinterpret_cast<const char*>(&header), sizeof header);
  front.append(table);
  return checksum(front);
}

std::size_t aligned(std::size_t size) {
  return (size + alignment - 1) / alignment * alignment;
}

std::size_t front_size(const catalog::DossierKind& kind) {
  return sizeof(Header) + section_count(kind) * sizeof(Section);
}

/// The blocks of a file: all its bytes behind the section table and before the checksums, cut
/// where the offset is a multiple of block_bytes.
class Blocks {
 public:
  Blocks(std::string_view bytes, std::size_t begin, std::size_t end)
      : bytes_(bytes), begin_(begin), end_(end) {}

  std::size_t count() const { return (end_ + block_bytes - 1) / block_bytes; }
  std::uint64_t sum(std::size_t block) const {
    const std::size_t from = std::max(begin_, block * block_bytes);
    const std::size_t to = std::max(from, std::min(end_, (block + 1) * block_bytes));
    return checksum(bytes_.substr(from, to - from));
  }

 private:
  std::string_view bytes_;
  std::size_t begin_;
  std::size_t end_;
};

/// Compares blocks with their checksums, each once. `bytes` are those of a file that open_bucket
/// has taken.
class BlockCheck {
 public:
  BlockCheck(std::string_view bytes, const catalog::DossierKind& kind) : bytes_(bytes) {
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    sums_checksum_ = header.sums_checksum;
    sums_ = bytes.substr(header.sums);
    blocks_.emplace(bytes, front_size(kind), header.sums);
    seen_.assign(blocks_->count(), false);
  }

  bool good_sums() const { return checksum(sums_) == sums_checksum_; }
  std::size_t count() const { return seen_.size(); }
  bool good_block(std::size_t block) {
    if (seen_[block]) return true;
    std::uint64_t expected = 0;
    std::memcpy(&expected, sums_.data() + block * sizeof expected, sizeof expected);
    seen_[block] = blocks_->sum(block) == expected;
    return seen_[block];
  }
  /// `part` lies in the file.
  bool good(std::string_view part) {
    if (part.empty()) return true;
    const auto from = static_cast<std::size_t>(part.data() - bytes_.data());
    for (std::size_t i = from / block_bytes; i <= (from + part.size() - 1) / block_bytes; ++i) {
      if (!good_block(i)) return false;
    }
    return true;
  }
  template <class T>
  bool good(std::span<const T> part) {
    return good(std::string_view(reinterpret_cast<const char*>(part.data()), part.size_bytes()));
  }

 private:
  std::string_view bytes_;
  std::string_view sums_;
  std::uint64_t sums_checksum_ = 0;
  std::optional<Blocks> blocks_;
  std::vector<bool> seen_;
};

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

/// What is wrong with the values of rows [begin, end), "" if nothing.
std::string rows_problem(const Bucket& bucket, const List& list, std::size_t begin,
                         std::size_t end) {
  for (const auto& column : list.columns) {
    if (column.type == FieldType::text) {
      for (const auto word : column.texts(end).subspan(begin)) {
        if (word != missing_text && word >= bucket.text_ends.size()) return "an unknown text";
      }
    }
    if (column.type == FieldType::flag) {
      for (const auto flag : column.flags(end).subspan(begin)) {
        if (flag > missing_flag) return "a flag that is none";
      }
    }
  }
  return {};
}

std::string list_problem(const Bucket& bucket, const List& list) {
  if (!ascends(list.offsets, list.rows()) || list.offsets.front() != 0)
    return "offsets do not ascend";
  if (auto problem = rows_problem(bucket, list, 0, list.rows()); !problem.empty()) return problem;
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

/// What is wrong with one subject's rows, "" if nothing.
std::string subject_problem(BlockCheck& check, const Bucket& bucket, const List& list,
                            std::size_t subject) {
  if (!check.good(list.offsets.subspan(subject, 2)) || !check.good(list.offsets.last(1)) ||
      !check.good(list.keys.starts.subspan(subject, 2)))
    return "the checksum of its offsets differs";
  const std::size_t begin = list.offsets[subject];
  const std::size_t end = list.offsets[subject + 1];
  if (begin > end || end > list.rows()) return "offsets do not ascend";
  for (const auto& column : list.columns) {
    const std::size_t width = width_of(column.type);
    if (!check.good(std::string_view(static_cast<const char*>(column.values) + begin * width,
                                     (end - begin) * width)))
      return "the checksum of its values differs";
  }
  const auto start = list.keys.starts[subject];
  const auto stop = list.keys.starts[subject + 1];
  if (start > stop || stop > list.keys.bytes.size()) return "keys do not ascend";
  if (!check.good(list.keys.bytes.substr(start, stop - start)))
    return "the checksum of its keys differs";
  return rows_problem(bucket, list, begin, end);
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
  return aligned(front_size(kind));
}

std::size_t image_size(std::size_t sections_end) {
  const std::size_t sums = aligned(sections_end);
  return sums + (sums + block_bytes - 1) / block_bytes * sizeof(std::uint64_t);
}

void seal(Image& image, const catalog::DossierKind& kind, const std::vector<Section>& sections,
          std::uint32_t bucket, std::uint32_t buckets) {
  const std::size_t sums = aligned(sections.back().offset + sections.back().size);
  CHECK(image.bytes().size() == image_size(sums));
  const Blocks blocks(image.bytes(), front_size(kind), sums);
  for (std::size_t i = 0; i < blocks.count(); ++i) {
    const std::uint64_t sum = blocks.sum(i);
    std::memcpy(image.data() + sums + i * sizeof sum, &sum, sizeof sum);
  }
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
  header.sums = sums;
  header.sums_checksum = checksum(image.bytes().substr(sums));
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
  if (header.sums > bytes.size() || image_size(header.sums) != bytes.size())
    return damaged(origin, "its checksums lie outside");
  for (const auto& section : sections) {
    if (section.offset > header.sums || section.size > header.sums - section.offset ||
        section.offset < sections_begin(kind) || section.offset % 8 != 0)
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
  BlockCheck check(bytes, kind);
  if (!check.good_sums()) return damaged(origin, "the checksums are not as they were written");
  for (std::size_t i = 0; i < check.count(); ++i) {
    if (!check.good_block(i))
      return damaged(origin, fmt::format("the checksum of block {} differs", i));
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

Result<std::optional<std::size_t>> verify_dossier(std::string_view bytes, const Bucket& bucket,
                                                  std::string_view id, const std::string& origin) {
  BlockCheck check(bytes, *bucket.kind);
  if (!check.good_sums()) return damaged(origin, "the checksums are not as they were written");
  if (!check.good(bucket.id_ends) || !check.good(bucket.id_text) || !check.good(bucket.text_ends) ||
      !check.good(bucket.text))
    return damaged(origin, "the checksum of ids or texts differs");
  const auto subject = bucket.find(id);
  if (!subject) return std::optional<std::size_t>();
  for (std::size_t i = 0; i < bucket.lists.size(); ++i) {
    const List& list = bucket.lists[i];
    const auto problem = subject_problem(check, bucket, list, *subject);
    if (!problem.empty())
      return damaged(origin, fmt::format("list {}: {}", bucket.kind->lists[i].name, problem));
  }
  return subject;
}

}  // namespace anlan::dossier
