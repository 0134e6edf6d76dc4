#include "dossier/checksum.hpp"

#include <bit>
#include <cstring>

namespace anlan::dossier {
namespace {

constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio

std::uint64_t mix(std::uint64_t sum, std::uint64_t word) {
  return std::rotl((sum ^ word) * odd, 29);
}

}  // namespace

std::uint64_t checksum(std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  std::uint64_t lanes[4] = {1, 2, 3, 4};
  while (bytes.size() >= 32) {
    std::uint64_t words[4];
    std::memcpy(words, bytes.data(), 32);
    for (int i = 0; i < 4; ++i) lanes[i] = mix(lanes[i], words[i]);
    bytes.remove_prefix(32);
  }
  char rest[32] = {};
  if (!bytes.empty()) std::memcpy(rest, bytes.data(), bytes.size());
  std::uint64_t words[4];
  std::memcpy(words, rest, 32);
  std::uint64_t sum = size;
  for (int i = 0; i < 4; ++i) sum = mix(sum, mix(lanes[i], words[i]));
  sum = (sum ^ (sum >> 32)) * odd;
  sum = (sum ^ (sum >> 29)) * odd;
  return sum ^ (sum >> 32);
}

std::size_t bucket_of(std::string_view id, std::size_t buckets) {
  const auto bits = static_cast<unsigned>(std::countr_zero(buckets));
  return bits == 0 ? 0 : static_cast<std::size_t>(checksum(id) >> (64 - bits));
}

}  // namespace anlan::dossier
