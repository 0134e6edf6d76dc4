#pragma once

#include <string>
#include <vector>

#include "base/lang.hpp"

namespace anlan::catalog {

/// What proves a measure besides detections, which name their measures themselves.
struct MeasureCheck {
  std::string kind;  ///< gate | query | indicator | finance_rule | pairs | evidence
  Title title;
};

/// One of the ways to prevent a risk. `sure` is how well it is known that authority asks for it: a
/// measure that is `assumed` must never be shown as official.
struct Measure {
  std::string code;    ///< BU-06
  std::string aspect;  ///< BU
  Title title;
  Title meaning;
  std::vector<std::string> owners;  ///< policy | agency | finance | information | audit | archive |
                                    ///< supervision
  std::string control;              ///< process | finance | system
  std::vector<MeasureCheck> checks;
  std::vector<std::string> planned;  ///< codes of detections meant to check it, not made yet
  Title no_node;                     ///< why no risk node needs it; empty if one does
  std::string sure;                  ///< seed | found | known | assumed
  std::string source;                ///< document it is taken from; empty if assumed
  std::string file;
  int line = 0;

  bool official() const { return sure == "seed" || sure == "found"; }
};

/// One file of catalog/measures.
struct Aspect {
  std::string code;
  Title title;
  int order = 0;  ///< its place in lists
  std::string sure;
};

/// A place on a process map where something can go wrong.
struct RiskNode {
  std::string code;  ///< PEN-03
  Title title;
  std::string stage;    ///< collection | management | payment
  std::string phase;    ///< before | during | after
  std::string origin;   ///< internal | external
  std::string domain;   ///< business | finance | information | archive
  std::string subject;  ///< administration | agency | institution | employer | individual
  int likelihood = 1;   ///< 1 to 5
  int impact = 1;       ///< 1 to 5
  std::vector<std::string> measures;
  Title no_measure;  ///< why it has none; empty if it has
  std::string file;
  int line = 0;

  int inherent_score() const { return likelihood * impact; }
};

struct ProcessStep {
  Title title;
  std::string post;  ///< of code list `post`, or ""
  std::vector<RiskNode> nodes;
  int line = 0;
};

/// How one line of business goes: steps in order, each with its risk nodes.
struct Process {
  std::string name;  ///< pension_grant
  std::string code;  ///< PEN; its nodes are PEN-01, PEN-02 …
  Title title;
  Title department;  ///< who usually does it
  std::string sure;
  std::vector<ProcessStep> steps;
};

/// The words a node's classification may have, in the order of forms.
const std::vector<std::string>& node_stages();
const std::vector<std::string>& node_phases();
const std::vector<std::string>& node_origins();
const std::vector<std::string>& node_domains();
const std::vector<std::string>& node_subjects();

/// What people call one of those words, or a check's kind, an owner, a control or a sureness; empty
/// for any other word.
const Title& classification_title(const std::string& word);

}  // namespace anlan::catalog
