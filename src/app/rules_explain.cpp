#include "app/rules_explain.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/explain_page.hpp"
#include "app/open_dossier.hpp"
#include "app/rule_moment.hpp"
#include "app/session.hpp"
#include "app/spec_report.hpp"
#include "base/month.hpp"
#include "rules/check_catalog.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::string name;
  std::string subject;
  std::string person;
  std::string as_of;
  std::optional<std::size_t> rows;
  bool reveal = false;
};

Status explain(const Options& options, Session& session) {
  const auto catalog = rules::load_catalog(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto named = chosen(catalog->rules, {options.name}, "rule.missing");
  if (!named) return fail(named.error());
  const auto& rule = *named->front();
  if (!options.person.empty() && rule.about != "person") {
    return fail(ErrorKind::invalid_input, "rule.other_subject",
                fmt::format("{} {} is about {}; give --subject", rule.code, rule.name, rule.about));
  }
  std::optional<Date> as_of;
  if (!options.as_of.empty()) {
    const auto day = parse_date(options.as_of);
    if (!day) return fail(day.error());
    as_of = *day;
  }
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto checked = rule_of_workspace(*workspace, *catalog, rule);
  if (!checked) return fail(checked.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  const auto stamps = catalog::stamps_of(session.catalog);
  if (!stamps) return fail(stamps.error());
  const auto found = open_dossier(
      *workspace, *snapshot, *catalog, *checked->kind,
      subject_id(rule.about, options.person.empty() ? options.subject : options.person), session);
  if (!found) return fail(found.error());
  const auto moment = rule_moment(*workspace, *snapshot, *stamps, as_of,
                                  [&] { return Result<catalog::Catalog>(*catalog); });
  if (!moment) return fail(moment.error());
  const dossier::Dossier dossier{&found->first.bucket(), found->second};
  const ExplainOptions page{session.lang, options.reveal, options.rows};
  if (session.json) {
    fmt::print("{}\n",
               explain_json(*checked, dossier, moment->moment(), catalog->lists, page).dump(2));
  } else {
    fmt::print("{}", explain_page(*checked, dossier, moment->moment(), catalog->lists, page));
  }
  return {};
}

}  // namespace

void add_rules_explain_command(CLI::App& verb, Session& session) {
  auto options = std::make_shared<Options>();
  auto* explain_verb = verb.add_subcommand(
      "explain", session.say("解释一条规则对一个对象为何命中或未命中",
                             "why a rule speaks or is silent about one subject"));
  explain_verb
      ->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  explain_verb
      ->add_option("NAME", options->name, session.say("规则名称或编号", "name or code of the rule"))
      ->required();
  auto* whom = explain_verb->add_option_group(session.say("对象", "subject"));
  whom->add_option("--subject", options->subject,
                   session.say("对象编号（单位、办件、操作员、账户、机构；人员为社会保障号码）",
                               "id of the subject: employer, case, operator, account, institution; "
                               "of a person the identity number"));
  whom->add_option("--person", options->person, session.say("社会保障号码", "identity number"));
  whom->require_option(1);
  explain_verb->add_option("--as-of", options->as_of,
                           session.say("截至日期，缺省为数据的最新月末",
                                       "the day to judge on; else the end of the newest month"));
  explain_verb->add_option(
      "--rows", options->rows,
      session.say("逐项展开的行数，0 为全部；缺省至多 3 行、约一屏",
                  "rows to show with their values, 0: all; else up to 3 and about a screen"));
  explain_verb->add_flag("--reveal", options->reveal,
                         session.say("显示姓名、证件、账号、电话和地址",
                                     "show names, ID numbers, accounts, phones and addresses"));
  explain_verb->callback([options, &session] {
    if (auto done = explain(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
