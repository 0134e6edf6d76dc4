#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "journal/hashing.hpp"
#include "journal/merkle.hpp"

namespace anlan::journal {

/// Hashes of a full tile, entries of a full bundle (C2SP tlog-tiles).
constexpr std::uint64_t tile_width = 256;
/// An entry's length is written in 16 bits.
constexpr std::size_t entry_bytes_max = 65'535;

/// "x001/x234/067" for 1234067.
std::string tile_number(std::uint64_t number);
/// "tile/<level>/<number>", with ".p/<width>" if it is not full.
std::string tile_path(unsigned level, std::uint64_t number, std::uint64_t width);
/// "tile/entries/<number>", likewise.
std::string bundle_path(std::uint64_t number, std::uint64_t width);

/// How many hashes (or, for level 0, entries) tile `number` holds in a tree of `size` leaves.
std::uint64_t width_of_tile(unsigned level, std::uint64_t number, std::uint64_t size);

void add_to_bundle(std::string& bundle, std::string_view entry);
/// The entries of a bundle; views into it. As many as are whole: a cut one ends the list.
std::vector<std::string_view> entries_of_bundle(std::string_view bundle);

/// The tiles of one tree of one size, as they lie in `folder`; nothing is checked but lengths.
class TileReader {
 public:
  TileReader(std::filesystem::path folder, Suite suite, std::uint64_t size)
      : folder_(std::move(folder)), suite_(suite), size_(size) {}

  std::uint64_t size() const { return size_; }
  /// Errors: corrupted "journal.damaged" naming the tile that is missing or too short.
  Result<Hash> perfect(unsigned level, std::uint64_t index);
  /// The root of the tree. Errors likewise.
  Result<Hash> root() { return root_at(size_); }
  Result<Hash> root_at(std::uint64_t size);
  Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size);
  Result<std::vector<Hash>> consistency(std::uint64_t old_size, std::uint64_t size);
  /// The hash of one leaf, as its tile says.
  Result<Hash> leaf(std::uint64_t index) { return perfect(0, index); }
  /// The bytes of a bundle or a tile. A full one stands in for a partial one.
  Result<std::string> bundle(std::uint64_t number);

 private:
  Result<std::string> read(const std::string& full, const std::string& partial);
  PerfectHash reading();

  std::filesystem::path folder_;
  Suite suite_;
  std::uint64_t size_;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles_;  ///< those read lately
};

}  // namespace anlan::journal
