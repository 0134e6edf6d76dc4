#include "leads/sentence.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "catalog/sentence.hpp"

namespace anlan::leads {
namespace {

std::optional<std::int64_t> whole(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string with_separators(const std::string& text) {
  const auto value = whole(text);
  if (!value) return text;
  std::string yuan = format_yuan(Fen{*value * 100});
  return yuan.substr(0, yuan.size() - 3);  // without ".00"
}

/// "0.125" → "12.5%", by moving the point in the text.
std::string percent(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return text;
  return fmt::format("{:.1f}%", value * 100);
}

std::string label(const catalog::Catalog& catalog, const std::string& list, const std::string& code,
                  Lang lang) {
  const auto found = catalog.lists.find(list);
  if (found == catalog.lists.end()) return code;
  for (const auto& value : found->second.values) {
    if (value.code == code) return value.title.in(lang);
  }
  return code;
}

std::string month_text(const std::string& value) {
  const auto month = parse_month(value);
  return month ? format_month(*month) : value;
}

std::string apply(const catalog::SentencePiece& piece, const std::string& value, Lang lang,
                  const catalog::Catalog& catalog) {
  if (piece.function == "yuan") {
    const auto fen = whole(value);
    return fen ? format_yuan(Fen{*fen}) : value;
  }
  if (piece.function == "month") return month_text(value);
  if (piece.function == "date") {
    const auto date = parse_date(value.substr(0, 10));
    return date ? format_date(*date) : value;
  }
  if (piece.function == "count") return with_separators(value);
  if (piece.function == "percent") return percent(value);
  if (piece.function == "tail") {
    return value.size() > 4 ? value.substr(value.size() - 4) : value;
  }
  if (piece.function == "label") return label(catalog, piece.list, value, lang);
  return value;
}

}  // namespace

std::string fill_sentence(const std::string& sentence, Lang lang, const catalog::Catalog& catalog,
                          const ValueOf& value_of) {
  const auto pieces = catalog::parse_sentence(sentence);
  if (!pieces) return sentence;  // the catalog's loader has refused it already
  std::string words;
  for (const auto& piece : *pieces) {
    if (piece.value.empty()) {
      words += piece.text;
      continue;
    }
    const auto value = value_of(piece.value);
    if (piece.function == "months") {
      const auto last = value_of(piece.last);
      const bool both = value && last && !value->empty() && !last->empty();
      words += both ? catalog::month_span(month_text(*value), month_text(*last), lang) : "—";
      continue;
    }
    words += value && !value->empty() ? apply(piece, *value, lang, catalog) : "—";
  }
  return words;
}

std::string masked(const std::string& id) {
  if (id.size() <= 8)
    return id.size() <= 4 ? id : std::string(id.size() - 4, '*') + id.substr(id.size() - 4);
  return id.substr(0, 4) + std::string(id.size() - 8, '*') + id.substr(id.size() - 4);
}

std::string shown_subject(const std::string& subject_kind, const std::string& id) {
  constexpr std::size_t bank_account_digits_min = 12;
  const bool secret = subject_kind == "person" ||
                      (subject_kind == "account" && id.size() >= bank_account_digits_min);
  return secret ? masked(id) : id;
}

}  // namespace anlan::leads
