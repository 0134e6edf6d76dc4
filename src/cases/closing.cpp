#include "cases/closing.hpp"

#include <nlohmann/json.hpp>

#include "cases/open_items.hpp"
#include "cases/proposals.hpp"

namespace anlan::cases {
namespace {

using nlohmann::json;

constexpr const char* reviewed = "reviewed";

/// Errors: conflict "case.not_settled".
Status check_settled(store::Transaction& transaction, const catalog::Catalog& catalog, CaseId id,
                     Instant now) {
  constexpr std::size_t named_max = 8;
  const auto open = open_items(transaction, id, catalog.recovery_terms, now.day());
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
                     const catalog::Catalog& catalog, const CaseFile& before,
                     const Decided& decided) {
  auto file = before;
  const bool on = decided.decision.verdict == duties::Verdict::approve && !decided.withdrawn();
  if (on) {
    if (auto settled = check_settled(transaction, catalog, before.id, decided.now); !settled)
      return settled;
    if (!decided.approved())
      return move_case(transaction, actor, catalog, before, file, decided.step("review"),
                       decided.now);
    file.matter.reset();
    const auto slip = file_document(transaction, actor, file, "closing_slip", "",
                                    decided.proposal.content, decided.now);
    if (!slip) return fail(slip.error());
    auto step = decided.step("close");
    step.document = slip->id;
    return move_case(transaction, actor, catalog, before, file, step, decided.now);
  }
  if (!decided.returned()) file.matter.reset();
  if (before.state == reviewed)
    return move_case(transaction, actor, catalog, before, file, decided.step("unreview"),
                     decided.now);
  const auto* act = decided.withdrawn()  ? "closing_withdrawn"
                    : decided.returned() ? "closing_returned"
                                         : "closing_rejected";
  return note_in_case(transaction, actor, before, file, decided.step(act), "", decided.now);
}

}  // namespace

Result<duties::MatterId> propose_closing(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         const catalog::Catalog& catalog, CaseId id,
                                         std::int64_t version, const std::string& summary,
                                         Instant now) {
  const auto before = case_by_right(transaction, actor, id, version,
                                    catalog.procedure.transition("dispose")->right, true);
  if (!before) return fail(before.error());
  const auto taken = way(catalog, "review", before->state);
  if (!taken) return fail(taken.error());
  const auto words = checked_reason(summary, true);
  if (!words) return fail(words.error());
  if (auto settled = check_settled(transaction, catalog, id, now); !settled)
    return fail(settled.error());
  const auto leads = load_leads_of(transaction, id);
  if (!leads) return fail(leads.error());
  json all = json::array();
  for (const auto& lead : *leads) {
    all.push_back({{"lead", json::parse(facts_of(lead))},
                   {"result", name_of(*lead.result)},
                   {"confirmed_fen", lead.confirmed_fen.value_or(0)}});
  }
  return propose_of_case(
      transaction, actor, catalog, *before, "closing", (*taken)->chain, word_of(id),
      json{{"kind", "closing"}, {"case", before->number}, {"leads", all}, {"summary", *words}}
          .dump(),
      *words, now);
}

void add_closing_follow(duties::Follows& follows, const catalog::Catalog& catalog) {
  const auto apply = [&catalog](store::Transaction& transaction, const access::Actor& actor,
                                const CaseFile& before, const Decided& decided) {
    return apply_closing(transaction, actor, catalog, before, decided);
  };
  follows.add(catalog.procedure.transition("review")->chain,
              [&catalog, apply](store::Transaction& transaction, const duties::Turn& turn) {
                return follow(transaction, catalog, turn, apply);
              });
}

}  // namespace anlan::cases
