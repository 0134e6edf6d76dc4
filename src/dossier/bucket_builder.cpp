#include "dossier/bucket_builder.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "dossier/checksum.hpp"
#include "dossier/key_code.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

/// Texts by number, each once, in the order met.
class Texts {
 public:
  std::uint32_t put(std::string_view text) {
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint64_t hash = checksum(text);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const std::uint32_t slot = slots_[at];
      if (slot == 0) {
        slots_[at] = static_cast<std::uint32_t>(entries_.size() + 1);
        entries_.push_back({bytes_.size(), text.size(), hash});
        bytes_.append(text);
        return static_cast<std::uint32_t>(entries_.size() - 1);
      }
      const Entry& entry = entries_[slot - 1];
      if (entry.hash == hash && text_of(entry) == text) return slot - 1;
    }
  }

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  std::string_view at(std::size_t i) const { return text_of(entries_[i]); }

  /// The numbers of the texts in the order of their bytes.
  std::vector<std::uint32_t> sorted() const {
    struct Short {
      std::uint64_t front;  // the first 8 bytes, comparable as a number
      std::uint32_t number;
    };
    std::vector<Short> shorts(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      char front[8] = {};
      const auto text = at(i);
      std::memcpy(front, text.data(), std::min<std::size_t>(8, text.size()));
      std::uint64_t value = 0;
      for (const char byte : front) value = value << 8 | static_cast<unsigned char>(byte);
      shorts[i] = {value, static_cast<std::uint32_t>(i)};
    }
    std::sort(shorts.begin(), shorts.end(), [&](const Short& a, const Short& b) {
      return a.front != b.front ? a.front < b.front : at(a.number) < at(b.number);
    });
    std::vector<std::uint32_t> order(shorts.size());
    for (std::size_t i = 0; i < shorts.size(); ++i) order[i] = shorts[i].number;
    return order;
  }

 private:
  struct Entry {
    std::size_t begin;
    std::size_t size;
    std::uint64_t hash;
  };

  std::string_view text_of(const Entry& entry) const {
    return {bytes_.data() + entry.begin, entry.size};
  }
  void grow() {
    slots_.assign(std::max<std::size_t>(1024, slots_.size() * 2), 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      std::size_t at = entries_[i].hash & mask;
      while (slots_[at] != 0) at = (at + 1) & mask;
      slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::vector<std::uint32_t> slots_;
  std::vector<Entry> entries_;
  std::string bytes_;
};

/// Ranks by number out of numbers by rank.
std::vector<std::uint32_t> ranks_of(const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> ranks(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

/// A column while rows still come.
struct Values {
  FieldType type;
  std::vector<std::int32_t> int32;
  std::vector<std::int64_t> int64;
  std::vector<std::uint8_t> flags;
  std::vector<std::uint32_t> texts;

  /// A number that orders as the values do; missing ones come last.
  std::uint64_t sort_key(std::uint32_t row) const {
    constexpr std::uint32_t sign32 = 0x80000000;
    constexpr std::uint64_t sign64 = 0x8000000000000000;
    switch (width_of(type)) {
      case 8:
        return (static_cast<std::uint64_t>(int64[row]) ^ sign64) - 1;
      case 1:
        return flags[row];
      default:
        return type == FieldType::text ? texts[row]
                                       : (static_cast<std::uint32_t>(int32[row]) ^ sign32) - 1;
    }
  }

  void write(char* out, const std::vector<std::uint32_t>& order) const {
    const auto copy = [&](const auto& values) {
      for (const auto row : order) {
        std::memcpy(out, &values[row], sizeof values[row]);
        out += sizeof values[row];
      }
    };
    switch (width_of(type)) {
      case 8:
        return copy(int64);
      case 1:
        return copy(flags);
      default:
        return type == FieldType::text ? copy(texts) : copy(int32);
    }
  }
};

struct ListRows {
  std::vector<std::uint32_t> subjects;
  std::vector<Values> columns;
  std::vector<std::size_t> key_ends;
  std::string keys;
  std::uint64_t dropped = 0;

  std::string_view key(std::uint32_t row) const {
    const std::size_t begin = row == 0 ? 0 : key_ends[row - 1];
    return {keys.data() + begin, key_ends[row] - begin};
  }
};

/// One list as it goes into the file.
struct Finished {
  std::vector<std::uint32_t> order;  // rows
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint64_t> key_starts;
  std::string keys;
};

}  // namespace

struct BucketBuilder::State {
  const catalog::DossierKind& kind;
  Texts ids;
  Texts texts;
  std::vector<ListRows> lists;

  void sort_rows(std::size_t list_index, Finished& out);
  void code_keys(const ListRows& list, Finished& out) const;
};

BucketBuilder::BucketBuilder(const catalog::DossierKind& kind)
    : state_(new State{kind, {}, {}, {}}) {
  for (const auto& description : kind.lists) {
    ListRows list;
    for (const auto& field : description.fields) {
      Values values{};
      values.type = field.type;
      list.columns.push_back(std::move(values));
    }
    state_->lists.push_back(std::move(list));
  }
}

BucketBuilder::~BucketBuilder() = default;
BucketBuilder::BucketBuilder(BucketBuilder&&) noexcept = default;

void BucketBuilder::add(std::size_t list_index, std::string_view id,
                        std::span<const CellView> cells, std::string_view key) {
  ListRows& list = state_->lists[list_index];
  CHECK(cells.size() == list.columns.size());
  list.subjects.push_back(state_->ids.put(id));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const CellView& cell = cells[i];
    Values& values = list.columns[i];
    switch (values.type) {
      case FieldType::month:
      case FieldType::date:
        values.int32.push_back(cell.missing ? missing_int32
                                            : static_cast<std::int32_t>(cell.number));
        break;
      case FieldType::integer:
      case FieldType::fen:
      case FieldType::ratio:
        values.int64.push_back(cell.missing ? missing_int64 : cell.number);
        break;
      case FieldType::flag:
        values.flags.push_back(cell.missing ? missing_flag : cell.number != 0 ? 1 : 0);
        break;
      case FieldType::text:
        values.texts.push_back(cell.missing ? missing_text : state_->texts.put(cell.text));
        break;
    }
  }
  list.keys.append(key);
  list.key_ends.push_back(list.keys.size());
}

void BucketBuilder::add_subject(std::string_view id) {
  state_->ids.put(id);
}

void BucketBuilder::add_list(std::size_t list_index, const Bucket& bucket) {
  const List& list = bucket.lists[list_index];
  const std::size_t rows = list.rows();
  std::vector<CellView> cells(list.columns.size());
  std::string key;
  for (std::size_t subject = 0; subject < bucket.subjects; ++subject) {
    const auto start = list.keys.starts[subject];
    auto keys = list.keys.bytes.substr(start, list.keys.starts[subject + 1] - start);
    key.clear();
    for (std::size_t row = list.offsets[subject]; row < list.offsets[subject + 1]; ++row) {
      for (std::size_t c = 0; c < cells.size(); ++c) {
        const Column& column = list.columns[c];
        switch (column.type) {
          case FieldType::month:
          case FieldType::date: {
            const auto value = column.int32(rows)[row];
            cells[c] = {value == missing_int32, value, {}};
            break;
          }
          case FieldType::integer:
          case FieldType::fen:
          case FieldType::ratio: {
            const auto value = column.int64(rows)[row];
            cells[c] = {value == missing_int64, value, {}};
            break;
          }
          case FieldType::flag: {
            const auto value = column.flags(rows)[row];
            cells[c] = {value == missing_flag, value, {}};
            break;
          }
          case FieldType::text: {
            const auto value = column.texts(rows)[row];
            cells[c] = value == missing_text ? CellView{} : CellView::of(bucket.word(value));
            break;
          }
        }
      }
      if (!keys.empty()) CHECK(take_key(keys, key));
      add(list_index, bucket.id(subject), cells, key);
    }
  }
}

/// By subject, the list's order, key, and all other fields, so that chance decides nothing.
void BucketBuilder::State::sort_rows(std::size_t list_index, Finished& out) {
  const auto& description = kind.lists[list_index];
  ListRows& list = lists[list_index];
  std::vector<std::uint32_t> counts(ids.size() + 1, 0);
  for (const auto subject : list.subjects) ++counts[subject + 1];
  std::partial_sum(counts.begin(), counts.end(), counts.begin());
  out.offsets = counts;

  struct Place {
    std::uint64_t first;
    std::uint64_t second;
    std::uint32_t row;
  };
  std::vector<std::size_t> order;
  for (const auto& name : description.order) order.push_back(*description.find(name));
  std::vector<Place> places(list.subjects.size());
  auto next = counts;
  for (std::uint32_t row = 0; row < list.subjects.size(); ++row) {
    places[next[list.subjects[row]]++] = {
        order.empty() ? 0 : list.columns[order[0]].sort_key(row),
        order.size() < 2 ? 0 : list.columns[order[1]].sort_key(row), row};
  }
  const auto before = [&](const Place& a, const Place& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.second != b.second) return a.second < b.second;
    for (std::size_t i = 2; i < order.size(); ++i) {
      const auto& column = list.columns[order[i]];
      const auto x = column.sort_key(a.row);
      const auto y = column.sort_key(b.row);
      if (x != y) return x < y;
    }
    if (const int c = list.key(a.row).compare(list.key(b.row)); c != 0) return c < 0;
    for (const auto& column : list.columns) {
      const auto x = column.sort_key(a.row);
      const auto y = column.sort_key(b.row);
      if (x != y) return x < y;
    }
    return false;
  };
  for (std::size_t s = 0; s + 1 < out.offsets.size(); ++s) {
    std::sort(places.begin() + out.offsets[s], places.begin() + out.offsets[s + 1], before);
  }

  if (description.single) {
    std::uint32_t kept = 0;
    for (std::size_t s = 0; s + 1 < out.offsets.size(); ++s) {
      const auto begin = out.offsets[s];
      const auto end = out.offsets[s + 1];
      out.offsets[s] = kept;
      if (begin < end) places[kept++] = places[begin];
    }
    out.offsets.back() = kept;
    list.dropped = places.size() - kept;
    places.resize(kept);
  }
  out.order.reserve(places.size());
  for (const auto& place : places) out.order.push_back(place.row);
}

void BucketBuilder::State::code_keys(const ListRows& list, Finished& out) const {
  out.key_starts.reserve(out.offsets.size());
  out.key_starts.push_back(0);
  for (std::size_t s = 0; s + 1 < out.offsets.size(); ++s) {
    const bool any = !list.keys.empty();
    std::string_view before;
    for (auto i = out.offsets[s]; any && i < out.offsets[s + 1]; ++i) {
      const auto key = list.key(out.order[i]);
      append_key(out.keys, before, key);
      before = key;
    }
    out.key_starts.push_back(out.keys.size());
  }
}

Image BucketBuilder::finish(std::uint32_t bucket, std::uint32_t buckets) {
  State& state = *state_;
  const auto id_order = state.ids.sorted();
  const auto text_order = state.texts.sorted();
  const auto id_ranks = ranks_of(id_order);
  const auto text_ranks = ranks_of(text_order);

  std::vector<Finished> lists(state.lists.size());
  std::vector<Section> sections;
  std::size_t end = sections_begin(state.kind);
  const auto place = [&](std::size_t size) {
    sections.push_back({end, size, 0});
    end = (end + size + 63) / 64 * 64;
  };
  place(state.ids.size() * 8);
  place(state.ids.bytes());
  place(state.texts.size() * 8);
  place(state.texts.bytes());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    ListRows& list = state.lists[i];
    for (auto& subject : list.subjects) subject = id_ranks[subject];
    for (auto& column : list.columns) {
      for (auto& text : column.texts) text = text == missing_text ? text : text_ranks[text];
    }
    state.sort_rows(i, lists[i]);
    state.code_keys(list, lists[i]);
    place(lists[i].offsets.size() * 4);
    for (const auto& column : list.columns) place(lists[i].order.size() * width_of(column.type));
    place(lists[i].key_starts.size() * 8);
    place(lists[i].keys.size());
  }

  Image image(end);
  std::size_t at = 0;
  const auto write = [&](const void* bytes, std::size_t size) {
    if (size > 0) std::memcpy(image.data() + sections[at].offset, bytes, size);
    ++at;
  };
  const auto write_texts = [&](const Texts& texts, const std::vector<std::uint32_t>& order) {
    std::vector<std::uint64_t> ends;
    std::string bytes;
    ends.reserve(order.size());
    bytes.reserve(texts.bytes());
    for (const auto number : order) {
      bytes.append(texts.at(number));
      ends.push_back(bytes.size());
    }
    write(ends.data(), ends.size() * 8);
    write(bytes.data(), bytes.size());
  };
  write_texts(state.ids, id_order);
  write_texts(state.texts, text_order);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    write(lists[i].offsets.data(), lists[i].offsets.size() * 4);
    for (const auto& column : state.lists[i].columns) {
      column.write(image.data() + sections[at].offset, lists[i].order);
      ++at;
    }
    write(lists[i].key_starts.data(), lists[i].key_starts.size() * 8);
    write(lists[i].keys.data(), lists[i].keys.size());
  }
  seal(image, state.kind, sections, bucket, buckets);
  return image;
}

OwnedBucket BucketBuilder::finish() {
  Image image = finish(0, 1);
  auto bucket = open_bucket(image.bytes(), state_->kind, "memory");
  CHECK(bucket);
  return {std::move(image), std::move(*bucket)};
}

std::uint64_t BucketBuilder::dropped(std::size_t list) const {
  return state_->lists[list].dropped;
}

}  // namespace anlan::dossier
