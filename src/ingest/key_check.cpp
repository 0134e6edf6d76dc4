#include "ingest/key_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace anlan::ingest {
namespace {

/// A row by its place among the loaded ones.
struct LoadedRow {
  std::uint32_t part = 0;
  std::uint32_t position = 0;  // in its part
};

struct Entry {
  std::uint64_t hash = 0;
  LoadedRow row;
};

constexpr std::size_t bucket_bits = 10;  // so that a bucket's table stays in the cache

/// Of each hash, the first row that had it.
class FirstRows {
 public:
  /// Forgets all; there will be room for so many hashes before it must grow.
  void clear(std::size_t hashes) {
    std::size_t slots = 16;
    while (slots < hashes * 2) slots *= 2;
    slots_.assign(slots, empty);
    size_ = 0;
  }

  /// The first row with this hash, nullptr if it is this one.
  const LoadedRow* put(const Entry& entry) {
    std::size_t at = entry.hash & (slots_.size() - 1);
    for (; slots_[at].row.part != nowhere; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == entry.hash) return &slots_[at].row;
    }
    slots_[at] = entry;
    if (++size_ * 2 > slots_.size()) grow();
    return nullptr;
  }

 private:
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};
  static constexpr Entry empty{0, {nowhere, 0}};

  void grow() {
    const auto old = std::move(slots_);
    clear(old.size());
    for (const auto& entry : old) {
      if (entry.row.part != nowhere) put(entry);
    }
  }

  std::vector<Entry> slots_;
  std::size_t size_ = 0;
};

class Marks {
 public:
  explicit Marks(std::span<const std::vector<std::uint64_t>> hashes)
      : hashes_(hashes), marked_(hashes.size()) {}

  void mark(const LoadedRow& row) {
    auto& rows = marked_[row.part];
    if (rows.empty()) rows.resize(hashes_[row.part].size());
    rows[row.position] = true;
  }
  MarkedRows take() { return std::move(marked_); }

 private:
  std::span<const std::vector<std::uint64_t>> hashes_;
  MarkedRows marked_;
};

}  // namespace

MarkedRows rows_with_equal_hash(std::span<const std::vector<std::uint64_t>> hashes,
                                std::size_t entries_max) {
  std::size_t rows = 0;
  for (const auto& part : hashes) rows += part.size();
  const std::size_t rounds = rows / entries_max + 1;
  constexpr std::size_t buckets = std::size_t{1} << bucket_bits;

  Marks marks(hashes);
  FirstRows first_rows;
  const auto look_at = [&](const Entry& entry) {
    if (const auto* first = first_rows.put(entry)) {
      marks.mark(*first);
      marks.mark(entry.row);
    }
  };
  std::vector<Entry> entries;
  for (std::size_t round = 0; round < rounds; ++round) {
    // The upper half of a hash chooses its round, the next bits its bucket, the lowest its slot
    // there.
    const auto each_in_round = [&](const auto& take) {
      for (std::uint32_t part = 0; part < hashes.size(); ++part) {
        for (std::uint32_t i = 0; i < hashes[part].size(); ++i) {
          const std::uint64_t hash = hashes[part][i];
          if (((hash >> 32) * rounds) >> 32 == round) take(Entry{hash, {part, i}});
        }
      }
    };
    const auto bucket_of = [](std::uint64_t hash) { return hash >> 20 & (buckets - 1); };
    std::array<std::size_t, buckets + 1> ends{};
    each_in_round([&](const Entry& entry) { ++ends[bucket_of(entry.hash) + 1]; });
    for (std::size_t i = 1; i <= buckets; ++i) ends[i] += ends[i - 1];
    if (ends[buckets] > entries_max / 2 * 3) {
      // Different hashes spread evenly over the rounds: these are few that repeat very often.
      std::vector<Entry>().swap(entries);
      first_rows.clear(0);
      each_in_round(look_at);
      continue;
    }
    entries.resize(ends[buckets]);
    auto next = ends;
    each_in_round([&](const Entry& entry) { entries[next[bucket_of(entry.hash)]++] = entry; });
    for (std::size_t i = 0; i < buckets; ++i) {
      first_rows.clear(ends[i + 1] - ends[i]);
      for (std::size_t at = ends[i]; at < ends[i + 1]; ++at) look_at(entries[at]);
    }
  }
  return marks.take();
}

bool SeenKeys::put(std::uint64_t hash, std::uint64_t other_hash) {
  const Key key{hash, other_hash};
  if (key == Key{}) return std::exchange(zero_seen_, true);
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != Key{}; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] == key) return true;
  }
  slots_[at] = key;
  ++size_;
  return false;
}

void SeenKeys::grow() {
  const auto old = std::move(slots_);
  slots_.assign(std::max<std::size_t>(64, old.size() * 2), Key{});
  size_ = 0;
  for (const auto& key : old) {
    if (key != Key{}) put(key.hash, key.other_hash);
  }
}

}  // namespace anlan::ingest
