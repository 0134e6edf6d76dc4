#include "app/open_dossier.hpp"

#include "app/dossier_steps.hpp"
#include "dossier/build.hpp"
#include "fund/id_number.hpp"

namespace anlan::app {

std::string subject_id(const std::string& subject_kind, const std::string& given) {
  fund::IdDigits digits{};
  if (subject_kind != "person" ||
      fund::normalise_id_no(given, digits) == fund::IdOutcome::malformed)
    return given;
  return {digits.begin(), digits.end()};
}

Result<std::optional<std::pair<dossier::MappedBucket, std::size_t>>> find_dossier(
    const lake::Workspace& workspace, const lake::Snapshot& snapshot,
    const catalog::DossierKind& kind, const std::string& id) {
  const auto files =
      dossier::DossierFiles::open(workspace.folder(), kind, dossier::FirstLook::on_demand);
  if (!files || !files->agrees_with(snapshot)) return std::nullopt;
  auto found = files->find(id);
  if (found) return std::optional(std::move(*found));
  if (found.error().kind == ErrorKind::not_found && found.error().code != "dossier.missing")
    return fail(found.error());
  return std::nullopt;
}

Result<std::pair<dossier::MappedBucket, std::size_t>> open_dossier(const lake::Workspace& workspace,
                                                                   const lake::Snapshot& snapshot,
                                                                   const catalog::Catalog& catalog,
                                                                   const catalog::DossierKind& kind,
                                                                   const std::string& id,
                                                                   const Session& session) {
  auto there = find_dossier(workspace, snapshot, kind, id);
  if (!there) return fail(there.error());
  if (*there) return std::move(**there);
  DossierSteps steps(kind, session.lang);
  dossier::BuildOptions options;
  options.threads = workspace.settings().threads;
  options.memory_bytes = workspace.settings().memory_bytes;
  options.on_step = steps.teller();
  const auto files = dossier::open_or_build(workspace, catalog, snapshot, kind, options);
  steps.clear();
  if (!files) return fail(files.error());
  auto found = files->find(id);
  if (found || found.error().code == "dossier.unknown_subject") return found;
  // The damage lies in a bucket that nobody had read yet.
  options.from_scratch = true;
  const auto built = dossier::build_dossiers(workspace, catalog, snapshot, kind, options);
  steps.clear();
  if (!built) return fail(built.error());
  const auto mended = dossier::DossierFiles::open(workspace.folder(), kind);
  if (!mended) return fail(mended.error());
  return mended->find(id);
}

}  // namespace anlan::app
