#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "lake/engine.hpp"
#include "lake/workspace.hpp"
#include "leads/run_leads.hpp"

namespace anlan::leads {

/// How a lead stands against the run that spoke for its detection before.
enum class Change { first, fresh, grown, shrunk, same, gone };

struct LeadRow {
  std::string lead_id;
  std::string code;
  std::string detection;
  std::string severity;
  std::string score;  ///< "86.5"
  int verify_within_days = 0;
  std::string subject_kind;
  std::string subject_id;
  std::string month_from;  ///< "2018-11" or ""
  std::string month_to;
  std::string amount_kind;
  std::int64_t amount_fen = 0;
  std::int64_t n_hits = 0;
  Title reason;
  Change change = Change::first;
};

/// The score in tenths: 865 of "86.5".
int score_tenths(const LeadRow& row);

/// One evidence row of one hit, flat, for exports.
struct EvidenceRow {
  std::string lead_id;
  std::string month;
  std::optional<std::int64_t> amount_fen;
  std::string table;
  std::string key;
};

struct Totals {
  std::int64_t leads = 0;
  std::int64_t recoverable_fen =
      0;  ///< over all detections, each (person, scheme, item, month) once
  std::int64_t difference_fen = 0;
  std::int64_t exposure_fen = 0;
};

struct LeadFilter {
  std::vector<std::string> codes;  ///< empty: all
  bool gone = false;               ///< list also leads that the newest run no longer finds
  std::int64_t limit = 0;          ///< 0: all
};

/// The leads of the current run of each detection. Opens its own engine over the runs' files.
class LeadList {
 public:
  /// Errors: not_found "leads.none" before the first run; corrupted "runs.damaged".
  static Result<LeadList> open(const lake::Workspace& workspace, const LeadFilter& filter);

  /// Heaviest first: score, then amount, then lead_id.
  Status each(const std::function<Status(const LeadRow&)>& take);
  Status each_evidence(const std::function<Status(const EvidenceRow&)>& take);
  Result<Totals> totals();
  /// Per detection, by code.
  Result<std::vector<DetectionSummary>> by_detection();
  /// Every line of the contract's JSON Lines, sorted by lead_id.
  Status each_line(const std::function<Status(const std::string&)>& take) const;

 private:
  LeadList(lake::Engine engine, lake::Connection connection)
      : engine_(std::move(engine)), connection_(std::move(connection)) {}
  lake::Engine engine_;
  lake::Connection connection_;
  std::vector<std::filesystem::path> files_;
  std::vector<DetectionSummary> summaries_;
  std::int64_t limit_ = 0;
};

}  // namespace anlan::leads
