#include "dossier/spill.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dossier/checksum.hpp"
#include "dossier/key_code.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

// A row is: its id; each cell; its key, coded against the key before it in the block. Texts are
// their length + 1 and their bytes, numbers a count with the sign in the lowest bit, + 1;
// 0 is missing.

std::uint64_t unsigned_of(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

tl::unexpected<Error> io_error(ErrorKind kind, const char* code) {
  return fail(kind, code, std::string("rows aside: ") + std::strerror(errno));
}

bool take_text(std::string_view& bytes, std::string_view& text) {
  std::uint64_t size = 0;
  if (!take_count(bytes, size) || size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

bool take_cell(std::string_view& bytes, FieldType type, CellView& cell) {
  std::uint64_t count = 0;
  if (!take_count(bytes, count)) return false;
  cell.missing = count == 0;
  if (cell.missing) return true;
  --count;
  if (type != FieldType::text) {
    cell.number = signed_of(count);
    return true;
  }
  if (count > bytes.size()) return false;
  cell.text = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return true;
}

}  // namespace

Spill::Spill(int file, const catalog::DossierKind& kind, std::size_t buckets)
    : file_(file), kind_(&kind), buckets_(buckets), blocks_(kind.lists.size() * buckets) {}

Spill::Spill(Spill&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      kind_(other.kind_),
      buckets_(other.buckets_),
      end_(other.end_),
      blocks_(std::move(other.blocks_)) {}

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

Status Spill::append(std::size_t list, std::size_t bucket, std::string_view bytes) {
  std::uint64_t offset = 0;
  {
    const std::lock_guard lock(turn_);
    offset = end_;
    end_ += bytes.size();
    blocks_[list * buckets_ + bucket].push_back({offset, bytes.size()});
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
      waiting_(spill.buckets_) {}

Status Spill::Writer::put(std::string_view id, std::span<const CellView> cells,
                          std::string_view key) {
  const std::size_t bucket = bucket_of(id, spill_.buckets_);
  Waiting& waiting = waiting_[bucket];
  std::string& out = waiting.bytes;
  append_count(out, id.size());
  out.append(id);
  const auto& fields = spill_.kind_->lists[list_].fields;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const CellView& cell = cells[i];
    if (cell.missing) {
      out.push_back('\0');
    } else if (fields[i].type == FieldType::text) {
      append_count(out, cell.text.size() + 1);
      out.append(cell.text);
    } else {
      append_count(out, unsigned_of(cell.number) + 1);
    }
  }
  append_key(out, waiting.last_key, key);
  waiting.last_key.assign(key);
  return out.size() < limit_ ? Status() : write(bucket);
}

Status Spill::Writer::write(std::size_t bucket) {
  Waiting& waiting = waiting_[bucket];
  auto written = spill_.append(list_, bucket, waiting.bytes);
  waiting.bytes.clear();
  waiting.last_key.clear();
  return written;
}

Status Spill::Writer::flush() {
  for (std::size_t bucket = 0; bucket < waiting_.size(); ++bucket) {
    if (waiting_[bucket].bytes.empty()) continue;
    if (auto written = write(bucket); !written) return written;
  }
  return {};
}

Result<std::uint64_t> Spill::read(std::size_t list, std::size_t bucket,
                                  BucketBuilder& builder) const {
  const auto& fields = kind_->lists[list].fields;
  std::vector<CellView> cells(fields.size());
  std::string block;
  std::string key;
  std::uint64_t rows = 0;
  for (const auto& [offset, size] : blocks_[list * buckets_ + bucket]) {
    block.resize(size);
    for (std::size_t got = 0; got < size;) {
      const auto more =
          ::pread(file_, block.data() + got, size - got, static_cast<off_t>(offset + got));
      if (more < 0 && errno == EINTR) continue;
      if (more <= 0) return io_error(ErrorKind::unavailable, "file.unreadable");
      got += static_cast<std::size_t>(more);
    }
    key.clear();
    for (std::string_view bytes = block; !bytes.empty(); ++rows) {
      std::string_view id;
      bool good = take_text(bytes, id);
      for (std::size_t i = 0; good && i < cells.size(); ++i)
        good = take_cell(bytes, fields[i].type, cells[i]);
      if (!good || !take_key(bytes, key))
        return fail(ErrorKind::corrupted, "dossier.damaged", "rows aside cannot be read back");
      builder.add(list, id, cells, key);
    }
  }
  return rows;
}

}  // namespace anlan::dossier
