#include "rules/columnar_kernels.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "rules/arithmetic.hpp"

// Of each loop there are two: for every processor, and for those with 32-byte vectors, which the
// loader takes where it can. Sanitizers and clang cannot do with that.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COLUMN_LOOP [[gnu::flatten, gnu::target_clones("default", "avx2")]]
#else
#define COLUMN_LOOP
#endif

namespace anlan::rules::columnar {
namespace {

template <class T, class Test>
void compare_loop(const T* __restrict a, const T* __restrict b, std::size_t count, Test test,
                  std::uint8_t* __restrict out) {
  constexpr T missing = missing_of<T>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto unknown = static_cast<std::uint8_t>((a[i] == missing) | (b[i] == missing));
    const auto holds = static_cast<std::uint8_t>(test(a[i], b[i]));
    out[i] = static_cast<std::uint8_t>((holds & (unknown - 1)) | (unknown << 1U));
  }
}

template <class T, class Test>
void compare_with(const T* __restrict a, const T b, std::size_t count, Test test,
                  std::uint8_t* __restrict out) {
  constexpr T missing = missing_of<T>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto unknown = static_cast<std::uint8_t>(a[i] == missing);
    const auto holds = static_cast<std::uint8_t>(test(a[i], b));
    out[i] = static_cast<std::uint8_t>((holds & (unknown - 1)) | (unknown << 1U));
  }
}

template <class T, class Test>
void compare_values(const Vec& a, const Vec& b, std::size_t count, Test test, std::uint8_t* out) {
  if (!b.constant) return compare_loop(a.as<T>(), b.as<T>(), count, test, out);
  const T value = *b.as<T>();
  if (value == missing_of<T>()) {
    std::memset(out, code_unknown, count);
    return;
  }
  compare_with(a.as<T>(), value, count, test, out);
}

template <class T>
void compare_type(Op op, const Vec& a, const Vec& b, std::size_t count, std::uint8_t* out) {
  switch (op) {
    case Op::equal:
      return compare_values<T>(
          a, b, count, [](T x, T y) { return x == y; }, out);
    case Op::not_equal:
      return compare_values<T>(
          a, b, count, [](T x, T y) { return x != y; }, out);
    case Op::less:
      return compare_values<T>(
          a, b, count, [](T x, T y) { return x < y; }, out);
    case Op::less_equal:
      return compare_values<T>(
          a, b, count, [](T x, T y) { return x <= y; }, out);
    case Op::greater:
      return compare_values<T>(
          a, b, count, [](T x, T y) { return x > y; }, out);
    default:
      return compare_values<T>(
          a, b, count, [](T x, T y) { return x >= y; }, out);
  }
}

void compare_bools(bool equal, const Vec& a, const Vec& b, std::size_t count, std::uint8_t* out) {
  const auto* x = a.as<std::uint8_t>();
  const auto* y = b.as<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = x[i];
    const auto right = y[b.at(i)];
    const auto worst = left > right ? left : right;
    // Unknown and failed are the two highest codes, failed the higher.
    out[i] = worst >= code_unknown ? worst : static_cast<std::uint8_t>((left == right) == equal);
  }
}

template <std::size_t N, class T>
void mark_loop(const T* __restrict a, const T* among, std::size_t count,
               std::uint8_t* __restrict out) {
  T wanted[N == 0 ? 1 : N] = {};
  for (std::size_t k = 0; k < N; ++k) wanted[k] = among[k];
  for (std::size_t i = 0; i < count; ++i) {
    std::uint8_t code = 0;
    for (std::size_t k = 0; k < N; ++k) code |= static_cast<std::uint8_t>(a[i] == wanted[k]);
    out[i] = static_cast<std::uint8_t>(code | ((a[i] == missing_of<T>()) << 1U));
  }
}

template <class T>
void mark_more(const T* __restrict a, T value, std::size_t count, std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) out[i] |= static_cast<std::uint8_t>(a[i] == value);
}

template <class T>
void mark_all(const T* a, const T* among, std::size_t among_count, std::size_t count,
              std::uint8_t* out) {
  switch (std::min<std::size_t>(among_count, 5)) {
    case 0:
      return mark_loop<0>(a, among, count, out);
    case 1:
      return mark_loop<1>(a, among, count, out);
    case 2:
      return mark_loop<2>(a, among, count, out);
    case 3:
      return mark_loop<3>(a, among, count, out);
    case 4:
      return mark_loop<4>(a, among, count, out);
    default:
      mark_loop<5>(a, among, count, out);
  }
  for (std::size_t k = 5; k < among_count; ++k) mark_more(a, among[k], count, out);
}

template <class T>
void gather_loop(const T* __restrict values, const std::uint32_t* __restrict places,
                 std::size_t count, T* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = values[places[i]];
}

template <class T>
void gather_known_loop(const T* __restrict values, const std::uint32_t* __restrict places,
                       std::size_t count, T* __restrict out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = places[i] == no_row ? missing_of<T>() : values[places[i]];
}

/// In this order missing values come last.
template <class T>
auto sort_key(T value) {
  using Unsigned = std::make_unsigned_t<T>;
  if constexpr (std::is_signed_v<T>)
    return static_cast<Unsigned>(static_cast<Unsigned>(value) -
                                 static_cast<Unsigned>(missing_of<T>()) - 1U);
  else
    return value;
}

template <class T>
bool step_loop(const T* __restrict values, std::size_t count, std::uint8_t* __restrict steps) {
  std::uint8_t missing = count > 0 && values[0] == missing_of<T>() ? 1 : 0;
  for (std::size_t i = 1; i < count; ++i) {
    const auto before = sort_key(values[i - 1]);
    const auto here = sort_key(values[i]);
    const auto step = static_cast<std::uint8_t>((before < here) + 2 * (before > here));
    steps[i] = steps[i] == 0 ? step : steps[i];
    missing |= static_cast<std::uint8_t>(values[i] == missing_of<T>());
  }
  return missing != 0;
}

template <class A, class B, class Operation>
bool arithmetic_loop(A a, B b, std::size_t count, Operation operation,
                     std::int64_t* __restrict out) {
  std::uint64_t wrong = 0;
  constexpr auto missing = missing_of<std::int64_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<std::uint64_t>(a(i));
    const auto y = static_cast<std::uint64_t>(b(i));
    const bool unknown = (a(i) == missing) | (b(i) == missing);
    const auto [value, overflow] = operation(x, y);
    const bool lowest = static_cast<std::int64_t>(value) == missing;
    wrong |= static_cast<std::uint64_t>((!unknown) & (((overflow >> 63U) != 0) | lowest));
    out[i] = unknown ? missing : static_cast<std::int64_t>(value);
  }
  return wrong == 0;
}

template <class Operation>
bool arithmetic(const Vec& a, const Vec& b, std::size_t count, Operation operation,
                std::int64_t* out) {
  const auto* x = a.as<std::int64_t>();
  const auto* y = b.as<std::int64_t>();
  const auto many = [](const std::int64_t* values) {
    return [values](std::size_t i) { return values[i]; };
  };
  const auto one = [](const std::int64_t* values) {
    return [value = *values](std::size_t) { return value; };
  };
  if (a.constant) return arithmetic_loop(one(x), many(y), count, operation, out);
  if (b.constant) return arithmetic_loop(many(x), one(y), count, operation, out);
  return arithmetic_loop(many(x), many(y), count, operation, out);
}

struct Wrapped {
  std::uint64_t value;
  std::uint64_t overflow;  ///< in the highest bit
};

/// Which of eight places a byte of bits chooses.
struct Places {
  std::uint8_t place[8] = {};
  std::uint8_t count = 0;
};

constexpr auto places_of = [] {
  std::array<Places, 256> all{};
  for (unsigned bits = 0; bits < 256; ++bits) {
    for (std::uint8_t k = 0; k < 8; ++k) {
      if ((bits >> k & 1U) != 0) all[bits].place[all[bits].count++] = k;
    }
  }
  return all;
}();

/// And: true, unknown, failed, false rise in this order, and the highest wins.
std::uint8_t rank_of(std::uint8_t code) {
  return (code - 1U) & 3U;
}
std::uint8_t code_of(std::uint8_t rank) {
  return (rank + 1U) & 3U;
}
std::uint8_t turned(std::uint8_t code) {
  return static_cast<std::uint8_t>(code ^ (1U - (code >> 1U)));
}

}  // namespace

COLUMN_LOOP void compare(Op op, Kind kind, const Vec& a, const Vec& b, std::size_t count,
                         std::uint8_t* out) {
  if (kind == Kind::boolean) return compare_bools(op == Op::equal, a, b, count, out);
  with_type(kind, [&](auto type) { compare_type<decltype(type)>(op, a, b, count, out); });
}

COLUMN_LOOP void logical_and(const std::uint8_t* a, const std::uint8_t* b, std::size_t count,
                             std::uint8_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = rank_of(a[i]);
    const auto y = rank_of(b[i]);
    out[i] = code_of(x > y ? x : y);
  }
}

COLUMN_LOOP void logical_or(const std::uint8_t* a, const std::uint8_t* b, std::size_t count,
                            std::uint8_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = rank_of(turned(a[i]));
    const auto y = rank_of(turned(b[i]));
    out[i] = turned(code_of(x > y ? x : y));
  }
}

COLUMN_LOOP void logical_not(const std::uint8_t* a, std::size_t count, std::uint8_t* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = turned(a[i]);
}

COLUMN_LOOP void mark_any(Kind kind, const void* values, const void* among, std::size_t among_count,
                          std::size_t count, std::uint8_t* out) {
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    mark_all(static_cast<const T*>(values), static_cast<const T*>(among), among_count, count, out);
  });
}

COLUMN_LOOP void mark_between(const std::uint32_t* __restrict values, std::uint32_t low,
                              std::uint32_t high, std::size_t count, std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto inside = static_cast<std::uint8_t>(values[i] - low < high - low);
    const auto unknown = static_cast<std::uint8_t>(values[i] == no_row);
    out[i] = static_cast<std::uint8_t>(inside | (unknown << 1U));
  }
}

COLUMN_LOOP bool all_below(const std::uint32_t* values, std::uint32_t limit, std::size_t count) {
  std::uint8_t beyond = 0;
  for (std::size_t i = 0; i < count; ++i)
    beyond |= static_cast<std::uint8_t>((values[i] >= limit) & (values[i] != no_row));
  return beyond == 0;
}

bool has_code(const std::uint8_t* codes, std::uint8_t code, std::size_t count) {
  return std::memchr(codes, code, count) != nullptr;
}

COLUMN_LOOP void gather(Kind kind, const void* values, const std::uint32_t* places,
                        std::size_t count, void* out) {
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    gather_loop(static_cast<const T*>(values), places, count, static_cast<T*>(out));
  });
}

COLUMN_LOOP void gather_or_missing(Kind kind, const void* values, const std::uint32_t* places,
                                   std::size_t count, void* out) {
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    gather_known_loop(static_cast<const T*>(values), places, count, static_cast<T*>(out));
  });
}

COLUMN_LOOP bool add(const Vec& a, const Vec& b, std::size_t count, std::int64_t* out) {
  const auto sum = [](std::uint64_t x, std::uint64_t y) {
    return Wrapped{x + y, (x ^ (x + y)) & (y ^ (x + y))};
  };
  return arithmetic(a, b, count, sum, out);
}

COLUMN_LOOP bool subtract(const Vec& a, const Vec& b, std::size_t count, std::int64_t* out) {
  const auto difference = [](std::uint64_t x, std::uint64_t y) {
    return Wrapped{x - y, (x ^ y) & (x ^ (x - y))};
  };
  return arithmetic(a, b, count, difference, out);
}

COLUMN_LOOP bool add_steps(const std::uint8_t* values, std::size_t count, std::uint8_t* steps) {
  return step_loop(values, count, steps);
}
COLUMN_LOOP bool add_steps(const std::int32_t* values, std::size_t count, std::uint8_t* steps) {
  return step_loop(values, count, steps);
}
COLUMN_LOOP bool add_steps(const std::uint32_t* values, std::size_t count, std::uint8_t* steps) {
  return step_loop(values, count, steps);
}
COLUMN_LOOP bool add_steps(const std::int64_t* values, std::size_t count, std::uint8_t* steps) {
  return step_loop(values, count, steps);
}

COLUMN_LOOP void mark_shared(const std::uint8_t* __restrict steps,
                             const std::uint8_t* __restrict other, std::size_t count,
                             std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<std::uint8_t>((steps[i] == 0) | (steps[i + 1] == 0) | other[i]);
}

COLUMN_LOOP void mark_missing(Kind kind, const void* values, std::size_t count, std::uint8_t* out) {
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    const auto* __restrict from = static_cast<const T*>(values);
    for (std::size_t i = 0; i < count; ++i)
      out[i] = static_cast<std::uint8_t>(from[i] == missing_of<T>());
  });
}

COLUMN_LOOP std::size_t select(const std::uint8_t* codes, std::size_t count, bool keep_unsure,
                               std::uint32_t* out) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t to_bits = 0x0102040810204080U;  // the lowest bit of byte j to bit 56 + j
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, codes + i, 8);
    const auto low = word & ones;
    const auto high = (word >> 1U) & ones;
    const auto kept = keep_unsure ? low | high : low & ~high;
    if (kept == 0) continue;
    // All eight places are written, those kept first: there is room, and no branch to guess.
    const auto& chosen = places_of[(kept * to_bits) >> 56U];
    for (std::uint32_t k = 0; k < 8; ++k)
      out[found + k] = static_cast<std::uint32_t>(i) + chosen.place[k];
    found += chosen.count;
  }
  for (; i < count; ++i) {
    if (keep_unsure ? codes[i] != code_false : codes[i] == code_true)
      out[found++] = static_cast<std::uint32_t>(i);
  }
  return found;
}

}  // namespace anlan::rules::columnar
