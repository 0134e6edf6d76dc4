#pragma once

#include <vector>

#include "base/result.hpp"
#include "sim/books_input.hpp"
#include "sim/books_rows.hpp"
#include "sim/table_writer.hpp"

namespace anlan::sim {

/// Writes the back office of the city: who works there and with which rights, the calendar, cases
/// and their steps, the operation log, tickets, archives, and the fund's accounts, ledgers and
/// batches (books_cases.hpp, books_money.hpp). Files of tables that the city writes too end in
/// "-books". Appends what is planted there to `truth`. Deterministic in `input`. Memory: the cases
/// and collections, no rows. Errors: those of CityFolder and TableFile.
Status make_books(const BooksInput& input, CityFolder& folder, std::vector<BookTruth>& truth);

/// The same into any sink.
void write_books(const BooksInput& input, BookSink& out);

}  // namespace anlan::sim
