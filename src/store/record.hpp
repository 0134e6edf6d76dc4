#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "store/database.hpp"

namespace anlan::store {

// A record is a row that people change: it has one key column and a column `version`, and every
// change of it is noted in `record_change`. Who changes it names the version they saw; if another
// was faster, nothing happens and they are told by whom.

/// Who changes a record, as "actor:7" (never a name), and when.
struct Stamp {
  std::string by;
  Instant at;
};

/// Which record. `table` and `key_column` are words of the program, never of a user.
struct RecordKey {
  std::string_view table;
  std::string_view key_column;
  Value key;
};

using Fields = std::vector<std::pair<std::string_view, Value>>;

/// Inserts a record at version 1. The key is one of the `fields`, or the {id} the database gives;
/// it is returned as text. Errors: of Transaction.
Result<std::string> insert_record(Transaction& transaction, std::string_view table,
                                  std::string_view key_column, const Fields& fields,
                                  const Stamp& stamp);

/// The same where the key is an {id}.
Result<std::int64_t> insert_numbered(Transaction& transaction, std::string_view table,
                                     std::string_view key_column, const Fields& fields,
                                     const Stamp& stamp);

/// Changes the fields of a record that is still at `version`, and makes it version + 1.
/// Errors: conflict "store.stale", whose detail says who changed which fields when (or at which
/// version it is, if nobody did since); not_found
/// "store.record_missing"; of Transaction.
Status update_record(Transaction& transaction, const RecordKey& record, std::int64_t version,
                     const Fields& fields, const Stamp& stamp);

struct RecordChange {
  std::int64_t version = 0;
  Stamp stamp;
  std::string fields;  ///< "state, ends_on"
};

/// What was done to a record after `version` (0: since the beginning), oldest first.
Result<std::vector<RecordChange>> record_changes(Transaction& transaction, const RecordKey& record,
                                                 std::int64_t version = 0);

/// Records whose version is not the number of their noted changes, which no call above leaves
/// behind: one line a table, naming the first such key. Errors: of Transaction.
Result<std::vector<std::string>> record_damage(Transaction& transaction);

}  // namespace anlan::store
