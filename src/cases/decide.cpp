#include "cases/decide.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cases/outcomes.hpp"
#include "cases/proposals.hpp"

namespace anlan::cases {
namespace {

using nlohmann::json;

/// Our choice: ten trillion yuan; more is a slip of the pen.
constexpr std::int64_t confirmed_fen_max = 1'000'000'000'000'000;

/// That the leads are as they were when the proposal was made.
Status check_facts(const Proposal& proposal, const std::vector<DeskLead>& leads) {
  const auto content = json::parse(proposal.content);
  std::map<std::string, std::string> seen;
  if (content.contains("lead")) seen[content["lead"]["lead_id"]] = content["lead"].dump();
  if (content.contains("leads")) {
    for (const auto& one : content["leads"]) seen[one["lead"]["lead_id"]] = one["lead"].dump();
  }
  bool same = seen.size() == leads.size();
  for (const auto& lead : leads) {
    const auto found = seen.find(lead.lead_id);
    same = same && found != seen.end() && found->second == facts_of(lead);
  }
  if (same) return {};
  return fail(ErrorKind::conflict, "case.content_changed", duties::word_of(proposal.matter));
}

/// What is asked of an approval besides who gives it.
Status check_approval(store::Transaction& transaction, const Proposal& proposal,
                      const std::optional<DeskLead>& lead, const std::optional<CaseFile>& file) {
  if (lead) return check_facts(proposal, {*lead});
  const auto recused =
      transaction.query_one("SELECT ground FROM case_recusal WHERE case_id = ? AND person_id = ?",
                            {file->id.value, proposal.made_by.value});
  if (!recused) return fail(recused.error());
  if (*recused)
    return fail(ErrorKind::conflict, "case.maker_recused", access::word_of(proposal.made_by));
  const auto leads = load_leads_of(transaction, file->id);
  if (!leads) return fail(leads.error());
  return check_facts(proposal, *leads);
}

Status end_proposal(store::Transaction& transaction, duties::MatterId matter,
                    const std::string& outcome) {
  const auto ended = transaction.run("UPDATE case_proposal SET outcome = ? WHERE matter_id = ?",
                                     {outcome, matter.value});
  if (!ended) return fail(ended.error());
  return {};
}

Status apply_to_lead(store::Transaction& transaction, const access::Actor& actor,
                     const catalog::Catalog& catalog, const DeskLead& before,
                     const Decided& decided) {
  auto lead = before;
  if (decided.returned())
    return note_of_lead(transaction, actor, before, lead, decided.step("dismissal_returned"),
                        decided.now);
  lead.matter.reset();
  if (decided.rejected())
    return note_of_lead(transaction, actor, before, lead, decided.step("dismissal_rejected"),
                        decided.now);
  auto step = decided.step("dismiss");
  step.reason = json::parse(decided.proposal.content)["reason"];
  return move_lead(transaction, actor, catalog, before, lead, step, decided.now);
}

Status apply_conclusion(store::Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, const CaseFile& before,
                        const Decided& decided) {
  auto file = before;
  if (decided.withdrawn()) {
    file.matter.reset();
    return note_in_case(transaction, actor, before, file, {"conclusion_withdrawn", "", "", {}}, "",
                        decided.now);
  }
  if (decided.returned())
    return note_in_case(transaction, actor, before, file, decided.step("conclusion_returned"), "",
                        decided.now);
  file.matter.reset();
  if (decided.rejected())
    return note_in_case(transaction, actor, before, file, decided.step("conclusion_rejected"), "",
                        decided.now);
  file.concluded_at = decided.now;
  const auto paper = file_document(transaction, actor, file, "conclusion", "",
                                   decided.proposal.content, decided.now);
  if (!paper) return fail(paper.error());
  auto step = decided.step("conclude");
  step.document = paper->id;
  std::map<std::string, std::pair<LeadResult, std::int64_t>> results;
  const auto content = json::parse(decided.proposal.content);
  for (const auto& one : content["leads"]) {
    const auto result = result_named(one["result"].get<std::string>());
    if (!result)
      return fail(ErrorKind::corrupted, "case.content", duties::word_of(decided.proposal.matter));
    results[one["lead"]["lead_id"]] = {*result, one["confirmed_fen"].get<std::int64_t>()};
  }
  if (auto moved = move_case(transaction, actor, catalog, before, file, step, decided.now,
                             [&](DeskLead& lead) {
                               const auto& [result, fen] = results.at(lead.lead_id);
                               lead.result = result;
                               lead.confirmed_fen = fen;
                             });
      !moved)
    return moved;
  const auto leads = load_leads_of(transaction, file.id);
  if (!leads) return fail(leads.error());
  return count_outcomes(transaction, *leads, 1);
}

}  // namespace

Status follow(store::Transaction& transaction, const catalog::Catalog& catalog,
              const duties::Turn& turn, const ApplyToCase& apply_to_case) {
  const auto& actor = turn.actor;
  const auto& decision = turn.decision;
  const auto& outcome = turn.outcome;
  const auto now = turn.at;
  const auto matter = turn.before.id;
  const auto loaded = load_proposal(transaction, matter);
  if (!loaded) return fail(loaded.error());
  if (!*loaded) return fail(ErrorKind::not_found, "duties.no_matter", duties::word_of(matter));
  const auto& proposal = **loaded;
  std::optional<DeskLead> lead;
  std::optional<CaseFile> file;
  if (proposal.case_id) {
    auto found = load_case(transaction, *proposal.case_id);
    if (!found) return fail(found.error());
    file = std::move(*found);
    if (!file || !actor.sees(file->organisation))
      return fail(ErrorKind::not_found, "case.not_found", word_of(*proposal.case_id));
  } else {
    auto found = load_lead(transaction, proposal.lead_id);
    if (!found) return fail(found.error());
    lead = std::move(*found);
    if (!lead || !actor.sees(lead->organisation))
      return fail(ErrorKind::not_found, "lead.not_found", proposal.lead_id);
  }
  const bool withdrawn = outcome.state == duties::MatterState::withdrawn;
  if (!withdrawn) {
    const auto person = acting_person(actor);
    if (!person) return fail(person.error());
    auto fair = file ? check_impartial(transaction, *person, file->id, file->subject_blind)
                     : check_impartial(transaction, *person, lead->subject_blind);
    if (!fair) return fair;
  }
  if (!withdrawn && decision.verdict == duties::Verdict::approve) {
    if (auto fits = check_approval(transaction, proposal, lead, file); !fits) return fits;
  }
  if (withdrawn || outcome.state == duties::MatterState::approved ||
      outcome.state == duties::MatterState::rejected) {
    if (auto ended = end_proposal(transaction, matter, duties::name_of(outcome.state)); !ended)
      return ended;
  }
  const Decided decided{proposal, decision, outcome, now};
  if (file) return apply_to_case(transaction, actor, *file, decided);
  if (withdrawn) {
    auto after = *lead;
    after.matter.reset();
    return note_of_lead(transaction, actor, *lead, after,
                        {proposal.kind + "_withdrawn", "", "", {}}, now);
  }
  return apply_to_lead(transaction, actor, catalog, *lead, decided);
}

Result<duties::MatterId> propose_conclusion(
    store::Transaction& transaction, const access::Actor& actor, const catalog::Catalog& catalog,
    CaseId id, std::int64_t version, const std::vector<LeadConclusion>& conclusions, Instant now) {
  const auto before = case_by_right(transaction, actor, id, version,
                                    catalog.procedure.transition("accept")->right, true);
  if (!before) return fail(before.error());
  const auto taken = way(catalog, "conclude", before->state);
  if (!taken) return fail(taken.error());
  if (before->verifier != actor.person())
    return fail(ErrorKind::forbidden, "case.other_verifier", actor.who());

  const auto leads = load_leads_of(transaction, id);
  if (!leads) return fail(leads.error());
  std::map<std::string, const LeadConclusion*> by_lead;
  for (const auto& one : conclusions) by_lead[one.lead_id] = &one;
  json all = json::array();
  for (const auto& lead : *leads) {
    const auto found = by_lead.find(lead.lead_id);
    if (found == by_lead.end())
      return fail(ErrorKind::invalid_input, "case.conclusion_leads", lead.lead_id);
    const auto& one = *found->second;
    const bool some = one.result == LeadResult::confirmed || one.result == LeadResult::partly;
    if (one.confirmed_fen < 0 || one.confirmed_fen > confirmed_fen_max ||
        (!some && one.confirmed_fen != 0))
      return fail(ErrorKind::invalid_input, "case.conclusion_amount", lead.lead_id);
    const auto grounds = checked_reason(one.grounds, false);
    if (!grounds) return fail(grounds.error());
    if (grounds->empty())
      return fail(ErrorKind::invalid_input, "case.conclusion_grounds", lead.lead_id);
    all.push_back({{"lead", json::parse(facts_of(lead))},
                   {"result", name_of(one.result)},
                   {"confirmed_fen", one.confirmed_fen},
                   {"grounds", *grounds}});
  }
  if (by_lead.size() != leads->size() || conclusions.size() != leads->size())
    return fail(ErrorKind::invalid_input, "case.conclusion_leads",
                "a lead of another case, or twice");
  const auto reports = transaction.query(
      "SELECT sha256 FROM case_document WHERE case_id = ? AND kind = 'verification_report'"
      " ORDER BY document_id",
      {id.value});
  if (!reports) return fail(reports.error());
  if (reports->empty()) return fail(ErrorKind::conflict, "case.no_report", word_of(id));
  json papers = json::array();
  for (const auto& row : *reports) papers.push_back(row.text("sha256"));

  return propose_of_case(
      transaction, actor, catalog, *before, "conclusion", (*taken)->chain,
      word_of(id) + "/conclusion",
      json{{"kind", "conclusion"}, {"case", before->number}, {"leads", all}, {"reports", papers}}
          .dump(),
      "", now);
}

void add_follows(duties::Follows& follows, const catalog::Catalog& catalog) {
  const auto apply = [&catalog](store::Transaction& transaction, const access::Actor& actor,
                                const CaseFile& before, const Decided& decided) {
    return apply_conclusion(transaction, actor, catalog, before, decided);
  };
  for (const auto* act : {"dismiss", "conclude"}) {
    follows.add(catalog.procedure.transition(act)->chain,
                [&catalog, apply](store::Transaction& transaction, const duties::Turn& turn) {
                  return follow(transaction, catalog, turn, apply);
                });
  }
}

}  // namespace anlan::cases
