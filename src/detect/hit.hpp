#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace anlan::detect {

/// A row of the lake that a hit rests on.
struct Evidence {
  std::string table;
  std::string key;  ///< the table's row_key
  friend auto operator<=>(const Evidence&, const Evidence&) = default;
};

/// One row that a detection found; what rules and models both give.
struct Hit {
  std::string subject_id;
  std::int32_t month = 0;                  ///< YYYYMM, 0 if the hit has none
  std::optional<std::int64_t> amount_fen;  ///< in the sense of the detection's amount kind
  std::string person_id_no;  ///< with scheme and item: whose money this is, "" if nobody's
  std::string scheme;
  std::string item;
  double identity_quality = 1;  ///< 0–1, how sure it is that the records are one person
  double source_quality = 1;    ///< 0–1, how good the external source is
  std::vector<Evidence> evidence;
  std::vector<std::pair<std::string, std::string>> values;  ///< for the sentence: column → text
};

}  // namespace anlan::detect
