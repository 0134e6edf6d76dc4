#include "dossier/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "dossier/boot.hpp"
#include "dossier/checksum.hpp"
#include "dossier/image.hpp"

namespace anlan::dossier {
namespace {

constexpr int manifest_format = 1;
constexpr std::uint64_t subjects_max = 40'000;
constexpr std::uint32_t buckets_max = 65'536;

}  // namespace

std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id");
  return text ? std::string(trim(*text)) : std::string();
}

std::string manifest_json(const FilesManifest& manifest) {
  nlohmann::ordered_json json = {{"format", manifest_format},
                                 {"subject", manifest.subject},
                                 {"kind_version", manifest.kind_version},
                                 {"snapshot", manifest.snapshot},
                                 {"boot", manifest.boot},
                                 {"buckets", manifest.buckets},
                                 {"subjects", manifest.subjects},
                                 {"bytes", manifest.bytes}};
  json["lists"] = nlohmann::ordered_json::array();
  for (const auto& list : manifest.lists) {
    json["lists"].push_back({{"name", list.name},
                             {"source", list.source},
                             {"rows", list.rows},
                             {"dropped", list.dropped}});
  }
  return json.dump(2) + "\n";
}

Result<FilesManifest> parse_files_manifest(const std::string& text, const std::string& origin) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format") != manifest_format)
      return fail(ErrorKind::conflict, "dossier.outdated", origin + ": another format");
    FilesManifest manifest;
    manifest.subject = json.at("subject");
    manifest.kind_version = json.at("kind_version");
    manifest.snapshot = json.at("snapshot");
    manifest.boot = json.at("boot");
    manifest.buckets = json.at("buckets");
    manifest.subjects = json.at("subjects");
    manifest.bytes = json.at("bytes");
    for (const auto& list : json.at("lists"))
      manifest.lists.push_back(
          {list.at("name"), list.at("source"), list.at("rows"), list.at("dropped")});
    return manifest;
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorKind::corrupted, "dossier.damaged", origin + ": not a manifest");
  }
}

std::filesystem::path files_folder(const std::filesystem::path& workspace,
                                   const std::string& subject) {
  return workspace / "dossiers" / subject;
}

std::string bucket_file(std::size_t bucket) {
  return fmt::format("bucket-{:05}.dossier", bucket);
}

std::vector<std::string> list_sources(const catalog::DossierKind& kind,
                                      const lake::Snapshot& snapshot) {
  std::vector<std::string> sources;
  for (const auto& list : kind.lists) {
    Sha256 hash;
    hash.add(list.version + "\n");
    for (const auto& delivery : snapshot.deliveries) {
      const auto& table = delivery.manifest.table;
      if (std::binary_search(list.tables.begin(), list.tables.end(), table))
        hash.add(table + " " + delivery.manifest.id + "\n");
    }
    sources.push_back(hash.hex().substr(0, 16));
  }
  return sources;
}

std::uint32_t bucket_count(const catalog::DossierKind& kind, const lake::Snapshot& snapshot) {
  std::uint64_t rows = 0;
  for (const auto& delivery : snapshot.deliveries) {
    if (delivery.manifest.table == kind.count_table)
      rows += static_cast<std::uint64_t>(delivery.manifest.rows_loaded);
  }
  std::uint32_t buckets = 1;
  while (buckets < buckets_max && rows / buckets > subjects_max) buckets *= 2;
  return buckets;
}

Result<MappedBucket> MappedBucket::open(const std::filesystem::path& path,
                                        const catalog::DossierKind& kind, bool whole) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return fail(ErrorKind::not_found, "dossier.missing",
                path.string() + ": " + std::strerror(errno));
  struct stat status {};
  const bool known = ::fstat(file, &status) == 0;
  const auto size = static_cast<std::size_t>(known ? status.st_size : 0);
  void* memory = size == 0 ? MAP_FAILED
                           : ::mmap(nullptr, size, PROT_READ,
                                    MAP_SHARED | (whole ? MAP_POPULATE : 0), file, 0);
  ::close(file);
  if (memory == MAP_FAILED)
    return fail(ErrorKind::corrupted, "dossier.damaged", path.string() + ": cannot be mapped");
  if (!whole) ::madvise(memory, size, MADV_RANDOM);
  MappedBucket mapped;
  mapped.bytes_ = {static_cast<const char*>(memory), size};
  auto bucket = open_bucket(mapped.bytes_, kind, path.string());
  if (!bucket) return fail(bucket.error());
  mapped.bucket_ = std::move(*bucket);
  return mapped;
}

MappedBucket::MappedBucket(MappedBucket&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), bucket_(std::move(other.bucket_)) {}

MappedBucket& MappedBucket::operator=(MappedBucket&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(bucket_, other.bucket_);
  return *this;
}

MappedBucket::~MappedBucket() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

Result<DossierFiles> DossierFiles::open(const std::filesystem::path& workspace,
                                        const catalog::DossierKind& kind, FirstLook look) {
  const auto folder = files_folder(workspace, kind.subject);
  const auto path = folder / "manifest.json";
  const auto text = read_file(path);
  if (!text) return fail(ErrorKind::not_found, "dossier.missing", path.string());
  auto manifest = parse_files_manifest(*text, path.string());
  if (!manifest) return fail(manifest.error());
  if (manifest->kind_version != kind.version || manifest->lists.size() != kind.lists.size())
    return fail(ErrorKind::conflict, "dossier.outdated", path.string() + ": another description");
  DossierFiles files(folder, kind, std::move(*manifest));
  const auto boot = boot_id();
  files.checked_ = !boot.empty() && boot == files.manifest_.boot;
  if (!files.checked_ && look == FirstLook::all) {
    if (auto good = files.verify(); !good) return fail(good.error());
    files.checked_ = true;
    files.manifest_.boot = boot;
    // If the folder cannot be written, the next one checks again.
    (void)write_file(path, manifest_json(files.manifest_));
  }
  return files;
}

bool DossierFiles::agrees_with(const lake::Snapshot& snapshot) const {
  if (manifest_.buckets != bucket_count(*kind_, snapshot)) return false;
  const auto sources = list_sources(*kind_, snapshot);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (manifest_.lists[i].source != sources[i]) return false;
  }
  return true;
}

Result<MappedBucket> DossierFiles::map(std::size_t bucket, bool whole) const {
  return MappedBucket::open(folder_ / bucket_file(bucket), *kind_, whole);
}

Status DossierFiles::check_headers() const {
  for (std::size_t i = 0; i < buckets(); ++i) {
    if (const auto mapped = map(i, false); !mapped) return fail(mapped.error());
  }
  return {};
}

Status DossierFiles::verify() const {
  for (std::size_t i = 0; i < buckets(); ++i) {
    const auto mapped = map(i);
    if (!mapped) return fail(mapped.error());
    if (auto good = verify_bucket(mapped->bytes(), *kind_, (folder_ / bucket_file(i)).string());
        !good)
      return good;
  }
  return {};
}

Result<std::pair<MappedBucket, std::size_t>> DossierFiles::find(std::string_view id) const {
  const std::size_t bucket = bucket_of(id, buckets());
  auto mapped = map(bucket, false);
  if (!mapped) return fail(mapped.error());
  const auto origin = (folder_ / bucket_file(bucket)).string();
  const auto found = checked_ ? Result<std::optional<std::size_t>>(mapped->bucket().find(id))
                              : verify_dossier(mapped->bytes(), mapped->bucket(), id, origin);
  if (!found) return fail(found.error());
  const auto subject = *found;
  if (!subject) return fail(ErrorKind::not_found, "dossier.unknown_subject", kind_->subject);
  return std::pair(std::move(*mapped), *subject);
}

}  // namespace anlan::dossier
