#include "rules/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "catalog/near_name.hpp"

namespace anlan::rules {
namespace {

using catalog::did_you_mean;

const std::set<std::string> given_names = {"dossier", "as_of", "as_of_month", "rule_code"};

std::vector<std::string> list_names(const catalog::DossierKind& kind) {
  std::vector<std::string> names;
  for (const auto& list : kind.lists) names.push_back(list.name);
  return names;
}

std::vector<std::string> field_names(const catalog::DossierList& list) {
  std::vector<std::string> names;
  for (const auto& field : list.fields) names.push_back(field.name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// What a text probably should have been where `wanted` was expected.
std::string literal_hint(Kind wanted, const std::string& given) {
  switch (wanted) {
    case Kind::fen:
      return fmt::format("; write yuan(\"{}\")", given);
    case Kind::ratio:
      return fmt::format("; write ratio(\"{}\")", given);
    case Kind::month:
      return fmt::format("; write month(\"{}\")", given);
    case Kind::date:
      return fmt::format("; write date(\"{}\")", given);
    case Kind::text:
      return fmt::format("; write \"{}\"", given);
    default:
      return {};
  }
}

/// How a month and a date come together: the date becomes its month.
std::string month_hint(const Type& a, const std::string& a_written, const Type& b,
                       const std::string& b_written) {
  if (a.kind == Kind::month && b.kind == Kind::date)
    return fmt::format("; write month({})", b_written);
  if (a.kind == Kind::date && b.kind == Kind::month)
    return fmt::format("; write month({})", a_written);
  return {};
}

Op comparison_op(const std::string& symbol) {
  if (symbol == "==") return Op::equal;
  if (symbol == "!=") return Op::not_equal;
  if (symbol == "<") return Op::less;
  if (symbol == "<=") return Op::less_equal;
  if (symbol == ">") return Op::greater;
  return Op::greater_equal;
}

}  // namespace

std::optional<NodeId> Checker::check(const std::string& part, const std::string& text,
                                     const Scope& scope, std::vector<Complaint>& complaints) {
  const auto ast = parse_expression(text);
  rule_.sources.push_back({part, text});
  if (!ast) {
    complaints.push_back(ast.error());
    return std::nullopt;
  }
  ast_ = &*ast;
  scope_ = &scope;
  complaints_ = &complaints;
  build_.set_source(static_cast<std::uint32_t>(rule_.sources.size() - 1));
  bound_.clear();
  return node(ast->root);
}

std::nullopt_t Checker::wrong(Span where, std::string text) {
  complaints_->push_back({where, std::move(text)});
  return std::nullopt;
}

std::string Checker::type_text(NodeId at) const {
  return type_name(type(at), *rule_.kind);
}

Checker::Checked Checker::made(Op op, Type result, std::span<const NodeId> children, Span where,
                               std::uint32_t slot, std::uint32_t field) {
  auto fault = Fault::none;
  const auto done = build_.folded(build_.add(op, result, children, where, slot, field), fault);
  if (fault != Fault::none) {
    return wrong(where, fmt::format("this has no value: {}", fault_name(fault)));
  }
  return done;
}

Checker::Checked Checker::made(Op op, Type result, std::initializer_list<NodeId> children,
                               Span where, std::uint32_t slot, std::uint32_t field) {
  return made(op, result, std::span(children.begin(), children.size()), where, slot, field);
}

bool Checker::is_dossier(std::uint32_t at) const {
  const auto& ast = (*ast_)[at];
  return ast.kind == AstKind::name && ast.text == "dossier";
}

Checker::Checked Checker::node(std::uint32_t at) {
  const auto& ast = (*ast_)[at];
  switch (ast.kind) {
    case AstKind::integer:
      return build_.constant(Kind::integer, ast.number, ast.span);
    case AstKind::text:
      return build_.text(ast.text, ast.span);
    case AstKind::boolean:
      return build_.constant(Kind::boolean, ast.number, ast.span);
    case AstKind::name:
      return name(ast);
    case AstKind::member:
      return is_dossier(ast.children[0]) ? dossier_member(ast) : member(ast);
    case AstKind::index:
      return index(ast);
    case AstKind::call:
      return call(ast);
    case AstKind::method:
      return method(ast);
    case AstKind::list:
      return list(ast);
    case AstKind::logical_not:
    case AstKind::negate:
      return negation(ast);
    case AstKind::logical_or:
    case AstKind::logical_and:
      return logic(ast);
    case AstKind::binary:
      return binary(ast);
    case AstKind::conditional:
      return conditional(ast);
  }
  return std::nullopt;
}

Checker::Checked Checker::name(const AstNode& ast) {
  for (auto one = bound_.rbegin(); one != bound_.rend(); ++one) {
    if (one->name == ast.text)
      return made(Op::variable, rule_.variables[one->slot].type, {}, ast.span, one->slot);
  }
  if (!scope_->row.empty() && ast.text == scope_->row)
    return made(Op::variable, rule_.variables[0].type, {}, ast.span, 0);
  if (ast.text == "as_of") return made(Op::as_of, Type::scalar(Kind::date), {}, ast.span);
  if (ast.text == "as_of_month")
    return made(Op::as_of_month, Type::scalar(Kind::month), {}, ast.span);
  if (ast.text == "rule_code") return build_.text(rule_.rule->code, ast.span);
  for (std::size_t i = 0; i < scope_->lets_seen; ++i) {
    if (rule_.lets[i].name != ast.text) continue;
    const auto value = rule_.lets[i].node;
    if (build_.is_constant(value)) {
      const auto& constant = rule_.nodes[value];
      return build_.constant(constant.type.kind, constant.value, ast.span);
    }
    return made(Op::let, type(value), {}, ast.span, static_cast<std::uint32_t>(i));
  }
  return unknown_name(ast);
}

Checker::Checked Checker::unknown_name(const AstNode& ast) {
  const auto& broken = scope_->broken;
  if (std::find(broken.begin(), broken.end(), ast.text) != broken.end()) return std::nullopt;
  const auto& later = scope_->later_lets;
  if (std::find(later.begin(), later.end(), ast.text) != later.end()) {
    return wrong(ast.span,
                 fmt::format("{} is defined later; a let reads only those above it", ast.text));
  }
  if (ast.text == "dossier") {
    return wrong(ast.span,
                 "dossier is not a value; expected one of its lists or facts, such as "
                 "dossier." +
                     rule_.kind->lists.front().name);
  }
  if (rule_.kind->find(ast.text)) {
    return wrong(ast.span, fmt::format("unknown name {0}; did you mean dossier.{0}?", ast.text));
  }
  std::vector<std::string> names(given_names.begin(), given_names.end());
  for (const auto& one : bound_) names.push_back(one.name);
  if (!scope_->row.empty()) names.push_back(scope_->row);
  for (std::size_t i = 0; i < scope_->lets_seen; ++i) names.push_back(rule_.lets[i].name);
  return wrong(ast.span, "unknown name " + ast.text + did_you_mean(ast.text, names));
}

Checker::Checked Checker::dossier_member(const AstNode& ast) {
  if (scope_->row_only) {
    return wrong(ast.span, "where reads only the row and parameters; expected this in when");
  }
  if (ast.text == "id") return made(Op::subject_id, Type::scalar(Kind::text), {}, ast.span);
  const auto found = rule_.kind->find(ast.text);
  if (!found) {
    const auto names = list_names(*rule_.kind);
    return wrong(
        ast.name_span,
        fmt::format("the dossier of {} {} has no {}{}",
                    rule_.kind->subject.starts_with('a') || rule_.kind->subject.starts_with('e') ||
                            rule_.kind->subject.starts_with('o') ||
                            rule_.kind->subject.starts_with('i')
                        ? "an"
                        : "a",
                    rule_.kind->subject, ast.text,
                    did_you_mean(ast.text, names).empty() ? "; expected one of " + joined(names)
                                                          : did_you_mean(ast.text, names)));
  }
  const auto slot = static_cast<std::uint32_t>(*found);
  if (rule_.kind->lists[*found].single)
    return made(Op::fact, Type::row_of(*found), {}, ast.span, slot);
  return made(Op::list, Type::rows_of(*found), {}, ast.span, slot);
}

Checker::Checked Checker::member(const AstNode& ast) {
  const auto target = node(ast.children[0]);
  if (!target) return std::nullopt;
  if (type(*target).kind == Kind::rows) {
    const auto& list = rule_.kind->lists[type(*target).list];
    return wrong(ast.name_span,
                 fmt::format("{0} is a list, one row has the fields; expected such as "
                             ".exists({1}, {1}.{2} …) or first(…).{2}",
                             list.name, list.row, ast.text));
  }
  if (type(*target).kind != Kind::row) {
    return wrong(ast.name_span,
                 fmt::format("{} is {}, which has no fields", rule_.written(rule_.nodes[*target]),
                             type_text(*target)));
  }
  if (ast.text == "known") return made(Op::known, Type::scalar(Kind::boolean), {*target}, ast.span);
  const auto& list = rule_.kind->lists[type(*target).list];
  if (const auto field = list.find(ast.text)) {
    return made(Op::field, Type::scalar(kind_of(list.fields[*field].type)), {*target}, ast.span, 0,
                static_cast<std::uint32_t>(*field));
  }
  auto names = field_names(list);
  names.emplace_back("known");
  const auto near = did_you_mean(ast.text, names);
  return wrong(ast.name_span,
               fmt::format("{} has no field {}{}", list.name, ast.text,
                           near.empty() ? "; expected one of " + joined(names) : near));
}

Checker::Checked Checker::index(const AstNode& ast) {
  const auto target = node(ast.children[0]);
  const auto place = node(ast.children[1]);
  if (!target || !place) return std::nullopt;
  if (!type(*target).is_list()) {
    return wrong(span(*target),
                 fmt::format("[…] takes a row out of a list, found {}", type_text(*target)));
  }
  if (type(*place).kind != Kind::integer) {
    return wrong(span(*place), fmt::format("the place in a list is {}, expected int, counted "
                                           "from 0",
                                           type_text(*place)));
  }
  return made(Op::index, type(*target).of_element(), {*target, *place}, ast.span);
}

Checker::Checked Checker::list(const AstNode& ast) {
  if (ast.children.empty()) return wrong(ast.span, "an empty list; expected at least one value");
  const auto items = arguments(ast, 0);
  if (!items) return std::nullopt;
  const auto first = type(items->front());
  for (const auto item : *items) {
    if (!type(item).is_scalar()) {
      return wrong(span(item), fmt::format("a list holds plain values, found {}", type_text(item)));
    }
    if (type(item) != first) {
      return wrong(span(item), fmt::format("a list of {} with a value of type {}",
                                           type_text(items->front()), type_text(item)));
    }
  }
  return made(Op::list_of, Type::values_of(first.kind), *items, ast.span);
}

Checker::Checked Checker::logic(const AstNode& ast) {
  const auto parts = arguments(ast, 0);
  if (!parts) return std::nullopt;
  for (const auto part : *parts) {
    if (type(part).kind == Kind::boolean) continue;
    return wrong(span(part), fmt::format("{} joins bools, found {}", ast.text, type_text(part)));
  }
  return made(ast.kind == AstKind::logical_and ? Op::logical_and : Op::logical_or,
              Type::scalar(Kind::boolean), *parts, ast.span);
}

Checker::Checked Checker::negation(const AstNode& ast) {
  const auto operand = node(ast.children[0]);
  if (!operand) return std::nullopt;
  if (ast.kind == AstKind::logical_not) {
    if (type(*operand).kind == Kind::boolean)
      return made(Op::logical_not, type(*operand), {*operand}, ast.span);
    return wrong(span(*operand),
                 fmt::format("! turns a bool round, found {}", type_text(*operand)));
  }
  if (type(*operand).is_number()) return made(Op::negate, type(*operand), {*operand}, ast.span);
  return wrong(span(*operand),
               fmt::format("- takes int, fen or ratio, found {}", type_text(*operand)));
}

Checker::Checked Checker::conditional(const AstNode& ast) {
  const auto parts = arguments(ast, 0);
  if (!parts) return std::nullopt;
  const auto [condition, yes, no] = std::tuple((*parts)[0], (*parts)[1], (*parts)[2]);
  if (type(condition).kind != Kind::boolean) {
    return wrong(span(condition),
                 fmt::format("the condition before ? is {}, expected bool", type_text(condition)));
  }
  for (const auto value : {yes, no}) {
    if (type(value).is_scalar()) continue;
    return wrong(span(value),
                 fmt::format("? : chooses between plain values, found {}", type_text(value)));
  }
  if (type(yes) != type(no)) {
    return wrong(span(no), fmt::format("the two values of ? : differ in type, {} and {}",
                                       type_text(yes), type_text(no)));
  }
  return made(Op::conditional, type(yes), *parts, ast.span);
}

Checker::Checked Checker::binary(const AstNode& ast) {
  const auto parts = arguments(ast, 0);
  if (!parts) return std::nullopt;
  const auto [a, b] = std::pair((*parts)[0], (*parts)[1]);
  if (ast.text == "in") return membership(ast, a, b);
  const bool compares = ast.text == "==" || ast.text == "!=" || ast.text.starts_with('<') ||
                        ast.text.starts_with('>');
  return compares ? comparison(ast, a, b) : arithmetic(ast, a, b);
}

Checker::Checked Checker::membership(const AstNode& ast, NodeId value, NodeId in) {
  if (!type(value).is_scalar()) {
    return wrong(span(value),
                 fmt::format("in looks for a plain value, found {}", type_text(value)));
  }
  if (type(in).kind != Kind::values) {
    std::string hint;
    if (type(in).kind == Kind::rows) {
      hint = fmt::format("; expected one of its fields by .map({0}, {0}.…), or .exists",
                         rule_.kind->lists[type(in).list].row);
    }
    return wrong(span(in), fmt::format("after in stands {}, expected list<{}>{}", type_text(in),
                                       type_text(value), hint));
  }
  if (type(in).element != type(value).kind) {
    return wrong(ast.span,
                 fmt::format("a value of type {} is never in {}", type_text(value), type_text(in)));
  }
  if (rule_.nodes[in].op == Op::list_of) {
    const auto items = rule_.children_of(rule_.nodes[in]);
    for (const auto item : std::vector<NodeId>(items.begin(), items.end())) {
      if (!check_codes(value, item)) return std::nullopt;
    }
  }
  return made(Op::in, Type::scalar(Kind::boolean), {value, in}, ast.span);
}

Checker::Checked Checker::comparison(const AstNode& ast, NodeId a, NodeId b) {
  for (const auto one : {a, b}) {
    if (type(one).is_scalar()) continue;
    return wrong(span(one),
                 fmt::format("{} compares plain values, found {}", ast.text, type_text(one)));
  }
  if (type(a) != type(b)) {
    std::string hint;
    for (const auto& [other, literal] : {std::pair(a, b), std::pair(b, a)}) {
      const auto kind = rule_.nodes[literal].type.kind;
      if (build_.is_constant(literal) && (kind == Kind::integer || kind == Kind::text)) {
        const auto value = build_.constant_value(literal);
        hint = literal_hint(type(other).kind,
                            kind == Kind::text ? value.text : std::to_string(value.number));
        break;
      }
    }
    if (hint.empty()) {
      hint = month_hint(type(a), std::string(rule_.written(rule_.nodes[a])), type(b),
                        std::string(rule_.written(rule_.nodes[b])));
    }
    return wrong(ast.span, fmt::format("{} compares values of one type, found {} and {}{}",
                                       ast.text, type_text(a), type_text(b), hint));
  }
  const auto op = comparison_op(ast.text);
  if (type(a).kind == Kind::boolean && op != Op::equal && op != Op::not_equal) {
    return wrong(ast.span,
                 fmt::format("bools have no order; expected == or !=, found {}", ast.text));
  }
  if (op == Op::equal || op == Op::not_equal) {
    if (!check_codes(a, b) || !check_codes(b, a)) return std::nullopt;
  }
  return made(op, Type::scalar(Kind::boolean), {a, b}, ast.span);
}

Checker::Checked Checker::arithmetic(const AstNode& ast, NodeId a, NodeId b) {
  const auto x = type(a).kind;
  const auto y = type(b).kind;
  const char symbol = ast.text.front();
  const auto same = [&](Op op) { return made(op, type(a), {a, b}, ast.span); };
  const auto number = [&](Op op, Kind kind) {
    return made(op, Type::scalar(kind), {a, b}, ast.span);
  };
  const bool both_int = x == Kind::integer && y == Kind::integer;
  std::string hint;
  switch (symbol) {
    case '+':
      if (x == y && type(a).is_number()) return same(Op::add);
      if (x == Kind::month && y == Kind::integer) return same(Op::add_months);
      if (x == Kind::date && y == Kind::integer) return same(Op::add_days);
      if (x == Kind::integer && (y == Kind::month || y == Kind::date))
        hint = fmt::format("; write the {} first", type_text(b));
      if (x == Kind::text && y == Kind::text) hint = "; strings are joined in sentences only";
      break;
    case '-':
      if (x == y && type(a).is_number()) return same(Op::subtract);
      if (x == Kind::month && y == Kind::month) return number(Op::month_difference, Kind::integer);
      if (x == Kind::date && y == Kind::date) return number(Op::day_difference, Kind::integer);
      if (x == Kind::month && y == Kind::integer) return same(Op::subtract_months);
      if (x == Kind::date && y == Kind::integer) return same(Op::subtract_days);
      hint = month_hint(type(a), std::string(rule_.written(rule_.nodes[a])), type(b),
                        std::string(rule_.written(rule_.nodes[b])));
      break;
    case '*':
      if (type(a).is_number() && y == Kind::integer) return same(Op::multiply);
      if (x == Kind::integer && type(b).is_number())
        return made(Op::multiply, type(b), {a, b}, ast.span);
      if (x == Kind::fen && y == Kind::ratio) hint = "; write share(fen, ratio)";
      if (x == Kind::ratio && y == Kind::fen) hint = "; write share(fen, ratio)";
      break;
    case '/':
      if (both_int) return same(Op::divide);
      if (x == Kind::fen && y == Kind::integer)
        hint = "; write div(fen, int), which rounds half up";
      if (x == Kind::fen && y == Kind::fen) hint = "; write ratio_of(fen, fen)";
      break;
    default:
      if (both_int) return same(Op::remainder);
  }
  if (hint.empty() && x != y && (x == Kind::integer || y == Kind::integer)) {
    const auto literal = x == Kind::integer ? a : b;
    const auto other = x == Kind::integer ? y : x;
    if (build_.is_constant(literal) && (symbol == '+' || symbol == '-')) {
      hint = literal_hint(other, std::to_string(build_.constant_value(literal).number));
    }
  }
  return wrong(ast.span, fmt::format("{} does not take {} and {}{}", ast.text, type_text(a),
                                     type_text(b), hint));
}

std::string Checker::code_list_of(NodeId at) const {
  const auto& one = rule_.nodes[at];
  if (one.op == Op::let) return code_list_of(rule_.lets[one.slot].node);
  if (one.op != Op::field) return {};
  return rule_.kind->lists[rule_.child(one, 0).type.list].fields[one.field].list;
}

bool Checker::check_codes(NodeId coded, NodeId constant) {
  if (!build_.is_constant(constant) || type(constant).kind != Kind::text) return true;
  const auto name = code_list_of(coded);
  const auto list = lists_.find(name);
  if (name.empty() || list == lists_.end() || list->second.open) return true;
  const auto code = build_.constant_value(constant).text;
  std::vector<std::string> codes;
  for (const auto& value : list->second.values) {
    if (value.code == code) return true;
    codes.push_back(value.code);
  }
  for (const auto& value : list->second.values) {
    if (value.title.zh != code && value.title.en != code) continue;
    wrong(span(constant), fmt::format("\"{}\" is a title of the list {}; expected its code \"{}\"",
                                      code, name, value.code));
    return false;
  }
  const auto near = did_you_mean(code, codes);
  wrong(span(constant),
        fmt::format(
            "the code list {} has no \"{}\"{}", name, code,
            near.empty() && codes.size() <= 12 ? "; expected one of " + joined(codes) : near));
  return false;
}

std::optional<std::vector<NodeId>> Checker::arguments(const AstNode& ast, std::size_t first) {
  std::vector<NodeId> nodes;
  bool whole = true;
  for (std::size_t i = first; i < ast.children.size(); ++i) {
    const auto argument = node(ast.children[i]);
    if (argument) nodes.push_back(*argument);
    whole = whole && argument;
  }
  if (!whole) return std::nullopt;
  return nodes;
}

}  // namespace anlan::rules
