#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "access/posts.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "catalog/duties.hpp"
#include "store/database.hpp"
#include "store/record.hpp"

namespace anlan::access {

/// A set of organisations. What lies outside an actor's scope does not exist for them: lists take
/// the condition into their SQL, and a single thing outside is "not found".
class Scope {
 public:
  static Scope everything() { return Scope(true, {}); }
  explicit Scope(std::set<std::string> organisations = {})
      : Scope(false, std::move(organisations)) {}

  bool has(const std::string& organisation) const {
    return everything_ || organisations_.contains(organisation);
  }
  bool is_everything() const { return everything_; }
  const std::set<std::string>& organisations() const { return organisations_; }  ///< if not all

  struct Condition {
    std::string sql;  ///< "organisation_id IN (?, ?)", in no need of brackets
    std::vector<store::Value> values;
  };
  /// For a WHERE; `column` is a word of the program.
  Condition condition(std::string_view column) const;

 private:
  Scope(bool everything, std::set<std::string> organisations)
      : everything_(everything), organisations_(std::move(organisations)) {}
  bool everything_ = false;
  std::set<std::string> organisations_;
};

/// The rights that come with each post: post → rights.
using PostRights = std::map<std::string, std::set<std::string>>;
PostRights post_rights(const catalog::Duties& duties);

enum class Authenticated {
  console,  ///< the user of the operating system who runs the program on the workspace's machine
  session,  ///< by password, then a session's token
  token,    ///< a program's token
};

/// Who asks: this account, this person, these posts now, in this organisation. The first parameter
/// of every read and act. A value of one moment: load it anew for each request.
class Actor {
 public:
  /// The user of the operating system, who can read and write every file of the workspace anyway:
  /// sees everything, may do whatever is administration, and holds no post, so that they can
  /// neither make nor approve anything of the business. `who` is "uid:1000".
  static Actor console(std::string who);
  /// An account that is in force at `at`. `only` narrows the rights, as a token's scopes do.
  /// Errors: forbidden "access.account_not_in_force"; not_found "access.no_account".
  static Result<Actor> load(store::Transaction& transaction, AccountId account, Instant at,
                            const PostRights& rights, Authenticated how,
                            const std::optional<std::set<std::string>>& only = {});

  Authenticated how() const { return how_; }
  const std::string& who() const { return who_; }  ///< "account:7": for stamps and the journal
  std::optional<AccountId> account() const { return account_; }
  std::optional<PersonId> person() const { return person_; }
  const std::string& organisation() const { return organisation_; }  ///< "" on the console
  /// Through this account; what duties are judged by is posts_of_person().
  const std::vector<HeldPost>& posts() const { return posts_; }
  bool holds(std::string_view post) const;

  /// Own organisation, those in which a post is held, and all below them. A post of supervision in
  /// a supervising unit reaches the unit's parent and all below: see reached_from().
  const Scope& scope() const { return scope_; }
  bool sees(const std::string& organisation) const { return scope_.has(organisation); }

  /// Whether some post gives the right, wherever.
  bool may(std::string_view right) const;
  /// Whether a post that reaches `organisation` gives the right.
  bool may(std::string_view right, const std::string& organisation) const;
  /// Where they have the right. For lists that need more than sight.
  Scope scope_of(std::string_view right) const;
  /// Errors: not_found "access.no_organisation" if it lies outside their scope; forbidden
  /// "access.no_right" naming the right.
  Status check(std::string_view right, const std::string& organisation) const;
  Status check(std::string_view right) const;

  store::Stamp stamp(Instant at) const { return {who_, at}; }

 private:
  Actor() = default;
  Authenticated how_ = Authenticated::console;
  std::string who_;
  std::optional<AccountId> account_;
  std::optional<PersonId> person_;
  std::string organisation_;
  std::vector<HeldPost> posts_;
  Scope scope_;
  std::map<std::string, Scope, std::less<>> rights_;
};

}  // namespace anlan::access
