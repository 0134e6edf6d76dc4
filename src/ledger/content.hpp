#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"

namespace anlan::ledger {

/// Who answers for a row. `person` is a person of access, 0 if none is named yet; the name is kept
/// as written, because a form that was signed must read the same for ever.
struct Owner {
  std::int64_t person = 0;
  std::string name;
  friend bool operator==(const Owner&, const Owner&) = default;
};

/// One measure against a risk point: a measure of the catalog, or words of the unit's own.
struct Assignment {
  std::string measure;  ///< BU-06, or ""
  std::string text;     ///< as it is printed
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// One row of the ledger. The classification may be unknown ("" and 0): the form does not ask it.
struct RiskPoint {
  std::string node;  ///< of catalog/processes, or ""
  std::string department;
  std::string risk;
  std::string stage;    ///< collection | management | payment
  std::string phase;    ///< before | during | after
  std::string origin;   ///< internal | external
  std::string domain;   ///< business | finance | information | archive
  std::string subject;  ///< administration | agency | institution | employer | individual
  int likelihood = 0;   ///< 1 to 5
  int impact = 0;       ///< 1 to 5
  std::vector<Assignment> measures;
  Owner direct;           ///< 直接责任人
  Owner department_head;  ///< 部门负责人
  Owner unit_head;        ///< 单位负责人

  int inherent_score() const { return likelihood * impact; }
  friend bool operator==(const RiskPoint&, const RiskPoint&) = default;
};

/// What one version of a unit's ledger says. Everything that is signed is in here.
struct Content {
  std::string organisation;  ///< id of access
  std::string unit;          ///< its name, as printed under 填报单位
  int year = 0;
  std::vector<RiskPoint> points;
  friend bool operator==(const Content&, const Content&) = default;
};

/// One text for one content, the same for ever: what is hashed and kept.
std::string canonical(const Content& content);
/// Errors: corrupted "ledger.content".
Result<Content> content_of(const std::string& canonical_text);
/// SHA-256 of canonical(), in hex.
std::string hash_of(const Content& content);
/// SHA-256 of one row, in hex: what an owner's signature covers.
std::string hash_of(const RiskPoint& point);

/// A draft with one row for each risk node of the catalog, its measures assigned, nobody named.
Content draft_from(const catalog::Catalog& catalog, std::string organisation, std::string unit,
                   int year);

/// What is wrong in one row; row 0: in what stands above the table.
struct RowProblem {
  int row = 0;
  std::string column;
  std::string problem;
};
/// What must be right before anything is kept, whatever else is missing: words of the catalog,
/// lengths, scores.
std::vector<RowProblem> problems_of(const Content& content, const catalog::Catalog& catalog);
/// Errors: invalid_input "ledger.row", one line "row N, COLUMN: …" for each problem.
Status check(const Content& content, const catalog::Catalog& catalog);

/// One thing that is missing before the ledger can be signed or submitted, or that a reader should
/// look at.
struct Gap {
  /// Of a row, which stop the signing: no_measure, no_direct, no_department_head, no_unit_head,
  /// same_person (one person in two of the three), unit_heads_differ, empty (no rows at all).
  /// For the reader only: not_classified, node_missing (of the catalog, not in this ledger),
  /// measure_missing (of the catalog, assigned nowhere).
  std::string kind;
  int row = 0;       ///< from 1; 0: the whole ledger
  std::string code;  ///< of the node or measure
  bool stops = false;
};
std::vector<Gap> gaps_of(const Content& content, const catalog::Catalog& catalog);

}  // namespace anlan::ledger
