#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "catalog/model.hpp"
#include "detect/hit.hpp"

namespace anlan::leads {

/// A hit as a lead keeps it: whose money, which rows, in words.
struct LeadHit {
  std::int32_t month = 0;  ///< YYYYMM, 0 if none
  std::optional<std::int64_t> amount_fen;
  std::string person_id_no;
  std::string scheme;
  std::string item;
  std::vector<detect::Evidence> evidence;
  Title reason;
};

/// What one detection says about one subject: a suspicion to be verified, never a finding.
struct Lead {
  std::string lead_id;
  std::string code;       ///< of the detection: "EP-15"
  std::string detection;  ///< its name: "one_account_many_payees"
  std::string detection_version;
  catalog::Severity severity = catalog::Severity::medium;
  catalog::AmountKind amount_kind = catalog::AmountKind::exposure;
  int score_tenths = 0;        ///< 0–1000
  int verify_within_days = 0;  ///< working days
  std::string subject_kind;
  std::string subject_id;
  std::int32_t month_from = 0;
  std::int32_t month_to = 0;
  std::int64_t amount_fen = 0;
  Title reason;
  std::vector<LeadHit> hits;

  std::string run_id;
  std::string snapshot_id;
  std::string as_of;  ///< 2018-12-31
  std::map<std::string, std::string> params;
};

/// "EP-15-" and 12 hex digits of a hash over detection code, subject kind and subject.
std::string lead_id(const std::string& code, const std::string& subject_kind,
                    const std::string& subject_id);

/// 40·severity (high 1, medium 0.6, low 0.3) + 25·min(1, log10(1 + yuan)/4) + 20·identity +
/// 15·source quality, in tenths of a point. Our choice; see the handbook on lead scoring.
int score_tenths(catalog::Severity severity, std::int64_t amount_fen, double identity_quality,
                 double source_quality);

/// Working days to verify a lead of this score: 10 from 75 points, 20 from 50, else 30. Our choice.
int verify_within_days(int score_tenths);

/// One line of JSON, as the command line's contract says, without a line end.
std::string lead_json(const Lead& lead);

/// "high", "recoverable" … as in the catalog's files.
std::string severity_name(catalog::Severity severity);
std::string amount_kind_name(catalog::AmountKind kind);

}  // namespace anlan::leads
