#pragma once

#include <functional>
#include <string>

#include "base/lang.hpp"
#include "catalog/dossier.hpp"

namespace anlan::app {

/// Tells on standard error how far the building of dossier files is: one line that changes on a
/// terminal, one line in all otherwise.
class DossierSteps {
 public:
  /// Borrows `kind`.
  DossierSteps(const catalog::DossierKind& kind, Lang lang);

  /// For dossier::BuildOptions::on_step; borrows this object.
  std::function<void(const std::string& list, std::size_t done, std::size_t total)> teller();
  void clear() const;

 private:
  const catalog::DossierKind& kind_;
  Lang lang_;
  bool terminal_;
};

}  // namespace anlan::app
