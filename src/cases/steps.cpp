#include "cases/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "access/person.hpp"
#include "base/check.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "fund/masking.hpp"
#include "journal/outbox.hpp"

namespace anlan::cases {
namespace {

/// Our choice: a page of Chinese text.
constexpr std::size_t reason_bytes_max = 4000;

tl::unexpected<Error> stale(store::Transaction& transaction, const store::RecordKey& record,
                            std::int64_t version, const std::string& name) {
  const auto changes = store::record_changes(transaction, record, version);
  if (!changes) return fail(changes.error());
  std::string detail = name;
  for (const auto& change : *changes) {
    detail += fmt::format("; version {} by {} at {}: {}", change.version, change.stamp.by,
                          format_instant(change.stamp.at), change.fields);
  }
  return fail(ErrorKind::conflict, "store.stale", detail);
}

/// What a step leaves to be done, and by when.
Due due_of_step(const catalog::Catalog& catalog, const catalog::ProcedureDue& due,
                const Due& before, int score_days, Instant now) {
  switch (due.kind) {
    case catalog::ProcedureDue::Kind::keep:
      return before;
    case catalog::ProcedureDue::Kind::score:
      return due_after(catalog.calendar, now.day(), score_days);
    case catalog::ProcedureDue::Kind::working_days:
      return due_after(catalog.calendar, now.day(), due.working_days);
    case catalog::ProcedureDue::Kind::none:
      break;
  }
  return {};
}

Status tell_lead(store::Transaction& transaction, const access::Actor& actor, const DeskLead& lead,
                 const Step& step, std::map<std::string, std::string> refs, Instant now) {
  refs.emplace("organisation", lead.organisation);
  journal::Act act{.act = "lead." + step.act,
                   .who = actor.who(),
                   .post = step.post,
                   .subject = "lead:" + lead.lead_id,
                   .refs = std::move(refs)};
  if (!step.reason.empty()) act.personal["reason"] = step.reason;
  return journal::tell(transaction, act, now);
}

bool is_end(const catalog::Catalog& catalog, const std::string& state) {
  const auto* found = catalog.procedure.state(state);
  return found != nullptr && found->kind == catalog::ProcedureState::Kind::end;
}

}  // namespace

Result<access::PersonId> acting_person(const access::Actor& actor) {
  if (actor.how() != access::Authenticated::session || !actor.person())
    return fail(ErrorKind::forbidden, "case.no_person", actor.who());
  return *actor.person();
}

Result<std::string> checked_reason(const std::string& reason, bool needed) {
  const auto words = trim(reason);
  if (words.empty() && needed) return fail(ErrorKind::invalid_input, "case.reason");
  if (words.size() > reason_bytes_max)
    return fail(ErrorKind::invalid_input, "case.reason_long", std::to_string(words.size()));
  return fund::masked_numbers(words);
}

std::string post_giving(const access::Actor& actor, const catalog::Catalog& catalog,
                        const std::string& right) {
  for (const auto& one : catalog.duties.rights) {
    if (one.name != right) continue;
    for (const auto& held : actor.posts()) {
      if (std::find(one.posts.begin(), one.posts.end(), held.post) != one.posts.end())
        return held.post;
    }
  }
  return {};
}

Result<DeskLead> lead_for_act(store::Transaction& transaction, const access::Actor& actor,
                              const std::string& lead_id, std::int64_t version,
                              bool matter_may_wait) {
  auto lead = load_lead(transaction, lead_id);
  if (!lead) return fail(lead.error());
  if (!*lead || !actor.sees((*lead)->organisation))
    return fail(ErrorKind::not_found, "lead.not_found", lead_id);
  if ((*lead)->version != version)
    return stale(transaction, {"lead", "lead_id", lead_id}, version, "lead " + lead_id);
  if ((*lead)->matter && !matter_may_wait)
    return fail(ErrorKind::conflict, "lead.matter_open", duties::word_of(*(*lead)->matter));
  return std::move(**lead);
}

Result<CaseFile> case_for_act(store::Transaction& transaction, const access::Actor& actor,
                              CaseId id, std::int64_t version, bool matter_may_wait) {
  auto file = load_case(transaction, id);
  if (!file) return fail(file.error());
  if (!*file || !actor.sees((*file)->organisation))
    return fail(ErrorKind::not_found, "case.not_found", word_of(id));
  if ((*file)->version != version)
    return stale(transaction, {"case_file", "case_id", id.value}, version, word_of(id));
  if ((*file)->matter && !matter_may_wait)
    return fail(ErrorKind::conflict, "case.matter_open", duties::word_of(*(*file)->matter));
  return std::move(**file);
}

Result<CaseFile> case_by_right(store::Transaction& transaction, const access::Actor& actor,
                               CaseId id, std::int64_t version, const std::string& right,
                               bool matter_may_wait) {
  auto file = case_for_act(transaction, actor, id, version, matter_may_wait);
  if (!file) return file;
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  if (auto may = actor.check(right, file->organisation); !may) return fail(may.error());
  if (auto may = check_impartial(transaction, *person, file->id, file->subject_blind); !may)
    return fail(may.error());
  return file;
}

Result<const catalog::Transition*> way(const catalog::Catalog& catalog, const std::string& act,
                                       const std::string& state) {
  const auto* found = catalog.procedure.transition(act);
  CHECK(found != nullptr);  // the reader of the procedure asks for each act
  if (!found->leaves(state))
    return fail(ErrorKind::conflict, found->of_case ? "case.state" : "lead.state",
                fmt::format("{} in state {}", act, state));
  return found;
}

int verify_days(const std::vector<DeskLead>& leads) {
  int days = std::numeric_limits<int>::max();
  for (const auto& lead : leads) days = std::min(days, lead.verify_within_days);
  return leads.empty() ? 1 : std::max(days, 1);
}

Status move_case(store::Transaction& transaction, const access::Actor& actor,
                 const catalog::Catalog& catalog, const CaseFile& before, CaseFile& file,
                 const Step& step, Instant now, const std::function<void(DeskLead&)>& also) {
  const auto taken = way(catalog, step.act, before.state);
  if (!taken) return fail(taken.error());
  auto leads = load_leads_of(transaction, file.id);
  if (!leads) return fail(leads.error());
  file.state = (*taken)->to == "before" ? before.state_before : (*taken)->to;
  file.state_before = file.state == "suspended" ? before.state : std::string();
  file.due = due_of_step(catalog, (*taken)->due, file.due, verify_days(*leads), now);
  const bool end = is_end(catalog, file.state);
  file.closed_at = end ? std::optional<Instant>(now) : std::nullopt;
  if (auto saved = save_case(transaction, before, file, actor.stamp(now)); !saved) return saved;
  Tally tally(now);
  for (const auto& lead : *leads) {
    auto after = lead;
    after.state = file.state;
    after.organisation = file.organisation;
    after.due = file.due;
    after.ended_at = end ? std::optional<Instant>(now) : std::nullopt;
    if (also) also(after);
    if (auto saved = save_lead(transaction, lead, after, actor.stamp(now), tally); !saved)
      return saved;
  }
  if (auto counted = tally.write(transaction); !counted) return counted;
  if (auto added = add_event(transaction,
                             {0, file.id, "", step.act, before.state, file.state, actor.person(),
                              actor.who(), step.post, step.reason, step.document, now});
      !added)
    return added;
  return tell_case(transaction, actor, file, step, {{"from", before.state}, {"to", file.state}},
                   {{"leads", static_cast<std::int64_t>(leads->size())}}, now);
}

Status move_lead(store::Transaction& transaction, const access::Actor& actor,
                 const catalog::Catalog& catalog, const DeskLead& before, DeskLead& lead,
                 const Step& step, Instant now) {
  const auto taken = way(catalog, step.act, before.state);
  if (!taken) return fail(taken.error());
  lead.state = (*taken)->to;
  lead.due = due_of_step(catalog, (*taken)->due, lead.due, verify_days({lead}), now);
  lead.ended_at = is_end(catalog, lead.state) ? std::optional<Instant>(now) : std::nullopt;
  Tally tally(now);
  if (auto saved = save_lead(transaction, before, lead, actor.stamp(now), tally); !saved)
    return saved;
  if (auto counted = tally.write(transaction); !counted) return counted;
  if (auto added = add_event(transaction, {0,
                                           {},
                                           lead.lead_id,
                                           step.act,
                                           before.state,
                                           lead.state,
                                           actor.person(),
                                           actor.who(),
                                           step.post,
                                           step.reason,
                                           step.document,
                                           now});
      !added)
    return added;
  return tell_lead(transaction, actor, lead, step, {{"from", before.state}, {"to", lead.state}},
                   now);
}

Status note_of_lead(store::Transaction& transaction, const access::Actor& actor,
                    const DeskLead& before, DeskLead& lead, const Step& step, Instant now) {
  Tally tally(now);
  if (auto saved = save_lead(transaction, before, lead, actor.stamp(now), tally); !saved)
    return saved;
  if (auto counted = tally.write(transaction); !counted) return counted;
  if (auto added = add_event(transaction, {0,
                                           {},
                                           lead.lead_id,
                                           step.act,
                                           "",
                                           "",
                                           actor.person(),
                                           actor.who(),
                                           step.post,
                                           step.reason,
                                           step.document,
                                           now});
      !added)
    return added;
  return tell_lead(transaction, actor, lead, step, {}, now);
}

Status tell_case(store::Transaction& transaction, const access::Actor& actor, const CaseFile& file,
                 const Step& step, std::map<std::string, std::string> refs,
                 std::map<std::string, std::int64_t> counts, Instant now) {
  refs.emplace("organisation", file.organisation);
  refs.emplace("number", file.number);
  journal::Act act{.act = "case." + step.act,
                   .who = actor.who(),
                   .post = step.post,
                   .subject = word_of(file.id),
                   .refs = std::move(refs),
                   .counts = std::move(counts)};
  if (!step.reason.empty()) act.personal["reason"] = step.reason;
  return journal::tell(transaction, act, now);
}

Status note_in_case(store::Transaction& transaction, const access::Actor& actor,
                    const CaseFile& before, CaseFile& file, const Step& step,
                    const std::string& lead_id, Instant now) {
  if (auto saved = save_case(transaction, before, file, actor.stamp(now)); !saved) return saved;
  if (auto added =
          add_event(transaction, {0, file.id, lead_id, step.act, "", "", actor.person(),
                                  actor.who(), step.post, step.reason, step.document, now});
      !added)
    return added;
  std::map<std::string, std::string> refs;
  if (!lead_id.empty()) refs["lead"] = lead_id;
  return tell_case(transaction, actor, file, step, std::move(refs), {}, now);
}

Result<CaseDocument> file_document(store::Transaction& transaction, const access::Actor& actor,
                                   const CaseFile& file, const std::string& kind,
                                   const std::string& sha256, const std::string& text,
                                   Instant now) {
  const auto count = transaction.query_one(
      "SELECT count(*) AS papers FROM case_document WHERE case_id = ?", {file.id.value});
  if (!count) return fail(count.error());
  CaseDocument document{0,
                        file.id,
                        kind,
                        fmt::format("{}-{:02}", file.number, (*count)->integer("papers") + 1),
                        text.empty() ? sha256 : sha256_hex(text),
                        text,
                        actor.who(),
                        now};
  const auto row = transaction.query_one(
      "INSERT INTO case_document (case_id, kind, number, sha256, text, made_by, made_by_person,"
      " made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING document_id",
      {file.id.value, kind, document.number, document.sha256,
       text.empty() ? store::Value() : store::Value(text), document.made_by,
       actor.person() ? store::Value(actor.person()->value) : store::Value(), now.ms});
  if (!row) return fail(row.error());
  document.id = (*row)->integer("document_id");
  return document;
}

}  // namespace anlan::cases
