#pragma once

#include "sim/books_input.hpp"
#include "sim/books_rows.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {

/// What people do at the counters and behind them: biz_case, workflow_step, op_log (books_log.hpp),
/// data_fix_ticket, archive_file (books_papers.hpp), duty_plan and a campaign in policy_event.
/// Every case goes SL → CS → FH → SP through four hands in working hours. A back-end change
/// (channel 2) has an executed ticket of the same table and key. Everybody at the counters does
/// enough ordinary work for shares to mean something. Plants: OB-02, OB-07, OB-12, DC-01
/// (operator_id), AR-03 (file_hash), in months without a mass event.
void write_cases(const BooksInput& input, const Staff& staff, BookSink& out);

}  // namespace anlan::sim
