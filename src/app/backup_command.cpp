#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/backup.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/session.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string folder;
  std::string out;
  BackupOptions with;
};

Status back_up(const Options& options, const Session& session) {
  const auto workspace = lake::Workspace::open(options.folder);
  if (!workspace) return fail(workspace.error());
  auto desk = open_desk(*workspace, session);
  if (!desk) return fail(desk.error());
  // What was told before is in the log if that can be; else the backup's outbox has it.
  if (auto settled = settle_desk(*workspace, *desk); !settled) return settled;
  const auto backup = make_backup(*workspace, *desk, options.out, options.with, session.lang);
  if (!backup) return fail(backup.error());
  if (auto settled = settle_desk(*workspace, *desk); !settled) return settled;

  const auto& manifest = backup->manifest;
  std::uint64_t bytes = 0;
  for (const auto& file : manifest.files) bytes += file.bytes;
  if (session.json) {
    fmt::print("{}\n", Json{{"backup", backup->id},
                            {"folder", options.out},
                            {"files", manifest.files.size()},
                            {"bytes", bytes},
                            {"entries", manifest.entries + manifest.unpublished},
                            {"with_key", manifest.with_key},
                            {"with_lake", manifest.with_lake},
                            {"deliveries", manifest.deliveries.size()}}
                           .dump(2));
    return {};
  }
  fmt::print("{}{}  {} {}  {:.1f} MB\n", session.say("备份已完成：", "backup made: "), options.out,
             manifest.files.size(), session.say("个文件", "files"),
             static_cast<double>(bytes) / 1e6);
  fmt::print("{}{}\n", session.say("清单校验值 ", "manifest "), backup->id);
  fmt::print("{}\n", manifest.with_key
                         ? session.say("含日志私钥和身份密钥：谁拿到此备份都能伪造日志、读出"
                                       "经办人员的证件号，请妥善保管",
                                       "with the keys: whoever has it can forge the journal and "
                                       "read the ID numbers of those who work here")
                         : session.say("不含密钥（journal/key/signing.pem 和 desk.key 请另行"
                                       "保管，丢失不可补）",
                                       "without the keys; keep journal/key/signing.pem and "
                                       "desk.key elsewhere: nothing replaces them"));
  if (!manifest.with_lake) {
    fmt::print("{} {}\n",
               session.say("湖只记清单（--with-lake 一并复制）：接收数据",
                           "the lake by name only (--with-lake copies it): deliveries"),
               manifest.deliveries.size());
  }
  return {};
}

}  // namespace

void add_backup_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "backup", session.say("在线备份办公库、日志与设置（加 --with-lake 含湖与运行结果）",
                            "copy desk, journal and settings while others work (--with-lake: lake "
                            "and runs too)"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("OUT", options->out,
                   session.say("备份文件夹，须不存在或为空", "folder to make; not there or empty"))
      ->required();
  verb->add_flag(
      "--with-key", options->with.with_key,
      session.say("含日志私钥和身份密钥 desk.key", "with the journal's private key and desk.key"));
  verb->add_flag("--with-lake", options->with.with_lake,
                 session.say("含湖与运行结果", "with the lake and the runs"));
  verb->callback([options, &session] {
    if (auto done = back_up(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
