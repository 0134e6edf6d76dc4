#pragma once

// The loops over columns. None of them allocates; `out` has room for `count` values and overlaps
// nothing else.

#include <cstddef>
#include <cstdint>

#include "rules/checked.hpp"
#include "rules/columnar_vector.hpp"

namespace anlan::rules::columnar {

/// Bool codes of a comparison (equal … greater_equal) of values of `kind`, of which `a` is none
/// that stands for all and `b` may be. Errors of `a` and `b` are not looked at.
void compare(Op op, Kind kind, const Vec& a, const Vec& b, std::size_t count, std::uint8_t* out);

/// Three-valued logic with errors on bool codes; `b` may be `out`.
void logical_and(const std::uint8_t* a, const std::uint8_t* b, std::size_t count,
                 std::uint8_t* out);
void logical_or(const std::uint8_t* a, const std::uint8_t* b, std::size_t count, std::uint8_t* out);
void logical_not(const std::uint8_t* a, std::size_t count, std::uint8_t* out);

/// Codes of whether each value is one of `among`, none of which is missing.
void mark_any(Kind kind, const void* values, const void* among, std::size_t among_count,
              std::size_t count, std::uint8_t* out);

/// Codes of low ≤ value < high.
void mark_between(const std::uint32_t* values, std::uint32_t low, std::uint32_t high,
                  std::size_t count, std::uint8_t* out);

/// Whether all values that are not missing are below `limit`.
bool all_below(const std::uint32_t* values, std::uint32_t limit, std::size_t count);

/// Whether any code is `code`.
bool has_code(const std::uint8_t* codes, std::uint8_t code, std::size_t count);

/// out[i] = values[places[i]]; missing where a place is no_row.
void gather(Kind kind, const void* values, const std::uint32_t* places, std::size_t count,
            void* out);
void gather_or_missing(Kind kind, const void* values, const std::uint32_t* places,
                       std::size_t count, void* out);

/// Sums or differences of numbers; false if any is beyond the limits: then `out` is of no use.
bool add(const Vec& a, const Vec& b, std::size_t count, std::int64_t* out);
bool subtract(const Vec& a, const Vec& b, std::size_t count, std::int64_t* out);

/// For each value but the first, what it adds to the step from the value before: a step that is 0,
/// equal, becomes 1, up, or 2, down; missing values come last. Gives whether any is missing.
bool add_steps(const std::uint8_t* values, std::size_t count, std::uint8_t* steps);
bool add_steps(const std::int32_t* values, std::size_t count, std::uint8_t* steps);
bool add_steps(const std::uint32_t* values, std::size_t count, std::uint8_t* steps);
bool add_steps(const std::int64_t* values, std::size_t count, std::uint8_t* steps);

/// 1 where a row is equal to the one before or the one after it (of steps as above, one more than
/// `count`), or where `other` is 1; else 0.
void mark_shared(const std::uint8_t* steps, const std::uint8_t* other, std::size_t count,
                 std::uint8_t* out);

/// 1 where a value is missing, else 0.
void mark_missing(Kind kind, const void* values, std::size_t count, std::uint8_t* out);

/// Places where the code is true; or, with `keep_unsure`, where it is not false. Gives how many.
std::size_t select(const std::uint8_t* codes, std::size_t count, bool keep_unsure,
                   std::uint32_t* out);

}  // namespace anlan::rules::columnar
