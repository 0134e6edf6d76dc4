#include "dossier/memory_bucket.hpp"

#include "base/check.hpp"

namespace anlan::dossier {

MemoryBucket::MemoryBucket(const catalog::DossierKind& kind) : kind_(&kind) {}

void MemoryBucket::add_subject(const std::string& id) {
  subjects_.push_back(id);
}

void MemoryBucket::add(std::size_t list, const std::string& subject, std::vector<Cell> cells,
                       std::string key) {
  CHECK(list < kind_->lists.size());
  const auto& fields = kind_->lists[list].fields;
  CHECK(cells.size() == fields.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (std::holds_alternative<std::monostate>(cells[i])) continue;
    CHECK(std::holds_alternative<std::string>(cells[i]) ==
          (fields[i].type == catalog::FieldType::text));
  }
  rows_.push_back({list, subject, std::move(cells), std::move(key)});
}

const Bucket& MemoryBucket::bucket() {
  BucketBuilder builder(*kind_);
  for (const auto& subject : subjects_) builder.add_subject(subject);
  std::vector<CellView> views;
  for (const auto& row : rows_) {
    views.clear();
    for (const auto& cell : row.cells) {
      if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        views.push_back(CellView::of(*number));
      } else if (const auto* text = std::get_if<std::string>(&cell)) {
        views.push_back(CellView::of(std::string_view(*text)));
      } else {
        views.emplace_back();
      }
    }
    builder.add(row.list, row.subject, views, row.key);
  }
  owned_.emplace(builder.finish());
  return owned_->bucket();
}

}  // namespace anlan::dossier
