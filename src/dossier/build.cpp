#include "dossier/build.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "base/file.hpp"
#include "dossier/boot.hpp"
#include "dossier/image.hpp"
#include "dossier/list_query.hpp"
#include "dossier/spill.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"

namespace anlan::dossier {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t waiting_bytes = 64'000'000;  // of rows, for each thread

/// What a row of a table takes at most of the engine's memory for good while rows are grouped by
/// subject: the engine spills groups, but not the texts they hold, which it does not even count
/// (330 bytes were seen of a group of contributions, 480 of one of payments).
constexpr std::uint64_t bytes_in_group = 500;

tl::unexpected<Error> unwritable(const fs::path& path) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(errno));
}

/// The first of the errors that several threads met; the others stop.
class FirstError {
 public:
  void set(Error error) {
    const std::lock_guard lock(turn_);
    if (!error_) error_ = std::move(error);
    set_ = true;
  }
  bool is_set() const { return set_; }
  Status status() const { return error_ ? Status(fail(*error_)) : Status(); }

 private:
  std::mutex turn_;
  std::optional<Error> error_;
  std::atomic<bool> set_ = false;
};

template <class Work>
void on_threads(unsigned threads, const Work& work) {
  std::vector<std::jthread> running;
  for (unsigned i = 1; i < threads; ++i) running.emplace_back(work);
  work();
}

/// A file of which a crash may leave any part: the manifest says whether to trust it.
Status write_unsynced(const fs::path& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return unwritable(path);
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      auto error = unwritable(path);
      ::close(file);
      return error;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(file) != 0) return unwritable(path);
  return {};
}

struct Sweeper {
  fs::path folder;
  ~Sweeper() {
    std::error_code error;
    fs::remove_all(folder, error);
  }
};

class Builder {
 public:
  Builder(const lake::Workspace& workspace, const catalog::Catalog& catalog,
          const lake::Snapshot& snapshot, const catalog::DossierKind& kind,
          const BuildOptions& options)
      : workspace_(workspace),
        catalog_(catalog),
        snapshot_(snapshot),
        kind_(kind),
        options_(options),
        threads_(options.threads > 0 ? options.threads
                                     : std::max(1U, std::thread::hardware_concurrency())),
        buckets_(bucket_count(kind, snapshot)),
        sources_(list_sources(kind, snapshot)),
        staging_(workspace.folder() / "dossiers" / ".staging"),
        made_(staging_ / kind.subject) {}

  Result<BuildReport> build() {
    std::error_code error;
    fs::remove_all(staging_, error);
    fs::create_directories(made_, error);
    if (error)
      return fail(ErrorKind::unavailable, "file.unwritable",
                  made_.string() + ": " + error.message());
    const Sweeper sweeper{staging_};
    choose_lists();
    if (report_.lists_read > 0) {
      auto spill = Spill::open(staging_, kind_, buckets_);
      if (!spill) return fail(spill.error());
      if (auto read = read_lists(*spill); !read) return fail(read.error());
      if (auto written = write_buckets(*spill); !written) return fail(written.error());
    }
    if (auto finished = finish(); !finished) return fail(finished.error());
    return std::move(report_);
  }

 private:
  /// Which lists come from the lake, and which from the files that are there, if these are sound.
  void choose_lists() {
    from_lake_.assign(kind_.lists.size(), true);
    if (!options_.from_scratch) {
      auto old = DossierFiles::open(workspace_.folder(), kind_, FirstLook::on_demand);
      if (old && old->buckets() == buckets_ && old->verify()) old_.emplace(std::move(*old));
    }
    for (std::size_t i = 0; old_ && i < from_lake_.size(); ++i)
      from_lake_[i] = old_->manifest().lists[i].source != sources_[i];
    report_.lists_read =
        static_cast<std::size_t>(std::count(from_lake_.begin(), from_lake_.end(), true));
    report_.lists_taken = from_lake_.size() - report_.lists_read;
    report_.manifest.lists.resize(kind_.lists.size());
  }

  void tell(const std::string& list) {
    if (options_.on_step) options_.on_step(list, steps_++, report_.lists_read + 1);
  }

  Status read_lists(Spill& spill) {
    lake::EngineOptions engine_options;
    engine_options.threads = threads_;
    engine_options.memory_bytes = options_.memory_bytes;
    engine_options.temp_folder = staging_ / "engine";
    auto engine = lake::Engine::open(engine_options);
    if (!engine) return fail(engine.error());
    auto connection = engine->connect();
    if (!connection) return fail(connection.error());
    // The order of rows is ours to make.
    if (auto set = connection->run("SET preserve_insertion_order = false"); !set) return set;
    if (auto made = lake::create_table_views(*connection, catalog_, snapshot_); !made) return made;
    if (auto made = create_dossier_views(*connection, catalog_, kind_); !made) return made;
    for (std::size_t list = 0; list < kind_.lists.size(); ++list) {
      if (!from_lake_[list]) continue;
      tell(kind_.lists[list].name);
      const auto slices = slices_of(kind_.lists[list]);
      for (std::uint32_t slice = 0; slice < slices; ++slice) {
        const Subjects subjects{.id = std::nullopt, .slice = slice, .slices = slices};
        if (auto read = read_list(*connection, spill, list, subjects); !read) return read;
      }
    }
    return {};
  }

  /// In how many slices of all subjects to read a list, so that grouping fits into memory. Lists
  /// that are a table as it stands are not grouped.
  std::uint32_t slices_of(const catalog::DossierList& list) const {
    if (catalog_.table(list.from) != nullptr) return 1;
    std::uint64_t rows = 0;
    for (const auto& delivery : snapshot_.deliveries) {
      if (std::binary_search(list.tables.begin(), list.tables.end(), delivery.manifest.table))
        rows += static_cast<std::uint64_t>(delivery.manifest.rows_loaded);
    }
    return static_cast<std::uint32_t>(1 + rows * bytes_in_group / options_.memory_bytes);
  }

  Status read_list(lake::Connection& connection, Spill& spill, std::size_t list,
                   const Subjects& subjects) {
    auto query = ListQuery::start(connection, catalog_, kind_, list, subjects);
    if (!query) return fail(query.error());
    FirstError failed;
    on_threads(threads_, [&] {
      Spill::Writer writer(spill, list, waiting_bytes);
      Status written;
      const auto take = [&](std::string_view id, std::span<const CellView> cells,
                            std::string_view key) {
        if (written) written = writer.put(id, cells, key);
      };
      for (bool more = true; more && !failed.is_set();) {
        if (options_.stop.stop_requested())
          return failed.set({ErrorKind::unavailable, "dossier.interrupted", ""});
        const auto went = query->next(take);
        if (!went) return failed.set(went.error());
        if (!written) return failed.set(written.error());
        more = *went;
      }
      if (auto flushed = writer.flush(); !flushed) failed.set(flushed.error());
    });
    return failed.status();
  }

  Status write_buckets(const Spill& spill) {
    tell("");
    FirstError failed;
    std::atomic<std::uint32_t> next = 0;
    on_threads(std::min<unsigned>(threads_, buckets_), [&] {
      for (std::uint32_t bucket = next++; bucket < buckets_ && !failed.is_set(); bucket = next++) {
        if (options_.stop.stop_requested())
          return failed.set({ErrorKind::unavailable, "dossier.interrupted", ""});
        if (auto written = write_bucket(spill, bucket); !written)
          return failed.set(written.error());
      }
    });
    return failed.status();
  }

  Status write_bucket(const Spill& spill, std::uint32_t bucket) {
    BucketBuilder builder(kind_);
    std::optional<MappedBucket> old;
    if (old_) {
      auto mapped = old_->map(bucket);
      if (!mapped) return fail(mapped.error());
      old.emplace(std::move(*mapped));
    }
    for (std::size_t list = 0; list < kind_.lists.size(); ++list) {
      if (from_lake_[list]) {
        if (auto read = spill.read(list, bucket, builder); !read) return fail(read.error());
      } else {
        builder.add_list(list, old->bucket());
      }
    }
    const Image image = builder.finish(bucket, buckets_);
    const auto made = open_bucket(image.bytes(), kind_, bucket_file(bucket));
    if (!made) return fail(made.error());
    if (auto written = write_unsynced(made_ / bucket_file(bucket), image.bytes()); !written)
      return written;
    const std::lock_guard lock(turn_);
    auto& manifest = report_.manifest;
    manifest.subjects += made->subjects;
    manifest.bytes += image.bytes().size();
    for (std::size_t list = 0; list < kind_.lists.size(); ++list) {
      manifest.lists[list].rows += made->lists[list].rows();
      manifest.lists[list].dropped += builder.dropped(list);
    }
    return {};
  }

  /// Writes the manifest and puts everything in its place.
  Status finish() {
    auto& manifest = report_.manifest;
    const bool nothing_new = report_.lists_read == 0;
    if (nothing_new) manifest = old_->manifest();
    manifest.subject = kind_.subject;
    manifest.kind_version = kind_.version;
    manifest.snapshot = snapshot_.id;
    manifest.boot = boot_id();
    manifest.buckets = buckets_;
    for (std::size_t list = 0; list < kind_.lists.size(); ++list) {
      manifest.lists[list].name = kind_.lists[list].name;
      manifest.lists[list].source = sources_[list];
      if (!nothing_new && !from_lake_[list])
        manifest.lists[list].dropped = old_->manifest().lists[list].dropped;
    }
    const auto place = files_folder(workspace_.folder(), kind_.subject);
    if (nothing_new) return write_file(place / "manifest.json", manifest_json(manifest));
    if (auto written = write_file(made_ / "manifest.json", manifest_json(manifest)); !written)
      return written;
    const bool there = fs::exists(place);
    if (::renameat2(AT_FDCWD, made_.c_str(), AT_FDCWD, place.c_str(),
                    there ? RENAME_EXCHANGE : 0U) != 0)
      return unwritable(place);
    return sync_path(place.parent_path());
  }

  const lake::Workspace& workspace_;
  const catalog::Catalog& catalog_;
  const lake::Snapshot& snapshot_;
  const catalog::DossierKind& kind_;
  const BuildOptions& options_;
  unsigned threads_;
  std::uint32_t buckets_;
  std::vector<std::string> sources_;
  fs::path staging_;
  fs::path made_;
  std::optional<DossierFiles> old_;
  std::vector<bool> from_lake_;
  std::size_t steps_ = 0;
  std::mutex turn_;
  BuildReport report_;
};

}  // namespace

Result<BuildReport> build_dossiers(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                                   const catalog::DossierKind& kind, const BuildOptions& options) {
  std::error_code error;
  fs::create_directories(workspace.folder() / "dossiers", error);
  const auto lock = FileLock::take(workspace.folder() / "dossiers" / ".lock");
  if (!lock) return fail(lock.error());
  return Builder(workspace, catalog, snapshot, kind, options).build();
}

Result<DossierFiles> open_or_build(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const lake::Snapshot& snapshot,
                                   const catalog::DossierKind& kind, const BuildOptions& options) {
  if (auto there = DossierFiles::open(workspace.folder(), kind);
      there && there->agrees_with(snapshot) && there->check_headers())
    return there;
  if (auto built = build_dossiers(workspace, catalog, snapshot, kind, options); !built)
    return fail(built.error());
  return DossierFiles::open(workspace.folder(), kind);
}

}  // namespace anlan::dossier
