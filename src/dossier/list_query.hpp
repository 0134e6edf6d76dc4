#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "dossier/bucket_builder.hpp"
#include "lake/engine.hpp"

namespace anlan::dossier {

/// Makes the derived views that these dossiers read; the views of the tables must be there.
/// Errors: as lake::create_derived_view.
Status create_dossier_views(lake::Connection& connection, const catalog::Catalog& catalog,
                            const catalog::DossierKind& kind);

/// The derived views that these dossiers read, each after those it reads itself.
std::vector<const catalog::DerivedView*> views_of(const catalog::Catalog& catalog,
                                                  const catalog::DossierKind& kind);

/// The query for the rows of a list: the subject, the fields, the evidence key if there is one.
std::string list_sql(const catalog::Catalog& catalog, const catalog::DossierKind& kind,
                     const catalog::DossierList& list);

/// Whose rows: everybody's, those of one subject, or of one slice of all subjects (by a hash of
/// their ids), of which `slices` together are everybody.
struct Subjects {
  std::optional<std::string> id;
  std::uint32_t slice = 0;
  std::uint32_t slices = 1;
};

/// Rows of one list of the dossiers of a kind, in no order, as a stream that several threads
/// may empty together. Borrows the connection, which must run nothing else meanwhile.
class ListQuery {
 public:
  /// Errors: invalid_input "dossier.column" when a column is missing or has another type than its
  /// field, naming file and line; as Connection::query.
  static Result<ListQuery> start(lake::Connection& connection, const catalog::Catalog& catalog,
                                 const catalog::DossierKind& kind, std::size_t list,
                                 const Subjects& subjects = {});
  ListQuery(ListQuery&&) noexcept;
  ListQuery& operator=(ListQuery&&) noexcept;
  ~ListQuery();

  /// Called for each row; what it gets lives until it returns.
  using Take = std::function<void(std::string_view id, std::span<const CellView> cells,
                                  std::string_view key)>;
  /// Hands over the next couple of thousand rows; false at the end. Errors: invalid_input
  /// "dossier.value" when a number does not fit its type; as Connection::query.
  Result<bool> next(const Take& take);

 private:
  struct State;
  explicit ListQuery(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace anlan::dossier
