#include "rules/interpret.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace anlan::rules {
namespace {

Value of(Scalar scalar) {
  Value value;
  value.scalar = std::move(scalar);
  return value;
}

Value of_row(std::optional<std::uint32_t> row) {
  Value value;
  value.scalar = Scalar::of(1);
  value.row = row;
  return value;
}

Value truth(bool value) {
  return of(Scalar::of(value ? 1 : 0));
}

/// The first error among `values`, if there is one.
const Value* first_error(std::span<const Value> values) {
  const auto found =
      std::find_if(values.begin(), values.end(), [](const Value& one) { return one.is_error(); });
  return found == values.end() ? nullptr : &*found;
}

std::vector<Scalar> scalars(std::span<const Value> values) {
  std::vector<Scalar> out;
  for (const auto& value : values) out.push_back(value.scalar);
  return out;
}

Scalar cell(const dossier::Bucket& bucket, const dossier::List& list, std::size_t field,
            std::uint32_t row) {
  const auto& column = list.columns[field];
  const auto rows = list.rows();
  const auto number = [](std::int64_t value, std::int64_t missing) {
    return value == missing ? Scalar::missing() : Scalar::of(value);
  };
  switch (column.type) {
    case catalog::FieldType::month:
    case catalog::FieldType::date:
      return number(column.int32(rows)[row], dossier::missing_int32);
    case catalog::FieldType::integer:
    case catalog::FieldType::fen:
    case catalog::FieldType::ratio:
      return number(column.int64(rows)[row], dossier::missing_int64);
    case catalog::FieldType::flag:
      return number(column.flags(rows)[row], dossier::missing_flag);
    case catalog::FieldType::text: {
      const auto word = column.texts(rows)[row];
      return word == dossier::missing_text ? Scalar::missing()
                                           : Scalar::of_text(std::string(bucket.word(word)));
    }
  }
  return Scalar::missing();
}

}  // namespace

Interpreter::Interpreter(const CheckedRule& rule, const dossier::Dossier& dossier,
                         const Moment& moment)
    : rule_(rule), dossier_(dossier), moment_(moment) {
  variables_.resize(rule.variables.size());
  lets_.resize(rule.lets.size());
}

void Interpreter::set_row(std::uint32_t row) {
  variables_[0] = of_row(row);
  std::fill(lets_.begin(), lets_.end(), std::nullopt);
}

std::vector<std::uint32_t> Interpreter::rows_of(std::size_t list) const {
  const auto& offsets = dossier_.bucket->lists[list].offsets;
  std::vector<std::uint32_t> rows;
  for (auto row = offsets[dossier_.subject]; row < offsets[dossier_.subject + 1]; ++row)
    rows.push_back(row);
  return rows;
}

std::size_t Interpreter::count(const Type& list, const Value& value) {
  return list.kind == Kind::rows ? value.rows.size() : value.values.size();
}

Value Interpreter::element(const Type& list, const Value& value, std::size_t nth) {
  return list.kind == Kind::rows ? of_row(value.rows[nth]) : of(value.values[nth]);
}

Value Interpreter::failed(Fault fault, NodeId at) const {
  auto value = of(Scalar::failed(fault));
  value.fault_at = at;
  return value;
}

Value Interpreter::evaluate(NodeId id) {
  const auto& node = rule_.nodes[id];
  switch (node.op) {
    case Op::constant:
      if (node.type.kind == Kind::text)
        return of(Scalar::of_text(rule_.texts[static_cast<std::size_t>(node.value)]));
      return of(Scalar::of(node.value));
    case Op::subject_id:
      return of(Scalar::of_text(std::string(dossier_.bucket->id(dossier_.subject))));
    case Op::as_of:
      return of(Scalar::of(moment_.as_of.days));
    case Op::as_of_month:
      return of(Scalar::of(moment_.as_of.month().value));
    case Op::let: {
      auto& kept = lets_[node.slot];
      if (!kept) kept = evaluate(rule_.lets[node.slot].node);
      return *kept;
    }
    case Op::variable:
      return variables_[node.slot];
    case Op::fact: {
      const auto rows = rows_of(node.slot);
      return of_row(rows.empty() ? std::nullopt : std::optional(rows.front()));
    }
    case Op::list: {
      auto value = of(Scalar::of(1));
      value.rows = rows_of(node.slot);
      return value;
    }
    case Op::policy:
      return policy(id);
    case Op::field:
      return field(node);
    case Op::known: {
      auto row = evaluate(rule_.children_of(node)[0]);
      return row.is_error() ? row : truth(row.row.has_value());
    }
    case Op::filter:
      return filter(node);
    case Op::list_of:
    case Op::map:
    case Op::all:
    case Op::exists:
    case Op::exists_one:
      return macro(node);
    case Op::size:
    case Op::sum:
    case Op::min:
    case Op::max:
    case Op::first:
    case Op::last:
    case Op::distinct:
      return of_list(id);
    case Op::index:
      return index(node);
    case Op::in:
      return in(node);
    case Op::logical_and:
    case Op::logical_or:
    case Op::conditional:
    case Op::coalesce:
    case Op::has:
      return logic(node);
    default:
      return plain(id);
  }
}

Value Interpreter::plain(NodeId id) {
  const auto& node = rule_.nodes[id];
  std::vector<Value> arguments;
  for (const auto child : rule_.children_of(node)) arguments.push_back(evaluate(child));
  if (const auto* error = first_error(arguments)) return *error;
  const auto* pattern = node.op == Op::matches ? rule_.patterns[node.slot].get() : nullptr;
  const auto result = apply(node.op, rule_.child(node, 0).type.kind, scalars(arguments), pattern);
  return result.is_error() ? failed(result.fault, id) : of(result);
}

Value Interpreter::policy(NodeId id) {
  const auto& node = rule_.nodes[id];
  const auto children = rule_.children_of(node);
  const auto at = evaluate(children[0]);
  const auto region = children.size() > 1 ? evaluate(children[1]) : of(Scalar::of_text(""));
  for (const auto& one : {at, region}) {
    if (one.is_error()) return one;
  }
  if (at.scalar.is_missing() || region.scalar.is_missing()) return of(Scalar::missing());
  const auto number = static_cast<std::int32_t>(at.scalar.number);
  const bool is_month = rule_.nodes[children[0]].type.kind == Kind::month;
  const auto day =
      is_month ? Date::of(Month{number}.year(), Month{number}.month(), 1) : Date{number};
  static const PolicyTable none;
  const auto& table = moment_.policies == nullptr ? none : *moment_.policies;
  const auto found = table.find(
      rule_.policies[node.slot], day,
      children.size() > 1 ? std::optional<std::string_view>(region.scalar.text) : std::nullopt);
  return found.is_error() ? failed(found.fault, id) : of(found);
}

Value Interpreter::field(const Node& node) {
  auto row = evaluate(rule_.children_of(node)[0]);
  if (row.is_error()) return row;
  if (!row.row) return of(Scalar::missing());
  const auto list = rule_.child(node, 0).type.list;
  return of(cell(*dossier_.bucket, dossier_.bucket->lists[list], node.field, *row.row));
}

Value Interpreter::filter(const Node& node) {
  const auto children = rule_.children_of(node);
  const auto& type = rule_.nodes[children[0]].type;
  const auto list = evaluate(children[0]);
  if (list.is_error()) return list;
  auto kept = of(Scalar::of(1));
  for (std::size_t i = 0; i < count(type, list); ++i) {
    variables_[node.slot] = element(type, list, i);
    auto condition = evaluate(children[1]);
    if (condition.is_error()) return condition;
    if (!condition.scalar.is_true()) continue;
    if (type.kind == Kind::rows) {
      kept.rows.push_back(list.rows[i]);
    } else {
      kept.values.push_back(list.values[i]);
    }
  }
  return kept;
}

/// The body's value for each element of the list, or for list_of its children's; and, as the
/// result, the first error, or a list of nothing.
Value Interpreter::body_values(const Node& node, std::vector<Scalar>& results) {
  const auto children = rule_.children_of(node);
  auto whole = of(Scalar::of(1));
  const auto take = [&](const Value& value) {
    if (value.is_error() && !whole.is_error()) whole = value;
    results.push_back(value.scalar);
  };
  if (node.op == Op::list_of) {
    for (const auto child : children) take(evaluate(child));
    return whole;
  }
  const auto& type = rule_.nodes[children[0]].type;
  auto list = evaluate(children[0]);
  if (list.is_error()) {
    results.clear();
    return list;
  }
  for (std::size_t i = 0; i < count(type, list); ++i) {
    variables_[node.slot] = element(type, list, i);
    take(evaluate(children[1]));
  }
  return whole;
}

Value Interpreter::macro(const Node& node) {
  std::vector<Scalar> results;
  auto whole = body_values(node, results);
  if (node.op == Op::list_of || node.op == Op::map) {
    if (!whole.is_error()) whole.values = std::move(results);
    return whole;
  }
  if (whole.is_error() && results.empty()) return whole;  // the list itself
  Scalar result;
  if (node.op == Op::all) result = all_of(results);
  if (node.op == Op::exists) result = any_of(results);
  if (node.op == Op::exists_one) {
    const auto count_of = [&](auto test) {
      return std::count_if(results.begin(), results.end(), test);
    };
    const auto holding = count_of([](const Scalar& one) { return one.is_true(); });
    const bool unsure = count_of([](const Scalar& one) { return one.is_missing(); }) > 0;
    // Two that hold decide, whatever the others are.
    if (holding > 1) return truth(false);
    if (whole.is_error()) return whole;
    result = unsure ? Scalar::missing() : Scalar::of(holding == 1 ? 1 : 0);
  }
  return result.is_error() ? whole : of(result);
}

Value Interpreter::of_list(NodeId id) {
  const auto& node = rule_.nodes[id];
  const auto& type = rule_.child(node, 0).type;
  auto list = evaluate(rule_.children_of(node)[0]);
  if (list.is_error()) return list;
  const auto size = count(type, list);
  if (node.op == Op::size) return of(Scalar::of(static_cast<std::int64_t>(size)));
  if (node.op == Op::first || node.op == Op::last) {
    if (size > 0) return element(type, list, node.op == Op::first ? 0 : size - 1);
    return type.kind == Kind::rows ? of_row(std::nullopt) : of(Scalar::missing());
  }
  auto& values = list.values;
  std::erase_if(values, [](const Scalar& one) { return one.is_missing(); });
  if (node.op == Op::sum) {
    Wide total = 0;
    for (const auto& one : values) total += one.number;
    const auto sum = narrowed(total);
    return sum.fault == Fault::none ? of(Scalar::of(sum.value)) : failed(sum.fault, id);
  }
  const auto before = [&](const Scalar& a, const Scalar& b) {
    return compare(a, b, type.element) < 0;
  };
  if (node.op == Op::distinct) {
    std::sort(values.begin(), values.end(), before);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return list;
  }
  if (values.empty()) return of(Scalar::missing());
  return of(node.op == Op::min ? *std::min_element(values.begin(), values.end(), before)
                               : *std::max_element(values.begin(), values.end(), before));
}

Value Interpreter::index(const Node& node) {
  const auto& type = rule_.child(node, 0).type;
  const Value both[] = {evaluate(rule_.children_of(node)[0]), evaluate(rule_.children_of(node)[1])};
  if (const auto* error = first_error(both)) return *error;
  const auto& place = both[1].scalar;
  const auto size = static_cast<std::int64_t>(count(type, both[0]));
  if (place.known() && place.number >= 0 && place.number < size)
    return element(type, both[0], static_cast<std::size_t>(place.number));
  return type.kind == Kind::rows ? of_row(std::nullopt) : of(Scalar::missing());
}

Value Interpreter::in(const Node& node) {
  const Value both[] = {evaluate(rule_.children_of(node)[0]), evaluate(rule_.children_of(node)[1])};
  if (const auto* error = first_error(both)) return *error;
  const auto& wanted = both[0].scalar;
  if (wanted.is_missing()) return of(Scalar::missing());
  bool unsure = false;
  for (const auto& one : both[1].values) {
    if (one.is_missing()) {
      unsure = true;
    } else if (compare(one, wanted, rule_.child(node, 0).type.kind) == 0) {
      return truth(true);
    }
  }
  return unsure ? of(Scalar::missing()) : truth(false);
}

Value Interpreter::logic(const Node& node) {
  const auto children = rule_.children_of(node);
  if (node.op == Op::has) {
    auto value = evaluate(children[0]);
    return value.is_error() ? value : truth(value.scalar.known());
  }
  if (node.op == Op::conditional) {
    auto condition = evaluate(children[0]);
    if (!condition.scalar.known()) return condition;
    return evaluate(condition.scalar.is_true() ? children[1] : children[2]);
  }
  if (node.op == Op::coalesce) {
    Value value;
    for (const auto child : children) {
      value = evaluate(child);
      if (!value.scalar.is_missing()) break;
    }
    return value;
  }
  std::vector<Value> parts;
  for (const auto child : children) parts.push_back(evaluate(child));
  const auto result = node.op == Op::logical_and ? all_of(scalars(parts)) : any_of(scalars(parts));
  return result.is_error() ? *first_error(parts) : of(result);
}

namespace {

/// Judges one row, or the dossier as a whole.
class RowJudge {
 public:
  RowJudge(const CheckedRule& rule, const dossier::Dossier& dossier, const Moment& moment,
           Outcome& outcome)
      : rule_(rule), dossier_(dossier), evaluator_(rule, dossier, moment), out_(outcome) {}

  void judge(std::optional<std::uint32_t> row) {
    row_ = row;
    if (row) evaluator_.set_row(*row);
    if (!holds()) return;
    for (std::size_t i = 0; i < rule_.exclusions.size(); ++i) {
      const auto excluded = evaluator_.evaluate(rule_.exclusions[i].when);
      if (excluded.is_error()) return fault(excluded);
      if (!excluded.scalar.is_true()) continue;
      ++out_.excluded[i];
      return;
    }
    Hit hit = describe(row);
    if (!failed_) out_.hits.push_back(std::move(hit));
  }

  Hit describe(std::optional<std::uint32_t> row) {
    row_ = row;
    failed_ = false;
    if (row) evaluator_.set_row(*row);
    Hit hit;
    hit.subject_id = std::string(dossier_.bucket->id(dossier_.subject));
    hit.row = row;
    if (const auto month = part(rule_.month)) hit.month = static_cast<std::int32_t>(month->number);
    if (const auto amount = part(rule_.amount)) hit.amount_fen = amount->number;
    if (failed_) return hit;
    add_money(hit);
    for (const auto node : rule_.evidence) add_evidence(node, hit);
    for (const auto& one : rule_.parts) {
      const auto value = evaluator_.evaluate(one.node).scalar;
      if (!value.known()) continue;
      hit.values.emplace_back(one.name, canonical_text(value, rule_.nodes[one.node].type.kind));
    }
    return hit;
  }

 private:
  void fault(const Value& value) {
    failed_ = true;
    out_.faults.push_back({value.scalar.fault, value.fault_at, row_});
  }

  /// `where` and `when` together, so that a row that `where` leaves out has no error in `when`.
  bool holds() {
    std::vector<Value> parts;
    if (rule_.where) parts.push_back(evaluator_.evaluate(*rule_.where));
    parts.push_back(evaluator_.evaluate(rule_.when));
    const auto both = all_of(scalars(parts));
    if (both.is_error()) fault(*first_error(parts));
    return both.is_true();
  }

  std::optional<Scalar> part(const std::optional<NodeId>& node) {
    if (!node || failed_) return std::nullopt;
    const auto value = evaluator_.evaluate(*node);
    if (value.is_error()) fault(value);
    return value.scalar.known() ? std::optional(value.scalar) : std::nullopt;
  }

  /// A row with a scheme is a person's money in that scheme.
  void add_money(Hit& hit) {
    if (!rule_.each || !hit.row || rule_.kind->subject != "person") return;
    const auto& list = rule_.kind->lists[*rule_.each];
    const auto text = [&](const char* name) -> std::string {
      const auto field = list.find(name);
      if (!field || list.fields[*field].type != catalog::FieldType::text) return {};
      const auto value =
          cell(*dossier_.bucket, dossier_.bucket->lists[*rule_.each], *field, *hit.row);
      return value.text;
    };
    hit.scheme = text("scheme");
    hit.item = text("item");
    if (!hit.scheme.empty()) hit.person_id_no = hit.subject_id;
  }

  void add_evidence(NodeId node, Hit& hit) {
    const auto value = evaluator_.evaluate(node);
    if (value.is_error()) return;
    auto rows = value.rows;
    if (rule_.nodes[node].type.kind == Kind::row && value.row) rows.push_back(*value.row);
    const auto at = rule_.nodes[node].type.list;
    for (const auto row : rows) {
      auto found = dossier::evidence_of(*dossier_.bucket, at, row);
      if (found.key.empty()) continue;
      EvidenceRow one{std::move(found.table), std::move(found.key)};
      if (std::find(hit.evidence.begin(), hit.evidence.end(), one) == hit.evidence.end())
        hit.evidence.push_back(std::move(one));
    }
  }

  const CheckedRule& rule_;
  const dossier::Dossier& dossier_;
  Interpreter evaluator_;
  Outcome& out_;
  std::optional<std::uint32_t> row_;
  bool failed_ = false;
};

}  // namespace

Outcome interpret_row(const CheckedRule& rule, const dossier::Dossier& dossier,
                      std::optional<std::uint32_t> row, const Moment& moment) {
  Outcome outcome;
  outcome.excluded.resize(rule.exclusions.size());
  RowJudge(rule, dossier, moment, outcome).judge(row);
  return outcome;
}

Outcome interpret(const CheckedRule& rule, const dossier::Dossier& dossier, const Moment& moment) {
  Outcome outcome;
  outcome.excluded.resize(rule.exclusions.size());
  RowJudge judge(rule, dossier, moment, outcome);
  if (!rule.each) {
    judge.judge(std::nullopt);
    return outcome;
  }
  for (const auto row : Interpreter(rule, dossier, moment).rows_of(*rule.each)) judge.judge(row);
  return outcome;
}

Hit describe_hit(const CheckedRule& rule, const dossier::Dossier& dossier,
                 std::optional<std::uint32_t> row, const Moment& moment) {
  Outcome outcome;
  return RowJudge(rule, dossier, moment, outcome).describe(row);
}

}  // namespace anlan::rules
