#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/month.hpp"
#include "base/result.hpp"
#include "sim/table_writer.hpp"

namespace anlan::catalog {
struct Catalog;
}

namespace anlan::sim {

struct CityOptions {
  std::int64_t people = 200'000;  ///< 2,000 to 50 million
  std::uint64_t seed = 1;
  Month start = Month::of(2017, 1);
  int months = 24;       ///< 6 to 120
  unsigned threads = 0;  ///< 0: all cores; the output does not depend on it
  Format format = Format::csv;
  std::uint32_t spoil_per_million = 0;
  bool plain = false;  ///< UTF-8, English headers everywhere, instead of each department's look
};

struct CityCounts {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t planted = 0;
  std::int64_t lookalikes = 0;
};

/// Called now and then with the share done, 0 to 1000, from one thread at a time.
using CityProgress = std::function<void(int per_mille)>;

/// Writes the extracts of a synthetic city into the empty or new folder `out`, with truth.csv (what
/// is planted and what only looks like it) and, when rows are spoiled, spoil.csv. Equal options but
/// for `threads` give equal bytes. Errors: invalid_input "sim.people", "sim.months", "sim.start";
/// those of CityFolder. Cost: about 300 bytes of memory a person, and of disk 9 KB for 24 months.
Result<CityCounts> make_city(const catalog::Catalog& catalog, const CityOptions& options,
                             const std::filesystem::path& out, const CityProgress& progress = {});

}  // namespace anlan::sim
