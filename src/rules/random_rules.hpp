#pragma once

// For tests: random rules that are well typed, and random dossiers for them to judge. Values come
// from few, so that rules find something; some are at the limits of arithmetic.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "dossier/memory_bucket.hpp"
#include "rules/check_rule.hpp"

namespace anlan::rules {

class RandomRules {
 public:
  explicit RandomRules(std::uint64_t seed) : random_(seed), kind_(small_kind()) {
    exclusions_.all = {exclusion("old"), exclusion("other")};
  }

  const catalog::DossierKind& kind() const { return kind_; }

  /// The rule's texts are in `rule`, which must outlive the result.
  Result<CheckedRule> make(catalog::Rule& rule) {
    rule = {};
    rule.name = "random";
    rule.code = "XX-01";
    rule.about = "person";
    names_ = 0;
    scope_.clear();
    lets_.clear();
    const bool has_each = chance(80);
    std::size_t each = 0;
    if (has_each) {
      each = number(4);
      rule.each_name = "one";
      rule.each_list = kind_.lists[each].name;
      rule.each.text = "one in dossier." + rule.each_list;
      scope_.push_back({"one", Type::row_of(each)});
    }
    if (has_each && chance(50)) {
      row_only_ = true;
      rule.where.text = text(Kind::boolean, 3);
      row_only_ = false;
    }
    for (std::size_t i = number(3); i > 0; --i) {
      const auto name = "let" + std::to_string(++names_);
      const auto type = any_type();
      rule.lets.push_back({name, {type_text(type, 3), 0, {}}});
      lets_.push_back({name, type});
    }
    rule.when.text = text(Kind::boolean, 4 + static_cast<int>(number(2)));
    if (chance(50)) rule.month.text = text(Kind::month, 3);
    if (chance(50)) rule.amount.text = text(Kind::fen, 3);
    rule.params.push_back({{"rate", catalog::ParamType::fen, chance(50) ? "5000" : "", {}, "", ""},
                           "RATE",
                           chance(50) ? "110" : ""});
    // Every parameter must be used.
    rule.when.text += " && (param(\"rate\", month(\"2018-01\")) != yuan(\"7\") || true)";
    rule.because_zh.text = "说明";
    rule.because_en.text = "Reason";
    if (chance(40)) {
      lets_.clear();
      if (has_each) scope_.front().name = "row";
      for (auto& one : exclusions_.all) {
        one.when.text = text(Kind::boolean, 3);
        rule.exclude.push_back({one.name, 0, {}});
      }
    }
    return check_rule(rule, {&kind_, &lists_, &exclusions_});
  }

  /// Dossiers of about as many subjects; ids and rows at random.
  std::unique_ptr<dossier::MemoryBucket> dossiers(std::size_t subjects) {
    auto bucket = std::make_unique<dossier::MemoryBucket>(kind_);
    const bool complete = chance(50);  // sort fields are never missing
    for (std::size_t s = 0; s < subjects; ++s) {
      const auto id = "P" + std::to_string(number(1000));
      bucket->add_subject(id);
      if (!ids_.insert(id).second) continue;
      for (std::size_t list = 0; list < kind_.lists.size(); ++list) {
        const auto& from = kind_.lists[list];
        auto rows = from.single ? number(2) : number(6);
        if (chance(30)) rows = 0;
        for (std::size_t r = 0; r < rows; ++r) {
          std::vector<dossier::Cell> cells;
          for (const auto& field : from.fields) {
            const auto sorts =
                std::find(from.order.begin(), from.order.end(), field.name) != from.order.end();
            cells.push_back(cell(field.type, !(complete && sorts)));
          }
          bucket->add(list, id, std::move(cells), "K" + std::to_string(++keys_));
        }
      }
    }
    ids_.clear();
    return bucket;
  }

 private:
  struct Name {
    std::string name;
    Type type;
  };

  static catalog::DossierKind small_kind() {
    using catalog::FieldType;
    catalog::DossierKind kind;
    kind.subject = "person";
    kind.key_column = "id_no";
    const auto add = [&](const char* name, bool single, std::vector<std::string> order,
                         std::vector<catalog::Field> fields) {
      kind.lists.push_back(
          {name, "row", {}, single, name, std::move(order), "key", name, std::move(fields)});
    };
    add("payments", false, {"month", "scheme"},
        {{"month", {}, FieldType::month, ""},
         {"scheme", {}, FieldType::text, ""},
         {"amount", {}, FieldType::fen, ""},
         {"day", {}, FieldType::date, ""},
         {"count", {}, FieldType::integer, ""},
         {"rate", {}, FieldType::ratio, ""},
         {"periodic", {}, FieldType::flag, ""}});
    add("stays", false, {"start"},
        {{"days", {}, FieldType::integer, ""},
         {"start", {}, FieldType::date, ""},
         {"hospital", {}, FieldType::text, ""},
         {"paid", {}, FieldType::fen, ""}});
    add("words", false, {"word"},
        {{"word", {}, FieldType::text, ""}, {"month", {}, FieldType::month, ""}});
    add("sums", false, {"count"},
        {{"count", {}, FieldType::integer, ""}, {"good", {}, FieldType::flag, ""}});
    add("person", true, {},
        {{"birth", {}, FieldType::date, ""},
         {"sex", {}, FieldType::text, ""},
         {"post", {}, FieldType::text, ""}});
    add("death", true, {}, {{"date", {}, FieldType::date, ""}});
    return kind;
  }

  static catalog::RuleExclusion exclusion(const char* name) {
    catalog::RuleExclusion one;
    one.name = name;
    one.code = "E1";
    one.about = "person";
    return one;
  }

  std::size_t number(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  bool chance(std::size_t percent) { return number(100) < percent; }
  std::string one_of(const std::vector<std::string>& texts) { return texts[number(texts.size())]; }

  dossier::Cell cell(catalog::FieldType type, bool may_miss) {
    if (may_miss && chance(15)) return {};
    const auto size = static_cast<std::int64_t>(number(6));
    switch (type) {
      case catalog::FieldType::month:
        return chance(3) ? 999912 : 201801 + size;
      case catalog::FieldType::date:
        return chance(3) ? day_last : 17500 + size * 40;
      case catalog::FieldType::integer:
        return chance(4) ? number_max - size : size - 1;
      case catalog::FieldType::fen:
        return chance(4) ? -number_max + size : size * 5000;
      case catalog::FieldType::ratio:
        return size * 250000;
      case catalog::FieldType::flag:
        return size % 2;
      case catalog::FieldType::text:
        return one_of({"110", "1", "2", "G", "中文"});
    }
    return {};
  }

  Type any_type() {
    const auto pick = number(10);
    if (pick < 6) return Type::scalar(static_cast<Kind>(number(7)));
    if (pick < 8) return Type::rows_of(number(4));
    if (pick < 9) return Type::values_of(static_cast<Kind>(number(7)));
    return Type::row_of(number(kind_.lists.size()));
  }

  std::string type_text(const Type& type, int depth) {
    if (type.kind == Kind::rows) return rows(type.list, depth);
    if (type.kind == Kind::values) return values(type.element, depth);
    if (type.kind == Kind::row) return row(type.list, depth);
    return text(type.kind, depth);
  }

  /// A name in scope of this type, or "".
  std::string named(const Type& type) {
    std::vector<std::string> found;
    for (const auto& one : scope_) {
      if (one.type == type) found.push_back(one.name);
    }
    for (const auto& one : lets_) {
      if (one.type == type) found.push_back(one.name);
    }
    return found.empty() ? "" : one_of(found);
  }

  std::string row(std::size_t list, int depth) {
    const auto name = named(Type::row_of(list));
    if (!name.empty() && (depth <= 0 || chance(80))) return name;
    if (kind_.lists[list].single) return "dossier." + kind_.lists[list].name;
    if (depth <= 0) return "first(dossier." + kind_.lists[list].name + ")";
    const auto from = rows(list, depth - 1);
    if (chance(30)) return from + "[" + text(Kind::integer, depth - 2) + "]";
    return one_of({"first", "last"}) + "(" + from + ")";
  }

  std::string rows(std::size_t list, int depth) {
    const auto name = named(Type::rows_of(list));
    if (!name.empty() && chance(50)) return name;
    if (depth <= 0 || chance(50)) return "dossier." + kind_.lists[list].name;
    return macro("filter", rows(list, depth - 1), Type::row_of(list), Kind::boolean, depth);
  }

  std::string values(Kind element, int depth) {
    const auto name = named(Type::values_of(element));
    if (!name.empty() && chance(50)) return name;
    const auto pick = number(10);
    if (depth <= 0 || pick < 3 || row_only_) {
      std::string out = "[" + text(element, depth <= 0 ? 0 : depth - 2);
      for (std::size_t i = number(3); i > 0; --i) out += ", " + text(element, 0);
      return out + "]";
    }
    if (pick < 4) return "distinct(" + values(element, depth - 1) + ")";
    if (pick < 5)
      return macro("filter", values(element, depth - 1), Type::scalar(element), Kind::boolean,
                   depth);
    const auto list = number(4);
    return macro("map", rows(list, depth - 1), Type::row_of(list), element, depth);
  }

  std::string macro(const std::string& name, const std::string& list, const Type& element,
                    Kind body, int depth) {
    const auto variable = "v" + std::to_string(++names_);
    scope_.push_back({variable, element});
    auto condition = text(body, depth - 1);
    if (body == Kind::boolean && element.kind == Kind::row && chance(50))
      condition = bound(variable, element.list, depth) + " && " + condition;
    if (body == Kind::boolean && element.kind == Kind::row && chance(50)) {
      const auto own = as_another(variable, element.list);
      if (!own.empty()) condition = own + (chance(60) ? " && " + condition : "");
    }
    scope_.pop_back();
    return list + "." + name + "(" + variable + ", " + condition + ")";
  }

  /// A condition on the field by which the list is sorted.
  std::string bound(const std::string& variable, std::size_t list, int depth) {
    const auto& from = kind_.lists[list];
    if (from.order.empty()) return "true";
    const auto& field = from.fields[*from.find(from.order.front())];
    const auto kept = scope_.back();
    scope_.pop_back();
    const auto key = text(kind_of(field.type), depth - 2);
    scope_.push_back(kept);
    const auto op = one_of({" == ", " == ", " < ", " <= ", " > ", " >= "});
    const auto own = variable + "." + field.name;
    return chance(50) ? own + op + key : key + op + own;
  }

  /// A condition that compares with the same fields of another row in scope of this list; "" if
  /// there is none.
  std::string as_another(const std::string& variable, std::size_t list) {
    const auto& from = kind_.lists[list];
    std::vector<std::string> others;
    for (const auto& one : scope_) {
      if (one.type == Type::row_of(list) && one.name != variable) others.push_back(one.name);
    }
    if (others.empty() || from.order.empty()) return "";
    const auto other = one_of(others);
    std::string out;
    const auto compare = [&](const std::string& field, const std::string& op) {
      const auto a = variable + "." + field;
      const auto b = other + "." + field;
      out += (out.empty() ? "" : " && ") + (chance(50) ? a + op + b : b + op + a);
    };
    for (const auto& field : from.order) {
      compare(field, " == ");
      if (chance(50)) break;
    }
    if (chance(70)) {
      const auto& field = from.fields[number(from.fields.size())];
      const bool flag = field.type == catalog::FieldType::flag;
      compare(field.name, flag ? " != " : one_of({" != ", " < ", " > ", " <= "}));
    }
    return out;
  }

  /// A field of a row in scope, or of one that can be had, with this kind; "" if there is none.
  std::string field(Kind kind, int depth) {
    std::vector<std::string> found;
    const auto add = [&](const std::string& from, std::size_t list) {
      for (const auto& one : kind_.lists[list].fields) {
        if (kind_of(one.type) == kind) found.push_back(from + "." + one.name);
      }
    };
    for (const auto& one : scope_) {
      if (one.type.kind == Kind::row) add(one.name, one.type.list);
    }
    if (!row_only_) {
      for (std::size_t list = 0; list < kind_.lists.size(); ++list) {
        if (kind_.lists[list].single || (depth > 0 && chance(20))) add(row(list, depth - 1), list);
      }
    }
    return found.empty() ? "" : one_of(found);
  }

  std::string literal(Kind kind) {
    switch (kind) {
      case Kind::boolean:
        return one_of({"true", "false"});
      case Kind::integer:
        return one_of({"0", "1", "2", "-1", "3", "12", "9223372036854775807"});
      case Kind::fen:
        return "yuan(\"" + one_of({"0.00", "50.00", "100.00", "-50.00", "7"}) + "\")";
      case Kind::ratio:
        return "ratio(\"" + one_of({"0", "0.5", "1", "0.25"}) + "\")";
      case Kind::month:
        return chance(20) ? "as_of_month"
                          : "month(\"" + one_of({"2018-01", "2018-03", "2018-05"}) + "\")";
      case Kind::date:
        return chance(20) ? "as_of" : "date(\"" + one_of({"2018-01-10", "2018-04-09"}) + "\")";
      default:
        return chance(10) && !row_only_
                   ? "dossier.id"
                   : "\"" + one_of({"110", "1", "2", "G", "中", "absent"}) + "\"";
    }
  }

  std::string text(Kind kind, int depth) {
    if (depth <= 0 || chance(25)) {
      const auto name = named(Type::scalar(kind));
      if (!name.empty() && chance(50)) return name;
      const auto own = field(kind, std::min(depth, 1));
      return !own.empty() && chance(75) ? own : literal(kind);
    }
    if (chance(6))
      return "(" + text(Kind::boolean, depth - 1) + " ? " + text(kind, depth - 1) + " : " +
             text(kind, depth - 1) + ")";
    if (chance(5)) return "coalesce(" + text(kind, depth - 1) + ", " + text(kind, depth - 1) + ")";
    if (chance(10)) {
      const auto from = values(kind, depth - 1);
      if (kind == Kind::boolean || chance(40)) return "first(" + from + ")";
      if (chance(20)) return from + "[" + text(Kind::integer, depth - 2) + "]";
      return one_of({"min", "max"}) + "(" + from + ")";
    }
    const auto a = [&](Kind argument) { return text(argument, depth - 1); };
    const auto two = [&](Kind x, const char* op, Kind y) { return "(" + a(x) + op + a(y) + ")"; };
    switch (kind) {
      case Kind::boolean:
        return condition(depth);
      case Kind::integer:
        switch (number(12)) {
          case 0:
            return two(kind, " + ", kind);
          case 1:
            return two(kind, " - ", kind);
          case 2:
            return two(kind, " * ", kind);
          case 3:
            return two(kind, " / ", kind);
          case 4:
            return two(kind, " % ", kind);
          case 5:
            return two(Kind::month, " - ", Kind::month);
          case 6:
            return two(Kind::date, " - ", Kind::date);
          case 7:
            return "size(" +
                   (chance(70) ? rows(number(4), row_only_ ? 0 : depth - 1)
                               : values(Kind::integer, depth - 1)) +
                   ")";
          case 8:
            return "age_at(" + a(Kind::date) + ", " + a(chance(50) ? Kind::month : Kind::date) +
                   ")";
          case 9:
            return "sum(" + values(kind, depth - 1) + ")";
          case 10:
            return "year(" + a(chance(50) ? Kind::month : Kind::date) + ")";
          default:
            return chance(50) ? "size(" + a(Kind::text) + ")"
                              : "unemployment_months(" + a(kind) + ", " + a(kind) + ")";
        }
      case Kind::fen:
        switch (number(6)) {
          case 0:
            return two(kind, " + ", kind);
          case 1:
            return two(kind, " - ", kind);
          case 2:
            return two(kind, " * ", Kind::integer);
          case 3:
            return "share(" + a(kind) + ", " + a(Kind::ratio) + ")";
          case 4:
            return chance(50) ? "div(" + a(kind) + ", " + a(Kind::integer) + ")"
                              : "sum(" + values(kind, depth - 1) + ")";
          default:
            return "param(\"rate\", " + a(chance(50) ? Kind::month : Kind::date) +
                   (chance(50) ? ", " + a(Kind::text) : "") + ")";
        }
      case Kind::ratio:
        return chance(50) ? "ratio_of(" + a(Kind::fen) + ", " + a(Kind::fen) + ")"
                          : two(kind, " + ", kind);
      case Kind::month:
        switch (number(4)) {
          case 0:
            return two(kind, " + ", Kind::integer);
          case 1:
            return two(kind, " - ", Kind::integer);
          case 2:
            return "stat_month(" + a(Kind::text) + ", " + a(Kind::date) + ", " + a(Kind::text) +
                   ")";
          default:
            return "month(" + a(Kind::date) + ")";
        }
      case Kind::date:
        switch (number(3)) {
          case 0:
            return two(kind, " + ", Kind::integer);
          case 1:
            return two(kind, " - ", Kind::integer);
          default:
            return one_of({"first_day", "last_day"}) + "(" + a(Kind::month) + ")";
        }
      default:
        return a(kind) + ".substr(" + one_of({"0", "1"}) + ", 1)";
    }
  }

  std::string condition(int depth) {
    const auto a = [&](Kind argument) { return text(argument, depth - 1); };
    const auto boolean = Kind::boolean;
    switch (number(11)) {
      case 0:
      case 1:
        return "(" + a(boolean) + " && " + a(boolean) + " && " + a(boolean) + ")";
      case 2:
        return "(" + a(boolean) + " || " + a(boolean) + ")";
      case 3:
        return "!" + a(boolean);
      case 4: {
        const auto kind = static_cast<Kind>(number(7));
        return "has(" + a(kind) + ")";
      }
      case 5: {
        const auto kind = static_cast<Kind>(number(7));
        return "(" + a(kind) + " in " + values(kind, depth - 1) + ")";
      }
      case 6:
        return a(Kind::text) +
               one_of({".startsWith(\"1", ".endsWith(\"0", ".contains(\"1", ".matches(\"^[12中]"}) +
               "\")";
      case 7:
        if (row_only_) return row(kind_of_row(), 0) + ".known";
        return one_of({"dossier.death", "dossier.person"}) + ".known";
      case 8: {
        const auto kind = static_cast<Kind>(number(7));
        const auto op = kind == boolean ? one_of({" == ", " != "})
                                        : one_of({" == ", " != ", " < ", " <= ", " > ", " >= "});
        return "(" + a(kind) + op + a(kind) + ")";
      }
      default: {
        if (row_only_) return a(boolean);
        const auto name = one_of({"exists", "exists", "all", "exists_one"});
        if (chance(25)) {
          const auto kind = static_cast<Kind>(number(7));
          return macro(name, values(kind, depth - 1), Type::scalar(kind), boolean, depth);
        }
        const auto list = number(4);
        return macro(name, rows(list, depth - 1), Type::row_of(list), boolean, depth);
      }
    }
  }

  std::size_t kind_of_row() const {
    for (const auto& one : scope_) {
      if (one.type.kind == Kind::row) return one.type.list;
    }
    return 0;
  }

  std::mt19937_64 random_;
  catalog::DossierKind kind_;
  catalog::RuleExclusions exclusions_;
  std::map<std::string, catalog::CodeList> lists_;
  std::vector<Name> scope_, lets_;
  bool row_only_ = false;
  int names_ = 0;
  int keys_ = 0;
  std::set<std::string> ids_;
};

}  // namespace anlan::rules
