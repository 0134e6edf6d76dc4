#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "access/identity_key.hpp"
#include "access/posts.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/workspace.hpp"
#include "store/database.hpp"

namespace anlan::cases {

// What the data say of who works here and has to do with whom a lead is about. Inside this folder
// only.

/// What a lead is about: "person" and an ID number, "account" and its number …
struct Subject {
  std::string kind;
  std::string id;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

/// A subject's number as a keyed hash: an ID number as that of a person who works here, so that kin
/// are found; anything else by its kind.
access::Blind blind_of(const access::IdentityKey& key, const Subject& subject);

/// An operator of the core system, or somebody an operator declared as kin, and a subject.
struct Tie {
  access::Blind subject;
  access::Blind staff;  ///< by their ID number
  std::string ground;   ///< self, handler, kin, kin_of_handler, shared_phone …
  friend auto operator<=>(const Tie&, const Tie&) = default;
};

/// Those of these subjects in the newest snapshot, by catalog/derived/v_tie.sql and the kin that
/// operators declared. Sorted, each once. Errors: as lake::current_snapshot and Connection::run.
Result<std::vector<Tie>> find_ties(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const access::IdentityKey& key,
                                   const std::vector<Subject>& subjects);

/// Puts these in the place of those known before. Tells the journal how many came and went, if any.
/// Errors: of Transaction.
Status keep_ties(store::Transaction& transaction, const std::vector<Tie>& ties,
                 const std::string& who, Instant now);

/// Somebody who works here and has to do with a subject.
struct TiedPerson {
  access::PersonId person;
  std::string ground;
  Instant found_at;
};
/// By person, then ground. Kin that people declared at the desk count, too: of who handled it.
/// Errors: of Transaction.
Result<std::vector<TiedPerson>> tied_people(store::Transaction& transaction,
                                            const access::Blind& subject);

}  // namespace anlan::cases
