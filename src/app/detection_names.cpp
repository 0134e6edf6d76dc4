#include "app/detection_names.hpp"

#include "catalog/near_name.hpp"

namespace anlan::app {

Result<std::vector<std::string>> detection_codes(const catalog::Catalog& catalog,
                                                 const std::vector<std::string>& names) {
  std::vector<std::string> codes;
  for (const auto& name : names) {
    if (const auto* detection = catalog.detection(name)) {
      codes.push_back(detection->code);
      continue;
    }
    return fail(ErrorKind::not_found, "detection.unknown",
                name + catalog::did_you_mean(name, catalog.detection_names()));
  }
  return codes;
}

}  // namespace anlan::app
