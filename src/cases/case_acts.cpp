#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "access/person.hpp"
#include "access/posts.hpp"
#include "cases/outcomes.hpp"
#include "cases/recusal.hpp"
#include "cases/steps.hpp"

namespace anlan::cases {
namespace {

using store::Transaction;

/// States in which a case still takes leads in.
bool takes_leads(const std::string& state) {
  static const std::set<std::string> open = {"screened",  "reopened", "assigned",
                                             "verifying", "onsite",   "suspended"};
  return open.contains(state);
}

/// Before there is a conclusion.
bool is_before_conclusion(const std::string& state) {
  static const std::set<std::string> early = {"screened", "reopened", "assigned", "verifying",
                                              "onsite"};
  return early.contains(state);
}

const std::string& right_of(const catalog::Catalog& catalog, const std::string& act) {
  return catalog.procedure.transition(act)->right;
}

Result<CaseFile> case_by_verifier(Transaction& transaction, const access::Actor& actor, CaseId id,
                                  std::int64_t version, const std::string& right) {
  auto file = case_by_right(transaction, actor, id, version, right);
  if (!file) return file;
  if (file->verifier != actor.person())
    return fail(ErrorKind::forbidden, "case.other_verifier", actor.who());
  return file;
}

/// That somebody holds a post with the right to verify, in the organisation or where it reaches.
Status check_can_verify(Transaction& transaction, const catalog::Catalog& catalog,
                        access::PersonId person, const std::string& organisation, Instant now) {
  const auto known =
      transaction.query_one("SELECT person_id FROM person WHERE person_id = ?", {person.value});
  if (!known) return fail(known.error());
  if (!*known) return fail(ErrorKind::not_found, "access.no_person", access::word_of(person));
  const auto held = access::posts_of_person(transaction, person, now);
  if (!held) return fail(held.error());
  const auto rights = access::post_rights(catalog.duties);
  const auto& right = right_of(catalog, "accept");
  for (const auto& one : *held) {
    if (!one.account) continue;
    const auto gives = rights.find(one.post);
    if (gives == rights.end() || !gives->second.contains(right)) continue;
    const auto as =
        access::Actor::load(transaction, *one.account, now, rights, access::Authenticated::session);
    if (as && as->may(right, organisation)) return {};
  }
  return fail(ErrorKind::invalid_input, "case.verifier_post", access::word_of(person));
}

Status check_new_verifier(Transaction& transaction, const catalog::Catalog& catalog,
                          access::PersonId verifier, const CaseFile& file, Instant now) {
  if (auto can = check_can_verify(transaction, catalog, verifier, file.organisation, now); !can)
    return can;
  return check_impartial(transaction, verifier, file.id, file.subject_blind);
}

Result<std::string> next_number(Transaction& transaction, Instant now) {
  const auto year = now.day().month().year();
  const auto row = transaction.query_one(
      "SELECT max(number) AS number FROM case_file WHERE number >= ? AND number < ?",
      {fmt::format("{}-", year), fmt::format("{}.", year)});
  if (!row) return fail(row.error());
  const auto last = (*row)->maybe_text("number");
  const auto serial = last ? std::stoll(last->substr(last->find('-') + 1)) : 0;
  return fmt::format("{}-{:06}", year, serial + 1);
}

/// The open case of a subject, if there is one.
Result<std::optional<CaseFile>> open_case_of(Transaction& transaction,
                                             const access::Blind& subject) {
  const auto row = transaction.query_one(
      "SELECT * FROM case_file WHERE subject_blind = ? AND state <> 'closed'", {subject.value()});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<CaseFile>();
  return std::optional<CaseFile>(case_from(**row));
}

Result<CaseFile> new_case(Transaction& transaction, const access::Actor& actor,
                          const DeskLead& lead, Instant now) {
  const auto number = next_number(transaction, now);
  if (!number) return fail(number.error());
  CaseFile file;
  file.number = *number;
  file.subject_kind = lead.subject_kind;
  file.subject_shown = lead.subject_shown;
  file.subject_blind = lead.subject_blind;
  file.organisation = lead.organisation;
  file.state = "screened";
  file.opened_at = now;
  file.due = lead.due;
  const auto id = store::insert_numbered(transaction, "case_file", "case_id",
                                         {{"number", file.number},
                                          {"subject_kind", file.subject_kind},
                                          {"subject_shown", file.subject_shown},
                                          {"subject_blind", file.subject_blind.value()},
                                          {"organisation_id", file.organisation},
                                          {"state", file.state},
                                          {"opened_at", now.ms},
                                          {"due_on", file.due.on.days},
                                          {"due_weekends_only", file.due.weekends_only},
                                          {"reopened_times", 0}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  file.id = {*id};
  file.version = 1;
  return file;
}

/// One lead joins a case and is from then on where the case is.
Status join(Transaction& transaction, const access::Actor& actor, const CaseFile& file,
            const DeskLead& before, const std::string& post, Tally& tally, Instant now) {
  auto lead = before;
  lead.case_id = file.id;
  lead.state = file.state;
  lead.organisation = file.organisation;
  lead.due = file.due;
  if (auto saved = save_lead(transaction, before, lead, actor.stamp(now), tally); !saved)
    return saved;
  return add_event(transaction, {0,
                                 file.id,
                                 lead.lead_id,
                                 "merge",
                                 before.state,
                                 lead.state,
                                 actor.person(),
                                 actor.who(),
                                 post,
                                 "",
                                 {},
                                 now});
}

/// What the notice says, line by line: of the case and its leads, nobody's number whole.
std::string notice_text(const catalog::Catalog& catalog, const CaseFile& file,
                        const std::vector<DeskLead>& leads, const std::string& organisation_zh,
                        Instant now) {
  std::string text = fmt::format(
      "疑点核查通知单\n编号：{}\n核查单位：{}\n对象：{} {}\n发出日期：{}\n办理期限：{}{}\n",
      file.number, organisation_zh, file.subject_kind, file.subject_shown, format_date(now.day()),
      format_date(file.due.on), file.due.weekends_only ? "（该年度放假安排未知，只扣除周末）" : "");
  for (const auto& lead : leads) {
    const auto* detection = catalog.detection(lead.code);
    text += fmt::format("{}  {}  金额（分）{}  {}\n", lead.lead_id,
                        detection == nullptr ? lead.detection : detection->title.zh,
                        lead.amount_fen, lead.severity);
  }
  return text;
}

/// A case begins anew, or its verification does: what was concluded is void.
Result<CaseFile> again(Transaction& transaction, const access::Actor& actor,
                       const catalog::Catalog& catalog, const CaseFile& before,
                       const std::string& act, const std::string& reason, Instant now) {
  const auto leads = load_leads_of(transaction, before.id);
  if (!leads) return fail(leads.error());
  if (auto void_now = count_outcomes(transaction, *leads, -1); !void_now)
    return fail(void_now.error());
  auto file = before;
  file.concluded_at.reset();
  if (act == "reopen") {
    file.verifier.reset();
    file.dispatched_at.reset();
    ++file.reopened_times;
  }
  if (auto moved =
          move_case(transaction, actor, catalog, before, file,
                    {act, reason, post_giving(actor, catalog, right_of(catalog, act)), {}}, now,
                    [&](DeskLead& lead) {
                      lead.result.reset();
                      lead.confirmed_fen.reset();
                      if (act == "reopen") ++lead.reopened_times;
                    });
      !moved)
    return fail(moved.error());
  return file;
}

Result<CaseFile> simple_step(Transaction& transaction, const access::Actor& actor,
                             const catalog::Catalog& catalog, Result<CaseFile> before,
                             const std::string& act, const std::string& reason, Instant now) {
  if (!before) return before;
  const auto why = checked_reason(reason, catalog.procedure.transition(act)->reason);
  if (!why) return fail(why.error());
  auto file = *before;
  if (auto moved =
          move_case(transaction, actor, catalog, *before, file,
                    {act, *why, post_giving(actor, catalog, right_of(catalog, act)), {}}, now);
      !moved)
    return fail(moved.error());
  return file;
}

}  // namespace

Result<CaseFile> merge(Transaction& transaction, const access::Actor& actor,
                       const catalog::Catalog& catalog, const std::vector<SeenLead>& leads,
                       Instant now) {
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  if (leads.empty()) return fail(ErrorKind::invalid_input, "case.no_leads");
  const auto& right = right_of(catalog, "screen");
  const auto post = post_giving(actor, catalog, right);
  std::vector<DeskLead> joining;
  for (const auto& seen : leads) {
    auto lead = lead_for_act(transaction, actor, seen.lead_id, seen.version);
    if (!lead) return fail(lead.error());
    if (auto may = actor.check(right, lead->organisation); !may) return fail(may.error());
    if (lead->case_id) return fail(ErrorKind::conflict, "lead.in_case", word_of(*lead->case_id));
    if (lead->state != "screened")
      return fail(ErrorKind::conflict, "lead.state", "merge in state " + lead->state);
    if (!joining.empty() && lead->subject_blind != joining.front().subject_blind)
      return fail(ErrorKind::invalid_input, "case.other_subject", lead->lead_id);
    joining.push_back(std::move(*lead));
  }
  if (auto fair = check_impartial(transaction, *person, joining.front().subject_blind); !fair)
    return fail(fair.error());
  auto open = open_case_of(transaction, joining.front().subject_blind);
  if (!open) return fail(open.error());
  CaseFile file;
  if (*open) {
    // The lead goes where the case is, which may be out of the actor's sight.
    if (!actor.sees((*open)->organisation))
      return fail(ErrorKind::conflict, "case.too_far", "open elsewhere");
    if (!takes_leads((*open)->state) || (*open)->matter)
      return fail(ErrorKind::conflict, "case.too_far", word_of((*open)->id));
    file = std::move(**open);
  } else {
    auto made = new_case(transaction, actor, joining.front(), now);
    if (!made) return made;
    file = std::move(*made);
  }
  Tally tally(now);
  for (const auto& lead : joining) {
    if (auto joined = join(transaction, actor, file, lead, post, tally, now); !joined)
      return fail(joined.error());
  }
  if (auto counted = tally.write(transaction); !counted) return fail(counted.error());
  const auto before = file;
  if (*open) {
    if (auto saved = save_case(transaction, before, file, actor.stamp(now)); !saved)
      return fail(saved.error());
  }
  if (auto told = tell_case(transaction, actor, file, {"merge", "", post, {}}, {},
                            {{"leads", static_cast<std::int64_t>(joining.size())}}, now);
      !told)
    return fail(told.error());
  return file;
}

Result<CaseFile> dispatch(Transaction& transaction, const access::Actor& actor,
                          const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                          const Dispatch& to, Instant now) {
  const auto& right = right_of(catalog, "dispatch");
  const auto before = case_by_right(transaction, actor, id, version, right);
  if (!before) return before;
  if (auto may = actor.check(right, to.organisation); !may) return fail(may.error());
  if (const auto taken = way(catalog, "dispatch", before->state); !taken)
    return fail(taken.error());
  const auto organisation = transaction.query_one(
      "SELECT name_zh FROM organisation WHERE organisation_id = ?", {to.organisation});
  if (!organisation) return fail(organisation.error());
  if (!*organisation) return fail(ErrorKind::not_found, "access.no_organisation", to.organisation);
  auto file = *before;
  file.organisation = to.organisation;
  file.dispatched_at = now;
  file.verifier = to.verifier;
  if (to.verifier) {
    if (auto fits = check_new_verifier(transaction, catalog, *to.verifier, file, now); !fits)
      return fail(fits.error());
  }
  const auto leads = load_leads_of(transaction, id);
  if (!leads) return fail(leads.error());
  file.due = due_after(catalog.calendar, now.day(), verify_days(*leads));
  const auto notice =
      file_document(transaction, actor, file, "verification_notice", "",
                    notice_text(catalog, file, *leads, (*organisation)->text("name_zh"), now), now);
  if (!notice) return fail(notice.error());
  if (auto moved = move_case(transaction, actor, catalog, *before, file,
                             {"dispatch", "", post_giving(actor, catalog, right), notice->id}, now);
      !moved)
    return fail(moved.error());
  return file;
}

Result<CaseFile> name_verifier(Transaction& transaction, const access::Actor& actor,
                               const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                               access::PersonId verifier, Instant now) {
  const auto before = case_by_right(transaction, actor, id, version, "case_allot");
  if (!before) return before;
  if (!is_before_conclusion(before->state) || !before->dispatched_at)
    return fail(ErrorKind::conflict, "case.state", "name_verifier in state " + before->state);
  if (auto fits = check_new_verifier(transaction, catalog, verifier, *before, now); !fits)
    return fail(fits.error());
  auto file = *before;
  file.verifier = verifier;
  if (auto noted = note_in_case(transaction, actor, *before, file,
                                {"name_verifier",
                                 access::word_of(verifier),
                                 post_giving(actor, catalog, "case_allot"),
                                 {}},
                                "", now);
      !noted)
    return fail(noted.error());
  return file;
}

Result<CaseFile> accept(Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        Instant now) {
  auto before = case_by_right(transaction, actor, id, version, right_of(catalog, "accept"));
  if (!before) return before;
  if (before->verifier && before->verifier != actor.person())
    return fail(ErrorKind::forbidden, "case.other_verifier", actor.who());
  auto file = *before;
  file.verifier = actor.person();
  if (auto moved = move_case(
          transaction, actor, catalog, *before, file,
          {"accept", "", post_giving(actor, catalog, right_of(catalog, "accept")), {}}, now);
      !moved)
    return fail(moved.error());
  return file;
}

Result<CaseFile> go_onsite(Transaction& transaction, const access::Actor& actor,
                           const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                           const std::string& reason, Instant now) {
  return simple_step(
      transaction, actor, catalog,
      case_by_verifier(transaction, actor, id, version, right_of(catalog, "go_onsite")),
      "go_onsite", reason, now);
}

Result<CaseFile> leave_site(Transaction& transaction, const access::Actor& actor,
                            const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                            const std::string& reason, Instant now) {
  return simple_step(
      transaction, actor, catalog,
      case_by_verifier(transaction, actor, id, version, right_of(catalog, "leave_site")),
      "leave_site", reason, now);
}

Result<CaseFile> recuse(Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        const NewRecusal& recusal, Instant now) {
  const auto before = case_for_act(transaction, actor, id, version, true);
  if (!before) return before;
  const auto person = acting_person(actor);
  if (!person) return fail(person.error());
  std::string post;
  if (recusal.person != *person) {
    const auto& right =
        actor.may("lead_assign", before->organisation) ? "lead_assign" : "case_allot";
    if (auto may = actor.check(right, before->organisation); !may) return fail(may.error());
    post = post_giving(actor, catalog, right);
  }
  static const std::set<std::string> grounds = {
      "handler",        "kin",  "kin_of_handler", "shared_phone", "shared_account",
      "shared_address", "other"};
  if (!grounds.contains(recusal.ground))
    return fail(ErrorKind::invalid_input, "case.ground", "expected one of the seven");
  if (before->state == "closed")
    return fail(ErrorKind::conflict, "case.state", "recuse in state closed");
  const auto why = checked_reason(recusal.reason, true);
  if (!why) return fail(why.error());
  if (auto entered =
          enter_recusal(transaction, actor, *before, recusal.person, recusal.ground, *why, now);
      !entered)
    return fail(entered.error());
  auto file = *before;
  Step step{"recuse", *why, post, {}};
  const bool leaves = file.verifier == recusal.person;
  if (leaves) file.verifier.reset();
  if (auto noted = note_in_case(transaction, actor, *before, file, step, "", now); !noted)
    return fail(noted.error());
  // A conclusion of theirs that waits is for its reviewer to turn down; until then nothing moves.
  const auto* release = catalog.procedure.transition("release");
  if (leaves && !file.matter && release->leaves(file.state)) {
    const auto noted_so = file;
    if (auto moved =
            move_case(transaction, actor, catalog, noted_so, file, {"release", "", post, {}}, now);
        !moved)
      return fail(moved.error());
  }
  return file;
}

Result<CaseDocument> add_document(Transaction& transaction, const access::Actor& actor,
                                  const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                                  const NewDocument& document, Instant now) {
  const auto seen = case_for_act(transaction, actor, id, version);
  if (!seen) return fail(seen.error());
  const bool early = seen->state == "verifying" || seen->state == "onsite";
  const auto right = early ? right_of(catalog, "accept") : std::string("case_work");
  const auto before = early ? case_by_verifier(transaction, actor, id, version, right)
                            : case_by_right(transaction, actor, id, version, right);
  if (!before) return fail(before.error());
  if (before->state == "closed")
    return fail(ErrorKind::conflict, "case.state", "add_document in state closed");
  static const std::set<std::string> kinds = {"verification_report", "evidence", "other"};
  if (!kinds.contains(document.kind) || catalog.procedure.document(document.kind) == nullptr)
    return fail(ErrorKind::invalid_input, "case.document_kind", "expected one of three");
  const bool is_hash = document.sha256.size() == 64 &&
                       document.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hash) return fail(ErrorKind::invalid_input, "case.sha256", "expected 64 hex digits");
  const auto note = checked_reason(document.note, false);
  if (!note) return fail(note.error());
  auto filed = file_document(transaction, actor, *before, document.kind, document.sha256, "", now);
  if (!filed) return filed;
  auto file = *before;
  if (auto noted =
          note_in_case(transaction, actor, *before, file,
                       {"document", *note, post_giving(actor, catalog, right), filed->id}, "", now);
      !noted)
    return fail(noted.error());
  return filed;
}

Result<CaseFile> begin_disposal(Transaction& transaction, const access::Actor& actor,
                                const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                                Instant now) {
  const auto& right = right_of(catalog, "dispose");
  const auto before = case_by_right(transaction, actor, id, version, right);
  if (!before || before->state == "disposing") return before;
  auto file = *before;
  if (auto moved = move_case(transaction, actor, catalog, *before, file,
                             {"dispose", "", post_giving(actor, catalog, right), {}}, now);
      !moved)
    return fail(moved.error());
  return file;
}

Result<CaseFile> suspend(Transaction& transaction, const access::Actor& actor,
                         const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                         const std::string& reason, Date until, Instant now) {
  const auto before = case_by_right(transaction, actor, id, version, right_of(catalog, "suspend"));
  if (!before) return before;
  if (until < now.day()) return fail(ErrorKind::invalid_input, "case.until", format_date(until));
  const auto why = checked_reason(reason, true);
  if (!why) return fail(why.error());
  auto file = *before;
  file.suspended_at = now;
  file.suspended_until = until;
  if (!file.due.is_never())
    file.days_left = working_days_between(catalog.calendar, now.day(), file.due.on);
  if (auto moved = move_case(
          transaction, actor, catalog, *before, file,
          {"suspend", *why, post_giving(actor, catalog, right_of(catalog, "suspend")), {}}, now);
      !moved)
    return fail(moved.error());
  return file;
}

Result<CaseFile> resume(Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        const std::string& reason, Instant now) {
  const auto before = case_by_right(transaction, actor, id, version, right_of(catalog, "resume"));
  if (!before) return before;
  const auto why = checked_reason(reason, false);
  if (!why) return fail(why.error());
  auto file = *before;
  file.suspended_at.reset();
  file.suspended_until.reset();
  // What was overdue when it was suspended is due on the next working day.
  if (file.days_left)
    file.due = due_after(catalog.calendar, now.day(), std::max(*file.days_left, 1));
  file.days_left.reset();
  if (auto moved = move_case(
          transaction, actor, catalog, *before, file,
          {"resume", *why, post_giving(actor, catalog, right_of(catalog, "resume")), {}}, now);
      !moved)
    return fail(moved.error());
  return file;
}

Result<CaseFile> reopen(Transaction& transaction, const access::Actor& actor,
                        const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                        const std::string& reason, Instant now) {
  const auto before = case_by_right(transaction, actor, id, version, right_of(catalog, "reopen"));
  if (!before) return before;
  const auto why = checked_reason(reason, true);
  if (!why) return fail(why.error());
  const auto other = open_case_of(transaction, before->subject_blind);
  if (!other) return fail(other.error());
  if (*other && (*other)->id != id)
    return fail(ErrorKind::conflict, "case.open_already", word_of(id));
  return again(transaction, actor, catalog, *before, "reopen", *why, now);
}

Result<CaseFile> verify_again(Transaction& transaction, const access::Actor& actor,
                              const catalog::Catalog& catalog, CaseId id, std::int64_t version,
                              const std::string& reason, Instant now) {
  const auto before =
      case_by_right(transaction, actor, id, version, right_of(catalog, "verify_again"));
  if (!before) return before;
  const auto why = checked_reason(reason, true);
  if (!why) return fail(why.error());
  return again(transaction, actor, catalog, *before, "verify_again", *why, now);
}

}  // namespace anlan::cases
