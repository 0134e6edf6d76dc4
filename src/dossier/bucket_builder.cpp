#include "dossier/bucket_builder.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "dossier/key_code.hpp"
#include "dossier/texts.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

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

/// Rows that lie in another bucket as they shall lie in this one.
struct TakenRows {
  const List* list = nullptr;
  std::vector<std::uint32_t> subjects;  // of each subject there, its number here; none: no rows
  std::vector<std::uint32_t> words;     // of each text there, its number here; none: not used
};

constexpr std::uint32_t none = ~std::uint32_t{0};

struct ListRows {
  std::optional<TakenRows> taken;  // then all below is empty
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
  std::uint32_t last_id = 0;
  std::vector<ListRows> lists;

  std::uint32_t number_id(std::string_view id) {
    // Rows of one subject often come together.
    if (last_id >= ids.size() || ids.at(last_id) != id) last_id = ids.put(id);
    return last_id;
  }
  void take(TakenRows& taken, const std::vector<std::uint32_t>& id_ranks,
            const std::vector<std::uint32_t>& text_ranks, Finished& out) const;
  void sort_rows(std::size_t list_index, Finished& out);
  void code_keys(const ListRows& list, Finished& out) const;
};

BucketBuilder::BucketBuilder(const catalog::DossierKind& kind)
    : state_(new State{kind, {}, {}, 0, {}}) {
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
  list.subjects.push_back(state_->number_id(id));
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
        values.texts.push_back(cell.missing    ? missing_text
                               : cell.numbered ? static_cast<std::uint32_t>(cell.number)
                                               : state_->texts.put(cell.text));
        break;
    }
  }
  list.keys.append(key);
  list.key_ends.push_back(list.keys.size());
}

void BucketBuilder::add_subject(std::string_view id) {
  state_->ids.put(id);
}

void BucketBuilder::reserve(std::size_t list_index, std::uint64_t rows) {
  ListRows& list = state_->lists[list_index];
  list.subjects.reserve(rows);
  list.key_ends.reserve(rows);
  for (auto& values : list.columns) {
    if (values.type == FieldType::text)
      values.texts.reserve(rows);
    else if (width_of(values.type) == 8)
      values.int64.reserve(rows);
    else if (width_of(values.type) == 1)
      values.flags.reserve(rows);
    else
      values.int32.reserve(rows);
  }
}

std::uint32_t BucketBuilder::number_text(std::string_view text) {
  return state_->texts.put(text);
}

void BucketBuilder::add_list(std::size_t list_index, const Bucket& bucket) {
  CHECK(state_->lists[list_index].subjects.empty());
  const List& list = bucket.lists[list_index];
  TakenRows& taken = state_->lists[list_index].taken.emplace();
  taken.list = &list;
  taken.subjects.assign(bucket.subjects, none);
  for (std::size_t subject = 0; subject < bucket.subjects; ++subject) {
    if (list.offsets[subject] < list.offsets[subject + 1])
      taken.subjects[subject] = state_->ids.put(bucket.id(subject));
  }
  taken.words.assign(bucket.text_ends.size(), none);
  for (const auto& column : list.columns) {
    if (column.type != FieldType::text) continue;
    for (const auto word : column.texts(list.rows())) {
      if (word != missing_text && taken.words[word] == none)
        taken.words[word] = state_->texts.put(bucket.word(word));
    }
  }
}

/// Ids and texts ascend there as they do here: rows and keys keep their order.
void BucketBuilder::State::take(TakenRows& taken, const std::vector<std::uint32_t>& id_ranks,
                                const std::vector<std::uint32_t>& text_ranks, Finished& out) const {
  const List& list = *taken.list;
  out.offsets.assign(ids.size() + 1, 0);
  out.key_starts.assign(ids.size() + 1, 0);
  for (std::size_t there = 0; there < taken.subjects.size(); ++there) {
    if (taken.subjects[there] == none) continue;
    const std::size_t here = id_ranks[taken.subjects[there]];
    out.offsets[here + 1] = list.offsets[there + 1] - list.offsets[there];
    out.key_starts[here + 1] = list.keys.starts[there + 1] - list.keys.starts[there];
  }
  std::partial_sum(out.offsets.begin(), out.offsets.end(), out.offsets.begin());
  std::partial_sum(out.key_starts.begin(), out.key_starts.end(), out.key_starts.begin());
  for (auto& word : taken.words) word = word == none ? none : text_ranks[word];
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
  out.key_starts.assign(out.offsets.size(), 0);
  if (list.keys.empty()) return;
  const std::size_t rows = out.order.size();
  out.keys.reserve(list.keys.size() / 3);
  // The keys lie in the order they came: without asking ahead each is a wait for the memory.
  constexpr std::size_t ahead = 12;
  const auto ask = [&](std::size_t i) {
    if (i + ahead < rows) __builtin_prefetch(&list.key_ends[out.order[i + ahead]]);
    if (i + ahead / 2 >= rows) return;
    const auto key = list.key(out.order[i + ahead / 2]);
    __builtin_prefetch(key.data());
    __builtin_prefetch(key.data() + key.size());
  };
  for (std::size_t s = 0; s + 1 < out.offsets.size(); ++s) {
    std::string_view before;
    for (auto i = out.offsets[s]; i < out.offsets[s + 1]; ++i) {
      ask(i);
      const auto key = list.key(out.order[i]);
      append_key(out.keys, before, key);
      before = key;
    }
    out.key_starts[s + 1] = out.keys.size();
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
    sections.push_back({end, size});
    end = (end + size + 63) / 64 * 64;
  };
  place(state.ids.size() * 8);
  place(state.ids.bytes());
  place(state.texts.size() * 8);
  place(state.texts.bytes());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    ListRows& list = state.lists[i];
    if (list.taken) {
      state.take(*list.taken, id_ranks, text_ranks, lists[i]);
      const List& there = *list.taken->list;
      place(lists[i].offsets.size() * 4);
      for (const auto& column : there.columns) place(there.rows() * width_of(column.type));
      place(lists[i].key_starts.size() * 8);
      place(there.keys.bytes.size());
      continue;
    }
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

  Image image(image_size(end));
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
    if (const auto& taken = state.lists[i].taken) {
      const std::size_t rows = taken->list->rows();
      for (const auto& column : taken->list->columns) {
        write(column.values, rows * width_of(column.type));
        if (column.type != FieldType::text) continue;
        auto* words = reinterpret_cast<std::uint32_t*>(image.data() + sections[at - 1].offset);
        for (std::size_t row = 0; row < rows; ++row) {
          if (words[row] != missing_text) words[row] = taken->words[words[row]];
        }
      }
      write(lists[i].key_starts.data(), lists[i].key_starts.size() * 8);
      write(taken->list->keys.bytes.data(), taken->list->keys.bytes.size());
      continue;
    }
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
