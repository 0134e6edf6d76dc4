#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan {

/// Errors: not_found "file.unreadable", naming the path and the system's cause.
Result<std::string> read_file(const std::filesystem::path& path);

/// Writes aside, syncs, renames over `path` and syncs the folder: after a crash the file is the old
/// one or the new one, whole. Errors: unavailable "file.unwritable".
Status write_file(const std::filesystem::path& path, std::string_view content);

/// Makes what a finished file or the names in a folder say durable.
Status sync_path(const std::filesystem::path& path);

/// Syncs every file below `from`, then renames it to `to` (same disk) and syncs both parents: the
/// one moment at which prepared data becomes visible.
Status commit_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// An exclusive lock held as long as the object lives, also against other processes; gone with kill
/// -9.
class FileLock {
 public:
  /// Errors: conflict "file.locked" when another holder has it; unavailable "file.unwritable".
  static Result<FileLock> take(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int file) : file_(file) {}
  int file_;
};

}  // namespace anlan
