#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace anlan::documents {

/// One file of an archive: its bytes, or a file on disk that is read while the archive is written.
struct ZipPart {
  std::string name;  ///< UTF-8, with / between folders
  std::variant<std::string, std::filesystem::path> content;
};

/// Parts in the order given, all of 2018-01-01, so that equal parts give equal bytes. Errors:
/// unavailable "file.unwritable".
Status write_zip(const std::vector<ZipPart>& parts, const std::filesystem::path& path);

/// The same in memory; every part must be bytes.
Result<std::string> zip_bytes(const std::vector<ZipPart>& parts);

/// Reads an archive part by part, in its order, handing each part's bytes out in pieces; a last
/// empty piece ends a part. Errors: not_found "file.unreadable"; invalid_input "zip.damaged"; what
/// `take` returns.
using TakePiece = std::function<Status(const std::string& name, std::string_view piece)>;
Status read_zip(const std::filesystem::path& path, const TakePiece& take);

}  // namespace anlan::documents
