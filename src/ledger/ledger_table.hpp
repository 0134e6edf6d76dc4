#pragma once

#include <optional>

#include "ledger/ledger.hpp"
#include "store/record.hpp"

namespace anlan::ledger {

// The rows of this folder's tables. Who may do what is decided above. Inside this folder only.

LedgerHead head_from(const store::Row& row);
/// Nothing if there is no such ledger.
Result<std::optional<Ledger>> load(store::Transaction& transaction, std::int64_t id);

struct Version {
  VersionHead head;
  Content content;
};
Result<std::vector<VersionHead>> load_versions(store::Transaction& transaction, std::int64_t id);
/// Errors: corrupted "ledger.content" if the text is not what its hash says.
Result<std::optional<Version>> load_version(store::Transaction& transaction, std::int64_t id,
                                            std::int64_t content_version);

/// `person`: 0 if nobody (the console). Returns the new ledger's id.
Result<std::int64_t> insert(store::Transaction& transaction, const Content& content,
                            const store::Stamp& stamp, std::int64_t person);
/// Keeps a version and makes it the rows of the ledger. `head` has its number and hash.
Status keep_version(store::Transaction& transaction, const LedgerHead& head, const Content& content,
                    const store::Stamp& stamp, std::int64_t person);
Status keep_signature(store::Transaction& transaction, const Ledger& ledger, Level level,
                      std::int64_t person, const std::string& name, const store::Stamp& stamp);
Status void_signature(store::Transaction& transaction, std::int64_t id, const Signature& signature,
                      const store::Stamp& stamp);
Status keep_submission(store::Transaction& transaction, const LedgerHead& head, Date due,
                       duties::MatterId matter, const store::Stamp& stamp);
/// On the submission that is open.
Status keep_decision(store::Transaction& transaction, std::int64_t id, const std::string& outcome,
                     const std::string& reason, const store::Stamp& stamp);
Status keep_withdrawal(store::Transaction& transaction, std::int64_t id, Instant at);
/// The ledger that a matter decides on. Errors: not_found "ledger.missing".
Result<std::int64_t> ledger_of(store::Transaction& transaction, duties::MatterId matter);

}  // namespace anlan::ledger
