#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace anlan::journal {

/// Writes many files and makes them durable together. What it writes is not referred to by anything
/// until sync() is through, so a torn file is only a leftover.
class FileBatch {
 public:
  /// Folders are made up to, but not including, `root`, which exists. `durable_folders` remembers,
  /// from batch to batch, those whose own names are durable: one that is there already may be what
  /// a killed process left, and its name in memory only.
  FileBatch(std::filesystem::path root, unsigned mode,
            std::set<std::filesystem::path>& durable_folders);
  ~FileBatch();
  FileBatch(const FileBatch&) = delete;
  FileBatch& operator=(const FileBatch&) = delete;
  /// Errors: unavailable "file.unwritable".
  Status put(const std::filesystem::path& below_root, std::string_view content);
  Status sync();

 private:
  Status sync_each();
  Status make_folders(const std::filesystem::path& below_root);

  std::filesystem::path root_;
  int root_file_;  ///< open from before the first write on, so that it hears of errors
  unsigned mode_;
  std::vector<std::filesystem::path> files_;
  std::set<std::filesystem::path> folders_;
  std::set<std::filesystem::path> new_folders_;
  std::set<std::filesystem::path>& durable_folders_;
};

/// Writes all of it. Errors: unavailable "file.unwritable".
Status write_all(int file, std::string_view content, const std::filesystem::path& path);

/// How much of a file of lines is sound at its end, in bytes: without a last line that was not
/// finished, or of which a power cut left only the end (sectors are written in any order; one that
/// was not reads as zeros).
std::size_t whole_lines(std::string_view content);

}  // namespace anlan::journal
