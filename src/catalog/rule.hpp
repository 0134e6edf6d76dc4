#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/month.hpp"
#include "catalog/detection.hpp"
#include "catalog/located_text.hpp"

namespace anlan::catalog {

/// A value that rules read as `param("name")`, or, if it has a policy code, as
/// `param("name", at)`: the row of `policy_param` valid then, or `value` if there is none.
struct RuleParam {
  Param param;         ///< `value` may be "" if there is a policy code: then no row means missing
  std::string policy;  ///< policy_param.code, or ""
  std::string scheme;  ///< policy_param.scheme the row must have, or "" for any
};

struct RuleLet {
  std::string name;
  LocatedText text;
};

/// A name with where it stands.
struct RuleWord {
  std::string name;
  int line = 0;
};

/// A detection written as a sentence about one dossier; see catalog/rules/README.md. Expressions
/// are texts here: `rules` parses and checks them. Its version covers rule.yaml, the exclusions it
/// names and the description of its dossiers.
struct Rule : Detection {
  std::map<std::string, std::string> on_hit;  ///< phase → block | hold | lead
  std::string each_name;  ///< payment of `each: payment in dossier.payments`, or ""
  std::string each_list;  ///< payments
  LocatedText each;       ///< the whole of it; empty if there is none
  LocatedText where, when, month, amount;  ///< empty if there is none
  std::vector<RuleLet> lets;
  std::vector<LocatedText> evidence;
  bool has_evidence = false;
  LocatedText because_zh, because_en;
  std::vector<LocatedText> exclude;  ///< names of exclusions
  std::vector<RuleParam> params;
  std::optional<Date> valid_from, valid_to;  ///< first and last day it judges facts of
  std::string file;                          ///< for messages
};

/// A named reason to drop a hit, from catalog/rules/exclusions.yaml. Its condition reads the
/// dossier and, as `row`, the row the rule's `each` binds.
struct RuleExclusion {
  std::string name;
  std::string code;  ///< E1 to E12
  Title title;
  std::string about;
  LocatedText when;
};

/// All of exclusions.yaml.
struct RuleExclusions {
  std::string file;
  std::string yaml;
  std::vector<RuleExclusion> all;

  const RuleExclusion* find(const std::string& about, const std::string& name) const;
};

}  // namespace anlan::catalog
