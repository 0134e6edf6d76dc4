#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dossier/dossier.hpp"

namespace anlan::dossier {

/// The bytes of one bucket file, in memory; see docs/dossier-files.md.
class Image {
 public:
  Image() = default;
  /// `size` zero bytes, aligned as columns need.
  explicit Image(std::size_t size);

  char* data() { return bytes_.get(); }
  std::string_view bytes() const { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(char* bytes) const;
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
};

/// Section `n` of a bucket file: what is found where.
struct Section {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Every so many bytes of a file have a checksum of their own.
constexpr std::size_t block_bytes = 16'384;

/// The sections a bucket of this kind has: ids (ends, text), dictionary (ends, text), then for each
/// list its offsets, its columns, its keys (starts, bytes).
std::size_t section_count(const catalog::DossierKind& kind);

/// Bytes of one value of a column.
std::size_t width_of(catalog::FieldType type);

/// Bytes of a file whose last section ends at `sections_end`.
std::size_t image_size(std::size_t sections_end);

/// Writes header and section table over the front of a finished image, checksums at its end.
void seal(Image& image, const catalog::DossierKind& kind, const std::vector<Section>& sections,
          std::uint32_t bucket, std::uint32_t buckets);

/// The offset at which the first section begins.
std::size_t sections_begin(const catalog::DossierKind& kind);

/// The bucket that `bytes` (aligned to 8) hold; borrows them and `kind`. Checks the header, its
/// checksum, that all sections lie inside and have the sizes their counts ask for, and the ends of
/// offsets; not the checksums of the blocks. Errors: corrupted "dossier.damaged" naming `origin`;
/// conflict "dossier.outdated" for another version of the format or the description.
Result<Bucket> open_bucket(std::string_view bytes, const catalog::DossierKind& kind,
                           const std::string& origin);

/// Compares every block with its checksum and checks that offsets ascend, texts are known and
/// keys readable, so that no later step can leave the bytes. Errors: corrupted "dossier.damaged".
Status verify_bucket(std::string_view bytes, const catalog::DossierKind& kind,
                     const std::string& origin);

/// The same of only what a look at one subject's dossier reads: ids, dictionary and that subject's
/// rows. `bucket` is what open_bucket made of the bytes. Gives the subject's place, nullopt if it
/// is not there. Errors: corrupted "dossier.damaged".
Result<std::optional<std::size_t>> verify_dossier(std::string_view bytes, const Bucket& bucket,
                                                  std::string_view id, const std::string& origin);

}  // namespace anlan::dossier
