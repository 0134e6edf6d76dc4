#pragma once

#include "sim/books_input.hpp"
#include "sim/books_rows.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {

/// The fund's money: bank_account, bank_txn, gl_account, gl_balance, voucher_line, pay_batch,
/// recon_item, ext_tax_collect, deposit, budget. Each scheme has its own ledger "ZT110" and seven
/// accounts:
///   ZH110-4-1 国库        taxpayers' money, swept to 财政专户 on the next working day
///   ZH110-3-1 财政专户    the main store
///   ZH110-1-1, -1-2 收入户  transfers in and interest, swept to zero on the last working day of
///   the month ZH110-2-1, -2-2 支出户  funded on the first working day of the month; pays each
///   batch with one debit
/// Ledger and bank agree at each month end but for listed reconciling items; pay_batch = voucher =
/// bank debit; Σ collected = ext_tax_collect = money into 国库, by month of arrival. What is
/// planted breaks just one of these. Plants: CC-09 (scheme), FA-01, FA-05, FA-06 (acct_id), FA-07
/// (batch_id).
void write_money(const BooksInput& input, const Staff& staff, BookSink& out);

}  // namespace anlan::sim
