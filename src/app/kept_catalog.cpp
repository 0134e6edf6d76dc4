#include "app/kept_catalog.hpp"

#include "base/file.hpp"

namespace anlan::app {
namespace {

std::filesystem::path extract_file(const lake::Workspace& workspace, const std::string& subject) {
  return workspace.folder() / "dossiers" / ("catalog-" + subject + ".json");
}

}  // namespace

std::optional<catalog::Catalog> kept_catalog(const lake::Workspace& workspace,
                                             const std::string& subject,
                                             const catalog::Stamps& stamps) {
  const auto text = read_file(extract_file(workspace, subject));
  if (!text) return std::nullopt;
  return catalog::parse_extract(*text, stamps.rules);
}

void keep_catalog(const lake::Workspace& workspace, const catalog::Catalog& catalog,
                  const std::string& subject, const catalog::Stamps& stamps) {
  const auto text = catalog::extract_json(catalog, subject, stamps.rules);
  if (auto written = write_file(extract_file(workspace, subject), text); !written) return;
}

}  // namespace anlan::app
