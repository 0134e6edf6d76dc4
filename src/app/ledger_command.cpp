#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/at_desk.hpp"
#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/session.hpp"
#include "catalog/catalog.hpp"
#include "ledger/form_reader.hpp"
#include "ledger/ledger.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using ledger::Ledger;
using ledger::LedgerHead;
using store::Transaction;

struct Options {
  std::string folder;
  std::string login;  ///< --as
  std::string unit;
  int year = 0;
  std::int64_t id = 0;
  std::int64_t version = 0;
  std::string file;
  std::string format;
  std::string level;
  std::string as_of;
  bool blank = false;
  bool fill_down = false;
};

Json json_day(const std::optional<Date>& day) {
  return day ? Json(format_date(*day)) : Json();
}

std::string state_words(std::string_view state, const Session& session) {
  if (state == "draft") return session.say("填报中", "draft");
  if (state == "submitted") return session.say("已报送", "submitted");
  if (state == "accepted") return session.say("已接收", "accepted");
  if (state == "returned") return session.say("已退回", "returned");
  if (state == "withdrawn") return session.say("已撤回", "withdrawn");
  return session.say("未建立", "none");
}

std::string level_words(ledger::Level level, const Session& session) {
  switch (level) {
    case ledger::Level::direct:
      return session.say("直接责任人", "directly responsible");
    case ledger::Level::department:
      return session.say("部门负责人", "head of department");
    case ledger::Level::unit:
      break;
  }
  return session.say("单位负责人", "head of unit");
}

std::string late_words(const std::string& kind, const Session& session) {
  if (kind == "not_submitted") return session.say("未报送", "not submitted");
  if (kind == "submitted_late") return session.say("迟报", "submitted late");
  if (kind == "not_in_force") return session.say("未生效", "not in force");
  return session.say("迟生效", "in force late");
}

std::string gap_words(const std::string& kind, const Session& session) {
  const struct {
    const char* kind;
    const char* zh;
    const char* en;
  } all[] = {
      {"empty", "台账没有内容", "the ledger has no rows"},
      {"no_measure", "没有防控措施", "no measure"},
      {"no_direct", "直接责任人未指定到本单位人员", "no person is named as directly responsible"},
      {"no_department_head", "部门负责人未指定到本单位人员",
       "no person is named as head of department"},
      {"no_unit_head", "单位负责人未指定到本单位人员", "no person is named as head of unit"},
      {"same_person", "三个责任人有同一人", "one person in two of the three places"},
      {"unit_heads_differ", "单位负责人不一致", "the head of unit differs from row to row"},
      {"not_classified", "未分类或未评分", "not classified or not scored"},
      {"node_missing", "目录中的风险节点不在台账中",
       "a risk node of the catalog is not in the ledger"},
      {"measure_missing", "目录中的措施没有用到", "a measure of the catalog is assigned nowhere"},
  };
  for (const auto& one : all) {
    if (kind == one.kind) return session.say(one.zh, one.en);
  }
  return kind;
}

Json head_json(const LedgerHead& head) {
  return {{"ledger_id", head.id},
          {"organisation", head.organisation},
          {"unit", head.unit},
          {"year", head.year},
          {"state", ledger::word_of(head.state)},
          {"content_version", head.content_version},
          {"sha256", head.sha256},
          {"in_force_version", head.in_force_version ? Json(*head.in_force_version) : Json()},
          {"in_force_on", json_day(head.in_force_on)},
          {"version", head.version}};
}

class Verbs {
 public:
  Verbs(store::Database& desk, const catalog::Catalog& catalog, access::Actor actor,
        const Options& options, Session& session)
      : desk_(desk),
        catalog_(catalog),
        actor_(std::move(actor)),
        options_(options),
        session_(session) {}

  Status make() {
    auto content = options_.blank ? ledger::Content{options_.unit, "", options_.year, {}}
                                  : ledger::draft_from(catalog_, options_.unit, "", options_.year);
    const auto id = desk_.write(
        [&](Transaction& tx) { return ledger::create(tx, actor_, catalog_, content, now_); });
    if (!id) return fail(id.error());
    return print_head(*id);
  }

  Status list() {
    const auto heads =
        desk_.read([&](Transaction& tx) { return ledger::list(tx, actor_, options_.year); });
    if (!heads) return fail(heads.error());
    if (session_.json) {
      Json all = Json::array();
      for (const auto& head : *heads) all.push_back(head_json(head));
      fmt::print("{}\n", all.dump(2));
      return {};
    }
    std::vector<std::vector<std::string>> rows = {
        {session_.say("编号", "id"), session_.say("年度", "year"), session_.say("单位", "unit"),
         session_.say("状态", "state"), session_.say("版本", "version"), "SHA-256"}};
    for (const auto& head : *heads)
      rows.push_back({std::to_string(head.id), std::to_string(head.year), head.unit,
                      state_words(ledger::word_of(head.state), session_),
                      std::to_string(head.content_version), head.sha256.substr(0, 16)});
    print_table(rows);
    return {};
  }

  Status show() {
    const auto found =
        desk_.read([&](Transaction& tx) { return ledger::find(tx, actor_, options_.id); });
    if (!found) return fail(found.error());
    const auto kept =
        desk_.read([&](Transaction& tx) { return ledger::versions(tx, actor_, options_.id); });
    if (!kept) return fail(kept.error());
    session_.json ? show_json(*found, *kept) : show_words(*found);
    return {};
  }

  /// Makes the unit's ledger of the year, or a new version of it.
  Status import() {
    auto form = ledger::read_form(options_.file, catalog_, {.fill_down = options_.fill_down});
    if (!form) return fail(form.error());
    form->content.organisation = options_.unit;
    form->content.year = options_.year;
    const auto id = desk_.write([&](Transaction& tx) -> Result<std::int64_t> {
      const auto heads = ledger::list(tx, actor_, options_.year);
      if (!heads) return fail(heads.error());
      for (const auto& head : *heads) {
        if (head.organisation != options_.unit) continue;
        const auto changed =
            ledger::change(tx, actor_, catalog_, head.id, head.version, form->content, now_);
        if (!changed) return fail(changed.error());
        return head.id;
      }
      return ledger::create(tx, actor_, catalog_, form->content, now_);
    });
    if (!id) return fail(id.error());
    return print_head(*id);
  }

  Status export_form() {
    const auto form = desk_.read([&](Transaction& tx) {
      return ledger::form_of(tx, actor_, options_.id, options_.version);
    });
    if (!form) return fail(form.error());
    const auto format = options_.format.empty()
                            ? std::filesystem::path(options_.file).extension().string()
                            : "." + options_.format;
    Status written = fail(ErrorKind::invalid_input, "ledger.format", format);
    if (format == ".xlsx") written = ledger::write_xlsx(*form, options_.file);
    if (format == ".docx") written = ledger::write_docx(*form, options_.file);
    if (format == ".pdf") written = ledger::write_pdf(*form, options_.file);
    if (!written) return written;
    const auto told = desk_.write([&](Transaction& tx) {
      return ledger::exported(tx, actor_, options_.id, *form, format.substr(1), now_);
    });
    if (!told) return told;
    if (session_.json) {
      fmt::print("{}\n", Json{{"file", options_.file},
                              {"content_version", form->version},
                              {"sha256", form->sha256()}}
                             .dump(2));
    } else {
      fmt::print("{}  SHA-256 {}\n", options_.file, form->sha256());
    }
    return {};
  }

  Status sign() {
    return act([&](Transaction& tx, std::int64_t seen) {
      return ledger::sign(tx, actor_, catalog_, options_.id, seen,
                          *ledger::level_of(options_.level), now_);
    });
  }
  Status submit() {
    return act([&](Transaction& tx, std::int64_t seen) {
      return ledger::submit(tx, duties::rules_of(catalog_), actor_, options_.id, seen, now_);
    });
  }
  Status late() {
    auto as_of = now_.day();
    if (!options_.as_of.empty()) {
      const auto day = parse_date(options_.as_of);
      if (!day) return fail(day.error());
      as_of = *day;
    }
    const auto units =
        desk_.read([&](Transaction& tx) { return ledger::late(tx, actor_, options_.year, as_of); });
    if (!units) return fail(units.error());
    if (session_.json) {
      Json all = Json::array();
      for (const auto& unit : *units)
        all.push_back({{"organisation", unit.organisation},
                       {"unit", unit.unit},
                       {"ledger_id", unit.ledger ? Json(*unit.ledger) : Json()},
                       {"state", unit.state},
                       {"late", unit.lateness.kind},
                       {"days", unit.lateness.days},
                       {"submitted_on", json_day(unit.submitted_on)},
                       {"in_force_on", json_day(unit.in_force_on)}});
      fmt::print("{}\n", all.dump(2));
      return {};
    }
    std::vector<std::vector<std::string>> rows = {
        {session_.say("单位", "unit"), session_.say("情况", "late"), session_.say("天数", "days"),
         session_.say("状态", "state"), session_.say("报送日", "submitted"),
         session_.say("生效日", "in force")}};
    const auto day = [](const std::optional<Date>& on) { return on ? format_date(*on) : "-"; };
    for (const auto& unit : *units)
      rows.push_back({unit.unit, late_words(unit.lateness.kind, session_),
                      std::to_string(unit.lateness.days), state_words(unit.state, session_),
                      day(unit.submitted_on), day(unit.in_force_on)});
    print_table(rows);
    const auto due = ledger::deadlines_of(options_.year);
    fmt::print("\n{}\n",
               fmt::format(fmt::runtime(session_.say(
                               "{}年度：报送期限 {}，生效期限 {}；截至 {}，迟 {} 家。",
                               "{}: due {}, in force by {}; on {}, {} units are late.")),
                           options_.year, format_date(due.submit_by), format_date(due.in_force_by),
                           format_date(as_of), units->size()));
    return {};
  }

  Status coverage() {
    const auto found =
        desk_.read([&](Transaction& tx) { return ledger::find(tx, actor_, options_.id); });
    if (!found) return fail(found.error());
    const auto gaps = ledger::gaps_of(found->content, catalog_);
    bool stopped = false;
    Json all = Json::array();
    for (const auto& gap : gaps) {
      stopped = stopped || gap.stops;
      all.push_back(
          {{"kind", gap.kind}, {"row", gap.row}, {"code", gap.code}, {"stops", gap.stops}});
    }
    if (session_.json) {
      fmt::print("{}\n", all.dump(2));
    } else {
      std::vector<std::vector<std::string>> rows;
      for (const auto& gap : gaps)
        rows.push_back({gap.stops ? session_.say("须补", "needed") : session_.say("提示", "note"),
                        gap.row == 0 ? "" : std::to_string(gap.row), gap.code,
                        gap_words(gap.kind, session_)});
      print_table(rows);
    }
    if (stopped) session_.exit_code = exit_failed;
    return {};
  }

 private:
  /// An act on the ledger as it is now: on the command line nobody saw an older one.
  template <class Work>
  Status act(Work&& work) {
    const auto done = desk_.write([&](Transaction& tx) -> Status {
      const auto found = ledger::find(tx, actor_, options_.id);
      if (!found) return fail(found.error());
      return work(tx, found->head.version);
    });
    if (!done) return done;
    return print_head(options_.id);
  }

  Status print_head(std::int64_t id) {
    const auto found = desk_.read([&](Transaction& tx) { return ledger::find(tx, actor_, id); });
    if (!found) return fail(found.error());
    const auto& head = found->head;
    if (session_.json) {
      fmt::print("{}\n", head_json(head).dump(2));
    } else {
      fmt::print(
          "{}\n",
          fmt::format(fmt::runtime(session_.say("台账 {}：{}，{}年度，第{}版，{}，{} 行",
                                                "ledger {}: {}, {}, version {}, {}, {} rows")),
                      head.id, head.unit, head.year, head.content_version,
                      state_words(ledger::word_of(head.state), session_),
                      found->content.points.size()));
    }
    return {};
  }

  void show_json(const Ledger& found, const std::vector<ledger::VersionHead>& kept) const {
    auto all = head_json(found.head);
    all["content"] = Json::parse(ledger::canonical(found.content));
    all["signatures"] = Json::array();
    for (const auto& one : ledger::needed_signatures(found.content, found.signatures))
      all["signatures"].push_back(
          {{"level", ledger::word_of(one.level)},
           {"person_id", one.person == 0 ? Json() : Json(one.person)},
           {"name", one.name},
           {"signed_at", one.signature ? Json(format_instant(one.signature->at)) : Json()},
           {"signed_version", one.signature ? Json(one.signature->version) : Json()}});
    all["voided_signatures"] = std::count_if(found.signatures.begin(), found.signatures.end(),
                                             [](const auto& one) { return one.voided_at; });
    all["submissions"] = Json::array();
    for (const auto& one : found.submissions)
      all["submissions"].push_back({{"content_version", one.content_version},
                                    {"sha256", one.sha256},
                                    {"submitted_at", format_instant(one.at)},
                                    {"due_on", format_date(one.due)},
                                    {"outcome", one.outcome},
                                    {"reason", one.reason},
                                    {"matter_id", one.matter ? Json(*one.matter) : Json()}});
    all["versions"] = Json::array();
    for (const auto& one : kept)
      all["versions"].push_back({{"content_version", one.version},
                                 {"sha256", one.sha256},
                                 {"made_by", one.made_by},
                                 {"made_at", format_instant(one.made_at)}});
    fmt::print("{}\n", all.dump(2));
  }

  void show_words(const Ledger& found) const {
    const auto& head = found.head;
    fmt::print("{}  {}  {}\nSHA-256 {}\n\n", head.unit, head.year,
               state_words(ledger::word_of(head.state), session_), head.sha256);
    std::vector<std::vector<std::string>> rows = {
        {session_.say("序号", "no."), session_.say("固有分", "score"),
         session_.say("措施", "measures"), session_.say("直接责任人", "direct"),
         session_.say("部门负责人", "department"), session_.say("单位负责人", "unit"),
         session_.say("风险点", "risk")}};
    int number = 0;
    for (const auto& point : found.content.points)
      rows.push_back({std::to_string(++number),
                      point.inherent_score() == 0 ? "-" : std::to_string(point.inherent_score()),
                      std::to_string(point.measures.size()), point.direct.name,
                      point.department_head.name, point.unit_head.name,
                      point.risk.substr(0, point.risk.find('\n'))});
    print_table(rows);
    fmt::print("\n");
    rows.clear();
    for (const auto& one : ledger::needed_signatures(found.content, found.signatures))
      rows.push_back(
          {level_words(one.level, session_), one.name.empty() ? "-" : one.name,
           one.signature ? format_instant(one.signature->at) : session_.say("未签", "not signed")});
    for (const auto& one : found.submissions) {
      rows.push_back({session_.say("报送", "submitted"), format_instant(one.at),
                      (one.matter ? session_.say("事项 ", "matter ") + std::to_string(*one.matter)
                                  : std::string()) +
                          (one.at.day() > one.due ? session_.say("，迟报", ", late") : "")});
      if (!one.outcome.empty())
        rows.push_back({state_words(one.outcome, session_),
                        one.decided_at ? format_instant(*one.decided_at) : "", one.reason});
    }
    print_table(rows);
  }

  store::Database& desk_;
  const catalog::Catalog& catalog_;
  access::Actor actor_;
  const Options& options_;
  Session& session_;
  Instant now_ = Instant::now();
};

Status run(const Options& options, Session& session, Status (*verb)(Verbs&)) {
  return at_desk(options.folder, options.login, session, [&](AtDesk& desk) {
    Verbs verbs(desk.database, desk.catalog, desk.actor, options, session);
    return verb(verbs);
  });
}

}  // namespace

void add_ledger_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "ledger", session.say("风险防控台账：填报、签章、报送、导出、迟报名单",
                            "the risk ledger: fill in, sign, submit, export, who is late"));
  add_desk_options(*verb, options->folder, &options->login, session);
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, Status (*work)(Verbs&)) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  const auto with_id = [&](CLI::App* one) {
    one->add_option("ID", options->id, session.say("台账编号（list 列出）", "number, from list"))
        ->required();
    return one;
  };
  const auto with_year = [&](CLI::App* one, bool needed) {
    one->add_option("--year", options->year, session.say("年度", "the year"))->required(needed);
    return one;
  };
  const auto with_unit = [&](CLI::App* one) {
    one->add_option("--unit", options->unit,
                    session.say("机构编号（anlan actor organisations 列出）",
                                "organisation, as anlan actor organisations lists them"))
        ->required();
    return with_year(one, true);
  };

  with_unit(add("new",
                session.say("建立台账，每个风险节点一行",
                            "make a ledger with one row for each risk node"),
                [](Verbs& verbs) { return verbs.make(); }))
      ->add_flag("--blank", options->blank, session.say("不带任何行", "without any row"));
  with_year(add("list", session.say("列出台账", "list ledgers"),
                [](Verbs& verbs) { return verbs.list(); }),
            false);
  with_id(add("show", session.say("一份台账、签章和报送", "one ledger, its signatures"),
              [](Verbs& verbs) { return verbs.show(); }));
  auto* importing =
      with_unit(add("import",
                    session.say("读入填好的 XLSX 表：建立台账或生成新版本",
                                "read a filled XLSX form: make the ledger, or a new version of it"),
                    [](Verbs& verbs) { return verbs.import(); }));
  importing->add_option("FILE", options->file, session.say("XLSX 文件", "the XLSX file"))
      ->required();
  importing->add_flag(
      "--fill-down", options->fill_down,
      session.say("空白的部门和责任人取上一行（合并单元格的表）",
                  "an empty department or owner takes the one above (merged cells)"));
  auto* exporting =
      with_id(add("export", session.say("导出七栏表", "write the form with its seven columns"),
                  [](Verbs& verbs) { return verbs.export_form(); }));
  exporting->add_option("--out", options->file, session.say("文件", "the file"))->required();
  exporting
      ->add_option("--format", options->format,
                   session.say("xlsx、docx 或 pdf，缺省按文件名", "else by the file's name"))
      ->check(CLI::IsMember({"xlsx", "docx", "pdf"}));
  exporting->add_option("--version-no", options->version,
                        session.say("版本号，缺省为当前版", "a version; else the current one"));
  with_id(add("sign", session.say("本人签字", "sign in person"),
              [](Verbs& verbs) { return verbs.sign(); }))
      ->add_option("LEVEL", options->level,
                   session.say("direct 直接责任人、department 部门负责人、unit 单位负责人",
                               "direct, department or unit"))
      ->check(CLI::IsMember({"direct", "department", "unit"}))
      ->required();
  with_id(add("submit",
              session.say("报送基金监督处，由其以 anlan matters 决定",
                          "submit to fund supervision, which decides by anlan matters"),
              [](Verbs& verbs) { return verbs.submit(); }));
  with_year(add("late", session.say("迟报名单", "who is late"),
                [](Verbs& verbs) { return verbs.late(); }),
            true)
      ->add_option("--as-of", options->as_of, session.say("截至哪一天", "on which day"));
  with_id(add("coverage",
              session.say("还缺什么；签字前须补的以 1 结束",
                          "what is missing; exit 1 if it stops the signing"),
              [](Verbs& verbs) { return verbs.coverage(); }));
}

}  // namespace anlan::app
