// Lists: their elements laid out one after the other in a frame one level below, and what becomes
// of them for each item.

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "rules/columnar_evaluator.hpp"
#include "rules/columnar_kernels.hpp"
#include "rules/columnar_values.hpp"

namespace anlan::rules::columnar {
namespace {

/// So many elements at a time, our choice: their values stay in the processor's cache.
constexpr std::size_t elements_at_once = 16384;

/// First place in [from, high) where `test` holds, which once it does holds on; near `from` it is
/// found fastest.
template <class Test>
std::uint32_t first_that(std::uint32_t from, std::uint32_t high, Test test) {
  std::uint32_t step = 1;
  std::uint32_t low = from;
  while (low < high) {
    const auto probe = std::min(low + step - 1, high - 1);
    if (test(probe)) {
      high = probe;
      break;
    }
    low = probe + 1;
    step *= 2;
  }
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (test(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// Narrows each item's range, whose values ascend, to those that `op` its key holds for. Ranges
/// with missing values, which come last, stay whole, as do those whose key is missing; where
/// `stuck` is given it says so, and those it says are not touched.
template <class T, class At>
void narrow_ranges(Op op, const Vec& key, std::size_t count, At at, std::uint32_t* lows,
                   std::uint32_t* highs, std::uint8_t* stuck) {
  const auto* keys = key.as<T>();
  std::uint32_t range_low = 0;
  std::uint32_t range_high = 0;
  std::uint32_t found = 0;
  T found_key{};
  for (std::size_t i = 0; i < count; ++i) {
    const auto low = lows[i];
    const auto high = highs[i];
    if (low == high || (stuck != nullptr && stuck[i] != 0)) continue;
    const T wanted = keys[key.at(i)];
    if (wanted == missing_of<T>() || key.failed(i) || at(high - 1) == missing_of<T>()) {
      if (stuck != nullptr) stuck[i] = 1;
      continue;
    }
    // Keys of neighbours in one range mostly ascend: go on from the last.
    const bool goes_on = low == range_low && high == range_high && wanted >= found_key;
    const auto from = goes_on ? found : low;
    const bool after = op == Op::greater || op == Op::less_equal;
    const auto place = after ? first_that(from, high, [&](auto one) { return at(one) > wanted; })
                             : first_that(from, high, [&](auto one) { return at(one) >= wanted; });
    range_low = low;
    range_high = high;
    found = place;
    found_key = wanted;
    if (op == Op::less || op == Op::less_equal) {
      highs[i] = place;
    } else {
      lows[i] = place;
      if (op == Op::equal)
        highs[i] = first_that(place, high, [&](auto one) { return at(one) > wanted; });
    }
  }
}

/// Of &&'s dual, in rising order: false, unknown, error, true.
std::uint8_t rank_or(std::uint8_t code) {
  constexpr std::uint8_t ranks[] = {0, 3, 1, 2};
  return ranks[code];
}
std::uint8_t code_or(std::uint8_t rank) {
  constexpr std::uint8_t codes[] = {code_false, code_unknown, code_failed, code_true};
  return codes[rank];
}

std::uint8_t any_of(const std::uint8_t* codes, std::size_t begin, std::size_t end) {
  std::uint8_t highest = 0;
  for (auto i = begin; i < end; ++i) highest = std::max(highest, rank_or(codes[i]));
  return code_or(highest);
}

std::uint8_t turned(std::uint8_t code) {
  return code < code_unknown ? static_cast<std::uint8_t>(1 - code) : code;
}

std::uint8_t all_of(const std::uint8_t* codes, std::size_t begin, std::size_t end) {
  std::uint8_t highest = 0;
  for (auto i = begin; i < end; ++i) highest = std::max(highest, rank_or(turned(codes[i])));
  return turned(code_or(highest));
}

std::uint8_t exactly_one(const std::uint8_t* codes, std::size_t begin, std::size_t end) {
  std::size_t counts[4] = {};
  for (auto i = begin; i < end; ++i) ++counts[codes[i]];
  // Two that hold decide, whatever the others are.
  if (counts[code_true] > 1) return code_false;
  if (counts[code_failed] > 0) return code_failed;
  if (counts[code_unknown] > 0) return code_unknown;
  return counts[code_true] == 1 ? code_true : code_false;
}

}  // namespace

const std::uint32_t* Evaluator::subjects_of(Frame& frame) {
  auto* out = block_.array<std::uint32_t>(frame.count);
  if (frame.level == 0) {
    for (std::size_t i = 0; i < frame.count; ++i) out[i] = item(frame, i);
    return out;
  }
  find_up(frame);
  const auto* above = subjects_of(*frame.up);
  for (std::size_t i = 0; i < frame.count; ++i) out[i] = above[frame.up_places[i]];
  return out;
}

/// Looked up once for the subjects at hand: a wrong order would hide rows in silence.
const Order& Evaluator::order(std::size_t list, std::uint32_t depth) {
  auto& out = orders_[list * program_.order_depth + depth - 1];
  if (out.looked) return out;
  out.looked = true;
  const auto& from = bucket_->lists[list];
  const auto& description = program_.kind->lists[list];
  const auto offsets = from.offsets.subspan(subjects_->first, subjects_->count + 1);
  const auto first = offsets.front();
  const std::size_t count = offsets.back() - first;
  auto* steps = block_.array<std::uint8_t>(count + 1);
  std::memset(steps, 0, count);
  steps[count] = 1;
  for (std::uint32_t nth = 0; nth < depth; ++nth) {
    const auto field = *description.find(description.order[nth]);
    const auto& column = from.columns[field];
    with_type(kind_of(column.type), [&](auto type) {
      using T = decltype(type);
      out.missing =
          add_steps(static_cast<const T*>(column.values) + first, count, steps) || out.missing;
    });
  }
  // A step down is right where a subject begins, and nowhere else.
  auto down = static_cast<std::size_t>(std::count(steps, steps + count, std::uint8_t{2}));
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    auto& step = steps[offsets[i] - first];
    if (offsets[i] == offsets[i + 1]) continue;
    down -= step == 2 ? 1 : 0;
    step = 1;
  }
  out.holds = down == 0;
  out.first = first;
  out.steps = steps;
  return out;
}

/// Whether the rows of the items' ranges are in order; of few, only these are looked at.
bool Evaluator::in_order(std::size_t list, std::uint32_t depth, const Frame& frame,
                         const Source& source) {
  if (source.above != nullptr || orders_[list * program_.order_depth + depth - 1].looked)
    return order(list, depth).holds;
  const auto& from = bucket_->lists[list];
  const auto all =
      from.offsets[subjects_->first + subjects_->count] - from.offsets[subjects_->first];
  std::size_t rows = 0;
  for (std::size_t i = 0; i < frame.count && rows * 2 <= all; ++i)
    rows += source.highs[i] - source.lows[i];
  if (rows * 2 > all) return order(list, depth).holds;
  const auto& description = program_.kind->lists[list];
  auto* steps = block_.array<std::uint8_t>(all);
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  for (std::size_t i = 0; i < frame.count; ++i) {
    if (source.lows[i] >= low && source.highs[i] <= high) continue;
    low = source.lows[i];
    high = source.highs[i];
    std::memset(steps, 0, high - low);
    for (std::uint32_t nth = 0; nth < depth; ++nth) {
      const auto& column = from.columns[*description.find(description.order[nth])];
      with_type(kind_of(column.type), [&](auto type) {
        add_steps(static_cast<const decltype(type)*>(column.values) + low, high - low, steps);
      });
    }
    if (has_code(steps, 2, high - low)) return false;
  }
  return true;
}

/// Whether the rows that go with each item are the run of rows around it that are equal in the
/// first sort fields.
bool Evaluator::has_own_runs(const Chain& chain, const Frame& frame) {
  if (chain.own_depth == 0 || frame.kind != Kind::row) return false;
  const auto list = program_.nodes[chain.base].slot;
  if (frame.list != list) return false;
  const auto& found = order(list, chain.own_depth);
  return found.holds && !found.missing;
}

/// 1 for items whose own row may count among its elements; null if all may.
const std::uint8_t* Evaluator::own_kept(const Chain& chain, Frame& frame) {
  if (!chain.not_own || frame.kind != Kind::row) return nullptr;
  if (frame.list != program_.nodes[chain.base].slot) return nullptr;
  const auto value = evaluate(chain.not_own->value, frame);
  auto* kept = block_.array<std::uint8_t>(frame.count);
  mark_missing(program_.nodes[chain.not_own->value].type.kind, value.values, frame.count, kept);
  return kept;
}

void Evaluator::own_runs(const Chain& chain, Frame& frame, Source& source) {
  const auto& found = order(frame.list, chain.own_depth);
  const auto* steps = found.steps;
  for (std::size_t i = 0; i < frame.count; ++i) {
    auto low = item(frame, i) - found.first;
    auto high = low + 1;
    while (steps[low] == 0) --low;
    while (steps[high] == 0) ++high;
    source.lows[i] = low + found.first;
    source.highs[i] = high + found.first;
  }
}

Source Evaluator::find_source(const ProgramNode& node, Frame& frame) {
  Source source;
  source.chain = &program_.chains[node.chain];
  source.base = source.chain->base;
  const auto& from = program_.nodes[source.base];
  if (from.op == Op::list_of) return source;
  source.lows = block_.array<std::uint32_t>(frame.count);
  source.highs = block_.array<std::uint32_t>(frame.count);
  bool has_runs = false;
  if (from.op == Op::list) {
    has_runs = has_own_runs(*source.chain, frame);
    source.keeps_own = own_kept(*source.chain, frame);
    if (has_runs) {
      own_runs(*source.chain, frame, source);
    } else {
      const auto& offsets = bucket_->lists[from.slot].offsets;
      const auto* subjects = subjects_of(frame);
      for (std::size_t i = 0; i < frame.count; ++i) {
        source.lows[i] = offsets[subjects[i]];
        source.highs[i] = offsets[subjects[i] + 1];
      }
    }
  } else {
    find_up(frame);
    source.above = &expand_all(source.base, *frame.up);
    for (std::size_t i = 0; i < frame.count; ++i) {
      source.lows[i] = source.above->starts[frame.up_places[i]];
      source.highs[i] = source.above->starts[frame.up_places[i] + 1];
    }
  }
  bound_source(frame, has_runs, source);
  return source;
}

void Evaluator::narrow_by(const Bound& bound, std::size_t list, Frame& frame, Source& source,
                          std::uint8_t* stuck) {
  const auto& description = program_.kind->lists[list];
  const auto& column =
      bucket_->lists[list].columns[*description.find(description.order[bound.nth])];
  const auto key = evaluate(bound.key, frame);
  with_type(kind_of(column.type), [&](auto type) {
    using T = decltype(type);
    const auto* values = static_cast<const T*>(column.values);
    if (source.above == nullptr) {
      narrow_ranges<T>(
          bound.op, key, frame.count, [=](auto i) { return values[i]; }, source.lows, source.highs,
          stuck);
    } else {
      const auto& elements = *source.above->frame;
      narrow_ranges<T>(
          bound.op, key, frame.count, [&](auto i) { return values[item(elements, i)]; },
          source.lows, source.highs, stuck);
    }
  });
}

/// Leaves out rows that the bounds of macros make false, sort field by sort field.
void Evaluator::bound_source(Frame& frame, bool has_runs, Source& source) {
  const auto& chain = *source.chain;
  for (std::size_t nth = 0; nth < chain.bounding.size(); ++nth) {
    const auto& macro = program_.nodes[chain.bounding[nth]];
    if (macro.bounds.empty()) continue;
    const bool is_own = has_runs && nth == chain.own;
    const auto list = program_.child(macro, 0).type.list;
    std::uint8_t* stuck = nullptr;
    for (const auto& bound : macro.bounds) {
      if (is_own && bound.nth < chain.own_depth) continue;
      if (!in_order(list, bound.nth + 1, frame, source)) break;
      if (stuck == nullptr) stuck = zeroed<std::uint8_t>(block_, frame.count);
      narrow_by(bound, list, frame, source, stuck);
    }
  }
}

const Elements& Evaluator::expand_all(NodeIndex node, Frame& frame) {
  for (auto* one = frame.expanded; one != nullptr; one = one->next) {
    if (one->node == node) return one->elements;
  }
  const auto& from = program_.nodes[node];
  Elements elements;
  if (from.level < frame.level) {
    find_up(frame);
    Source source;
    source.base = node;
    source.above = &expand_all(node, *frame.up);
    source.lows = block_.array<std::uint32_t>(frame.count);
    source.highs = block_.array<std::uint32_t>(frame.count);
    for (std::size_t i = 0; i < frame.count; ++i) {
      source.lows[i] = source.above->starts[frame.up_places[i]];
      source.highs[i] = source.above->starts[frame.up_places[i] + 1];
    }
    elements = expand(source, frame, 0, frame.count);
  } else {
    elements = expand(find_source(from, frame), frame, 0, frame.count);
    refine(node, elements, frame.count);
  }
  frame.expanded = block_.make(Expanded{node, elements, frame.expanded});
  return frame.expanded->elements;
}

Elements Evaluator::expand(const Source& source, Frame& frame, std::size_t begin, std::size_t end,
                           std::size_t unrefined) {
  const auto& from = program_.nodes[source.base];
  auto elements =
      from.op == Op::list_of ? listed(from, frame, begin, end) : ranges(source, frame, begin, end);
  if (source.chain == nullptr) return elements;
  const auto& refined = source.chain->refined;
  for (auto nth = refined.size(); nth > unrefined; --nth)
    refine(refined[nth - 1], elements, end - begin);
  return elements;
}

void Evaluator::refine(NodeIndex at, Elements& elements, std::size_t items) {
  const auto& node = program_.nodes[at];
  if (node.op == Op::filter) keep_true(node, elements, items);
  if (node.op == Op::map) map(node, elements, items);
  if (node.op == Op::distinct) keep_distinct(node, elements, items);
}

Elements Evaluator::ranges(const Source& source, Frame& frame, std::size_t begin, std::size_t end) {
  std::size_t count = 0;
  for (auto i = begin; i < end; ++i) count += source.highs[i] - source.lows[i];
  auto* starts = block_.array<std::uint32_t>(end - begin + 1);
  // One more: the last may be written and left out.
  auto* parents = block_.array<std::uint32_t>(count + 1);
  auto* places = block_.array<std::uint32_t>(count + 1);
  std::uint32_t next = 0;
  for (auto i = begin; i < end; ++i) {
    starts[i - begin] = next;
    const bool without_own = source.keeps_own != nullptr && source.keeps_own[i] == 0;
    const auto own = without_own ? item(frame, i) : no_row;
    for (auto at = source.lows[i]; at < source.highs[i]; ++at) {
      parents[next] = static_cast<std::uint32_t>(i);
      places[next] = at;
      next += at != own ? 1 : 0;
    }
  }
  starts[end - begin] = next;
  count = next;
  auto& below = make_frame(frame.level + 1, count);
  below.up = &frame;
  below.up_places = parents;
  const auto& from = program_.nodes[source.base];
  Elements elements{&below, starts, nullptr};
  if (source.above == nullptr) {
    below.list = from.slot;
    below.items = places;
    return elements;
  }
  auto& above = *source.above->frame;
  below.kind = above.kind;
  below.list = above.list;
  if (above.kind == Kind::row) {
    for (std::size_t i = 0; i < count; ++i) places[i] = item(above, places[i]);
    below.items = places;
  } else {
    below.values = gathered(above.values, above.kind, places, count);
  }
  for (auto i = begin; source.above->errors != nullptr && i < end; ++i) {
    if (source.above->errors[frame.up_places[i]] != 0) add_error(elements, end - begin, i - begin);
  }
  return elements;
}

/// The values of [a, b, …].
Elements Evaluator::listed(const ProgramNode& node, Frame& frame, std::size_t begin,
                           std::size_t end) {
  const auto size = node.children.size();
  const auto items = end - begin;
  const auto kind = node.type.element;
  Writer values(block_, kind, items * size);
  auto* starts = block_.array<std::uint32_t>(items + 1);
  auto* parents = block_.array<std::uint32_t>(items * size);
  Elements elements;
  for (std::size_t i = 0; i <= items; ++i) starts[i] = static_cast<std::uint32_t>(i * size);
  for (std::size_t nth = 0; nth < size; ++nth) {
    const auto value = evaluate(node.children[nth], frame);
    const Reader from(value, kind);
    for (std::size_t i = 0; i < items; ++i) {
      values.copy(i * size + nth, from, begin + i);
      parents[i * size + nth] = static_cast<std::uint32_t>(begin + i);
      if (from.failed(begin + i)) add_error(elements, items, i);
    }
  }
  auto& below = make_frame(frame.level + 1, items * size);
  below.kind = kind;
  below.values = values.done();
  below.up = &frame;
  below.up_places = parents;
  elements.frame = &below;
  elements.starts = starts;
  return elements;
}

void Evaluator::add_error(Elements& elements, std::size_t items, std::size_t item) {
  if (elements.errors == nullptr) elements.errors = zeroed<std::uint8_t>(block_, items);
  elements.errors[item] = 1;
}

/// Only the elements at `places` stay.
void Evaluator::reselect(Elements& elements, std::size_t items, const std::uint32_t* places,
                         std::size_t count) {
  auto* starts = block_.array<std::uint32_t>(items + 1);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i <= items; ++i) {
    while (next < count && places[next] < elements.starts[i]) ++next;
    starts[i] = next;
  }
  auto& kept = narrow(*elements.frame, places, count);
  // The items above stay as they are: they count also without an element.
  auto* parents = block_.array<std::uint32_t>(count);
  for (std::size_t i = 0; i < count; ++i) parents[i] = elements.frame->up_places[places[i]];
  kept.up = elements.frame->up;
  kept.up_places = parents;
  elements.frame = &kept;
  elements.starts = starts;
}

void Evaluator::keep_true(const ProgramNode& node, Elements& elements, std::size_t items) {
  auto& frame = *elements.frame;
  const auto codes = evaluate(node.children[1], frame);
  const auto* code = codes.as<std::uint8_t>();
  auto* places = block_.array<std::uint32_t>(frame.count);
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < items; ++i) {
    for (auto at = elements.starts[i]; at < elements.starts[i + 1]; ++at) {
      const auto one = code[codes.at(at)];
      places[count] = at;
      count += one == code_true ? 1 : 0;
      if (one == code_failed) add_error(elements, items, i);
    }
  }
  if (count < frame.count) reselect(elements, items, places, count);
}

void Evaluator::map(const ProgramNode& node, Elements& elements, std::size_t items) {
  auto& frame = *elements.frame;
  const auto kind = node.type.element;
  const auto values = evaluate(node.children[1], frame);
  const Reader from(values, kind);
  if (program_.child(node, 1).may_fail) {
    for (std::size_t i = 0; i < items; ++i) {
      for (auto at = elements.starts[i]; at < elements.starts[i + 1]; ++at) {
        if (from.failed(at)) add_error(elements, items, i);
      }
    }
  }
  auto& mapped = make_frame(frame.level, frame.count);
  mapped.kind = kind;
  mapped.values = values;
  mapped.up = frame.up;
  mapped.up_places = frame.up_places;
  elements.frame = &mapped;
}

void Evaluator::keep_distinct(const ProgramNode& node, Elements& elements, std::size_t items) {
  auto& frame = *elements.frame;
  const Reader values(frame.values, node.type.element);
  auto* places = block_.array<std::uint32_t>(frame.count);
  std::uint32_t count = 0;
  const auto text_of = [&](std::uint32_t at) {
    return texts_.text(static_cast<std::uint32_t>(values.number(at)));
  };
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    if (node.type.element == Kind::text) return text_of(a) < text_of(b);
    return values.number(a) < values.number(b);
  };
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    return values.number(a) == values.number(b);
  };
  for (std::size_t i = 0; i < items; ++i) {
    const auto begin = count;
    for (auto at = elements.starts[i]; at < elements.starts[i + 1]; ++at) {
      if (values.known(at)) places[count++] = at;
    }
    std::sort(places + begin, places + count, before);
    count = static_cast<std::uint32_t>(std::unique(places + begin, places + count, same) - places);
  }
  reselect(elements, items, places, count);
}

/// value in ["a", "b", …]: no list is made.
Vec Evaluator::in_constants(const ProgramNode& node, Frame& frame) {
  const auto value = evaluate(node.children[0], frame);
  const auto kind = program_.child(node, 0).type.kind;
  const auto& list = program_.child(node, 1);
  const std::size_t count = value.constant ? 1 : frame.count;
  auto* codes = block_.array<std::uint8_t>(count);
  with_type(kind, [&](auto type) {
    using T = decltype(type);
    auto* among = block_.array<T>(list.children.size());
    for (std::size_t i = 0; i < list.children.size(); ++i)
      among[i] = *constant(list.children[i]).as<T>();
    mark_any(kind, value.values, among, list.children.size(), count, codes);
  });
  for (std::size_t i = 0; value.errors != nullptr && i < count; ++i) {
    if (value.failed(i)) codes[i] = code_failed;
  }
  return {codes, nullptr, value.constant};
}

/// The value for items that share their first sort fields with another row, spread among what no
/// elements give; nothing if these are not few.
std::optional<Vec> Evaluator::few(NodeIndex at, const Chain& chain, Frame& frame) {
  const auto& node = program_.nodes[at];
  if (!chain.not_own || node.op == Op::in || node.op == Op::index) return std::nullopt;
  if (frame.count < 16 || !has_own_runs(chain, frame)) return std::nullopt;
  const auto* kept = own_kept(chain, frame);
  const auto& found = order(frame.list, chain.own_depth);
  auto* flags = block_.array<std::uint8_t>(frame.count);
  if (frame.contiguous) {
    mark_shared(found.steps + (frame.first - found.first), kept, frame.count, flags);
  } else {
    for (std::size_t i = 0; i < frame.count; ++i) {
      const auto* step = found.steps + (frame.items[i] - found.first);
      flags[i] = static_cast<std::uint8_t>((step[0] == 0) | (step[1] == 0) | kept[i]);
    }
  }
  auto* places = block_.array<std::uint32_t>(frame.count);
  const auto count = select(flags, frame.count, false, places);
  if (count * 4 > frame.count) return std::nullopt;
  Writer out(block_, node.type.kind, frame.count);
  const bool is_count = node.op == Op::size || node.op == Op::sum;
  out.fill(node.op == Op::all                                   ? code_true
           : node.op == Op::exists || node.op == Op::exists_one ? code_false
           : is_count                                           ? std::optional<std::int64_t>(0)
                                                                : std::nullopt);
  if (count == 0) return out.done();
  auto& narrowed = narrow(frame, places, count);
  const auto value = evaluate(at, narrowed);
  const Reader from(value, node.type.kind);
  for (std::size_t i = 0; i < count; ++i) out.copy(places[i], from, i);
  return out.done();
}

/// The first, last or number of elements that a filter keeps: they need not be laid out.
bool Evaluator::of_filter(const ProgramNode& node, const Source& source, Frame& frame,
                          std::size_t begin, std::size_t end, Writer& out) {
  if (node.op != Op::first && node.op != Op::last && node.op != Op::size) return false;
  if (source.chain->refined.empty()) return false;
  const auto& filter = program_.nodes[source.chain->refined.front()];
  if (filter.op != Op::filter) return false;
  const auto elements = expand(source, frame, begin, end, 1);
  auto& below = *elements.frame;
  const bool counts = node.op == Op::size;
  const bool sure = elements.errors == nullptr && !program_.child(filter, 1).may_fail;
  const auto codes = evaluate(filter.children[1], below);
  const auto* code = codes.as<std::uint8_t>();
  if (sure && !has_code(code, code_true, codes.constant ? 1 : below.count)) {
    for (auto i = begin; i < end; ++i) counts ? out.set(i, 0) : out.miss(i);
    return true;
  }
  const Reader values(below.values, below.kind);
  for (auto i = begin; i < end; ++i) {
    bool failed = elements.errors != nullptr && elements.errors[i - begin] != 0;
    std::int64_t kept = 0;
    std::uint32_t place = 0;
    const auto last = elements.starts[i - begin + 1];
    for (auto at = elements.starts[i - begin]; at < last; ++at) {
      const auto one = code[codes.at(at)];
      failed = failed || one == code_failed;
      if (one != code_true) continue;
      if (kept == 0 || node.op == Op::last) place = at;
      ++kept;
    }
    if (failed) {
      out.fail(i);
    } else if (counts) {
      out.set(i, kept);
    } else if (kept == 0) {
      out.miss(i);
    } else if (below.kind == Kind::row) {
      out.set(i, item(below, place));
    } else {
      out.copy(i, values, place);
    }
  }
  return true;
}

Vec Evaluator::aggregate(NodeIndex at, Frame& frame) {
  const auto& node = program_.nodes[at];
  if (node.op == Op::in) {
    const auto& list = program_.child(node, 1);
    const bool constants =
        std::all_of(list.children.begin(), list.children.end(),
                    [&](NodeIndex child) { return program_.nodes[child].op == Op::constant; });
    if (list.op == Op::list_of && constants && program_.child(node, 0).type.kind != Kind::boolean) {
      return in_constants(node, frame);
    }
  }
  if (auto value = few(at, program_.chains[node.chain], frame)) return *value;
  const auto source = find_source(node, frame);
  const auto& from = program_.nodes[source.base];
  const auto size_of = [&](std::size_t i) -> std::size_t {
    return from.op == Op::list_of ? from.children.size() : source.highs[i] - source.lows[i];
  };
  Vec sought;
  if (node.op == Op::in || node.op == Op::index)
    sought = evaluate(node.children[node.op == Op::in ? 0 : 1], frame);
  Writer out(block_, node.type.kind, frame.count);
  std::size_t begin = 0;
  while (begin < frame.count) {
    auto end = begin;
    std::size_t elements = 0;
    while (end < frame.count && (end == begin || elements + size_of(end) <= elements_at_once))
      elements += size_of(end++);
    if (!of_filter(node, source, frame, begin, end, out))
      reduce(node, expand(source, frame, begin, end), begin, end, sought, out);
    begin = end;
  }
  return out.done();
}

void Evaluator::reduce(const ProgramNode& node, const Elements& elements, std::size_t begin,
                       std::size_t end, const Vec& sought, Writer& out) {
  auto& frame = *elements.frame;
  const auto failed = [&](std::size_t i) {
    return elements.errors != nullptr && elements.errors[i - begin] != 0;
  };
  const auto from = [&](std::size_t i) { return elements.starts[i - begin]; };
  const auto to = [&](std::size_t i) { return elements.starts[i - begin + 1]; };
  if (node.op == Op::exists || node.op == Op::all || node.op == Op::exists_one) {
    auto codes = evaluate(node.children[1], frame);
    if (codes.constant) {
      auto* spread = block_.array<std::uint8_t>(frame.count);
      std::memset(spread, *codes.as<std::uint8_t>(), frame.count);
      codes.values = spread;
    }
    const auto* code = codes.as<std::uint8_t>();
    auto* result = out.values<std::uint8_t>();
    // Mostly no element speaks at all.
    if (node.op == Op::exists && elements.errors == nullptr &&
        std::all_of(code, code + frame.count, [](std::uint8_t one) { return one == code_false; })) {
      std::memset(result + begin, code_false, end - begin);
      return;
    }
    for (auto i = begin; i < end; ++i) {
      result[i] = failed(i)               ? code_failed
                  : node.op == Op::exists ? any_of(code, from(i), to(i))
                  : node.op == Op::all    ? all_of(code, from(i), to(i))
                                          : exactly_one(code, from(i), to(i));
    }
    return;
  }
  const Reader wanted(sought,
                      node.op == Op::index ? Kind::integer : program_.child(node, 0).type.kind);
  const Reader values(frame.values, frame.kind);
  const auto give = [&](std::size_t i, std::size_t at) {
    if (frame.kind == Kind::row) {
      out.set(i, item(frame, at));
    } else {
      out.copy(i, values, at);
    }
  };
  // Texts are compared as such: those that rules make are not in order.
  const auto before = [&](std::size_t a, std::size_t b) {
    if (frame.kind != Kind::text) return values.number(a) < values.number(b);
    const auto x = static_cast<std::uint32_t>(values.number(a));
    const auto y = static_cast<std::uint32_t>(values.number(b));
    return texts_.text(x) < texts_.text(y);
  };
  for (auto i = begin; i < end; ++i) {
    const auto size = to(i) - from(i);
    if (failed(i) || ((node.op == Op::in || node.op == Op::index) && wanted.failed(i))) {
      out.fail(i);
      continue;
    }
    switch (node.op) {
      case Op::size:
        out.set(i, size);
        break;
      case Op::first:
      case Op::last:
        size == 0 ? out.miss(i) : give(i, node.op == Op::first ? from(i) : to(i) - 1);
        break;
      case Op::index: {
        const bool there = wanted.known(i) && wanted.number(i) >= 0 && wanted.number(i) < size;
        there ? give(i, from(i) + static_cast<std::size_t>(wanted.number(i))) : out.miss(i);
        break;
      }
      case Op::sum: {
        Wide total = 0;
        for (auto at = from(i); at < to(i); ++at) total += values.known(at) ? values.number(at) : 0;
        const auto sum = narrowed(total);
        sum.fault == Fault::none ? out.set(i, sum.value) : out.fail(i);
        break;
      }
      case Op::min:
      case Op::max: {
        std::optional<std::size_t> best;
        for (std::size_t at = from(i); at < to(i); ++at) {
          if (!values.known(at)) continue;
          if (!best || (node.op == Op::min ? before(at, *best) : before(*best, at))) best = at;
        }
        best ? give(i, *best) : out.miss(i);
        break;
      }
      case Op::in: {
        if (wanted.missing(i)) {
          out.miss(i);
          break;
        }
        bool found = false;
        bool unsure = false;
        for (auto at = from(i); at < to(i) && !found; ++at) {
          found = values.known(at) && values.number(at) == wanted.number(i);
          unsure = unsure || values.missing(at);
        }
        found ? out.set(i, code_true) : unsure ? out.miss(i) : out.set(i, code_false);
        break;
      }
      default:
        CHECK(false);
    }
  }
}

}  // namespace anlan::rules::columnar
