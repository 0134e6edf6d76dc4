#include "catalog/dossier.hpp"

namespace anlan::catalog {

std::optional<std::size_t> DossierList::find(const std::string& field) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> DossierKind::find(const std::string& list) const {
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (lists[i].name == list) return i;
  }
  return std::nullopt;
}

}  // namespace anlan::catalog
