#pragma once

#include "sim/books_input.hpp"
#include "sim/books_rows.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {

/// What people do at the counters and behind them: biz_case, workflow_step, op_log,
/// data_fix_ticket, archive_file, archive_borrow, duty_plan, policy_event (campaigns),
/// exception_list. Every case goes SL → CS → FH → SP through four hands in working hours. op_log is
/// in order of time, `seq` counts from 1, and hash = the first 32 hex digits of SHA-256 over
/// prev_hash and the row's fields joined by '|'; the first row's prev_hash is 32 zeros. A back-end
/// change (channel 2) has an executed ticket of the same table and key. Plants: OB-02, OB-07,
/// OB-12, DC-01 (operator_id), AR-03 (file_hash).
void write_cases(const BooksInput& input, const Staff& staff, BookSink& out);

}  // namespace anlan::sim
