#include "sim/person_writer.hpp"

#include <algorithm>
#include <atomic>

#include "sim/parameters.hpp"

namespace anlan::sim {
namespace {

constexpr std::int64_t resident_subsidy_fen(std::int64_t chosen) {
  return 6'000 + chosen / 20;
}

}  // namespace

void PersonWriter::contributions() {
  for (int i = 0; i < me().n_jobs; ++i) {
    const Job& job = me().jobs[i];
    if (job.payer >= n_districts && job.payer < 2 * n_districts) {
      resident_job(job);
    } else {
      earning_job(job, i == 0);
    }
  }
}

void PersonWriter::enrol(const Job& job, std::initializer_list<std::string_view> schemes,
                         std::int64_t base) {
  const bool ended = job.last < months_ - 1;
  const Month first = city_.month(job.first);
  const Date from = Date::of(first.year(), first.month(), 1);
  const Date to = ended ? last_day(city_.month(job.last)) : no_date;
  const bool retired = ended && me().retire.value != 0 &&
                       months_between(city_.options.start, me().retire) == job.last;
  for (const auto scheme : schemes) {
    Chunk& chunk = row(PersonTable::enrolment);
    put_employer(put_person(chunk), job.payer)
        .text(scheme)
        .month(first)
        .text(ended ? (retired ? "4" : "2") : "1")
        .text(ended ? (retired ? "3" : "2") : "1")
        .fen(base)
        .date(from)
        .date(to)
        .text(ended && !retired ? "6301" : "")
        .date(note_ != nullptr && note_->enrolled_on != no_date ? note_->enrolled_on
                                                                : working_day_on_or_after(from))
        .end();
  }
}

void PersonWriter::earning_job(const Job& job, bool first_job) {
  const bool flexible = job.payer < n_districts;
  const bool government = me().role == Role::gov_pensioner;
  const Employer& employer = city_.employers[job.payer];
  const int last = std::min<int>(job.last, months_ - 1);
  const std::int64_t base_now = base_fen(city_, me(), city_.month(std::max<int>(0, last)).year());
  if (government) {
    enrol(job, {"120"}, base_now);
  } else if (flexible) {
    enrol(job, {"110", "310"}, base_now);
  } else if (last < 0) {
    enrol(job, {"110"}, base_now);
  } else {
    enrol(job, {"110", "210", "310", "410"}, base_now);
  }
  if (last < 0) return;

  const std::int64_t injury = injury_rate_millionths(employer);
  Random gaps = random("wage.gap", first_job ? 0 : 1);
  const std::string uscc = flexible ? std::string() : uscc_of(city_, job.payer);
  for (int m = std::max<int>(0, job.first); m <= last; ++m) {
    const Month month = month_[at(m)];
    const std::int64_t base = note_ != nullptr && note_->base_fen > 0
                                  ? note_->base_fen
                                  : base_fen(city_, me(), month.year());
    const bool full = !in_arrears(city_, job.payer, m);
    const Date arrived = full ? arrive_day(city_, job.payer, m) : no_date;
    if (flexible) {
      levy(job.payer, m, 0, base, 0, 200'000, 80'000, full, arrived);
      levy(job.payer, m, 2, base, 0, 80'000, 0, full, arrived);
    } else {
      levy(job.payer, m, 0, base, unit_pension_rate_millionths(month), 80'000, 80'000, full,
           arrived);
      levy(job.payer, m, 1, base, 5'000, 5'000, 0, full, arrived);
      levy(job.payer, m, 2, base, 100'000, 20'000, 20'000, full, arrived);
      levy(job.payer, m, 3, base, injury, 0, 0, full, arrived);
      if (!me().no_wage && !(me().has_wage_gap && gaps.chance(1, 12))) wage(uscc, m);
    }
  }
}

void PersonWriter::levy(std::uint32_t payer, int m, std::size_t slot, std::int64_t base,
                        std::int64_t unit_rate, std::int64_t person_rate, std::int64_t account_rate,
                        bool full, Date arrived) {
  const std::int64_t unit = share(base, unit_rate);
  const std::int64_t person = share(base, person_rate);
  const std::int64_t account = share(base, account_rate);
  const std::uint64_t yyyymm = static_cast<std::uint64_t>(month_[at(m)].value);
  Chunk& chunk = row(MonthTable::contrib_person, m);
  chunk.numbered("S", yyyymm * 100'000'000 + payer, 14);
  put_employer(put_person(chunk), payer)
      .text(scheme_text(slot))
      .month(month_[at(m)])
      .month(month_[at(m)])
      .text("10")
      .fen(base)
      .ratio(unit_rate)
      .ratio(person_rate)
      .fen(unit)
      .fen(person)
      .fen(full ? person : 0)
      .fen(full ? account : 0)
      .none()
      .flag(full)
      .date(arrived)
      .none()
      .none()
      .end();
  if (slot == 0 && full) principal_[year_slot(m)] += account;
  Levy& sum = totals_.levy(payer, m, slot);
  sum.base.fetch_add(base, std::memory_order_relaxed);
  sum.unit.fetch_add(unit, std::memory_order_relaxed);
  sum.person.fetch_add(person, std::memory_order_relaxed);
  sum.n.fetch_add(1, std::memory_order_relaxed);
}

std::string_view PersonWriter::scheme_text(std::size_t slot) {
  constexpr std::string_view texts[] = {"110", "210", "310", "410", "170"};
  return texts[slot];
}

void PersonWriter::wage(const std::string& uscc, int m) {
  Random draw = random("wage", at(m));
  std::int64_t fen = wage_fen(city_, me(), month_[at(m)].year());
  fen = fen * draw.between(97, 104) / 100;
  if (month_[at(m)].month() == 12) fen += fen * draw.between(0, 150) / 100;
  Chunk& chunk = row(MonthTable::ext_tax_wage, m);
  chunk.text("税务")
      .text(foreign_id(draw))
      .text(name_)
      .text(uscc)
      .month(month_[at(m)])
      .fen(fen)
      .end();
}

void PersonWriter::resident_job(const Job& job) {
  enrol(job, {"170"}, resident_choice_fen(city_, index_));
  const int due = 3 + static_cast<int>(random("resident.month").below(6));
  for (int m = std::max<int>(0, job.first); m <= std::min<int>(job.last, months_ - 1); ++m) {
    if (month_[at(m)].month() != due) continue;
    const std::int64_t chosen = resident_choice_fen(city_, index_);
    const std::int64_t subsidy = resident_subsidy_fen(chosen);
    const Date arrived = arrive_day(city_, job.payer, m);
    Chunk& chunk = row(MonthTable::contrib_person, m);
    chunk.numbered("S", static_cast<std::uint64_t>(month_[at(m)].value) * 100'000'000 + job.payer,
                   14);
    put_employer(put_person(chunk), job.payer)
        .text("170")
        .month(month_[at(m)])
        .month(month_[at(m)])
        .text("10")
        .fen(chosen)
        .ratio(0)
        .ratio(million)
        .fen(0)
        .fen(chosen)
        .fen(chosen)
        .fen(chosen + subsidy)
        .fen(subsidy)
        .flag(true)
        .date(arrived)
        .none()
        .none()
        .end();
    principal_[year_slot(m)] += chosen + subsidy;
    Levy& sum = totals_.levy(job.payer, m, 4);
    sum.base.fetch_add(chosen, std::memory_order_relaxed);
    sum.person.fetch_add(chosen, std::memory_order_relaxed);
    sum.n.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace anlan::sim
