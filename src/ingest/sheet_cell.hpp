#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// What a number format makes of a number.
enum class NumberLook : std::uint8_t { number, date, time };

/// Formats with ids below 164 that a workbook need not spell out (ECMA-376 part 1, 18.8.30).
NumberLook look_of_builtin(int format_id);
/// By the letters y, m, d, h, s of the first section, outside quotes, brackets and escapes; [h]
/// counts hours and is a number.
NumberLook look_of_format(std::string_view code);

/// Appends a number written as in files of spreadsheets ("0.1", "1.2E+3", "3120.4999999999995") as
/// a plain decimal of at most 15 significant digits, half away from zero. No floating point. Out:
/// number; lossy_number for 16 or more digits before the point (all kept as they stand); text if it
/// is none.
CellKind append_decimal(std::string_view number, std::string& out);

/// Appends the date of a spreadsheet's day number, as `2018-11-30`, with its time of day to the
/// second unless that is midnight; of a time format a value below one day is only `12:00:00`
/// (text). Day 60 of the 1900 system is 1900-02-29, a day that never was. What is no day of years
/// 1900 to 9999 stays a number.
CellKind append_date(std::string_view serial, NumberLook look, bool from_1904, std::string& out);

/// Closes the cell whose text has been appended to `batch.arena`.
void end_cell(RecordBatch& batch, CellKind kind);
/// Closes the record of the cells ended since the last.
void end_record(RecordBatch& batch, std::int64_t row_no);

}  // namespace anlan::ingest
