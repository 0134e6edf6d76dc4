#include "rules/scalar.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/check.hpp"
#include "fund/retirement.hpp"
#include "rules/lexer.hpp"

namespace anlan::rules {
namespace {

Date date_of(const Scalar& value) {
  return {static_cast<std::int32_t>(value.number)};
}

Month month_of(const Scalar& value) {
  return {static_cast<std::int32_t>(value.number)};
}

std::int64_t characters(std::string_view text) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text, at)) ++count;
  return count;
}

/// `length` characters from the character `from` on, as many as there are.
std::string part_of(std::string_view text, std::int64_t from, std::int64_t length) {
  std::size_t at = 0;
  for (; from > 0 && at < text.size(); --from) at += character_bytes(text, at);
  const std::size_t begin = at;
  for (; length > 0 && at < text.size(); --length) at += character_bytes(text, at);
  return std::string(text.substr(begin, at - begin));
}

Scalar retirement(const Scalar& sex, const Scalar& birth, const Scalar& post_class) {
  const auto month = stat_month(sex.text, date_of(birth), post_class.text);
  return month ? Scalar::of(month->value) : Scalar::missing();
}

}  // namespace

int compare(const Scalar& a, const Scalar& b, Kind kind) {
  if (kind == Kind::text) return a.text.compare(b.text);
  return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
}

Scalar all_of(std::span<const Scalar> parts) {
  Scalar result = Scalar::of(1);
  for (const auto& part : parts) {
    if (part.is_false()) return part;
    if (part.is_error() && !result.is_error()) result = part;
    if (part.is_missing() && result.known()) result = part;
  }
  return result;
}

Scalar any_of(std::span<const Scalar> parts) {
  Scalar result = Scalar::of(0);
  for (const auto& part : parts) {
    if (part.is_true()) return part;
    if (part.is_error() && !result.is_error()) result = part;
    if (part.is_missing() && result.known()) result = part;
  }
  return result;
}

bool is_plain(Op op) {
  return op >= Op::equal || op == Op::logical_not;
}

Scalar apply(Op op, Kind kind, std::span<const Scalar> arguments, const re2::RE2* pattern) {
  for (const auto& argument : arguments) {
    if (argument.is_error()) return argument;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].is_missing() && !(op == Op::stat_month && i == 2)) return Scalar::missing();
  }
  const auto& a = arguments[0];
  const auto& b = arguments.size() > 1 ? arguments[1] : a;
  const auto truth = [](bool value) { return Scalar::of(value ? 1 : 0); };
  switch (op) {
    case Op::logical_not:
      return truth(a.number == 0);
    case Op::equal:
      return truth(compare(a, b, kind) == 0);
    case Op::not_equal:
      return truth(compare(a, b, kind) != 0);
    case Op::less:
      return truth(compare(a, b, kind) < 0);
    case Op::less_equal:
      return truth(compare(a, b, kind) <= 0);
    case Op::greater:
      return truth(compare(a, b, kind) > 0);
    case Op::greater_equal:
      return truth(compare(a, b, kind) >= 0);
    case Op::add:
      return Scalar::of(add(a.number, b.number));
    case Op::subtract:
      return Scalar::of(subtract(a.number, b.number));
    case Op::multiply:
      return Scalar::of(multiply(a.number, b.number));
    case Op::divide:
      return Scalar::of(divide(a.number, b.number));
    case Op::remainder:
      return Scalar::of(remainder(a.number, b.number));
    case Op::negate:
      return Scalar::of(subtract(0, a.number));
    case Op::add_months:
      return Scalar::of(add_months(a.number, b.number));
    case Op::subtract_months:
      return Scalar::of(add_months(a.number, -b.number));
    case Op::month_difference:
      return Scalar::of(month_difference(a.number, b.number));
    case Op::add_days:
      return Scalar::of(add_days(a.number, b.number));
    case Op::subtract_days:
      return Scalar::of(add_days(a.number, -b.number));
    case Op::day_difference:
      return Scalar::of(a.number - b.number);
    case Op::share:
      return Scalar::of(share(a.number, b.number));
    case Op::div:
      return Scalar::of(divide_half_up(a.number, b.number));
    case Op::ratio_of:
      return Scalar::of(ratio_of(a.number, b.number));
    case Op::month_of:
      return Scalar::of(date_of(a).month().value);
    case Op::first_day:
      return Scalar::of(Date::of(month_of(a).year(), month_of(a).month(), 1).days);
    case Op::last_day:
      return Scalar::of(last_day(month_of(a)).days);
    case Op::year_of:
      return Scalar::of((kind == Kind::date ? date_of(a).month() : month_of(a)).year());
    case Op::age_on_day:
      return Scalar::of(age_on(date_of(a), date_of(b)));
    case Op::age_in_month:
      return Scalar::of(age_in(date_of(a), month_of(b)));
    case Op::stat_month:
      return retirement(a, b, arguments[2]);
    case Op::min_months:
      return Scalar::of(fund::min_contribution_months(month_of(a).year()));
    case Op::employee_pension:
      return Scalar::of(employee_pension(
          a.number, b.number, arguments[2].number, arguments[3].number, arguments[4].number,
          arguments[5].number, arguments[6].number, arguments[7].number));
    case Op::resident_pension:
      return Scalar::of(resident_pension(a.number, b.number));
    case Op::unemployment_months:
      return Scalar::of(unemployment_months(a.number, b.number));
    case Op::substr:
      return Scalar::of_text(part_of(a.text, b.number, arguments[2].number));
    case Op::starts_with:
      return truth(a.text.starts_with(b.text));
    case Op::ends_with:
      return truth(a.text.ends_with(b.text));
    case Op::contains_text:
      return truth(a.text.find(b.text) != std::string::npos);
    case Op::matches:
      CHECK(pattern != nullptr);
      return truth(re2::RE2::PartialMatch(a.text, *pattern));
    case Op::text_size:
      return Scalar::of(characters(a.text));
    default:
      CHECK(false);
  }
}

std::string canonical_text(const Scalar& value, Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return value.number != 0 ? "true" : "false";
    case Kind::month:
      return format_month(month_of(value));
    case Kind::date:
      return format_date(date_of(value));
    case Kind::text:
      return value.text;
    case Kind::ratio: {
      const auto size = value.number < 0 ? -value.number : value.number;
      auto text = fmt::format("{}{}.{:06}", value.number < 0 ? "-" : "", size / ratio_one,
                              size % ratio_one);
      text.erase(text.find_last_not_of('0') + 1);
      if (text.ends_with('.')) text.pop_back();
      return text;
    }
    default:
      return std::to_string(value.number);
  }
}

}  // namespace anlan::rules
