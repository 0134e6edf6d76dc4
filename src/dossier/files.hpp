#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "dossier/dossier.hpp"
#include "lake/deliveries.hpp"

namespace anlan::dossier {

/// What `manifest.json` beside the bucket files says of them.
struct FilesManifest {
  struct ListFiles {
    std::string name;
    std::string source;  ///< hash of the list's description and of the deliveries it came from
    std::uint64_t rows = 0;
    std::uint64_t dropped = 0;  ///< rows of a fact beyond the first
  };

  std::string subject;
  std::string kind_version;
  std::string snapshot;  ///< that they were last found or made to agree with
  std::string boot;      ///< start of the machine since which the files were checked or written
  std::uint32_t buckets = 0;
  std::uint64_t subjects = 0;
  std::uint64_t bytes = 0;
  std::vector<ListFiles> lists;
};

std::string manifest_json(const FilesManifest& manifest);
/// Errors: corrupted "dossier.damaged".
Result<FilesManifest> parse_files_manifest(const std::string& json, const std::string& origin);

/// Where the files of a kind lie: `dossiers/<subject>` in the workspace.
std::filesystem::path files_folder(const std::filesystem::path& workspace,
                                   const std::string& subject);
std::string bucket_file(std::size_t bucket);  ///< "bucket-00017.dossier"

/// The `source` each list of the kind has in this snapshot, by list.
std::vector<std::string> list_sources(const catalog::DossierKind& kind,
                                      const lake::Snapshot& snapshot);

/// How many buckets the files of this snapshot have: a power of two, so that one holds 20 to 40
/// thousand subjects (our choice: its hot columns fit a cache, and a city makes enough of them for
/// every core).
std::uint32_t bucket_count(const catalog::DossierKind& kind, const lake::Snapshot& snapshot);

/// A bucket file in memory, read-only; unmapped with the object.
class MappedBucket {
 public:
  /// `whole`: read it in at once, as a run over all does, instead of page by page. Errors:
  /// not_found "dossier.missing"; as open_bucket.
  static Result<MappedBucket> open(const std::filesystem::path& file,
                                   const catalog::DossierKind& kind, bool whole);
  MappedBucket(MappedBucket&& other) noexcept;
  MappedBucket& operator=(MappedBucket&& other) noexcept;
  ~MappedBucket();

  const Bucket& bucket() const { return bucket_; }
  std::string_view bytes() const { return bytes_; }

 private:
  MappedBucket() = default;
  std::string_view bytes_;
  Bucket bucket_;
};

/// How much of the files is checked if the machine has been started anew since they were written
/// or last checked: within one start the page cache keeps what was written, after a crash a disk
/// may not.
enum class FirstLook {
  all,       ///< every byte, once for all: for those who read them all
  on_demand  ///< what each `find` hands out
};

/// The dossier files of one kind. `kind` must outlive it and all buckets it hands out.
class DossierFiles {
 public:
  /// Errors: not_found "dossier.missing"; conflict "dossier.outdated" (another description);
  /// corrupted "dossier.damaged".
  static Result<DossierFiles> open(const std::filesystem::path& workspace,
                                   const catalog::DossierKind& kind,
                                   FirstLook look = FirstLook::all);

  const FilesManifest& manifest() const { return manifest_; }
  /// Whether they say what this snapshot says.
  bool agrees_with(const lake::Snapshot& snapshot) const;
  std::size_t buckets() const { return manifest_.buckets; }
  Result<MappedBucket> map(std::size_t bucket, bool whole = true) const;
  /// Whether every bucket is there with a whole header: a quick look. Errors: as map.
  Status check_headers() const;
  /// Compares every byte with its checksum. Errors: corrupted "dossier.damaged".
  Status verify() const;
  /// The bucket of a subject and its place there; of other subjects' rows nothing is promised if
  /// the files were opened on demand. Errors: not_found "dossier.unknown_subject", without the id;
  /// as map; corrupted "dossier.damaged".
  Result<std::pair<MappedBucket, std::size_t>> find(std::string_view id) const;

 private:
  DossierFiles(std::filesystem::path folder, const catalog::DossierKind& kind,
               FilesManifest manifest)
      : folder_(std::move(folder)), kind_(&kind), manifest_(std::move(manifest)) {}

  std::filesystem::path folder_;
  const catalog::DossierKind* kind_;
  FilesManifest manifest_;
  bool checked_ = true;
};

}  // namespace anlan::dossier
