#include "sim/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "sim/table_writer.hpp"

namespace anlan::sim {

std::int64_t average_wage_fen(int year) {
  std::int64_t wage = 520'000;  // 2016
  for (int y = 2016; y < year; ++y) wage = wage * 106 / 100;
  for (int y = 2016; y > year; --y) wage = wage * 100 / 110;
  return wage;
}

std::int64_t base_floor_fen(int year) {
  return average_wage_fen(year - 1) * 60 / 100;
}
std::int64_t base_ceiling_fen(int year) {
  return average_wage_fen(year - 1) * 3;
}

std::int64_t account_rate_millionths(int year) {
  // 人社部 each year; before 2016 and after 2024 our choice.
  constexpr std::int64_t rates[] = {83'100, 71'200, 82'900, 76'100, 60'400,
                                    66'900, 61'200, 39'700, 26'200};
  if (year < 2016) return 30'000;
  return rates[std::min<std::size_t>(static_cast<std::size_t>(year - 2016), std::size(rates) - 1)];
}

std::int64_t unit_pension_rate_millionths(Month month) {
  return month < Month::of(2019, 5) ? 190'000 : 160'000;
}

std::int64_t resident_basic_fen(Month month) {
  // National minimum (found: 人社部), and a local part of our own.
  const struct {
    Month from;
    std::int64_t fen;
  } steps[] = {{Month::of(2025, 1), 14'300}, {Month::of(2024, 1), 12'300},
               {Month::of(2023, 1), 10'300}, {Month::of(2022, 1), 9'800},
               {Month::of(2020, 7), 9'300},  {Month::of(2018, 1), 8'800},
               {Month::of(2014, 7), 7'000}};
  for (const auto& step : steps) {
    if (month >= step.from) return step.fen + 18'000;
  }
  return 5'500 + 18'000;
}

std::int64_t unemployment_fen(int year) {
  return 80'000 + 6'000 * std::max(0, year - 2014);
}

std::int64_t adjustments_fen(std::int64_t pension, int granted, int year) {
  std::int64_t now = pension;
  for (int y = granted + 1; y <= year; ++y) now += 4'500 + now * 2 / 100;
  return now - pension;
}

namespace {

std::string yuan(std::int64_t fen) {
  return fmt::format("{}.{:02}", fen / 100, fen % 100);
}
std::string ratio(std::int64_t millionths) {
  return fmt::format("0.{:06}", millionths);
}

}  // namespace

Status write_policy(CityFolder& folder, Month from, Month to) {
  auto param =
      folder.open("policy_param", {"code", "scheme", "region", "valid_from", "valid_to", "value",
                                   "unit", "doc_no", "issuer_level", "required_level"});
  if (!param) return fail(param.error());
  const auto put = [&](std::string_view code, std::string_view scheme, Date valid_from,
                       Date valid_to, const std::string& value, std::string_view unit,
                       const std::string& doc, char level) {
    const std::string_view issuer{&level, 1};
    param->row()
        .text(code)
        .text(scheme)
        .text("120000")
        .date(valid_from)
        .date(valid_to)
        .text(value)
        .text(unit)
        .text(doc)
        .text(issuer)
        .text(issuer)
        .end();
  };
  for (int year = from.year() - 1; year <= to.year(); ++year) {
    const Date first = Date::of(year, 1, 1);
    const Date last = Date::of(year, 12, 31);
    const std::string doc = fmt::format("合成〔{}〕1号", year);
    put("average_wage", "110", first, last, yuan(average_wage_fen(year - 1)), "元/月", doc, '2');
    put("base_floor", "110", first, last, yuan(base_floor_fen(year)), "元/月", doc, '2');
    put("base_ceiling", "110", first, last, yuan(base_ceiling_fen(year)), "元/月", doc, '2');
    put("account_rate", "110", first, last, ratio(account_rate_millionths(year)), "年", doc, '1');
    put("unemployment_benefit", "210", first, last, yuan(unemployment_fen(year)), "元/月", doc,
        '2');
    put("resident_basic", "170", first, last, yuan(resident_basic_fen(Month::of(year, 1))), "元/月",
        doc, '2');
    put("funeral", "110", first, last, yuan(funeral_fen), "元", doc, '2');
    put("adjust_fixed", "110", first, last, "45.00", "元/月", doc, '2');
    put("adjust_linked", "110", first, last, "0.02", "", doc, '2');
  }
  const Date ends = Date::of(9999, 12, 31);
  // Papers a case needs, by business type and category.
  put("required_paper.TRF.10", "110", Date::of(2016, 5, 1), ends, "1", "", "合成〔2016〕6号", '2');
  put("unit_rate", "110", Date::of(2016, 5, 1), Date::of(2019, 4, 30), "0.19", "",
      "合成〔2016〕2号", '2');
  put("unit_rate", "110", Date::of(2019, 5, 1), ends, "0.16", "", "国办发〔2019〕13号", '1');
  put("person_rate", "110", Date::of(2006, 1, 1), ends, "0.08", "", "国发〔2005〕38号", '1');
  put("transit_rate", "110", Date::of(2006, 1, 1), ends, "0.012", "", "合成〔2006〕3号", '2');
  put("unit_rate", "210", Date::of(2017, 1, 1), ends, "0.005", "", "合成〔2017〕4号", '2');
  put("person_rate", "210", Date::of(2017, 1, 1), ends, "0.005", "", "合成〔2017〕4号", '2');
  put("unit_rate", "310", Date::of(2001, 1, 1), ends, "0.10", "", "合成〔2001〕5号", '3');
  put("person_rate", "310", Date::of(2001, 1, 1), ends, "0.02", "", "国发〔1998〕44号", '1');
  if (const auto closed = param->close(); !closed) return closed;

  auto event = folder.open(
      "policy_event", {"event_id", "kind", "title", "scheme", "from_date", "to_date", "doc_no"});
  if (!event) return fail(event.error());
  // Adjusted pensions are paid from January on, so no back-payment campaign is needed: the event is
  // one month long and lies before the last month.
  for (int year = from.year(); year <= to.year(); ++year) {
    event->row()
        .numbered("EV", static_cast<std::uint64_t>(year), 4)
        .text("1")
        .text(fmt::format("{}年养老金调整（合成）", year))
        .text("110")
        .date(Date::of(year, 1, 1))
        .date(Date::of(year, 1, 31))
        .text(fmt::format("合成〔{}〕6号", year))
        .end();
  }
  return event->close();
}

}  // namespace anlan::sim
