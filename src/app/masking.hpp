#pragma once

#include "fund/masking.hpp"

namespace anlan::app {

using fund::is_id_number;
using fund::masked_id;
using fund::masked_numbers;
using fund::masked_text;
using fund::masked_within;
using fund::shown_id;

}  // namespace anlan::app
