#include "journal/wal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/files.hpp"

namespace anlan::journal {
namespace {

// A record: "AJR2", index (8), index of the first record written with it (8), length of the entry
// (4), of the personal part (4), checksum of both (4), checksum of all that (4); then the two.
// Numbers have their highest byte first. "AJR1", which is still read, lacks the second number.
constexpr std::string_view magic = "AJR2";
constexpr std::string_view old_magic = "AJR1";
constexpr std::size_t head_bytes = 36;
constexpr std::size_t old_head_bytes = 28;
constexpr std::uint32_t part_max = 1 << 20;  // far above what an entry may hold
constexpr std::size_t sector_bytes = 512;    // the least that a disk writes or does not write

std::uint32_t checksum(std::string_view a, std::string_view b = {}) {
  auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(a.data()), static_cast<uInt>(a.size()));
  if (!b.empty()) {
    sum = ::crc32(sum, reinterpret_cast<const Bytef*>(b.data()), static_cast<uInt>(b.size()));
  }
  return static_cast<std::uint32_t>(sum);
}

void add_record(std::string& out, const Placed& record, std::uint64_t group) {
  std::string head(magic);
  head += big_endian64(record.index);
  head += big_endian64(group);
  head += big_endian32(static_cast<std::uint32_t>(record.entry.size()));
  head += big_endian32(static_cast<std::uint32_t>(record.personal.size()));
  head += big_endian32(checksum(record.entry, record.personal));
  out += head;
  out += big_endian32(checksum(head));
  out += record.entry;
  out += record.personal;
}

/// The head of a record, if its checksum is right.
struct Head {
  std::size_t bytes = 0;
  std::uint64_t index = 0;
  std::uint64_t group = 0;  ///< the record's own index if it is an old one
  std::size_t entry_size = 0;
  std::size_t personal_size = 0;
  std::uint32_t content_checksum = 0;

  static std::optional<Head> at_start_of(std::string_view bytes) {
    Head head;
    const bool is_old = bytes.starts_with(old_magic);
    head.bytes = is_old ? old_head_bytes : head_bytes;
    if ((!is_old && !bytes.starts_with(magic)) || bytes.size() < head.bytes) return std::nullopt;
    const auto numbers = bytes.substr(head.bytes - 16, 12);
    if (checksum(bytes.substr(0, head.bytes - 4)) !=
        number_of_big_endian(bytes.substr(head.bytes - 4, 4))) {
      return std::nullopt;
    }
    head.index = number_of_big_endian(bytes.substr(4, 8));
    head.group = is_old ? head.index : number_of_big_endian(bytes.substr(12, 8));
    head.entry_size = number_of_big_endian(numbers.substr(0, 4));
    head.personal_size = number_of_big_endian(numbers.substr(4, 4));
    head.content_checksum = static_cast<std::uint32_t>(number_of_big_endian(numbers.substr(8, 4)));
    return head;
  }
};

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// Whether one of the sectors that hold bytes [from, to) of the file holds nothing but zeros behind
/// `from`: it was never written.
bool has_unwritten_sector(std::string_view file, std::size_t from, std::size_t to) {
  while (from < to) {
    const std::size_t end = std::min(file.size(), (from / sector_bytes + 1) * sector_bytes);
    if (all_zero(file.substr(from, end - from))) return true;
    from = end;
  }
  return false;
}

/// Whether behind `from` a record begins that was written by a later write than entry `next` was.
bool has_later_write(std::string_view file, std::size_t from, std::uint64_t next) {
  for (auto at = file.find("AJR", from); at != std::string_view::npos;
       at = file.find("AJR", at + 1)) {
    const auto head = Head::at_start_of(file.substr(at));
    if (head && head->group > next) return true;
  }
  return false;
}

/// What a reader of one file found.
struct FileEnd {
  std::size_t sound = 0;        ///< bytes up to the end of the last good record
  std::optional<Error> damage;  ///< of the record behind it; nothing if the rest was never finished
};

/// Adds the records of one file to `found`, whose next index is `next`.
FileEnd read_file_of_records(std::string_view file, std::uint64_t from, std::uint64_t& next,
                             std::vector<Placed>& found) {
  std::size_t at = 0;
  const auto damage = [&](const char* what) {
    return FileEnd{at, Error{ErrorKind::corrupted, "journal.damaged",
                             fmt::format("entry {}: {}", next, what)}};
  };
  // The last write may have been cut off anywhere, and have left some of its sectors unwritten. But
  // once a later one was made, it was whole: then it is damage.
  const auto cut_off_or = [&](std::size_t to, const char* what) {
    const bool torn = has_unwritten_sector(file, at, to) && !has_later_write(file, at, next);
    return torn ? FileEnd{at, std::nullopt} : damage(what);
  };
  while (at < file.size()) {
    const auto bytes = file.substr(at);
    if (bytes.size() < old_head_bytes || all_zero(bytes)) break;
    const auto head = Head::at_start_of(bytes);
    if (!head) {
      if (bytes.size() < head_bytes && bytes.starts_with(magic)) break;
      return cut_off_or(std::min(at + head_bytes, file.size()), "its head in journal/wal is wrong");
    }
    if (head->entry_size > part_max || head->personal_size > part_max) return damage("too long");
    if (head->index >= from && head->index != next) return damage("missing from journal/wal");
    const std::size_t content_size = head->entry_size + head->personal_size;
    if (bytes.size() - head->bytes < content_size) break;  // cut off
    const auto entry = bytes.substr(head->bytes, head->entry_size);
    const auto personal = bytes.substr(head->bytes + head->entry_size, head->personal_size);
    if (checksum(entry, personal) != head->content_checksum) {
      return cut_off_or(at + head->bytes + content_size, "its record in journal/wal is wrong");
    }
    if (head->index >= from) {
      found.push_back({head->index, std::string(entry), std::string(personal)});
      ++next;
    }
    at += head->bytes + content_size;
  }
  return {at, std::nullopt};
}

Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    files.push_back(file.path());
  }
  if (error) return fail(ErrorKind::not_found, "file.unreadable", folder.string());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Wal::Wal(Wal&& other) noexcept
    : folder_(std::move(other.folder_)),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      stopped_(other.stopped_) {}

Wal& Wal::operator=(Wal&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  std::swap(stopped_, other.stopped_);
  return *this;
}

Wal::~Wal() {
  if (file_ >= 0) ::close(file_);
}

Result<std::vector<Placed>> Wal::read(const std::filesystem::path& folder, std::uint64_t from) {
  const auto files = files_of(folder);
  if (!files) return fail(files.error());
  std::vector<Placed> found;
  std::uint64_t next = from;
  for (const auto& file : *files) {
    const auto bytes = read_file(file);
    if (!bytes) return fail(bytes.error());
    if (auto end = read_file_of_records(*bytes, from, next, found); end.damage) {
      return fail(std::move(*end.damage));
    }
  }
  return found;
}

Status Wal::sync(const std::filesystem::path& folder) {
  const auto files = files_of(folder);
  if (!files) return fail(files.error());
  for (const auto& file : *files) {
    if (auto synced = sync_path(file); !synced) return synced;
  }
  return sync_path(folder);
}

Status Wal::begin_file(std::uint64_t index) {
  path_ = folder_ / fmt::format("{:020}", index);
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path_.string() + ": " + std::strerror(errno));
  }
  size_ = 0;
  if (auto synced = sync_path(folder_); !synced) {
    ::close(file_);
    file_ = -1;
    return synced;
  }
  return {};
}

Status Wal::append(std::span<const Placed> records) {
  if (stopped_) return fail(ErrorKind::unavailable, "journal.stopped", path_.string());
  if (records.empty()) return {};
  if (file_ < 0) {
    if (auto begun = begin_file(records.front().index); !begun) return begun;
  }
  buffer_.clear();
  for (const auto& record : records) add_record(buffer_, record, records.front().index);
  if (auto written = write_all(file_, buffer_, path_); !written) {
    // A full disk passes; but what was half written must not stay before the next record, nor be
    // found after a power cut, since its writers are told that nothing was done.
    stopped_ = ::ftruncate(file_, static_cast<off_t>(size_)) != 0 ||
               ::lseek(file_, static_cast<off_t>(size_), SEEK_SET) < 0 || ::fdatasync(file_) != 0;
    if (!stopped_) return written;
    return fail(ErrorKind::unavailable, "journal.stopped", written.error().detail);
  }
  if (::fdatasync(file_) != 0) {
    // What the disk holds now is unknown, and asking again may answer "done" without truth.
    const int cause = errno;
    stopped_ = true;
    if (::ftruncate(file_, static_cast<off_t>(size_)) != 0) {
      return fail(ErrorKind::unavailable, "journal.stopped",
                  path_.string() + ": " + std::strerror(errno));
    }
    return fail(ErrorKind::unavailable, "journal.stopped",
                path_.string() + ": " + std::strerror(cause));
  }
  size_ += buffer_.size();
  return {};
}

void Wal::rotate() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

Status Wal::remove_below(std::uint64_t index) {
  const auto files = files_of(folder_);
  if (!files) return fail(files.error());
  for (const auto& file : *files) {
    const std::string name = file.filename().string();
    std::uint64_t first = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (wrong != std::errc{} || end != name.data() + name.size() || first >= index) continue;
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) {
      return fail(ErrorKind::unavailable, "file.unwritable",
                  file.string() + ": " + error.message());
    }
  }
  return {};
}

}  // namespace anlan::journal
