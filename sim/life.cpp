#include "sim/life.hpp"

#include <algorithm>

#include "sim/parameters.hpp"
#include "sim/random.hpp"

namespace anlan::sim {
namespace {

// What a working life has put on the account: 8 % of the bases, at 70 % of today's wages on
// average, with interest.
std::int64_t saved_fen(int months, int year, std::int64_t index_millionths) {
  return months * (average_wage_fen(year - 1) * 8 / 100) * 7 / 10 * (index_millionths / 1000) /
         1000;
}

}  // namespace

std::int64_t wage_fen(const City& city, const Person& person, int year) {
  return person.wage_fen * (average_wage_fen(year) / 100) /
         (average_wage_fen(city.options.start.year()) / 100);
}

std::int64_t base_fen(const City& city, const Person& person, int year) {
  return std::clamp(wage_fen(city, person, year), base_floor_fen(year), base_ceiling_fen(year));
}

std::int64_t resident_choice_fen(const City& city, std::int64_t index) {
  constexpr std::int64_t choices[] = {60'000,  60'000,  90'000,  120'000,
                                      150'000, 180'000, 240'000, 330'000};
  return choices[Random(city.options.seed, "resident.choice", static_cast<std::uint64_t>(index))
                     .below(8)];
}

std::int64_t opening_balance_fen(const City& city, std::int64_t index) {
  const Person& person = city.people[static_cast<std::size_t>(index)];
  Random draw(city.options.seed, "balance", static_cast<std::uint64_t>(index));
  if (person.role == Role::resident) {
    return resident_choice_fen(city, index) * (-person.jobs[0].first / 12);
  }
  if (person.work_start.value == 0) return 0;
  const Month since = std::max(person.work_start, accounts_begin);
  const int months = std::max(0, months_between(since, city.options.start));
  return saved_fen(months, city.options.start.year(), 600'000 + draw.below(800'000));
}

Pension pension_of(const City& city, std::int64_t index, std::int64_t account_fen) {
  const Person& person = city.people[static_cast<std::size_t>(index)];
  Pension pension;
  const int months = city.options.months;
  const bool resident = person.role == Role::resident || person.role == Role::resident_pensioner;
  const bool earner = person.role == Role::employee || person.role == Role::flexible ||
                      person.role == Role::pensioner || person.role == Role::gov_pensioner;
  if ((!resident && !earner) || person.retire.value == 0) return pension;
  const int retire = months_between(city.options.start, person.retire);
  if (retire + 1 >= months) return pension;
  if (person.death != no_date && months_between(person.death.month(), person.retire) >= 0)
    return pension;

  Random draw(city.options.seed, "pension", static_cast<std::uint64_t>(index));
  const PensionTwist twist =
      person.note < 0 ? PensionTwist{} : city.notes[static_cast<std::size_t>(person.note)].twist;
  pension.start = static_cast<std::int16_t>(retire + 1);
  pension.grant = static_cast<std::int16_t>(pension.start + twist.late);
  const bool historic = pension.grant < 0;
  if (!historic && !person.still && draw.chance(1, 8)) {
    const int late = pension.start + draw.between(1, 2);
    const int dies =
        person.death == no_date ? months : months_between(city.options.start, person.death.month());
    if (late < months && late <= dies) pension.grant = static_cast<std::int16_t>(late);
  }
  const Month start = city.month(pension.start);

  if (resident) {
    pension.scheme = 170;
    pension.account_fen =
        historic ? resident_choice_fen(city, index) * draw.between(1, 9) : account_fen;
    pension.account_part_fen = fund::account_pension({pension.account_fen}, 139 * 12).value;
    pension.granted_fen =
        fund::resident_pension({resident_basic_fen(start)}, {pension.account_fen}).value;
    pension.total_months = 180;
    return pension;
  }

  pension.scheme = person.role == Role::gov_pensioner ? 120 : 110;
  pension.gap_months = historic || person.still ? 0 : draw.between(0, 18);
  pension.deemed_months =
      std::max(0, months_between(person.work_start, std::min(accounts_begin, person.retire)));
  pension.total_months = months_between(person.work_start, person.retire) - pension.gap_months;
  if (twist.deemed_months >= 0) pension.deemed_months = twist.deemed_months;
  if (twist.total_months >= 0) pension.total_months = twist.total_months;
  pension.index_millionths = 600'000 + draw.below(800'000);
  // One class of comparable pensions higher, so that like is still compared with like.
  if (person.district == city.rich_district) pension.index_millionths += 200'000;
  const int paid = pension.total_months - pension.deemed_months;
  pension.account_fen =
      historic ? saved_fen(paid, start.year(), pension.index_millionths) : account_fen;
  pension.parts =
      fund::employee_pension({.average_wage = {average_wage_fen(start.year() - 1)},
                              .index_millionths = pension.index_millionths,
                              .total_months = pension.total_months,
                              .deemed_months = pension.deemed_months,
                              .deemed_index_millionths = 1'000'000,
                              .transit_rate_ten_thousandths = transit_rate_ten_thousandths,
                              .account = {pension.account_fen},
                              .age_months = months_between(person.birth.month(), person.retire)});
  pension.generous = !historic && index >= city.cast && person.district == city.outlier_district &&
                     city.options.people >= outlier_people_min;
  if (pension.generous) {
    // The planted district counts a fifth more for everybody who does not stand apart.
    for (Fen* part : {&pension.parts.base, &pension.parts.transit, &pension.parts.account,
                      &pension.parts.total}) {
      part->value = part->value * 6 / 5;
    }
  }
  pension.granted_fen = pension.parts.total.value * twist.granted_percent / 100;
  pension.account_part_fen = pension.parts.account.value;
  return pension;
}

DeathNews death_news(const City& city, std::int64_t index) {
  DeathNews news;
  const Person& person = city.people[static_cast<std::size_t>(index)];
  if (person.death == no_date) return news;
  Random draw(city.options.seed, "death", static_cast<std::uint64_t>(index));
  news.died = static_cast<std::int16_t>(months_between(city.options.start, person.death.month()));
  if (person.still) return news;  // what is known of it, and to whom, stands in the script
  news.police = draw.chance(92, 100);
  news.health = draw.chance(40, 100);
  news.cremated = draw.chance(60, 100);
  news.police_days = draw.chance(4, 5) ? draw.between(3, 25) : draw.between(26, 150);
  // Where registers disagree, the better one is right.
  news.conflict = news.health && news.police &&
                  person.death.days + news.police_days <= city.last_day().days &&
                  draw.chance(2, 100);
  constexpr std::uint32_t delays[] = {70, 20, 10};
  int known = news.died;
  switch (draw.weighted(delays)) {
    case 0:
      known += draw.between(0, 1);
      break;
    case 1:
      known += draw.between(2, 4);
      break;
    default:
      known += draw.between(5, 12);
      break;
  }
  // What was paid in between is taken back in the month after; nobody's is still open at the end.
  if (known + 1 >= city.options.months) known = news.died;
  news.known = static_cast<std::int16_t>(known);
  return news;
}

}  // namespace anlan::sim
