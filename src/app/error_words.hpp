#pragma once

#include <string>
#include <string_view>

#include "base/lang.hpp"

namespace anlan::app {

/// What an error code means, in words of the user's language; the code itself if it has none.
std::string error_words(std::string_view code, Lang lang);

}  // namespace anlan::app
