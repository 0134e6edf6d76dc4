#include "app/detection_names.hpp"

#include "catalog/near_name.hpp"

namespace anlan::app {

Result<std::vector<std::string>> detection_codes(const catalog::Catalog& catalog,
                                                 const std::vector<std::string>& names) {
  std::vector<std::string> codes;
  for (const auto& name : names) {
    if (const auto* model = catalog.model(name)) {
      codes.push_back(model->code);
      continue;
    }
    std::vector<std::string> known;
    for (const auto& model : catalog.models) {
      known.push_back(model.name);
      known.push_back(model.code);
    }
    return fail(ErrorKind::not_found, "detection.unknown",
                name + catalog::did_you_mean(name, known));
  }
  return codes;
}

}  // namespace anlan::app
