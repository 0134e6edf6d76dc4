#include "duties/decide.hpp"

#include "base/check.hpp"

namespace anlan::duties {
namespace {

Result<const Follow*> follower_of(const Follows& follows, const Matter& matter) {
  const auto* follow = follows.of(matter.chain);
  if (follow == nullptr) return fail(ErrorKind::conflict, "duties.no_follower", matter.chain);
  return follow;
}

}  // namespace

void Follows::add(const std::string& chain, Follow follow) {
  CHECK(follow != nullptr);
  CHECK(by_chain_.emplace(chain, std::move(follow)).second);
}

void Follows::add_nothing(const std::string& chain) {
  add(chain, [](store::Transaction&, const Turn&) -> Status { return {}; });
}

const Follow* Follows::of(const std::string& chain) const {
  const auto found = by_chain_.find(chain);
  return found == by_chain_.end() ? nullptr : &found->second;
}

Result<Outcome> decide(store::Transaction& transaction, const Rules& rules, const Follows& follows,
                       const access::Actor& actor, const Decision& decision, Instant now) {
  const auto matter = find_matter(transaction, actor, decision.matter);
  if (!matter) return fail(matter.error());
  const auto follow = follower_of(follows, *matter);
  if (!follow) return fail(follow.error());
  const auto outcome = approve(transaction, rules, actor, decision, now);
  if (!outcome) return fail(outcome.error());
  const auto followed = (**follow)(transaction, {rules, actor, *matter, decision, *outcome, now});
  if (!followed) return fail(followed.error());
  return *outcome;
}

Status withdraw(store::Transaction& transaction, const Rules& rules, const Follows& follows,
                const access::Actor& actor, MatterId id, std::int64_t version, Instant now) {
  const auto matter = find_matter(transaction, actor, id);
  if (!matter) return fail(matter.error());
  const auto follow = follower_of(follows, *matter);
  if (!follow) return fail(follow.error());
  if (auto done = withdraw_matter(transaction, actor, id, version, now); !done) return done;
  Outcome outcome;
  outcome.state = MatterState::withdrawn;
  outcome.step = matter->step;
  outcome.version = matter->version + 1;
  return (**follow)(transaction, {rules, actor, *matter, {}, outcome, now});
}

}  // namespace anlan::duties
