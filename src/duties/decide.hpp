#pragma once

#include <functional>
#include <map>
#include <string>

#include "duties/matter.hpp"

namespace anlan::duties {

/// How a matter was just moved on: by a decision, or by its maker who withdrew it.
struct Turn {
  const Rules& rules;
  const access::Actor& actor;
  Matter before;      ///< as it was
  Decision decision;  ///< empty if it was withdrawn
  Outcome outcome;    ///< what became of it; `state` says whether it is over
  Instant at;
};

/// What a folder does in consequence, in the transaction of the decision: if it fails, nothing was
/// decided. Called at every turn, not only the last: look at `outcome.state`.
using Follow = std::function<Status(store::Transaction&, const Turn&)>;

/// What follows a turn, by chain. Each folder that opens matters adds its own; the program puts
/// them together once (`desk_follows` in src/app/desk.hpp) and every way to decide uses that.
class Follows {
 public:
  /// A chain has one follower: two are a mistake of the program.
  void add(const std::string& chain, Follow follow);
  /// For a chain of which nothing follows but what the matter itself says.
  void add_nothing(const std::string& chain);
  /// Null: nobody said what follows.
  const Follow* of(const std::string& chain) const;

 private:
  std::map<std::string, Follow, std::less<>> by_chain_;
};

/// What the API and the command line call: `approve`, and what follows of it, together.
/// Errors: those of approve and of the follower; conflict "duties.no_follower" for a chain that
/// this program does not know how to carry out: such a matter stays as it is.
Result<Outcome> decide(store::Transaction& transaction, const Rules& rules, const Follows& follows,
                       const access::Actor& actor, const Decision& decision, Instant now);

/// The same for `withdraw_matter`.
Status withdraw(store::Transaction& transaction, const Rules& rules, const Follows& follows,
                const access::Actor& actor, MatterId id, std::int64_t version, Instant now);

}  // namespace anlan::duties
