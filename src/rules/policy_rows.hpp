#pragma once

#include "base/result.hpp"
#include "lake/engine.hpp"
#include "rules/policy.hpp"

namespace anlan::rules {

/// The rows of policy_param, a view of the connection's database. Errors: as Connection::query.
Result<PolicyTable> read_policies(lake::Connection& connection);

}  // namespace anlan::rules
