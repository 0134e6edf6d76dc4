#pragma once

#include <string>

namespace anlan::dossier {

/// Names this start of the machine; "" if the system does not tell.
std::string boot_id();

}  // namespace anlan::dossier
