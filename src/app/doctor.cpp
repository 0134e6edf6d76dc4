#include "app/doctor.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "app/desk.hpp"
#include "app/journal_acts.hpp"
#include "app/lake_examination.hpp"
#include "app/people.hpp"
#include "app/work_line.hpp"
#include "base/file.hpp"
#include "catalog/catalog.hpp"
#include "detect/run_record.hpp"
#include "dossier/build.hpp"
#include "dossier/files.hpp"
#include "files/files.hpp"
#include "journal/outbox.hpp"
#include "journal/verify.hpp"
#include "lake/deliveries.hpp"
#include "leads/run_leads.hpp"
#include "store/record.hpp"

namespace anlan::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t free_bytes_min =
    1'000'000'000;  // our choice: a desk's upgrade and its copy
constexpr mode_t others = 07;
constexpr mode_t all_but_owner = 077;

mode_t rights_of(const fs::path& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777 : 0;
}

class Examining {
 public:
  Examining(const fs::path& folder, bool quick, const Session& session)
      : folder_(folder), quick_(quick), session_(session), line_(session.lang) {}

  Diagnosis run() {
    const auto workspace = lake::Workspace::open(folder_);
    if (!workspace) {
      find(workspace.error().code, workspace.error().detail, "见该条说明", "as its words say");
      return std::move(result_);
    }
    workspace_ = &*workspace;
    line_.step("检查权限与磁盘", "rights and disk");
    check_rights();
    check_disk();
    line_.step("检查办公库", "desk database");
    check_desk();
    line_.step("核对日志", "journal");
    check_journal();
    line_.step("检查湖", "lake");
    check_leftovers();
    check_lake();
    line_.step("检查运行结果", "runs");
    check_runs();
    line_.step("检查档案卷", "dossiers");
    check_dossiers();
    return std::move(result_);
  }

 private:
  void find(std::string code, std::string place, std::string zh, std::string en) {
    result_.found.push_back({std::move(code), std::move(place), std::move(zh), std::move(en)});
  }

  void check_rights() {
    if ((rights_of(folder_) & others) != 0) {
      find("workspace.rights", folder_.string(), "chmod o= 该文件夹（--repair 可改）",
           "chmod o= the folder; --repair does");
    }
    const fs::path desk = workspace_->desk();
    if (!store::is_postgres(workspace_->desk()) && (rights_of(desk) & all_but_owner) != 0) {
      find("desk.rights", desk.string(), "chmod 600（--repair 可改）", "chmod 600; --repair does");
    }
    for (const char* part : {"wal", "personal", "key", "intents"}) {
      const auto path = workspace_->journal() / part;
      if ((rights_of(path) & all_but_owner) != 0) {
        find("journal.rights", path.string(), "chmod 700（--repair 可改）",
             "chmod 700; --repair does");
      }
    }
  }

  void check_disk() {
    struct statvfs disk {};
    if (::statvfs(folder_.c_str(), &disk) != 0) return;
    const std::uint64_t bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (bytes < free_bytes_min) {
      find("disk.low", fmt::format("{}: {} MB", folder_.string(), bytes / 1'000'000),
           "腾出空间，或移到更大的磁盘", "free some space, or move to a larger disk");
    }
  }

  void check_desk() {
    if (!has_desk(*workspace_)) return;
    store::OpenOptions as_it_is;
    as_it_is.migrate = false;
    auto desk = store::Database::open(workspace_->desk(), desk_schemas(), as_it_is);
    if (!desk) {
      const auto& error = desk.error();
      if (error.code == "store.older_schema") {
        find("desk.older_schema", error.detail, "下一个使用办公库的命令会先备份再升级",
             "the next verb that uses the desk copies it and brings it up to date");
      } else if (error.code == "store.newer_schema") {
        find(error.code, error.detail, "换用更新版本的程序", "use the newer program");
      } else {
        find(error.code, error.detail, "anlan restore 恢复最近的备份",
             "anlan restore the latest backup");
      }
      return;
    }
    result_.examined.desk = true;
    const auto damaged = store::damage(*desk);
    if (!damaged) {
      find("desk.damaged", damaged.error().detail, "anlan restore 恢复最近的备份",
           "anlan restore the latest backup");
      return;
    }
    for (const auto& line : *damaged) {
      if (desk->engine() == store::Engine::postgres) {
        find("desk.server", line, "在 PostgreSQL 服务器上改正此设置",
             "set it right on the PostgreSQL server");
        continue;
      }
      find("desk.damaged", line, "先复制走 desk.db，再 anlan restore 恢复最近的备份",
           "copy desk.db away, then anlan restore the latest backup");
    }
    const auto looked = desk->read([&](store::Transaction& transaction) -> Status {
      auto records = store::record_damage(transaction);
      if (!records) return fail(records.error());
      for (const auto& line : *records) {
        find("desk.records", line, "有人绕过程序改了库：查明后从备份恢复",
             "somebody changed the database past the program: find out, then restore");
      }
      auto state = journal::outbox_state(transaction);
      if (!state) return fail(state.error());
      outbox_ = std::move(*state);
      auto ids = journal::outbox_ids(transaction);
      if (!ids) return fail(ids.error());
      waiting_ = std::move(*ids);
      if (auto checked = check_files(transaction); !checked) return checked;
      return check_identity_key(transaction);
    });
    if (!looked) {
      find("desk.damaged", looked.error().code + " " + looked.error().detail,
           "先复制走 desk.db，再 anlan restore 恢复最近的备份",
           "copy desk.db away, then anlan restore the latest backup");
    }
  }

  /// What people gave to the desk.
  Status check_files(store::Transaction& transaction) {
    const auto found = files::damage(transaction, workspace_->files(), !quick_);
    if (!found) return fail(found.error());
    for (const auto& one : *found) {
      if (one.code == "files.rights") {
        find(one.code, one.place, "chmod 700（--repair 可改）", "chmod 700; --repair does");
      } else if (one.code == "files.incoming_left") {
        find(one.code, one.place, "没有服务在运行时删除即可", "remove it while no server runs");
      } else if (one.code == "files.unknown") {
        find(one.code, one.place, "中断留下的，或比恢复的办公库新；核对后移走",
             "left by a crash, or newer than a restored desk; look at it and move it away");
      } else {
        find(one.code, one.place, "从备份放回该文件", "put the file back from a backup");
      }
    }
    return {};
  }

  /// The key under which the desk's ID numbers are kept, if it has any.
  Status check_identity_key(store::Transaction& transaction) {
    const auto used = transaction.query_one("SELECT 1 AS n FROM identity_key");
    if (!used) return fail(used.error());
    if (!*used) return {};
    const auto file = identity_key_file(*workspace_);
    const auto key = access::IdentityKey::load(file);
    const Status fits = key ? key->bind(transaction) : Status(fail(key.error()));
    if (fits) return {};
    const auto& error = fits.error();
    if (!error.code.starts_with("access.")) return fits;
    if (error.code == "access.key_rights") {
      find(error.code, file.string(), "chmod 600，并考虑密钥已泄露（--repair 只改权限）",
           "chmod 600, and think of it as seen by others; --repair changes the rights only");
    } else {
      find(error.code, file.string(), "从另行保管处放回 desk.key，权限 600",
           "put desk.key back from where it is kept, mode 600");
    }
    return {};
  }

  void check_journal() {
    const auto folder = workspace_->journal();
    if (!fs::exists(folder / "log.json")) {
      if (fs::exists(folder)) {
        find("journal.missing", folder.string(), "从备份恢复 journal/（anlan restore）",
             "restore journal/ from a backup");
      }
      return;
    }
    EntrySubjects subjects;
    std::uint64_t unknown = 0;
    journal::VerifyOptions how;
    how.visit = [&](std::uint64_t index, std::string_view entry) {
      subjects.add(entry);
      if (journal::word_of_entry(entry, "act") == "import") note_import(entry);
      const auto id = journal::outbox_id_of_entry(entry);
      if (outbox_ && index >= outbox_->entries && !id.empty() &&
          !waiting_.contains(std::string(id))) {
        ++unknown;
      }
    };
    const auto report = journal::verify(folder, how);
    if (!report) {
      find(report.error().code, report.error().detail, "从备份恢复 journal/",
           "restore journal/ from a backup");
      return;
    }
    result_.examined.entries = report->entries;
    for (const auto& finding : report->findings) {
      const auto where = finding.index ? fmt::format("entry {}: ", *finding.index) : "";
      if (finding.code == "journal.key_rights") {
        find(finding.code, finding.detail, "chmod 600，并考虑私钥已泄露（--repair 只改权限）",
             "chmod 600, and think of it as seen by others; --repair changes the rights only");
      } else {
        find(finding.code, where + finding.detail,
             "不要改动任何文件，先复制走 journal/；查明后 anlan restore",
             "change nothing, copy journal/ away; find out, then anlan restore");
      }
    }
    if (!fs::exists(folder / "key" / "signing.pem")) {
      find("journal.key_missing", (folder / "key" / "signing.pem").string(),
           "从另行保管处放回私钥，权限 600", "put the key back from where it is kept, mode 600");
    }
    if (report->in_use) {
      result_.examined.not_looked_at.emplace_back("journal/wal");
    }
    check_outbox(*report, unknown);
    if (report->archived == 0 && report->findings.empty()) check_entries(subjects);
  }

  /// What an import told of its delivery: the hash of its manifest.
  void note_import(std::string_view entry) {
    const auto json = nlohmann::json::parse(entry, nullptr, false);
    if (!json.is_object()) return;
    const auto outcome = json.value("outcome", "");
    const auto subject = json.value("subject", "");
    if (!subject.starts_with("delivery:") || outcome.starts_with("failed")) return;
    const auto refs = json.find("refs");
    if (refs == json.end()) return;
    auto& told = told_[subject.substr(9)];
    told.table = refs->value("table", "");
    if (const auto hash = refs->value("manifest", ""); !hash.empty()) told.manifest = hash;
  }

  void check_outbox(const journal::VerifyReport& report, std::uint64_t unknown) {
    if (!outbox_) return;
    const auto settings = journal::read_settings(workspace_->journal());
    if (!settings) return;
    for (const auto& finding :
         journal::findings_of(*outbox_, *settings, report.entries + report.unpublished,
                              report.in_use, Instant::now())) {
      if (finding.code == "journal.outbox_old") {
        find(finding.code, finding.detail, "--repair 写入日志",
             "--repair moves it into the journal");
      } else {
        find(finding.code, finding.detail,
             "放回与办公库同龄的 journal/；确已丢失时 anlan doctor --accept-journal",
             "put back the journal/ that belongs to this desk; if it is lost for good, anlan "
             "doctor --accept-journal");
      }
    }
    if (unknown > 0 && !report.in_use) {
      find("desk.older_than_journal", fmt::format("{} acts", unknown),
           "办公库是较旧的副本：有较新的备份就恢复它；否则 --repair 把此事记入日志",
           "the desk is an older copy: restore a newer one if there is one; else --repair has the "
           "journal tell of it");
    }
  }

  void check_entries(const EntrySubjects& subjects) {
    const auto missing = acts_without_entry(*workspace_, subjects);
    if (!missing) return;  // the lake's own check says what is wrong
    for (const auto& act : *missing) {
      find("journal.act_without_entry", act.subject,
           "查明它如何绕过程序进入工作区；不能说明来历的移出",
           "find out how it came past the program; take out what nobody can account for");
    }
  }

  /// What crashes leave: only if nobody is at work at this moment.
  void check_leftovers() {
    const auto lock = FileLock::take(folder_ / ".lock");
    if (!lock) {
      result_.examined.not_looked_at.emplace_back("lake/.staging, runs/.staging, journal/intents");
      return;
    }
    std::error_code error;
    for (const auto& staging : {workspace_->staging(), workspace_->runs() / ".staging"}) {
      for (const auto& left : fs::directory_iterator(staging, error)) {
        find("lake.staging_left", left.path().string(), "--repair 清除；下一次写入也会清除",
             "--repair sweeps it, as the next writer does");
      }
    }
    for (const auto& intent : fs::directory_iterator(workspace_->journal() / "intents", error)) {
      if (intent.path().extension() != ".json") continue;
      find("journal.intent_unfinished", intent.path().string(),
           "--repair 补记日志；下一次导入或检测也会补记",
           "--repair gives it its entries, as the next import or detect does");
    }
  }

  void check_lake() {
    const auto examined = examine_lake(*workspace_, told_, quick_, line_);
    result_.examined.deliveries = examined.deliveries;
    result_.examined.bytes = examined.bytes;
    result_.examined.unhashed = examined.unhashed;
    result_.found.insert(result_.found.end(), examined.found.begin(), examined.found.end());
  }

  void check_runs() {
    const auto current = leads::current_runs(*workspace_);
    const std::string zh = "重新运行 anlan detect --again", en = "run anlan detect --again";
    if (!current) {
      find(current.error().code, current.error().detail, zh, en);
      return;
    }
    std::map<std::string, std::set<std::string>> codes_of;
    for (const auto& [code, run] : *current) codes_of[run.run_id].insert(code);
    for (const auto& [id, codes] : codes_of) {
      ++result_.examined.runs;
      const auto folder = workspace_->runs() / id;
      if (!fs::exists(folder / "run.json")) {
        find("runs.missing", folder.string(), zh, en);
        continue;
      }
      const auto record = detect::read_run(folder);
      if (!record) {
        find(record.error().code, record.error().detail, zh, en);
        continue;
      }
      for (const auto& detection : record->detections) {
        if (detection.state != detect::RunState::done || !codes.contains(detection.code)) continue;
        for (const auto& file : {detect::hits_file(folder, detection.code),
                                 leads::leads_file(*workspace_, id, detection.code)}) {
          if (!fs::exists(file)) find("runs.file_missing", file.string(), zh, en);
        }
      }
      const auto snapshot = lake::snapshot_of(*workspace_, record->deliveries);
      if (!snapshot && snapshot.error().code == "delivery.missing") {
        find("runs.delivery_missing",
             fmt::format("{}: {}", folder.string(), snapshot.error().detail),
             "放回该次接收数据（备份或重新导入），否则其疑点不能重现",
             "bring the delivery back; without it these leads cannot be made again");
      }
    }
  }

  void check_dossiers() {
    const auto catalog = catalog::Catalog::load(session_.catalog);
    if (!catalog) {
      find(catalog.error().code, catalog.error().detail, "按提示改正目录", "mend the catalog");
      return;
    }
    for (const auto& kind : catalog->dossiers) {
      const auto files = dossier::DossierFiles::open(folder_, kind);
      Status good = files ? Status() : Status(fail(files.error()));
      if (files) good = quick_ ? files->check_headers() : files->verify();
      if (files) ++result_.examined.dossier_kinds;
      if (!good && good.error().code == "dossier.damaged") {
        find("dossier.damaged", good.error().detail,
             "--repair 重新生成（档案卷只是索引，不丢数据）",
             "--repair builds it again; dossiers are an index, nothing is lost");
      }
    }
  }

  const fs::path folder_;
  const bool quick_;
  const Session& session_;
  WorkLine line_;
  const lake::Workspace* workspace_ = nullptr;
  std::optional<journal::OutboxState> outbox_;
  std::set<std::string> waiting_;
  std::map<std::string, ToldDelivery> told_;
  Diagnosis result_;
};

bool has(const std::vector<Ailment>& found, std::string_view code) {
  return std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.code == code; });
}

Status set_rights(const fs::path& path, mode_t rights) {
  if (!fs::exists(path) || ::chmod(path.c_str(), rights) == 0) return {};
  return fail(ErrorKind::unavailable, "file.unwritable", path.string());
}

Status mend_rights(const lake::Workspace& workspace, const std::vector<Ailment>& found) {
  for (const auto& one : found) {
    Status done;
    if (one.code == "workspace.rights") {
      done = set_rights(one.place, rights_of(one.place) & ~others);
    } else if (one.code == "desk.rights") {
      done = set_rights(one.place, 0600);
    } else if (one.code == "journal.rights" || one.code == "files.rights") {
      done = set_rights(one.place, 0700);
    } else if (one.code == "journal.key_rights") {
      done = set_rights(workspace.journal() / "key" / "signing.pem", 0600);
    } else if (one.code == "access.key_rights") {
      done = set_rights(identity_key_file(workspace), 0600);
    }
    if (!done) return done;
  }
  return {};
}

Status mend_dossiers(const lake::Workspace& workspace, const Session& session) {
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto snapshot = lake::current_snapshot(workspace);
  if (!snapshot) return fail(snapshot.error());
  for (const auto& kind : catalog->dossiers) {
    const auto files = dossier::DossierFiles::open(workspace.folder(), kind);
    const Status good = files ? files->verify() : Status(fail(files.error()));
    if (good || good.error().code != "dossier.damaged") continue;
    dossier::BuildOptions options;
    options.threads = workspace.settings().threads;
    options.memory_bytes = workspace.settings().memory_bytes;
    options.from_scratch = true;
    const auto built = dossier::build_dossiers(workspace, *catalog, *snapshot, kind, options);
    if (!built) return fail(built.error());
  }
  return {};
}

}  // namespace

Diagnosis examine(const std::string& folder, bool quick, const Session& session) {
  auto path = fs::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return Examining(path, quick, session).run();
}

Status mend(const std::string& folder, const std::vector<Ailment>& found, const Session& session) {
  const auto workspace = lake::Workspace::open(fs::absolute(folder));
  if (!workspace) return fail(workspace.error());
  if (auto done = mend_rights(*workspace, found); !done) return done;
  if (has(found, "lake.staging_left") || has(found, "journal.intent_unfinished")) {
    const auto lock = workspace->lock_for_writing();  // which sweeps
    if (!lock) return fail(lock.error());
    if (has(found, "journal.intent_unfinished")) {
      if (auto done = recover_intents(*workspace); !done) return done;
    }
  }
  if (has(found, "dossier.damaged")) {
    if (auto done = mend_dossiers(*workspace, session); !done) return done;
  }
  // A desk that cannot be opened is nothing to be mended here.
  if (!has_desk(*workspace) || has(found, "desk.damaged") || has(found, "store.newer_schema")) {
    return {};
  }
  auto desk = open_desk(*workspace, session);
  if (!desk) return {};
  auto act = act_of_user("doctor.repair");
  for (const auto& one : found) ++act.counts[one.code];
  const auto told =
      desk->write([&](store::Transaction& transaction) { return journal::tell(transaction, act); });
  if (!told) return told;
  if (has(found, "journal.key_missing") || has(found, "journal.older_than_desk") ||
      has(found, "journal.other_log")) {
    return {};  // the log cannot go on; what was told waits
  }
  return settle_desk(*workspace, *desk);
}

}  // namespace anlan::app
