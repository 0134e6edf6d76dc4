#include <algorithm>

#include "base/text.hpp"
#include "duties/judge.hpp"
#include "duties/matter.hpp"
#include "journal/outbox.hpp"

namespace anlan::duties {
namespace {

/// The step that is due, with its chain as it was when the round began.
struct Due {
  const catalog::Chain* chain;
  const catalog::ChainStep* step;
};

Result<Due> step_due(const Rules& rules, const Matter& matter, const std::string& step) {
  if (matter.state != MatterState::open)
    return fail(ErrorKind::conflict, "duties.closed", name_of(matter.state));
  const auto* chain = rules.duties.chain(matter.chain);
  if (chain == nullptr || version_of(*chain) != matter.chain_version)
    return fail(ErrorKind::conflict, "duties.chain_changed", matter.chain);
  const auto& due = chain->steps.at(matter.step);
  if (due.name != step) return fail(ErrorKind::conflict, "duties.other_step", due.name);
  return Due{chain, &due};
}

/// Nobody takes two parts in one round; makers and handlers are carried from round to round.
Status check_first_part(store::Transaction& transaction, const Matter& matter,
                        access::PersonId person) {
  const auto row = transaction.query_one(
      "SELECT part FROM matter_person WHERE matter_id = ? AND round = ? AND person_id = ?",
      {matter.id.value, matter.round, person.value});
  if (!row) return fail(row.error());
  if (!*row) return {};
  const auto& part = (*row)->text("part");
  return fail(ErrorKind::forbidden, part == "decider" ? "duties.decided" : "duties." + part,
              access::word_of(person));
}

struct Judged {
  access::HeldPost used;
  Standing standing;
  bool late = false;
};

/// Everything that is asked of the person, most serious first.
Result<Judged> judge(store::Transaction& transaction, const Rules& rules,
                     const access::Actor& actor, const Matter& matter, const Due& due,
                     const Decision& decision, Instant now) {
  auto standing = standing_of(transaction, actor, now);
  if (!standing) return fail(standing.error());
  if (standing->outside_staff && !due.step->outside_staff)
    return fail(ErrorKind::forbidden, "duties.outside_staff", access::word_of(standing->person));
  if (auto checked = check_first_part(transaction, matter, standing->person); !checked)
    return fail(checked.error());
  const auto subjects = subjects_of(transaction, matter.id);
  if (!subjects) return fail(subjects.error());
  if (auto checked = check_kin(transaction, standing->person, *subjects); !checked)
    return fail(checked.error());
  auto used = holding_used(transaction, rules, *standing,
                           {due.step->posts, due.step->above, due.step->outside_staff},
                           decision.post, matter.organisation);
  if (!used) return fail(used.error());
  if (auto checked = check_earlier_parts(transaction, rules, *due.chain, matter.id,
                                         standing->person, {decision.post, due.step->role});
      !checked)
    return fail(checked.error());
  const auto limit = due_at(due.step->within, rules.calendar, matter.reached);
  const bool late = limit && now > *limit;
  if (late && due.step->lapses && decision.verdict == Verdict::approve)
    return fail(ErrorKind::conflict, "duties.lapsed", format_instant(*limit));
  return Judged{std::move(*used), std::move(*standing), late};
}

Status record(store::Transaction& transaction, const Matter& matter, const Decision& decision,
              const Judged& judged, int seat, Instant now) {
  auto written = transaction.run(
      "INSERT INTO matter_person (matter_id, round, person_id, part, post)"
      " VALUES (?, ?, ?, 'decider', ?)",
      {matter.id.value, matter.round, judged.standing.person.value, decision.post});
  if (!written) return fail(written.error());
  written = transaction.run(
      "INSERT INTO matter_decision (matter_id, round, step, step_name, seat, person_id, part,"
      " account_id, post, organisation_id, under_cover, verdict, opinion, late, content_hash,"
      " decided_at) VALUES (?, ?, ?, ?, ?, ?, 'decider', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {matter.id.value, matter.round, matter.step, decision.step, seat,
       judged.standing.person.value, judged.standing.account.value, decision.post,
       judged.used.organisation, judged.used.cover, name_of(decision.verdict), decision.opinion,
       judged.late, matter.content_hash, now.ms});
  if (!written) return fail(written.error());
  return {};
}

/// What becomes of the matter after one more decision on its step.
Outcome outcome_of(const Matter& matter, const Due& due, Verdict verdict, int seat, bool late) {
  Outcome outcome;
  outcome.step = matter.step;
  outcome.late = late;
  outcome.version = matter.version + 1;
  if (verdict != Verdict::approve) {
    outcome.state = verdict == Verdict::reject ? MatterState::rejected : MatterState::returned;
    return outcome;
  }
  if (seat < due.step->quorum) {
    outcome.still_needed = due.step->quorum - seat;
    return outcome;
  }
  ++outcome.step;
  if (outcome.step == due.chain->steps.size()) {
    outcome.state = MatterState::approved;
  } else {
    outcome.still_needed = due.chain->steps[outcome.step].quorum;
  }
  return outcome;
}

}  // namespace

Result<Outcome> approve(store::Transaction& transaction, const Rules& rules,
                        const access::Actor& actor, const Decision& decision, Instant now) {
  if (const auto person = person_behind(actor); !person) return fail(person.error());
  const auto matter = seen_matter(transaction, actor, decision.matter);
  if (!matter) return fail(matter.error());
  if (auto checked = check_version(transaction, *matter, decision.version); !checked)
    return fail(checked.error());
  const auto due = step_due(rules, *matter, decision.step);
  if (!due) return fail(due.error());
  if (decision.verdict != Verdict::approve && trim(decision.opinion).empty())
    return fail(ErrorKind::invalid_input, "duties.opinion", name_of(decision.verdict));
  const auto judged = judge(transaction, rules, actor, *matter, *due, decision, now);
  if (!judged) return fail(judged.error());
  const int seat = matter->seats_taken + 1;

  const auto outcome = outcome_of(*matter, *due, decision.verdict, seat, judged->late);
  const bool moved = outcome.step != matter->step;
  if (auto updated = update_matter(transaction, *matter,
                                   {{"step", outcome.step},
                                    {"seats_taken", moved ? 0 : seat},
                                    {"reached_at", moved ? now.ms : matter->reached.ms},
                                    {"state", name_of(outcome.state)}},
                                   actor, now);
      !updated)
    return fail(updated.error());
  if (auto recorded = record(transaction, *matter, decision, *judged, seat, now); !recorded)
    return fail(recorded.error());
  std::map<std::string, std::string> personal;
  if (!decision.opinion.empty()) personal["opinion"] = decision.opinion;
  const auto told =
      tell(transaction, actor, *matter, "matter." + name_of(decision.verdict), decision.post, now,
           {{"step", decision.step},
            {"state", name_of(outcome.state)},
            {"late", judged->late ? "yes" : "no"},
            {"cover", judged->used.cover ? "yes" : "no"}},
           std::move(personal));
  if (!told) return fail(told.error());
  return outcome;
}

Result<std::vector<std::string>> posts_to_decide(store::Transaction& transaction,
                                                 const Rules& rules, const access::Actor& actor,
                                                 const Matter& matter, Instant now) {
  std::vector<std::string> found;
  const auto* chain = rules.duties.chain(matter.chain);
  if (matter.state != MatterState::open || chain == nullptr || !person_behind(actor)) return found;
  const auto& name = chain->steps.at(matter.step).name;
  const auto due = step_due(rules, matter, name);
  if (!due) return found;
  auto posts = due->step->posts;
  if (posts.empty()) posts.emplace_back();
  for (const auto& post : posts) {
    if (!post.empty() && !actor.holds(post)) continue;
    // Of what has lapsed, all but an approval can still be said.
    const Decision decision{matter.id, matter.version, name, Verdict::send_back, post, ""};
    const auto judged = judge(transaction, rules, actor, matter, *due, decision, now);
    if (judged) {
      found.push_back(post);
    } else if (judged.error().kind != ErrorKind::forbidden) {
      return fail(judged.error());
    }
  }
  return found;
}

Status tell_refused(store::Transaction& transaction, const access::Actor& actor,
                    const Decision& decision, const Error& why, Instant now) {
  journal::Act act{.act = "matter.refused",
                   .who = actor.who(),
                   .post = decision.post,
                   .subject = word_of(decision.matter),
                   .outcome = "refused:" + why.code,
                   .refs = {{"step", decision.step}, {"verdict", name_of(decision.verdict)}}};
  if (actor.person()) act.refs["person"] = access::word_of(*actor.person());
  return journal::tell(transaction, act, now);
}

}  // namespace anlan::duties
