// What is done to a log apart from adding to it: erasing by law, and taking old entries off-line.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "journal/files.hpp"
#include "journal/journal.hpp"
#include "journal/proof.hpp"
#include "journal/tiles.hpp"
#include "journal/verify.hpp"

namespace anlan::journal {
namespace {

Status replace_personal(const std::filesystem::path& folder, std::uint64_t index,
                        std::uint64_t by) {
  const auto path = folder / "personal" / personal_path(index / tile_width);
  if (!std::filesystem::exists(path)) return {};  // taken off-line meanwhile
  const auto content = read_file(path);
  if (!content) return fail(content.error());
  auto lines = personal_lines(*content);
  for (auto& line : lines) {
    if (line.index == index) line.text = "erased " + std::to_string(by);
  }
  return write_file(path, personal_content(lines));
}

std::string subject_of_erasure(std::uint64_t index) {
  return fmt::format("entry:{}", index);
}

/// Copies what is there of bundles [from, to), bundle by bundle, durably.
Status copy_bundles(const std::filesystem::path& folder, const std::filesystem::path& target,
                    std::uint64_t from, std::uint64_t to) {
  std::set<std::filesystem::path> durable_folders;
  FileBatch bundles(target, 0640, durable_folders);
  FileBatch personal(target, 0600, durable_folders);
  for (std::uint64_t bundle = from; bundle < to; ++bundle) {
    const auto content = read_file(folder / "public" / bundle_path(bundle, tile_width));
    if (!content) return fail(content.error());
    if (auto put = bundles.put(bundle_path(bundle, tile_width), *content); !put) return put;
    const auto beside = folder / "personal" / personal_path(bundle);
    if (!std::filesystem::exists(beside)) continue;
    const auto lines = read_file(beside);
    if (!lines) return fail(lines.error());
    const auto place = std::filesystem::path("personal") / personal_path(bundle);
    if (auto put = personal.put(place, *lines); !put) return put;
  }
  if (auto synced = bundles.sync(); !synced) return synced;
  return personal.sync();
}

}  // namespace

Status Journal::finish_erasure() {
  const auto erasure = erasure_begun(folder_);
  if (!erasure) return {};
  std::optional<std::uint64_t> by;
  const auto told =
      for_each_entry(folder_, erasure->from, [&](std::uint64_t index, std::string_view entry) {
        if (word_of_entry(entry, "act") == "journal.erase" &&
            word_of_entry(entry, "subject") == subject_of_erasure(erasure->index)) {
          by = index;
        }
      });
  if (!told) return told;
  const std::lock_guard one_publisher(publishing_);
  if (by) {
    if (auto replaced = replace_personal(folder_, erasure->index, *by); !replaced) return replaced;
  }
  std::error_code error;
  std::filesystem::remove(erasure_file(folder_), error);
  if (error) return fail(ErrorKind::unavailable, "file.unwritable", error.message());
  return {};
}

Status Journal::erase(std::uint64_t index, Act why) {
  const std::lock_guard one_eraser(erasing_);
  if (auto published = publish(); !published) return published;
  if (auto finished = finish_erasure(); !finished) return finished;
  const auto found = read_entry(folder_, index);
  if (!found) return fail(found.error());
  if (found->erased) return {};
  if (found->personal.empty()) {
    return fail(ErrorKind::invalid_input, "journal.nothing_personal",
                fmt::format("entry {}", index));
  }
  why.act = "journal.erase";
  why.subject = subject_of_erasure(index);
  // Left first, so that an erasure on record is carried out whatever comes between.
  if (auto written = write_file(erasure_file(folder_), fmt::format("{} {}\n", index, size()));
      !written) {
    return written;
  }
  if (auto recorded = record(why); !recorded) return fail(recorded.error());
  if (auto published = publish(); !published) return published;
  return finish_erasure();
}

Status Journal::archive(std::uint64_t below, const std::filesystem::path& to, Act why) {
  if (auto published = publish(); !published) return published;
  const auto before = archived_below(folder_);
  if (!before) return fail(before.error());
  const std::uint64_t size = log_.published();
  const std::uint64_t most = size == 0 ? 0 : (size - 1) / tile_width * tile_width;
  if (below % tile_width != 0 || below <= *before || below > most) {
    return fail(ErrorKind::invalid_input, "journal.archive_limit",
                fmt::format("{}: expected a multiple of {} above {}, at most {}", below, tile_width,
                            *before, most));
  }
  std::error_code error;
  std::filesystem::create_directories(to, error);
  if (error) return fail(ErrorKind::unavailable, "file.unwritable", to.string());
  if (auto copied = copy_bundles(folder_, to, *before / tile_width, below / tile_width); !copied) {
    return copied;
  }
  why.act = "journal.archive";
  why.subject = fmt::format("entries-below:{}", below);
  if (auto recorded = record(why); !recorded) return fail(recorded.error());
  if (auto published = publish(); !published) return published;
  if (auto written = write_file(archived_limit_file(folder_), std::to_string(below) + "\n");
      !written) {
    return written;
  }
  const std::lock_guard one_publisher(publishing_);
  for (std::uint64_t bundle = *before / tile_width; bundle < below / tile_width; ++bundle) {
    std::filesystem::remove(folder_ / "public" / bundle_path(bundle, tile_width), error);
    std::filesystem::remove_all(folder_ / "public" / (bundle_path(bundle, tile_width) + ".p"),
                                error);
    std::filesystem::remove(folder_ / "personal" / personal_path(bundle), error);
    if (error) return fail(ErrorKind::unavailable, "file.unwritable", error.message());
  }
  return {};
}

}  // namespace anlan::journal
