#pragma once

#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/result.hpp"

namespace anlan::app {

/// Something that is not as it should be.
struct Ailment {
  std::string code;                  ///< stable; error_words(code) says what it means
  std::string place;                 ///< which file, entry or table; never a name or an ID number
  std::string repair_zh, repair_en;  ///< what to do about it
  friend bool operator==(const Ailment& a, const Ailment& b) {
    return a.code == b.code && a.place == b.place;
  }
};

/// What was looked at, as counts, so that "nothing found" says how much it stands for.
struct Examined {
  std::uint64_t entries = 0;     ///< of the journal, verified
  std::uint64_t deliveries = 0;  ///< of the lake
  std::uint64_t bytes = 0;       ///< of Parquet that were held against their hashes
  std::uint64_t unhashed = 0;    ///< deliveries without hashes, of an older program
  std::uint64_t runs = 0;
  std::uint64_t dossier_kinds = 0;
  bool desk = false;
  std::vector<std::string> not_looked_at;  ///< what others were using at the time
};

struct Diagnosis {
  std::vector<Ailment> found;
  Examined examined;
};

/// Examines a workspace: settings, rights and disk; desk; journal; lake; runs; dossiers. Changes
/// nothing. `quick` leaves out what reads every byte: hashes of deliveries and dossier files.
Diagnosis examine(const std::string& folder, bool quick, const Session& session);

/// Mends what is safe to mend without anybody's decision: rights that are too wide, leftovers of
/// crashes, acts that wait, dossier files. Nothing that is the only copy of something is removed.
/// Errors: those of what it does; what it did before stays done.
Status mend(const std::string& folder, const std::vector<Ailment>& found, const Session& session);

}  // namespace anlan::app
