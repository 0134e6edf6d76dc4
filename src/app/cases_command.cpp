#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/at_desk.hpp"
#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/count_text.hpp"
#include "app/people.hpp"
#include "app/take_in_leads.hpp"
#include "base/fen.hpp"
#include "cases/case_file.hpp"
#include "cases/numbers.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using store::Transaction;

struct Options {
  std::string folder;
  std::string id;
  std::vector<std::string> states;
  std::vector<std::string> codes;
  std::string organisation;
  bool leads = false;
  std::size_t limit = 20;
  std::string from;
  std::string to;
};

std::string state_words(const catalog::Procedure& procedure, const std::string& state,
                        const Session& session) {
  const auto* found = procedure.state(state);
  return found == nullptr ? state : found->title.in(session.lang);
}

std::string due_words(const cases::Due& due, const Session& session) {
  if (due.is_never()) return "-";
  return format_date(due.on) +
         (due.weekends_only ? session.say("（仅扣周末）", " (weekends only)") : "");
}

Json due_json(const cases::Due& due) {
  return due.is_never() ? Json() : Json(format_date(due.on));
}

Json lead_json(const cases::DeskLead& lead) {
  return {{"lead_id", lead.lead_id},
          {"code", lead.code},
          {"severity", lead.severity},
          {"score_tenths", lead.score_tenths},
          {"subject_kind", lead.subject_kind},
          {"subject", lead.subject_shown},
          {"amount_kind", lead.amount_kind},
          {"amount_fen", lead.amount_fen},
          {"expected_fen", lead.expected_fen},
          {"state", lead.state},
          {"organisation", lead.organisation},
          {"present", lead.present},
          {"change", lead.change},
          {"case", lead.case_id ? Json(lead.case_id->value) : Json()},
          {"due_on", due_json(lead.due)},
          {"due_weekends_only", lead.due.weekends_only},
          {"result", lead.result ? Json(cases::name_of(*lead.result)) : Json()},
          {"confirmed_fen", lead.confirmed_fen ? Json(*lead.confirmed_fen) : Json()},
          {"version", lead.version}};
}

Json case_json(const cases::CaseFile& file) {
  return {{"case_id", file.id.value},
          {"number", file.number},
          {"subject_kind", file.subject_kind},
          {"subject", file.subject_shown},
          {"organisation", file.organisation},
          {"state", file.state},
          {"due_on", due_json(file.due)},
          {"due_weekends_only", file.due.weekends_only},
          {"reopened_times", file.reopened_times},
          {"version", file.version}};
}

Json figure_json(const cases::FlowRow::Figure& figure) {
  return {{"leads", figure.leads}, {"amount_fen", figure.amount_fen}};
}

/// The verbs read as the user of the operating system, who sees everything and decides nothing.
class Verbs {
 public:
  Verbs(const lake::Workspace& workspace, store::Database& desk, const catalog::Catalog& catalog,
        const Options& options, Session& session)
      : workspace_(workspace),
        desk_(desk),
        catalog_(catalog),
        options_(options),
        session_(session) {}

  Status take_in() {
    const auto taken = take_in_leads(workspace_, desk_, catalog_, session_, now_);
    if (!taken) return fail(taken.error());
    if (session_.json) {
      fmt::print("{}\n", Json{{"added", taken->added},
                              {"changed", taken->changed},
                              {"gone", taken->gone},
                              {"reopened", taken->reopened},
                              {"unchanged", taken->unchanged}}
                             .dump());
    } else {
      fmt::print("{}\n", taken_in_text(*taken, session_));
    }
    return {};
  }

  Status list() { return options_.leads ? list_leads() : list_cases(); }

  Status show() {
    const bool is_case = options_.id.find_first_not_of("0123456789") == std::string::npos;
    return is_case ? show_case({std::stoll(options_.id.substr(0, 18))}) : show_lead(options_.id);
  }

  Status numbers() {
    const auto today = now_.day();
    const auto to = options_.to.empty() ? Result<Month>(today.month()) : parse_month(options_.to);
    if (!to) return fail(to.error());
    const auto from =
        options_.from.empty() ? Result<Month>(to->plus(-11)) : parse_month(options_.from);
    if (!from) return fail(from.error());
    const auto ages =
        desk_.read([&](Transaction& tx) { return cases::ageing(tx, actor_, catalog_, today); });
    if (!ages) return fail(ages.error());
    const auto flow =
        desk_.read([&](Transaction& tx) { return cases::stock_and_flow(tx, actor_, *from, *to); });
    if (!flow) return fail(flow.error());
    const auto outcomes = desk_.read([&](Transaction& tx) { return cases::precision(tx, actor_); });
    if (!outcomes) return fail(outcomes.error());
    session_.json ? print_json(*ages, *flow, *outcomes) : print_words(*ages, *flow, *outcomes);
    return {};
  }

 private:
  Status list_leads() {
    cases::LeadFilter filter{.states = options_.states, .codes = options_.codes};
    if (!options_.organisation.empty()) filter.organisations = {options_.organisation};
    const auto page = desk_.read([&](Transaction& tx) {
      return cases::list_leads(tx, actor_, filter, cases::LeadOrder::queue, {}, options_.limit);
    });
    if (!page) return fail(page.error());
    if (session_.json) {
      Json all = Json::array();
      for (const auto& lead : page->leads) all.push_back(lead_json(lead));
      fmt::print("{}\n", Json{{"leads", all}, {"total", page->totals.leads}}.dump(2));
      return {};
    }
    std::vector<std::vector<std::string>> rows = {
        {session_.say("疑点", "lead"), session_.say("状态", "state"), session_.say("机构", "unit"),
         session_.say("预计可追回（元）", "expected, yuan"), session_.say("期限", "due"),
         session_.say("对象", "subject")}};
    for (const auto& lead : page->leads)
      rows.push_back({lead.lead_id, state_words(catalog_.procedure, lead.state, session_),
                      lead.organisation, format_yuan(Fen{lead.expected_fen}),
                      due_words(lead.due, session_), lead.subject_shown});
    print_table(rows);
    fmt::print("{}{}\n", session_.say("共 ", "of "), count_text(page->totals.leads));
    return {};
  }

  Status list_cases() {
    cases::CaseFilter filter{.states = options_.states};
    if (!options_.organisation.empty()) filter.organisations = {options_.organisation};
    const auto page = desk_.read(
        [&](Transaction& tx) { return cases::list_cases(tx, actor_, filter, {}, options_.limit); });
    if (!page) return fail(page.error());
    if (session_.json) {
      Json all = Json::array();
      for (const auto& file : page->cases) all.push_back(case_json(file));
      fmt::print("{}\n", Json{{"cases", all}, {"total", page->total}}.dump(2));
      return {};
    }
    std::vector<std::vector<std::string>> rows = {
        {session_.say("案件", "case"), session_.say("编号", "number"),
         session_.say("状态", "state"), session_.say("机构", "unit"), session_.say("期限", "due"),
         session_.say("对象", "subject")}};
    for (const auto& file : page->cases)
      rows.push_back({std::to_string(file.id.value), file.number,
                      state_words(catalog_.procedure, file.state, session_), file.organisation,
                      due_words(file.due, session_), file.subject_shown});
    print_table(rows);
    fmt::print("{}{}\n", session_.say("共 ", "of "), count_text(page->total));
    return {};
  }

  Status show_case(cases::CaseId id) {
    const auto file = desk_.read([&](Transaction& tx) { return cases::find_case(tx, actor_, id); });
    if (!file) return fail(file.error());
    const auto leads =
        desk_.read([&](Transaction& tx) { return cases::leads_of_case(tx, actor_, id); });
    if (!leads) return fail(leads.error());
    const auto events =
        desk_.read([&](Transaction& tx) { return cases::case_events(tx, actor_, id); });
    if (!events) return fail(events.error());
    if (session_.json) {
      auto all = case_json(*file);
      all["leads"] = Json::array();
      for (const auto& lead : *leads) all["leads"].push_back(lead_json(lead));
      all["events"] = events_json(*events);
      fmt::print("{}\n", all.dump(2));
      return {};
    }
    fmt::print("{}  {}  {}  {}  {}\n", file->number,
               state_words(catalog_.procedure, file->state, session_), file->organisation,
               file->subject_shown, due_words(file->due, session_));
    for (const auto& lead : *leads)
      fmt::print("  {}  {}\n", lead.lead_id, format_yuan(Fen{lead.amount_fen}));
    print_events(*events);
    return {};
  }

  Status show_lead(const std::string& id) {
    const auto lead = desk_.read([&](Transaction& tx) { return cases::find_lead(tx, actor_, id); });
    if (!lead) return fail(lead.error());
    const auto events =
        desk_.read([&](Transaction& tx) { return cases::lead_events(tx, actor_, id); });
    if (!events) return fail(events.error());
    if (session_.json) {
      auto all = lead_json(*lead);
      all["events"] = events_json(*events);
      fmt::print("{}\n", all.dump(2));
      return {};
    }
    fmt::print("{}  {}  {}  {}  {}\n", lead->lead_id,
               state_words(catalog_.procedure, lead->state, session_), lead->organisation,
               lead->subject_shown, due_words(lead->due, session_));
    print_events(*events);
    return {};
  }

  static Json events_json(const std::vector<cases::CaseEvent>& events) {
    Json all = Json::array();
    for (const auto& one : events)
      all.push_back({{"act", one.act},
                     {"lead_id", one.lead_id.empty() ? Json() : Json(one.lead_id)},
                     {"from", one.from.empty() ? Json() : Json(one.from)},
                     {"to", one.to.empty() ? Json() : Json(one.to)},
                     {"by", one.by},
                     {"post", one.post},
                     {"at", format_instant(one.at)}});
    return all;
  }

  void print_events(const std::vector<cases::CaseEvent>& events) const {
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : events) {
      const auto* way = catalog_.procedure.transition(one.act);
      rows.push_back({format_instant(one.at),
                      way == nullptr ? one.act : way->title.in(session_.lang), one.by, one.post,
                      one.lead_id});
    }
    if (!rows.empty()) print_table(rows);
  }

  void print_json(const std::vector<cases::AgeRow>& ages, const std::vector<cases::FlowRow>& flow,
                  const std::vector<cases::DetectionOutcome>& outcomes) const {
    Json all;
    all["age_bucket_days"] = cases::age_bucket_days;
    all["ageing"] = Json::array();
    for (const auto& age : ages)
      all["ageing"].push_back(
          {{"state", age.state}, {"leads", age.leads}, {"overdue", age.overdue}});
    all["flow"] = Json::array();
    for (const auto& row : flow)
      all["flow"].push_back({{"month", format_month(row.month)},
                             {"opening", figure_json(row.opening)},
                             {"found", figure_json(row.found)},
                             {"reopened", figure_json(row.reopened)},
                             {"regrown", figure_json(row.regrown)},
                             {"moved_in", figure_json(row.moved_in)},
                             {"moved_out", figure_json(row.moved_out)},
                             {"closed", figure_json(row.closed)},
                             {"dismissed", figure_json(row.dismissed)},
                             {"closing", figure_json(row.closing)}});
    all["precision"] = Json::array();
    for (const auto& one : outcomes)
      all["precision"].push_back(
          {{"code", one.code},
           {"confirmed", one.confirmed},
           {"partly", one.partly},
           {"unfounded", one.unfounded},
           {"unverifiable", one.unverifiable},
           {"precision_mille", one.precision_mille() ? Json(*one.precision_mille()) : Json()}});
    fmt::print("{}\n", all.dump(2));
  }

  void print_words(const std::vector<cases::AgeRow>& ages, const std::vector<cases::FlowRow>& flow,
                   const std::vector<cases::DetectionOutcome>& outcomes) const {
    std::vector<std::vector<std::string>> rows = {{session_.say("状态", "state")}};
    for (const auto days : cases::age_bucket_days)
      rows[0].push_back(session_.say("≤", "<=") + std::to_string(days));
    rows[0].push_back(session_.say("更久", "older"));
    rows[0].push_back(session_.say("逾期", "overdue"));
    for (const auto& age : ages) {
      std::vector<std::string> row = {state_words(catalog_.procedure, age.state, session_)};
      for (const auto count : age.leads) row.push_back(count_text(count));
      row.push_back(count_text(age.overdue));
      rows.push_back(std::move(row));
    }
    fmt::print("{}\n", session_.say("账龄（工作日）", "age, in working days"));
    print_table(rows);
    rows = {{session_.say("月份", "month"), session_.say("期初", "opening"),
             session_.say("新增", "found"), session_.say("重新打开", "reopened"),
             session_.say("销号", "closed"), session_.say("筛除", "dismissed"),
             session_.say("期末", "closing"), session_.say("期末金额（元）", "closing, yuan")}};
    for (const auto& row : flow)
      rows.push_back({format_month(row.month), count_text(row.opening.leads),
                      count_text(row.found.leads), count_text(row.reopened.leads),
                      count_text(row.closed.leads), count_text(row.dismissed.leads),
                      count_text(row.closing.leads), format_yuan(Fen{row.closing.amount_fen})});
    fmt::print("\n");
    print_table(rows);
    if (outcomes.empty()) return;
    rows = {{session_.say("检测", "detection"), session_.say("已结论", "concluded"),
             session_.say("属实", "confirmed"), session_.say("部分属实", "partly"),
             session_.say("准确率（‰）", "precision, per mille")}};
    for (const auto& one : outcomes)
      rows.push_back({one.code, count_text(one.concluded()), count_text(one.confirmed),
                      count_text(one.partly),
                      one.precision_mille() ? std::to_string(*one.precision_mille()) : "-"});
    fmt::print("\n");
    print_table(rows);
  }

  const lake::Workspace& workspace_;
  store::Database& desk_;
  const catalog::Catalog& catalog_;
  const Options& options_;
  Session& session_;
  access::Actor actor_ = console_actor();
  Instant now_ = Instant::now();
};

Status run(const Options& options, Session& session, Status (Verbs::*verb)()) {
  return at_desk(options.folder, "", session, [&](AtDesk& desk) {
    Verbs verbs(desk.workspace, desk.database, desk.catalog, options, session);
    return (verbs.*verb)();
  });
}

}  // namespace

Result<cases::TakenIn> take_in_leads(const lake::Workspace& workspace, store::Database& desk,
                                     const catalog::Catalog& catalog, const Session& session,
                                     Instant now) {
  const auto people = prepare_people(workspace, desk, session, now);
  if (!people) return fail(people.error());
  if (people->first) print_first_administrator(stderr, *people->first, session);
  return cases::take_in(desk, people->key, catalog, workspace, console_actor().who(), now);
}

std::string taken_in_text(const cases::TakenIn& taken, const Session& session) {
  return fmt::format(
      fmt::runtime(session.say("办公库疑点：新增 {}，变化 {}，消失 {}，重新打开 {}，未变 {}",
                               "leads at the desk: {} new, {} changed, {} gone, {} reopened, {} as "
                               "they were")),
      count_text(taken.added), count_text(taken.changed), count_text(taken.gone),
      count_text(taken.reopened), count_text(taken.unchanged));
}

void add_cases_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "cases", session.say("办公库的疑点和核查案件（办理通过接口进行）",
                           "leads at the desk and cases (people act through the API)"));
  add_desk_options(*verb, options->folder, nullptr, session);
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, Status (Verbs::*work)()) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  add("take-in",
      session.say("按当前运行更新办公库的疑点", "bring the desk's leads up to date from the runs"),
      &Verbs::take_in);
  auto* listing =
      add("list", session.say("列出案件，或疑点", "list cases, or leads"), &Verbs::list);
  listing->add_flag("--leads", options->leads, session.say("列出疑点", "leads in place of cases"));
  listing->add_option("--state", options->states,
                      session.say("只列这些状态", "only in these states"));
  listing->add_option("--code", options->codes,
                      session.say("只列这些检测的疑点", "only leads of these detections"));
  listing->add_option("--organisation", options->organisation,
                      session.say("只列该机构", "only of this organisation"));
  listing->add_option("--limit", options->limit, session.say("最多几行", "how many at most"))
      ->check(CLI::Range(1, 10'000));
  add("show", session.say("一个案件（编号）或一条疑点及其经过", "one case or lead and its history"),
      &Verbs::show)
      ->add_option("ID", options->id,
                   session.say("案件号，或疑点编号", "a case's number from list, or a lead's id"))
      ->required();
  auto* figures =
      add("numbers", session.say("账龄、存量与流量、准确率", "ageing, stock and flow, precision"),
          &Verbs::numbers);
  figures->add_option("--from", options->from, session.say("起始月份", "the first month"));
  figures->add_option("--to", options->to, session.say("截止月份", "the last month"));
}

}  // namespace anlan::app
