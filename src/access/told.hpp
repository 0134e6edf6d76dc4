#pragma once

#include <string>

#include "access/actor.hpp"
#include "journal/entry.hpp"

namespace anlan::access {

/// Tells the journal, in the change's own transaction, what somebody did; `who` is filled in here.
/// Inside this folder only.
Status told(store::Transaction& transaction, const Actor& actor, Instant at, journal::Act act);
Status told(store::Transaction& transaction, const std::string& who, Instant at, journal::Act act);

}  // namespace anlan::access
