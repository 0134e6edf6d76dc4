#pragma once

#include <string>
#include <vector>

#include "ingest/import.hpp"

namespace anlan::app {

struct Session;

/// What `anlan import` and `anlan deliveries replace` were asked to do.
struct ImportRequest {
  std::string workspace;
  std::vector<std::string> paths;
  std::string delimiter;
  std::vector<std::string> replace;  ///< delivery ids, or "period"
  ingest::ImportOptions options;
  bool each = false;  ///< tell of each file, also of many
};

/// Imports every file of the request, shows progress and what became of each, and sets the exit
/// code.
void import_files(const ImportRequest& request, Session& session);

}  // namespace anlan::app
