#include "ingest/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace anlan::ingest {
namespace {

class FileBytes : public ByteSource {
 public:
  FileBytes(int file, std::filesystem::path path, double size)
      : file_(file), path_(std::move(path)), size_(size) {}
  ~FileBytes() override { ::close(file_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  Result<std::size_t> read(char* to, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(file_, to, size);
      if (got >= 0) {
        done_ += static_cast<double>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno == EINTR) continue;
      return fail(ErrorKind::not_found, "file.unreadable",
                  path_.string() + ": " + std::strerror(errno));
    }
  }
  double progress() const override { return size_ > 0 ? done_ / size_ : -1; }

 private:
  int file_;
  std::filesystem::path path_;
  double size_;
  double done_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file_bytes(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (file < 0 || ::fstat(file, &facts) != 0 || S_ISDIR(facts.st_mode)) {
    const int cause = file >= 0 && S_ISDIR(facts.st_mode) ? EISDIR : errno;
    if (file >= 0) ::close(file);
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(cause));
  }
  ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<FileBytes>(file, path, static_cast<double>(facts.st_size));
}

}  // namespace anlan::ingest
