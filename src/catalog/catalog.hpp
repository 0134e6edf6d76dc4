#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/dossier.hpp"
#include "catalog/duties.hpp"
#include "catalog/measure.hpp"
#include "catalog/model.hpp"
#include "catalog/monitoring.hpp"
#include "catalog/procedure.hpp"
#include "catalog/recovery_terms.hpp"
#include "catalog/referral_terms.hpp"
#include "catalog/rule.hpp"
#include "catalog/table.hpp"
#include "fund/work_calendar.hpp"

namespace anlan::catalog {

/// Everything the people of the field edit, read and checked.
struct Catalog {
  std::vector<Table> tables;  ///< by name
  std::map<std::string, CodeList> lists;
  std::vector<DerivedView> derived;   ///< in an order in which each reads only earlier ones
  std::vector<Model> models;          ///< by code
  std::vector<DossierKind> dossiers;  ///< by subject
  std::vector<Rule> rules;            ///< by code
  RuleExclusions exclusions;
  std::vector<Aspect> aspects;     ///< by their order
  std::vector<Measure> measures;   ///< aspect by aspect
  std::vector<Process> processes;  ///< by name
  Duties duties;
  Procedure procedure;  ///< from a new lead to a closed case
  RecoveryTerms recovery_terms;
  ReferralTerms referral_terms;
  fund::WorkCalendar calendar;
  Monitoring monitoring;
  std::string hash;  ///< SHA-256 over all files, in path order

  /// Without `calendar`, `codes`, `derived`, `dossiers`, `duties`, `measures`, `models`,
  /// `monitoring`, `params`, `procedures`, `processes` or `rules` these are empty; without `tables`
  /// there is no catalog.
  /// Errors: invalid_input "catalog.table", ".calendar", ".codes", ".view", ".dossier", ".duties",
  /// ".measure", ".model", ".monitoring", ".params", ".procedure", ".process", ".rule", ".spec" or
  /// ".file",
  /// whose detail has one line "file:line: what is wrong, expected what" for each problem found;
  /// not_found "file.unreadable".
  static Result<Catalog> load(const std::filesystem::path& folder);

  /// More to check of a catalog in which something is wrong, though not in what rules are checked
  /// against (tables, codes, views, dossiers): one message a problem, with its place. So that who
  /// can check more, as `rules` the expressions of rules, tells it in the same run.
  using CheckMore = std::function<std::vector<std::string>(const Catalog& understood)>;
  static Result<Catalog> load(const std::filesystem::path& folder, const CheckMore& more);

  const Table* table(const std::string& name) const;
  const Model* model(const std::string& name_or_code) const;
  const Rule* rule(const std::string& name_or_code) const;
  const Detection* detection(const std::string& name_or_code) const;  ///< a model or a rule
  /// Names and codes of all detections, to find a near one.
  std::vector<std::string> detection_names() const;
  const DossierKind* dossier(const std::string& subject) const;
  const Measure* measure(const std::string& code) const;
  const RiskNode* node(const std::string& code) const;
};

/// Only the working days of a catalog folder; weekends alone if it has no calendar. Errors: as
/// Catalog::load.
Result<fund::WorkCalendar> load_work_calendar(const std::filesystem::path& catalog_folder);

/// Reads one detection, derived view or dossier description again from text, as a replay of an old
/// run needs. Names of tables and lists are not checked, `spec` and `version` stay empty: the run
/// has kept the version. Errors as Catalog::load, with `origin` in place of the file's name.
Result<Model> parse_model(const std::string& name, const std::string& yaml, const std::string& sql,
                          const std::string& origin);
Result<DerivedView> parse_view(const std::string& name, const std::string& sql,
                               const std::string& origin);
Result<Rule> parse_rule(const std::string& name, const std::string& yaml,
                        const std::string& origin);
Result<RuleExclusions> parse_exclusions(const std::string& yaml, const std::string& origin);
/// Versions and `tables` of the lists stay empty.
Result<DossierKind> parse_dossier(const std::string& subject, const std::string& yaml,
                                  const std::vector<Table>& tables, const std::string& origin);

}  // namespace anlan::catalog
