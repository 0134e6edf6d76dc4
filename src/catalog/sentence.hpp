#pragma once

#include <string>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace anlan::catalog {

/// A stretch of plain text, or one {placeholder} of a sentence about a lead.
struct SentencePiece {
  std::string text;   ///< plain text; "" for a placeholder
  std::string value;  ///< name of the value put in, payment.month in rules; "" for plain text
  /// yuan, month, months, date, count, tail, label, percent, or "" for the value as it is
  std::string function;
  std::string list;       ///< the code list of `label(list, value)`
  std::string last;       ///< the second value of `months(value, last)`
  std::size_t begin = 0;  ///< of the piece in the sentence, braces included
  std::size_t end = 0;
};

/// Splits "{month(month_from)} 共 {yuan(amount_fen)} 元" into its pieces.
/// Errors: invalid_input "sentence.malformed", whose detail quotes the placeholder.
Result<std::vector<SentencePiece>> parse_sentence(const std::string& sentence);

/// What `months(…)` says: "2018-01" if both are one month, else "2018-01 至 2018-03" or "2018-01 to
/// 2018-03".
std::string month_span(const std::string& first, const std::string& last, Lang lang);

}  // namespace anlan::catalog
