#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anlan::catalog {

/// The candidate most like `word`, if one is so near that it was probably meant; "" otherwise.
std::string near_name(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean person?" or "": the end of an error about an unknown name.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace anlan::catalog
