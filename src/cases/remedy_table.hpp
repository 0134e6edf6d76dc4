#pragma once

#include "cases/follow_case.hpp"
#include "cases/remedy.hpp"

namespace anlan::cases {

// Rows of `remedy`. Inside this folder only.

Remedy remedy_from(const store::Row& row, Date today);
/// Whoever asks. Errors: not_found "remedy.not_found".
Result<Remedy> load_remedy(store::Transaction& transaction, RemedyId id, Date today);
std::string word_of(RemedyId id);

}  // namespace anlan::cases
