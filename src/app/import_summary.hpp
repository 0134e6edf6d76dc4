#pragma once

#include <span>

#include "app/session.hpp"
#include "catalog/catalog.hpp"
#include "ingest/import.hpp"

namespace anlan::app {

/// What came of many files, on one screen: a line per table, then the reasons of rejection over all
/// of them.
void print_import_summary(std::span<const ingest::ImportReport* const> reports,
                          const catalog::Catalog& catalog, const std::string& rejects_folder,
                          const Session& session);

}  // namespace anlan::app
