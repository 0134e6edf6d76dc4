#pragma once

// For the tests of this folder: a small kind of dossier, rules out of text, expressions evaluated.

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "catalog/catalog.hpp"
#include "dossier/memory_bucket.hpp"
#include "rules/check_rule.hpp"
#include "rules/interpret.hpp"

namespace anlan::rules {

inline catalog::DossierKind small_kind() {
  using catalog::FieldType;
  catalog::DossierKind kind;
  kind.subject = "person";
  kind.key_column = "id_no";
  // One field of each type, and one of each that is missing in the rows tests add.
  const std::vector<catalog::Field> payment = {
      {"month", {}, FieldType::month, ""},       {"no_month", {}, FieldType::month, ""},
      {"day", {}, FieldType::date, ""},          {"no_day", {}, FieldType::date, ""},
      {"count", {}, FieldType::integer, ""},     {"no_count", {}, FieldType::integer, ""},
      {"amount", {}, FieldType::fen, ""},        {"no_amount", {}, FieldType::fen, ""},
      {"share", {}, FieldType::ratio, ""},       {"no_share", {}, FieldType::ratio, ""},
      {"periodic", {}, FieldType::flag, ""},     {"no_flag", {}, FieldType::flag, ""},
      {"scheme", {}, FieldType::text, "scheme"}, {"no_text", {}, FieldType::text, ""}};
  kind.lists.push_back({"payments",
                        "payment",
                        {"待遇", "Payments"},
                        false,
                        "v_pay",
                        {"month"},
                        "pay_key",
                        "benefit_payment",
                        payment});
  kind.lists.push_back({"death",
                        "death",
                        {"死亡", "Death"},
                        true,
                        "v_death",
                        {},
                        "death_key",
                        "ext_death",
                        {{"date", {}, FieldType::date, ""}, {"source", {}, FieldType::text, ""}}});
  kind.lists.push_back({"checks",
                        "check",
                        {"认证", "Checks"},
                        false,
                        "qualification_check",
                        {"date"},
                        "row_key",
                        "qualification_check",
                        {{"date", {}, FieldType::date, ""}, {"passed", {}, FieldType::flag, ""}}});
  kind.version = "1";
  return kind;
}

/// Everything a rule needs around it, and one dossier: a payment whose `no_…` fields are missing,
/// a death on 2018-03-15, three checks.
class SmallWorld {
 public:
  SmallWorld() : kind(small_kind()), memory_(kind) {
    catalog::CodeList scheme;
    scheme.name = "scheme";
    scheme.values = {{"110", {"职工养老", "Employee pension"}},
                     {"170", {"居民养老", "Resident pension"}}};
    lists.emplace("scheme", scheme);
    add_payment("P1", 201804, "B1");
    memory_.add(1, "P1", {date(2018, 3, 15), std::string("公安")}, "D1");
    memory_.add(2, "P1", {date(2018, 1, 5), std::int64_t{1}}, "C1");
    memory_.add(2, "P1", {date(2018, 2, 5), std::int64_t{0}}, "C2");
    memory_.add(2, "P1", {date(2018, 3, 5), std::monostate{}}, "C3");
  }

  static std::int64_t date(int year, int month, int day) { return Date::of(year, month, day).days; }

  void add_payment(const std::string& id, std::int64_t month, const std::string& key,
                   std::int64_t amount = 312050) {
    using std::monostate;
    memory_.add(0, id,
                {month, monostate{}, date(2018, 4, 10), monostate{}, std::int64_t{7}, monostate{},
                 amount, monostate{}, std::int64_t{350000}, monostate{}, std::int64_t{1},
                 monostate{}, std::string("110"), monostate{}},
                key);
  }
  dossier::MemoryBucket& memory() { return memory_; }

  Surroundings surroundings() const { return {&kind, &lists, &exclusions}; }

  /// A rule of these lines; what they leave out is filled in.
  static std::string yaml(const std::string& lines) {
    std::map<std::string, std::string> rest = {
        {"code", "EP-01"},    {"title", "{zh: 规则, en: Rule}"},
        {"about", "person"},  {"phases", "[after]"},
        {"severity", "high"}, {"because", "{zh: 说明, en: Reason}"},
        {"basis", "[law]"},   {"false_alarms", "{zh: 无, en: None}"}};
    std::string out = lines;
    for (const auto& [key, value] : rest) {
      if (("\n" + lines).find("\n" + key + ":") == std::string::npos)
        out += key + ": " + value + "\n";
    }
    return out;
  }

  /// Keeps the rule, so that it may be checked.
  Result<CheckedRule> check(const std::string& lines,
                            const std::map<std::string, std::string>& params = {}) {
    auto parsed = catalog::parse_rule("rule", yaml(lines), "rule.yaml");
    if (!parsed) return fail(parsed.error());
    kept_.push_back(std::make_unique<catalog::Rule>(std::move(*parsed)));
    return check_rule(*kept_.back(), surroundings(), params);
  }

  static std::string single_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
  }

  /// The value of an expression for the payment of P1: canonical, "missing", or "error: overflow"
  /// and so on; or the first line of what is wrong with it, without its place.
  std::string value(const std::string& expression) {
    const auto kept = kept_.size();
    auto result = value_text(expression);
    kept_.resize(kept);
    return result;
  }

  catalog::DossierKind kind;
  std::map<std::string, catalog::CodeList> lists;
  catalog::RuleExclusions exclusions;

 private:
  std::string value_text(const std::string& expression) {
    const auto checked =
        check("each: payment in dossier.payments\nlet: {x: " + single_quoted(expression) +
              "}\nwhen: \"true\"\n");
    if (!checked) {
      const auto& detail = checked.error().detail;
      const auto line = detail.substr(0, detail.find('\n'));
      const auto place = line.find(": ");
      return "wrong: " + (place == std::string::npos ? line : line.substr(place + 2));
    }
    const auto& bucket = memory_.bucket();
    const dossier::Dossier one{&bucket, 0};
    const Moment moment{Date::of(2018, 12, 31), nullptr};
    Interpreter interpreter(*checked, one, moment);
    interpreter.set_row(0);
    const auto node = checked->lets[0].node;
    const auto result = interpreter.evaluate(node);
    const auto& type = checked->nodes[node].type;
    if (result.is_error()) return std::string("error: ") + fault_name(result.scalar.fault);
    if (type.kind == Kind::row) return result.row ? "row " + std::to_string(*result.row) : "no row";
    if (type.is_list()) {
      std::string out = "[";
      for (const auto& item : result.values) {
        out += (out.size() > 1 ? ", " : "") +
               (item.known() ? canonical_text(item, type.element) : std::string("missing"));
      }
      for (const auto row : result.rows) out += (out.size() > 1 ? ", " : "") + std::to_string(row);
      return out + "]";
    }
    return result.scalar.known() ? canonical_text(result.scalar, type.kind) : "missing";
  }

  dossier::MemoryBucket memory_;
  std::vector<std::unique_ptr<catalog::Rule>> kept_;
};

}  // namespace anlan::rules
