#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "base/result.hpp"

namespace anlan::ingest {

/// Bytes read from first to last: a plain file, or what a compressed one unpacks to.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Puts up to `size` bytes at `to`; 0 only at the end.
  /// Errors: not_found "file.unreadable"; invalid_input "file.…" when a compressed file is damaged.
  virtual Result<std::size_t> read(char* to, std::size_t size) = 0;

  /// Done so far, 0 to 1, for progress; negative if unknown.
  virtual double progress() const = 0;
};

/// Errors: not_found "file.unreadable".
Result<std::unique_ptr<ByteSource>> open_file_bytes(const std::filesystem::path& path);

}  // namespace anlan::ingest
