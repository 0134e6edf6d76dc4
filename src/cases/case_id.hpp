#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace anlan::cases {

/// The number of a row, as a type of its own for each table, so that no number stands for another.
template <class Table>
struct RecordId {
  std::int64_t value = 0;
  friend auto operator<=>(RecordId, RecordId) = default;
};

using CaseId = RecordId<struct CaseFileTable>;

/// "case:12". What belongs to a case and is decided as a matter is "case:12/recovery:7", so that
/// all matters of a case are found by the beginning of what they are about.
inline std::string word_of(CaseId id) {
  return "case:" + std::to_string(id.value);
}

}  // namespace anlan::cases
