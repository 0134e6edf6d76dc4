#pragma once

#include <array>
#include <span>

#include "sim/books_input.hpp"
#include "sim/books_rows.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {

/// What of a case reaches the archive.
enum class Filing {
  whole,
  nothing,
  without_approval,   ///< the approval sheet is missing …
  instead_of_sheets,  ///< … and a sheet of shared data stands in for it
};

/// A case with its four hands (SL, CS, FH, SP: numbers of operators) and the moments they acted.
struct WorkCase {
  CaseSeed seed;
  std::array<int, 4> hands{};
  std::array<Moment, 4> at{};
  bool cancelled = false;  ///< withdrawn after all steps; leaves no papers
  bool low_risk = false;   ///< on the list of low-risk business
  Filing filing = Filing::whole;
};

/// archive_file, archive_borrow and the exception for a common policy page. Each paper has a hash
/// of its own, but what AR-03 plants, the policy page, and one person's paper used again in that
/// person's next case.
void write_papers(const BooksInput& input, const Staff& staff, std::span<const WorkCase> cases,
                  BookSink& out);

}  // namespace anlan::sim
