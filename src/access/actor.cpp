#include "access/actor.hpp"

#include <algorithm>

#include "access/organisation.hpp"

namespace anlan::access {
namespace {

// What the console may do: set the desk up and repair it, and what its user could do with the
// program's own verbs. Everything of the business needs a post.
const std::set<std::string, std::less<>> console_rights = {
    "account_manage", "delivery_import",     "detection_run",     "job_read",
    "kin_declare",    "organisation_manage", "organisation_read", "person_reveal",
    "post_grant",     "schedule_manage",     "source_manage",     "token_manage"};

}  // namespace

PostRights post_rights(const catalog::Duties& duties) {
  PostRights rights;
  for (const auto& right : duties.rights) {
    for (const auto& post : right.posts) rights[post].insert(right.name);
  }
  return rights;
}

Scope::Condition Scope::condition(std::string_view column) const {
  if (everything_) return {"1 = 1", {}};
  if (organisations_.empty()) return {"1 = 0", {}};
  return {std::string(column) + " IN (" + store::placeholders(organisations_.size()) + ")",
          {organisations_.begin(), organisations_.end()}};
}

Actor Actor::console(std::string who) {
  Actor actor;
  actor.who_ = std::move(who);
  actor.scope_ = Scope::everything();
  for (const auto& right : console_rights) actor.rights_.emplace(right, Scope::everything());
  return actor;
}

Result<Actor> Actor::load(store::Transaction& transaction, AccountId account, Instant at,
                          const PostRights& rights, Authenticated how,
                          const std::optional<std::set<std::string>>& only) {
  const auto row = transaction.query_one(
      "SELECT a.person_id, a.organisation_id, a.disabled, a.valid_from_at, a.valid_to_at, p.left_on"
      " FROM account a JOIN person p ON p.person_id = a.person_id WHERE a.account_id = ?",
      {account.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "access.no_account", word_of(account));
  const auto ends = (*row)->maybe_integer("valid_to_at");
  const auto left = (*row)->maybe_integer("left_on");
  if ((*row)->flag("disabled") || at.ms < (*row)->integer("valid_from_at") ||
      (ends && at.ms >= *ends) || (left && at.day().days > *left)) {
    return fail(ErrorKind::forbidden, "access.account_not_in_force", word_of(account));
  }

  Actor actor;
  actor.how_ = how;
  actor.who_ = word_of(account);
  actor.account_ = account;
  actor.person_ = PersonId{(*row)->integer("person_id")};
  actor.organisation_ = (*row)->text("organisation_id");
  auto posts = posts_of_person(transaction, *actor.person_, at);
  if (!posts) return fail(posts.error());
  std::erase_if(*posts, [&](const HeldPost& held) { return held.account != account; });
  actor.posts_ = std::move(*posts);

  std::set<std::string> seen;
  std::map<std::string, std::set<std::string>> where;
  std::map<std::string, std::set<std::string>> below;
  const auto with_below = [&](const std::string& top) -> Result<const std::set<std::string>*> {
    if (const auto known = below.find(top); known != below.end()) return &known->second;
    auto found = organisations_below(transaction, top);
    if (!found) return fail(found.error());
    return &below.emplace(top, std::move(*found)).first->second;
  };
  const auto home = with_below(actor.organisation_);
  if (!home) return fail(home.error());
  seen.insert((*home)->begin(), (*home)->end());
  for (const auto& held : actor.posts_) {
    const auto gives = rights.find(held.post);
    const auto from = reached_from(
        transaction, held.organisation,
        gives != rights.end() && gives->second.contains(std::string(right_whole_authority)));
    if (!from) return fail(from.error());
    const auto organisations = with_below(*from);
    if (!organisations) return fail(organisations.error());
    seen.insert((*organisations)->begin(), (*organisations)->end());
    if (gives == rights.end()) continue;
    for (const auto& right : gives->second) {
      if (only && !only->contains(right)) continue;
      where[right].insert((*organisations)->begin(), (*organisations)->end());
    }
  }
  actor.scope_ = Scope(std::move(seen));
  for (auto& [right, organisations] : where) {
    actor.rights_.emplace(right, Scope(std::move(organisations)));
  }
  return actor;
}

bool Actor::holds(std::string_view post) const {
  return std::any_of(posts_.begin(), posts_.end(),
                     [&](const HeldPost& held) { return held.post == post; });
}

bool Actor::may(std::string_view right) const {
  return rights_.contains(right);
}

bool Actor::may(std::string_view right, const std::string& organisation) const {
  const auto found = rights_.find(right);
  return found != rights_.end() && found->second.has(organisation);
}

Scope Actor::scope_of(std::string_view right) const {
  const auto found = rights_.find(right);
  return found == rights_.end() ? Scope() : found->second;
}

Status Actor::check(std::string_view right, const std::string& organisation) const {
  if (!sees(organisation))
    return fail(ErrorKind::not_found, "access.no_organisation", organisation);
  if (may(right, organisation)) return {};
  return fail(ErrorKind::forbidden, "access.no_right", std::string(right));
}

Status Actor::check(std::string_view right) const {
  if (may(right)) return {};
  return fail(ErrorKind::forbidden, "access.no_right", std::string(right));
}

}  // namespace anlan::access
