#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "dossier/image.hpp"

namespace anlan::dossier {

/// One value of a row on its way into a bucket: a number, or a text; flags are 0 or 1.
struct CellView {
  bool missing = true;
  bool numbered = false;  ///< a text of which `number` is what BucketBuilder::number_text said
  std::int64_t number = 0;
  std::string_view text;

  static CellView of(std::int64_t value) { return {false, false, value, {}}; }
  static CellView of(std::string_view value) { return {false, false, 0, value}; }
};

/// A bucket that owns its bytes.
class OwnedBucket {
 public:
  OwnedBucket(Image image, Bucket bucket) : image_(std::move(image)), bucket_(std::move(bucket)) {}
  const Bucket& bucket() const { return bucket_; }

 private:
  Image image_;
  Bucket bucket_;
};

/// Makes the bytes of a bucket out of rows in any order: equal rows give equal bytes.
/// Borrows `kind`. Memory: about twice that of the rows.
class BucketBuilder {
 public:
  explicit BucketBuilder(const catalog::DossierKind& kind);
  ~BucketBuilder();
  BucketBuilder(BucketBuilder&&) noexcept;

  /// `cells` as the list's fields; `key` "" if the row has no evidence. Copies what it gets.
  void add(std::size_t list, std::string_view id, std::span<const CellView> cells,
           std::string_view key);
  /// A subject, also if no row is about it.
  void add_subject(std::string_view id);
  /// Makes room for so many rows more of the list.
  void reserve(std::size_t list, std::uint64_t rows);
  /// The number of a text in this builder, so that it need not be looked up for each row.
  std::uint32_t number_text(std::string_view text);
  /// All rows of one list of another bucket of this kind, which must outlive `finish`; the list
  /// can have no others.
  void add_list(std::size_t list, const Bucket& bucket);

  /// The finished file; call once. Of a fact's rows only the first in order is kept.
  Image finish(std::uint32_t bucket, std::uint32_t buckets);
  /// The same as a bucket to use at once; `kind` must outlive it.
  OwnedBucket finish();

  /// Rows dropped by finish because a fact has at most one.
  std::uint64_t dropped(std::size_t list) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace anlan::dossier
