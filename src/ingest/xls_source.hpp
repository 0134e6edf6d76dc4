#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// Opens one sheet of a workbook of Excel 2 to 2003; empty `sheet`: the first visible one that
/// holds a cell. The old C parser runs in a child process that may read this one file, write its
/// pipe and nothing else, within limits of memory and processor time; whatever happens to it is an
/// error here, never a crash. `reader`: the program to start as the child; empty:
/// $ANLAN_XLS_READER, else this very program. Errors: invalid_input "file.damaged",
/// "file.xls_password", "file.sheet_missing", "file.no_cells", "file.too_large"; unavailable
/// "file.xls_reader" when the child cannot be started.
Result<std::unique_ptr<RecordSource>> open_xls(const std::filesystem::path& path,
                                               const std::string& sheet,
                                               const std::filesystem::path& reader = {});

/// To be called first thing in main(): the exit code if this process was started as such a child.
std::optional<int> run_xls_child_if_asked(int argc, char** argv);

}  // namespace anlan::ingest
