#include "sim/person_writer.hpp"

#include <algorithm>
#include <utility>

#include "sim/parameters.hpp"

namespace anlan::sim {
std::int64_t PersonWriter::balance_at_retirement() const {
  std::int64_t balance = opening_balance_fen(city_, index_);
  const std::int64_t first_year = city_.options.start.year();
  const std::int64_t last_year = me().retire.value == 0 ? first_year : me().retire.year();
  for (std::size_t y = 0; y < years(); ++y) {
    if (first_year + static_cast<std::int64_t>(y) < last_year) balance += interest(balance, y);
    balance += principal_[y];
  }
  return balance;
}

std::int64_t PersonWriter::interest(std::int64_t balance, std::size_t year) const {
  const std::int64_t rate =
      account_rate_millionths(city_.options.start.year() + static_cast<int>(year));
  return share(balance, rate) + share(principal_[year], rate / 2);
}

std::int64_t PersonWriter::balance_at_death() const {
  std::int64_t balance = opening();
  for (std::size_t y = 0; y < years(); ++y) balance += principal_[y] - paid_out_[y];
  return std::max<std::int64_t>(0, balance);
}

std::int64_t PersonWriter::opening() const {
  if (pension_.scheme == 0 || pension_.start >= 0) return opening_balance_fen(city_, index_);
  return std::max<std::int64_t>(0,
                                pension_.account_fen + pension_.account_part_fen * pension_.start);
}

void PersonWriter::accounts() {
  const bool resident = me().role == Role::resident || me().role == Role::resident_pensioner;
  const bool earner =
      me().role == Role::employee || me().role == Role::flexible || me().role == Role::pensioner;
  const int settled = std::exchange(settled_year_, -1);
  if (!resident && !earner) return;
  std::int64_t balance = opening();
  int months = 0;
  for (std::size_t y = 0; y < years(); ++y) {
    const int year = city_.options.start.year() + static_cast<int>(y);
    const bool closing = settled == static_cast<int>(y);
    const std::int64_t gained = closing ? 0 : interest(balance, y);
    std::int64_t out =
        std::min(std::max<std::int64_t>(0, paid_out_[y]), balance + principal_[y] + gained);
    if (closing) out = balance + principal_[y];
    const std::int64_t close = balance + principal_[y] + gained - out;
    months += principal_[y] > 0 ? 12 : 0;
    Chunk& chunk = row(PersonTable::personal_account);
    put_person(chunk)
        .text(resident ? "170" : "110")
        .integer(year)
        .fen(balance)
        .fen(principal_[y])
        .fen(gained)
        .fen(out)
        .fen(close)
        .integer(months)
        .date(Date::of(year, 12, 31))
        .text(closing                                                             ? "2"
              : pension_.scheme != 0 && month_of_year_end(year) >= pension_.start ? "4"
                                                                                  : "1")
        .end();
    if (closing) return;
    balance = close;
  }
}

int PersonWriter::month_of_year_end(int year) const {
  return months_between(city_.options.start, Month::of(year, 12));
}

void PersonWriter::self() {
  const Person& p = me();
  const bool retired = pension_.scheme != 0;
  const bool at_work = !retired && p.n_jobs > 0 && p.jobs[p.n_jobs - 1].last >= months_ - 1;
  const bool known_dead = p.death != no_date && death_.known != never;
  const std::int64_t house = p.spouse >= 0 ? std::min<std::int64_t>(index_, p.spouse) : index_;
  const Date work =
      p.work_start.value == 0 ? no_date : Date::of(p.work_start.year(), p.work_start.month(), 1);
  Random draw = random("person.row");
  const auto village = draw.below(20);
  Chunk& chunk = row(PersonTable::person);
  put_person(chunk)
      .text(id())
      .text(name_)
      .text("01")
      .text(p.male ? "1" : "2")
      .text(draw.chance(95, 100) ? "01" : "11")
      .date(p.birth)
      .date(note_ != nullptr && note_->archive_birth != no_date ? note_->archive_birth : p.birth)
      .date(work)
      .text(p.role == Role::resident || p.role == Role::resident_pensioner ? "20" : "10")
      .text(retired                    ? "80"
            : p.role == Role::child    ? "31"
            : p.role == Role::employee ? "24"
                                       : "90")
      .text(retired               ? "04"
            : at_work             ? "01"
            : p.laid_off != never ? "02"
                                  : "03")
      .text(p.male    ? ""
            : p.cadre ? "G"
                      : "W")
      .flag(retired)
      .date(retired ? last_day(p.retire) : no_date)
      .date(known_dead ? p.death : no_date)
      .numbered(region_code_of(p.district), village, 3)
      .numbered("10000", static_cast<std::uint64_t>(index_), 8)
      .text(fmt::format("合成路{}号{}室", house / 40 + 1, house % 40 + 101))
      .text(agency_id_of(p.district))
      .text(region_code_of(p.district))
      .end();
}

}  // namespace anlan::sim
