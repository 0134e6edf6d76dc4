#include "base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace anlan {
namespace {

tl::unexpected<Error> unwritable(const std::filesystem::path& path, int cause) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(cause));
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) {
    const int cause = std::filesystem::is_directory(path) ? EISDIR : errno;
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(cause));
  }
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
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
