#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dossier/bucket_builder.hpp"

namespace anlan::dossier {

/// Rows on their way from the engine to their buckets, aside on disk: written in any order by
/// several threads, then read bucket by bucket. The file has no name and goes with this object.
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
    struct Waiting {
      std::string bytes;
      std::string last_key;
    };
    Status write(std::size_t bucket);

    Spill& spill_;
    std::size_t list_;
    std::size_t limit_;
    std::vector<Waiting> waiting_;
  };

  /// Puts the rows of `list` that belong to `bucket` into `builder`; their number.
  /// Errors: unavailable "file.unreadable"; corrupted "dossier.damaged".
  Result<std::uint64_t> read(std::size_t list, std::size_t bucket, BucketBuilder& builder) const;

 private:
  struct Block {
    std::uint64_t offset;
    std::uint64_t size;
  };

  Spill(int file, const catalog::DossierKind& kind, std::size_t buckets);
  Status append(std::size_t list, std::size_t bucket, std::string_view bytes);

  int file_;
  const catalog::DossierKind* kind_;
  std::size_t buckets_;
  std::mutex turn_;
  std::uint64_t end_ = 0;
  std::vector<std::vector<Block>> blocks_;  // by list * buckets + bucket
};

}  // namespace anlan::dossier
