#pragma once

#include "sim/books_money_plan.hpp"
#include "sim/books_rows.hpp"

namespace anlan::sim {

/// ext_tax_collect: what the tax office says it collected, one row per payer, scheme, month and
/// day. CC-09 plants money there that the agency never credited and the treasury never got.
void write_tax(const BooksInput& input, const BookDraw& draw, const MoneyPlan& plan, BookSink& out);

}  // namespace anlan::sim
