#include "app/backup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/desk.hpp"
#include "app/journal_acts.hpp"
#include "app/people.hpp"
#include "app/work_line.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "files/files.hpp"
#include "journal/copy.hpp"
#include "journal/log.hpp"
#include "journal/outbox.hpp"
#include "journal/verify.hpp"

namespace anlan::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int manifest_format = 1;

tl::unexpected<Error> unwritable(const fs::path& path, const std::error_code& error) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              fmt::format("{}: {}", path.string(), error.message()));
}

std::string manifest_json(const BackupManifest& manifest) {
  Json files = Json::array();
  for (const auto& file : manifest.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  const Json json = {
      {"format", manifest_format},
      {"made_at", format_instant(manifest.made_at)},
      {"made_at_ms", manifest.made_at.ms},
      {"desk", manifest.engine},
      {"journal",
       {{"origin", manifest.origin},
        {"entries", manifest.entries},
        {"unpublished", manifest.unpublished},
        {"with_key", manifest.with_key}}},
      {"lake", {{"included", manifest.with_lake}, {"deliveries", manifest.deliveries}}},
      {"files", std::move(files)}};
  return json.dump(1) + "\n";
}

/// A path of the manifest that stays below the folder it is joined to.
bool stays_below(const fs::path& path) {
  return !path.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

std::optional<BackupManifest> parse_manifest(const std::string& text) {
  try {
    const auto json = Json::parse(text);
    if (json.at("format").get<int>() != manifest_format) return std::nullopt;
    BackupManifest manifest;
    manifest.made_at = {json.at("made_at_ms").get<std::int64_t>()};
    manifest.engine = json.at("desk").get<std::string>();
    const auto& journal = json.at("journal");
    journal.at("origin").get_to(manifest.origin);
    journal.at("entries").get_to(manifest.entries);
    journal.at("unpublished").get_to(manifest.unpublished);
    journal.at("with_key").get_to(manifest.with_key);
    json.at("lake").at("included").get_to(manifest.with_lake);
    json.at("lake").at("deliveries").get_to(manifest.deliveries);
    for (const auto& file : json.at("files")) {
      manifest.files.push_back({file.at("path").get<std::string>(),
                                file.at("bytes").get<std::uint64_t>(),
                                file.at("sha256").get<std::string>()});
      if (!stays_below(manifest.files.back().path)) return std::nullopt;
    }
    return manifest;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

/// Every file below `folder`, by path.
Result<std::vector<BackupFile>> files_below(const fs::path& folder) {
  std::vector<BackupFile> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error)) continue;
    files.push_back(
        {entry.path().lexically_relative(folder).generic_string(), entry.file_size(error), ""});
    if (error) break;
  }
  if (error) return fail(ErrorKind::not_found, "file.unreadable", folder.string());
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

/// "benefit_payment/delivery=8f…" of all that is in the lake, read without trusting any of it.
std::vector<std::string> deliveries_in(const fs::path& lake) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& table : fs::directory_iterator(lake, error)) {
    const auto name = table.path().filename().string();
    if (!table.is_directory(error) || name.starts_with(".")) continue;
    for (const auto& delivery : fs::directory_iterator(table.path(), error)) {
      found.push_back(name + "/" + delivery.path().filename().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> runs_in(const fs::path& runs) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& run : fs::directory_iterator(runs, error)) {
    const auto name = run.path().filename().string();
    if (run.is_directory(error) && !name.starts_with(".")) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Making {
 public:
  Making(const lake::Workspace& workspace, store::Database& desk, const BackupOptions& options,
         Lang lang)
      : workspace_(workspace), desk_(desk), options_(options), line_(lang) {}

  Result<Backup> run(const fs::path& out) {
    // Beside the place where it will be, so that one rename is enough.
    const auto aside =
        out.parent_path() / fmt::format(".{}.part-{}", out.filename().string(), ::getpid());
    auto made = fill(aside);
    Status done;
    if (made) {
      line_.step("落盘", "making it durable");
      done = commit_folder(aside, out);
    }
    if (made && done) return made;
    std::error_code ignored;
    fs::remove_all(aside, ignored);
    return fail(made ? done.error() : made.error());
  }

 private:
  Result<Backup> fill(const fs::path& aside) {
    std::error_code error;
    fs::create_directories(aside, error);
    if (error) return unwritable(aside, error);
    fs::permissions(aside, fs::perms::owner_all, error);
    auto& manifest = backup_.manifest;
    manifest.made_at = Instant::now();
    manifest.with_key = options_.with_key;
    manifest.with_lake = options_.with_lake;
    // What is there before the journal is copied has its entry in the copy, or its intent; of what
    // came meanwhile, only what the copy tells of belongs to it.
    manifest.deliveries = deliveries_in(workspace_.lake());
    runs_ = runs_in(workspace_.runs());
    const auto current = workspace_.runs() / "current.json";
    if (fs::exists(current, error)) {
      auto text = read_file(current);
      if (!text) return fail(text.error());
      current_run_ = std::move(*text);
    }
    for (auto step : {&Making::copy_desk, &Making::copy_journal, &Making::copy_identity_key,
                      &Making::copy_files, &Making::copy_settings, &Making::copy_lake}) {
      if (auto done = (this->*step)(aside); !done) return fail(done.error());
    }
    if (auto done = hash_files(aside); !done) return fail(done.error());
    const auto text = manifest_json(manifest);
    backup_.id = sha256_hex(text);
    if (auto written = write_file(aside / "manifest.json", text); !written) {
      return fail(written.error());
    }
    return backup_;
  }

  Status copy_desk(const fs::path& aside) {
    line_.step("复制办公库", "copying the desk database");
    const bool postgres = desk_.engine() == store::Engine::postgres;
    backup_.manifest.engine = postgres ? "postgres" : "sqlite";
    return desk_.back_up(aside / (postgres ? "desk.dump" : "desk.db"));
  }

  Status copy_journal(const fs::path& aside) {
    line_.step("复制并核对日志", "copying and checking the journal");
    const auto state = desk_.read(
        [](store::Transaction& transaction) { return journal::outbox_state(transaction); });
    if (!state) return fail(state.error());
    const auto settings = journal::read_settings(workspace_.journal());
    if (!settings) return fail(settings.error());
    const auto copied = journal::copy_log(workspace_.journal(), aside / "journal",
                                          options_.with_key, state->entries);
    if (!copied) return fail(copied.error());
    backup_.manifest.origin = settings->origin;
    backup_.manifest.entries = copied->entries;
    backup_.manifest.unpublished = copied->unpublished;
    return add_what_came(aside / "journal");
  }

  /// Deliveries and runs that came after they were listed and of which the copied journal tells.
  Status add_what_came(const fs::path& journal) {
    auto& deliveries = backup_.manifest.deliveries;
    const auto deliveries_now = deliveries_in(workspace_.lake());
    const auto runs_now = runs_in(workspace_.runs());
    if (deliveries_now == deliveries && runs_now == runs_) return {};
    EntrySubjects told;
    journal::VerifyOptions how;
    how.visit = [&](std::uint64_t, std::string_view entry) { told.add(entry); };
    if (const auto read = journal::verify(journal, how); !read) return fail(read.error());
    const auto add = [&told](std::vector<std::string>& listed, const std::vector<std::string>& now,
                             const std::string& subject) {
      for (const auto& name : now) {  // "<id>", "<table>/delivery=<id>"
        if (told.has(subject + name.substr(name.find('=') + 1))) listed.push_back(name);
      }
      std::sort(listed.begin(), listed.end());
      listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
    };
    add(deliveries, deliveries_now, "delivery:");
    add(runs_, runs_now, "run:");
    return {};
  }

  Status copy_identity_key(const fs::path& aside) {
    const auto key = identity_key_file(workspace_);
    std::error_code error;
    if (!options_.with_key || !fs::exists(key, error)) return {};
    return copy(key, aside / key.filename());
  }

  /// Those that the desk knew when it was copied, and perhaps some that came since: a file is in
  /// its place before the desk knows of it, and is never changed.
  Status copy_files(const fs::path& aside) {
    line_.step("复制保存的文件", "copying the files that were given");
    const auto known =
        desk_.read([](store::Transaction& transaction) { return files::all_kept(transaction); });
    if (!known) return fail(known.error());
    for (const auto& sha256 : *known) {
      const auto from = files::path_of(workspace_.files(), sha256);
      std::error_code error;
      // One that is gone is doctor's to tell of; the rest is worth a backup all the same.
      if (!fs::exists(from, error)) continue;
      if (auto done = copy(from, files::path_of(aside / "files", sha256)); !done) {
        return done;
      }
    }
    return {};
  }

  Status copy_settings(const fs::path& aside) {
    if (auto done = copy(workspace_.folder() / "anlan.yaml", aside / "anlan.yaml"); !done) {
      return done;
    }
    std::error_code error;
    if (!fs::exists(workspace_.mappings(), error)) return {};
    return copy_tree(workspace_.mappings(), aside / "mappings");
  }

  /// Deliveries and runs never change, so they may be copied at any pace.
  Status copy_lake(const fs::path& aside) {
    if (!options_.with_lake) return {};
    line_.step("复制湖与运行结果", "copying the lake and the runs");
    std::error_code error;
    fs::create_directories(aside / "runs", error);
    if (!current_run_.empty()) {
      const auto place = aside / "runs" / "current.json";
      if (auto done = write_file(place, current_run_); !done) return done;
      fs::permissions(place, fs::perms::owner_read | fs::perms::owner_write, error);
    }
    for (const auto& delivery : backup_.manifest.deliveries) {
      if (auto done = copy_tree(workspace_.lake() / delivery, aside / "lake" / delivery); !done) {
        return done;
      }
    }
    for (const auto& run : runs_) {
      if (auto done = copy_tree(workspace_.runs() / run, aside / "runs" / run); !done) return done;
    }
    return {};
  }

  Status copy_tree(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::create_directories(to, error);
    const auto files = files_below(from);
    if (!files) return fail(files.error());
    for (const auto& file : *files) {
      if (auto done = copy(from / file.path, to / file.path); !done) return done;
    }
    return {};
  }

  /// With the file's own time: an intent of the journal tells by it what is new.
  Status copy(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (!error) fs::copy_file(from, to, error);
    if (!error) fs::last_write_time(to, fs::last_write_time(from, error), error);
    if (!error) fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
    return error ? Status(unwritable(to, error)) : Status();
  }

  Status hash_files(const fs::path& aside) {
    line_.step("计算校验值", "hashing every file");
    auto files = files_below(aside);
    if (!files) return fail(files.error());
    std::uint64_t total = 0;
    for (const auto& file : *files) total += file.bytes;
    std::uint64_t done = 0;
    for (auto& file : *files) {
      auto hash = sha256_file_hex(aside / file.path);
      if (!hash) return fail(hash.error());
      file.sha256 = std::move(*hash);
      done += file.bytes;
      line_.bytes(done, total);
    }
    backup_.manifest.files = std::move(*files);
    return {};
  }

  const lake::Workspace& workspace_;
  store::Database& desk_;
  const BackupOptions options_;
  WorkLine line_;
  Backup backup_;
  std::vector<std::string> runs_;
  std::string current_run_;  ///< the text of current.json; "" if there is none
};

}  // namespace

Result<Backup> make_backup(const lake::Workspace& workspace, store::Database& desk,
                           const fs::path& out, const BackupOptions& options, Lang lang) {
  const auto place = fs::absolute(out).lexically_normal();
  const auto folder = place.has_filename() ? place : place.parent_path();
  std::error_code error;
  if (fs::exists(folder, error) &&
      !(fs::is_directory(folder, error) && fs::is_empty(folder, error))) {
    return fail(ErrorKind::conflict, "backup.exists", folder.string());
  }
  auto backup = Making(workspace, desk, options, lang).run(folder);
  if (!backup) return backup;
  auto act = act_of_user("backup");
  act.subject = "backup:" + backup->id;
  act.refs["journal"] = backup->manifest.origin;
  if (options.with_key) act.refs["with_key"] = "yes";
  if (options.with_lake) act.refs["with_lake"] = "yes";
  std::uint64_t bytes = 0;
  for (const auto& file : backup->manifest.files) bytes += file.bytes;
  act.counts = {{"files", static_cast<std::int64_t>(backup->manifest.files.size())},
                {"bytes", static_cast<std::int64_t>(bytes)},
                {"entries", static_cast<std::int64_t>(backup->manifest.entries +
                                                      backup->manifest.unpublished)}};
  act.personal["to"] = folder.string();
  const auto told =
      desk.write([&](store::Transaction& transaction) { return journal::tell(transaction, act); });
  if (!told) return fail(told.error());
  return backup;
}

Result<Backup> read_backup(const fs::path& folder, Lang lang) {
  std::error_code error;
  if (!fs::exists(folder / "manifest.json", error)) {
    return fail(ErrorKind::not_found, "backup.missing", folder.string());
  }
  const auto text = read_file(folder / "manifest.json");
  if (!text) return fail(text.error());
  auto manifest = parse_manifest(*text);
  if (!manifest) {
    return fail(ErrorKind::corrupted, "backup.manifest", (folder / "manifest.json").string());
  }
  WorkLine line(lang);
  line.step("核对备份", "checking the backup");
  std::uint64_t total = 0;
  for (const auto& file : manifest->files) total += file.bytes;
  std::uint64_t done = 0;
  for (const auto& file : manifest->files) {
    if (!fs::is_regular_file(folder / file.path, error)) {
      return fail(ErrorKind::corrupted, "backup.file_missing", file.path);
    }
    const auto hash = sha256_file_hex(folder / file.path);
    if (!hash) return fail(hash.error());
    if (*hash != file.sha256) return fail(ErrorKind::corrupted, "backup.file_changed", file.path);
    done += file.bytes;
    line.bytes(done, total);
  }
  return Backup{std::move(*manifest), sha256_hex(*text)};
}

}  // namespace anlan::app
