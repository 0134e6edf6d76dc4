#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "leads/list.hpp"

namespace anlan::leads {

/// How well one detection did against the true answers of a synthetic city.
struct Score {
  std::string code;
  std::int64_t planted = 0;
  std::int64_t found = 0;
  std::int64_t lookalikes = 0;      ///< innocent cases made to resemble the fraud
  std::int64_t lookalikes_hit = 0;  ///< of these, wrongly hit
  std::int64_t others_hit = 0;      ///< leads about subjects that are neither
  std::vector<std::string>
      missed;                      ///< "variant subject" of planted ones without a lead, ids masked
  std::vector<std::string> wrong;  ///< leads that should not be, ids masked

  /// found / planted and found / leads; 1 when there is nothing to find or nothing was said.
  double recall() const;
  double precision() const;
};

/// The least a detection must reach.
struct Threshold {
  double recall = 0;
  double precision = 0;
};

/// Reads `truth.csv` (detection, kind planted|lookalike, variant, subject_kind, subject_id, …) and
/// compares. Only detections that were run or planted appear, by code. Errors: not_found
/// "file.unreadable"; invalid_input "truth.malformed" with file and line.
Result<std::vector<Score>> check_truth(LeadList& list, const std::filesystem::path& truth);

/// YAML: `default: {recall: 1.0, precision: 0.98}` and the same under a detection's code.
/// Errors: invalid_input "thresholds.malformed" with file and line.
Result<std::map<std::string, Threshold>> read_thresholds(const std::filesystem::path& file);

}  // namespace anlan::leads
