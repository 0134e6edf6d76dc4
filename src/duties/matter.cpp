#include "duties/matter.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.hpp"
#include "base/sha256.hpp"
#include "duties/judge.hpp"

namespace anlan::duties {
namespace {

constexpr std::array<std::pair<MatterState, std::string_view>, 5> state_names = {
    {{MatterState::open, "open"},
     {MatterState::returned, "returned"},
     {MatterState::approved, "approved"},
     {MatterState::rejected, "rejected"},
     {MatterState::withdrawn, "withdrawn"}}};

constexpr std::array<std::pair<Verdict, std::string_view>, 3> verdict_names = {
    {{Verdict::approve, "approve"},
     {Verdict::reject, "reject"},
     {Verdict::send_back, "send_back"}}};

/// Hashes and references reach the journal's words, which hold no free text.
bool is_reference(std::string_view text) {
  return !text.empty() && text.size() <= 120 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
  });
}

bool is_waiting(const Matter& matter) {
  return matter.state == MatterState::open || matter.state == MatterState::returned;
}

Status insert_person(store::Transaction& transaction, MatterId matter, std::int64_t round,
                     access::PersonId person, std::string_view part, const std::string& post) {
  const auto inserted = transaction.run(
      "INSERT INTO matter_person (matter_id, round, person_id, part, post) VALUES (?, ?, ?, ?, ?)",
      {matter.value, round, person.value, part, post});
  if (!inserted) return fail(inserted.error());
  return {};
}

Result<bool> has_part(store::Transaction& transaction, const Matter& matter,
                      access::PersonId person, std::string_view part) {
  const auto row = transaction.query_one(
      "SELECT part FROM matter_person WHERE matter_id = ? AND round = ? AND person_id = ?",
      {matter.id.value, matter.round, person.value});
  if (!row) return fail(row.error());
  return row->has_value() && (*row)->text("part") == part;
}

Result<const catalog::Chain*> chain_named(const Rules& rules, const std::string& name) {
  const auto* chain = rules.duties.chain(name);
  if (chain == nullptr) return fail(ErrorKind::invalid_input, "duties.no_chain", name);
  return chain;
}

Asked asked_of_maker(const catalog::Chain& chain) {
  return {chain.maker_posts, false, false};
}

}  // namespace

std::string name_of(MatterState state) {
  for (const auto& [known, name] : state_names) {
    if (known == state) return std::string(name);
  }
  CHECK(false);
  return {};
}

std::optional<MatterState> state_named(std::string_view name) {
  for (const auto& [state, known] : state_names) {
    if (known == name) return state;
  }
  return std::nullopt;
}

std::string name_of(Verdict verdict) {
  for (const auto& [known, name] : verdict_names) {
    if (known == verdict) return std::string(name);
  }
  CHECK(false);
  return {};
}

std::optional<Verdict> verdict_named(std::string_view name) {
  for (const auto& [verdict, known] : verdict_names) {
    if (known == name) return verdict;
  }
  return std::nullopt;
}

std::string version_of(const catalog::Chain& chain) {
  Sha256 hash;
  const auto add = [&](const std::string& text) {
    hash.add(std::to_string(text.size()) + ":" + text);
  };
  const auto add_all = [&](const std::vector<std::string>& texts) {
    add(std::to_string(texts.size()));
    for (const auto& text : texts) add(text);
  };
  add(chain.name);
  add_all(chain.maker_posts);
  add(chain.maker_role);
  add(chain.subject_required ? "required" : "allowed");
  for (const auto& step : chain.steps) {
    add(step.name);
    add(step.role);
    add_all(step.posts);
    add(std::to_string(step.quorum));
    add(step.above ? "above" : "same");
    add(std::to_string(static_cast<int>(step.within.unit)) + "*" +
        std::to_string(step.within.count));
    add(step.lapses ? "lapse" : "record");
    add(step.outside_staff ? "outside" : "own");
  }
  return hash.hex().substr(0, 16);
}

Result<MatterId> open_matter(store::Transaction& transaction, const Rules& rules,
                             const access::Actor& actor, const NewMatter& matter, Instant now) {
  const auto chain = chain_named(rules, matter.chain);
  if (!chain) return fail(chain.error());
  if (!is_reference(matter.content_hash) || !is_reference(matter.about))
    return fail(ErrorKind::invalid_input, "duties.content");
  if ((*chain)->subject_required && matter.subjects.empty())
    return fail(ErrorKind::invalid_input, "duties.no_subject", matter.chain);
  const auto standing = standing_of(transaction, actor, now);
  if (!standing) return fail(standing.error());
  if (!actor.sees(matter.organisation))
    return fail(ErrorKind::not_found, "access.no_organisation", matter.organisation);
  const auto used = holding_used(transaction, rules, *standing, asked_of_maker(**chain),
                                 matter.post, matter.organisation);
  if (!used) return fail(used.error());
  if (auto checked = check_kin(transaction, standing->person, matter.subjects); !checked)
    return fail(checked.error());

  const auto id = store::insert_numbered(transaction, "matter", "matter_id",
                                         {{"chain", matter.chain},
                                          {"chain_version", version_of(**chain)},
                                          {"organisation_id", matter.organisation},
                                          {"about", matter.about},
                                          {"content_hash", matter.content_hash},
                                          {"round", 1},
                                          {"step", 0},
                                          {"seats_taken", 0},
                                          {"reached_at", now.ms},
                                          {"state", name_of(MatterState::open)}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  const MatterId made{*id};
  const std::set<access::Blind> subjects(matter.subjects.begin(), matter.subjects.end());
  for (const auto& subject : subjects) {
    const auto inserted =
        transaction.run("INSERT INTO matter_subject (matter_id, id_no_blind) VALUES (?, ?)",
                        {made.value, subject.value()});
    if (!inserted) return fail(inserted.error());
  }
  if (auto inserted = insert_person(transaction, made, 1, standing->person, "maker", matter.post);
      !inserted)
    return fail(inserted.error());
  const auto told = tell(transaction, actor,
                         {.id = made,
                          .chain = matter.chain,
                          .organisation = matter.organisation,
                          .about = matter.about,
                          .content_hash = matter.content_hash},
                         "matter.opened", matter.post, now);
  if (!told) return fail(told.error());
  return made;
}

Status change_matter(store::Transaction& transaction, const Rules& rules,
                     const access::Actor& actor, MatterId id, std::int64_t version,
                     const std::string& content_hash, const std::string& post, Instant now) {
  const auto standing = standing_of(transaction, actor, now);
  if (!standing) return fail(standing.error());
  auto matter = seen_matter(transaction, actor, id);
  if (!matter) return fail(matter.error());
  if (auto checked = check_version(transaction, *matter, version); !checked) return checked;
  if (!is_waiting(*matter)) return fail(ErrorKind::conflict, "duties.closed", word_of(id));
  if (!is_reference(content_hash)) return fail(ErrorKind::invalid_input, "duties.content");
  const auto chain = chain_named(rules, matter->chain);
  if (!chain) return fail(chain.error());
  const auto used = holding_used(transaction, rules, *standing, asked_of_maker(**chain), post,
                                 matter->organisation);
  if (!used) return fail(used.error());
  const auto subjects = subjects_of(transaction, id);
  if (!subjects) return fail(subjects.error());
  if (auto checked = check_kin(transaction, standing->person, *subjects); !checked) return checked;
  if (auto checked = check_earlier_parts(transaction, rules, **chain, id, standing->person,
                                         {post, (*chain)->maker_role});
      !checked)
    return checked;

  // Whoever made or handled it stays what they are, and this person is a maker from now on.
  const auto earlier = matter->round;
  if (auto updated = update_matter(transaction, *matter,
                                   {{"round", earlier + 1},
                                    {"step", 0},
                                    {"seats_taken", 0},
                                    {"reached_at", now.ms},
                                    {"state", name_of(MatterState::open)},
                                    {"chain_version", version_of(**chain)},
                                    {"content_hash", content_hash}},
                                   actor, now);
      !updated)
    return updated;
  const auto carried = transaction.run(
      "INSERT INTO matter_person (matter_id, round, person_id, part, post)"
      " SELECT matter_id, round + 1, person_id, part, post FROM matter_person"
      " WHERE matter_id = ? AND round = ? AND part <> 'decider' AND person_id <> ?",
      {id.value, earlier, standing->person.value});
  if (!carried) return fail(carried.error());
  if (auto inserted = insert_person(transaction, id, earlier + 1, standing->person, "maker", post);
      !inserted)
    return inserted;
  matter->round = earlier + 1;
  matter->content_hash = content_hash;
  return tell(transaction, actor, *matter, "matter.changed", post, now);
}

Status withdraw_matter(store::Transaction& transaction, const access::Actor& actor, MatterId id,
                       std::int64_t version, Instant now) {
  const auto standing = standing_of(transaction, actor, now);
  if (!standing) return fail(standing.error());
  const auto matter = seen_matter(transaction, actor, id);
  if (!matter) return fail(matter.error());
  if (auto checked = check_version(transaction, *matter, version); !checked) return checked;
  if (!is_waiting(*matter)) return fail(ErrorKind::conflict, "duties.closed", word_of(id));
  const auto made = has_part(transaction, *matter, standing->person, "maker");
  if (!made) return fail(made.error());
  if (!*made)
    return fail(ErrorKind::forbidden, "duties.not_maker", access::word_of(standing->person));
  if (auto updated = update_matter(transaction, *matter,
                                   {{"state", name_of(MatterState::withdrawn)}}, actor, now);
      !updated)
    return updated;
  return tell(transaction, actor, *matter, "matter.withdrawn", "", now);
}

Status add_handler(store::Transaction& transaction, const access::Actor& actor, MatterId id,
                   access::PersonId person, const std::string& post, Instant now) {
  const auto matter = seen_matter(transaction, actor, id);
  if (!matter) return fail(matter.error());
  if (!is_waiting(*matter)) return fail(ErrorKind::conflict, "duties.closed", word_of(id));
  const auto row = transaction.query_one(
      "SELECT part FROM matter_person WHERE matter_id = ? AND round = ? AND person_id = ?",
      {id.value, matter->round, person.value});
  if (!row) return fail(row.error());
  if (row->has_value()) {
    if ((*row)->text("part") == "decider")
      return fail(ErrorKind::forbidden, "duties.decided", access::word_of(person));
    return {};  // bound already
  }
  if (auto inserted = insert_person(transaction, id, matter->round, person, "handler", post);
      !inserted)
    return inserted;
  return tell(transaction, actor, *matter, "matter.handled", "", now,
              {{"handler", access::word_of(person)}});
}

Result<Matter> find_matter(store::Transaction& transaction, const access::Actor& actor,
                           MatterId id) {
  return seen_matter(transaction, actor, id);
}

Result<std::vector<Matter>> list_matters(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         std::optional<MatterState> state) {
  auto where = actor.scope().condition("organisation_id");
  if (state) {
    where.sql += " AND state = ?";
    where.values.emplace_back(name_of(*state));
  }
  const auto rows = transaction.query(
      "SELECT * FROM matter WHERE " + where.sql + " ORDER BY matter_id", where.values);
  if (!rows) return fail(rows.error());
  std::vector<Matter> matters;
  for (const auto& row : *rows) matters.push_back(matter_from(row));
  return matters;
}

Result<std::vector<Decided>> decisions_on(store::Transaction& transaction,
                                          const access::Actor& actor, MatterId id) {
  if (const auto matter = seen_matter(transaction, actor, id); !matter) return fail(matter.error());
  const auto rows = transaction.query(
      "SELECT * FROM matter_decision WHERE matter_id = ? ORDER BY decision_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<Decided> decisions;
  for (const auto& row : *rows) decisions.push_back(decided_from(row));
  return decisions;
}

std::optional<Instant> due_at(const catalog::StepLimit& limit, const fund::WorkCalendar& calendar,
                              Instant reached) {
  if (limit.count == 0) return std::nullopt;
  if (limit.unit == catalog::StepLimit::Unit::hours)
    return reached.plus(std::chrono::hours(limit.count));
  auto day = reached.day();
  if (limit.unit == catalog::StepLimit::Unit::working_days) {
    day = calendar.working_days_after(day, limit.count);
  } else {
    day.days += limit.count;
  }
  // The last millisecond of that day in China.
  return Instant{Instant::start_of({day.days + 1}).ms - 1};
}

}  // namespace anlan::duties
