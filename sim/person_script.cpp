#include "sim/person_writer.hpp"

#include <algorithm>
#include <utility>

#include "sim/parameters.hpp"

namespace anlan::sim {
void PersonWriter::script(const Script& script) {
  for (const auto& fact : script.paid) paid(fact);
  for (const auto& fact : script.grants) granted(fact);
  for (const auto& fact : script.levies) levied_as_told(fact);
  for (const auto& fact : script.wages) waged(fact);
  for (const auto& fact : script.deaths) death_told(fact);
  for (const auto& fact : script.custody) custody_told(fact);
  for (const auto& fact : script.crossings) crossed(fact);
  for (const auto& fact : script.services) service(fact.from, fact.to);
  for (const auto& fact : script.checks) check(fact);
  for (std::size_t i = 0; i < script.claims.size(); ++i) {
    Random draw = random("cast.claim", i);
    claim(draw, 100 + static_cast<int>(i), script.claims[i]);
  }
  for (std::size_t i = 0; i < script.spells.size(); ++i) spell(script.spells[i], i);
  for (std::size_t i = 0; i < script.injuries.size(); ++i) injured(script.injuries[i], i);
  for (std::size_t i = 0; i < script.births.size(); ++i) gave_birth(script.births[i], i);
  for (const auto& fact : script.transfers) transferred(fact);
  for (const auto& fact : script.survivors) survives(fact);
  for (std::size_t i = 0; i < script.cases.size(); ++i) {
    const CaseFact& fact = script.cases[i];
    handle(fmt::format("{}{:09}-{}", fact.biz_type, index_, i + 1), fact.biz_type, fact.closed, "",
           {}, {}, {}, {}, {fact.papers.begin(), fact.papers.end()});
  }
  for (std::size_t i = 0; i < script.changes.size(); ++i) change(script.changes[i], i, {});
  if (script.dismissed != no_date) dismissed(script.dismissed);
}

std::size_t PersonWriter::paid_slot(std::int32_t scheme) {
  return static_cast<std::size_t>(std::find(paid_schemes.begin(), paid_schemes.end(), scheme) -
                                  paid_schemes.begin());
}

void PersonWriter::paid(const PaidItem& fact) {
  const std::size_t slot = paid_slot(fact.scheme);
  const char kind = fact.periodic ? '0' : '1';
  for (int b = fact.from; b <= fact.to; ++b) {
    const bool late = fact.settled != never;
    pay(slot, late ? fact.settled : b, city_.month(b), fact.item, fact.fen, 0, kind,
        late ? back_pay : normal);
    if (fact.taken_back != never)
      pay(slot, fact.taken_back, city_.month(b), fact.item, -fact.fen, 0, kind, -1);
  }
  bank_account_once(fact.settled != never ? fact.settled : fact.from);
}

void PersonWriter::granted(const GrantFact& fact) {
  Chunk& chunk = row(PersonTable::benefit_grant);
  chunk.numbered(
      "GX",
      static_cast<std::uint64_t>(fact.scheme) * 1'000'000'000 + static_cast<std::uint64_t>(index_),
      12);
  put_person(chunk)
      .text(std::to_string(fact.scheme))
      .text(fact.retire_kind)
      .month(city_.month(fact.grant))
      .month(city_.month(fact.start))
      .date(last_day(city_.month(fact.start - 1)));
  for (int i = 0; i < 3; ++i) chunk.none();
  chunk.integer(fact.total_months);
  for (int i = 0; i < 10; ++i) chunk.none();
  chunk.fen(fact.granted_fen).integer(0).fen(0).text("1");
  for (int i = 0; i < 4; ++i) chunk.none();
  chunk.text(agency_id_of(me().district)).text(region_code_of(me().district)).end();
}

PersonWriter::Rates PersonWriter::rates(std::uint32_t payer, std::int32_t scheme,
                                        Month month) const {
  const bool flexible = payer < n_districts;
  switch (scheme) {
    case 170:
      return {0, million, million};
    case 110:
      return flexible ? Rates{0, 200'000, 80'000}
                      : Rates{unit_pension_rate_millionths(month), 80'000, 80'000};
    case 210:
      return {5'000, 5'000, 0};
    case 310:
      return flexible ? Rates{0, 80'000, 0} : Rates{100'000, 20'000, 20'000};
    default:
      return {injury_rate_millionths(city_.employers[payer]), 0, 0};
  }
}

void PersonWriter::levied_as_told(const LevyFact& fact) {
  const auto slot = static_cast<std::size_t>(std::find(levied.begin(), levied.end(), fact.scheme) -
                                             levied.begin());
  const bool normal_bill = std::string_view{fact.type} == "10" && fact.settled == never;
  for (int due = fact.from; due <= fact.to; ++due) {
    const Rates rate = rates(fact.payer, fact.scheme, city_.month(due));
    if (normal_bill) {
      levy(fact.payer, due, slot, fact.base_fen, rate.unit, rate.person, rate.account, true,
           arrive_day(city_, fact.payer, due));
    } else {
      extra_levy(fact, rate, due, fact.settled == never ? due : fact.settled);
    }
  }
}

void PersonWriter::extra_levy(const LevyFact& fact, const Rates& rate, int due, int settled) {
  const std::int64_t sign = std::string_view{fact.type} == "20" ? -1 : 1;
  ExtraBill bill;
  bill.settle_no = fmt::format("K{}{}{:09}", fact.type, month_[at(settled)].value, index_);
  bill.payer = fact.payer;
  bill.scheme = fact.scheme;
  bill.settled = month_[at(settled)];
  bill.due = city_.month(due);
  bill.type = fact.type;
  bill.arrived = working_day_on_or_after(day_in(settled, 12));
  bill.base = fact.base_fen;
  bill.unit = sign * share(fact.base_fen, rate.unit);
  bill.person = sign * share(fact.base_fen, rate.person);
  bill.to_account = sign * share(fact.base_fen, rate.account);
  const std::string_view basis = fact.doc_basis;
  Chunk& chunk = row(MonthTable::contrib_person, settled);
  chunk.text(bill.settle_no);
  put_employer(put_person(chunk), fact.payer)
      .text(std::to_string(fact.scheme))
      .month(bill.settled)
      .month(bill.due)
      .text(fact.type)
      .fen(fact.base_fen)
      .ratio(rate.unit)
      .ratio(rate.person)
      .fen(bill.unit)
      .fen(bill.person)
      .fen(bill.person)
      .fen(bill.to_account)
      .none()
      .flag(true)
      .date(bill.arrived)
      .text(basis)
      .text(basis.empty() ? std::string()
                          : fmt::format("合成补〔{}〕{}号", bill.settled.year(), index_))
      .end();
  if (fact.scheme == 110 || fact.scheme == 170) principal_[year_slot(settled)] += bill.to_account;
  out_.bills.push_back(std::move(bill));
}

void PersonWriter::waged(const WageFact& fact) {
  for (int m = fact.from; m <= fact.to; ++m) {
    row(MonthTable::ext_tax_wage, m)
        .text("税务")
        .text(id())
        .text(name_)
        .text(uscc_of(city_, fact.payer))
        .month(month_[at(m)])
        .fen(fact.fen)
        .end();
  }
}

void PersonWriter::death_told(const DeathFact& fact) {
  const std::string_view name = fact.of_another ? other_name() : std::string_view{name_};
  const int received = fact.day.days + fact.days_late;
  if (fact.source[0] != '3')
    return death_row(fact.source, fact.source[0] - '0', fact.day, name, received, "R99");
  row(PersonTable::ext_cremation)
      .text("民政")
      .text(id())
      .text(name)
      .time(fact.day, 10 * 3600)
      .numbered("SW", static_cast<std::uint64_t>(index_), 9)
      .text("合成殡仪馆")
      .time(Date{received}, 8 * 3600)
      .end();
}

void PersonWriter::custody_told(const CustodyFact& fact) {
  row(PersonTable::ext_custody)
      .text("司法")
      .text(id())
      .text(fact.of_another ? other_name() : std::string_view{name_})
      .text(fact.kind)
      .date(fact.from)
      .date(fact.to)
      .date(fact.released)
      .text("合成罪名")
      .time(Date{fact.from.days + fact.days_late}, 8 * 3600)
      .end();
}

void PersonWriter::crossed(const CrossingFact& fact) {
  row(PersonTable::ext_exit_entry)
      .text("移民管理")
      .text(id())
      .text(name_)
      .text({&fact.dir, 1})
      .time(fact.day, 12 * 3600)
      .text("合成口岸")
      .end();
}

void PersonWriter::spell(const SpellFact& fact, std::size_t number) {
  const Month leave = city_.month(fact.leave);
  Chunk& chunk = row(PersonTable::unemp_spell);
  chunk.text(fmt::format("UX{:09}-{}", index_, number + 1));
  put_employer(put_person(chunk), fact.payer)
      .date(last_day(leave))
      .text("1")
      .date(working_day_on_or_after(Date::of(leave.plus(1).year(), leave.plus(1).month(), 4)))
      .integer(fact.paid_before)
      .integer(fact.entitled)
      .integer(0)
      .integer(std::max(0, fact.entitled - (fact.to - fact.from + 1)))
      .month(city_.month(fact.from))
      .month(fact.to + 1 >= months_ ? Month{} : city_.month(fact.to))
      .text(fact.to + 1 >= months_ ? "" : "1")
      .text(agency_id_of(me().district))
      .text(region_code_of(me().district))
      .end();
  paid({210, "200011", fact.from, fact.to, unemployment_fen(city_.month(fact.from).year())});
}

std::string PersonWriter::injury_id(std::int64_t person, std::size_t number) const {
  return fmt::format("INJ{:09}-{}", person, number + 1);
}

void PersonWriter::injured(const InjuryFact& fact, std::size_t number) {
  Chunk& chunk = row(PersonTable::injury_case);
  chunk.text(injury_id(index_, number));
  put_employer(put_person(chunk), fact.payer)
      .date(fact.accident)
      .date(Date{fact.accident.days + 12})
      .text("1")
      .date(Date{fact.accident.days + 40})
      .text(fmt::format("合成工伤〔{}〕{}", fact.accident.month().year(), index_))
      .text("1");
  const Date appraised{fact.accident.days + 90};
  if (fact.grade > 0) {
    chunk.integer(fact.grade).date(appraised);
    appraisal(fact.grade, appraised);
  } else {
    chunk.none().none();
  }
  chunk.fen(fact.own_wage_fen)
      .date(fact.fatal ? no_date : fact.accident)
      .date(fact.fatal ? no_date : Date{fact.accident.days + 60})
      .flag(false)
      .flag(fact.fatal)
      .text(agency_id_of(me().district))
      .text(region_code_of(me().district))
      .end();
}

void PersonWriter::gave_birth(const BirthFact& fact, std::size_t number) {
  const auto key = static_cast<std::uint64_t>(index_) * 10 + number;
  const std::int64_t wage = base_fen(city_, me(), fact.day.month().year());
  const int days = fact.event[0] == '1' ? 98 : 15;
  put_person(row(PersonTable::maternity_claim).numbered("MX", key, 10))
      .text(fact.event)
      .date(fact.day)
      .numbered("HX", key, 10)
      .integer(fact.spouse ? 0 : days)
      .fen(wage)
      .fen(fact.spouse ? 0 : wage * days / 30)
      .fen(200'000 + static_cast<std::int64_t>(number) * 1000)
      .flag(fact.spouse)
      .end();
  const int m = months_between(city_.options.start, fact.day.month());
  if (!fact.spouse && m < months_) {
    const auto month = static_cast<std::int16_t>(m);
    paid({510, "500011", month, month, wage * days / 30, false});
  }
}

void PersonWriter::transferred(const TransferFact& fact) {
  put_person(row(PersonTable::transfer))
      .text(std::to_string(fact.scheme))
      .text({&fact.dir, 1})
      .text("129999")
      .text("合成外地社保中心")
      .integer(0)
      .integer(fact.actual_months)
      .fen(3'000'000)
      .fen(0)
      .fen(4'500'000)
      .fen(7'500'000)
      .end();
}

void PersonWriter::survives(const SurvivorFact& fact) {
  row(PersonTable::survivor)
      .text(injury_id(fact.deceased, 0))
      .text(id())
      .text(fact.relation)
      .date(me().birth)
      .ratio(400'000)
      .month(city_.month(fact.from))
      .end();
}

void PersonWriter::dismissed(Date day) {
  row(PersonTable::ext_estab)
      .text("编办")
      .text(id())
      .text(name_)
      .text(employer_name_of(city_, me().jobs[0].payer))
      .month(day.month())
      .flag(false)
      .date(day)
      .time(Date{day.days + 30}, 8 * 3600)
      .end();
}

}  // namespace anlan::sim
