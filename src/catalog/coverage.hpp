#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"

namespace anlan::catalog {

/// One thing that stands or hangs loose between risk nodes, measures and detections.
struct CoverageNote {
  /// node_without_measure  a risk that nothing prevents, and no reason why
  /// measure_without_node  a measure for no risk, and no reason why
  /// measure_unchecked     neither a detection nor another check proves it
  /// planned_is_there      a planned detection exists and does not name the measure
  std::string kind;
  std::string code;    ///< of the node or measure
  std::string detail;  ///< the detection, or ""
  std::string file;
  int line = 0;

  /// The first two break what the founding document asks for.
  bool gap() const { return kind == "node_without_measure" || kind == "measure_without_node"; }
};

/// One measure with all that stands for it.
struct MeasureCover {
  const Measure* measure = nullptr;
  std::vector<std::string> nodes;
  std::vector<std::string> detections;  ///< codes of those that name it
  std::vector<std::string> planned;     ///< codes of those not there yet
};

/// How far risk nodes, measures and detections fit each other. Borrows the catalog.
struct Coverage {
  std::vector<MeasureCover> measures;  ///< as in the catalog
  std::vector<CoverageNote> notes;     ///< gaps first
  std::map<std::string, int> nodes_by_phase;
  std::map<std::string, int> detections_by_phase;  ///< a detection counts in each of its phases
  int nodes = 0;

  int gaps() const;
};

Coverage coverage_of(const Catalog& catalog);

}  // namespace anlan::catalog
