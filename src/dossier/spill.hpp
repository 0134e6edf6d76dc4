#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dossier/bucket_builder.hpp"
#include "dossier/texts.hpp"

namespace anlan::dossier {

/// Rows on their way from the engine to their buckets, aside on disk: written in any order by
/// several threads, then read bucket by bucket. The file has no name and goes with this object.
/// Texts that many rows of a list share are kept in memory, at most 12 MB a list, and stand in the
/// rows as a number.
class Spill {
 public:
  /// Errors: unavailable "file.unwritable".
  static Result<Spill> open(const std::filesystem::path& folder, const catalog::DossierKind& kind,
                            std::size_t buckets);
  Spill(Spill&& other) noexcept;
  Spill& operator=(Spill&&) = delete;
  ~Spill();

  std::size_t buckets() const { return buckets_; }

  /// Gathers rows of one list for one thread; `memory_bytes` of them wait before they are written.
  class Writer {
   public:
    Writer(Spill& spill, std::size_t list, std::size_t memory_bytes);
    /// Errors: unavailable "file.unwritable"; the same for flush.
    Status put(std::string_view id, std::span<const CellView> cells, std::string_view key);
    Status flush();

   private:
    /// Rows of one bucket.
    struct Waiting {
      std::unique_ptr<char[]> bytes;
      std::size_t size = 0;
      std::size_t capacity = 0;
      std::uint32_t rows = 0;
      std::string last_id;
      std::string last_key;
    };
    /// Whether it is worth while to look for this column's texts among the common ones.
    struct ColumnTexts {
      bool look = true;
      std::uint32_t looked = 0;
      std::uint32_t missed = 0;
    };
    std::optional<std::uint32_t> common(ColumnTexts& column, std::string_view text);
    Status write(std::size_t bucket);

    Spill& spill_;
    std::size_t list_;
    std::size_t limit_;
    std::vector<Waiting> waiting_;
    std::vector<ColumnTexts> columns_;
    Texts known_;                         // of the common texts, those met here
    std::vector<std::uint32_t> numbers_;  // their numbers there
  };

  /// Puts the rows of `list` that belong to `bucket` into `builder`; their number. All writers of
  /// the list must be done. Errors: unavailable "file.unreadable"; corrupted "dossier.damaged".
  Result<std::uint64_t> read(std::size_t list, std::size_t bucket, BucketBuilder& builder) const;

 private:
  struct Block {
    std::uint64_t offset;
    std::uint64_t size;
    std::uint32_t rows;
  };
  struct Common {
    std::mutex turn;
    Texts texts;
  };

  Spill(int file, const catalog::DossierKind& kind, std::size_t buckets);
  Status append(std::size_t list, std::size_t bucket, std::string_view bytes, std::uint32_t rows);

  int file_;
  const catalog::DossierKind* kind_;
  std::size_t buckets_;
  std::mutex turn_;
  std::uint64_t end_ = 0;
  std::vector<std::vector<Block>> blocks_;       // by list * buckets + bucket
  std::vector<std::unique_ptr<Common>> common_;  // by list
};

}  // namespace anlan::dossier
