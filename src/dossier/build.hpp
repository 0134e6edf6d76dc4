#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "dossier/files.hpp"
#include "lake/workspace.hpp"

namespace anlan::dossier {

struct BuildOptions {
  unsigned threads = 0;                        ///< 0: all cores; decides no byte of the files
  std::uint64_t memory_bytes = 3'000'000'000;  ///< for the engine; it spills beyond
  bool from_scratch = false;                   ///< take nothing over from the files that are there
  std::stop_token stop;
  /// Told what is being done: a list's name while its rows are read, "" while files are written;
  /// `done` of `total` such steps are.
  std::function<void(const std::string& list, std::size_t done, std::size_t total)> on_step;
};

struct BuildReport {
  FilesManifest manifest;
  std::size_t lists_read = 0;   ///< from the lake
  std::size_t lists_taken = 0;  ///< over from the files that were there
};

/// Makes the dossier files of a kind agree with the snapshot. Lists whose tables have the same
/// deliveries as before are taken over from the files that are there; the bytes are those of a
/// build from scratch. Files appear whole or not at all. Memory: `memory_bytes` and 64 MB for
/// each thread while rows are read, then the rows of one bucket twice for each thread, whatever
/// the population. Errors: as ListQuery; unavailable "file.unwritable", "dossier.interrupted";
/// conflict "file.locked" while another builds.
Result<BuildReport> build_dossiers(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                                   const catalog::DossierKind& kind, const BuildOptions& options);

/// The files of a kind, made or mended first if they are missing, damaged or behind the snapshot.
Result<DossierFiles> open_or_build(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                                   const catalog::DossierKind& kind, const BuildOptions& options);

}  // namespace anlan::dossier
