#include "catalog/coverage.hpp"

#include <algorithm>

namespace anlan::catalog {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Calls `visit` with each detection, by code.
template <class Visit>
void each_detection(const Catalog& catalog, Visit&& visit) {
  std::vector<const Detection*> all;
  for (const auto& model : catalog.models) all.push_back(&model);
  for (const auto& rule : catalog.rules) all.push_back(&rule);
  std::sort(all.begin(), all.end(),
            [](const Detection* a, const Detection* b) { return a->code < b->code; });
  for (const auto* one : all) visit(*one);
}

}  // namespace

int Coverage::gaps() const {
  return static_cast<int>(std::count_if(notes.begin(), notes.end(),
                                        [](const CoverageNote& note) { return note.gap(); }));
}

Coverage coverage_of(const Catalog& catalog) {
  Coverage out;
  std::map<std::string, std::vector<std::string>> nodes_of;
  std::map<std::string, std::vector<std::string>> detections_of;
  std::vector<CoverageNote> later;
  for (const auto& process : catalog.processes) {
    for (const auto& step : process.steps) {
      for (const auto& node : step.nodes) {
        ++out.nodes;
        ++out.nodes_by_phase[node.phase];
        for (const auto& code : node.measures) nodes_of[code].push_back(node.code);
        if (node.measures.empty() && node.no_measure.zh.empty())
          out.notes.push_back({"node_without_measure", node.code, "", node.file, node.line});
      }
    }
  }
  each_detection(catalog, [&](const Detection& detection) {
    for (const auto& phase : detection.phases) ++out.detections_by_phase[phase];
    for (const auto& code : detection.measures) detections_of[code].push_back(detection.code);
  });
  for (const auto& measure : catalog.measures) {
    MeasureCover cover{&measure, nodes_of[measure.code], detections_of[measure.code], {}};
    const auto note = [&](const char* kind, const std::string& detail = {}) {
      return CoverageNote{kind, measure.code, detail, measure.file, measure.line};
    };
    if (cover.nodes.empty() && measure.no_node.zh.empty())
      out.notes.push_back(note("measure_without_node"));
    for (const auto& code : measure.planned) {
      if (catalog.detection(code) == nullptr) {
        cover.planned.push_back(code);
      } else if (!contains(cover.detections, code)) {
        later.push_back(note("planned_is_there", code));
      }
    }
    if (cover.detections.empty() && measure.checks.empty())
      later.push_back(note("measure_unchecked"));
    out.measures.push_back(std::move(cover));
  }
  out.notes.insert(out.notes.end(), later.begin(), later.end());
  return out;
}

}  // namespace anlan::catalog
