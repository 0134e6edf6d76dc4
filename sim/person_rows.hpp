#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/books_input.hpp"
#include "sim/life.hpp"
#include "sim/person_files.hpp"
#include "sim/population.hpp"
#include "sim/table_writer.hpp"

namespace anlan::sim {

inline constexpr std::array<std::int32_t, 5> levied = {110, 210, 310, 410, 170};

/// What a payer owes for one scheme and month. Filled by all threads; sums of integers, so order
/// does not matter.
struct Levy {
  std::atomic<std::int64_t> base{0};
  std::atomic<std::int64_t> unit{0};
  std::atomic<std::int64_t> person{0};
  std::atomic<std::int32_t> n{0};
};

/// Payments by scheme, month and kind of batch.
struct BatchSum {
  std::int64_t n = 0;
  std::int64_t total = 0;
  std::int64_t returned = 0;
};
inline constexpr std::array<std::int32_t, 6> paid_schemes = {110, 120, 170, 210, 410, 510};
inline constexpr int batch_kinds = 3;  ///< normal, back-pay, re-issue

/// Sums that threads share, made once for a city.
struct Totals {
  explicit Totals(const City& city);
  Levy& levy(std::uint32_t payer, int month, std::size_t slot) {
    return levies[(static_cast<std::size_t>(payer) * static_cast<std::size_t>(months) +
                   static_cast<std::size_t>(month)) *
                      levied.size() +
                  slot];
  }
  std::atomic<std::int32_t>& census(std::uint32_t inst, std::int32_t day) {
    return beds_taken[static_cast<std::size_t>(inst) * days + static_cast<std::size_t>(day)];
  }

  int months;
  std::size_t days;
  std::vector<Levy> levies;
  std::vector<std::atomic<std::int32_t>> beds_taken;
};

/// A bill beside the monthly one: back-payments and refunds of one person.
struct ExtraBill {
  std::string settle_no;
  std::uint32_t payer = 0;
  std::int32_t scheme = 0;
  Month settled;
  Month due;
  const char* type = "";
  Date arrived;
  std::int64_t base = 0;
  std::int64_t unit = 0;
  std::int64_t person = 0;
  std::int64_t to_account = 0;
};

/// What the people of one chunk leave behind.
struct PeopleChunk {
  std::vector<std::optional<Chunk>> chunks;  ///< as PersonFiles
  std::vector<BatchSum> batches;             ///< by scheme, month, kind
  std::vector<CaseSeed> cases;
  std::vector<ExtraBill> bills;
};
constexpr std::size_t batch_slot(std::size_t scheme, int month, int months, int kind) {
  return (scheme * static_cast<std::size_t>(months) + static_cast<std::size_t>(month)) *
             batch_kinds +
         static_cast<std::size_t>(kind);
}
std::string batch_id_of(std::int32_t scheme, Month month, int kind);

/// True in a month whose contributions the payer never paid.
bool in_arrears(const City& city, std::uint32_t payer, int month);
std::int64_t injury_rate_millionths(const Employer& employer);
std::string region_code_of(std::uint8_t district);
std::string agency_id_of(std::uint8_t district);
std::string settle_no_of(Month month, std::uint32_t payer);
Date arrive_day(const City& city, std::uint32_t payer, int month);
Date pay_day(Month month, int kind);

/// Writes all rows of the people [from, to).
PeopleChunk write_people(const City& city, const PersonFiles& files, Totals& totals,
                         std::int64_t from, std::int64_t to, std::uint64_t chunk_number);

}  // namespace anlan::sim
