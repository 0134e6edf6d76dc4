#pragma once

#include <string>
#include <vector>

#include "catalog/measure.hpp"
#include "catalog/problems.hpp"

namespace anlan::catalog {

/// One file of catalog/measures.
struct ReadAspect {
  Aspect aspect;
  std::vector<Measure> measures;
};

/// `stem` is the file's name without its ending: the aspect's code in small letters.
ReadAspect read_aspect(const std::string& text, const std::string& stem, const Source& source);

/// One file of catalog/processes; what it names is not checked here.
Process read_process(const std::string& text, const std::string& stem, const Source& source);

}  // namespace anlan::catalog
