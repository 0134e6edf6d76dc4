#include "dossier/dossier.hpp"

#include <algorithm>

#include "dossier/key_code.hpp"

namespace anlan::dossier {
namespace {

/// The place of `wanted` among `count` ascending texts that `at` gives.
template <class At>
std::optional<std::size_t> place_of(std::size_t count, std::string_view wanted, const At& at) {
  std::size_t low = 0;
  std::size_t high = count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (at(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == count || at(low) != wanted) return std::nullopt;
  return low;
}

}  // namespace

std::optional<std::size_t> Bucket::find(std::string_view subject_id) const {
  return place_of(subjects, subject_id, [&](std::size_t i) { return id(i); });
}

std::optional<std::uint32_t> Bucket::find_word(std::string_view word_text) const {
  const auto found = place_of(text_ends.size(), word_text,
                              [&](std::size_t i) { return word(static_cast<std::uint32_t>(i)); });
  if (!found) return std::nullopt;
  return static_cast<std::uint32_t>(*found);
}

EvidenceRow evidence_of(const Bucket& bucket, std::size_t list_index, std::size_t row) {
  const auto& description = bucket.kind->lists[list_index];
  const auto& list = bucket.lists[list_index];
  EvidenceRow evidence{description.key_table, {}};
  if (!description.table_field.empty()) {
    const auto& column = list.columns[*description.find(description.table_field)];
    const auto word = column.texts(list.rows())[row];
    if (word != missing_text) evidence.table = bucket.word(word);
  }
  const auto after = std::upper_bound(list.offsets.begin(), list.offsets.end(), row);
  const auto subject = static_cast<std::size_t>(after - list.offsets.begin()) - 1;
  const auto start = list.keys.starts[subject];
  auto bytes = list.keys.bytes.substr(start, list.keys.starts[subject + 1] - start);
  for (std::size_t i = list.offsets[subject]; i <= row; ++i) {
    if (!take_key(bytes, evidence.key)) return {evidence.table, {}};
  }
  return evidence;
}

}  // namespace anlan::dossier
