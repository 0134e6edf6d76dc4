#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/hashing.hpp"

namespace anlan::journal {

/// One thing that was done. Everything but `personal` is committed for ever and holds no name and
/// no ID number: words of letters, digits and ._:/@=+- only, at most 200 long.
struct Act {
  std::string act;      ///< "import", "detect", "catalog.changed", …
  std::string who;      ///< an actor's id, or "uid:1000" of the operating system
  std::string post;     ///< the post under which they acted; "" if none
  std::string subject;  ///< what it was done to: "delivery:8f…", "run:3a…"; "" if nothing
  std::string outcome = "done";                 ///< "done", "unchanged", "failed:import.empty", …
  std::map<std::string, std::string> refs;      ///< "catalog", "snapshot", …: ids and hashes
  std::map<std::string, std::int64_t> counts;   ///< "rows_loaded", "hits", …
  std::map<std::string, std::string> personal;  ///< any text; may be erased by law later
};

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2018-12-01T00:00:00.000Z".
std::string time_text(WallTime time);
std::optional<WallTime> time_of_text(std::string_view text);

/// An act ready for the log but for its time, which the log gives.
struct PreparedAct {
  std::string before;    ///< canonical JSON up to the time
  std::string after;     ///< and behind it
  std::string personal;  ///< "<salt in hex> <canonical JSON>", or "" if there is nothing personal

  /// The entry as it is committed: canonical JSON (keys sorted, no spaces, integers only).
  /// `wall` is what the clock said, told only if the log's own time could not go back with it.
  std::string entry(WallTime at, WallTime wall) const;
  /// The same with texts of times, for many entries of one time; no `wall`: it is `at`.
  std::string entry(std::string_view at, std::string_view wall) const;
};

/// Errors: invalid_input "journal.word", naming the field whose text may not be committed;
/// "journal.entry_too_large".
Result<PreparedAct> prepare(Suite suite, const Act& act);

/// The field "at" of a committed entry. Errors: corrupted "journal.entry".
Result<WallTime> time_of_entry(std::string_view entry);
/// The field "personal": the hash of salt and content. Empty if the entry has none.
std::string_view personal_hash_of_entry(std::string_view entry);
/// The text of one of the outer fields that hold words ("act", "subject"), without parsing the
/// rest.
std::string_view word_of_entry(std::string_view entry, std::string_view field);

/// H(salt || content) in hex; nothing if `personal` is not a salt and content.
std::optional<std::string> personal_hash(Suite suite, std::string_view personal);

}  // namespace anlan::journal
