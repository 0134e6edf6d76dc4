#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

struct zip;
struct zip_file;

namespace anlan::ingest {

/// How much may come out of one zip file, whatever it claims.
struct ZipLimits {
  std::uint64_t bytes_max;
  std::uint64_t ratio_max;
  std::uint64_t ratio_from_bytes;
};

class ZipArchive;

/// One member, read from front to back. Borrows its archive.
class ZipMember {
 public:
  /// Fills `buffer`; 0 at the end, where the checksum has been compared.
  /// Errors: invalid_input "file.damaged", "file.zip_bomb", "file.too_large".
  Result<std::size_t> read(char* buffer, std::size_t size);
  double progress() const;

 private:
  friend class ZipArchive;
  struct Close {
    void operator()(zip_file* file) const;
  };
  std::unique_ptr<zip_file, Close> file_;
  ZipArchive* archive_ = nullptr;
  std::string name_;
  std::uint64_t packed_ = 0;
  std::uint64_t size_ = 0;  // as the directory claims; for progress only
  std::uint64_t done_ = 0;
};

/// A zip file opened for reading. Must stay where it is while members are open.
class ZipArchive {
 public:
  /// Errors: not_found "file.unreadable"; invalid_input "file.damaged".
  static Result<std::unique_ptr<ZipArchive>> open(const std::filesystem::path& path,
                                                  const ZipLimits& limits);

  std::int64_t count() const;
  std::string raw_name(std::int64_t index) const;  ///< bytes as stored
  bool encrypted(std::int64_t index) const;
  std::int64_t find(const std::string& name) const;  ///< -1 if missing; letter case is ignored
  /// Errors: invalid_input "file.damaged", "file.zip_password".
  Result<ZipMember> open_member(std::int64_t index);
  /// Reads a small member whole. Errors: as read; "file.too_large" beyond `bytes_max`.
  Result<std::string> read_all(std::int64_t index, std::uint64_t bytes_max);

 private:
  friend class ZipMember;
  struct Close {
    void operator()(zip* archive) const;
  };
  std::unique_ptr<zip, Close> zip_;
  ZipLimits limits_{};
  std::string file_name_;
  std::uint64_t file_size_ = 0;
  std::uint64_t unpacked_ = 0;  // over all members
};

}  // namespace anlan::ingest
