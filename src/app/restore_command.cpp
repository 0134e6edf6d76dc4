#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/backup.hpp"
#include "app/commands.hpp"
#include "app/session.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string backup;
  std::string folder;
  RestoreOptions how;
};

void print_restored(const Restored& restored, const Options& options, const Session& session) {
  fmt::print("{}{}  {} {}\n", session.say("已恢复：", "restored: "), options.folder,
             session.say("备份时间", "as of"), format_instant(restored.backup.manifest.made_at));
  if (!restored.saved.empty()) {
    fmt::print("{}{}\n", session.say("原有内容保存在 ", "what was there is kept in "),
               restored.saved.string());
  }
  if (restored.journal_kept) {
    fmt::print("{}\n",
               session.say("日志保留原处并续写：备份之后的条目仍在其中，办公库中没有它们所记的变更",
                           "the journal there goes on: it tells of acts after the backup, "
                           "which the desk database no longer knows"));
  }
  if (restored.key_missing) {
    fmt::print("{}\n",
               session.say("请把日志私钥放回 journal/key/signing.pem（权限 600），之后日志才能续写",
                           "put the journal's key back at journal/key/signing.pem (mode "
                           "600); before that the journal cannot go on"));
  }
  if (restored.identity_key_missing) {
    fmt::print("{}\n", session.say("请把身份密钥放回 desk.key（权限 600），之后才能认出经办人员",
                                   "put desk.key back (mode 600); before that nobody who works "
                                   "here is known by their ID number"));
  }
  if (restored.deliveries_missing > 0) {
    fmt::print("{} {}\n",
               session.say("备份未含、须另行放回的接收数据：",
                           "deliveries that the backup does not hold and are not here:"),
               restored.deliveries_missing);
  }
}

Status restore(const Options& options, const Session& session) {
  const auto restored = restore_backup(options.backup, options.folder, options.how, session);
  if (!restored) return fail(restored.error());
  if (!session.json) {
    print_restored(*restored, options, session);
    return {};
  }
  fmt::print("{}\n", Json{{"backup", restored->backup.id},
                          {"folder", options.folder},
                          {"saved", restored->saved.string()},
                          {"journal", restored->journal_kept ? "kept" : "from_backup"},
                          {"key_missing", restored->key_missing},
                          {"deliveries_missing", restored->deliveries_missing}}
                         .dump(2));
  return {};
}

}  // namespace

void add_restore_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "restore", session.say("从备份恢复工作区", "make a workspace out of a backup"));
  verb->add_option("BACKUP", options->backup, session.say("备份文件夹", "folder of the backup"))
      ->required();
  verb->add_option("DIR", options->folder,
                   session.say("工作区文件夹，须不存在或为空",
                               "folder of the workspace; not there or empty"))
      ->required();
  verb->add_flag("--replace", options->how.replace,
                 session.say("覆盖已有工作区；原有内容先保存到 backups/",
                             "over a workspace that is there; what it holds is kept in backups/"));
  verb->add_flag("--journal-from-backup", options->how.journal_from_backup,
                 session.say("日志也用备份中的（缺省保留原日志并续写）",
                             "take the backup's journal too (else the one there goes on)"));
  verb->add_option("--desk", options->how.desk,
                   session.say("办公库恢复到哪个 PostgreSQL 数据库（备份自 PostgreSQL 时必需）",
                               "the PostgreSQL database to restore the desk into (needed if the "
                               "backup is of PostgreSQL)"));
  verb->callback([options, &session] {
    if (auto done = restore(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
