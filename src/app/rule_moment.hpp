#pragma once

#include <functional>
#include <optional>
#include <string>

#include "catalog/catalog.hpp"
#include "catalog/extract.hpp"
#include "lake/deliveries.hpp"
#include "lake/workspace.hpp"
#include "rules/interpret.hpp"

namespace anlan::app {

/// What rules read besides a dossier, of one snapshot.
struct RuleMoment {
  Date as_of;
  rules::PolicyTable policies;

  rules::Moment moment() const { return {as_of, &policies}; }
};

/// `as_of`, else the newest day of the snapshot as `anlan detect` takes it, and the rows of
/// policy_param. Both are kept in `dossiers/moment.json`, an index like the files beside it:
/// looking for the newest day reads every payment. `whole` gives the whole catalog, if it must be
/// looked for. Errors: as `whole`, detect::newest_day and rules::read_policies.
Result<RuleMoment> rule_moment(const lake::Workspace& workspace, const lake::Snapshot& snapshot,
                               const catalog::Stamps& stamps, std::optional<Date> as_of,
                               const std::function<Result<catalog::Catalog>()>& whole);

/// A rule with the values that this workspace gives its parameters, as `anlan detect` runs it.
/// Errors: as detect::bind_params and rules::check_rule_of.
Result<rules::CheckedRule> rule_of_workspace(const lake::Workspace& workspace,
                                             const catalog::Catalog& catalog,
                                             const catalog::Rule& rule);

}  // namespace anlan::app
