// Operations on scalars, each as `apply` does it for one item.

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "rules/columnar_evaluator.hpp"
#include "rules/columnar_kernels.hpp"
#include "rules/columnar_values.hpp"

namespace anlan::rules::columnar {
namespace {

bool is_comparison(Op op) {
  return op >= Op::equal && op <= Op::greater_equal;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::less:
      return Op::greater;
    case Op::less_equal:
      return Op::greater_equal;
    case Op::greater:
      return Op::less;
    case Op::greater_equal:
      return Op::less_equal;
    default:
      return op;
  }
}

/// `f` of the known numbers of two Vecs, whose types are A and B, into values of type R.
template <class A, class B, class R, class F>
Vec pairwise(Arena& arena, const Vec& a, const Vec& b, std::size_t count, F f) {
  auto* out = arena.array<R>(count);
  std::uint8_t* errors = nullptr;
  const auto* x = a.as<A>();
  const auto* y = b.as<B>();
  const std::size_t x_step = a.constant ? 0 : 1;
  const std::size_t y_step = b.constant ? 0 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = x[i * x_step];
    const auto right = y[i * y_step];
    if (left == missing_of<A>() || right == missing_of<B>()) {
      out[i] = missing_of<R>();
      continue;
    }
    const Number number = f(left, right);
    out[i] = static_cast<R>(number.value);
    if (number.fault == Fault::none) continue;
    if (errors == nullptr) errors = zeroed<std::uint8_t>(arena, count);
    errors[i] = 1;
    out[i] = missing_of<R>();
  }
  return {out, errors, false};
}

template <class A, class R, class F>
Vec each(Arena& arena, const Vec& a, std::size_t count, F f) {
  auto* out = arena.array<R>(count);
  const auto* x = a.as<A>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = x[a.at(i)];
    out[i] = value == missing_of<A>() ? missing_of<R>() : static_cast<R>(f(value));
  }
  return {out, nullptr, false};
}

using I32 = std::int32_t;
using I64 = std::int64_t;

constexpr Number sure(std::int64_t value) {
  return {value, Fault::none};
}

/// Month of a day; the arithmetic of civil_from_days (Howard Hinnant), without a table.
I32 month_of_day(I32 day) {
  return Date{day}.month().value;
}

}  // namespace

Vec Evaluator::plain(const ProgramNode& node, Frame& frame) {
  const std::span arguments(arena_->array<Vec>(node.children.size()), node.children.size());
  bool all_constant = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    arguments[i] = evaluate(node.children[i], frame);
    all_constant = all_constant && arguments[i].constant;
  }
  const std::size_t count = all_constant ? 1 : frame.count;
  if (all_constant) {
    for (auto& one : arguments) one.constant = false;
  }
  auto& arena = *arena_;
  const auto& a = arguments[0];
  const auto& b = arguments.size() > 1 ? arguments[1] : a;
  const auto kind = program_.child(node, 0).type.kind;
  Vec out;
  switch (node.op) {
    case Op::logical_not: {
      auto* codes = arena.array<std::uint8_t>(count);
      columnar::logical_not(a.as<std::uint8_t>(), count, codes);
      out.values = codes;
      break;
    }
    case Op::add:
    case Op::subtract: {
      auto* sums = arena.array<I64>(count);
      const bool adds = node.op == Op::add;
      out.values = sums;
      if (!(adds ? columnar::add(a, b, count, sums) : columnar::subtract(a, b, count, sums)))
        out = adds ? pairwise<I64, I64, I64>(arena, a, b, count, rules::add)
                   : pairwise<I64, I64, I64>(arena, a, b, count, rules::subtract);
      break;
    }
    case Op::multiply:
      out = pairwise<I64, I64, I64>(arena, a, b, count, rules::multiply);
      break;
    case Op::divide:
      out = pairwise<I64, I64, I64>(arena, a, b, count, rules::divide);
      break;
    case Op::remainder:
      out = pairwise<I64, I64, I64>(arena, a, b, count, rules::remainder);
      break;
    case Op::negate:
      out = each<I64, I64>(arena, a, count, [](I64 value) { return -value; });
      break;
    case Op::add_months:
      out = pairwise<I32, I64, I32>(arena, a, b, count, rules::add_months);
      break;
    case Op::subtract_months:
      out = pairwise<I32, I64, I32>(arena, a, b, count, [](I64 month, I64 months) {
        return rules::add_months(month, -months);
      });
      break;
    case Op::month_difference:
      out = pairwise<I32, I32, I64>(
          arena, a, b, count, [](I64 x, I64 y) { return sure(rules::month_difference(x, y)); });
      break;
    case Op::add_days:
      out = pairwise<I32, I64, I32>(arena, a, b, count, rules::add_days);
      break;
    case Op::subtract_days:
      out = pairwise<I32, I64, I32>(arena, a, b, count,
                                    [](I64 day, I64 days) { return rules::add_days(day, -days); });
      break;
    case Op::day_difference:
      out = pairwise<I32, I32, I64>(arena, a, b, count, [](I64 x, I64 y) { return sure(x - y); });
      break;
    case Op::share:
      out = pairwise<I64, I64, I64>(arena, a, b, count, rules::share);
      break;
    case Op::div:
      out = pairwise<I64, I64, I64>(arena, a, b, count,
                                    [](I64 x, I64 y) { return divide_half_up(x, y); });
      break;
    case Op::ratio_of:
      out = pairwise<I64, I64, I64>(arena, a, b, count, rules::ratio_of);
      break;
    case Op::month_of:
      out = each<I32, I32>(arena, a, count, month_of_day);
      break;
    case Op::year_of:
      out = each<I32, I64>(arena, a, count, [&](I32 value) {
        return kind == Kind::date ? Date{value}.month().year() : Month{value}.year();
      });
      break;
    case Op::age_in_month:
      // The program has put the month of birth in the place of the day.
      out = pairwise<I32, I32, I64>(arena, a, b, count, [](I64 born, I64 month) {
        const auto months = rules::month_difference(month, born);
        return sure(months >= 0 ? months / 12 : -((-months + 11) / 12));
      });
      break;
    case Op::first_day:
    case Op::last_day:
    case Op::min_months:
      out = by_number(node, a, count);
      break;
    case Op::starts_with:
      out = of_prefix(node, a, count);
      break;
    case Op::substr:
    case Op::ends_with:
    case Op::contains_text:
    case Op::matches:
    case Op::text_size:
      out = of_text(node, a, count);
      break;
    default:
      out = is_comparison(node.op) ? comparison(node, arguments, count)
                                   : by_apply(node, arguments, count);
  }
  out.constant = all_constant;
  // An argument's error goes before all that the operation made of it; comparisons have seen to it.
  if (node.type.kind == Kind::boolean) return out;
  for (const auto& argument : arguments) {
    if (argument.errors == nullptr) continue;
    auto* errors = arena.array<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i)
      errors[i] = out.failed(all_constant ? 0 : i) || argument.failed(i) ? 1 : 0;
    out.errors = errors;
  }
  return out;
}

Vec Evaluator::comparison(const ProgramNode& node, std::span<const Vec> arguments,
                          std::size_t count) {
  const auto kind = program_.child(node, 0).type.kind;
  const bool swap = arguments[0].constant;
  const auto& a = arguments[swap ? 1 : 0];
  const auto& b = arguments[swap ? 0 : 1];
  const auto op = swap ? mirrored(node.op) : node.op;
  auto* codes = arena_->array<std::uint8_t>(count);
  const bool of_order = kind == Kind::text && op != Op::equal && op != Op::not_equal;
  const auto in_columns = [&](const Vec& texts) {
    return all_below(texts.as<std::uint32_t>(), texts_.words(), texts.constant ? 1 : count);
  };
  if (of_order && !(in_columns(a) && in_columns(b))) {
    const Reader left(a, kind);
    const Reader right(b, kind);
    for (std::size_t i = 0; i < count; ++i) {
      if (!left.known(i) || !right.known(i)) {
        codes[i] = code_unknown;
        continue;
      }
      const auto x = static_cast<std::uint32_t>(left.number(i));
      const auto y = static_cast<std::uint32_t>(right.number(i));
      const int sign = texts_.in_order(x) && texts_.in_order(y)
                           ? (x < y ? -1 : (x > y ? 1 : 0))
                           : texts_.text(x).compare(texts_.text(y));
      const Scalar signs[] = {Scalar::of(sign), Scalar::of(0)};
      codes[i] = apply(op, Kind::integer, signs).is_true() ? code_true : code_false;
    }
  } else {
    compare(op, kind, a, b, count, codes);
  }
  for (const auto& one : {a, b}) {
    for (std::size_t i = 0; one.errors != nullptr && i < count; ++i) {
      if (one.failed(i)) codes[i] = code_failed;
    }
  }
  return {codes, nullptr, false};
}

/// Words that begin alike stand together in the bucket's dictionary.
Vec Evaluator::of_prefix(const ProgramNode& node, const Vec& text, std::size_t count) {
  const auto* texts = text.as<std::uint32_t>();
  if (text.errors != nullptr || !all_below(texts, texts_.words(), count))
    return of_text(node, text, count);
  const auto prefix = texts_.text(*constant(node.children[1]).as<std::uint32_t>());
  auto& ends = memo(node);
  const auto low =
      ends.get(0,
               [&] {
                 return Memo::Entry{0, texts_.first_not_before(prefix), Memo::State::known};
               })
          .number;
  const auto high =
      ends.get(1,
               [&] {
                 return Memo::Entry{0, texts_.first_past_prefix(prefix), Memo::State::known};
               })
          .number;
  auto* codes = arena_->array<std::uint8_t>(count);
  mark_between(texts, static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high), count,
               codes);
  return {codes, nullptr, false};
}

/// What a text gives is mostly found once for each text that comes up.
Vec Evaluator::of_text(const ProgramNode& node, const Vec& text, std::size_t count) {
  auto& results = memo(node);
  const auto* pattern = node.op == Op::matches ? program_.patterns[node.slot].get() : nullptr;
  std::vector<Scalar> arguments(node.children.size());
  for (std::size_t i = 1; i < arguments.size(); ++i)
    arguments[i] = scalar(constant(node.children[i]), program_.child(node, i).type.kind, 0);
  Writer out(*arena_, node.type.kind, count);
  const Reader from(text, Kind::text);
  for (std::size_t i = 0; i < count; ++i) {
    if (from.failed(i)) {
      out.fail(i);
    } else if (from.missing(i)) {
      out.miss(i);
    } else {
      // Beyond the two places that of_prefix uses.
      const auto key = static_cast<std::uint64_t>(from.number(i)) + 2;
      out.set(i, results
                     .get(key,
                          [&] {
                            arguments[0] = scalar(text, Kind::text, i);
                            const auto result = apply(node.op, Kind::text, arguments, pattern);
                            const auto number = node.type.kind == Kind::text
                                                    ? texts_.number(result.text)
                                                    : result.number;
                            return Memo::Entry{0, number, Memo::State::known};
                          })
                     .number);
    }
  }
  return out.done();
}

/// One number gives one number, and few come up.
Vec Evaluator::by_number(const ProgramNode& node, const Vec& argument, std::size_t count) {
  const auto kind = program_.child(node, 0).type.kind;
  const Reader from(argument, kind);
  auto& results = memo(node);
  Writer out(*arena_, node.type.kind, count);
  const auto find = [&](std::int64_t number) {
    return results.get(static_cast<std::uint64_t>(number), [&] {
      const Scalar arguments[] = {Scalar::of(number)};
      return Memo::entry(apply(node.op, kind, arguments));
    });
  };
  // What one row gives mostly serves the next row too.
  std::optional<std::int64_t> last;
  std::optional<Memo::Entry> found;
  for (std::size_t i = 0; i < count; ++i) {
    if (from.failed(i)) {
      out.fail(i);
    } else if (from.missing(i)) {
      out.miss(i);
    } else {
      const auto number = from.number(i);
      if (number != last) found = find(number);
      last = number;
      out.put(i, *found);
    }
  }
  return out.done();
}

Vec Evaluator::by_apply(const ProgramNode& node, std::span<const Vec> arguments,
                        std::size_t count) {
  Writer out(*arena_, node.type.kind, count);
  std::vector<Scalar> values(arguments.size());
  const auto kind = program_.child(node, 0).type.kind;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t a = 0; a < arguments.size(); ++a)
      values[a] = scalar(arguments[a], program_.child(node, a).type.kind, i);
    out.put(i, apply(node.op, kind, values));
  }
  return out.done();
}

}  // namespace anlan::rules::columnar
