#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/detection_names.hpp"
#include "app/session.hpp"
#include "base/fen.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "lake/workspace.hpp"
#include "leads/export.hpp"
#include "leads/list.hpp"
#include "leads/replay.hpp"
#include "leads/sentence.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::vector<std::string> only;
  std::string format = "table";
  std::string out;
  std::string replay;
  std::int64_t top = 20;
  bool all = false;
  bool gone = false;
};

void print_table(leads::LeadList& list, const leads::Titles& titles, Session& session) {
  const Lang lang = session.lang;
  std::int64_t number = 0;
  fmt::print(
      "{}\n",
      session.say(
          " 序  得分  严重  变化  金额(元)            性质    对象                 疑点与说明",
          "  #  score sever. change amount (yuan)       kind         subject              lead "
          "and reason"));
  const auto listed = list.each([&](const leads::LeadRow& row) -> Status {
    const auto title = titles.find(row.code);
    const auto subject = leads::shown_subject(row.subject_kind, row.subject_id);
    fmt::print(
        "{:>3}  {:>5}  {}  {}  {:>16}  {}  {}  {} {}\n", ++number, row.score,
        pad_right(leads::severity_words(row.severity, lang), lang == Lang::zh ? 4 : 6),
        pad_right(leads::change_words(row.change, lang), lang == Lang::zh ? 4 : 9),
        format_yuan(Fen{row.amount_fen}),
        pad_right(leads::amount_kind_words(row.amount_kind, lang), lang == Lang::zh ? 6 : 11),
        pad_right(subject, 20), row.lead_id, title == titles.end() ? "" : title->second.in(lang));
    fmt::print("       {}\n", row.reason.in(lang));
    return {};
  });
  if (!listed) return session.report(listed.error());
  const auto totals = list.totals();
  if (!totals) return session.report(totals.error());
  fmt::print("\n{}\n",
             fmt::format(fmt::runtime(session.say(
                             "共 {} 条疑点；可追回 {} 元（同一人、险种、项目、月份只计一次），"
                             "差额 {} 元，涉及 {} 元（非损失）",
                             "{} leads; recoverable {} yuan (each person, scheme, item "
                             "and month once), differences {} yuan, exposure {} yuan "
                             "(not a loss)")),
                         totals->leads, format_yuan(Fen{totals->recoverable_fen}),
                         format_yuan(Fen{totals->difference_fen}),
                         format_yuan(Fen{totals->exposure_fen})));
  if (number < totals->leads) {
    fmt::print(
        "{}\n",
        fmt::format(
            fmt::runtime(session.say(
                "以上为前 {} 条；--all 列出全部，--format xlsx --out 文件 导出。",
                "The first {} are shown; --all lists all, --format xlsx --out FILE exports them.")),
            number));
  }
}

/// Runs `write` on the file `out`, or on standard output if it is empty.
Status write_text(const std::string& out, const std::function<Status(std::ostream&)>& write) {
  if (out.empty()) return write(std::cout);
  std::ofstream file(out, std::ios::binary);
  if (!file) return fail(ErrorKind::unavailable, "file.unwritable", out);
  if (auto written = write(file); !written) return written;
  file.flush();
  if (!file) return fail(ErrorKind::unavailable, "file.unwritable", out);
  return {};
}

/// Makes one lead again and says whether it came out the same to the byte.
void run_replay(const lake::Workspace& workspace, const catalog::Catalog& catalog,
                const std::string& lead_id, Session& session) {
  const auto lock = workspace.lock_for_writing();
  if (!lock) return session.report(lock.error());
  const auto replayed = leads::replay(workspace, catalog, lead_id);
  if (!replayed) return session.report(replayed.error());
  fmt::print("{}\n", replayed->now);
  if (replayed->same()) {
    fmt::print(
        stderr, "{}\n",
        session.say("重现结果与原疑点逐字节一致。", "The lead came out the same, to the byte."));
    return;
  }
  fmt::print(
      stderr, "{}\n{}\n",
      session.say("重现结果与原疑点不一致，原疑点为：", "The lead came out differently; it was:"),
      replayed->then);
  session.exit_code = exit_failed;
}

void run(const Options& options, Session& session) {
  const auto workspace = lake::Workspace::open(options.folder);
  if (!workspace) return session.report(workspace.error());
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return session.report(catalog.error());
  if (!options.replay.empty()) return run_replay(*workspace, *catalog, options.replay, session);
  const auto codes = detection_codes(*catalog, options.only);
  if (!codes) return session.report(codes.error());

  leads::LeadFilter filter{.codes = *codes, .gone = options.gone};
  if (options.format == "table" && !options.all) filter.limit = options.top;
  auto list = leads::LeadList::open(*workspace, filter);
  if (!list) return session.report(list.error());
  leads::Titles titles;
  for (const auto& model : catalog->models) titles[model.code] = model.title;
  for (const auto& rule : catalog->rules) titles[rule.code] = rule.title;

  Status written;
  const std::string format = session.json ? "jsonl" : options.format;
  if (format == "table") return print_table(*list, titles, session);
  if (format == "jsonl") {
    written = write_text(options.out, [&](std::ostream& out) {
      return list->each_line([&](const std::string& line) -> Status {
        out << line << '\n';
        return {};
      });
    });
  } else if (format == "csv") {
    written = write_text(options.out, [&](std::ostream& out) {
      return leads::write_csv(*list, titles, session.lang, out);
    });
  } else {
    const std::filesystem::path out = options.out.empty() ? workspace->exports() / "leads.xlsx"
                                                          : std::filesystem::path(options.out);
    written = leads::write_xlsx(*list, titles, session.lang, out);
    if (written) fmt::print("{}\n", out.string());
  }
  if (!written) session.report(written.error());
}

}  // namespace

void add_leads_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "leads", session.say("列出、导出或重现疑点", "list, export or reproduce leads"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option(
      "--only", options->only,
      session.say("只列这些检测（名称或编号）", "only these detections (name or code)"));
  verb->add_option("--format", options->format,
                   session.say("table 屏幕表格（遮盖号码）、csv、jsonl、xlsx",
                               "table (for the screen, ids masked), csv, jsonl, xlsx"))
      ->check(CLI::IsMember({"table", "csv", "jsonl", "xlsx"}));
  verb->add_option("--out", options->out, session.say("输出文件", "write to this file"));
  verb->add_option("--top", options->top,
                   session.say("屏幕上列出的条数", "how many to show on the screen"))
      ->check(CLI::PositiveNumber);
  verb->add_flag("--all", options->all, session.say("屏幕上列出全部", "show all on the screen"));
  verb->add_flag("--gone", options->gone,
                 session.say("也列出本次运行不再发现的疑点",
                             "also list leads that the newest run no longer finds"));
  verb->add_option(
      "--replay", options->replay,
      session.say("按当时的快照、模型和参数重新生成这条疑点并比对",
                  "make this lead again from its snapshot, detection and parameters, and compare"));
  verb->callback([options, &session] { run(*options, session); });
}

}  // namespace anlan::app
