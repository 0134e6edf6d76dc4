#include "sim/person_writer.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>

namespace anlan::sim {
namespace {

constexpr const char* diagnoses[] = {"I10", "I25", "I63", "J18", "J44", "K29",
                                     "K80", "E11", "M51", "S82", "N20", "H25"};

}  // namespace

void PersonWriter::claim(Random& draw, int number, const ClaimFact& fact) {
  const bool employee = me().role == Role::employee || me().role == Role::flexible ||
                        me().role == Role::pensioner || me().role == Role::gov_pensioner;
  const bool inpatient = fact.to != no_date;
  const Date to = inpatient ? fact.to : fact.from;
  const int nights = to.days - fact.from.days;
  const std::int64_t total =
      inpatient ? 200'000 + nights * (60'000 + static_cast<std::int64_t>(draw.below(90'000)))
                : 8'000 + static_cast<std::int64_t>(draw.below(30'000));
  const std::int64_t pool = total * (employee ? 75 : 55) / 100;
  const std::int64_t own = employee ? total * 10 / 100 : 0;
  const std::uint64_t numbered =
      static_cast<std::uint64_t>(index_) * 1000 + static_cast<std::uint64_t>(number);
  Chunk& chunk = row(PersonTable::medical_claim);
  chunk.numbered("C", numbered, 12);
  put_person(chunk)
      .text(employee ? "310" : "390")
      .numbered("H", fact.inst, 5)
      .text(fact.kind)
      .date(fact.from)
      .date(fact.to)
      .text(inpatient ? fact.state : "")
      .text(fact.dx)
      .fen(total)
      .fen(pool)
      .fen(own)
      .fen(total - pool - own)
      .date(to)
      .flag(fact.manual)
      .flag(false)
      .numbered(fact.invoice > 0 ? "合成发票" : "合成票",
                fact.invoice > 0 ? static_cast<std::uint64_t>(fact.invoice) : numbered, 12)
      .flag(fact.reversed)
      .numbered("D", fact.inst * 20U + draw.below(20), 7)
      .text(region_code_of(city_.institutions[fact.inst].district))
      .end();
  for (std::size_t i = 0; i < fact.drugs.size(); ++i) {
    const std::int64_t price = 300 * fact.drugs[i].days_supply;
    row(PersonTable::medical_item)
        .numbered("C", numbered, 12)
        .numbered("", static_cast<std::uint64_t>(i + 1), 1)
        .numbered("X", static_cast<std::uint64_t>(fact.drugs[i].code), 5)
        .text("合成药品")
        .text("09")
        .ratio(million)
        .fen(price)
        .fen(price)
        .time(fact.from, 10 * 3600 + static_cast<int>(i) * 40)
        .integer(fact.drugs[i].days_supply)
        .end();
  }
  if (!inpatient) return;
  for (std::int32_t day = fact.from.days; day < std::max(to.days, fact.from.days + 1); ++day) {
    totals_.census(fact.inst, day - city_.first_day().days).fetch_add(1, std::memory_order_relaxed);
  }
}

void PersonWriter::items(int number, Date day, int second, int count) {
  for (int i = 0; i < count; ++i) {
    const std::int64_t price = 1'200 + 700 * i;
    row(PersonTable::medical_item)
        .numbered(
            "C", static_cast<std::uint64_t>(index_) * 1000 + static_cast<std::uint64_t>(number), 12)
        .numbered("", static_cast<std::uint64_t>(i + 1), 1)
        .numbered("X", static_cast<std::uint64_t>(100 + i), 5)
        .text("合成项目")
        .text(i == 0 ? "02" : "09")
        .ratio(million)
        .fen(price)
        .fen(price)
        .time(day, second + i * 40)
        .integer(i == 0 ? 0 : 7)
        .end();
  }
}

void PersonWriter::cast_visit(const Visit& visit) {
  Random draw = random("cast.visit", static_cast<std::uint64_t>(visit.from.days));
  const int number = 500 + visit.from.days % 400;
  claim(draw, number,
        {.inst = visit.inst,
         .kind = visit.inpatient ? "21" : "11",
         .from = visit.from,
         .to = visit.inpatient ? visit.to : no_date,
         .dx = visit.inpatient ? "J18" : "J06"});
  if (!visit.inpatient) items(number, visit.from, visit.second_of_day, 2);
}

std::uint32_t PersonWriter::institution(Random& draw) const {
  std::uint32_t sum = 0;
  for (const auto& inst : city_.institutions) sum += inst.weight;
  std::uint32_t at_weight = draw.below(sum);
  std::uint32_t index = 0;
  while (at_weight >= city_.institutions[index].weight)
    at_weight -= city_.institutions[index++].weight;
  return index;
}

void PersonWriter::hospital() {
  const Date first = city_.first_day();
  const Date last = city_.last_day();
  for (int slot = 0; first.days + slot * 365 < last.days; ++slot) {
    Random draw = random("hospital", static_cast<std::uint64_t>(slot));
    const int begin = first.days + slot * 365;
    const int age =
        static_cast<int>(Date{begin}.ymd().year()) - static_cast<int>(me().birth.ymd().year());
    const std::uint32_t chance = age < 5    ? 110
                                 : age < 45 ? 60
                                 : age < 60 ? 120
                                 : age < 70 ? 220
                                            : 330;
    if (draw.chance(chance, 1000)) {
      // Eleven days at least between the stays of two years.
      const Date from{begin + static_cast<std::int32_t>(draw.below(335))};
      const Date to{from.days + draw.between(2, 16)};
      const bool alive = (me().death == no_date || to < me().death) && !jailed(from, to);
      if (from >= me().birth && to <= last && alive) {
        const auto* dx = diagnoses[draw.below(std::size(diagnoses))];
        claim(draw, slot * 2, {.inst = institution(draw), .from = from, .to = to, .dx = dx});
        if (draw.chance(1, 25)) items(slot * 2, from, 10 * 3600, 3);
      }
    }
    if (draw.chance(1, 20)) {
      const Date day{begin + static_cast<std::int32_t>(draw.below(360))};
      const bool alive = (me().death == no_date || day < me().death) && !jailed(day, day);
      if (day >= me().birth && day <= last && alive) {
        const auto* dx = diagnoses[draw.below(std::size(diagnoses))];
        claim(draw, slot * 2 + 1, {.inst = institution(draw), .kind = "11", .from = day, .dx = dx});
      }
    }
  }
}

}  // namespace anlan::sim
