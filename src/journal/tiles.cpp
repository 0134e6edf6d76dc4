#include "journal/tiles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/file.hpp"
#include "journal/encoding.hpp"

namespace anlan::journal {
namespace {

constexpr unsigned tile_height = 8;
constexpr std::size_t tiles_kept = 64;  // our choice: a proof reads one tile a level
constexpr std::size_t hash_bytes = 32;

std::string with_width(std::string path, std::uint64_t width) {
  CHECK(width >= 1 && width <= tile_width);
  if (width < tile_width) path += ".p/" + std::to_string(width);
  return path;
}

}  // namespace

std::string tile_number(std::uint64_t number) {
  std::string path = fmt::format("{:03}", number % 1000);
  while (number >= 1000) {
    number /= 1000;
    path = fmt::format("x{:03}/", number % 1000) + path;
  }
  return path;
}

std::string tile_path(unsigned level, std::uint64_t number, std::uint64_t width) {
  return with_width(fmt::format("tile/{}/{}", level, tile_number(number)), width);
}

std::string bundle_path(std::uint64_t number, std::uint64_t width) {
  return with_width("tile/entries/" + tile_number(number), width);
}

std::uint64_t width_of_tile(unsigned level, std::uint64_t number, std::uint64_t size) {
  const unsigned shift = tile_height * level;
  const std::uint64_t hashes = shift >= 64 ? 0 : size >> shift;
  const std::uint64_t before = number * tile_width;
  return hashes <= before ? 0 : std::min(tile_width, hashes - before);
}

void add_to_bundle(std::string& bundle, std::string_view entry) {
  CHECK(entry.size() <= entry_bytes_max);
  bundle += static_cast<char>(static_cast<unsigned char>(entry.size() >> 8));
  bundle += static_cast<char>(static_cast<unsigned char>(entry.size()));
  bundle += entry;
}

std::vector<std::string_view> entries_of_bundle(std::string_view bundle) {
  std::vector<std::string_view> entries;
  while (bundle.size() >= 2) {
    const std::size_t size = number_of_big_endian(bundle.substr(0, 2));
    if (bundle.size() < 2 + size) break;
    entries.push_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  return entries;
}

Result<std::string> TileReader::read(const std::string& full, const std::string& partial) {
  auto content = read_file(folder_ / partial);
  if (!content && partial != full) content = read_file(folder_ / full);
  if (!content) return fail(ErrorKind::corrupted, "journal.damaged", partial + " is missing");
  return content;
}

Result<std::string> TileReader::bundle(std::uint64_t number) {
  const std::uint64_t width = width_of_tile(0, number, size_);
  CHECK(width > 0);
  return read(bundle_path(number, tile_width), bundle_path(number, width));
}

Result<Hash> TileReader::perfect(unsigned level, std::uint64_t index) {
  const unsigned tile_level = level / tile_height;
  const unsigned inside = level % tile_height;  // levels above the tile's own hashes
  const std::uint64_t first = index << inside;
  const std::uint64_t number = first / tile_width;
  const std::uint64_t width = width_of_tile(tile_level, number, size_);
  CHECK(first % tile_width + (std::uint64_t{1} << inside) <= width);
  const auto key = std::pair(tile_level, number);
  auto found = tiles_.find(key);
  if (found == tiles_.end()) {
    const std::string path = tile_path(tile_level, number, width);
    auto content = read(tile_path(tile_level, number, tile_width), path);
    if (!content) return fail(content.error());
    if (content->size() < width * hash_bytes) {
      return fail(ErrorKind::corrupted, "journal.damaged", path + " is too short");
    }
    if (tiles_.size() >= tiles_kept) tiles_.erase(tiles_.begin());
    found = tiles_.emplace(key, std::move(*content)).first;
  }
  std::vector<Hash> hashes;
  for (std::uint64_t i = 0; i < std::uint64_t{1} << inside; ++i) {
    hashes.push_back(Hash::of_bytes(
        std::string_view(found->second).substr((first % tile_width + i) * hash_bytes, hash_bytes)));
  }
  for (; hashes.size() > 1; hashes.resize(hashes.size() / 2)) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i) {
      hashes[i] = node_hash(suite_, hashes[2 * i], hashes[2 * i + 1]);
    }
  }
  return hashes.front();
}

PerfectHash TileReader::reading() {
  return [this](unsigned level, std::uint64_t index) { return perfect(level, index); };
}

Result<Hash> TileReader::root_at(std::uint64_t size) {
  CHECK(size <= size_);
  return range_hash(suite_, 0, size, reading());
}

Result<std::vector<Hash>> TileReader::inclusion(std::uint64_t index, std::uint64_t size) {
  CHECK(index < size && size <= size_);
  return inclusion_proof(suite_, index, size, reading());
}

Result<std::vector<Hash>> TileReader::consistency(std::uint64_t old_size, std::uint64_t size) {
  CHECK(old_size <= size && size <= size_);
  return consistency_proof(suite_, old_size, size, reading());
}

}  // namespace anlan::journal
