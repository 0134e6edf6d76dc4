#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/doctor.hpp"
#include "app/work_line.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {

/// What the journal says of a delivery.
struct ToldDelivery {
  std::string table;
  std::string manifest;  ///< SHA-256 of its manifest.json; "" in entries of an older program
};

struct LakeExamination {
  std::vector<Ailment> found;
  std::uint64_t deliveries = 0;
  std::uint64_t bytes = 0;     ///< held against their hashes
  std::uint64_t unhashed = 0;  ///< deliveries whose manifest holds no hashes
};

/// Holds every delivery against its manifest, the manifest against the journal (`told`, by id), and
/// the lake against what the journal says should be there. Reads each delivery by itself, so that
/// one that is damaged hides no other.
LakeExamination examine_lake(const lake::Workspace& workspace,
                             const std::map<std::string, ToldDelivery>& told, bool quick,
                             WorkLine& line);

}  // namespace anlan::app
