#pragma once

#include <cstdint>
#include <string_view>

#include "base/lang.hpp"

namespace anlan::ingest {

/// Why a row was rejected, or loaded with a remark. Order is of no meaning; the codes are stable.
enum class Reason : std::uint8_t {
  none,
  field_count,
  quote_malformed,
  required_missing,
  text_too_long,
  lossy_number,
  formula_error,
  id_malformed,
  id_check_digit,
  id_birth_date,
  id_other_document,
  credit_code_malformed,
  credit_code_check,
  date_malformed,
  date_impossible,
  date_implausible,
  month_malformed,
  month_implausible,
  time_malformed,
  integer_malformed,
  integer_too_large,
  money_malformed,
  money_too_precise,
  money_too_large,
  ratio_malformed,
  ratio_too_precise,
  ratio_too_large,
  flag_unknown,
  code_unknown,
  totals,
  key_duplicate,
  count_,
};

constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::count_);

std::string_view reason_code(Reason reason);  ///< "row.date_impossible"
std::string_view reason_words(Reason reason, Lang lang);

}  // namespace anlan::ingest
