#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// Opens a Parquet file: the column names, then every row with its values as text; decimals and
/// integers exact, moments in UTC+8, missing values as empty cells. Errors: not_found
/// "file.unreadable"; invalid_input "file.damaged" with the engine's words.
Result<std::unique_ptr<RecordSource>> open_parquet(const std::filesystem::path& path);

}  // namespace anlan::ingest
