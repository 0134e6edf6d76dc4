#include "journal/tree_files.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "journal/encoding.hpp"
#include "journal/tiles.hpp"

namespace anlan::journal {
namespace {

constexpr std::size_t hash_bytes = 32;
}  // namespace

std::string personal_path(std::uint64_t bundle) {
  return tile_number(bundle);
}

std::vector<PersonalLine> personal_lines(std::string_view content) {
  std::vector<PersonalLine> lines;
  for (const auto line : split(content, '\n')) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const auto index = number_of_decimal(line.substr(0, space));
    if (index) lines.push_back({*index, std::string(line.substr(space + 1))});
  }
  return lines;
}

std::string personal_content(std::span<const PersonalLine> lines) {
  std::string content;
  for (const auto& line : lines) content += std::to_string(line.index) + " " + line.text + "\n";
  return content;
}

Result<TreeFiles> TreeFiles::open(const std::filesystem::path& folder, Suite suite,
                                  std::uint64_t size) {
  std::vector<std::string> tiles;
  for (unsigned level = 0; level < 8 && size >> (8 * level) > 0; ++level) {
    const std::uint64_t hashes = size >> (8 * level);
    const std::uint64_t width = hashes % tile_width;
    tiles.emplace_back();
    if (width == 0) continue;
    const std::string path = tile_path(level, hashes / tile_width, width);
    auto content = read_file(folder / "public" / path);
    if (!content || content->size() != width * hash_bytes) {
      return fail(ErrorKind::corrupted, "journal.damaged",
                  path + (content ? " has a wrong size" : " is missing"));
    }
    tiles.back() = std::move(*content);
  }
  std::string bundle;
  if (const std::uint64_t width = size % tile_width; width != 0) {
    const std::string path = bundle_path(size / tile_width, width);
    auto content = read_file(folder / "public" / path);
    if (!content || entries_of_bundle(*content).size() != width) {
      return fail(ErrorKind::corrupted, "journal.damaged",
                  path + (content ? " is cut off" : " is missing"));
    }
    bundle = std::move(*content);
  }
  return TreeFiles(folder, suite, TreeEdge(suite, size, std::move(tiles)), std::move(bundle));
}

Status TreeFiles::add_leaf(FileBatch& batch, const Placed& record) {
  CHECK(record.index == size());
  add_to_bundle(bundle_, record.entry);
  const auto put_full = [&](unsigned level, std::uint64_t number, const std::string& tile) {
    const std::string path = tile_path(level, number, tile_width);
    filled_.push_back(path);
    return batch.put(path, tile);
  };
  if (auto added = edge_.add(leaf_hash(suite_, record.entry), put_full); !added) return added;
  if (size() % tile_width != 0) return {};
  const std::string path = bundle_path(size() / tile_width - 1, tile_width);
  if (auto put = batch.put(path, bundle_); !put) return put;
  filled_.push_back(path);
  bundle_.clear();
  return {};
}

/// A tile that did not grow is one that the last checkpoint needs, and is left alone.
Status TreeFiles::put_partials(FileBatch& batch, std::uint64_t size_before) const {
  const auto& tiles = edge_.tiles();
  for (unsigned level = 0; level < tiles.size(); ++level) {
    const std::uint64_t hashes = size() >> (8 * level);
    if (tiles[level].empty() || hashes == size_before >> (8 * level)) continue;
    const auto path = tile_path(level, hashes / tile_width, hashes % tile_width);
    if (auto put = batch.put(path, tiles[level]); !put) return put;
  }
  if (bundle_.empty()) return {};
  return batch.put(bundle_path(size() / tile_width, size() % tile_width), bundle_);
}

/// A file that is there already is replaced whole, since it holds what was acknowledged.
Status TreeFiles::put_personal(std::span<const Placed> records) const {
  FileBatch batch(folder_ / "personal", 0600, *durable_folders_);
  while (!records.empty()) {
    const std::uint64_t bundle = records.front().index / tile_width;
    const auto path = folder_ / "personal" / personal_path(bundle);
    std::vector<PersonalLine> lines;
    const bool grows = std::filesystem::exists(path);
    if (grows) {
      const auto content = read_file(path);
      if (!content) return fail(content.error());
      lines = personal_lines(*content);
      // What an earlier try left behind is written again.
      std::erase_if(lines, [&](const auto& line) { return line.index >= records.front().index; });
    }
    while (!records.empty() && records.front().index / tile_width == bundle) {
      const auto& record = records.front();
      if (!record.personal.empty()) lines.push_back({record.index, record.personal});
      records = records.subspan(1);
    }
    if (lines.empty()) continue;
    const auto content = personal_content(lines);
    if (grows) {
      if (auto written = write_file(path, content); !written) return written;
    } else if (auto put = batch.put(personal_path(bundle), content); !put) {
      return put;
    }
  }
  return batch.sync();
}

Status TreeFiles::add(std::span<const Placed> records) {
  if (records.empty()) return {};
  filled_.clear();
  TreeFiles larger = *this;
  FileBatch batch(folder_ / "public", 0644, *durable_folders_);
  for (const auto& record : records) {
    if (auto added = larger.add_leaf(batch, record); !added) return added;
  }
  if (auto put = larger.put_partials(batch, size()); !put) return put;
  if (auto put = put_personal(records); !put) return put;
  if (auto synced = batch.sync(); !synced) return synced;
  *this = std::move(larger);
  return {};
}

void TreeFiles::sweep() {
  for (const auto& path : filled_) {
    std::error_code ignored;
    const auto partial = folder_ / "public" / (path + ".p");
    std::filesystem::remove_all(partial, ignored);
    durable_folders_->erase(partial);
  }
  filled_.clear();
}

}  // namespace anlan::journal
