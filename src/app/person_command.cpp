#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/dossier_page.hpp"
#include "app/kept_catalog.hpp"
#include "app/open_dossier.hpp"
#include "app/rule_moment.hpp"
#include "app/rules_that_speak.hpp"
#include "app/session.hpp"
#include "base/month.hpp"
#include "lake/workspace.hpp"
#include "rules/check_catalog.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::string id;
  bool reveal = false;
  bool each_row = false;
  bool no_rules = false;
};

/// What a dossier is shown and judged by, of one moment.
struct Scene {
  const lake::Workspace& workspace;
  const lake::Snapshot& snapshot;
  const catalog::Stamps& stamps;
  const Options& options;
  const Session& session;

  Result<catalog::Catalog> whole_catalog() const { return rules::load_catalog(session.catalog); }
};

Result<std::vector<rules::CheckedRule>> checked_rules(const lake::Workspace& workspace,
                                                      const catalog::Catalog& catalog,
                                                      const catalog::DossierKind& kind) {
  std::vector<rules::CheckedRule> checked;
  for (const auto& rule : catalog.rules) {
    if (rule.about != kind.subject) continue;
    auto one = rule_of_workspace(workspace, catalog, rule);
    if (!one) return fail(one.error());
    checked.push_back(std::move(*one));
  }
  return checked;
}

/// The dossier alone.
void show_page(const Scene& scene, const catalog::Catalog& catalog,
               const dossier::Dossier& dossier) {
  const auto& session = scene.session;
  const PageOptions page{session.lang, scene.options.reveal, scene.options.each_row};
  if (session.json) {
    fmt::print("{}\n", dossier_json(dossier, catalog.lists, page).dump(2));
  } else {
    fmt::print("{}", dossier_page(dossier, catalog.lists, page));
  }
}

/// The dossier, then every rule that speaks.
void show_with_rules(const Scene& scene, const catalog::Catalog& catalog,
                     const std::vector<rules::CheckedRule>& checked, const RuleMoment& moment,
                     const dossier::Dossier& dossier) {
  const auto& session = scene.session;
  const PageOptions page{session.lang, scene.options.reveal, scene.options.each_row};
  const SpeakOptions speak{session.lang, scene.options.reveal};
  if (session.json) {
    auto json = dossier_json(dossier, catalog.lists, page);
    json["as_of"] = format_date(moment.as_of);
    json["rules"] = rules_json(checked, dossier, moment.moment(), catalog.lists, speak);
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}{}", dossier_page(dossier, catalog.lists, page),
               rules_page(checked, dossier, moment.moment(), catalog.lists, speak));
  }
}

Status show_found(const Scene& scene, const catalog::Catalog& catalog,
                  const catalog::DossierKind& kind,
                  const std::pair<dossier::MappedBucket, std::size_t>& found) {
  const dossier::Dossier dossier{&found.first.bucket(), found.second};
  if (scene.options.no_rules) {
    show_page(scene, catalog, dossier);
    return {};
  }
  const auto checked = checked_rules(scene.workspace, catalog, kind);
  if (!checked) return fail(checked.error());
  const auto moment = rule_moment(scene.workspace, scene.snapshot, scene.stamps, std::nullopt,
                                  [&] { return scene.whole_catalog(); });
  if (!moment) return fail(moment.error());
  show_with_rules(scene, catalog, *checked, *moment, dossier);
  return {};
}

/// With the extract of the catalog and the files that are there; false if something is missing.
Result<bool> show_at_once(const Scene& scene, const std::string& id) {
  const auto catalog = kept_catalog(scene.workspace, "person", scene.stamps);
  if (!catalog) return false;
  const auto& kind = catalog->dossiers.front();
  const auto found = find_dossier(scene.workspace, scene.snapshot, kind, id);
  if (!found) return fail(found.error());
  if (!*found) return false;
  auto shown = show_found(scene, *catalog, kind, **found);
  // An extract cannot say where in a file a rule is wrong.
  if (!shown && shown.error().code == "catalog.rule") return false;
  if (!shown) return fail(shown.error());
  return true;
}

Status show(const Options& options, Session& session) {
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  const auto stamps = catalog::stamps_of(session.catalog);
  if (!stamps) return fail(stamps.error());
  const auto id = subject_id("person", options.id);
  const Scene scene{*workspace, *snapshot, *stamps, options, session};
  const auto shown = show_at_once(scene, id);
  if (!shown) return fail(shown.error());
  if (*shown) return {};

  const auto catalog = scene.whole_catalog();
  if (!catalog) return fail(catalog.error());
  const auto* kind = catalog->dossier("person");
  if (kind == nullptr) return fail(ErrorKind::not_found, "dossier.unknown_kind", "person");
  const auto found = open_dossier(*workspace, *snapshot, *catalog, *kind, id, session);
  if (!found) return fail(found.error());
  if (auto done = show_found(scene, *catalog, *kind, *found); !done) return done;
  keep_catalog(*workspace, *catalog, "person", *stamps);
  return {};
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
