#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/at_desk.hpp"
#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/session.hpp"
#include "base/instant.hpp"
#include "cases/recovery.hpp"
#include "catalog/catalog.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string folder;
  std::string login;
  std::string as_of;
  std::int64_t case_id = 0;
  bool open_only = false;
  bool late_only = false;
};

std::string state_words(const cases::Balance& balance, const Session& session) {
  if (balance.settled) return session.say("已结清", "settled");
  if (balance.overdue) return session.say("逾期", "overdue");
  if (balance.running) return session.say("分期履行中", "instalments run");
  return session.say("未到期", "not yet due");
}

Json json_of(const cases::Recovery& recovery, const cases::Balance& balance) {
  Json instalments = Json::array();
  for (const auto& one : balance.instalments)
    instalments.push_back({{"due_on", format_date(one.agreed.due_on)},
                           {"amount_fen", one.agreed.amount.value},
                           {"paid_fen", one.paid.value},
                           {"overdue", one.overdue}});
  return {{"recovery_id", recovery.id.value},
          {"case_id", recovery.made.of.value},
          {"case", recovery.case_number},
          {"organisation", recovery.organisation},
          {"debtor", cases::name_of(recovery.made.debtor)},
          {"debtor_shown", recovery.made.debtor_shown},
          {"due_fen", balance.due.value},
          {"due_on", format_date(recovery.made.due_on)},
          {"received_fen", balance.received.value},
          {"offset_fen", balance.offset.value},
          {"written_off_fen", balance.written_off.value},
          {"open_fen", balance.open.value},
          {"interest_rule", recovery.made.interest},
          {"interest_fen", balance.interest.value},
          {"interest_open_fen", balance.interest_open.value},
          {"settled", balance.settled},
          {"overdue", balance.overdue},
          {"instalments", instalments}};
}

Status print_list(store::Database& desk, const access::Actor& actor,
                  const catalog::RecoveryTerms& terms, const Options& options, Session& session) {
  auto today = Instant::now().day();
  if (!options.as_of.empty()) {
    const auto day = parse_date(options.as_of);
    if (!day) return fail(day.error());
    today = *day;
  }
  cases::RecoveryFilter filter;
  if (options.case_id != 0) filter.of = cases::CaseId{options.case_id};
  filter.open_only = options.open_only;
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {session.say("编号", "id"), session.say("案件", "case"), session.say("债务人", "debtor"),
       session.say("应追回", "due"), session.say("已收回", "received"),
       session.say("抵扣", "offset"), session.say("核销", "written off"),
       session.say("尚欠", "open"), session.say("利息", "interest open"),
       session.say("到期日", "due on"), session.say("情况", "state")}};
  for (;;) {
    const auto page = desk.read([&](store::Transaction& transaction) {
      return cases::list_recoveries(transaction, actor, filter);
    });
    if (!page) return fail(page.error());
    for (const auto& recovery : *page) {
      filter.after = recovery.id.value;
      const auto balance = cases::balance_of(recovery, terms, today);
      if (!balance) return fail(balance.error());
      if (options.late_only && !balance->overdue) continue;
      all.push_back(json_of(recovery, *balance));
      rows.push_back({std::to_string(recovery.id.value), recovery.case_number,
                      recovery.made.debtor_shown, format_yuan(balance->due),
                      format_yuan(balance->received), format_yuan(balance->offset),
                      format_yuan(balance->written_off), format_yuan(balance->open),
                      format_yuan(balance->interest_open), format_date(recovery.made.due_on),
                      state_words(*balance, session)});
    }
    if (static_cast<std::int64_t>(page->size()) < filter.limit) break;
  }
  if (session.json) {
    fmt::print("{}\n", all.dump(2));
  } else {
    print_table(rows);
  }
  return {};
}

Status run(const Options& options, Session& session) {
  return at_desk(options.folder, options.login, session, [&](AtDesk& desk) {
    return print_list(desk.database, desk.actor, desk.catalog.recovery_terms, options, session);
  });
}

}  // namespace

void add_recovery_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "recovery", session.say("追回台账：应追回、已收回、抵扣、核销、利息、逾期",
                              "recoveries: due, received, offset, written off, interest, overdue"));
  add_desk_options(*verb, options->folder, &options->login, session);
  verb->require_subcommand(1);
  auto* list = verb->add_subcommand("list", session.say("列出追回", "list recoveries"));
  list->add_option("--case", options->case_id, session.say("只列这个案件的", "of one case"));
  list->add_flag("--open", options->open_only, session.say("只列本金未清的", "with money open"));
  list->add_flag("--late", options->late_only, session.say("只列逾期的", "only overdue ones"));
  list->add_option("--as-of", options->as_of, session.say("截至哪一天", "on which day"));
  list->callback([options, &session] {
    if (auto done = run(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
