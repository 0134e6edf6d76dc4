#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/dossier_page.hpp"
#include "app/open_dossier.hpp"
#include "app/rule_moment.hpp"
#include "app/rules_that_speak.hpp"
#include "app/session.hpp"
#include "base/month.hpp"
#include "dossier/description.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::string id;
  bool reveal = false;
  bool each_row = false;
  bool no_rules = false;
};

/// The description beside the files, if files and catalog agree with it: then the catalog need not
/// be read at all.
std::optional<dossier::Description> fresh_description(const lake::Workspace& workspace,
                                                      const lake::Snapshot& snapshot,
                                                      const std::string& stamp) {
  auto description = dossier::read_description(workspace.folder(), "person");
  if (!description || description->stamp != stamp) return std::nullopt;
  const auto files = dossier::DossierFiles::open(workspace.folder(), description->kind);
  if (!files || !files->agrees_with(snapshot)) return std::nullopt;
  return std::move(*description);
}

/// The dossier alone, with the description that lies beside the files.
Status show_page(const dossier::Dossier& dossier, const dossier::Description& description,
                 const Options& options, const Session& session) {
  const PageOptions page{session.lang, options.reveal, options.each_row};
  if (session.json) {
    fmt::print("{}\n", dossier_json(dossier, description, page).dump(2));
  } else {
    fmt::print("{}", dossier_page(dossier, description, page));
  }
  return {};
}

/// The dossier, then every rule that speaks.
Status show_with_rules(const lake::Workspace& workspace, const lake::Snapshot& snapshot,
                       const std::string& stamp, const catalog::Catalog& catalog,
                       const catalog::DossierKind& kind, const dossier::Dossier& dossier,
                       const Options& options, const Session& session) {
  std::vector<rules::CheckedRule> checked;
  for (const auto& rule : catalog.rules) {
    if (rule.about != kind.subject) continue;
    auto one = rule_of_workspace(workspace, catalog, rule);
    if (!one) return fail(one.error());
    checked.push_back(std::move(*one));
  }
  const auto moment = rule_moment(workspace, catalog, snapshot, stamp, std::nullopt);
  if (!moment) return fail(moment.error());
  const auto description = dossier::describe(catalog, kind, stamp);
  const PageOptions page{session.lang, options.reveal, options.each_row};
  const SpeakOptions speak{session.lang, options.reveal};
  if (session.json) {
    auto json = dossier_json(dossier, description, page);
    json["as_of"] = format_date(moment->as_of);
    json["rules"] = rules_json(checked, dossier, moment->moment(), catalog.lists, speak);
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}{}", dossier_page(dossier, description, page),
               rules_page(checked, dossier, moment->moment(), catalog.lists, speak));
  }
  return {};
}

Status show(const Options& options, Session& session) {
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  const auto stamp = dossier::catalog_stamp(session.catalog);
  if (!stamp) return fail(stamp.error());
  const auto id = subject_id("person", options.id);
  if (options.no_rules) {
    if (const auto description = fresh_description(*workspace, *snapshot, *stamp)) {
      const auto files = dossier::DossierFiles::open(workspace->folder(), description->kind);
      if (!files) return fail(files.error());
      const auto found = files->find(id);
      if (found)
        return show_page({&found->first.bucket(), found->second}, *description, options, session);
      if (found.error().kind == ErrorKind::not_found) return fail(found.error());
    }
  }
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto* kind = catalog->dossier("person");
  if (kind == nullptr) return fail(ErrorKind::not_found, "dossier.unknown_kind", "person");
  const auto found = open_dossier(*workspace, *snapshot, *catalog, *kind, *stamp, id, session);
  if (!found) return fail(found.error());
  const dossier::Dossier dossier{&found->first.bucket(), found->second};
  if (options.no_rules)
    return show_page(dossier, dossier::describe(*catalog, *kind, *stamp), options, session);
  return show_with_rules(*workspace, *snapshot, *stamp, *catalog, *kind, dossier, options, session);
}

}  // namespace

void add_person_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "person",
      session.say("一个人的档案卷，按时间排列，及命中的规则",
                  "one person's dossier, in the order of time, and every rule that speaks"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("ID_NO", options->id, session.say("社会保障号码", "identity number"))
      ->required();
  verb->add_flag("--reveal", options->reveal,
                 session.say("显示姓名、证件、账号、电话和地址",
                             "show names, ID numbers, accounts, phones and addresses"));
  verb->add_flag(
      "--each-row", options->each_row,
      session.say("逐行显示，不合并相同的月份", "every row, like months not drawn together"));
  verb->add_flag(
      "--no-rules", options->no_rules,
      session.say("只要档案卷，不判断规则（更快）", "the dossier alone, which is faster"));
  verb->callback([options, &session] {
    if (auto done = show(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
