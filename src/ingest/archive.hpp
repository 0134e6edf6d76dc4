#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace anlan::ingest {

/// A private file that is removed with its owner.
class TempFile {
 public:
  /// An empty file in `folder`, readable by this user only. Errors: unavailable "file.unwritable".
  static Result<TempFile> make(const std::filesystem::path& folder);
  TempFile(TempFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), file_(std::exchange(other.file_, -1)) {}
  TempFile& operator=(TempFile&& other) noexcept;
  ~TempFile();

  const std::filesystem::path& path() const { return path_; }
  Status write(const char* bytes, std::size_t size);
  void close();  ///< no more to write

 private:
  TempFile(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}
  std::filesystem::path path_;
  int file_ = -1;
};

/// One file out of an archive; the plain file lives as long as this object.
struct UnpackedFile {
  std::string name;  ///< as the archive calls it, UTF-8; only for reading, it never became a path
  TempFile file;
};

struct UnpackLimits {
  std::uint64_t bytes_max = 1ull << 40;  ///< all files together; our choice: the disk is smaller
  std::uint64_t ratio_max = 200;         ///< unpacked : packed; text packs 5 to 30 times
  std::uint64_t ratio_from_bytes = 64 << 20;  ///< small files may be emptier than that
  std::size_t files_max = 10'000;
};

/// Unpacks a gzip (all its members, one after the other) or zip file into private files of
/// `temp_folder`. Folders and what a Mac or Windows adds beside the files (`__MACOSX/`,
/// `.DS_Store`, `Thumbs.db`) are left out. Errors: not_found "file.unreadable"; invalid_input
/// "file.damaged" (truncated, wrong checksum), "file.zip_bomb", "file.too_large",
/// "file.zip_password", "file.nested_archive"; unavailable "file.unwritable".
Result<std::vector<UnpackedFile>> unpack(const std::filesystem::path& path,
                                         const std::filesystem::path& temp_folder,
                                         const UnpackLimits& limits = {});

}  // namespace anlan::ingest
