#pragma once

#include <cstdint>
#include <string_view>

namespace anlan::dossier {

/// A 64-bit sum that notices damage (not tampering), at the speed of memory. Ours, so that no
/// library is needed; defined in docs/dossier-files.md.
std::uint64_t checksum(std::string_view bytes);

/// Which of `buckets` (a power of two) holds this subject: its checksum's high bits.
std::size_t bucket_of(std::string_view id, std::size_t buckets);

}  // namespace anlan::dossier
