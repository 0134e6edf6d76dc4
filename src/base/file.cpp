#include "base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace anlan {
namespace {

tl::unexpected<Error> unwritable(const std::filesystem::path& path, int cause) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(cause));
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  const auto unreadable = [&](int cause) {
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(cause));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(errno);
  struct stat about {};
  std::string content;
  int cause = ::fstat(file, &about) == 0 ? 0 : errno;
  // What is no plain file may say nothing of its size: then it is read until it ends.
  constexpr std::size_t step = 1 << 16;
  std::size_t size = 0;
  content.resize(static_cast<std::size_t>(std::max<off_t>(about.st_size, 0)) + 1);
  while (cause == 0) {
    const ssize_t got = ::read(file, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) cause = errno;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    if (size == content.size()) content.resize(size + step);
  }
  ::close(file);
  if (cause != 0) return unreadable(cause);
  content.resize(size);
  return content;
}

Status sync_path(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unwritable(path, errno);
  const int synced = ::fsync(file);
  const int cause = errno;
  ::close(file);
  if (synced != 0) return unwritable(path, cause);
  return {};
}

Status write_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path aside = path.string() + ".tmp";
  const int file = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (file < 0) return unwritable(path, errno);
  while (!content.empty()) {
    const ssize_t put = ::write(file, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int cause = errno;
      ::close(file);
      ::unlink(aside.c_str());
      return unwritable(path, cause);
    }
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  const int synced = ::fsync(file);
  const int sync_cause = errno;
  ::close(file);
  if (synced != 0) return unwritable(path, sync_cause);
  if (::rename(aside.c_str(), path.c_str()) != 0) return unwritable(path, errno);
  return sync_path(path.has_parent_path() ? path.parent_path() : ".");
}

Status commit_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from, error)) {
    if (auto synced = sync_path(entry.path()); !synced) return synced;
  }
  if (error) return unwritable(from, error.value());
  if (auto synced = sync_path(from); !synced) return synced;
  std::filesystem::create_directories(to.parent_path(), error);
  if (error) return unwritable(to, error.value());
  if (::rename(from.c_str(), to.c_str()) != 0) return unwritable(to, errno);
  if (auto synced = sync_path(to.parent_path()); !synced) return synced;
  return sync_path(to.parent_path().parent_path());
}

Result<FileLock> FileLock::take(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) return unwritable(path, errno);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int cause = errno;
    ::close(file);
    if (cause == EWOULDBLOCK) return fail(ErrorKind::conflict, "file.locked", path.string());
    return unwritable(path, cause);
  }
  return FileLock(file);
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace anlan
