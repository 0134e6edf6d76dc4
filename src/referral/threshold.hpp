#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fen.hpp"
#include "catalog/referral_terms.hpp"

namespace anlan::referral {

/// Whom a case is about, as far as an offence asks.
enum class SubjectKind { individual, employer, institution, agency, official };
std::string_view name_of(SubjectKind kind);
std::optional<SubjectKind> subject_kind_named(std::string_view name);

enum class Assessment {
  must_assess,  ///< 必须移送评估
  near,         ///< 接近: from near_percent of the threshold on
  no,           ///< 否
};
std::string_view name_of(Assessment assessment);

struct Question {
  std::string offence;  ///< of catalog/params/referral.yaml
  Fen amount;           ///< of all who acted together
  int persons = 1;
  SubjectKind subject = SubjectKind::individual;
  bool aggravated = false;  ///< a listed aggravation is known
};

/// What one level of the offence says.
struct LevelAnswer {
  const catalog::OffenceLevel* level;  ///< of the terms, which must outlive this
  Assessment assessment = Assessment::no;
};

struct Answer {
  Assessment assessment = Assessment::no;  ///< of the lowest level that counts
  const catalog::Offence* offence = nullptr;
  const catalog::OffenceLevel* reached = nullptr;  ///< the highest that is reached; none: nullptr
  std::vector<LevelAnswer> levels;                 ///< those that count, lowest first
  bool local_not_set = false;  ///< the city's own figure is missing where it would decide: the
                               ///< lower end of the band was used
  bool joint = false;          ///< more than one person: the amount is that of all together
};

/// Computes; a human decides. An amount equal to a threshold reaches it. Pure.
/// Errors: invalid_input "referral.offence" (not in the terms), "referral.amount" (below zero),
/// "referral.persons" (none), "referral.subject" (an offence of public officials, asked of somebody
/// who is none).
Result<Answer> referral_test(const catalog::ReferralTerms& terms, const Question& question);

}  // namespace anlan::referral
