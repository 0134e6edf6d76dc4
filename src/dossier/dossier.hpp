#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/dossier.hpp"

namespace anlan::dossier {

/// The values that stand for "missing" in a column; no real value equals them.
constexpr std::int32_t missing_int32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t missing_int64 = std::numeric_limits<std::int64_t>::min();
constexpr std::uint8_t missing_flag = 2;
constexpr std::uint32_t missing_text = std::numeric_limits<std::uint32_t>::max();

/// One field of one list for all subjects of a bucket: `rows` values, one after the other, in the
/// files' own memory. month (YYYYMM) and date (days since 1970-01-01): int32; integer, fen and
/// ratio (millionths): int64; flag: uint8 0/1; text: uint32, an index into the bucket's dictionary,
/// whose entries are sorted by their bytes: equal texts have equal indexes.
struct Column {
  catalog::FieldType type = catalog::FieldType::text;
  const void* values = nullptr;

  std::span<const std::int32_t> int32(std::size_t rows) const {
    return {static_cast<const std::int32_t*>(values), rows};
  }
  std::span<const std::int64_t> int64(std::size_t rows) const {
    return {static_cast<const std::int64_t*>(values), rows};
  }
  std::span<const std::uint8_t> flags(std::size_t rows) const {
    return {static_cast<const std::uint8_t*>(values), rows};
  }
  std::span<const std::uint32_t> texts(std::size_t rows) const {
    return {static_cast<const std::uint32_t*>(values), rows};
  }
};

/// The evidence keys of a list's rows, coded one after the other within each subject (they are
/// long, alike, and read for hits only): those of subject s are bytes [starts[s], starts[s + 1]).
struct Keys {
  std::span<const std::uint64_t> starts;  ///< subjects + 1
  std::string_view bytes;
};

/// One list of a bucket: the rows of subject s are [offsets[s], offsets[s + 1]), sorted by the
/// list's order (missing values last), then by key.
struct List {
  std::span<const std::uint32_t> offsets;  ///< subjects + 1
  std::vector<Column> columns;             ///< as DossierList::fields
  Keys keys;

  std::size_t rows() const { return offsets.empty() ? 0 : offsets.back(); }
};

/// Some of the subjects of one kind, with everything about them. A view: what it points to must
/// outlive it.
struct Bucket {
  const catalog::DossierKind* kind = nullptr;
  std::size_t subjects = 0;
  std::vector<List> lists;                 ///< as DossierKind::lists
  std::span<const std::uint64_t> id_ends;  ///< end of each subject's id in `id_text`; ids ascend
  std::string_view id_text;
  std::span<const std::uint64_t>
      text_ends;  ///< end of each dictionary entry in `text`; entries ascend
  std::string_view text;

  std::string_view id(std::size_t subject) const {
    const std::uint64_t begin = subject == 0 ? 0 : id_ends[subject - 1];
    return id_text.substr(begin, id_ends[subject] - begin);
  }
  std::string_view word(std::uint32_t index) const {
    const std::uint64_t begin = index == 0 ? 0 : text_ends[index - 1];
    return text.substr(begin, text_ends[index] - begin);
  }
  /// The subject of this id, or nullopt.
  std::optional<std::size_t> find(std::string_view subject_id) const;
  /// The index of this text in the dictionary, or nullopt: then no row has it.
  std::optional<std::uint32_t> find_word(std::string_view word_text) const;
};

/// One subject's dossier: a place in a bucket; nothing is copied.
struct Dossier {
  const Bucket* bucket = nullptr;
  std::size_t subject = 0;
};

/// The row of a canonical table that stands behind a dossier's row.
struct EvidenceRow {
  std::string table;
  std::string key;
};

/// Row `row` (counted over the bucket) of list `list`; key "" if the row has none.
EvidenceRow evidence_of(const Bucket& bucket, std::size_t list, std::size_t row);

}  // namespace anlan::dossier
