#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "base/instant.hpp"
#include "store/database.hpp"

namespace anlan::access {

/// A post, seal or key that somebody holds, or covers for a while.
struct HeldPost {
  std::int64_t id = 0;  ///< of the holding, or of the cover
  bool cover = false;
  PersonId person;
  std::optional<AccountId> account;  ///< none: a seal or key held in person
  std::string organisation;
  std::string post;           ///< "SL"; the codes of catalog/duties
  Instant from;               ///< from this moment on
  std::optional<Instant> to;  ///< up to but not including this one; none: without end
  std::string granted_by;     ///< "account:7", "uid:1000"
  std::string approved_by;
  std::string control;                ///< the compensating control it depends on; "" if none
  std::optional<PersonId> covers_of;  ///< whose absence a cover is for
  std::int64_t version = 0;
};

/// Everything a person holds or covers at a moment: over all their accounts, disabled ones too, and
/// over all organisations. This is what duties are judged by. By post, organisation, id.
Result<std::vector<HeldPost>> posts_of_person(store::Transaction& transaction, PersonId person,
                                              Instant at);

/// The same for some moment from `from` up to but not including `to` (none: for ever).
Result<std::vector<HeldPost>> posts_of_person_during(store::Transaction& transaction,
                                                     PersonId person, Instant from,
                                                     std::optional<Instant> to);

}  // namespace anlan::access
