#include "ingest/key_check.hpp"

#include <algorithm>
#include <array>

namespace anlan::ingest {
namespace {

struct Entry {
  std::uint64_t hash = 0;
  LoadedRow row;
};

constexpr std::size_t entries_max = 16'000'000;  // of one round; twice 16 bytes each
constexpr std::size_t bucket_bits = 10;          // so that a bucket's table stays in the cache

/// Looks through one bucket with a small table of first rows.
void look_through(std::span<const Entry> bucket, std::vector<Entry>& table,
                  std::vector<bool>& first_told, std::vector<LoadedRow>& found) {
  std::size_t slots = 16;
  while (slots < bucket.size() * 2) slots *= 2;
  constexpr std::uint32_t empty = ~std::uint32_t{0};
  table.assign(slots, Entry{0, {empty, 0}});
  first_told.assign(slots, false);
  for (const auto& entry : bucket) {
    std::size_t at = entry.hash & (slots - 1);
    while (table[at].row.part != empty && table[at].hash != entry.hash) at = (at + 1) & (slots - 1);
    if (table[at].row.part == empty) {
      table[at] = entry;
      continue;
    }
    if (!first_told[at]) found.push_back(table[at].row);
    first_told[at] = true;
    found.push_back(entry.row);
  }
}

}  // namespace

std::vector<LoadedRow> rows_with_equal_hash(std::span<const std::vector<std::uint64_t>> hashes) {
  std::size_t rows = 0;
  for (const auto& part : hashes) rows += part.size();
  const std::size_t rounds = rows / entries_max + 1;
  constexpr std::size_t buckets = std::size_t{1} << bucket_bits;

  std::vector<LoadedRow> found;
  std::vector<Entry> entries;
  std::vector<Entry> table;
  std::vector<bool> first_told;
  for (std::size_t round = 0; round < rounds; ++round) {
    // The upper half of a hash chooses its round, the next bits its bucket, the lowest its slot
    // there.
    const auto in_round = [&](std::uint64_t hash) {
      return ((hash >> 32) * rounds) >> 32 == round;
    };
    const auto bucket_of = [](std::uint64_t hash) { return hash >> 20 & (buckets - 1); };
    std::array<std::size_t, buckets + 1> ends{};
    for (const auto& part : hashes) {
      for (const std::uint64_t hash : part) {
        if (in_round(hash)) ++ends[bucket_of(hash) + 1];
      }
    }
    for (std::size_t i = 1; i <= buckets; ++i) ends[i] += ends[i - 1];
    entries.resize(ends[buckets]);
    auto next = ends;
    for (std::uint32_t part = 0; part < hashes.size(); ++part) {
      for (std::uint32_t i = 0; i < hashes[part].size(); ++i) {
        const std::uint64_t hash = hashes[part][i];
        if (in_round(hash)) entries[next[bucket_of(hash)]++] = {hash, {part, i}};
      }
    }
    for (std::size_t i = 0; i < buckets; ++i) {
      look_through(std::span(entries).subspan(ends[i], ends[i + 1] - ends[i]), table, first_told,
                   found);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace anlan::ingest
