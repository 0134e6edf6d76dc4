#include "dossier/spill.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dossier/checksum.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

// A row is: its id (0: that of the row before it in the block, else length + 1 and the bytes); each
// cell; its key (how many bytes it shares with the key before it, how many follow, and these).
// 0 is a missing cell. Numbers are a count with the sign in the lowest bit, + 1; texts are 1, their
// length and their bytes, or the number of a common text + 2.

constexpr std::size_t count_bytes_max = 10;
constexpr std::size_t common_texts_max = 100'000;
constexpr std::size_t common_bytes_max = 64;  // of one text
constexpr std::uint32_t looks = 8192;         // before a column is judged

std::uint64_t unsigned_of(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

tl::unexpected<Error> io_error(ErrorKind kind, const char* code) {
  return fail(kind, code, std::string("rows aside: ") + std::strerror(errno));
}

char* put_count(char* out, std::uint64_t count) {
  for (; count >= 0x80; count >>= 7) *out++ = static_cast<char>(count | 0x80);
  *out++ = static_cast<char>(count);
  return out;
}

char* put_text(char* out, std::string_view text) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

std::size_t shared_front(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i < most && a[i] == b[i]) ++i;
  return i;
}

/// Reads a block; once it has met the end too early it gives nothing more.
struct Cursor {
  const char* at;
  const char* end;
  bool good = true;

  std::uint64_t count() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    good = false;
    return 0;
  }
  std::string_view text(std::uint64_t size) {
    if (size > static_cast<std::uint64_t>(end - at)) {
      good = false;
      return {};
    }
    const std::string_view found(at, size);
    at += size;
    return found;
  }
};

}  // namespace

Spill::Spill(int file, const catalog::DossierKind& kind, std::size_t buckets)
    : file_(file), kind_(&kind), buckets_(buckets), blocks_(kind.lists.size() * buckets) {
  for (std::size_t i = 0; i < kind.lists.size(); ++i) common_.push_back(std::make_unique<Common>());
}

Spill::Spill(Spill&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      kind_(other.kind_),
      buckets_(other.buckets_),
      end_(other.end_),
      blocks_(std::move(other.blocks_)),
      common_(std::move(other.common_)) {}

Spill::~Spill() {
  if (file_ >= 0) ::close(file_);
}

Result<Spill> Spill::open(const std::filesystem::path& folder, const catalog::DossierKind& kind,
                          std::size_t buckets) {
  auto name = (folder / "rows-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0)
    return fail(ErrorKind::unavailable, "file.unwritable",
                folder.string() + ": " + std::strerror(errno));
  ::unlink(name.c_str());
  return Spill(file, kind, buckets);
}

Status Spill::append(std::size_t list, std::size_t bucket, std::string_view bytes,
                     std::uint32_t rows) {
  std::uint64_t offset = 0;
  {
    const std::lock_guard lock(turn_);
    offset = end_;
    end_ += bytes.size();
    blocks_[list * buckets_ + bucket].push_back({offset, bytes.size(), rows});
  }
  while (!bytes.empty()) {
    const auto written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_error(ErrorKind::unavailable, "file.unwritable");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Spill::Writer::Writer(Spill& spill, std::size_t list, std::size_t memory_bytes)
    : spill_(spill),
      list_(list),
      limit_(std::clamp<std::size_t>(memory_bytes / spill.buckets_, 1 << 10, 1 << 18)),
      waiting_(spill.buckets_),
      columns_(spill.kind_->lists[list].fields.size()) {}

std::optional<std::uint32_t> Spill::Writer::common(ColumnTexts& column, std::string_view text) {
  if (!column.look || text.size() > common_bytes_max) return std::nullopt;
  if (++column.looked > looks) {
    column.look = column.missed * 2 < looks;
    column.looked = 0;
    column.missed = 0;
  }
  if (const auto known = known_.find(text)) return numbers_[*known];
  ++column.missed;
  Common& common = *spill_.common_[list_];
  std::optional<std::uint32_t> number;
  {
    const std::lock_guard lock(common.turn);
    number =
        common.texts.size() < common_texts_max ? common.texts.put(text) : common.texts.find(text);
  }
  if (!number) return std::nullopt;
  known_.put(text);
  numbers_.push_back(*number);
  return number;
}

Status Spill::Writer::put(std::string_view id, std::span<const CellView> cells,
                          std::string_view key) {
  const std::size_t bucket = bucket_of(id, spill_.buckets_);
  const auto& fields = spill_.kind_->lists[list_].fields;
  Waiting& waiting = waiting_[bucket];

  std::size_t most = id.size() + key.size() + (3 + 2 * cells.size()) * count_bytes_max;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (fields[i].type == FieldType::text && !cells[i].missing) most += cells[i].text.size();
  }
  if (waiting.size + most > waiting.capacity) {
    const std::size_t capacity = std::max<std::size_t>(waiting.capacity * 2, waiting.size + most);
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (waiting.size > 0) std::memcpy(bytes.get(), waiting.bytes.get(), waiting.size);
    waiting.bytes = std::move(bytes);
    waiting.capacity = capacity;
  }

  char* out = waiting.bytes.get() + waiting.size;
  if (waiting.rows > 0 && id == waiting.last_id) {
    *out++ = '\0';
  } else {
    out = put_text(put_count(out, id.size() + 1), id);
    waiting.last_id.assign(id);
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const CellView& cell = cells[i];
    if (cell.missing) {
      *out++ = '\0';
    } else if (fields[i].type != FieldType::text) {
      out = put_count(out, unsigned_of(cell.number) + 1);
    } else if (const auto number = common(columns_[i], cell.text)) {
      out = put_count(out, std::uint64_t{*number} + 2);
    } else {
      *out++ = '\1';
      out = put_text(put_count(out, cell.text.size()), cell.text);
    }
  }
  const std::size_t shared = shared_front(waiting.last_key, key);
  out = put_count(out, shared);
  out = put_text(put_count(out, key.size() - shared), key.substr(shared));
  waiting.last_key.assign(key);
  waiting.size = static_cast<std::size_t>(out - waiting.bytes.get());
  ++waiting.rows;
  return waiting.size < limit_ ? Status() : write(bucket);
}

Status Spill::Writer::write(std::size_t bucket) {
  Waiting& waiting = waiting_[bucket];
  auto written = spill_.append(list_, bucket, {waiting.bytes.get(), waiting.size}, waiting.rows);
  waiting.size = 0;
  waiting.rows = 0;
  waiting.last_key.clear();
  return written;
}

Status Spill::Writer::flush() {
  for (std::size_t bucket = 0; bucket < waiting_.size(); ++bucket) {
    if (waiting_[bucket].rows == 0) continue;
    if (auto written = write(bucket); !written) return written;
  }
  return {};
}

Result<std::uint64_t> Spill::read(std::size_t list, std::size_t bucket,
                                  BucketBuilder& builder) const {
  const auto& fields = kind_->lists[list].fields;
  const auto& blocks = blocks_[list * buckets_ + bucket];
  std::uint64_t rows = 0;
  for (const auto& block : blocks) rows += block.rows;
  if (rows == 0) return rows;
  builder.reserve(list, rows);

  const Texts& common = common_[list]->texts;
  constexpr std::uint32_t unasked = ~std::uint32_t{0};
  std::vector<std::uint32_t> numbers(common.size(), unasked);  // of common texts, in the builder
  std::vector<CellView> cells(fields.size());
  std::string bytes;
  std::string key;
  std::string_view id;
  for (const auto& block : blocks) {
    bytes.resize(block.size);
    for (std::size_t got = 0; got < block.size;) {
      const auto more = ::pread(file_, bytes.data() + got, block.size - got,
                                static_cast<off_t>(block.offset + got));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) return io_error(ErrorKind::unavailable, "file.unreadable");
      got += static_cast<std::size_t>(more);
    }
    key.clear();
    id = {};
    Cursor cursor{bytes.data(), bytes.data() + bytes.size()};
    for (std::uint32_t row = 0; row < block.rows; ++row) {
      if (const auto size = cursor.count(); size > 0) id = cursor.text(size - 1);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        CellView& cell = cells[i];
        const auto count = cursor.count();
        cell.missing = count == 0;
        if (cell.missing) continue;
        if (fields[i].type != FieldType::text) {
          cell.number = signed_of(count - 1);
          continue;
        }
        cell.numbered = count > 1;
        if (!cell.numbered) {
          cell.text = cursor.text(cursor.count());
          continue;
        }
        const std::uint64_t at = count - 2;
        if (at >= numbers.size()) {
          cursor.good = false;
          break;
        }
        if (numbers[at] == unasked) numbers[at] = builder.number_text(common.at(at));
        cell.number = numbers[at];
      }
      const auto shared = cursor.count();
      const auto rest = cursor.text(cursor.count());
      if (!cursor.good || shared > key.size())
        return fail(ErrorKind::corrupted, "dossier.damaged", "rows aside cannot be read back");
      key.resize(shared);
      key.append(rest);
      builder.add(list, id, cells, key);
    }
  }
  return rows;
}

}  // namespace anlan::dossier
