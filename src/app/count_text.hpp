#pragma once

#include <cstdint>
#include <string>

namespace anlan::app {

/// "1,234,567".
std::string count_text(std::int64_t count);

}  // namespace anlan::app
