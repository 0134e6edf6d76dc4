#include "duties/judge.hpp"

#include <algorithm>

#include "access/organisation.hpp"
#include "access/person.hpp"
#include "journal/outbox.hpp"

namespace anlan::duties {
namespace {

/// The organisation itself and all above it, nearest first.
Result<std::vector<std::string>> organisations_above(store::Transaction& transaction,
                                                     const std::string& organisation) {
  std::vector<std::string> above = {organisation};
  while (true) {
    const auto row = transaction.query_one(
        "SELECT parent_id FROM organisation WHERE organisation_id = ?", {above.back()});
    if (!row) return fail(row.error());
    if (!*row || (*row)->is_null("parent_id")) return above;
    above.push_back((*row)->text("parent_id"));
  }
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool reaches_whole_authority(const catalog::Duties& duties, const std::string& post) {
  return std::any_of(duties.rights.begin(), duties.rights.end(), [&](const catalog::Right& right) {
    return right.name == access::right_whole_authority && contains(right.posts, post);
  });
}

/// Where the post may be held: `places`, and each supervising unit that reaches `organisation`.
Result<std::vector<std::string>> places_reached(store::Transaction& transaction, const Rules& rules,
                                                const Standing& standing, const std::string& post,
                                                const std::string& organisation,
                                                std::vector<std::string> places) {
  if (!reaches_whole_authority(rules.duties, post)) return places;
  auto above = organisations_above(transaction, organisation);
  if (!above) return fail(above.error());
  for (const auto& one : standing.held) {
    if (one.post != post || contains(places, one.organisation)) continue;
    const auto from = access::reached_from(transaction, one.organisation, true);
    if (!from) return fail(from.error());
    if (*from != one.organisation && contains(*above, *from)) places.push_back(one.organisation);
  }
  return places;
}

/// Hard pairs never go; soft ones only while one of the two holdings has a control.
Status check_pairs_held(const Rules& rules, const Standing& standing, const std::string& post) {
  std::vector<catalog::Holding> held;
  for (const auto& one : standing.held) held.push_back({one.post, one.organisation});
  const auto controlled = [&](const catalog::Holding& holding) {
    return std::any_of(standing.held.begin(), standing.held.end(),
                       [&](const access::HeldPost& one) {
                         return one.post == holding.post &&
                                one.organisation == holding.organisation && !one.control.empty();
                       });
  };
  for (const auto& broken :
       rules.duties.broken_by(held, {.outside_staff = standing.outside_staff})) {
    if (broken.one.post != post && broken.other.post != post) continue;
    if (broken.level == catalog::PairLevel::soft &&
        (controlled(broken.one) || controlled(broken.other)))
      continue;
    return fail(ErrorKind::forbidden, "duties.pair_held",
                broken.code + " " + broken.one.post + "-" + broken.other.post);
  }
  return {};
}

/// Who changed the matter since `version`, for those who come too late.
tl::unexpected<Error> stale(store::Transaction& transaction, MatterId matter,
                            std::int64_t version) {
  const auto changes =
      store::record_changes(transaction, {"matter", "matter_id", matter.value}, version);
  if (!changes) return fail(changes.error());
  std::string detail = word_of(matter);
  for (const auto& change : *changes) {
    detail += "; version " + std::to_string(change.version) + " by " + change.stamp.by + " at " +
              format_instant(change.stamp.at);
  }
  return fail(ErrorKind::conflict, "duties.stale", detail);
}

}  // namespace

Matter matter_from(const store::Row& row) {
  Matter matter;
  matter.id = {row.integer("matter_id")};
  matter.chain = row.text("chain");
  matter.chain_version = row.text("chain_version");
  matter.organisation = row.text("organisation_id");
  matter.about = row.text("about");
  matter.content_hash = row.text("content_hash");
  matter.round = row.integer("round");
  matter.step = static_cast<std::size_t>(row.integer("step"));
  matter.seats_taken = static_cast<int>(row.integer("seats_taken"));
  matter.reached = {row.integer("reached_at")};
  matter.state = *state_named(row.text("state"));
  matter.version = row.integer("version");
  return matter;
}

Decided decided_from(const store::Row& row) {
  Decided decided;
  decided.matter = {row.integer("matter_id")};
  decided.round = row.integer("round");
  decided.step = static_cast<std::size_t>(row.integer("step"));
  decided.step_name = row.text("step_name");
  decided.seat = static_cast<int>(row.integer("seat"));
  decided.person = {row.integer("person_id")};
  decided.account = {row.integer("account_id")};
  decided.post = row.text("post");
  decided.organisation = row.text("organisation_id");
  decided.under_cover = row.flag("under_cover");
  decided.verdict = *verdict_named(row.text("verdict"));
  decided.opinion = row.text("opinion");
  decided.late = row.flag("late");
  decided.content_hash = row.text("content_hash");
  decided.at = {row.integer("decided_at")};
  return decided;
}

Result<access::PersonId> person_behind(const access::Actor& actor) {
  if (actor.how() == access::Authenticated::session && actor.person() && actor.account())
    return *actor.person();
  return fail(ErrorKind::forbidden, "duties.not_in_person", actor.who());
}

Result<Standing> standing_of(store::Transaction& transaction, const access::Actor& actor,
                             Instant now) {
  const auto person = person_behind(actor);
  if (!person) return fail(person.error());
  const auto row = transaction.query_one(
      "SELECT a.organisation_id, a.disabled, a.valid_from_at, a.valid_to_at, p.staff_kind,"
      " p.left_on FROM account a JOIN person p ON p.person_id = a.person_id"
      " WHERE a.account_id = ? AND a.person_id = ?",
      {actor.account()->value, person->value});
  if (!row) return fail(row.error());
  const auto not_in_force =
      fail(ErrorKind::forbidden, "access.account_not_in_force", access::word_of(*actor.account()));
  if (!*row || (*row)->flag("disabled") || now.ms < (*row)->integer("valid_from_at"))
    return not_in_force;
  const auto ends = (*row)->maybe_integer("valid_to_at");
  const auto left = (*row)->maybe_integer("left_on");
  if ((ends && now.ms >= *ends) || (left && now.day().days > *left)) return not_in_force;

  auto held = access::posts_of_person(transaction, *person, now);
  if (!held) return fail(held.error());
  return Standing{*person, *actor.account(), (*row)->text("organisation_id"),
                  (*row)->text("staff_kind") == "vendor", std::move(*held)};
}

Result<access::HeldPost> holding_used(store::Transaction& transaction, const Rules& rules,
                                      const Standing& standing, const Asked& asked,
                                      const std::string& post, const std::string& organisation) {
  if (standing.outside_staff && !asked.outside_staff)
    return fail(ErrorKind::forbidden, "duties.outside_staff", access::word_of(standing.person));
  auto places = std::vector<std::string>{organisation};
  if (asked.above) {
    auto above = organisations_above(transaction, organisation);
    if (!above) return fail(above.error());
    places = std::move(*above);
  }
  if (asked.posts.empty() && post.empty()) {
    if (!contains(places, standing.organisation))
      return fail(ErrorKind::forbidden, "duties.post_not_held", organisation);
    access::HeldPost none;
    none.organisation = standing.organisation;
    return none;
  }
  if (!asked.posts.empty() && !contains(asked.posts, post))
    return fail(ErrorKind::forbidden, "duties.wrong_post", post);
  const auto reaches = places_reached(transaction, rules, standing, post, organisation, places);
  if (!reaches) return fail(reaches.error());
  const auto used =
      std::find_if(standing.held.begin(), standing.held.end(), [&](const access::HeldPost& one) {
        // A seal or key is held in person and goes with each of their accounts.
        return one.post == post && contains(*reaches, one.organisation) &&
               (!one.account || *one.account == standing.account);
      });
  if (used == standing.held.end())
    return fail(ErrorKind::forbidden, "duties.post_not_held", post + " in " + organisation);
  if (auto checked = check_pairs_held(rules, standing, post); !checked)
    return fail(checked.error());
  return *used;
}

Status check_kin(store::Transaction& transaction, access::PersonId person,
                 const std::vector<access::Blind>& subjects) {
  for (const auto& subject : subjects) {
    const auto relation = access::relation_to(transaction, person, subject);
    if (!relation) return fail(relation.error());
    if (relation->empty()) continue;
    if (*relation == "self")
      return fail(ErrorKind::forbidden, "duties.subject", access::word_of(person));
    return fail(ErrorKind::forbidden, "duties.kin", access::word_of(person) + " " + *relation);
  }
  return {};
}

Result<std::vector<access::Blind>> subjects_of(store::Transaction& transaction, MatterId matter) {
  const auto rows = transaction.query("SELECT id_no_blind FROM matter_subject WHERE matter_id = ?",
                                      {matter.value});
  if (!rows) return fail(rows.error());
  std::vector<access::Blind> subjects;
  for (const auto& row : *rows) subjects.push_back({row.bytes("id_no_blind")});
  return subjects;
}

Status check_earlier_parts(store::Transaction& transaction, const Rules& rules,
                           const catalog::Chain& chain, MatterId matter, access::PersonId person,
                           const catalog::MatterPart& part) {
  const auto rows = transaction.query(
      "SELECT p.part, p.post, d.step_name FROM matter_person p LEFT JOIN matter_decision d"
      " ON d.matter_id = p.matter_id AND d.round = p.round AND d.person_id = p.person_id"
      " WHERE p.matter_id = ? AND p.person_id = ? ORDER BY p.round",
      {matter.value, person.value});
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    catalog::MatterPart earlier{row.text("post"), ""};
    if (row.text("part") == "maker") earlier.role = chain.maker_role;
    for (const auto& step : chain.steps) {
      if (row.maybe_text("step_name") == step.name) earlier.role = step.role;
    }
    const auto broken = rules.duties.broken_in_matter(earlier, part);
    if (broken.empty()) continue;
    return fail(ErrorKind::forbidden, "duties.pair",
                broken.front() + " " + earlier.post + "-" + part.post);
  }
  return {};
}

Result<Matter> seen_matter(store::Transaction& transaction, const access::Actor& actor,
                           MatterId id) {
  const auto row = transaction.query_one("SELECT * FROM matter WHERE matter_id = ?", {id.value});
  if (!row) return fail(row.error());
  if (!*row || !actor.sees((*row)->text("organisation_id")))
    return fail(ErrorKind::not_found, "duties.no_matter", word_of(id));
  return matter_from(**row);
}

Status check_version(store::Transaction& transaction, const Matter& matter, std::int64_t version) {
  if (matter.version == version) return {};
  return stale(transaction, matter.id, version);
}

Status update_matter(store::Transaction& transaction, const Matter& matter,
                     const store::Fields& fields, const access::Actor& actor, Instant now) {
  auto updated = store::update_record(transaction, {"matter", "matter_id", matter.id.value},
                                      matter.version, fields, actor.stamp(now));
  if (!updated && updated.error().code == "store.stale")
    return fail(ErrorKind::conflict, "duties.stale", updated.error().detail);
  return updated;
}

Status tell(store::Transaction& transaction, const access::Actor& actor, const Matter& matter,
            const std::string& act, const std::string& post, Instant now,
            std::map<std::string, std::string> refs, std::map<std::string, std::string> personal) {
  refs["chain"] = matter.chain;
  refs["about"] = matter.about;
  refs["content"] = matter.content_hash;
  refs["organisation"] = matter.organisation;
  journal::Act told{.act = act,
                    .who = actor.who(),
                    .post = post,
                    .subject = word_of(matter.id),
                    .refs = std::move(refs),
                    .counts = {{"round", matter.round}},
                    .personal = std::move(personal)};
  if (actor.person()) told.refs["person"] = access::word_of(*actor.person());
  return journal::tell(transaction, told, now);
}

}  // namespace anlan::duties
