#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/reason.hpp"

namespace anlan::ingest {

/// The first line of rejects.csv, behind a BOM so that spreadsheets read it as UTF-8.
std::string rejects_header();

/// Appends one line: where, what and why, and the whole row as it was received, in one quoted
/// field. `mark`: the row was loaded all the same.
void append_reject(std::string& lines, std::int64_t row_no, bool mark, std::string_view column,
                   std::string_view value, Reason reason, std::string_view row);

}  // namespace anlan::ingest
