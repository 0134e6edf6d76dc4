#include "app/journal_acts.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "journal/encoding.hpp"
#include "journal/journal.hpp"
#include "journal/keys.hpp"
#include "journal/proof.hpp"
#include "lake/deliveries.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path journal_folder(const lake::Workspace& workspace) {
  return workspace.folder() / "journal";
}

/// The entry holds the hash of the manifest, and the manifest that of each part: so the journal
/// proves the lake too.
journal::Act act_of_delivery(const lake::Manifest& manifest,
                             const std::filesystem::path& manifest_file) {
  journal::Act act = act_of_user("import");
  act.subject = "delivery:" + manifest.id;
  act.refs = {{"table", manifest.table},
              {"catalog", manifest.catalog_hash},
              {"source_sha256", manifest.source_sha256}};
  if (auto hash = sha256_file_hex(manifest_file)) act.refs["manifest"] = *hash;
  if (!manifest.period.empty()) act.refs["period"] = manifest.period;
  if (!manifest.mapping_sha256.empty()) act.refs["mapping"] = manifest.mapping_sha256;
  // One delivery may take the place of a whole period's; the manifest lists them, the entry counts.
  if (manifest.replaces.size() == 1) act.refs["replaces"] = manifest.replaces.front();
  act.counts = {{"rows_read", manifest.rows_read},
                {"rows_loaded", manifest.rows_loaded},
                {"rows_rejected", manifest.rows_rejected},
                {"rows_marked", manifest.rows_marked},
                {"replaces", static_cast<std::int64_t>(manifest.replaces.size())}};
  act.personal["source"] = manifest.source;
  return act;
}

journal::Act act_of_run(const detect::RunRecord& record) {
  journal::Act act = act_of_user("detect");
  act.subject = "run:" + record.id;
  act.refs = {{"snapshot", record.snapshot_id},
              {"catalog", record.catalog_hash},
              {"as_of", format_date(record.as_of)}};
  std::int64_t hits = 0;
  std::int64_t done = 0;
  for (const auto& detection : record.detections) {
    hits += detection.hits;
    done += detection.state == detect::RunState::done ? 1 : 0;
  }
  act.counts = {{"detections", static_cast<std::int64_t>(record.detections.size())},
                {"detections_done", done},
                {"hits", hits},
                {"deliveries", static_cast<std::int64_t>(record.deliveries.size())}};
  return act;
}

/// A thing that an act made, told from an earlier one of the same name by the file's own time.
struct Made {
  journal::Act act;
  std::string mark;
};

std::string mark_of(const std::string& subject, const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return subject;
  return fmt::format("{}@{}.{}", subject, about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
}

/// All that the workspace holds: deliveries in the order in which they came, then runs.
Result<std::vector<Made>> made_in(const lake::Workspace& workspace) {
  std::vector<Made> made;
  auto deliveries = lake::list_deliveries(workspace);
  if (!deliveries) return fail(deliveries.error());
  std::stable_sort(deliveries->begin(), deliveries->end(), [](const auto& a, const auto& b) {
    return a.manifest.received_at < b.manifest.received_at;
  });
  for (const auto& delivery : *deliveries) {
    auto act = act_of_delivery(delivery.manifest, delivery.folder / "manifest.json");
    const auto mark = mark_of(act.subject, delivery.folder / "manifest.json");
    made.push_back({std::move(act), mark});
  }
  std::vector<std::filesystem::path> runs;
  std::error_code error;
  for (const auto& run : std::filesystem::directory_iterator(workspace.runs(), error)) {
    if (std::filesystem::exists(run.path() / "run.json")) runs.push_back(run.path());
  }
  std::sort(runs.begin(), runs.end());
  for (const auto& run : runs) {
    const auto record = detect::read_run(run);
    if (!record) return fail(record.error());
    auto act = act_of_run(*record);
    const auto mark = mark_of(act.subject, run / "run.json");
    made.push_back({std::move(act), mark});
  }
  return made;
}

/// What a verb leaves before it begins: `intents/<id>.json`.
struct Intent {
  std::string id;
  journal::Act act;
  std::uint64_t next = 0;         ///< entries the journal had
  std::set<std::string> present;  ///< marks of what the workspace held
};

std::string intent_json(const Intent& intent) {
  Json json = {{"act", intent.act.act},
               {"who", intent.act.who},
               {"personal", intent.act.personal},
               {"next", intent.next},
               {"present", intent.present}};
  return json.dump(1) + "\n";
}

Result<std::vector<Intent>> read_intents(const std::filesystem::path& folder) {
  std::vector<Intent> intents;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder / "intents", error)) {
    if (file.path().extension() != ".json") continue;
    const auto text = read_file(file.path());
    if (!text) return fail(text.error());
    try {
      const auto json = Json::parse(*text);
      Intent intent;
      intent.id = file.path().stem().string();
      intent.act.act = json.at("act").get<std::string>();
      intent.act.who = json.at("who").get<std::string>();
      intent.act.personal = json.at("personal").get<std::map<std::string, std::string>>();
      intent.next = json.at("next").get<std::uint64_t>();
      intent.present = json.at("present").get<std::set<std::string>>();
      intents.push_back(std::move(intent));
    } catch (const Json::exception&) {
      return fail(ErrorKind::corrupted, "journal.intent", file.path().string());
    }
  }
  return intents;
}

/// Gives an entry to what a verb that crashed has made, and one to the crash if it made nothing.
Status recover(journal::Journal& journal, const lake::Workspace& workspace,
               const std::vector<Intent>& intents) {
  for (const auto& intent : intents) {
    EntrySubjects subjects;
    bool told = false;
    const auto visited = journal::for_each_entry(
        journal.folder(), intent.next, [&](std::uint64_t, std::string_view entry) {
          subjects.add(entry);
          told = told || entry.find("\"intent\":\"" + intent.id + "\"") != std::string_view::npos;
        });
    if (!visited) return visited;
    auto made = made_in(workspace);
    if (!made) return fail(made.error());
    std::vector<journal::Act> acts;
    for (auto& [act, mark] : *made) {
      if (intent.present.contains(mark) || subjects.has(act.subject)) continue;
      act.act = intent.act.act;
      act.who = intent.act.who;
      const auto source = act.personal.find("source");
      auto personal = intent.act.personal;
      if (source != act.personal.end()) personal["source"] = source->second;
      act.personal = std::move(personal);
      act.refs["intent"] = intent.id;
      act.outcome = "recovered";
      acts.push_back(std::move(act));
    }
    if (acts.empty() && !told) {
      acts.push_back(intent.act);
      acts.back().refs["intent"] = intent.id;
      acts.back().outcome = "unfinished";
    }
    if (auto recorded = journal.record(acts); !recorded) return fail(recorded.error());
    if (auto published = journal.publish(); !published) return published;
    std::error_code error;
    std::filesystem::remove(journal.folder() / "intents" / (intent.id + ".json"), error);
    if (error) return fail(ErrorKind::unavailable, "file.unwritable", error.message());
  }
  return {};
}

/// The hash of the catalog the journal last heard of; a lost file costs one more entry.
Status tell_catalog(journal::Journal& journal, const std::string& hash) {
  const auto file = journal.folder() / "catalog";
  const auto known = std::filesystem::exists(file) ? read_file(file) : Result<std::string>("");
  if (!known) return fail(known.error());
  if (*known == hash + "\n") return {};
  journal::Act act = act_of_user("catalog.changed");
  act.subject = "catalog:" + hash;
  if (known->size() == hash.size() + 1) act.refs["before"] = known->substr(0, hash.size());
  if (auto recorded = journal.record(act); !recorded) return fail(recorded.error());
  if (auto published = journal.publish(); !published) return published;
  return write_file(file, hash + "\n");
}

}  // namespace

journal::Act act_of_user(const std::string& name) {
  journal::Act act;
  act.act = name;
  act.who = fmt::format("uid:{}", ::getuid());
  const passwd* user = ::getpwuid(::getuid());
  if (user != nullptr && user->pw_name != nullptr) act.personal["login"] = user->pw_name;
  return act;
}

Status make_journal(const lake::Workspace& workspace, journal::Suite suite,
                    const std::string& origin) {
  const auto folder = journal_folder(workspace);
  const std::string name =
      origin.empty() ? "anlan/" + journal::hex(journal::random_bytes(8)) : origin;
  if (auto made = journal::Log::make(folder, suite, name); !made) return made;
  auto journal = journal::Journal::open(folder);
  if (!journal) return fail(journal.error());
  journal::Act act = act_of_user("init");
  act.personal["authority"] = workspace.settings().authority;
  std::vector<journal::Act> acts = {act};
  auto found = acts_without_entry(workspace, {});
  if (!found) return fail(found.error());
  for (auto& recovered : *found) {
    recovered.outcome = "recovered";
    acts.push_back(std::move(recovered));
  }
  if (auto recorded = (*journal)->record(acts); !recorded) return fail(recorded.error());
  return (*journal)->publish();
}

Result<VerbJournal> VerbJournal::begin(const lake::Workspace& workspace, const std::string& act,
                                       const catalog::Catalog& catalog) {
  const auto folder = journal_folder(workspace);
  if (!std::filesystem::exists(folder / "log.json")) {
    if (auto made = make_journal(workspace, journal::Suite::sha256_ed25519, ""); !made) {
      return fail(made.error());
    }
  }
  const auto journal = journal::Journal::open(folder);
  if (!journal) return fail(journal.error());
  const auto left = read_intents(folder);
  if (!left) return fail(left.error());
  if (auto recovered = recover(**journal, workspace, *left); !recovered) {
    return fail(recovered.error());
  }
  if (auto told = tell_catalog(**journal, catalog.hash); !told) return fail(told.error());

  VerbJournal mine(folder, act, catalog.hash);
  mine.intent_ = journal::hex(journal::random_bytes(8));
  Intent intent{mine.intent_, act_of_user(act), (*journal)->size(), {}};
  const auto made = made_in(workspace);
  if (!made) return fail(made.error());
  for (const auto& one : *made) intent.present.insert(one.mark);
  if (auto written = write_file(folder / "intents" / (mine.intent_ + ".json"), intent_json(intent));
      !written) {
    return fail(written.error());
  }
  return mine;
}

Status recover_intents(const lake::Workspace& workspace) {
  const auto folder = journal_folder(workspace);
  if (!std::filesystem::exists(folder / "log.json")) return {};
  const auto left = read_intents(folder);
  if (!left) return fail(left.error());
  if (left->empty()) return {};
  const auto journal = journal::Journal::open(folder);
  if (!journal) return fail(journal.error());
  return recover(**journal, workspace, *left);
}

void VerbJournal::tell(journal::Act act) {
  act.act = act_;
  act.refs["intent"] = intent_;
  act.refs["catalog"] = catalog_hash_;
  told_.push_back(std::move(act));
}

void VerbJournal::imported(const std::string& source, const ingest::ImportReport& report) {
  const auto delivery =
      folder_.parent_path() / "lake" / report.manifest.table / ("delivery=" + report.manifest.id);
  journal::Act act = act_of_delivery(report.manifest, delivery / "manifest.json");
  act.personal["source"] = source;
  if (report.already_there) act.outcome = "unchanged";
  tell(std::move(act));
}

void VerbJournal::failed(const std::string& source, const Error& error) {
  journal::Act act = act_of_user(act_);
  act.outcome = "failed:" + error.code;
  if (!source.empty()) act.personal["source"] = source;
  tell(std::move(act));
}

void VerbJournal::detected(const detect::RunRecord& record, bool was_there) {
  journal::Act act = act_of_run(record);
  if (was_there) act.outcome = "unchanged";
  tell(std::move(act));
}

Status VerbJournal::flush() {
  if (told_.empty()) return {};
  const auto journal = journal::Journal::open(folder_);
  if (!journal) return fail(journal.error());
  if (auto recorded = (*journal)->record(told_); !recorded) return fail(recorded.error());
  told_.clear();
  return (*journal)->publish();
}

Status VerbJournal::end() {
  if (auto flushed = flush(); !flushed) return flushed;
  std::error_code error;
  std::filesystem::remove(folder_ / "intents" / (intent_ + ".json"), error);
  if (error) return fail(ErrorKind::unavailable, "file.unwritable", error.message());
  return {};
}

void EntrySubjects::add(std::string_view entry) {
  subjects_.emplace(journal::word_of_entry(entry, "subject"));
}

Result<std::vector<journal::Act>> acts_without_entry(const lake::Workspace& workspace,
                                                     const EntrySubjects& subjects) {
  auto made = made_in(workspace);
  if (!made) return fail(made.error());
  std::vector<journal::Act> acts;
  for (auto& one : *made) {
    if (!subjects.has(one.act.subject)) acts.push_back(std::move(one.act));
  }
  return acts;
}

}  // namespace anlan::app
