#include "access/told.hpp"

#include "journal/outbox.hpp"

namespace anlan::access {

Status told(store::Transaction& transaction, const Actor& actor, Instant at, journal::Act act) {
  return told(transaction, actor.who(), at, std::move(act));
}

Status told(store::Transaction& transaction, const std::string& who, Instant at, journal::Act act) {
  act.who = who;
  return journal::tell(transaction, act, at);
}

}  // namespace anlan::access
