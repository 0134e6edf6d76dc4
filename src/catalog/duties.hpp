#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace anlan::catalog {

// What catalog/duties says: posts, pairs that one person may not be at once, chains of approval,
// rights. How it is written: docs/duties.md.

/// What a person may hold: a post, or beside it a seal, a token or a right (family "holding").
struct Post {
  std::string code;  ///< "SL"
  Title title;
  std::string family;
  std::string side;        ///< policy, handling, information, supervision or any
  bool sensitive = false;  ///< alone in it one could move money or rewrite data
  std::optional<int> rotation_years;
  std::string sure;  ///< seed, found, known or assumed
};

enum class PairLevel {
  hard,  ///< H: forbidden
  soft,  ///< S: only with a compensating control that expires
};

enum class PairScope {
  any_holding,        ///< not to be held at once, wherever
  same_organisation,  ///< not within one organisation
  same_matter,        ///< may be held, yet not both be used in one matter
};

/// What a pair is about that is not two posts.
enum class PersonFact { none, subject_or_kin, outside_staff };

struct DutyPair {
  std::string code;  ///< "S5"
  PairLevel level = PairLevel::hard;
  PairScope scope = PairScope::any_holding;
  std::vector<std::pair<std::string, std::string>> posts;  ///< families spelt out
  PersonFact fact = PersonFact::none;
  std::vector<std::string> fact_posts;  ///< what such a person may not hold
  /// What such a person may hold, to act under an approved matter only.
  std::vector<std::string> ticket_posts;
  std::vector<std::pair<std::string, std::string>> roles;  ///< parts of one chain
  std::vector<std::string> written;                        ///< as in the file: "DB-business"
  Title why;
  std::vector<std::string> basis;
  std::string sure;
};

struct DutyLimits {
  std::string soft_check_post;  ///< looks afterwards at what was done under a soft pair
  int soft_check_working_days = 0;
  int soft_months_max = 0;
  int cover_days_max = 0;
};

struct StepLimit {
  enum class Unit { working_days, days, hours };
  Unit unit = Unit::working_days;
  int count = 0;
};

struct ChainStep {
  std::string name;
  Title title;
  std::string role;                ///< what pairs call it; "" if nothing
  std::vector<std::string> posts;  ///< one of them is held by who decides; none: no post is needed
  int quorum = 1;                  ///< so many different people
  bool above = false;              ///< the post may also be held above the matter's organisation
  StepLimit within;                ///< since the step was reached
  bool lapses = false;  ///< after that it can only be rejected or sent back; else it is noted
  bool outside_staff = false;  ///< outside staff may do it
};

struct Chain {
  std::string name;
  Title title;
  std::vector<std::string> maker_posts;  ///< none: no post is needed
  std::string maker_role;
  bool subject_required = false;
  std::vector<ChainStep> steps;  ///< at least one
  std::vector<std::string> basis;
  std::string sure;
};

struct Right {
  std::string name;  ///< "lead_read"
  bool act = false;  ///< else a read
  Title title;
  std::vector<std::string> posts;  ///< families spelt out
};

/// A post and where it is held.
struct Holding {
  std::string post;
  std::string organisation;
  friend auto operator<=>(const Holding&, const Holding&) = default;
};

struct PersonFacts {
  bool outside_staff = false;  ///< vendor or outsourced
};

/// A pair that one person's holdings break. `other.post` is "" if `one` does not go with a fact of
/// the person.
struct BrokenPair {
  std::string code;
  PairLevel level = PairLevel::hard;
  Holding one;
  Holding other;
  friend bool operator==(const BrokenPair&, const BrokenPair&) = default;
};

/// One part that a person took in a matter: the post and the role they used.
struct MatterPart {
  std::string post;
  std::string role;
};

/// All of catalog/duties; empty if the catalog has no such folder.
struct Duties {
  std::vector<std::string> families;
  std::vector<Post> posts;
  DutyLimits limits;
  std::vector<DutyPair> pairs;
  std::vector<Chain> chains;
  std::vector<Right> rights;

  const Post* post(const std::string& code) const;
  const DutyPair* pair(const std::string& code) const;
  const Chain* chain(const std::string& name) const;

  /// What one person breaks by holding all this at once. In: everything they hold at one moment,
  /// over all accounts and organisations, cover and delegated rights too, in any order. Out: one
  /// for each pair and two holdings that break it, in the order of `pairs`; pairs of scope
  /// same_matter say nothing here. A post that is not in the catalog breaks nothing.
  std::vector<BrokenPair> broken_by(std::span<const Holding> held, const PersonFacts& facts) const;

  /// The pairs that one person breaks by taking both parts in one matter, by code: pairs of every
  /// scope and level, since a compensating control never covers one's own matter.
  std::vector<std::string> broken_in_matter(const MatterPart& one, const MatterPart& other) const;
};

/// Only the duties of a catalog folder. Errors: as Catalog::load.
Result<Duties> load_duties(const std::filesystem::path& catalog_folder);

}  // namespace anlan::catalog
