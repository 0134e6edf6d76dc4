#include "app/rules_fields.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "catalog/dossier_docs.hpp"
#include "catalog/near_name.hpp"

namespace anlan::app {
namespace {

using catalog::Catalog;
using catalog::DossierKind;
using catalog::DossierList;
using Json = nlohmann::ordered_json;

using Found = std::vector<std::pair<const DossierKind*, const DossierList*>>;

Found all_lists(const Catalog& catalog) {
  Found found;
  for (const auto* kind : catalog::kinds_to_show(catalog)) {
    for (const auto& list : kind->lists) found.emplace_back(kind, &list);
  }
  return found;
}

/// Lists by name (of every kind), as `employer.bills` or `dossier.payments`, by Chinese title, or
/// all of one kind; names of code lists are left out. Errors: not_found "dossier.unknown_list".
Result<Found> find_lists(const Catalog& catalog, const std::vector<std::string>& names) {
  Found found;
  for (const auto& name : names) {
    const auto before = found.size();
    std::vector<std::string> known;
    for (const auto& [kind, list] : all_lists(catalog)) {
      if (name == kind->subject || name == kind->subject + "." + list->name || name == list->name ||
          name == "dossier." + list->name || name == list->title.zh || name == kind->title.zh)
        found.emplace_back(kind, list);
      known.insert(known.end(), {kind->subject, list->name, list->title.zh});
    }
    for (const auto& [list, codes] : catalog.lists) known.push_back(list);
    if (found.size() == before && !catalog.lists.contains(name)) {
      return fail(ErrorKind::not_found, "dossier.unknown_list",
                  name + catalog::did_you_mean(name, known));
    }
  }
  return found;
}

Json json_of(const Title& title) {
  return {{"zh", title.zh}, {"en", title.en}};
}

Json json_of(const Catalog& catalog, const DossierKind& kind, const DossierList& list) {
  Json fields = Json::array();
  for (const auto& field : list.fields) {
    Json one = {{"name", field.name},
                {"title", json_of(field.title)},
                {"type", catalog::rule_type(field.type)},
                {"unit", json_of(catalog::unit_of(field))},
                {"list", field.list}};
    Json codes = Json::object();
    if (const auto found = catalog.lists.find(field.list); found != catalog.lists.end()) {
      for (const auto& value : found->second.values) codes[value.code] = json_of(value.title);
    }
    one["codes"] = std::move(codes);
    one["of"] = field.of;
    one["note"] = json_of(field.note);
    fields.push_back(std::move(one));
  }
  return {{"about", kind.subject},
          {"name", list.name},
          {"title", json_of(list.title)},
          {"fact", list.single},
          {"row", list.row},
          {"from", list.from},
          {"tables", list.tables},
          {"only", list.only},
          {"order", list.order},
          {"evidence", list.key_table},
          {"note", json_of(list.note)},
          {"fields", std::move(fields)}};
}

void print_overview(const Catalog& catalog, const Session& session) {
  std::vector<std::vector<std::string>> rows = {
      {"about", session.say("可引用", "may be named"), session.say("中文", "Chinese"),
       session.say("英文", "English"), session.say("形式", "form"), session.say("字段数", "fields"),
       session.say("来自", "from")}};
  for (const auto& [kind, list] : all_lists(catalog)) {
    rows.push_back({kind->subject, "dossier." + list->name, list->title.zh, list->title.en,
                    list->single ? session.say("事实", "fact")
                                 : session.say("清单，行 ", "list, row ") + list->row,
                    std::to_string(list->fields.size()), catalog::source_of(*list)});
  }
  print_table(rows);
  fmt::print("\n{}\n",
             session.say("各清单的字段：anlan rules fields payments；还可引用 dossier.id、as_of、"
                         "as_of_month、rule_code",
                         "The fields of one: anlan rules fields payments; also dossier.id, as_of, "
                         "as_of_month, rule_code"));
}

void print_list(const Catalog& catalog, const DossierKind& kind, const DossierList& list,
                const Session& session) {
  const auto lang = session.lang;
  fmt::print("dossier.{}  {} {}  (about: {})\n", list.name, list.title.zh, list.title.en,
             kind.subject);
  std::vector<std::vector<std::string>> facts;
  if (list.single) {
    facts.push_back(
        {session.say("形式", "form"), session.say("事实，至多一条：", "a fact, one row or none: ") +
                                          fmt::format("dossier.{0}.known, dossier.{0}.{1}",
                                                      list.name, list.fields.front().name)});
  } else {
    facts.push_back({session.say("形式", "form"),
                     session.say("清单：", "a list: ") +
                         fmt::format("each: {} in dossier.{}", list.row, list.name)});
    facts.push_back({session.say("次序", "order"), fmt::format("{}", fmt::join(list.order, ", "))});
  }
  facts.push_back({session.say("来自", "from"), catalog::source_of(list)});
  if (!list.key_table.empty()) facts.push_back({session.say("证据", "evidence"), list.key_table});
  if (!list.note.zh.empty()) facts.push_back({session.say("说明", "note"), list.note.in(lang)});
  for (auto& fact : facts) fact.front() = "  " + fact.front();
  print_table(facts);
  std::vector<std::vector<std::string>> rows = {
      {session.say("  字段", "  field"), session.say("中文", "Chinese"),
       session.say("英文", "English"), session.say("类型", "type"), session.say("单位", "unit"),
       session.say("来自", "from"), session.say("代码、说明", "codes, note")}};
  for (const auto& field : list.fields) {
    std::string words = field.list;
    if (const auto codes = catalog::short_codes(catalog, field, lang); !codes.empty())
      words += ": " + codes;
    if (const auto& note = field.note.in(lang); !note.empty())
      words += (words.empty() ? "" : session.say("。", ". ")) + note;
    rows.push_back({"  " + catalog::path_of(list) + field.name, field.title.zh, field.title.en,
                    catalog::rule_type(field.type), catalog::unit_of(field).in(lang),
                    fmt::format("{}", fmt::join(field.of, ", ")), words});
  }
  print_table(rows);
}

void print_codes(const catalog::CodeList& list, const Session& session) {
  fmt::print(
      "{}  {} {}{}\n", list.name, list.title.zh, list.title.en,
      list.open ? session.say("（也接受未列出的值）", " (other values are accepted too)") : "");
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : list.values)
    rows.push_back({fmt::format("  \"{}\"", value.code), value.title.zh, value.title.en});
  print_table(rows);
}

Status show_fields(const std::vector<std::string>& names, Session& session) {
  const auto catalog = Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto found = find_lists(*catalog, names);
  if (!found) return fail(found.error());
  if (session.json) {
    Json json = Json::array();
    for (const auto& [kind, list] : names.empty() ? all_lists(*catalog) : *found)
      json.push_back(json_of(*catalog, *kind, *list));
    for (const auto& name : names) {
      const auto codes = catalog->lists.find(name);
      if (codes == catalog->lists.end()) continue;
      Json one = {{"codes", name}, {"title", json_of(codes->second.title)}};
      for (const auto& value : codes->second.values)
        one["values"][value.code] = json_of(value.title);
      json.push_back(std::move(one));
    }
    fmt::print("{}\n", json.dump(2));
    return {};
  }
  if (names.empty()) print_overview(*catalog, session);
  bool first = true;
  for (const auto& [kind, list] : *found) {
    if (!std::exchange(first, false)) fmt::print("\n");
    print_list(*catalog, *kind, *list, session);
  }
  for (const auto& name : names) {
    const auto codes = catalog->lists.find(name);
    if (codes == catalog->lists.end()) continue;
    if (!std::exchange(first, false)) fmt::print("\n");
    print_codes(codes->second, session);
  }
  return {};
}

}  // namespace

void add_rules_fields_command(CLI::App& verb, Session& session) {
  auto names = std::make_shared<std::vector<std::string>>();
  auto* fields = verb.add_subcommand(
      "fields", session.say("规则可以引用的清单、事实与字段",
                            "the lists, facts and fields that a rule may name"));
  fields->add_option("NAME", *names,
                     session.say("清单、事实、对象类别或代码表，如 payments、employer.bills、"
                                 "person、scheme；缺省列出全部清单",
                                 "a list, a fact, a kind of subject or a code list, such as "
                                 "payments, employer.bills, person, scheme; all lists without it"));
  fields->callback([names, &session] {
    if (auto done = show_fields(*names, session); !done) session.report(done.error());
  });
  auto* docs = verb.add_subcommand(
      "docs", session.say("输出 docs/dossiers.md 的内容", "print the text of docs/dossiers.md"));
  docs->callback([&session] {
    const auto catalog = Catalog::load(session.catalog);
    if (!catalog) return session.report(catalog.error());
    fmt::print("{}", catalog::dossier_docs(*catalog));
  });
}

}  // namespace anlan::app
