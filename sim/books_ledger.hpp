#pragma once

#include "sim/books_movements.hpp"

namespace anlan::sim {

/// Writes down what moved: bank_account, bank_txn, gl_account, gl_balance, voucher_line, pay_batch,
/// recon_item, deposit, budget of one scheme.
void write_scheme(const SchemeInput& given, SchemeMoney money, BookSink& out);

}  // namespace anlan::sim
