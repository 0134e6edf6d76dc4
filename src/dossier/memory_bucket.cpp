#include "dossier/memory_bucket.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

std::size_t width(FieldType type) {
  switch (type) {
    case FieldType::month:
    case FieldType::date:
    case FieldType::text:
      return 4;
    case FieldType::flag:
      return 1;
    default:
      return 8;
  }
}

/// Writes values of one width one after the other into memory that suits every width.
class ColumnWriter {
 public:
  ColumnWriter(FieldType type, std::size_t rows)
      : type_(type),
        memory_(std::make_unique<std::vector<std::int64_t>>((rows * width(type) + 7) / 8 + 1)) {}

  void put_number(std::int64_t value) {
    switch (width(type_)) {
      case 4:
        return put(static_cast<std::int32_t>(value));
      case 1:
        return put(static_cast<std::uint8_t>(value));
      default:
        return put(value);
    }
  }
  void put_missing() {
    if (type_ == FieldType::text) return put(missing_text);
    if (type_ == FieldType::flag) return put(missing_flag);
    if (width(type_) == 4) return put(missing_int32);
    put(missing_int64);
  }
  Column column() const { return {type_, memory_->data()}; }
  std::unique_ptr<std::vector<std::int64_t>> take() { return std::move(memory_); }

 private:
  template <class T>
  void put(T value) {
    std::memcpy(reinterpret_cast<char*>(memory_->data()) + used_, &value, sizeof value);
    used_ += sizeof value;
  }

  FieldType type_;
  std::unique_ptr<std::vector<std::int64_t>> memory_;
  std::size_t used_ = 0;
};

}  // namespace

MemoryBucket::MemoryBucket(const catalog::DossierKind& kind) : kind_(&kind) {}

void MemoryBucket::add_subject(const std::string& id) {
  subjects_[id].resize(kind_->lists.size());
}

void MemoryBucket::add(std::size_t list, const std::string& subject, std::vector<Cell> cells,
                       std::string key) {
  CHECK(list < kind_->lists.size());
  const auto& fields = kind_->lists[list].fields;
  CHECK(cells.size() == fields.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (std::holds_alternative<std::monostate>(cells[i])) continue;
    CHECK(std::holds_alternative<std::string>(cells[i]) == (fields[i].type == FieldType::text));
  }
  add_subject(subject);
  subjects_[subject][list].push_back({std::move(cells), std::move(key)});
}

bool MemoryBucket::before(std::size_t list, const Row& a, const Row& b) const {
  for (const auto& name : kind_->lists[list].order) {
    const auto field = kind_->lists[list].find(name);
    CHECK(field);
    const auto& x = a.cells[*field];
    const auto& y = b.cells[*field];
    if (x == y) continue;
    if (x.index() != y.index()) return y.index() == 0;  // missing comes last
    return x < y;
  }
  return a.key < b.key;
}

std::uint32_t MemoryBucket::word(const std::string& text) const {
  return words_.at(text);
}

void MemoryBucket::build_text() {
  words_.clear();
  for (const auto& [id, lists] : subjects_) {
    for (const auto& rows : lists) {
      for (const auto& row : rows) {
        words_[row.key] = 0;
        for (const auto& cell : row.cells) {
          if (const auto* text = std::get_if<std::string>(&cell)) words_[*text] = 0;
        }
      }
    }
  }
  text_.clear();
  text_ends_.clear();
  for (auto& [text, index] : words_) {
    index = static_cast<std::uint32_t>(text_ends_.size());
    text_ += text;
    text_ends_.push_back(text_.size());
  }
}

void MemoryBucket::build_list(std::size_t at) {
  const auto& from = kind_->lists[at];
  auto& offsets = offsets_[at];
  offsets.assign(1, 0);
  std::vector<const Row*> all;
  for (auto& [id, lists] : subjects_) {
    auto& rows = lists[at];
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Row& a, const Row& b) { return before(at, a, b); });
    for (const auto& row : rows) all.push_back(&row);
    offsets.push_back(static_cast<std::uint32_t>(all.size()));
  }
  auto& list = bucket_.lists[at];
  list.offsets = offsets;
  const auto finish = [&](ColumnWriter& writer) {
    const auto column = writer.column();
    columns_.push_back(writer.take());
    return column;
  };
  for (std::size_t f = 0; f < from.fields.size(); ++f) {
    ColumnWriter writer(from.fields[f].type, all.size());
    for (const auto* row : all) {
      const auto& cell = row->cells[f];
      if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        writer.put_number(*number);
      } else if (const auto* text = std::get_if<std::string>(&cell)) {
        writer.put_number(word(*text));
      } else {
        writer.put_missing();
      }
    }
    list.columns.push_back(finish(writer));
  }
  ColumnWriter keys(FieldType::text, all.size());
  for (const auto* row : all) keys.put_number(word(row->key));
  list.keys = finish(keys);
}

const Bucket& MemoryBucket::bucket() {
  columns_.clear();
  bucket_ = {};
  bucket_.kind = kind_;
  bucket_.subjects = subjects_.size();
  bucket_.lists.resize(kind_->lists.size());
  offsets_.assign(kind_->lists.size(), {});
  build_text();
  for (std::size_t i = 0; i < kind_->lists.size(); ++i) build_list(i);
  id_text_.clear();
  id_ends_.clear();
  for (const auto& [id, lists] : subjects_) {
    id_text_ += id;
    id_ends_.push_back(id_text_.size());
  }
  bucket_.id_ends = id_ends_;
  bucket_.id_text = id_text_;
  bucket_.text_ends = text_ends_;
  bucket_.text = text_;
  return bucket_;
}

}  // namespace anlan::dossier
