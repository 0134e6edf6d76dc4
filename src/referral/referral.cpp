#include "referral/referral.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/person.hpp"
#include "cases/follow_case.hpp"
#include "referral/referral_table.hpp"
#include "store/record.hpp"

namespace anlan::referral {
namespace {

using access::Actor;
using cases::FollowCase;
using store::Transaction;

constexpr std::string_view right_read = "referral_read";
constexpr std::string_view right_work = "referral_work";
constexpr const char* chain = "referral";
constexpr std::string_view second_officer_step = "second_officer";
constexpr std::size_t items_max = 200;

auto missing(ReferralId id) {
  return fail(ErrorKind::not_found, "referral.not_found", word_of(id));
}

/// In person, and free of the case. Errors: forbidden "case.no_person", "case.recused" …
Status check_person(Transaction& transaction, const Actor& actor, const FollowCase& of) {
  if (const auto person = cases::person_of(actor); !person) return fail(person.error());
  return cases::check_impartial(transaction, *actor.person(), of.id, of.subject);
}

/// Where the actor acts under `post`: the organisation that refers. Errors: forbidden
/// "duties.post_not_held", "access.no_right".
Result<std::string> organisation_of(const Actor& actor, const std::string& post) {
  for (const auto& held : actor.posts()) {
    if (held.post != post) continue;
    if (!actor.may(right_work, held.organisation))
      return fail(ErrorKind::forbidden, "access.no_right", std::string(right_work));
    return held.organisation;
  }
  return fail(ErrorKind::forbidden, "duties.post_not_held", post);
}

Status check_content(Transaction& transaction, const Actor& actor, const NewReferral& referral) {
  if (auto right = cases::check_text("referral.text", "addressee", referral.addressee, true, 300);
      !right)
    return right;
  if (auto right = cases::check_text("referral.text", "facts", referral.facts, true, 12'000);
      !right)
    return right;
  if (referral.items.size() > items_max)
    return fail(ErrorKind::invalid_input, "referral.items", "too many");
  for (const auto& item : referral.items) {
    for (const auto* text : {&item.quantity, &item.features, &item.kept_at}) {
      if (auto right = cases::check_text("referral.text", "items", *text, false, 600); !right)
        return right;
    }
    if (!cases::check_text("referral.items", "name", item.name, true, 600))
      return fail(ErrorKind::invalid_input, "referral.items", "one has no name, or a long one");
  }
  if (referral.second_officer == *actor.person() || referral.second_officer.value == 0)
    return fail(ErrorKind::invalid_input, "referral.two_officers");
  const auto officer = access::find_person(transaction, actor, referral.second_officer);
  if (!officer) return fail(officer.error());
  return {};
}

/// As it is kept and printed: without numbers of people.
NewReferral kept(NewReferral referral) {
  referral.addressee = cases::kept_prose(referral.addressee);
  referral.facts = cases::kept_prose(referral.facts);
  for (auto& item : referral.items) {
    for (auto* text : {&item.name, &item.quantity, &item.features, &item.kept_at})
      *text = cases::kept_reference(*text);
  }
  return referral;
}

Result<Answer> test_of(const catalog::ReferralTerms& terms, const NewReferral& referral) {
  return referral_test(terms, {referral.offence, referral.amount, referral.persons,
                               referral.subject, referral.aggravated});
}

store::Fields content_fields(const NewReferral& referral, const Answer& answer,
                             const std::string& hash) {
  return {{"offence", referral.offence},
          {"subject_kind", name_of(referral.subject)},
          {"persons", referral.persons},
          {"amount_fen", referral.amount.value},
          {"aggravated", referral.aggravated},
          {"addressee", referral.addressee},
          {"facts", referral.facts},
          {"items", items_text(referral.items)},
          {"assessment", name_of(answer.assessment)},
          {"second_officer", referral.second_officer.value},
          {"content_hash", hash}};
}

/// Numbers of a year go up from 1; none is ever taken back.
Result<std::string> next_number(Transaction& transaction, Instant now) {
  const auto year = now.day().month().year();
  const auto row = transaction.query_one(
      "SELECT count(*) AS made FROM referral WHERE number LIKE ?", {fmt::format("{}-%", year)});
  if (!row) return fail(row.error());
  return fmt::format("{}-{:04}", year, (*row)->integer("made") + 1);
}

Status tell(Transaction& transaction, const Actor& actor, const FollowCase& of,
            const Referral& referral, const std::string& act, Instant now,
            std::map<std::string, std::string> refs = {},
            std::map<std::string, std::string> personal = {}) {
  refs.emplace("matter", duties::word_of(referral.matter));
  refs.emplace("content", referral.content_hash);
  refs.emplace("number", referral.number);
  return cases::tell_of(transaction, actor, of,
                        {"referral." + act,
                         word_of(referral.id),
                         std::move(refs),
                         {{"amount_fen", referral.made.amount.value}},
                         std::move(personal)},
                        now);
}

/// Moves a referral on to `event`, and notes it.
Status move_to(Transaction& transaction, const Actor& actor, const Referral& referral,
               std::int64_t version, const catalog::ReferralTerms* terms, const NewEvent& event,
               Instant now) {
  const auto* known = terms == nullptr ? nullptr : terms->event(event.event);
  const bool over = event.event == "withdrawn" || (known != nullptr && known->ends);
  const auto updated =
      store::update_record(transaction, {"referral", "referral_id", referral.id.value}, version,
                           {{"state", event.event}, {"over", over}}, actor.stamp(now));
  if (!updated) return updated;
  return put_event(transaction, actor, referral.id, event, now);
}

bool may_read(const Actor& actor, const Referral& referral) {
  return actor.how() == access::Authenticated::console ||
         actor.may(right_read, referral.organisation) ||
         actor.may(right_read, referral.case_organisation);
}

struct ToActOn {
  Referral referral;
  FollowCase of;
};
Result<ToActOn> to_act_on(Transaction& transaction, const Actor& actor, ReferralId id) {
  auto referral = find(transaction, actor, id);
  if (!referral) return fail(referral.error());
  auto of = cases::case_itself(transaction, referral->made.of);
  if (!of) return fail(of.error());
  if (auto free = check_person(transaction, actor, *of); !free) return fail(free.error());
  if (!actor.may(right_work, referral->organisation))
    return fail(ErrorKind::forbidden, "access.no_right", std::string(right_work));
  return ToActOn{std::move(*referral), std::move(*of)};
}

/// Still to be decided. Errors: conflict "referral.state".
Status check_undecided(const Referral& referral) {
  if (referral.state == "proposed" || referral.state == "reported") return {};
  return fail(ErrorKind::conflict, "referral.state", referral.state);
}

/// Called at every turn.
Status follow(Transaction& transaction, const duties::Rules& rules, const Actor& actor,
              const catalog::ReferralTerms& terms, const duties::Matter& before,
              const duties::Decision& decision, const duties::Outcome& outcome, Instant now) {
  const auto found = load_where(transaction, "r.matter_id = ?", {before.id.value});
  if (!found) return fail(found.error());
  if (found->empty())
    return fail(ErrorKind::not_found, "duties.no_matter", duties::word_of(before.id));
  const auto& referral = found->front();
  const auto of = cases::case_itself(transaction, referral.made.of);
  if (!of) return fail(of.error());
  if (auto free = check_person(transaction, actor, *of); !free) return free;
  if (decision.step == second_officer_step && *actor.person() != referral.made.second_officer)
    return fail(ErrorKind::forbidden, "referral.other_officer", access::word_of(*actor.person()));

  std::string event;
  const auto* steps = rules.duties.chain(chain);
  if (outcome.state == duties::MatterState::approved) event = "approved";
  if (outcome.state == duties::MatterState::rejected) event = "refused";
  if (outcome.state == duties::MatterState::withdrawn) event = "withdrawn";
  // The head of unit has the report when their step is reached: their days begin.
  if (outcome.state == duties::MatterState::open && outcome.step != before.step &&
      steps != nullptr && outcome.step + 1 == steps->steps.size())
    event = "reported";
  if (event.empty()) return {};
  if (auto moved = move_to(transaction, actor, referral, referral.version, &terms,
                           {event, now, "", "", cases::kept_prose(decision.opinion)}, now);
      !moved)
    return moved;
  return tell(transaction, actor, *of, referral, event, now);
}

}  // namespace

std::string word_of(ReferralId id) {
  return "referral:" + std::to_string(id.value);
}

Result<ReferralId> propose(Transaction& transaction, const duties::Rules& rules, const Actor& actor,
                           const catalog::ReferralTerms& terms, const NewReferral& given,
                           const std::string& post, Instant now) {
  const auto referral = kept(given);
  const auto of = cases::case_itself(transaction, referral.of);
  if (!of) return fail(of.error());
  if (!actor.sees(of->organisation))
    return fail(ErrorKind::not_found, "case.not_found", cases::word_of(referral.of));
  if (auto free = check_person(transaction, actor, *of); !free) return fail(free.error());
  const auto organisation = organisation_of(actor, post);
  if (!organisation) return fail(organisation.error());
  if (of->state == "closed")
    return fail(ErrorKind::conflict, "case.closed", cases::word_of(referral.of));
  const auto answer = test_of(terms, referral);
  if (!answer) return fail(answer.error());
  if (auto right = check_content(transaction, actor, referral); !right) return fail(right.error());
  const auto open = transaction.query_one(
      "SELECT referral_id FROM referral WHERE case_id = ? AND over = 0", {referral.of.value});
  if (!open) return fail(open.error());
  if (*open)
    return fail(ErrorKind::conflict, "referral.open",
                word_of(ReferralId{(*open)->integer("referral_id")}));
  const auto number = next_number(transaction, now);
  if (!number) return fail(number.error());
  const auto hash = hash_of(referral, *actor.person());
  // The matter is about the referral of a case; the number tells which, before the row has an id.
  const auto matter = duties::open_matter(transaction, rules, actor,
                                          {chain,
                                           *organisation,
                                           cases::word_of(of->id) + "/referral:" + *number,
                                           hash,
                                           post,
                                           {of->subject}},
                                          now);
  if (!matter) return fail(matter.error());
  auto fields = content_fields(referral, *answer, hash);
  fields.insert(fields.end(), {{"number", *number},
                               {"case_id", referral.of.value},
                               {"organisation_id", *organisation},
                               {"first_officer", actor.person()->value},
                               {"matter_id", matter->value},
                               {"state", "proposed"},
                               {"over", 0}});
  const auto id =
      store::insert_numbered(transaction, "referral", "referral_id", fields, actor.stamp(now));
  if (!id) return fail(id.error());
  const ReferralId made{*id};
  if (auto put = put_event(transaction, actor, made, {"proposed", now, "", "", ""}, now); !put)
    return fail(put.error());
  const auto loaded = load(transaction, made);
  if (!loaded) return fail(loaded.error());
  const auto told = tell(transaction, actor, *of, *loaded, "proposed", now,
                         {{"offence", referral.offence},
                          {"assessment", std::string(name_of(answer->assessment))},
                          {"second_officer", access::word_of(referral.second_officer)}},
                         {{"facts", referral.facts}, {"addressee", referral.addressee}});
  if (!told) return fail(told.error());
  return made;
}

Status change(Transaction& transaction, const duties::Rules& rules, const Actor& actor,
              const catalog::ReferralTerms& terms, ReferralId id, std::int64_t version,
              const NewReferral& referral, const std::string& post, Instant now) {
  auto found = to_act_on(transaction, actor, id);
  if (!found) return fail(found.error());
  if (auto open = check_undecided(found->referral); !open) return open;
  auto content = kept(referral);
  content.of = found->referral.made.of;
  const auto answer = test_of(terms, content);
  if (!answer) return fail(answer.error());
  if (auto right = check_content(transaction, actor, content); !right) return right;
  if (content.second_officer == found->referral.first_officer)
    return fail(ErrorKind::invalid_input, "referral.two_officers");
  const auto hash = hash_of(content, found->referral.first_officer);
  const auto matter = duties::find_matter(transaction, actor, found->referral.matter);
  if (!matter) return fail(matter.error());
  if (auto changed = duties::change_matter(transaction, rules, actor, matter->id, matter->version,
                                           hash, post, now);
      !changed)
    return changed;
  auto fields = content_fields(content, *answer, hash);
  fields.emplace_back("state", "proposed");
  const auto updated = store::update_record(transaction, {"referral", "referral_id", id.value},
                                            version, fields, actor.stamp(now));
  if (!updated) return updated;
  if (auto put = put_event(transaction, actor, id, {"proposed", now, "", "", ""}, now); !put)
    return put;
  found->referral.content_hash = hash;
  return tell(transaction, actor, found->of, found->referral, "changed", now, {},
              {{"facts", content.facts}});
}

void add_follow(duties::Follows& follows, const catalog::ReferralTerms& terms) {
  follows.add(chain, [&terms](Transaction& transaction, const duties::Turn& turn) {
    return follow(transaction, turn.rules, turn.actor, terms, turn.before, turn.decision,
                  turn.outcome, turn.at);
  });
}

Status enter(Transaction& transaction, const Actor& actor, const catalog::ReferralTerms& terms,
             ReferralId id, std::int64_t version, const NewEvent& given, Instant now) {
  auto event = given;
  event.document = cases::kept_reference(given.document);
  event.note = cases::kept_prose(given.note);

  const auto found = to_act_on(transaction, actor, id);
  if (!found) return fail(found.error());
  const auto* known = terms.event(event.event);
  if (known == nullptr || known->from_matter)
    return fail(ErrorKind::invalid_input, "referral.event", event.event);
  const auto next = next_events(found->referral, terms);
  if (std::find(next.begin(), next.end(), known) == next.end())
    return fail(ErrorKind::conflict, "referral.state",
                found->referral.state + " is not followed by " + event.event);
  if (event.at > now || event.at < found->referral.events.back().at)
    return fail(ErrorKind::invalid_input, "referral.at", format_instant(event.at));
  if (auto right =
          cases::check_text("referral.text", "document", event.document, known->document, 300);
      !right)
    return right;
  if (auto right = cases::check_text("referral.text", "note", event.note, false); !right)
    return right;
  if ((known->pack && event.file_sha256.empty()) ||
      (!event.file_sha256.empty() && !cases::is_sha256(event.file_sha256)))
    return fail(ErrorKind::invalid_input, "referral.file", known->pack ? "of the pack" : "");
  if (auto moved = move_to(transaction, actor, found->referral, version, &terms, event, now);
      !moved)
    return moved;
  std::map<std::string, std::string> refs = {{"at", format_instant(event.at)}};
  if (!event.file_sha256.empty()) refs["file"] = event.file_sha256;
  return tell(transaction, actor, found->of, found->referral, event.event, now, std::move(refs),
              {{"document", event.document}, {"note", event.note}});
}

Result<Referral> find(Transaction& transaction, const Actor& actor, ReferralId id) {
  auto referral = load(transaction, id);
  if (!referral) return referral;
  if (!may_read(actor, *referral)) return missing(id);
  return referral;
}

Result<std::vector<Referral>> list(Transaction& transaction, const Actor& actor,
                                   const Filter& filter) {
  const auto scope = cases::reading_scope(actor, right_read);
  auto where = scope.condition("r.organisation_id");
  const auto by_case = scope.condition("c.organisation_id");
  where.sql = "(" + where.sql + " OR " + by_case.sql + ")";
  where.values.insert(where.values.end(), by_case.values.begin(), by_case.values.end());
  if (filter.of) {
    where.sql += " AND r.case_id = ?";
    where.values.emplace_back(filter.of->value);
  }
  if (filter.open_only) where.sql += " AND r.over = 0";
  return load_where(transaction, where.sql, where.values);
}

std::vector<Timer> timers_of(const Referral& referral, const catalog::ReferralTerms& terms,
                             const fund::WorkCalendar& calendar, Instant now) {
  std::vector<Happened> happened;
  for (const auto& one : referral.events) happened.push_back({one.event, one.at});
  return timers_of(terms, happened, calendar, now);
}

std::vector<const catalog::ReferralEvent*> next_events(const Referral& referral,
                                                       const catalog::ReferralTerms& terms) {
  const auto* offence = terms.offence(referral.made.offence);
  const bool official = offence != nullptr && offence->official;
  std::vector<const catalog::ReferralEvent*> next;
  for (const auto& event : terms.events) {
    const bool for_it = event.who.empty() || (event.who == "official") == official;
    const bool follows =
        std::find(event.after.begin(), event.after.end(), referral.state) != event.after.end();
    if (!event.from_matter && for_it && follows) next.push_back(&event);
  }
  return next;
}

}  // namespace anlan::referral
