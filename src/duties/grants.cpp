#include "duties/grants.hpp"

#include <algorithm>
#include <charconv>

#include "access/person.hpp"
#include "base/check.hpp"
#include "base/sha256.hpp"
#include "duties/judge.hpp"
#include "store/record.hpp"

namespace anlan::duties {
namespace {

constexpr std::string_view about_grant = "grant:";

access::NewHolding holding_of(const NewGrant& grant) {
  return {grant.person, grant.account, grant.organisation, grant.post,
          grant.from,   grant.to,      grant.control};
}

access::NewCover cover_of(const NewGrant& grant) {
  return {grant.person,     *grant.account, grant.organisation, grant.post,
          grant.instead_of, grant.from,     *grant.to,          grant.control};
}

Status check_whole(const NewGrant& grant) {
  if (!grant.cover && grant.instead_of)
    return fail(ErrorKind::invalid_input, "access.period", "only a cover is instead of somebody");
  if (!grant.cover) return {};
  if (!grant.account) return fail(ErrorKind::not_found, "access.no_account", "a cover needs one");
  if (!grant.to) return fail(ErrorKind::invalid_input, "access.period", "a cover needs an end");
  return {};
}

Status check_grant(store::Transaction& transaction, const Rules& rules, const access::Actor& actor,
                   const NewGrant& grant) {
  if (auto whole = check_whole(grant); !whole) return whole;
  return grant.cover ? access::check_cover(transaction, actor, rules.duties, cover_of(grant))
                     : access::check_post(transaction, actor, rules.duties, holding_of(grant));
}

/// Which matter decides it: one that looks at the control, if there is a soft pair in it.
Result<std::string> chain_for(store::Transaction& transaction, const Rules& rules,
                              const NewGrant& grant) {
  const auto held = access::posts_of_person_during(transaction, grant.person, grant.from, grant.to);
  if (!held) return fail(held.error());
  const catalog::Holding fresh{grant.post, grant.organisation};
  std::vector<catalog::Holding> all = {fresh};
  for (const auto& one : *held) all.push_back({one.post, one.organisation});
  const auto broken = rules.duties.broken_by(all, {});
  const bool soft = std::any_of(broken.begin(), broken.end(), [&](const auto& one) {
    return one.level == catalog::PairLevel::soft && (one.one == fresh || one.other == fresh);
  });
  return std::string(soft ? "soft_pair_grant" : grant.cover ? "cover_grant" : "post_grant");
}

store::Fields fields_of(const NewGrant& grant) {
  const auto number = [](const auto& id) { return id ? store::Value(id->value) : store::Value(); };
  return {{"kind", grant.cover ? "cover" : "post"},
          {"person_id", grant.person.value},
          {"account_id", number(grant.account)},
          {"organisation_id", grant.organisation},
          {"post", grant.post},
          {"from_at", grant.from.ms},
          {"to_at", grant.to ? store::Value(grant.to->ms) : store::Value()},
          {"control", grant.control},
          {"instead_of", number(grant.instead_of)}};
}

NewGrant new_grant_from(const store::Row& row) {
  NewGrant grant;
  grant.cover = row.text("kind") == "cover";
  grant.person = {row.integer("person_id")};
  if (const auto account = row.maybe_integer("account_id"))
    grant.account = access::AccountId{*account};
  grant.organisation = row.text("organisation_id");
  grant.post = row.text("post");
  grant.from = {row.integer("from_at")};
  if (const auto to = row.maybe_integer("to_at")) grant.to = Instant{*to};
  grant.control = row.text("control");
  if (const auto other = row.maybe_integer("instead_of"))
    grant.instead_of = access::PersonId{*other};
  return grant;
}

Result<std::optional<store::Row>> grant_row(store::Transaction& transaction, GrantId id) {
  return transaction.query_one("SELECT * FROM grant_request WHERE grant_id = ?", {id.value});
}

Result<Grant> grant_from(store::Transaction& transaction, const store::Row& row) {
  Grant grant;
  static_cast<NewGrant&>(grant) = new_grant_from(row);
  grant.id = {row.integer("grant_id")};
  grant.granted = row.maybe_text("granted").value_or("");
  const auto matter =
      transaction.query_one("SELECT * FROM matter WHERE about = ?", {word_of(grant.id)});
  if (!matter) return fail(matter.error());
  if (!*matter) return fail(ErrorKind::corrupted, "duties.grant_changed", word_of(grant.id));
  grant.matter = matter_from(**matter);
  return grant;
}

Status update_grant(store::Transaction& transaction, GrantId id, const store::Row& row,
                    const store::Fields& fields, const access::Actor& actor, Instant now) {
  return store::update_record(transaction, {"grant_request", "grant_id", id.value},
                              row.integer("version"), fields, actor.stamp(now));
}

/// In the transaction of the last decision.
Status enact(store::Transaction& transaction, const Turn& turn) {
  if (turn.outcome.state != MatterState::approved) return {};
  GrantId id;
  const auto& about = turn.before.about;
  const auto* end = about.data() + about.size();
  const auto read = std::from_chars(about.data() + about_grant.size(), end, id.value);
  if (!about.starts_with(about_grant) || read.ptr != end)
    return fail(ErrorKind::corrupted, "duties.grant_changed", about);
  const auto row = grant_row(transaction, id);
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::corrupted, "duties.grant_changed", about);
  auto grant = new_grant_from(**row);
  if (content_of(grant) != turn.before.content_hash || (*row)->maybe_text("granted"))
    return fail(ErrorKind::corrupted, "duties.grant_changed", about);
  grant.from = std::max(grant.from, turn.at);
  const auto matter = word_of(turn.before.id);
  const auto made = grant.cover ? access::enact_cover(transaction, turn.actor, turn.rules.duties,
                                                      cover_of(grant), matter, turn.at)
                                : access::enact_post(transaction, turn.actor, turn.rules.duties,
                                                     holding_of(grant), matter, turn.at);
  if (!made) return fail(made.error());
  const auto granted = (grant.cover ? "cover:" : "holding:") + std::to_string(*made);
  return update_grant(transaction, id, **row, {{"granted", granted}}, turn.actor, turn.at);
}

}  // namespace

std::string content_of(const NewGrant& grant) {
  Sha256 hash;
  const auto add = [&](const std::string& text) {
    hash.add(std::to_string(text.size()) + ":" + text);
  };
  const auto number = [](const auto& id) { return id ? std::to_string(id->value) : std::string(); };
  add(grant.cover ? "cover" : "post");
  add(std::to_string(grant.person.value));
  add(number(grant.account));
  add(grant.organisation);
  add(grant.post);
  add(std::to_string(grant.from.ms));
  add(grant.to ? std::to_string(grant.to->ms) : "");
  add(number(grant.instead_of));
  add(grant.control);
  return hash.hex();
}

Result<GrantId> ask_grant(store::Transaction& transaction, const Rules& rules,
                          const access::Actor& actor, const NewGrant& grant,
                          const std::string& post, Instant now) {
  if (const auto person = person_behind(actor); !person) return fail(person.error());
  if (auto sound = check_grant(transaction, rules, actor, grant); !sound)
    return fail(sound.error());
  const auto chain = chain_for(transaction, rules, grant);
  if (!chain) return fail(chain.error());
  const auto subject = access::blind_of(transaction, grant.person);
  if (!subject) return fail(subject.error());
  const auto id = store::insert_numbered(transaction, "grant_request", "grant_id", fields_of(grant),
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  const auto matter = open_matter(
      transaction, rules, actor,
      {*chain, grant.organisation, word_of(GrantId{*id}), content_of(grant), post, {*subject}},
      now);
  if (!matter) return fail(matter.error());
  return GrantId{*id};
}

Status change_grant(store::Transaction& transaction, const Rules& rules, const access::Actor& actor,
                    GrantId id, std::int64_t version, const NewGrant& grant,
                    const std::string& post, Instant now) {
  if (const auto person = person_behind(actor); !person) return fail(person.error());
  const auto before = find_grant(transaction, actor, id);
  if (!before) return fail(before.error());
  if (before->person != grant.person || before->organisation != grant.organisation)
    return fail(ErrorKind::invalid_input, "duties.other_person", word_of(id));
  if (auto sound = check_grant(transaction, rules, actor, grant); !sound) return sound;
  const auto chain = chain_for(transaction, rules, grant);
  if (!chain) return fail(chain.error());
  if (*chain != before->matter.chain)
    return fail(ErrorKind::invalid_input, "duties.other_chain", *chain);
  if (auto changed = change_matter(transaction, rules, actor, before->matter.id, version,
                                   content_of(grant), post, now);
      !changed)
    return changed;
  const auto row = grant_row(transaction, id);
  if (!row) return fail(row.error());
  CHECK(row->has_value());  // found above
  return update_grant(transaction, id, **row, fields_of(grant), actor, now);
}

Result<Grant> find_grant(store::Transaction& transaction, const access::Actor& actor, GrantId id) {
  const auto row = grant_row(transaction, id);
  if (!row) return fail(row.error());
  if (!*row || !actor.sees((*row)->text("organisation_id")))
    return fail(ErrorKind::not_found, "duties.no_grant", word_of(id));
  return grant_from(transaction, **row);
}

Result<std::vector<Grant>> list_grants(store::Transaction& transaction, const access::Actor& actor,
                                       std::optional<MatterState> state) {
  const auto where = actor.scope().condition("organisation_id");
  const auto rows = transaction.query(
      "SELECT * FROM grant_request WHERE " + where.sql + " ORDER BY grant_id", where.values);
  if (!rows) return fail(rows.error());
  std::vector<Grant> grants;
  for (const auto& row : *rows) {
    auto grant = grant_from(transaction, row);
    if (!grant) return fail(grant.error());
    if (!state || grant->matter.state == *state) grants.push_back(std::move(*grant));
  }
  return grants;
}

void add_grant_follows(Follows& follows) {
  for (const char* chain : {"post_grant", "soft_pair_grant", "cover_grant"})
    follows.add(chain, enact);
}

Status check_setting_up(store::Transaction& transaction) {
  const auto row = transaction.query_one("SELECT matter_id FROM matter LIMIT 1");
  if (!row) return fail(row.error());
  if (*row) return fail(ErrorKind::conflict, "duties.desk_in_use");
  return {};
}

}  // namespace anlan::duties
