#include "sim/books_tax.hpp"

#include <tuple>
#include <utility>

#include "sim/books_calendar.hpp"

namespace anlan::sim {

void write_tax(const BooksInput& input, const BookDraw& draw, const MoneyPlan& plan,
               BookSink& out) {
  using Key =
      std::tuple<std::int32_t, Month, std::uint32_t, Date>;  // scheme, month due, payer, day
  std::vector<std::pair<Key, std::int64_t>> rows;
  rows.reserve(input.collected.size());
  for (const Collected& c : input.collected)
    rows.push_back({{c.scheme, c.month, c.payer, c.arrived}, c.fen});
  std::sort(rows.begin(), rows.end());

  if (!plan.collecting.empty()) {
    const std::int32_t scheme = plan.collecting[0];
    const Month month = input.start.plus(input.months / 3);
    const auto first = std::lower_bound(rows.begin(), rows.end(),
                                        std::pair{Key{scheme, month, 0, Date{}}, std::int64_t{0}});
    std::int64_t sum = 0;
    std::vector<std::pair<Key, std::int64_t>> extra;
    for (auto row = first; row != rows.end() && extra.size() < 3; ++row) {
      const auto& [row_scheme, row_month, payer, day] = row->first;
      if (row_scheme != scheme || row_month != month || day.month() != month) break;
      const std::int64_t fen =
          draw.between(4'000 * yuan, 40'000 * yuan, "books.tax_extra", extra.size());
      extra.push_back({row->first, fen});
      sum += fen;
    }
    rows.insert(rows.end(), extra.begin(), extra.end());
    std::sort(rows.begin(), rows.end());
    if (sum > 0)
      out.truth({"CC-09", true, "税务已征经办未记", "fund", std::to_string(scheme), month, month,
                 sum, "税务征收多于经办记账与国库到账"});
  }

  for (std::size_t i = 0; i < rows.size();) {
    std::int64_t fen = 0;
    std::size_t next = i;
    while (next < rows.size() && rows[next].first == rows[i].first) fen += rows[next++].second;
    const auto& [scheme, month, payer, day] = rows[i].first;
    const Payer& who = input.payers[payer];
    out.row("ext_tax_collect", {{"source", "合成市税务局"},
                                {"uscc", who.uscc},
                                {"name", who.name},
                                {"scheme", std::to_string(scheme)},
                                {"month", month},
                                {"amount", Fen{fen}},
                                {"treasury_date", day},
                                {"recv_at", Moment::at(plus_working_days(day, 2), 6, 0)},
                                {"match_score", Millionths{1'000'000}},
                                {"region_code", input.districts[who.district].region_code}});
    i = next;
  }
}

}  // namespace anlan::sim
