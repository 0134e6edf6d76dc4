#include "app/open_dossier.hpp"

#include "app/dossier_steps.hpp"
#include "dossier/build.hpp"
#include "dossier/description.hpp"
#include "fund/id_number.hpp"

namespace anlan::app {

std::string subject_id(const std::string& subject_kind, const std::string& given) {
  fund::IdDigits digits{};
  if (subject_kind != "person" ||
      fund::normalise_id_no(given, digits) == fund::IdOutcome::malformed)
    return given;
  return {digits.begin(), digits.end()};
}

Result<std::pair<dossier::MappedBucket, std::size_t>> open_dossier(
    const lake::Workspace& workspace, const lake::Snapshot& snapshot,
    const catalog::Catalog& catalog, const catalog::DossierKind& kind, const std::string& stamp,
    const std::string& id, const Session& session) {
  DossierSteps steps(kind, session.lang);
  dossier::BuildOptions options;
  options.threads = workspace.settings().threads;
  options.memory_bytes = workspace.settings().memory_bytes;
  options.on_step = steps.teller();
  const auto described = [&]() -> Status {
    const auto kept = dossier::read_description(workspace.folder(), kind.subject);
    if (kept && kept->stamp == stamp) return {};
    return dossier::keep_description(workspace.folder(), dossier::describe(catalog, kind, stamp));
  };
  const auto find = [&]() -> Result<std::pair<dossier::MappedBucket, std::size_t>> {
    const auto files = dossier::open_or_build(workspace, catalog, snapshot, kind, options);
    steps.clear();
    if (!files) return fail(files.error());
    if (auto kept = described(); !kept) return fail(kept.error());
    return files->find(id);
  };
  auto found = find();
  if (found || found.error().kind == ErrorKind::not_found) return found;
  // The damage lies in a bucket that nobody had read yet.
  options.from_scratch = true;
  const auto built = dossier::build_dossiers(workspace, catalog, snapshot, kind, options);
  steps.clear();
  if (!built) return fail(built.error());
  return find();
}

}  // namespace anlan::app
