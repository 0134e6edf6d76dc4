#include "access/grant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "access/account.hpp"
#include "access/organisation.hpp"
#include "access/person.hpp"
#include "access/told.hpp"

namespace anlan::access {
namespace {

constexpr auto cover_longest = std::chrono::hours(30 * 24);

/// What a holding and a cover have in common.
struct Given {
  PersonId person;
  std::optional<AccountId> account;
  const std::string& organisation;
  const std::string& post;
  Instant from;
  std::optional<Instant> to;
  const std::string& control;
};

Given given_by(const NewHolding& holding) {
  return {holding.person, holding.account, holding.organisation, holding.post,
          holding.from,   holding.to,      holding.control};
}

Given given_by(const NewCover& cover) {
  return {cover.person, cover.account, cover.organisation, cover.post,
          cover.from,   cover.to,      cover.control};
}

Status check_may_give(store::Transaction& transaction, const Actor& actor,
                      const catalog::Duties& duties, const std::string& post,
                      const std::string& organisation) {
  if (duties.post(post) == nullptr)
    return fail(ErrorKind::invalid_input, "access.post_unknown", post);
  return check_right_in(transaction, actor, "post_grant", organisation);
}

/// The word under which an approval is kept.
Result<std::string> check_approval(store::Transaction& transaction, const Actor& actor,
                                   PersonId person, const Approval& approval, Instant at) {
  if (!approval.matter.empty()) return approval.matter;
  if (!approval.by) return fail(ErrorKind::invalid_input, "access.approval_missing");
  const auto approver = find_account(transaction, actor, *approval.by);
  if (!approver) return fail(approver.error());
  if (approver->person == person || approver->person == actor.person()) {
    return fail(ErrorKind::forbidden, "access.own_approval", word_of(*approval.by));
  }
  if (auto there = Actor::load(transaction, *approval.by, at, {}, Authenticated::session); !there) {
    return fail(there.error());
  }
  return word_of(*approval.by);
}

/// The day so many months on; the last of its month if there is no such day.
Date months_after(Date day, int months) {
  auto then = day.ymd() + std::chrono::months(months);
  if (!then.ok()) then = then.year() / then.month() / std::chrono::last;
  return {static_cast<std::int32_t>(std::chrono::sys_days{then}.time_since_epoch().count())};
}

/// No pair of duties is broken at any moment of the period. In: all that is held in it.
Status check_pairs(const catalog::Duties& duties, const Given& given, bool outside_staff,
                   const std::vector<HeldPost>& held) {
  const catalog::Holding fresh{given.post, given.organisation};
  std::vector<catalog::Holding> all = {fresh};
  for (const auto& one : held) all.push_back({one.post, one.organisation});
  const auto broken_by = duties.broken_by(all, {.outside_staff = outside_staff});
  for (const auto level : {catalog::PairLevel::hard, catalog::PairLevel::soft}) {
    for (const auto& broken : broken_by) {
      // Pairs among what is held already, maybe one after the other, are not this grant's.
      if (broken.level != level || (broken.one != fresh && broken.other != fresh)) continue;
      const auto& other = broken.one == fresh ? broken.other : broken.one;
      auto named = broken.code + " " + given.post;
      if (!other.post.empty()) named += fmt::format(" – {} ({})", other.post, other.organisation);
      if (level == catalog::PairLevel::hard) {
        return fail(ErrorKind::forbidden, "access.pair_forbidden", named);
      }
      const auto last = months_after(given.from.day(), duties.limits.soft_months_max);
      if (given.control.empty() || !given.to ||
          given.to->plus(-std::chrono::milliseconds(1)).day() > last) {
        return fail(
            ErrorKind::forbidden, "access.pair_uncontrolled",
            fmt::format("{}: expected a control, and an end by {}", named, format_date(last)));
      }
    }
  }
  return {};
}

Status check_given(store::Transaction& transaction, const Actor& actor,
                   const catalog::Duties& duties, const Given& given) {
  if (duties.post(given.post) == nullptr) {
    return fail(ErrorKind::invalid_input, "access.post_unknown", given.post);
  }
  if (const auto there = find_organisation(transaction, actor, given.organisation); !there)
    return fail(there.error());
  const auto person = find_person(transaction, actor, given.person);
  if (!person) return fail(person.error());
  if (actor.person() == given.person) return fail(ErrorKind::forbidden, "access.own_grant");
  // Who nobody has identified could be the same human being as another.
  if (const auto known = blind_of(transaction, given.person); !known) return fail(known.error());
  if (given.account) {
    const auto account = find_account(transaction, actor, *given.account);
    if (!account) return fail(account.error());
    if (account->person != given.person) {
      return fail(ErrorKind::not_found, "access.no_account", word_of(*given.account));
    }
  }
  if (given.to && *given.to <= given.from) {
    return fail(ErrorKind::invalid_input, "access.period", "expected an end after the start");
  }
  const auto held = posts_of_person_during(transaction, given.person, given.from, given.to);
  if (!held) return fail(held.error());
  const bool twice = std::any_of(held->begin(), held->end(), [&](const HeldPost& other) {
    return !other.cover && other.post == given.post && other.organisation == given.organisation &&
           other.account == given.account;
  });
  if (twice) return fail(ErrorKind::conflict, "access.held_already", given.post);
  return check_pairs(duties, given, person->kind == StaffKind::vendor, *held);
}

journal::Act act_of(const std::string& name, const std::string& subject, const Given& given,
                    const std::string& approved_by) {
  journal::Act act{.act = name,
                   .subject = subject,
                   .refs = {{"person", word_of(given.person)},
                            {"organisation", given.organisation},
                            {"given_post", given.post},
                            {"from", format_instant(given.from)},
                            {"approved_by", approved_by}}};
  if (given.account) act.refs["account"] = word_of(*given.account);
  if (given.to) act.refs["to"] = format_instant(*given.to);
  if (!given.control.empty()) act.personal["control"] = given.control;
  return act;
}

/// Ends what is held, or covered, under an id.
Status end_at(store::Transaction& transaction, const Actor& actor, bool cover, std::int64_t id,
              Instant at) {
  const std::string table = cover ? "post_cover" : "post_holding";
  const std::string key = cover ? "cover_id" : "holding_id";
  const std::string from = cover ? "starts_at" : "held_from_at";
  const std::string to = cover ? "ends_at" : "held_to_at";
  const std::string subject = (cover ? "cover:" : "holding:") + std::to_string(id);
  const auto row = transaction.query_one("SELECT person_id, organisation_id, post, version, " +
                                             from + " AS from_at, " + to + " AS to_at FROM " +
                                             table + " WHERE " + key + " = ?",
                                         {id});
  if (!row) return fail(row.error());
  if (!*row || !actor.sees((*row)->text("organisation_id"))) {
    return fail(ErrorKind::not_found, "access.no_holding", subject);
  }
  if (auto right = actor.check("post_grant", (*row)->text("organisation_id")); !right) return right;
  const auto ends = (*row)->maybe_integer("to_at");
  if (ends && *ends <= at.ms) return fail(ErrorKind::conflict, "access.ended_already", subject);
  const auto end = std::max(at.ms, (*row)->integer("from_at"));
  const auto changed = store::update_record(
      transaction, {table, key, id}, (*row)->integer("version"), {{to, end}}, actor.stamp(at));
  if (!changed) return changed;
  return told(transaction, actor, at,
              {.act = cover ? "cover.ended" : "post.revoked",
               .subject = subject,
               .refs = {{"person", word_of(PersonId{(*row)->integer("person_id")})},
                        {"organisation", (*row)->text("organisation_id")},
                        {"given_post", (*row)->text("post")}}});
}

/// How long the covers are that touch [from, to), with it.
Result<std::chrono::milliseconds> whole_cover(store::Transaction& transaction,
                                              const NewCover& cover) {
  const auto rows = transaction.query(
      "SELECT starts_at, ends_at FROM post_cover WHERE person_id = ? AND organisation_id = ?"
      " AND post = ? AND ends_at > starts_at ORDER BY starts_at",
      {cover.person.value, cover.organisation, cover.post});
  if (!rows) return fail(rows.error());
  std::int64_t from = cover.from.ms;
  std::int64_t to = cover.to.ms;
  // A cover that touches may itself touch another, on either side.
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& row : *rows) {
      const auto starts = row.integer("starts_at");
      const auto ends = row.integer("ends_at");
      if (starts > to || ends < from || (starts >= from && ends <= to)) continue;
      from = std::min(from, starts);
      to = std::max(to, ends);
      grown = true;
    }
  }
  return std::chrono::milliseconds(to - from);
}

}  // namespace

Status check_post(store::Transaction& transaction, const Actor& actor,
                  const catalog::Duties& duties, const NewHolding& holding) {
  return check_given(transaction, actor, duties, given_by(holding));
}

Result<std::int64_t> enact_post(store::Transaction& transaction, const Actor& actor,
                                const catalog::Duties& duties, const NewHolding& holding,
                                const std::string& matter, Instant at) {
  if (auto sound = check_post(transaction, actor, duties, holding); !sound)
    return fail(sound.error());
  const auto account = holding.account ? store::Value(holding.account->value) : store::Value();
  const auto to = holding.to ? store::Value(holding.to->ms) : store::Value();
  const auto control = holding.control.empty() ? store::Value() : store::Value(holding.control);
  const auto id = store::insert_numbered(transaction, "post_holding", "holding_id",
                                         {{"person_id", holding.person.value},
                                          {"account_id", account},
                                          {"organisation_id", holding.organisation},
                                          {"post", holding.post},
                                          {"held_from_at", holding.from.ms},
                                          {"held_to_at", to},
                                          {"granted_by", actor.who()},
                                          {"approved_by", matter},
                                          {"control", control}},
                                         actor.stamp(at));
  if (!id) return fail(id.error());
  const auto said =
      told(transaction, actor, at,
           act_of("post.granted", "holding:" + std::to_string(*id), given_by(holding), matter));
  if (!said) return fail(said.error());
  return *id;
}

Result<std::int64_t> grant_post(store::Transaction& transaction, const Actor& actor,
                                const catalog::Duties& duties, const NewHolding& holding,
                                const Approval& approval, Instant at) {
  if (auto allowed = check_may_give(transaction, actor, duties, holding.post, holding.organisation);
      !allowed)
    return fail(allowed.error());
  if (auto sound = check_post(transaction, actor, duties, holding); !sound)
    return fail(sound.error());
  const auto approved = check_approval(transaction, actor, holding.person, approval, at);
  if (!approved) return fail(approved.error());
  return enact_post(transaction, actor, duties, holding, *approved, at);
}

Status revoke_post(store::Transaction& transaction, const Actor& actor, std::int64_t holding,
                   Instant at) {
  return end_at(transaction, actor, false, holding, at);
}

Status check_cover(store::Transaction& transaction, const Actor& actor,
                   const catalog::Duties& duties, const NewCover& cover) {
  if (auto sound = check_given(transaction, actor, duties, given_by(cover)); !sound) return sound;
  const auto whole = whole_cover(transaction, cover);
  if (!whole) return fail(whole.error());
  if (*whole > cover_longest) {
    return fail(ErrorKind::invalid_input, "access.cover_too_long", "at most 30 days");
  }
  if (!cover.instead_of) return {};
  const auto held = posts_of_person(transaction, *cover.instead_of, cover.from);
  if (!held) return fail(held.error());
  const bool holds = std::any_of(held->begin(), held->end(), [&](const HeldPost& other) {
    return !other.cover && other.post == cover.post && other.organisation == cover.organisation;
  });
  if (!holds) return fail(ErrorKind::not_found, "access.nobody_to_cover", cover.post);
  return {};
}

Result<std::int64_t> enact_cover(store::Transaction& transaction, const Actor& actor,
                                 const catalog::Duties& duties, const NewCover& cover,
                                 const std::string& matter, Instant at) {
  if (auto sound = check_cover(transaction, actor, duties, cover); !sound)
    return fail(sound.error());
  const auto instead = cover.instead_of ? store::Value(cover.instead_of->value) : store::Value();
  const auto control = cover.control.empty() ? store::Value() : store::Value(cover.control);
  const auto id = store::insert_numbered(transaction, "post_cover", "cover_id",
                                         {{"person_id", cover.person.value},
                                          {"account_id", cover.account.value},
                                          {"organisation_id", cover.organisation},
                                          {"post", cover.post},
                                          {"instead_of", instead},
                                          {"starts_at", cover.from.ms},
                                          {"ends_at", cover.to.ms},
                                          {"granted_by", actor.who()},
                                          {"approved_by", matter},
                                          {"control", control}},
                                         actor.stamp(at));
  if (!id) return fail(id.error());
  auto act = act_of("cover.granted", "cover:" + std::to_string(*id), given_by(cover), matter);
  if (cover.instead_of) act.refs["instead_of"] = word_of(*cover.instead_of);
  if (auto said = told(transaction, actor, at, std::move(act)); !said) return fail(said.error());
  return *id;
}

Result<std::int64_t> cover_post(store::Transaction& transaction, const Actor& actor,
                                const catalog::Duties& duties, const NewCover& cover,
                                const Approval& approval, Instant at) {
  if (auto allowed = check_may_give(transaction, actor, duties, cover.post, cover.organisation);
      !allowed)
    return fail(allowed.error());
  if (auto sound = check_cover(transaction, actor, duties, cover); !sound)
    return fail(sound.error());
  const auto approved = check_approval(transaction, actor, cover.person, approval, at);
  if (!approved) return fail(approved.error());
  return enact_cover(transaction, actor, duties, cover, *approved, at);
}

Status end_cover(store::Transaction& transaction, const Actor& actor, std::int64_t cover,
                 Instant at) {
  return end_at(transaction, actor, true, cover, at);
}

}  // namespace anlan::access
