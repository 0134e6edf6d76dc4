#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/dossier_steps.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "catalog/near_name.hpp"
#include "dossier/build.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string folder;
  std::vector<std::string> subjects;
  unsigned threads = 0;
  bool from_scratch = false;
};

/// The kinds asked for, or all.
Result<std::vector<const catalog::DossierKind*>> kinds_of(const catalog::Catalog& catalog,
                                                          const Options& options) {
  std::vector<const catalog::DossierKind*> kinds;
  for (const auto& subject : options.subjects) {
    const auto* kind = catalog.dossier(subject);
    if (kind == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : catalog.dossiers) names.push_back(known.subject);
      return fail(ErrorKind::not_found, "dossier.unknown_kind",
                  subject + catalog::did_you_mean(subject, names));
    }
    kinds.push_back(kind);
  }
  if (kinds.empty()) {
    for (const auto& kind : catalog.dossiers) kinds.push_back(&kind);
  }
  return kinds;
}

Json json_of(const dossier::FilesManifest& manifest) {
  return Json::parse(dossier::manifest_json(manifest));
}

Status build(const Options& options, Session& session) {
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto kinds = kinds_of(*catalog, options);
  if (!kinds) return fail(kinds.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  Json json = Json::array();
  for (const auto* kind : *kinds) {
    DossierSteps steps(*kind, session.lang);
    dossier::BuildOptions build_options;
    build_options.threads = options.threads > 0 ? options.threads : workspace->settings().threads;
    build_options.memory_bytes = workspace->settings().memory_bytes;
    build_options.from_scratch = options.from_scratch;
    build_options.on_step = steps.teller();
    const auto started = std::chrono::steady_clock::now();
    const auto report =
        dossier::build_dossiers(*workspace, *catalog, *snapshot, *kind, build_options);
    steps.clear();
    if (!report) return fail(report.error());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::uint64_t rows = 0;
    for (const auto& list : report->manifest.lists) rows += list.rows;
    if (session.json) {
      auto one = json_of(report->manifest);
      one["rows"] = rows;
      one["lists_read"] = report->lists_read;
      one["lists_taken"] = report->lists_taken;
      one["seconds"] = seconds;
      json.push_back(std::move(one));
      continue;
    }
    fmt::print("{}  {} {}  {} {}  {:.1f} MB  {} {}  {:.1f} s\n",
               pad_right(kind->title.in(session.lang), 12), report->manifest.subjects,
               session.say("卷", "dossiers"), rows, session.say("行", "rows"),
               static_cast<double>(report->manifest.bytes) / 1e6, report->lists_taken,
               session.say("个清单沿用", "lists taken over"), seconds);
  }
  if (session.json) fmt::print("{}\n", json.dump(2));
  return {};
}

/// Shows the files that are there; with `every_byte` also compares them with their checksums.
Status list(const Options& options, bool every_byte, Session& session) {
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto kinds = kinds_of(*catalog, options);
  if (!kinds) return fail(kinds.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  Json json = Json::array();
  std::optional<Error> damage;
  for (const auto* kind : *kinds) {
    const auto files = dossier::DossierFiles::open(workspace->folder(), *kind);
    Status good = files ? Status() : Status(fail(files.error()));
    if (files) good = every_byte ? files->verify() : files->check_headers();
    const bool fresh = files && files->agrees_with(*snapshot);
    const std::string state =
        !files && files.error().code != "dossier.damaged"
            ? (files.error().code == "dossier.missing" ? "missing" : "outdated")
        : !good ? "damaged"
        : fresh ? "current"
                : "outdated";
    if (state == "damaged") damage = good.error();
    if (session.json) {
      Json one = files ? json_of(files->manifest()) : Json{{"subject", kind->subject}};
      one["state"] = state;
      json.push_back(std::move(one));
      continue;
    }
    const std::string words = state == "missing"    ? session.say("未生成", "not built")
                              : state == "damaged"  ? session.say("已损坏", "damaged")
                              : state == "outdated" ? session.say("已过期", "outdated")
                                                    : session.say("最新", "current");
    fmt::print("{}  {}", pad_right(kind->title.in(session.lang), 12), words);
    if (files) {
      fmt::print("  {} {}  {:.1f} MB", files->manifest().subjects, session.say("卷", "dossiers"),
                 static_cast<double>(files->manifest().bytes) / 1e6);
    }
    fmt::print("\n");
  }
  if (session.json) fmt::print("{}\n", json.dump(2));
  if (damage) return fail(*damage);
  return {};
}

}  // namespace

void add_dossiers_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand("dossiers", session.say("生成、核验、查看档案卷文件",
                                                          "build, verify and list dossier files"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->require_subcommand(1);
  const auto kinds_option = [&](CLI::App* one) {
    one->add_option("KIND", options->subjects,
                    session.say("对象类别（person、employer …），缺省为全部",
                                "kinds of subject (person, employer …); all without it"));
  };
  auto* make = verb->add_subcommand(
      "build", session.say("使档案卷与当前数据一致", "make the files agree with the deliveries"));
  kinds_option(make);
  make->add_option("--threads", options->threads,
                   session.say("线程数，0 为全部", "threads; 0: all cores"));
  make->add_flag("--from-scratch", options->from_scratch,
                 session.say("不沿用已有文件", "take nothing over from the files there"));
  make->callback([options, &session] {
    if (auto done = build(*options, session); !done) session.report(done.error());
  });
  auto* check = verb->add_subcommand(
      "verify", session.say("逐字节核验", "compare every byte with its checksum"));
  kinds_option(check);
  check->callback([options, &session] {
    if (auto done = list(*options, true, session); !done) session.report(done.error());
  });
  auto* show = verb->add_subcommand("list", session.say("查看档案卷文件", "the files there are"));
  kinds_option(show);
  show->callback([options, &session] {
    if (auto done = list(*options, false, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
