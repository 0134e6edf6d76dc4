#include <nlohmann/json.hpp>

#include "cases/proposals.hpp"

namespace anlan::cases {

Result<DeskLead> screen(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, const std::string& lead_id,
                        std::int64_t version, Instant now) {
  const auto before = lead_for_act(transaction, actor, lead_id, version);
  if (!before) return fail(before.error());
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  if (before->case_id) return fail(ErrorKind::conflict, "lead.in_case", word_of(*before->case_id));
  const auto& right = catalog.procedure.transition("screen")->right;
  if (auto may = actor.check(right, before->organisation); !may) return fail(may.error());
  if (auto fair = check_impartial(transaction, *person, before->subject_blind); !fair)
    return fail(fair.error());
  auto lead = *before;
  if (auto moved = move_lead(transaction, actor, catalog, *before, lead,
                             {"screen", "", post_giving(actor, catalog, right), {}}, now);
      !moved)
    return fail(moved.error());
  return lead;
}

Result<duties::MatterId> propose_dismissal(store::Transaction& transaction,
                                           const access::Actor& actor,
                                           const catalog::Catalog& catalog,
                                           const std::string& lead_id, std::int64_t version,
                                           const std::string& reason, Instant now) {
  auto before = lead_for_act(transaction, actor, lead_id, version, true);
  if (!before) return fail(before.error());
  if (const auto taken = way(catalog, "dismiss", before->state); !taken) return fail(taken.error());
  if (before->case_id) return fail(ErrorKind::conflict, "lead.in_case", word_of(*before->case_id));
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  if (auto fair = check_impartial(transaction, *person, before->subject_blind); !fair)
    return fail(fair.error());
  const auto why = checked_reason(reason, true);
  if (!why) return fail(why.error());
  const auto content = nlohmann::json{
      {"kind", "dismissal"},
      {"lead", nlohmann::json::parse(facts_of(*before))},
      {"reason", *why}}.dump();
  const auto proposed = propose(transaction, actor, catalog,
                                {"dismissal",
                                 catalog.procedure.transition("dismiss")->chain,
                                 "lead:" + lead_id + "/dismissal",
                                 before->organisation,
                                 {},
                                 lead_id,
                                 before->subject_blind,
                                 content,
                                 before->matter},
                                now);
  if (!proposed) return fail(proposed.error());
  auto lead = *before;
  lead.matter = proposed->matter;
  if (auto noted = note_of_lead(transaction, actor, *before, lead,
                                {"dismissal_proposed", *why, proposed->post, {}}, now);
      !noted)
    return fail(noted.error());
  return proposed->matter;
}

}  // namespace anlan::cases
