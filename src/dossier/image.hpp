#pragma once

#include <cstddef>
#include <memory>
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
  std::uint64_t checksum = 0;
};

/// The sections a bucket of this kind has: ids (ends, text), dictionary (ends, text), then for each
/// list its offsets, its columns, its keys (starts, bytes).
std::size_t section_count(const catalog::DossierKind& kind);

/// Bytes of one value of a column.
std::size_t width_of(catalog::FieldType type);

/// Writes header and section table over the front of a finished image.
void seal(Image& image, const catalog::DossierKind& kind, std::vector<Section>& sections,
          std::uint32_t bucket, std::uint32_t buckets);

/// The offset at which the first section begins.
std::size_t sections_begin(const catalog::DossierKind& kind);

/// The bucket that `bytes` (aligned to 8) hold; borrows them and `kind`. Checks the header, its
/// checksum, that all sections lie inside and have the sizes their counts ask for, and the ends of
/// offsets; not the checksums of the sections. Errors: corrupted "dossier.damaged" naming `origin`;
/// conflict "dossier.outdated" for another version of the format or the description.
Result<Bucket> open_bucket(std::string_view bytes, const catalog::DossierKind& kind,
                           const std::string& origin);

/// Compares every section with its checksum and checks that offsets ascend, texts are known and
/// keys readable, so that no later step can leave the bytes. Errors: corrupted "dossier.damaged".
Status verify_bucket(std::string_view bytes, const catalog::DossierKind& kind,
                     const std::string& origin);

}  // namespace anlan::dossier
