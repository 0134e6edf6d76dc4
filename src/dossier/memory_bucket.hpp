#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dossier/bucket_builder.hpp"

namespace anlan::dossier {

/// A value of a row, kept as Column says (months YYYYMM, days, fen, millionths, flags 0 and 1), or
/// missing.
using Cell = std::variant<std::monostate, std::int64_t, std::string>;

/// A bucket made of rows given one by one, in memory: for a few dossiers, as specs and tests have.
class MemoryBucket {
 public:
  /// Borrows `kind`.
  explicit MemoryBucket(const catalog::DossierKind& kind);

  /// A subject, also if no row is about it.
  void add_subject(const std::string& id);
  /// A row of the list, with as many cells as it has fields; text for text fields, else numbers.
  void add(std::size_t list, const std::string& subject, std::vector<Cell> cells, std::string key);

  /// The bucket of all that was added: subjects by id, rows in their list's order, of a fact the
  /// first row. Valid until the next call or the end of this object.
  const Bucket& bucket();

 private:
  struct Row {
    std::size_t list;
    std::string subject;
    std::vector<Cell> cells;
    std::string key;
  };

  const catalog::DossierKind* kind_;
  std::vector<std::string> subjects_;
  std::vector<Row> rows_;
  std::optional<OwnedBucket> owned_;
};

}  // namespace anlan::dossier
