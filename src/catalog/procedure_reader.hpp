#pragma once

#include <string>

#include "catalog/duties.hpp"
#include "catalog/problems.hpp"
#include "catalog/procedure.hpp"

namespace anlan::catalog {

/// catalog/procedures/lead.yaml. Rights and chains are those of `duties`.
Procedure read_procedure(const std::string& text, const Duties& duties, const Source& source);

}  // namespace anlan::catalog
