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
  const std::size_t start = out.size();
  out += magic;
  out += big_endian64(record.index);
  out += big_endian64(group);
  out += big_endian32(static_cast<std::uint32_t>(record.entry.size()));
  out += big_endian32(static_cast<std::uint32_t>(record.personal.size()));
  out += big_endian32(checksum(record.entry, record.personal));
  out += big_endian32(checksum(std::string_view(out).substr(start)));
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

/// The size of the record with that head, if its content is there and its checksum right.
std::optional<std::size_t> sound_record(std::string_view bytes, const Head& head) {
  if (head.entry_size > part_max || head.personal_size > part_max) return std::nullopt;
  const std::size_t size = head.bytes + head.entry_size + head.personal_size;
  if (bytes.size() < size) return std::nullopt;
  if (checksum(bytes.substr(head.bytes, size - head.bytes)) != head.content_checksum) {
    return std::nullopt;
  }
  return size;
}

/// Where behind `from` the next sound record begins, and its index.
struct NextRecord {
  std::size_t at;
  std::uint64_t index;
};
std::optional<NextRecord> next_record(std::string_view file, std::size_t from,
                                      std::uint64_t index_least) {
  for (auto at = file.find("AJR", from); at != std::string_view::npos;
       at = file.find("AJR", at + 1)) {
    const auto head = Head::at_start_of(file.substr(at));
    if (head && head->index >= index_least && sound_record(file.substr(at), *head)) {
      return NextRecord{at, head->index};
    }
  }
  return std::nullopt;
}

/// Adds the records of one file to `left`, whose next index is `next`. True if nothing is wrong.
bool read_file_of_records(const std::filesystem::path& path, std::string_view file,
                          std::uint64_t from, std::uint64_t& next, Wal::Left& left) {
  std::size_t at = 0;
  std::uint64_t expected = 0;  // as far as the records of this file tell
  const auto damage = [&](const char* what) {
    left.damage = WalDamage{next, path, at, what};
    return false;
  };
  while (at < file.size()) {
    const auto bytes = file.substr(at);
    if (bytes.size() < old_head_bytes || all_zero(bytes)) return true;
    const auto head = Head::at_start_of(bytes);
    if (!head && bytes.size() < head_bytes && bytes.starts_with(magic)) return true;
    if (head && sound_record(bytes, *head)) {
      if (head->index >= from && head->index != next) return damage("missing from journal/wal");
      const std::size_t entry_at = head->bytes;
      if (head->index >= from) {
        left.records.push_back(
            {head->index, std::string(bytes.substr(entry_at, head->entry_size)),
             std::string(bytes.substr(entry_at + head->entry_size, head->personal_size))});
        ++next;
      }
      expected = head->index + 1;
      at += head->bytes + head->entry_size + head->personal_size;
      continue;
    }
    const bool in_bounds = head && head->entry_size <= part_max && head->personal_size <= part_max;
    const std::size_t size =
        in_bounds ? head->bytes + head->entry_size + head->personal_size : head_bytes;
    if (in_bounds && bytes.size() < size) return true;  // cut off
    // What is under a checkpoint already may be as it likes.
    if (expected < from) {
      const auto following = next_record(file, at + 1, expected);
      if (following && following->index <= from) {
        at = following->at;
        continue;
      }
    }
    // The last write may have left some of its sectors unwritten. But once a later one was made, it
    // was whole: then it is damage.
    if (has_unwritten_sector(file, at, std::min(at + size, file.size())) &&
        !has_later_write(file, at, next)) {
      return true;
    }
    return damage(head ? "its record in journal/wal is wrong" : "its head in journal/wal is wrong");
  }
  return true;
}

bool is_wal_name(const std::string& name) {
  return name.size() == 20 && name.find_first_not_of("0123456789") == std::string::npos;
}

Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (is_wal_name(file.path().filename().string())) files.push_back(file.path());
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

Result<Wal::Left> Wal::inspect(const std::filesystem::path& folder, std::uint64_t from) {
  const auto files = files_of(folder);
  if (!files) return fail(files.error());
  Left left;
  std::uint64_t next = from;
  for (const auto& file : *files) {
    const auto bytes = read_file(file);
    if (!bytes) return fail(bytes.error());
    if (!read_file_of_records(file, *bytes, from, next, left)) break;
  }
  return left;
}

Result<std::vector<Placed>> Wal::read(const std::filesystem::path& folder, std::uint64_t from) {
  auto left = inspect(folder, from);
  if (!left) return fail(left.error());
  if (left->damage) {
    return fail(ErrorKind::corrupted, "journal.damaged",
                fmt::format("entry {}: {}", left->damage->index, left->damage->what));
  }
  return std::move(left->records);
}

Status Wal::mend(const WalDamage& damage, const std::filesystem::path& aside,
                 const std::function<Result<Placed>(std::uint64_t, std::size_t)>& stand_in) {
  const auto bytes = read_file(damage.file);
  if (!bytes) return fail(bytes.error());
  std::size_t rest_at = bytes->size();
  std::uint64_t end = damage.index + 1;
  if (const auto next = next_record(*bytes, damage.sound, damage.index)) {
    rest_at = next->at;
    end = next->index;
  } else {
    const auto files = files_of(damage.file.parent_path());
    if (!files) return fail(files.error());
    const auto own = std::find(files->begin(), files->end(), damage.file);
    for (auto file = own; file != files->end(); ++file) {
      if (file == own) continue;
      const auto later = read_file(*file);
      if (!later) return fail(later.error());
      if (const auto first = next_record(*later, 0, damage.index)) {
        end = first->index;
        break;
      }
    }
  }
  std::string mended = bytes->substr(0, damage.sound);
  std::size_t lost = rest_at - damage.sound;
  for (std::uint64_t index = damage.index; index < end; ++index) {
    const auto record = stand_in(index, std::exchange(lost, 0));
    if (!record) return fail(record.error());
    add_record(mended, *record, index);
  }
  mended += bytes->substr(rest_at);
  if (auto written = write_file(aside, mended); !written) return written;
  std::error_code error;
  std::filesystem::rename(aside, damage.file, error);
  if (error) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                damage.file.string() + ": " + error.message());
  }
  return sync_path(damage.file.parent_path());
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
