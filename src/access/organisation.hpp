#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "access/actor.hpp"
#include "base/lang.hpp"
#include "base/month.hpp"

namespace anlan::access {

/// One node of the authority's tree. Never deleted: it ends.
struct Organisation {
  std::string id;      ///< "d03-agency": letters, digits, - and _; never changed
  std::string parent;  ///< "" for the top
  Title name;
  std::string kind;  ///< bureau, division, district, agency, centre
  std::string side;  ///< policy, handling, information, supervision
  std::string region_code;
  Date valid_from;
  std::optional<Date> valid_to;  ///< the last day
  std::int64_t version = 0;
};

/// Those in the actor's scope, parents before what lies below them.
Result<std::vector<Organisation>> list_organisations(store::Transaction& transaction,
                                                     const Actor& actor);
/// Errors: not_found "access.no_organisation".
Result<Organisation> find_organisation(store::Transaction& transaction, const Actor& actor,
                                       const std::string& id);

/// That an organisation is there and the actor has the right in it.
/// Errors: not_found "access.no_organisation"; those of Actor::check.
Status check_right_in(store::Transaction& transaction, const Actor& actor, std::string_view right,
                      const std::string& organisation);

/// Needs "organisation_manage" at the parent. Errors: invalid_input "access.organisation" (naming
/// what is wrong with it); conflict "access.organisation_exists"; those of Actor::check.
Status add_organisation(store::Transaction& transaction, const Actor& actor,
                        const Organisation& organisation, Instant at);
/// Names, side, region and days; the parent and kind stay. Errors: likewise; "store.stale".
Status change_organisation(store::Transaction& transaction, const Actor& actor,
                           const Organisation& organisation, Instant at);

/// Adds those that are not there, parents first, and leaves the others as they are; how many it
/// added. The journal gets one entry for all.
Result<int> import_organisations(store::Transaction& transaction, const Actor& actor,
                                 const std::vector<Organisation>& organisations, Instant at);

/// The right (catalog/duties/rights.yaml) of posts that, held in a unit of the supervision side,
/// reach its parent and all below: whom the unit supervises stands beside it in the tree.
constexpr std::string_view right_whole_authority = "whole_authority";

/// From which organisation a post held in `organisation` reaches down: its parent if the post has
/// that right and the unit is of the supervision side, else itself.
Result<std::string> reached_from(store::Transaction& transaction, const std::string& organisation,
                                 bool whole_authority);

/// An organisation and all below it, whatever their days.
Result<std::set<std::string>> organisations_below(store::Transaction& transaction,
                                                  const std::string& top);

}  // namespace anlan::access
