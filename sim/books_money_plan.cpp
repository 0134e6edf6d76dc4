#include "sim/books_money_plan.hpp"

namespace anlan::sim {
namespace {

template <class List>
void shuffle(List& list, const BookDraw& draw, Purpose what) {
  for (std::size_t i = list.size(); i > 1; --i) {
    const auto j =
        static_cast<std::size_t>(draw.between(0, static_cast<std::int64_t>(i) - 1, what, i));
    std::swap(list[i - 1], list[j]);
  }
}

}  // namespace

MoneyPlan plan_money(const BooksInput& input, const BookDraw& draw) {
  MoneyPlan plan;
  plan.order = book_schemes;
  shuffle(plan.order, draw, "books.scheme_order");

  std::map<std::int32_t, std::int64_t> collected;
  for (const Collected& c : input.collected) collected[c.scheme] += c.fen;
  for (const auto& [scheme, fen] : collected) {
    if (fen > 0) plan.collecting.push_back(scheme);
  }
  shuffle(plan.collecting, draw, "books.collecting_order");

  // FA-07: normal batches of some size, not in the first month; what comes back is the look-alike.
  std::vector<const PaidBatch*> plain;
  std::vector<const PaidBatch*> returned;
  for (const PaidBatch& batch : input.batches) {
    if (batch.total_fen < 5'000 * yuan) continue;
    if (batch.returned_fen > 0) {
      returned.push_back(&batch);
    } else if (batch.kind == '1' && batch.month > input.start) {
      plain.push_back(&batch);
    }
  }
  const auto by_id = [](const PaidBatch* a, const PaidBatch* b) {
    return a->batch_id < b->batch_id;
  };
  std::sort(plain.begin(), plain.end(), by_id);
  std::sort(returned.begin(), returned.end(), by_id);
  shuffle(plain, draw, "books.batch_order");
  shuffle(returned, draw, "books.returned_order");
  // A small city may have returns in every batch: then some of those are broken too.
  while (plain.size() < 3 && returned.size() > 3) {
    plain.push_back(returned.back());
    returned.pop_back();
  }
  const std::size_t planted = std::min<std::size_t>(plain.size(), 3 + plain.size() / 40);
  for (std::size_t i = 0; i < planted; ++i) {
    const PaidBatch& batch = *plain[i];
    const std::int64_t part = draw.between(2, 6, "books.batch_difference", i);
    plan.batch_variant[batch.batch_id] = 1 + static_cast<int>(i % 3);
    plan.batch_difference[batch.batch_id] =
        std::max(batch.total_fen * part / 100, 800 * yuan + static_cast<std::int64_t>(i));
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(returned.size(), 4); ++i)
    plan.batch_look_alike[returned[i]->batch_id] = true;
  return plan;
}

}  // namespace anlan::sim
