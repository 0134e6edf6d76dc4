#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "catalog/near_name.hpp"
#include "rules/checker.hpp"
#include "rules/functions.hpp"
#include "rules/literals.hpp"

namespace anlan::rules {
namespace {

using catalog::did_you_mean;

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 5> macros = {"filter", "map", "all", "exists", "exists_one"};
constexpr std::array<std::string_view, 7> list_functions = {"size",  "sum",  "min",     "max",
                                                            "first", "last", "distinct"};
constexpr std::array<std::string_view, 4> literal_functions = {"yuan", "ratio", "month", "date"};

std::vector<std::string> words(std::span<const std::string_view> first,
                               std::initializer_list<std::string_view> more) {
  std::vector<std::string> out(first.begin(), first.end());
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

std::vector<std::string> all_functions() {
  auto names = words(list_functions, {"yuan", "ratio", "date", "has", "coalesce", "param"});
  for (const auto& one : field_functions()) names.emplace_back(one.name);
  return names;
}

Kind kind_of_param(catalog::ParamType type) {
  switch (type) {
    case catalog::ParamType::integer:
      return Kind::integer;
    case catalog::ParamType::fen:
      return Kind::fen;
    case catalog::ParamType::ratio:
      return Kind::ratio;
    case catalog::ParamType::text:
      return Kind::text;
    case catalog::ParamType::date:
      return Kind::date;
    case catalog::ParamType::month:
      return Kind::month;
  }
  return Kind::text;
}

}  // namespace

Checker::Checked Checker::call(const AstNode& ast) {
  const auto& name = ast.text;
  const bool has_text_argument =
      ast.children.size() == 1 && (*ast_)[ast.children[0]].kind == AstKind::text;
  if (contains(literal_functions, name) && (has_text_argument || name != "month"))
    return literal(ast);
  if (name == "param") return param(ast);

  const auto functions = all_functions();
  if (std::find(functions.begin(), functions.end(), name) == functions.end()) {
    if (contains(macros, name)) {
      return wrong(ast.name_span, fmt::format("{0} is called on a list; expected such as "
                                              "dossier.{1}.{0}({2}, …)",
                                              name, rule_.kind->lists.front().name,
                                              rule_.kind->lists.front().row));
    }
    return wrong(ast.name_span,
                 fmt::format("unknown function {}{}", name, did_you_mean(name, functions)));
  }
  const auto given = arguments(ast, 0);
  if (!given) return std::nullopt;
  if (name == "has") {
    if (given->size() != 1)
      return wrong(ast.span, "has takes one value, such as has(payment.month)");
    if (!type(given->front()).is_scalar()) {
      return wrong(span(given->front()),
                   fmt::format("has asks for a plain value, found {}; expected .known of a fact "
                               "or size(…) > 0 of a list",
                               type_text(given->front())));
    }
    return made(Op::has, Type::scalar(Kind::boolean), *given, ast.span);
  }
  if (name == "coalesce") return coalesce(ast, *given);
  if (contains(list_functions, name)) return list_function(ast, *given);
  return field_function(ast, *given);
}

Checker::Checked Checker::literal(const AstNode& ast) {
  const auto& name = ast.text;
  const bool one_text = ast.children.size() == 1 && (*ast_)[ast.children[0]].kind == AstKind::text;
  if (!one_text) {
    return wrong(ast.span, fmt::format("{} takes one text in quotes, such as {}", name,
                                       name == "yuan"    ? "yuan(\"100.00\")"
                                       : name == "ratio" ? "ratio(\"0.35\")"
                                                         : "date(\"2018-11-30\")"));
  }
  const auto& argument = (*ast_)[ast.children[0]];
  const auto kind = name == "yuan"    ? Kind::fen
                    : name == "ratio" ? Kind::ratio
                    : name == "month" ? Kind::month
                                      : Kind::date;
  const auto value = literal_value(kind, argument.text);
  if (!value) {
    return wrong(argument.span, fmt::format("\"{}\" is no {}, expected such as {}", argument.text,
                                            name == "yuan" ? "amount in yuan" : name,
                                            name == "yuan"    ? "\"100.00\""
                                            : name == "ratio" ? "\"0.35\", with at most six places"
                                            : name == "month" ? "\"2018-11\""
                                                              : "\"2018-11-30\""));
  }
  return build_.constant(kind, *value, ast.span);
}

Checker::Checked Checker::param(const AstNode& ast) {
  const bool named = !ast.children.empty() && (*ast_)[ast.children[0]].kind == AstKind::text;
  if (!named || ast.children.size() > 3) {
    return wrong(ast.span,
                 "param takes the name of a parameter in quotes, and for a policy "
                 "parameter a month or date and maybe a region");
  }
  const auto& name = (*ast_)[ast.children[0]];
  std::vector<std::string> names;
  for (const auto& one : rule_.rule->params) {
    names.push_back(one.param.name);
    if (one.param.name != name.text) continue;
    params_used_.insert(name.text);
    if (!one.policy.empty()) return policy(ast, one);
    if (ast.children.size() > 1) {
      return wrong(ast.span, fmt::format("{0} has no policy code, so it has one value for all "
                                         "time; expected param(\"{0}\")",
                                         name.text));
    }
    const auto kind = kind_of_param(one.param.type);
    const auto over = params_.find(name.text);
    const auto& text = over == params_.end() ? one.param.value : over->second;
    if (kind == Kind::text) return build_.text(text, ast.span);
    if (text.empty()) return std::nullopt;  // the reader has told what is wrong with it
    const auto value = canonical_value(kind, text);
    if (!value)
      return wrong(ast.span,
                   fmt::format("parameter {} is not {}: {}", name.text, kind_name(kind), text));
    return build_.constant(kind, *value, ast.span);
  }
  return wrong(name.span,
               fmt::format("{} is not under params{}", name.text, did_you_mean(name.text, names)));
}

Checker::Checked Checker::policy(const AstNode& ast, const catalog::RuleParam& param) {
  if (ast.children.size() < 2) {
    return wrong(ast.span, fmt::format("{0} changes with time; expected param(\"{0}\", at) with a "
                                       "month or date",
                                       param.param.name));
  }
  const auto given = arguments(ast, 1);
  if (!given) return std::nullopt;
  const auto at = type(given->front()).kind;
  if (at != Kind::month && at != Kind::date) {
    return wrong(span(given->front()),
                 fmt::format("param takes a month or date, found {}", type_text(given->front())));
  }
  if (given->size() > 1 && type(given->back()).kind != Kind::text) {
    return wrong(span(given->back()), fmt::format("the region of param is {}, expected string",
                                                  type_text(given->back())));
  }
  PolicyUse use{param.policy, param.scheme, param.param.type, std::nullopt};
  const auto over = params_.find(param.param.name);
  const auto& fallback = over == params_.end() ? param.param.value : over->second;
  const auto kind = kind_of_param(param.param.type);
  if (kind == Kind::text) {
    return wrong(ast.span,
                 "a policy parameter of type text; expected int, fen, ratio, date or "
                 "month");
  }
  if (!fallback.empty()) use.value = canonical_value(kind, fallback);
  std::uint32_t slot = 0;
  while (slot < rule_.policies.size() &&
         (rule_.policies[slot].code != use.code || rule_.policies[slot].scheme != use.scheme ||
          rule_.policies[slot].type != use.type || rule_.policies[slot].value != use.value)) {
    ++slot;
  }
  if (slot == rule_.policies.size()) rule_.policies.push_back(use);
  return made(Op::policy, Type::scalar(kind), *given, ast.span, slot);
}

Checker::Checked Checker::list_function(const AstNode& ast, const std::vector<NodeId>& given) {
  const auto& name = ast.text;
  if (given.size() != 1) return wrong(ast.span, name + " takes one list");
  const auto list = given.front();
  const auto result = type(list);
  if (name == "size" && result.kind == Kind::text)
    return made(Op::text_size, Type::scalar(Kind::integer), {list}, ast.span);
  if (!result.is_list()) {
    return wrong(span(list), fmt::format("{} takes a list, found {}", name, type_text(list)));
  }
  if (name == "size") return made(Op::size, Type::scalar(Kind::integer), {list}, ast.span);
  if (name == "first") return made(Op::first, result.of_element(), {list}, ast.span);
  if (name == "last") return made(Op::last, result.of_element(), {list}, ast.span);
  if (result.kind == Kind::rows) {
    const auto& rows = rule_.kind->lists[result.list];
    return wrong(span(list), fmt::format("{0} takes a list of values, found {1}; expected one of "
                                         "its fields, such as {0}({2}.map({3}, {3}.{4}))",
                                         name, type_text(list), rule_.written(rule_.nodes[list]),
                                         rows.row, rows.fields.front().name));
  }
  if (name == "distinct") return made(Op::distinct, result, {list}, ast.span);
  const auto element = result.of_element();
  if (name == "sum") {
    if (element.is_number()) return made(Op::sum, element, {list}, ast.span);
    return wrong(span(list), fmt::format("sum takes int, fen or ratio, found {}", type_text(list)));
  }
  if (element.kind == Kind::boolean) {
    return wrong(span(list), name + " takes values with an order, found list<bool>");
  }
  return made(name == "min" ? Op::min : Op::max, element, {list}, ast.span);
}

Checker::Checked Checker::coalesce(const AstNode& ast, const std::vector<NodeId>& given) {
  if (given.size() < 2) {
    return wrong(ast.span,
                 "coalesce takes two values or more, such as coalesce(p.recovered, "
                 "yuan(\"0\"))");
  }
  for (const auto one : given) {
    if (!type(one).is_scalar()) {
      return wrong(span(one), fmt::format("coalesce takes plain values, found {}", type_text(one)));
    }
    if (type(one) != type(given.front())) {
      return wrong(span(one), fmt::format("the values of coalesce differ in type, {} and {}",
                                          type_text(given.front()), type_text(one)));
    }
  }
  return made(Op::coalesce, type(given.front()), given, ast.span);
}

Checker::Checked Checker::field_function(const AstNode& ast, const std::vector<NodeId>& given) {
  std::string takes;
  for (const auto& one : field_functions()) {
    if (one.name != ast.text) continue;
    const bool fits = one.takes.size() == given.size() &&
                      std::equal(one.takes.begin(), one.takes.end(), given.begin(),
                                 [&](Kind kind, NodeId at) { return type(at).kind == kind; });
    if (fits) {
      if (one.swapped) return made(one.op, Type::scalar(one.gives), {given[1], given[0]}, ast.span);
      return made(one.op, Type::scalar(one.gives), given, ast.span);
    }
    takes += (takes.empty() ? "" : " or ") + signature(one);
  }
  std::string found;
  for (const auto at : given) found += (found.empty() ? "" : ", ") + type_text(at);
  return wrong(ast.span, fmt::format("expected {}, found {}({})", takes, ast.text, found));
}

Checker::Checked Checker::method(const AstNode& ast) {
  if (contains(macros, ast.text)) return macro(ast);
  if (is_dossier(ast.children[0])) {
    return wrong(ast.name_span, fmt::format("the dossier has no {}(…); its lists and facts stand "
                                            "without parentheses",
                                            ast.text));
  }
  const auto target = node(ast.children[0]);
  if (!target) return std::nullopt;
  if (type(*target).kind == Kind::text) return text_method(ast, *target);
  if (contains(list_functions, ast.text)) {
    return wrong(ast.name_span,
                 fmt::format("expected {}({})", ast.text, rule_.written(rule_.nodes[*target])));
  }
  const auto known = type(*target).is_list() ? words(macros, {}) : std::vector<std::string>{};
  return wrong(ast.name_span, fmt::format("{} has no {}(…){}", type_text(*target), ast.text,
                                          did_you_mean(ast.text, known)));
}

bool Checker::may_bind(const AstNode& name) {
  if (name.kind != AstKind::name) {
    wrong(name.span, "expected a name for one element of the list");
    return false;
  }
  bool taken = name.text == scope_->row || name.text == "dossier" || name.text == "as_of" ||
               name.text == "as_of_month" || name.text == "rule_code";
  for (const auto& one : bound_) taken = taken || one.name == name.text;
  for (const auto& one : rule_.lets) taken = taken || one.name == name.text;
  if (taken)
    wrong(name.span, fmt::format("{} has a meaning already; expected a new name", name.text));
  return !taken;
}

Checker::Checked Checker::macro(const AstNode& ast) {
  if (is_dossier(ast.children[0])) {
    return wrong(ast.name_span, fmt::format("expected a list before .{}, such as dossier.{}",
                                            ast.text, rule_.kind->lists.front().name));
  }
  const auto list = node(ast.children[0]);
  if (!list) return std::nullopt;
  if (!type(*list).is_list()) {
    return wrong(ast.name_span,
                 fmt::format("{} is called on a list, found {}", ast.text, type_text(*list)));
  }
  if (ast.children.size() != 3) {
    return wrong(ast.span, fmt::format("expected .{}(name, expression)", ast.text));
  }
  const auto& name = (*ast_)[ast.children[1]];
  if (!may_bind(name)) return std::nullopt;
  const auto slot = static_cast<std::uint32_t>(rule_.variables.size());
  rule_.variables.push_back({name.text, type(*list).of_element()});
  bound_.push_back({name.text, slot});
  const auto body = node(ast.children[2]);
  bound_.pop_back();
  if (!body) return std::nullopt;
  if (ast.text == "map") {
    if (!type(*body).is_scalar()) {
      return wrong(span(*body), fmt::format("map gives plain values, found {}", type_text(*body)));
    }
    return made(Op::map, Type::values_of(type(*body).kind), {*list, *body}, ast.span, slot);
  }
  if (type(*body).kind != Kind::boolean) {
    return wrong(span(*body), fmt::format("the condition of {} is {}, expected bool", ast.text,
                                          type_text(*body)));
  }
  if (ast.text == "filter") return made(Op::filter, type(*list), {*list, *body}, ast.span, slot);
  const auto op = ast.text == "all" ? Op::all : ast.text == "exists" ? Op::exists : Op::exists_one;
  return made(op, Type::scalar(Kind::boolean), {*list, *body}, ast.span, slot);
}

Checker::Checked Checker::text_method(const AstNode& ast, NodeId target) {
  struct Method {
    std::string_view name;
    Op op;
    Kind result;
    std::size_t count;
  };
  static constexpr std::array<Method, 5> methods = {{
      {"startsWith", Op::starts_with, Kind::boolean, 1},
      {"endsWith", Op::ends_with, Kind::boolean, 1},
      {"contains", Op::contains_text, Kind::boolean, 1},
      {"matches", Op::matches, Kind::boolean, 1},
      {"substr", Op::substr, Kind::text, 2},
  }};
  const auto found = std::find_if(methods.begin(), methods.end(),
                                  [&](const Method& one) { return one.name == ast.text; });
  if (found == methods.end()) {
    std::vector<std::string> names;
    for (const auto& one : methods) names.emplace_back(one.name);
    return wrong(ast.name_span,
                 fmt::format("string has no {}(…){}", ast.text, did_you_mean(ast.text, names)));
  }
  const auto given = arguments(ast, 1);
  if (!given) return std::nullopt;
  const auto wanted = found->op == Op::substr ? Kind::integer : Kind::text;
  bool fits = given->size() == found->count;
  for (const auto one : *given) {
    fits = fits && type(one).kind == wanted && build_.is_constant(one) &&
           (wanted == Kind::text || rule_.nodes[one].value >= 0);
  }
  if (!fits) {
    return wrong(ast.span,
                 found->op == Op::substr
                     ? "expected substr(from, length) with two constant ints from 0 on"
                     : fmt::format("expected {}(\"…\") with one constant string", found->name));
  }
  std::uint32_t slot = 0;
  if (found->op == Op::matches) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_shared<re2::RE2>(build_.constant_value(given->front()).text, options);
    if (!pattern->ok()) {
      return wrong(span(given->front()),
                   "not a regular expression: " + std::string(pattern->error()));
    }
    slot = static_cast<std::uint32_t>(rule_.patterns.size());
    rule_.patterns.push_back(std::move(pattern));
  }
  std::vector<NodeId> children = {target};
  children.insert(children.end(), given->begin(), given->end());
  return made(found->op, Type::scalar(found->result), children, ast.span, slot);
}

}  // namespace anlan::rules
