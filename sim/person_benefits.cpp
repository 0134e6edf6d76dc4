#include "sim/person_writer.hpp"

#include <algorithm>

#include "sim/parameters.hpp"

namespace anlan::sim {
namespace {

// The lump sum of an injury grade in months of wages; 工伤保险条例 35–37.
constexpr int injury_months[] = {27, 25, 23, 21, 18, 16, 13, 11, 9, 7};

}  // namespace

void PersonWriter::draw_unemployment() {
  const int left = me().laid_off;
  const Job& job = me().jobs[0];
  const std::string spell = fmt::format("U{:09}", index_);
  const int last = left + me().benefit_months;
  int paid_to = std::min(last, months_ - 1);
  if (death_.died != never) paid_to = std::min<int>(paid_to, death_.died);
  const bool running = last >= months_;
  const auto who =
      handle(case_id("UNE"), "UNE", std::min(left + 1, months_ - 1), "unemp_spell", spell);
  Chunk& chunk = row(PersonTable::unemp_spell);
  chunk.text(spell);
  put_employer(put_person(chunk), job.payer)
      .date(last_day(city_.month(left)))
      .text(random("unemployment").chance(1, 2) ? "1" : "2")
      .date(working_day_on_or_after(
          Date::of(city_.month(left + 1).year(), city_.month(left + 1).month(), 4)))
      .integer(left - job.first + 1)
      .integer(me().entitled_months)
      .integer(0)
      .integer(me().entitled_months - (std::max(paid_to, left) - left))
      .month(city_.month(left + 1))
      .month(running ? Month{} : city_.month(last))
      .text(running                                       ? ""
            : me().benefit_months == me().entitled_months ? "1"
                                                          : "2")
      .text(agency_id_of(me().district))
      .text(region_code_of(me().district))
      .end();
  (void)who;
  if (left + 1 > paid_to) return;
  for (int m = left + 1; m <= paid_to; ++m) {
    pay(3, m, month_[at(m)], "200011", unemployment_fen(month_[at(m)].year()), 0, '0', normal);
  }
  if (pension_.scheme == 0) bank_account(left + 1);
}

void PersonWriter::injury() {
  Random draw = random("injury");
  if (me().role != Role::employee || !draw.chance(static_cast<std::uint32_t>(months_) * 4, 12'000))
    return;
  const Job& job = me().jobs[0];
  const int m = draw.between(0, months_ - 1);
  if (m < std::max<int>(2, job.first + 2) || m > job.last || m + 1 >= months_) return;
  if (death_.died != never && death_.died <= m + 8) return;
  const std::string case_name = case_id("INJ");
  const Date accident = day_in(m, draw.between(1, 28));
  const Date applied{accident.days + draw.between(2, 25)};
  const Date decided{applied.days + draw.between(10, 55)};
  constexpr std::uint32_t grades[] = {600, 1, 1, 2, 3, 5, 8, 20, 40, 110, 210};
  const int grade = static_cast<int>(draw.weighted(grades));
  const Date appraised{decided.days + draw.between(20, 80)};
  const std::int64_t own = base_fen(city_, me(), month_[at(m)].year());
  handle(case_name, "INJ", std::min(m + 1, months_ - 1), "injury_case", case_name);
  Chunk& chunk = row(PersonTable::injury_case);
  chunk.text(case_name);
  put_employer(put_person(chunk), job.payer)
      .date(accident)
      .date(applied)
      .text(draw.chance(9, 10) ? "1" : "2")
      .date(decided)
      .text(fmt::format("合成工伤〔{}〕{}", month_[at(m)].year(), index_))
      .text("1");
  if (grade > 0) {
    chunk.integer(grade).date(appraised);
  } else {
    chunk.none().none();
  }
  if (grade > 0 && appraised <= city_.last_day()) appraisal(grade, appraised);
  chunk.fen(own)
      .date(accident)
      .date(Date{accident.days + draw.between(10, 160)})
      .flag(draw.chance(1, 20))
      .flag(false)
      .text(agency_id_of(me().district))
      .text(region_code_of(me().district))
      .end();
  const int medical = m + draw.between(1, 4);
  if (medical < months_) {
    pay(4, medical, month_[at(medical)], "400024",
        50'000 + static_cast<std::int64_t>(draw.below(3'000'000)), 0, '1', normal);
  }
  const int lump = m + draw.between(5, 8);
  if (grade > 0 && lump < months_) {
    pay(4, lump, month_[at(lump)], "400021", own * injury_months[grade - 1], 0, '1', normal);
    const bool retired = pension_.scheme != 0;
    const int end = death_.died == never ? months_ - 1 : death_.died;
    for (int k = lump; grade <= 4 && !retired && k <= end; ++k) {
      pay(4, k, month_[at(k)], "400011", own * (95 - 5 * grade) / 100, 0, '0', normal);
    }
  }
  bank_account_once(medical < months_ ? medical : lump);
}

void PersonWriter::appraisal(int grade, Date day) {
  row(PersonTable::appraisal)
      .text(id())
      .text("1")
      .text(grade <= 4   ? "1"
            : grade <= 6 ? "2"
                         : "3")
      .integer(grade)
      .time(day, 9 * 3600)
      .end();
}

void PersonWriter::maternity() {
  Random draw = random("maternity");
  if (me().male || me().role != Role::employee || me().laid_off != never) return;
  const int age = city_.options.start.year() - static_cast<int>(me().birth.ymd().year());
  if (age < 22 || age > 37 || !draw.chance(static_cast<std::uint32_t>(months_) * 6, 1200)) return;
  const int m = draw.between(0, months_ - 3);
  if (m < me().jobs[0].first + 10 || m > me().jobs[0].last || me().death != no_date) return;
  const std::int64_t wage = wage_fen(city_, me(), month_[at(m)].year());
  const int days = draw.chance(1, 8) ? 113 : 98;
  const std::int64_t allowance = wage * days / 30;
  Chunk& chunk = row(PersonTable::maternity_claim);
  chunk.numbered("M", static_cast<std::uint64_t>(index_), 9);
  put_person(chunk)
      .text("1")
      .date(day_in(m, draw.between(1, 28)))
      .numbered("HC", static_cast<std::uint64_t>(index_), 9)
      .integer(days)
      .fen(wage)
      .fen(allowance)
      .fen(200'000 + static_cast<std::int64_t>(draw.below(600'000)))
      .flag(false)
      .end();
  pay(5, m + 2, month_[at(m + 2)], "500011", allowance, 0, '1', normal);
  bank_account_once(m + 2);
}

}  // namespace anlan::sim
