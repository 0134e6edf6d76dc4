#include "referral/threshold.hpp"

#include <array>

#include "base/check.hpp"

namespace anlan::referral {
namespace {

constexpr std::array<std::pair<SubjectKind, std::string_view>, 5> kinds = {
    {{SubjectKind::individual, "individual"},
     {SubjectKind::employer, "employer"},
     {SubjectKind::institution, "institution"},
     {SubjectKind::agency, "agency"},
     {SubjectKind::official, "official"}}};

/// Without ever multiplying an amount past 64 bits.
Assessment against(Fen threshold, Fen amount, int near_percent) {
  if (amount >= threshold) return Assessment::must_assess;
  // The least amount that is near_percent of the threshold, rounded up: a fen less is not near.
  const auto near =
      threshold.value / 100 * near_percent + (threshold.value % 100 * near_percent + 99) / 100;
  return amount.value >= near ? Assessment::near : Assessment::no;
}

}  // namespace

std::string_view name_of(SubjectKind kind) {
  for (const auto& [known, name] : kinds) {
    if (known == kind) return name;
  }
  CHECK(false);
  return {};
}
std::optional<SubjectKind> subject_kind_named(std::string_view name) {
  for (const auto& [kind, known] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}
std::string_view name_of(Assessment assessment) {
  switch (assessment) {
    case Assessment::must_assess:
      return "must_assess";
    case Assessment::near:
      return "near";
    case Assessment::no:
      break;
  }
  return "no";
}

Result<Answer> referral_test(const catalog::ReferralTerms& terms, const Question& question) {
  Answer answer;
  answer.offence = terms.offence(question.offence);
  if (answer.offence == nullptr)
    return fail(ErrorKind::invalid_input, "referral.offence", question.offence);
  if (question.amount.value < 0)
    return fail(ErrorKind::invalid_input, "referral.amount", "below zero");
  if (question.persons < 1)
    return fail(ErrorKind::invalid_input, "referral.persons", std::to_string(question.persons));
  if (answer.offence->official && question.subject != SubjectKind::official)
    return fail(ErrorKind::invalid_input, "referral.subject", question.offence);
  answer.joint = question.persons > 1;
  for (const auto& level : answer.offence->levels) {
    if (level.only_if_aggravated && !question.aggravated) continue;
    const auto said = against(level.threshold(), question.amount, terms.near_percent);
    answer.levels.push_back({&level, said});
    if (said == Assessment::must_assess) answer.reached = &level;
  }
  if (answer.levels.empty()) return answer;
  answer.assessment = answer.levels.front().assessment;
  answer.local_not_set = answer.levels.front().level->local_not_set();
  return answer;
}

}  // namespace anlan::referral
