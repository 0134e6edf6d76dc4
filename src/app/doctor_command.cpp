#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/doctor.hpp"
#include "app/error_words.hpp"
#include "app/journal_acts.hpp"
#include "app/session.hpp"
#include "journal/outbox.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t shown_of_code = 5;

struct Options {
  std::string folder;
  bool quick = false;
  bool repair = false;
  bool accept_journal = false;
};

Json json_of(const std::vector<Ailment>& ailments, const Session& session) {
  Json json = Json::array();
  for (const auto& one : ailments) {
    json.push_back({{"code", one.code},
                    {"words", error_words(one.code, session.lang)},
                    {"place", one.place},
                    {"repair", session.say(one.repair_zh, one.repair_en)}});
  }
  return json;
}

void print_json(const Diagnosis& diagnosis, const std::vector<Ailment>& mended,
                const Session& session) {
  const auto& examined = diagnosis.examined;
  fmt::print("{}\n", Json{{"clean", diagnosis.found.empty()},
                          {"findings", json_of(diagnosis.found, session)},
                          {"repaired", json_of(mended, session)},
                          {"examined",
                           {{"desk", examined.desk},
                            {"entries", examined.entries},
                            {"deliveries", examined.deliveries},
                            {"bytes_hashed", examined.bytes},
                            {"deliveries_without_hashes", examined.unhashed},
                            {"runs", examined.runs},
                            {"dossier_kinds", examined.dossier_kinds}}},
                          {"not_looked_at", examined.not_looked_at}}
                         .dump(2));
}

void print_text(const Diagnosis& diagnosis, const std::vector<Ailment>& mended,
                const Session& session) {
  const auto& examined = diagnosis.examined;
  fmt::print(
      "{}{}   {} {}   {} {}   {} {:.1f} MB   {} {}   {} {}\n", session.say("办公库：", "desk: "),
      examined.desk ? session.say("已检查", "examined") : session.say("无", "none"),
      session.say("日志条目", "entries"), examined.entries, session.say("接收数据", "deliveries"),
      examined.deliveries, session.say("核对校验值", "hashed"),
      static_cast<double>(examined.bytes) / 1e6, session.say("运行结果", "runs"), examined.runs,
      session.say("档案卷", "dossiers"), examined.dossier_kinds);
  for (const auto& place : examined.not_looked_at) {
    fmt::print("{}{}\n", session.say("别的进程正在使用，未检查：", "in use, not looked at: "),
               place);
  }
  for (const auto& one : mended) {
    fmt::print("{} {}  {}  [{}]\n", session.say("已修复", "repaired"),
               error_words(one.code, session.lang), one.place, one.code);
  }
  std::map<std::string, std::size_t> of_code;
  for (const auto& one : diagnosis.found) {
    if (++of_code[one.code] > shown_of_code) continue;
    fmt::print("{}  {}  [{}]\n    → {}\n", error_words(one.code, session.lang), one.place, one.code,
               session.say(one.repair_zh, one.repair_en));
  }
  for (const auto& [code, count] : of_code) {
    if (count <= shown_of_code) continue;
    fmt::print("{} [{}]  {}\n", session.say("另有", "more of"), code,
               session.say(fmt::format("{} 项（--json 列出全部）", count - shown_of_code),
                           fmt::format("{} (--json lists all)", count - shown_of_code)));
  }
  fmt::print("{}\n", diagnosis.found.empty()
                         ? session.say("未发现问题", "nothing is wrong")
                         : fmt::format("{} {}", session.say("发现问题", "findings"),
                                       diagnosis.found.size()));
}

/// Makes the journal that is there the desk's own, though it has fewer entries than it should.
Status accept_journal(const std::string& folder, const Session& session) {
  const auto workspace = lake::Workspace::open(folder);
  if (!workspace) return fail(workspace.error());
  auto desk = open_desk(*workspace, session);
  if (!desk) return fail(desk.error());
  auto journal = journal::Journal::open(workspace->journal());
  if (!journal) return fail(journal.error());
  journal::Sequencer sequencer(*desk, **journal);
  if (auto done = sequencer.accept_log(act_of_user("journal.accepted")); !done) return done;
  if (const auto moved = sequencer.move_all(); !moved) return fail(moved.error());
  return (*journal)->publish();
}

Status doctor(const Options& options, Session& session) {
  if (options.accept_journal) {
    if (auto done = accept_journal(options.folder, session); !done) return done;
  }
  auto diagnosis = examine(options.folder, options.quick, session);
  std::vector<Ailment> mended;
  if (options.repair && !diagnosis.found.empty()) {
    const auto before = diagnosis.found;
    if (auto done = mend(options.folder, before, session); !done) session.report(done.error());
    diagnosis = examine(options.folder, options.quick, session);
    for (const auto& one : before) {
      if (std::find(diagnosis.found.begin(), diagnosis.found.end(), one) == diagnosis.found.end()) {
        mended.push_back(one);
      }
    }
  }
  if (session.json) {
    print_json(diagnosis, mended, session);
  } else {
    print_text(diagnosis, mended, session);
  }
  if (!diagnosis.found.empty()) session.exit_code = exit_failed;
  return {};
}

}  // namespace

void add_doctor_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "doctor", session.say("检查工作区是否完好，说明如何修复（0 完好，1 有问题）",
                            "examine a workspace and say how to mend it (0 clean, 1 findings)"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_flag(
      "--quick", options->quick,
      session.say("不逐字节核对湖与档案卷", "do not read every byte of lake and dossiers"));
  verb->add_flag("--repair", options->repair,
                 session.say("修复可以放心修复的：权限、残留、待写入日志的操作、档案卷",
                             "mend what is safe: rights, leftovers, acts that wait, dossiers"));
  verb->add_flag("--accept-journal", options->accept_journal,
                 session.say("日志确已部分丢失：认可现有的日志并记入其中",
                             "part of the journal is lost for good: go on with the one there, and "
                             "have it say so"));
  verb->callback([options, &session] {
    if (auto done = doctor(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
