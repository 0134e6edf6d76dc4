#include "cases/proposals.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "access/organisation.hpp"
#include "base/sha256.hpp"
#include "cases/recusal.hpp"

namespace anlan::cases {
namespace {

/// The post under which the actor makes a matter, and where they hold it: the matter lies there, so
/// that who decides it is of their organisation or above.
struct Holding {
  std::string post;
  std::string organisation;
};

Result<Holding> maker_holding(store::Transaction& transaction, const access::Actor& actor,
                              const catalog::Chain& chain, const std::string& organisation) {
  const auto fits = [&](const access::HeldPost& held) {
    return std::find(chain.maker_posts.begin(), chain.maker_posts.end(), held.post) !=
           chain.maker_posts.end();
  };
  for (const auto& held : actor.posts()) {
    if (fits(held) && held.organisation == organisation) return Holding{held.post, organisation};
  }
  std::optional<Holding> elsewhere;
  for (const auto& held : actor.posts()) {
    if (!fits(held)) continue;
    const auto below = access::organisations_below(transaction, held.organisation);
    if (!below) return fail(below.error());
    if (below->contains(organisation)) return Holding{held.post, held.organisation};
    // Fund supervision stands beside what it supervises.
    if (actor.sees(organisation)) elsewhere = Holding{held.post, held.organisation};
  }
  if (elsewhere) return *elsewhere;
  return fail(ErrorKind::forbidden, "duties.post_not_held", chain.name);
}

Proposal proposal_from(const store::Row& row) {
  Proposal proposal;
  proposal.matter = {row.integer("matter_id")};
  proposal.kind = row.text("kind");
  if (const auto id = row.maybe_integer("case_id")) proposal.case_id = CaseId{*id};
  proposal.lead_id = row.maybe_text("lead_id").value_or("");
  proposal.content = row.text("content");
  proposal.content_hash = row.text("content_hash");
  proposal.made_by = {row.integer("made_by_person")};
  proposal.made_at = {row.integer("made_at")};
  proposal.outcome = row.maybe_text("outcome").value_or("");
  return proposal;
}

}  // namespace

std::string facts_of(const DeskLead& lead) {
  return nlohmann::json{{"lead_id", lead.lead_id},       {"code", lead.code},
                        {"amount_fen", lead.amount_fen}, {"n_hits", lead.n_hits},
                        {"run", lead.last_run},          {"present", lead.present}}
      .dump();
}

Result<Proposed> propose(store::Transaction& transaction, const access::Actor& actor,
                         const catalog::Catalog& catalog, const NewProposal& proposal,
                         Instant now) {
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  const auto* chain = catalog.duties.chain(proposal.chain);
  if (chain == nullptr) return fail(ErrorKind::invalid_input, "duties.no_chain", proposal.chain);
  const auto hash = sha256_hex(proposal.content);
  if (proposal.returned) {
    const auto matter = duties::find_matter(transaction, actor, *proposal.returned);
    if (!matter) return fail(matter.error());
    if (matter->state != duties::MatterState::returned)
      return fail(ErrorKind::conflict, proposal.case_id ? "case.matter_open" : "lead.matter_open",
                  duties::word_of(matter->id));
    const auto holding = maker_holding(transaction, actor, *chain, matter->organisation);
    if (!holding) return fail(holding.error());
    if (auto changed = duties::change_matter(transaction, duties::rules_of(catalog), actor,
                                             matter->id, matter->version, hash, holding->post, now);
        !changed)
      return fail(changed.error());
    const auto updated = transaction.run(
        "UPDATE case_proposal SET content = ?, content_hash = ?, made_by_person = ?, made_at = ?"
        " WHERE matter_id = ?",
        {proposal.content, hash, person->value, now.ms, matter->id.value});
    if (!updated) return fail(updated.error());
    return Proposed{matter->id, holding->post};
  }
  const auto holding = maker_holding(transaction, actor, *chain, proposal.organisation);
  if (!holding) return fail(holding.error());
  const auto matter = duties::open_matter(transaction, duties::rules_of(catalog), actor,
                                          {proposal.chain,
                                           holding->organisation,
                                           proposal.about,
                                           hash,
                                           holding->post,
                                           {proposal.subject}},
                                          now);
  if (!matter) return fail(matter.error());
  const auto inserted = transaction.run(
      "INSERT INTO case_proposal (matter_id, kind, case_id, lead_id, content, content_hash,"
      " made_by_person, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {matter->value, proposal.kind,
       proposal.case_id ? store::Value(proposal.case_id->value) : store::Value(),
       proposal.lead_id.empty() ? store::Value() : store::Value(proposal.lead_id), proposal.content,
       hash, person->value, now.ms});
  if (!inserted) return fail(inserted.error());
  return Proposed{*matter, holding->post};
}

Result<duties::MatterId> propose_of_case(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         const catalog::Catalog& catalog, const CaseFile& before,
                                         const std::string& kind, const std::string& chain,
                                         const std::string& about, const std::string& content,
                                         const std::string& reason, Instant now) {
  const auto proposed = propose(transaction, actor, catalog,
                                {kind, chain, about, before.organisation, before.id, "",
                                 before.subject_blind, content, before.matter},
                                now);
  if (!proposed) return fail(proposed.error());
  auto file = before;
  file.matter = proposed->matter;
  if (auto bound = bind_handlers(transaction, actor, file, proposed->matter, now); !bound)
    return fail(bound.error());
  if (auto noted = note_in_case(transaction, actor, before, file,
                                {kind + "_proposed", reason, proposed->post, {}}, "", now);
      !noted)
    return fail(noted.error());
  return proposed->matter;
}

Result<std::optional<Proposal>> load_proposal(store::Transaction& transaction,
                                              duties::MatterId matter) {
  const auto row =
      transaction.query_one("SELECT * FROM case_proposal WHERE matter_id = ?", {matter.value});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Proposal>();
  return std::optional<Proposal>(proposal_from(**row));
}

Result<Proposal> find_proposal(store::Transaction& transaction, const access::Actor& actor,
                               duties::MatterId matter) {
  if (const auto seen = duties::find_matter(transaction, actor, matter); !seen)
    return fail(seen.error());
  auto proposal = load_proposal(transaction, matter);
  if (!proposal) return fail(proposal.error());
  if (!*proposal) return fail(ErrorKind::not_found, "duties.no_matter", duties::word_of(matter));
  return std::move(**proposal);
}

Result<std::vector<Proposal>> proposals_of_case(store::Transaction& transaction,
                                                const access::Actor& actor, CaseId id) {
  if (const auto file = find_case(transaction, actor, id); !file) return fail(file.error());
  const auto rows = transaction.query(
      "SELECT * FROM case_proposal WHERE case_id = ? ORDER BY matter_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<Proposal> proposals;
  for (const auto& row : *rows) proposals.push_back(proposal_from(row));
  return proposals;
}

}  // namespace anlan::cases
