#include "sim/books_money.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "base/check.hpp"
#include "sim/books_ledger.hpp"
#include "sim/books_money_plan.hpp"
#include "sim/books_movements.hpp"
#include "sim/books_tax.hpp"

namespace anlan::sim {

void write_money(const BooksInput& input, const Staff& staff, BookSink& out) {
  const BookDraw draw(input.seed);
  const MoneyPlan plan = plan_money(input, draw);
  std::map<std::int32_t, std::map<Date, std::int64_t>> collected;
  for (const Collected& c : input.collected) collected[c.scheme][c.arrived] += c.fen;
  std::map<std::int32_t, std::vector<const PaidBatch*>> batches;
  for (const PaidBatch& batch : input.batches) batches[batch.scheme].push_back(&batch);
  for (auto& [scheme, list] : batches) {
    CHECK(std::find(book_schemes.begin(), book_schemes.end(), scheme) != book_schemes.end());
    std::sort(list.begin(), list.end(), [](const PaidBatch* a, const PaidBatch* b) {
      return std::tie(a->released, a->batch_id) < std::tie(b->released, b->batch_id);
    });
  }
  for (const std::int32_t scheme : book_schemes) {
    const SchemeInput given{input, staff, draw, plan, scheme, batches[scheme], collected[scheme]};
    write_scheme(given, move_money(given, out), out);
  }
  write_tax(input, draw, plan, out);
}

}  // namespace anlan::sim
