#include "sim/person_writer.hpp"

#include <algorithm>

#include "sim/parameters.hpp"

namespace anlan::sim {
// Other departments keep an old 15-digit number now and then, and rarely the number of nobody.
std::string_view PersonWriter::foreign_id(Random& draw) {
  if (!draw.chance(1, 2500)) return id();
  if (draw.chance(1, 2) || me().still) {
    if (id_[6] != '1' || id_[7] != '9') return id();
    std::copy(id_.begin(), id_.begin() + 6, other_id_.begin());
    std::copy(id_.begin() + 8, id_.begin() + 17, other_id_.begin() + 6);
    return {other_id_.data(), 15};
  }
  other_id_ = id_;
  other_id_[14] = '9';  // serials never reach 900
  other_id_[17] = fund::id_check_digit(other_id_.data());
  return {other_id_.data(), 18};
}

void PersonWriter::transfer() {
  Random draw = random("transfer");
  if (me().role != Role::employee || !draw.chance(1, 150)) return;
  const std::int64_t own = 500'000 + static_cast<std::int64_t>(draw.below(4'000'000));
  const std::int64_t pool = own * 3 / 2;
  Chunk& chunk = row(PersonTable::transfer);
  put_person(chunk)
      .text("110")
      .text("2")
      .text("129999")
      .text("合成外地社保中心")
      .integer(0)
      .integer(draw.between(12, 90))
      .fen(own)
      .fen(0)
      .fen(pool)
      .fen(own + pool)
      .end();
  const Month from = city_.month(me().jobs[0].first).plus(-24);
  row(PersonTable::ext_other_region)
      .text("外省社保")
      .text(id())
      .text(name_)
      .text("129999")
      .text("110")
      .text("1")
      .month(from)
      .month(from.plus(23))
      .fen(own / 24)
      .end();
}

void PersonWriter::service(Date from, Date to) {
  row(PersonTable::ext_military)
      .text("退役军人")
      .text(id())
      .text(name_)
      .date(from)
      .date(to)
      .time(Date{std::min(to.days + 40, city_.last_day().days)}, 8 * 3600)
      .end();
}

void PersonWriter::odd_registers() {
  Random draw = random("registers");
  jail_from_ = jail_to_ = no_date;
  const bool worker = me().role == Role::employee || me().role == Role::other;
  if (worker && me().death == no_date && draw.chance(1, 1500) && me().laid_off == never &&
      pension_.scheme == 0) {
    constexpr std::uint32_t kinds[] = {30, 20, 30, 8, 7, 5};
    const char kind = static_cast<char>('1' + draw.weighted(kinds));
    const Date from{city_.first_day().days + static_cast<std::int32_t>(draw.below(
                                                 static_cast<std::uint32_t>(months_) * 30))};
    const Date to{from.days + draw.between(90, 1500)};
    jail_from_ = from;
    jail_to_ = to;
    row(PersonTable::ext_custody)
        .text("司法")
        .text(foreign_id(draw))
        .text(name_)
        .text({&kind, 1})
        .date(from)
        .date(to)
        .date(no_date)
        .text("合成罪名")
        .time(Date{from.days + draw.between(5, 60)}, 8 * 3600)
        .end();
  }
  if (me().role == Role::employee && me().male && draw.chance(1, 60)) {
    // Two years before the first job, if old enough.
    const Month from = me().work_start.plus(-24);
    if (months_between(me().birth.month(), from) >= 17 * 12) {
      service(Date::of(from.year(), from.month(), 1), last_day(from.plus(23)));
    }
  }
  if ((me().role == Role::resident || me().role == Role::resident_pensioner) &&
      draw.chance(1, 40)) {
    const char kind = static_cast<char>('1' + draw.below(3));
    const Date from{city_.first_day().days - draw.between(10, 900)};
    row(PersonTable::ext_lowincome)
        .text("民政")
        .text(foreign_id(draw))
        .text(name_)
        .text({&kind, 1})
        .date(from)
        .date(no_date)
        .time(Date{from.days + 20}, 8 * 3600)
        .end();
  }
  if (me().death == no_date && draw.chance(1, 150)) {
    const Date out{city_.first_day().days + static_cast<std::int32_t>(draw.below(
                                                static_cast<std::uint32_t>(months_) * 30 - 40))};
    const int away = draw.between(3, 30);
    for (int back = 0; back < 2; ++back) {
      row(PersonTable::ext_exit_entry)
          .text("移民管理")
          .text(id())
          .text(name_)
          .text(back == 0 ? "O" : "I")
          .time(Date{out.days + back * away}, 3600 * draw.between(6, 22))
          .text("合成口岸")
          .end();
    }
  }
  if (me().death == no_date && draw.chance(1, 40'000)) {
    // A death recorded under this number by mistake: the name is another's.
    const Date day{city_.first_day().days +
                   static_cast<std::int32_t>(draw.below(static_cast<std::uint32_t>(months_) * 28))};
    death_row("2", 2, day, other_name(), day.days + 30, "R99");
  }
}

std::string_view PersonWriter::other_name() const {
  return name_ == "癸百千" ? "癸百" : "癸百千";
}

void PersonWriter::death_row(std::string_view source, int rank, Date day, std::string_view name,
                             int received, std::string_view cause) {
  row(PersonTable::ext_death)
      .text(source)
      .text(id())
      .text(name)
      .date(day)
      .integer(rank)
      .text(cause)
      .numbered("SW", static_cast<std::uint64_t>(index_), 9)
      .time(Date{received}, 8 * 3600)
      .end();
}

void PersonWriter::die() {
  Random draw = random("death.registers");
  const Date day = me().death;
  const int end = city_.last_day().days;
  bool told = false;
  if (death_.police && day.days + death_.police_days <= end) {
    death_row("1", 1, day, name_, day.days + death_.police_days, "R99");
    told = true;
  }
  const int health = day.days + draw.between(1, 40);
  if (death_.health && health <= end) {
    const Date said{day.days - (death_.conflict ? draw.between(35, 60) : 0)};
    death_row("2", 2, said, name_, health, "I64");
    told = true;
  }
  const int cremated = day.days + draw.between(2, 6);
  if (death_.cremated && cremated + 20 <= end) {
    told = true;
    row(PersonTable::ext_cremation)
        .text("民政")
        .text(foreign_id(draw))
        .text(name_)
        .time(Date{cremated}, 3600 * draw.between(6, 12))
        .numbered("SW", static_cast<std::uint64_t>(index_), 9)
        .text("合成殡仪馆")
        .time(Date{cremated + 20}, 8 * 3600)
        .end();
  }
  const bool insured =
      me().role == Role::employee || me().role == Role::flexible || me().role == Role::pensioner;
  // Paid on a paper of the death, to those who report it at once.
  const int paid = std::max<int>(death_.died, death_.known) + 1;
  if (!insured || paid >= months_ || paid > death_.died + 2 || !told) return;
  const std::int64_t grant = funeral_fen * 3;
  const Month died = month_[at(death_.died)];
  pay(0, paid, died, "800011", funeral_fen, 0, '1', normal);
  pay(0, paid, died, "800012", grant, 0, '1', normal);
  if (pension_.scheme == 0) bank_account_once(paid);
  Chunk& chunk = row(PersonTable::death_settlement);
  put_person(chunk).date(day).fen(balance_at_death()).fen(funeral_fen).fen(grant).end();
  settled_year_ = static_cast<int>(year_slot(paid));
}

void PersonWriter::household() {
  Random draw = random("household.register");
  if (draw.chance(1, 200) && !me().still)
    return;  // lives in a collective household of another city
  const bool dead = me().death != no_date && death_.police &&
                    me().death.days + death_.police_days <= city_.last_day().days;
  row(PersonTable::ext_household)
      .text("公安")
      .text(foreign_id(draw))
      .text(name_)
      .text(me().male ? "1" : "2")
      .date(me().birth)
      .text(note_ != nullptr ? note_->script.household
            : dead           ? "2"
                             : "1")
      .date(note_ != nullptr ? note_->script.household_changed
            : dead           ? me().death
                             : no_date)
      .numbered("", 129'900U + me().district, 6)
      .end();
}

}  // namespace anlan::sim
