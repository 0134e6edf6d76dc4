#include "catalog/sentence.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "catalog/near_name.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

const std::vector<std::string> functions = {"yuan",  "month", "months", "date",
                                            "count", "tail",  "label",  "percent"};

tl::unexpected<Error> malformed(const std::string& detail) {
  return fail(ErrorKind::invalid_input, "sentence.malformed", detail);
}

/// amount_fen, or payment.month.
bool is_path(std::string_view text) {
  const auto names = split(text, '.');
  return std::all_of(names.begin(), names.end(), is_snake_case);
}

Result<SentencePiece> parse_placeholder(const std::string& inside) {
  const std::string quoted = "placeholder {" + inside + "}";
  SentencePiece piece;
  const auto open = inside.find('(');
  std::string_view value = inside;
  if (open != std::string::npos) {
    if (inside.back() != ')') return malformed(quoted + " does not end with )");
    piece.function = trim(std::string_view(inside).substr(0, open));
    if (std::find(functions.begin(), functions.end(), piece.function) == functions.end()) {
      return malformed(quoted + " calls an unknown function, expected " + one_of(functions) +
                       did_you_mean(piece.function, functions));
    }
    value = std::string_view(inside).substr(open + 1, inside.size() - open - 2);
  }
  const auto arguments = split(value, ',');
  const bool label = piece.function == "label";
  const bool months = piece.function == "months";
  if (arguments.size() != (label || months ? 2 : 1)) {
    return malformed(quoted + (label    ? ", expected {label(list, value)}"
                               : months ? ", expected {months(month_from, month_to)}"
                                        : ", expected one value"));
  }
  if (label) piece.list = trim(arguments[0]);
  if (months) piece.last = trim(arguments[1]);
  piece.value = trim(months ? arguments[0] : arguments.back());
  if (!is_path(piece.value) || (label && !is_snake_case(piece.list)) ||
      (months && !is_path(piece.last))) {
    return malformed(quoted + ", expected a snake_case column name");
  }
  return piece;
}

}  // namespace

Result<std::vector<SentencePiece>> parse_sentence(const std::string& sentence) {
  std::vector<SentencePiece> pieces;
  for (std::size_t at = 0; at < sentence.size();) {
    const auto brace = sentence.find_first_of("{}", at);
    const auto plain_end = std::min(brace, sentence.size());
    if (brace != at) {
      pieces.push_back({sentence.substr(at, brace - at), "", "", "", "", at, plain_end});
    }
    if (brace == std::string::npos) break;
    const auto close = sentence.find_first_of("{}", brace + 1);
    if (sentence[brace] == '}' || close == std::string::npos || sentence[close] == '{') {
      return malformed("a { or } without its other half in \"" + sentence + "\"");
    }
    auto piece = parse_placeholder(sentence.substr(brace + 1, close - brace - 1));
    if (!piece) return fail(piece.error());
    piece->begin = brace;
    piece->end = at = close + 1;
    pieces.push_back(std::move(*piece));
  }
  return pieces;
}

std::string month_span(const std::string& first, const std::string& last, Lang lang) {
  if (first == last) return first;
  return first + std::string(say(lang, " 至 ", " to ")) + last;
}

}  // namespace anlan::catalog
