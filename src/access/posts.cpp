#include "access/posts.hpp"

#include <limits>

namespace anlan::access {
namespace {

HeldPost held_post(const store::Row& row) {
  HeldPost held;
  held.id = row.integer("id");
  held.cover = row.flag("cover");
  held.person = {row.integer("person_id")};
  if (const auto account = row.maybe_integer("account_id")) held.account = AccountId{*account};
  held.organisation = row.text("organisation_id");
  held.post = row.text("post");
  held.from = {row.integer("from_at")};
  if (const auto to = row.maybe_integer("to_at")) held.to = Instant{*to};
  held.granted_by = row.text("granted_by");
  held.approved_by = row.text("approved_by");
  held.control = row.maybe_text("control").value_or("");
  if (const auto other = row.maybe_integer("instead_of")) held.covers_of = PersonId{*other};
  held.version = row.integer("version");
  return held;
}

}  // namespace

Result<std::vector<HeldPost>> posts_of_person_during(store::Transaction& transaction,
                                                     PersonId person, Instant from,
                                                     std::optional<Instant> to) {
  const std::int64_t end = to ? to->ms : std::numeric_limits<std::int64_t>::max();
  const auto rows = transaction.query(
      "SELECT holding_id AS id, 0 AS cover, person_id, account_id, organisation_id, post,"
      " held_from_at AS from_at, held_to_at AS to_at, granted_by, approved_by, control,"
      " CAST(NULL AS BIGINT) AS instead_of, version FROM post_holding"
      " WHERE person_id = ? AND held_from_at < ? AND (held_to_at IS NULL OR held_to_at > ?)"
      " UNION ALL "
      "SELECT cover_id, 1, person_id, account_id, organisation_id, post, starts_at, ends_at,"
      " granted_by, approved_by, control, instead_of, version FROM post_cover"
      " WHERE person_id = ? AND starts_at < ? AND ends_at > ?"
      " ORDER BY post, organisation_id, cover, id",
      {person.value, end, from.ms, person.value, end, from.ms});
  if (!rows) return fail(rows.error());
  std::vector<HeldPost> posts;
  for (const auto& row : *rows) posts.push_back(held_post(row));
  return posts;
}

Result<std::vector<HeldPost>> posts_of_person(store::Transaction& transaction, PersonId person,
                                              Instant at) {
  return posts_of_person_during(transaction, person, at, at.plus(std::chrono::milliseconds(1)));
}

}  // namespace anlan::access
