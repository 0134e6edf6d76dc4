#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "base/month.hpp"
#include "catalog/catalog.hpp"
#include "duties/decide.hpp"
#include "ledger/content.hpp"
#include "ledger/deadline.hpp"
#include "ledger/form.hpp"
#include "ledger/sign_off.hpp"
#include "store/database.hpp"
#include "store/schema.hpp"

namespace anlan::ledger {

/// The tables of this folder.
const store::Schema& schema();

// Rights that posts give (catalog/duties/rights.yaml).
constexpr std::string_view right_read = "ledger_read";
constexpr std::string_view right_draft = "ledger_draft";

/// draft → submitted → accepted, or returned, which is a draft again. An accepted ledger that is
/// edited is a draft again too; the accepted version stays in force until another is accepted.
enum class State { draft, submitted, accepted, returned };
std::string_view word_of(State state);

struct LedgerHead {
  std::int64_t id = 0;
  std::string organisation;
  std::string unit;
  int year = 0;
  State state = State::draft;
  std::int64_t content_version = 0;
  std::string sha256;
  std::optional<std::int64_t> in_force_version;
  std::optional<Date> in_force_on;
  std::int64_t version = 0;  ///< of the record, for If-Match
};

struct Submission {
  std::int64_t content_version = 0;
  std::string sha256;
  std::string by;
  Instant at;
  Date due;
  std::string outcome;  ///< "", accepted, returned, withdrawn
  std::string reason;
  std::string decided_by;
  std::optional<Instant> decided_at;
  std::optional<std::int64_t> matter;  ///< which decides on it; none of the oldest
};

/// All of one ledger as it stands.
struct Ledger {
  LedgerHead head;
  Content content;
  Instant made_at;                      ///< of this version
  std::vector<Signature> signatures;    ///< voided ones too, oldest first
  std::vector<Submission> submissions;  ///< oldest first
};

struct VersionHead {
  std::int64_t version = 0;
  std::string sha256;
  std::string made_by;
  Instant made_at;
};

// Every function: what lies outside the actor's scope is "ledger.missing". Acts are told to the
// journal in the same transaction. `seen` is the record's version the caller saw.
// Errors of all: those of store::Transaction and access::Actor::check.

/// Those the actor may read, by year and unit. `year` 0: all.
Result<std::vector<LedgerHead>> list(store::Transaction& transaction, const access::Actor& actor,
                                     int year);
/// Readable with the right, and by everyone whom the ledger names.
/// Errors: not_found "ledger.missing"; corrupted "ledger.content" (the kept text is not what was
/// hashed).
Result<Ledger> find(store::Transaction& transaction, const access::Actor& actor, std::int64_t id);
/// Every version there ever was, oldest first.
Result<std::vector<VersionHead>> versions(store::Transaction& transaction,
                                          const access::Actor& actor, std::int64_t id);
/// A version as a form; 0: the current one. Errors: as find; not_found "ledger.version_missing".
Result<Form> form_of(store::Transaction& transaction, const access::Actor& actor, std::int64_t id,
                     std::int64_t content_version);

/// Tells the journal that a form went out. Errors: as find.
Status exported(store::Transaction& transaction, const access::Actor& actor, std::int64_t id,
                const Form& form, const std::string& format, Instant at);

/// Finds the persons whom a form names, among those who work in its organisation. A person given by
/// number must have the name that is written; a name alone is linked if exactly one has it, and
/// else left as text.
/// Errors: invalid_input "ledger.owner", "row N, COLUMN: …".
Status link_owners(store::Transaction& transaction, Content& content);

/// Errors: invalid_input "ledger.row", "ledger.owner"; conflict "ledger.exists".
Result<std::int64_t> create(store::Transaction& transaction, const access::Actor& actor,
                            const catalog::Catalog& catalog, Content content, Instant at);

/// Puts another content in the place of the current one: a new version, and every signature on what
/// changed is void. Equal content changes nothing. Organisation and year stay.
/// Errors: as create; conflict "ledger.under_review" (submitted, not decided); "store.stale".
Result<std::int64_t> change(store::Transaction& transaction, const access::Actor& actor,
                            const catalog::Catalog& catalog, std::int64_t id, std::int64_t seen,
                            Content content, Instant at);

/// The actor signs in person what they are named for. Who made a version since the last decision
/// may sign only as directly responsible.
/// Errors: forbidden "ledger.no_person" (the console), "ledger.not_named", "ledger.made_by_signer";
/// conflict "ledger.gaps" (what is missing first), "ledger.under_review", "ledger.signed_already",
/// "ledger.signature_missing", "store.stale".
Status sign(store::Transaction& transaction, const access::Actor& actor,
            const catalog::Catalog& catalog, std::int64_t id, std::int64_t seen, Level level,
            Instant at);

/// To fund supervision, as a matter of the chain ledger_acceptance: whoever made a version, signed
/// or is named decides nothing in it. After 30 November it is late, which is recorded and not
/// refused. Errors: conflict "ledger.signature_missing", "ledger.under_review",
/// "ledger.accepted_already", "store.stale"; those of duties::open_matter and change_matter.
Status submit(store::Transaction& transaction, const duties::Rules& rules,
              const access::Actor& actor, std::int64_t id, std::int64_t seen, Instant at);

/// Adds what follows from the turns of that matter to whoever puts all followers together.
///   approved               the version is in force from this day
///   sent back or rejected  a draft again, with the opinion as the reason; the unit's head signs
///   anew withdrawn              a draft again, as it was signed
void add_follow(duties::Follows& follows);

/// One unit on the late list.
struct LateUnit {
  std::string organisation;
  std::string unit;
  std::optional<std::int64_t> ledger;
  std::string state;  ///< "none" or that of the ledger
  std::optional<Date> submitted_on;
  std::optional<Date> in_force_on;
  Lateness lateness;
};
/// Units in the actor's scope that are late for `year` on `as_of`, the latest first. Units are all
/// organisations in being on the day of the deadline but those that supervise and the top of the
/// tree; that these are the ones to file is assumed.
Result<std::vector<LateUnit>> late(store::Transaction& transaction, const access::Actor& actor,
                                   int year, Date as_of);

}  // namespace anlan::ledger
