#pragma once

#include <string>

#include "catalog/duties.hpp"
#include "catalog/problems.hpp"

namespace anlan::catalog {

/// The text of one file of catalog/duties, and where its problems go.
struct DutyFile {
  std::string text;
  Source source;
};

/// Reads the four files and checks what ties them together.
Duties read_duties(const DutyFile& posts, const DutyFile& pairs, const DutyFile& chains,
                   const DutyFile& rights);

/// Their names in the folder, in the order of read_duties.
inline constexpr const char* duty_files[] = {"posts.yaml", "pairs.yaml", "chains.yaml",
                                             "rights.yaml"};

}  // namespace anlan::catalog
