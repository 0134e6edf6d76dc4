#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace anlan::store {

/// See Database::back_up.
Status back_up_to(const std::string& location, const std::filesystem::path& file);

// The halves for one engine; `aside` does not exist yet and lies beside the file it will become.
Status back_up_sqlite(const std::string& path, const std::filesystem::path& aside);
Status back_up_postgres(const std::string& uri, const std::filesystem::path& aside);
/// Copies every page of the database file `from` over the database at `path`, in one transaction.
Status copy_sqlite(const std::string& from, const std::string& path);
Status restore_postgres(const std::filesystem::path& file, const std::string& uri);

}  // namespace anlan::store
