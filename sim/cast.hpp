#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "sim/population.hpp"
#include "sim/random.hpp"

namespace anlan::sim {

/// Employers, each as often as it is large.
class WeightedEmployers {
 public:
  void add(std::uint32_t employer, std::uint32_t weight) {
    sum_ += weight;
    employers_.push_back(employer);
    ends_.push_back(sum_);
  }
  bool empty() const { return employers_.empty(); }
  std::uint32_t pick(Random& draw) const;

 private:
  std::vector<std::uint32_t> employers_;
  std::vector<std::uint32_t> ends_;
  std::uint32_t sum_ = 0;
};

/// The people, employers and institutions that commit the planted irregularities, and those that
/// only seem to. They are apart from everybody else, so that no chance event of the city can hide
/// or double what is planted.
class CastBuilder {
 public:
  CastBuilder(City& city, const WeightedEmployers& large);
  void build();

 private:
  std::int64_t times(int per_million) const;
  std::int32_t add(Role role);
  std::int32_t add_pensioner(Role role);
  std::uint32_t add_employer();
  std::int32_t add_worker(std::uint32_t employer, int first, bool wages);
  void add_retirees(std::uint32_t employer, int count);
  void add_claimants(std::uint32_t employer, int count, bool wages);
  std::uint32_t add_inst(int beds);
  void add_stays(std::uint32_t inst, int patients, Date from, int nights);
  Person& person(std::int32_t index) { return city_.people[static_cast<std::size_t>(index)]; }
  Note& note_of(std::int32_t index);
  Truth& tell(std::string_view detection, bool planted, std::string_view variant,
              std::string_view kind, std::string id, Month from, Month to, std::string_view note);
  void except(std::string_view model, std::string_view kind, const std::string& id,
              std::string_view reason);

  // For the rules: each variant is a person who stands apart.
  Date day(int month, int of_month) const;
  Script& script_of(std::int32_t index) { return note_of(index).script; }
  PensionTwist& twist_of(std::int32_t index) { return note_of(index).twist; }
  std::int32_t add_new_pensioner(int start);
  void plant(std::string_view code, std::string_view variant, std::int32_t index, int from,
             std::string_view note);
  void spare(std::string_view code, std::string_view variant, std::int32_t index, int from,
             std::string_view note);
  void list(std::string_view code, std::int32_t index, std::string_view reason);
  void pension_rules();
  void paid_after_death(std::string_view code, Role role);
  void paid_in_prison(std::string_view code, Role role);
  std::int32_t switched(Role role, int& from, std::int64_t fen);
  void two_pensions(std::string_view code, Role role, std::int32_t other, std::int64_t fen);
  void dismissed_officials();
  void grant_rules();
  std::int32_t add_early(int start, int months);
  void too_early();
  void miscounted();
  void paid_on();
  void bought_in();
  void odd_grants();
  void unverified();
  void counter_tricks();
  void changed_in_time();
  void benefit_rules();
  std::int32_t add_jobless(int left);
  void unemployed();
  void injured();
  void patients();
  void mothers();
  void contributors();

  void shared_accounts();
  void concentrated_proxies();
  void shell_employers();
  void fake_jobs();
  void fake_affiliations();
  void duplicate_payments();
  void crowded_hospitals();
  void group_visits();
  void district_outlier();

  City& city_;
  const WeightedEmployers& large_;
  Month last_;
  int months_ = 0;
  Random draw_;
  std::int64_t accounts_ = 0;
};

}  // namespace anlan::sim
