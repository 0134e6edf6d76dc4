#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "dossier/dossier.hpp"

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

  /// The bucket of all that was added: subjects by id, rows in their list's order, missing values
  /// last. Valid until the next call or the end of this object; not after it is moved.
  const Bucket& bucket();

 private:
  struct Row {
    std::vector<Cell> cells;
    std::string key;
  };

  bool before(std::size_t list, const Row& a, const Row& b) const;
  void build_text();
  void build_list(std::size_t list);
  std::uint32_t word(const std::string& text) const;

  const catalog::DossierKind* kind_;
  std::map<std::string, std::vector<std::vector<Row>>> subjects_;  ///< id → rows by list
  std::map<std::string, std::uint32_t> words_;
  std::string id_text_, text_;
  std::vector<std::uint64_t> id_ends_, text_ends_;
  std::vector<std::vector<std::uint32_t>> offsets_;
  std::vector<std::unique_ptr<std::vector<std::int64_t>>> columns_;  ///< memory of any width
  Bucket bucket_;
};

}  // namespace anlan::dossier
