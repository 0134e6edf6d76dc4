#include "rules/columnar_evaluator.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "rules/columnar_kernels.hpp"
#include "rules/columnar_values.hpp"

namespace anlan::rules::columnar {
namespace {

/// Parts of a condition dearer than this look only at items that cheaper parts leave open.
constexpr int dear = 30;

/// The second where the first is true, the third where it is false.
template <class T>
void choose_values(const Vec& condition, const Vec& yes, const Vec& no, std::size_t count, T* out) {
  const auto* code = condition.as<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = code[condition.at(i)];
    const T value = one == code_true ? yes.as<T>()[yes.at(i)] : no.as<T>()[no.at(i)];
    out[i] = one >= code_unknown ? missing_of<T>() : value;
  }
}

/// The first that is not missing.
template <class T>
void first_known(std::span<const Vec> values, std::size_t count, T* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = values.back().as<T>()[values.back().at(i)];
  for (std::size_t k = values.size() - 1; k-- > 0;) {
    const auto* from = values[k].as<T>();
    const std::size_t step = values[k].constant ? 0 : 1;
    for (std::size_t i = 0; i < count; ++i) {
      const T value = from[i * step];
      out[i] = value == missing_of<T>() ? out[i] : value;
    }
  }
}

bool has_errors(std::span<const Vec> values) {
  return std::any_of(values.begin(), values.end(),
                     [](const Vec& value) { return value.errors != nullptr; });
}

}  // namespace

Evaluator::Evaluator(const Program& program) : program_(program), texts_(program.texts) {
  root_.level = -1;
  root_.count = 1;
  constants_.resize(program.nodes.size());
  has_constant_.resize(program.nodes.size());
  memos_.resize(program.nodes.size());
  tables_.resize(program.kind == nullptr ? 1 : program.kind->lists.size() + 1);
}

Evaluator::~Evaluator() = default;

void Evaluator::bind(const dossier::Bucket& bucket, const Moment& moment) {
  bucket_ = &bucket;
  moment_ = &moment;
  texts_.bind(bucket);
  lasting_.reset();
  std::fill(has_constant_.begin(), has_constant_.end(), std::uint8_t{0});
  std::fill(memos_.begin(), memos_.end(), Memo());
}

Memo& Evaluator::memo(const ProgramNode& node) {
  auto& found = memos_[static_cast<std::size_t>(&node - program_.nodes.data())];
  const bool many = bucket_->subjects > 100;
  if (!found.is_there()) found = Memo::make(lasting_, many ? 512 : 16);
  return found;
}

Frame::Found* Evaluator::table(std::size_t frame) {
  auto& found = tables_[frame];
  if (found.empty()) found.resize(program_.nodes.size());
  return found.data();
}

/// The node's value in this very frame, if it is there already.
const Vec* Evaluator::found_in(const Frame& frame, NodeIndex node) const {
  if (frame.table != nullptr) {
    const auto& found = frame.table[node];
    return found.block == block_number_ ? &found.value : nullptr;
  }
  for (auto* one = frame.kept; one != nullptr; one = one->next) {
    if (one->node == node) return &one->value;
  }
  return nullptr;
}

Frame& Evaluator::make_frame(int level, std::size_t count) {
  auto* frame = arena_->make(Frame{});
  frame->level = level;
  frame->count = static_cast<std::uint32_t>(count);
  return *frame;
}

Frame& Evaluator::begin(std::uint32_t first, std::uint32_t last) {
  block_.reset();
  if (++block_number_ == 0) {  // all numbers were used: what is left of them would look new
    for (auto& one : tables_) one.clear();
    block_number_ = 1;
  }
  auto& frame = make_frame(0, last - first);
  frame.contiguous = true;
  frame.first = first;
  frame.table = table(0);
  subjects_ = &frame;
  orders_ = zeroed<Order>(block_, bucket_->lists.size() * program_.order_depth);
  return frame;
}

Frame& Evaluator::rows(Frame& subjects, std::size_t list) {
  if (subjects.rows_frames == nullptr)
    subjects.rows_frames = zeroed<Frame*>(block_, bucket_->lists.size());
  if (auto* found = subjects.rows_frames[list]) return *found;
  const auto& offsets = bucket_->lists[list].offsets;
  std::size_t count = 0;
  for (std::size_t i = 0; i < subjects.count; ++i) {
    const auto at = item(subjects, i);
    count += offsets[at + 1] - offsets[at];
  }
  auto& frame = make_frame(1, count);
  subjects.rows_frames[list] = &frame;
  frame.list = list;
  if (&subjects == subjects_) {
    frame.contiguous = true;
    frame.first = offsets[subjects.first];
    frame.table = table(list + 1);
    return frame;
  }
  auto* items = block_.array<std::uint32_t>(count);
  auto* places = block_.array<std::uint32_t>(count);
  auto* base_places = block_.array<std::uint32_t>(count);
  const auto all_first = offsets[subjects_->first];
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < subjects.count; ++i) {
    const auto at = item(subjects, i);
    for (auto row = offsets[at]; row < offsets[at + 1]; ++row, ++next) {
      items[next] = row;
      places[next] = i;
      base_places[next] = row - all_first;
    }
  }
  frame.items = items;
  frame.up = &subjects;
  frame.up_places = places;
  frame.base = &rows(*subjects_, list);
  frame.base_places = base_places;
  return frame;
}

std::uint32_t Evaluator::subject(Frame& frame, std::size_t place) {
  if (frame.level == 0) return item(frame, place);
  find_up(frame);
  return subject(*frame.up, frame.up_places[place]);
}

/// Of a selection, the items above it are selected too: only those that still matter.
void Evaluator::find_up(Frame& frame) {
  if (frame.up_places != nullptr || frame.level <= 0) return;
  auto* places = block_.array<std::uint32_t>(frame.count);
  if (frame.base == nullptr) {  // all rows of all subjects at hand
    frame.up = subjects_;
    const auto& offsets = bucket_->lists[frame.list].offsets;
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < subjects_->count; ++i) {
      const auto at = subjects_->first + i;
      for (auto row = offsets[at]; row < offsets[at + 1]; ++row) places[next++] = i;
    }
    frame.up_places = places;
    return;
  }
  auto& base = *frame.base;
  find_up(base);
  auto* kept = block_.array<std::uint32_t>(frame.count);
  std::uint32_t above = 0;
  for (std::size_t i = 0; i < frame.count; ++i) {
    const auto place = base.up_places[frame.base_places[i]];
    if (above == 0 || kept[above - 1] != place) kept[above++] = place;
    places[i] = above - 1;
  }
  if (above == base.up->count) {
    frame.up = base.up;
  } else {
    frame.up = &narrow(*base.up, kept, above);
  }
  frame.up_places = places;
}

Frame& Evaluator::narrow(Frame& frame, const std::uint32_t* places, std::size_t count) {
  auto& chosen = make_frame(frame.level, count);
  chosen.list = frame.list;
  chosen.kind = frame.kind;
  chosen.base = &frame;
  chosen.base_places = places;
  if (frame.kind != Kind::row) {
    chosen.values = gathered(frame.values, frame.kind, places, count);
    return chosen;
  }
  auto* items = block_.array<std::uint32_t>(count);
  for (std::size_t i = 0; i < count; ++i) items[i] = item(frame, places[i]);
  chosen.items = items;
  return chosen;
}

std::pair<Frame*, bool> Evaluator::choose(NodeIndex condition, Frame& frame, bool keep_unsure) {
  const auto key = condition * 2 + (keep_unsure ? 1U : 0U);
  for (auto* one = frame.chosen; one != nullptr; one = one->next) {
    if (one->key == key) return {one->frame, one->settled};
  }
  const auto codes = evaluate(condition, frame);
  Frame* chosen = &frame;
  bool settled = false;
  if (codes.constant) {
    const auto code = *codes.as<std::uint8_t>();
    settled = code == code_true;
    if (keep_unsure ? code == code_false : code != code_true) chosen = &make_frame(frame.level, 0);
  } else {
    auto* places = block_.array<std::uint32_t>(frame.count);
    const auto count = select(codes.as<std::uint8_t>(), frame.count, keep_unsure, places);
    settled = count == frame.count && !keep_unsure;
    // Places for nearly all cost more than looking at a few for nothing.
    if (count * 4 <= frame.count * 3ULL) {
      chosen = &narrow(frame, places, count);
      settled = !keep_unsure;
    }
  }
  frame.chosen = block_.make(Frame::Chosen{key, chosen, settled, frame.chosen});
  return {chosen, settled};
}

Vec Evaluator::gathered(const Vec& value, Kind kind, const std::uint32_t* places,
                        std::size_t count) {
  if (value.constant) return value;
  Vec out;
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    auto* values = arena_->array<T>(count);
    gather(kind, value.values, places, count, values);
    out.values = values;
  });
  if (value.errors != nullptr) {
    auto* errors = arena_->array<std::uint8_t>(count);
    gather(Kind::boolean, value.errors, places, count, errors);
    out.errors = errors;
  }
  return out;
}

Vec Evaluator::constant(NodeIndex node) {
  if (has_constant_[node] == 0) {
    auto* before = arena_;
    arena_ = &lasting_;
    auto value = compute(node, root_);
    arena_ = before;
    value.constant = true;
    constants_[node] = value;
    has_constant_[node] = 1;
  }
  return constants_[node];
}

Vec Evaluator::evaluate(NodeIndex node, Frame& frame) {
  const auto& from = program_.nodes[node];
  if (from.level < 0) return constant(node);
  if (const auto* found = found_in(frame, node)) return *found;
  Vec value;
  if (from.level < frame.level) {
    find_up(frame);
    value = gathered(evaluate(node, *frame.up), from.type.kind, frame.up_places, frame.count);
  } else if (const auto* below = frame.base == nullptr ? nullptr : found_in(*frame.base, node)) {
    value = gathered(*below, from.type.kind, frame.base_places, frame.count);
  } else {
    value = compute(node, frame);
  }
  if (frame.table != nullptr) {
    frame.table[node] = {block_number_, value};
  } else {
    frame.kept = block_.make(Frame::Kept{node, value, frame.kept});
  }
  return value;
}

Vec Evaluator::compute(NodeIndex at, Frame& frame) {
  const auto& node = program_.nodes[at];
  switch (node.op) {
    case Op::constant:
    case Op::subject_id:
    case Op::as_of:
    case Op::as_of_month:
    case Op::variable:
      return leaf(node, frame);
    case Op::fact:
      return fact(node, frame);
    case Op::field:
      return field(node, frame);
    case Op::known:
      return known(node, frame);
    case Op::logical_and:
    case Op::logical_or:
      return logic(node, frame);
    case Op::has:
      return has(node, frame);
    case Op::conditional:
    case Op::coalesce:
      return chosen(node, frame);
    case Op::policy:
      return policy(node, frame);
    default:
      return is_plain(node.op) ? plain(node, frame) : aggregate(at, frame);
  }
}

Vec Evaluator::leaf(const ProgramNode& node, Frame& frame) {
  Writer out(*arena_, node.type.kind, frame.count);
  switch (node.op) {
    case Op::constant:
      out.set(0, node.type.kind == Kind::text
                     ? texts_.number(program_.texts[static_cast<std::size_t>(node.value)])
                     : node.value);
      return out.done();
    case Op::as_of:
      out.set(0, moment_->as_of.days);
      return out.done();
    case Op::as_of_month:
      out.set(0, moment_->as_of.month().value);
      return out.done();
    case Op::subject_id:
      for (std::size_t i = 0; i < frame.count; ++i)
        out.set(i, texts_.number(bucket_->id(item(frame, i))));
      return out.done();
    default:
      break;
  }
  if (frame.kind != Kind::row) return frame.values;
  if (!frame.contiguous) return {frame.items, nullptr, false};
  for (std::size_t i = 0; i < frame.count; ++i) out.set(i, item(frame, i));
  return out.done();
}

Vec Evaluator::fact(const ProgramNode& node, Frame& frame) {
  const auto& offsets = bucket_->lists[node.slot].offsets;
  auto* rows = block_.array<std::uint32_t>(frame.count);
  for (std::size_t i = 0; i < frame.count; ++i) {
    const auto at = item(frame, i);
    rows[i] = offsets[at] == offsets[at + 1] ? no_row : offsets[at];
  }
  return {rows, nullptr, false};
}

Vec Evaluator::field(const ProgramNode& node, Frame& frame) {
  const auto& row = program_.child(node, 0);
  const auto& column = bucket_->lists[row.type.list].columns[node.field];
  const auto kind = node.type.kind;
  const bool own = row.op == Op::variable && row.level == frame.level;
  Vec out;
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    const auto* values = static_cast<const T*>(column.values);
    if (own && frame.contiguous) {
      out.values = values + frame.first;
      return;
    }
    auto* here = block_.array<T>(frame.count);
    out.values = here;
    if (own) return gather(kind, values, frame.items, frame.count, here);
    const auto rows = evaluate(node.children[0], frame);
    gather_or_missing(kind, values, rows.as<std::uint32_t>(), frame.count, here);
    out.errors = rows.errors;
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      for (std::size_t i = 0; i < frame.count && out.errors != nullptr; ++i)
        here[i] = out.errors[i] != 0 ? code_failed : here[i];
      out.errors = nullptr;
    }
  });
  return out;
}

Vec Evaluator::known(const ProgramNode& node, Frame& frame) {
  const auto& row = program_.child(node, 0);
  if (row.op == Op::fact || row.op == Op::list) {
    const auto& offsets = bucket_->lists[row.slot].offsets;
    if (frame.contiguous && offsets[frame.first] == offsets[frame.first + frame.count])
      return {&code_false, nullptr, true};
    auto* codes = block_.array<std::uint8_t>(frame.count);
    for (std::size_t i = 0; i < frame.count; ++i) {
      const auto at = item(frame, i);
      codes[i] = offsets[at] == offsets[at + 1] ? code_false : code_true;
    }
    return {codes, nullptr, false};
  }
  const auto rows = evaluate(node.children[0], frame);
  auto* codes = block_.array<std::uint8_t>(frame.count);
  for (std::size_t i = 0; i < frame.count; ++i) {
    codes[i] = rows.failed(i)                                   ? code_failed
               : rows.as<std::uint32_t>()[rows.at(i)] == no_row ? code_false
                                                                : code_true;
  }
  return {codes, nullptr, false};
}

/// Cheap parts first. A dear part is asked only where the others leave the answer open.
Vec Evaluator::logic(const ProgramNode& node, Frame& frame) {
  const bool is_and = node.op == Op::logical_and;
  const auto& parts = node.children;
  auto* codes = arena_->array<std::uint8_t>(frame.count);
  std::memset(codes, is_and ? code_true : code_false, frame.count);
  const auto join = [&](std::uint8_t* into, const Vec& part, std::size_t count) {
    const auto* with = part.as<std::uint8_t>();
    if (part.constant) {
      auto* spread = arena_->array<std::uint8_t>(count);
      std::memset(spread, *with, count);
      with = spread;
    }
    is_and ? logical_and(with, into, count, into) : logical_or(with, into, count, into);
  };
  for (const auto part : parts) {
    if (program_.nodes[part].cost < dear || part == parts.front()) {
      join(codes, evaluate(part, frame), frame.count);
      continue;
    }
    auto* places = arena_->array<std::uint32_t>(frame.count);
    const std::uint8_t* not_false = codes;
    if (!is_and) {
      auto* turned = arena_->array<std::uint8_t>(frame.count);
      logical_not(codes, frame.count, turned);
      not_false = turned;
    }
    const auto open = select(not_false, frame.count, true, places);
    if (open * 2 > frame.count) {
      join(codes, evaluate(part, frame), frame.count);
      continue;
    }
    if (open == 0) break;
    auto& few = narrow(frame, places, open);
    auto* some = arena_->array<std::uint8_t>(open);
    for (std::size_t i = 0; i < open; ++i) some[i] = codes[places[i]];
    join(some, evaluate(part, few), open);
    for (std::size_t i = 0; i < open; ++i) codes[places[i]] = some[i];
  }
  return {codes, nullptr, false};
}

Vec Evaluator::has(const ProgramNode& node, Frame& frame) {
  const auto value = evaluate(node.children[0], frame);
  auto* codes = arena_->array<std::uint8_t>(frame.count);
  with_type(program_.child(node, 0).type.kind, [&](auto type) {
    using T = decltype(type);
    const auto* from = value.as<T>();
    for (std::size_t i = 0; i < frame.count; ++i) {
      const T one = from[value.at(i)];
      codes[i] = one == missing_of<T>() ? code_false : code_true;
      if constexpr (std::is_same_v<T, std::uint8_t>)
        codes[i] = one == code_failed ? code_failed : codes[i];
    }
  });
  for (std::size_t i = 0; value.errors != nullptr && i < frame.count; ++i)
    codes[i] = value.failed(i) ? code_failed : codes[i];
  return {codes, nullptr, false};
}

Vec Evaluator::chosen(const ProgramNode& node, Frame& frame) {
  Writer out(*arena_, node.type.kind, frame.count);
  const std::span values(arena_->array<Vec>(node.children.size()), node.children.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = evaluate(node.children[i], frame);
  const bool sure = !has_errors(values);
  if (node.op == Op::coalesce) {
    if (sure) {
      with_type(node.type.kind,
                [&](auto type) { first_known(values, frame.count, out.values<decltype(type)>()); });
      return out.done();
    }
    for (std::size_t i = 0; i < frame.count; ++i) {
      std::size_t taken = 0;
      while (taken + 1 < values.size() && Reader(values[taken], node.type.kind).missing(i)) ++taken;
      out.copy(i, Reader(values[taken], node.type.kind), i);
    }
    return out.done();
  }
  const auto& codes = values[0];
  const auto* condition = codes.as<std::uint8_t>();
  if (sure && !has_code(condition, code_failed, codes.constant ? 1 : frame.count)) {
    with_type(node.type.kind, [&](auto type) {
      choose_values(codes, values[1], values[2], frame.count, out.values<decltype(type)>());
    });
    return out.done();
  }
  for (std::size_t i = 0; i < frame.count; ++i) {
    const auto code = condition[codes.at(i)];
    if (code == code_failed) {
      out.fail(i);
    } else if (code == code_unknown) {
      out.miss(i);
    } else {
      out.copy(i, Reader(values[code == code_true ? 1 : 2], node.type.kind), i);
    }
  }
  return out.done();
}

Scalar Evaluator::scalar(const Vec& value, Kind kind, std::size_t item) const {
  const Reader from(value, kind);
  if (from.failed(item)) return Scalar::failed(Fault::out_of_range);
  if (from.missing(item)) return Scalar::missing();
  if (kind != Kind::text) return Scalar::of(from.number(item));
  return Scalar::of_text(std::string(texts_.text(static_cast<std::uint32_t>(from.number(item)))));
}

Vec Evaluator::policy(const ProgramNode& node, Frame& frame) {
  static const PolicyTable none;
  const auto& table = moment_->policies == nullptr ? none : *moment_->policies;
  const auto at_kind = program_.child(node, 0).type.kind;
  const auto at = evaluate(node.children[0], frame);
  const bool regional = node.children.size() > 1;
  const auto region = regional ? evaluate(node.children[1], frame) : at;
  const Reader days(at, at_kind);
  const Reader regions(region, regional ? Kind::text : at_kind);
  Writer out(*arena_, node.type.kind, frame.count);
  auto& results = memo(node);
  const auto find = [&](std::int64_t number, std::uint32_t place) {
    const auto value = static_cast<std::int32_t>(number);
    const auto day = at_kind == Kind::month ? Date::of(Month{value}.year(), Month{value}.month(), 1)
                                            : Date{value};
    return Memo::entry(
        table.find(program_.policies[node.slot], day,
                   regional ? std::optional<std::string_view>(texts_.text(place)) : std::nullopt));
  };
  if (!regional && at.errors == nullptr) {
    // Rows come by month, so one answer mostly serves the next row too.
    const auto* numbers = at.as<std::int32_t>();
    auto last = dossier::missing_int32;
    std::optional<Memo::Entry> found;
    for (std::size_t i = 0; i < frame.count; ++i) {
      const auto number = numbers[at.at(i)];
      if (number == dossier::missing_int32) {
        out.miss(i);
        continue;
      }
      if (number != last) {
        found = results.get(static_cast<std::uint32_t>(number), [&] { return find(number, 0); });
        last = number;
      }
      out.put(i, *found);
    }
    return out.done();
  }
  for (std::size_t i = 0; i < frame.count; ++i) {
    if (days.failed(i) || regions.failed(i)) {
      out.fail(i);
    } else if (days.missing(i) || regions.missing(i)) {
      out.miss(i);
    } else {
      const auto number = days.number(i);
      const auto place = regional ? static_cast<std::uint32_t>(regions.number(i)) : 0;
      const auto key = static_cast<std::uint64_t>(place) << 32U |
                       static_cast<std::uint32_t>(static_cast<std::int32_t>(number));
      out.put(i, results.get(key, [&] { return find(number, place); }));
    }
  }
  return out.done();
}

}  // namespace anlan::rules::columnar
