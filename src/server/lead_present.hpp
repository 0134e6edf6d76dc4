#pragma once

#include <string>

#include "leads/export.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

/// What a detection looks for, in words; `name` if the catalog no longer has it.
Title title_of(const leads::Titles& titles, const std::string& code, const std::string& name);
leads::Titles titles_of(const catalog::Catalog& catalog);

/// A lead's line as its run wrote it, as it is served: numbers masked unless `revealed`.
Json lead_json(const std::string& line, const leads::Titles& titles, bool revealed);

}  // namespace anlan::server
