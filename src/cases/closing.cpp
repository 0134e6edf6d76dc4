#include "cases/closing.hpp"

#include <nlohmann/json.hpp>

#include "cases/open_items.hpp"
#include "cases/proposals.hpp"
#include "cases/recusal.hpp"

namespace anlan::cases {
namespace {

using nlohmann::json;

constexpr const char* reviewed = "reviewed";

/// Errors: conflict "case.not_settled".
Status check_settled(store::Transaction& transaction, const catalog::RecoveryTerms& terms,
                     CaseId id, Instant now) {
  constexpr std::size_t named_max = 8;
  const auto open = open_items(transaction, id, terms, now.day());
  if (!open) return fail(open.error());
  if (open->empty()) return {};
  std::string what;
  for (std::size_t i = 0; i < open->size() && i < named_max; ++i) {
    if (i > 0) what += ", ";
    what += (*open)[i].code + " " + (*open)[i].about;
  }
  if (open->size() > named_max) what += ", …";
  return fail(ErrorKind::conflict, "case.not_settled", what);
}

Status apply_closing(store::Transaction& transaction, const access::Actor& actor,
                     const Rules& rules, const catalog::RecoveryTerms& terms,
                     const CaseFile& before, const Decided& decided) {
  auto file = before;
  const bool on = decided.decision.verdict == duties::Verdict::approve && !decided.withdrawn();
  if (on) {
    if (auto settled = check_settled(transaction, terms, before.id, decided.now); !settled)
      return settled;
    if (!decided.approved())
      return move_case(transaction, actor, rules, before, file, decided.step("review"),
                       decided.now);
    file.matter.reset();
    const auto slip = file_document(transaction, actor, file, "closing_slip", "",
                                    decided.proposal.content, decided.now);
    if (!slip) return fail(slip.error());
    auto step = decided.step("close");
    step.document = slip->id;
    return move_case(transaction, actor, rules, before, file, step, decided.now);
  }
  if (!decided.returned()) file.matter.reset();
  if (before.state == reviewed)
    return move_case(transaction, actor, rules, before, file, decided.step("unreview"),
                     decided.now);
  const auto* act = decided.withdrawn()  ? "closing_withdrawn"
                    : decided.returned() ? "closing_returned"
                                         : "closing_rejected";
  return note_in_case(transaction, actor, before, file, decided.step(act), "", decided.now);
}

}  // namespace

Result<duties::MatterId> propose_closing(store::Transaction& transaction,
                                         const access::Actor& actor, const Rules& rules,
                                         const catalog::RecoveryTerms& terms, CaseId id,
                                         std::int64_t version, const std::string& summary,
                                         Instant now) {
  const auto before = case_for_act(transaction, actor, id, version, true);
  if (!before) return fail(before.error());
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  if (auto may = actor.check(rules.procedure.transition("dispose")->right, before->organisation);
      !may)
    return fail(may.error());
  if (auto may = check_may_work(transaction, *person, *before); !may) return fail(may.error());
  const auto taken = way(rules, "review", before->state);
  if (!taken) return fail(taken.error());
  const auto words = checked_reason(summary, true);
  if (!words) return fail(words.error());
  if (auto settled = check_settled(transaction, terms, id, now); !settled)
    return fail(settled.error());
  const auto leads = load_leads_of(transaction, id);
  if (!leads) return fail(leads.error());
  json all = json::array();
  for (const auto& lead : *leads) {
    all.push_back({{"lead", json::parse(facts_of(lead))},
                   {"result", name_of(*lead.result)},
                   {"confirmed_fen", lead.confirmed_fen.value_or(0)}});
  }
  const auto proposed = propose(
      transaction, actor, rules,
      {"closing", (*taken)->chain, word_of(id), before->organisation, id, "", before->subject_blind,
       json{{"kind", "closing"}, {"case", before->number}, {"leads", all}, {"summary", *words}}
           .dump(),
       before->matter},
      now);
  if (!proposed) return fail(proposed.error());
  auto file = *before;
  file.matter = proposed->matter;
  if (auto bound = bind_handlers(transaction, actor, file, proposed->matter, now); !bound)
    return fail(bound.error());
  if (auto noted = note_in_case(transaction, actor, *before, file,
                                {"closing_proposed", *words, proposed->post, {}}, "", now);
      !noted)
    return fail(noted.error());
  return proposed->matter;
}

void add_closing_follow(duties::Follows& follows, const Rules& rules,
                        const catalog::RecoveryTerms& terms) {
  const auto apply = [&rules, &terms](store::Transaction& transaction, const access::Actor& actor,
                                      const CaseFile& before, const Decided& decided) {
    return apply_closing(transaction, actor, rules, terms, before, decided);
  };
  follows.add(rules.procedure.transition("review")->chain,
              [&rules, apply](store::Transaction& transaction, const duties::Turn& turn) {
                return follow(transaction, rules, turn, apply);
              });
}

}  // namespace anlan::cases
