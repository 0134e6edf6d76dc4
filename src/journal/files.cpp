#include "journal/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.hpp"

namespace anlan::journal {
namespace {

// A sync of its own for each file costs a round trip to the disk; from so many files on, one for
// the whole file system costs less, also where others write to it.
constexpr std::size_t synced_one_by_one_max = 16;

tl::unexpected<Error> unwritable(const std::filesystem::path& path, int cause) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(cause));
}

}  // namespace

Status write_all(int file, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(file, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return unwritable(path, errno);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

FileBatch::FileBatch(std::filesystem::path root, unsigned mode,
                     std::set<std::filesystem::path>& durable_folders)
    : root_(std::move(root)),
      root_file_(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      mode_(mode),
      durable_folders_(durable_folders) {}

FileBatch::~FileBatch() {
  if (root_file_ >= 0) ::close(root_file_);
}

Status FileBatch::make_folders(const std::filesystem::path& below_root) {
  std::filesystem::path made = root_;
  for (const auto& part : below_root) {
    const auto parent = made;
    made /= part;
    if (durable_folders_.contains(made) || new_folders_.contains(made)) continue;
    if (::mkdir(made.c_str(), mode_ | (mode_ & 0444) >> 2) != 0 && errno != EEXIST) {
      return unwritable(made, errno);
    }
    folders_.insert(parent);
    new_folders_.insert(made);
  }
  folders_.insert(made);
  return {};
}

Status FileBatch::put(const std::filesystem::path& below_root, std::string_view content) {
  if (auto made = make_folders(below_root.parent_path()); !made) return made;
  const auto path = root_ / below_root;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_);
  if (file < 0) return unwritable(path, errno);
  auto written = write_all(file, content, path);
  ::close(file);
  files_.push_back(path);
  return written;
}

Status FileBatch::sync_each() {
  for (const auto& file : files_) {
    if (auto synced = sync_path(file); !synced) return synced;
  }
  for (const auto& folder : folders_) {
    if (auto synced = sync_path(folder); !synced) return synced;
  }
  return {};
}

Status FileBatch::sync() {
  if (files_.size() > synced_one_by_one_max) {
    if (root_file_ < 0 || ::syncfs(root_file_) != 0) return unwritable(root_, errno);
  } else if (auto synced = sync_each(); !synced) {
    return synced;
  }
  durable_folders_.merge(new_folders_);
  new_folders_.clear();
  files_.clear();
  folders_.clear();
  return {};
}

std::size_t whole_lines(std::string_view content) {
  auto end = content.rfind('\n') + 1;  // 0 if there is none
  if (end == 0) return 0;
  const auto before = end == 1 ? std::string_view::npos : content.rfind('\n', end - 2);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  const auto last = content.substr(begin, end - begin);
  return last.find('\0') == std::string_view::npos ? end : begin;
}

}  // namespace anlan::journal
