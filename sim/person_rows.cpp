#include "sim/person_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fund/region.hpp"
#include "sim/person_writer.hpp"

namespace anlan::sim {

PersonWriter::PersonWriter(const City& city, const PersonFiles& files, Totals& totals,
                           std::uint64_t number, PeopleChunk& out)
    : city_(city),
      files_(files),
      totals_(totals),
      number_(number),
      out_(out),
      months_(city.options.months) {
  out_.chunks.resize(files.size());
  out_.batches.resize(paid_schemes.size() * static_cast<std::size_t>(months_) * batch_kinds);
  for (int m = 0; m < months_; ++m) {
    month_.push_back(city.month(m));
    for (int kind = 0; kind < batch_kinds; ++kind) {
      pay_day_.push_back(pay_day(month_.back(), kind));
      for (const auto scheme : paid_schemes)
        batch_id_.push_back(batch_id_of(scheme, month_.back(), kind));
    }
  }
}

void PersonWriter::write(std::int64_t index) {
  index_ = index;
  person_ = &city_.people[static_cast<std::size_t>(index)];
  note_ = person_->note >= 0 ? &city_.notes[static_cast<std::size_t>(person_->note)] : nullptr;
  const auto digits = id_of(*person_);
  std::copy(digits.begin(), digits.end(), id_.begin());
  name_ = name_of(city_, index);
  payments_ = 0;
  account_changed_ = never;
  principal_.assign(years(), 0);
  paid_out_.assign(years(), 0);
  death_ = death_news(city_, index);

  contributions();
  pension_ = pension_of(city_, index, balance_at_retirement());
  payee();
  if (pension_.scheme != 0) draw_pension();
  if (person_->laid_off != never) draw_unemployment();
  if (!person_->still) {
    odd_registers();
    injury();
    maternity();
    hospital();
    transfer();
  } else if (note_ != nullptr) {
    for (const auto visit : note_->visits) cast_visit(city_.visits[visit]);
  }
  if (note_ != nullptr) {
    script(note_->script);
  } else if (me().death != no_date && !me().still) {
    die();
  }
  household();
  accounts();
  self();
}

Totals::Totals(const City& city)
    : months(city.options.months),
      days(static_cast<std::size_t>(city.last_day().days - city.first_day().days + 1)),
      levies(city.employers.size() * static_cast<std::size_t>(months) * levied.size()),
      beds_taken(city.institutions.size() * days) {}

std::string batch_id_of(std::int32_t scheme, Month month, int kind) {
  return fmt::format("PB-{}-{}-{}", scheme, month.value, kind);
}

bool in_arrears(const City& city, std::uint32_t payer, int month) {
  if (payer < 2 * n_districts || city.employers[payer].cast) return false;
  return Random(city.options.seed, "arrears", payer, static_cast<std::uint64_t>(month))
      .chance(1, 500);
}

std::int64_t injury_rate_millionths(const Employer& employer) {
  // Eight base rates by industry; 人社部发〔2015〕71号.
  constexpr std::int64_t rates[] = {2'000, 4'000, 7'000, 9'000, 11'000, 13'000, 16'000, 19'000};
  return rates[employer.injury_class - 1];
}

std::string region_code_of(std::uint8_t district) {
  return std::to_string(fund::districts[district]);
}
std::string agency_id_of(std::uint8_t district) {
  return "AG" + region_code_of(district);
}
std::string settle_no_of(Month month, std::uint32_t payer) {
  return fmt::format("S{}{:08}", month.value, payer);
}

Date arrive_day(const City& city, std::uint32_t payer, int month) {
  const Month at = city.month(month);
  Random draw(city.options.seed, "arrive", payer, static_cast<std::uint64_t>(month));
  return working_day_on_or_after(Date::of(at.year(), at.month(), draw.between(8, 18)));
}

Date pay_day(Month month, int kind) {
  constexpr int days[] = {10, 15, 19};
  return working_day_on_or_after(Date::of(month.year(), month.month(), days[kind]));
}

PeopleChunk write_people(const City& city, const PersonFiles& files, Totals& totals,
                         std::int64_t from, std::int64_t to, std::uint64_t chunk_number) {
  PeopleChunk out;
  PersonWriter writer(city, files, totals, chunk_number, out);
  for (std::int64_t i = from; i < to; ++i) writer.write(i);
  return out;
}

}  // namespace anlan::sim
