#include "journal/wal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/files.hpp"

namespace anlan::journal {
namespace {

// A record: "AJR1", index (8), length of the entry (4), of the personal part (4), checksum of both
// (4), checksum of all that (4); then the two. Numbers have their highest byte first.
constexpr std::string_view magic = "AJR1";
constexpr std::size_t head_bytes = 28;
constexpr std::uint32_t part_max = 1 << 20;  // far above what an entry may hold

std::uint32_t checksum(std::string_view a, std::string_view b = {}) {
  auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(a.data()), static_cast<uInt>(a.size()));
  if (!b.empty()) {
    sum = ::crc32(sum, reinterpret_cast<const Bytef*>(b.data()), static_cast<uInt>(b.size()));
  }
  return static_cast<std::uint32_t>(sum);
}

void add_record(std::string& out, const Placed& record) {
  std::string head(magic);
  head += big_endian64(record.index);
  head += big_endian32(static_cast<std::uint32_t>(record.entry.size()));
  head += big_endian32(static_cast<std::uint32_t>(record.personal.size()));
  head += big_endian32(checksum(record.entry, record.personal));
  out += head;
  out += big_endian32(checksum(head));
  out += record.entry;
  out += record.personal;
}

tl::unexpected<Error> damaged(std::uint64_t index, const char* what) {
  return fail(ErrorKind::corrupted, "journal.damaged", fmt::format("entry {}: {}", index, what));
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// Adds the records of one file to `found`, whose next index is `next`.
Status read_file_of_records(std::string_view bytes, std::uint64_t from, std::uint64_t& next,
                            std::vector<Placed>& found) {
  while (!bytes.empty()) {
    // A write that was cut off leaves a shorter file, or one whose end was never filled.
    if (bytes.size() < head_bytes || all_zero(bytes)) return {};
    const auto head = bytes.substr(0, head_bytes - 4);
    if (!head.starts_with(magic) ||
        checksum(head) != number_of_big_endian(bytes.substr(head_bytes - 4, 4))) {
      return damaged(next, "its head in journal/wal is wrong");
    }
    const auto index = number_of_big_endian(head.substr(4, 8));
    const auto entry_size = number_of_big_endian(head.substr(12, 4));
    const auto personal_size = number_of_big_endian(head.substr(16, 4));
    if (entry_size > part_max || personal_size > part_max) return damaged(next, "too long");
    if (index >= from && index != next) return damaged(next, "missing from journal/wal");
    if (bytes.size() - head_bytes < entry_size + personal_size) return {};  // cut off
    const auto entry = bytes.substr(head_bytes, entry_size);
    const auto personal = bytes.substr(head_bytes + entry_size, personal_size);
    if (checksum(entry, personal) != number_of_big_endian(head.substr(20, 4))) {
      return damaged(next, "its record in journal/wal is wrong");
    }
    if (index >= from) {
      found.push_back({index, std::string(entry), std::string(personal)});
      ++next;
    }
    bytes.remove_prefix(head_bytes + entry_size + personal_size);
  }
  return {};
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
    if (auto read = read_file_of_records(*bytes, from, next, found); !read) {
      return fail(read.error());
    }
  }
  return found;
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
  for (const auto& record : records) add_record(buffer_, record);
  if (auto written = write_all(file_, buffer_, path_); !written) {
    // A full disk passes; a half-written record must not stay before the next one.
    stopped_ = ::ftruncate(file_, static_cast<off_t>(size_)) != 0 ||
               ::lseek(file_, static_cast<off_t>(size_), SEEK_SET) < 0;
    return written;
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
