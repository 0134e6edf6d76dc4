#include "journal/copy.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/file.hpp"
#include "base/text.hpp"
#include "journal/encoding.hpp"
#include "journal/log.hpp"
#include "journal/tiles.hpp"
#include "journal/tree_files.hpp"
#include "journal/verify.hpp"
#include "journal/wal.hpp"

namespace anlan::journal {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_bytes = 32;
constexpr int tries_max = 500;  // our choice: ten seconds in which a log is published all the time
constexpr useconds_t between_tries_us = 20'000;

class Copying {
 public:
  Copying(fs::path from, fs::path to, LogSettings settings)
      : from_(std::move(from)), to_(std::move(to)), settings_(std::move(settings)) {}

  Result<LogCopy> run(bool with_key, std::uint64_t at_least) {
    for (const char* part : {"public", "wal", "personal", "key", "intents"}) {
      std::error_code error;
      fs::create_directories(to_ / part, error);
      fs::permissions(to_ / part, fs::perms::owner_all, error);
      if (error) return fail(ErrorKind::unavailable, "file.unwritable", (to_ / part).string());
    }
    // An intent goes away when what it announced has its entries, so intents are taken first: one
    // too many only has what is there looked for once more.
    if (auto done = put_files_of("intents"); !done) return fail(done.error());
    if (auto held = hold_a_moment(); !held) return fail(held.error());
    if (copy_.entries + copy_.unpublished < at_least) {
      return fail(ErrorKind::corrupted, "journal.older_than_desk",
                  fmt::format("{} entries, not {}", copy_.entries + copy_.unpublished, at_least));
    }
    for (auto step : {&Copying::put_tiles, &Copying::put_personal, &Copying::put_history,
                      &Copying::put_small_files}) {
      if (auto done = (this->*step)(); !done) return fail(done.error());
    }
    if (with_key) {
      if (auto done = copy_file("key/signing.pem"); !done) return fail(done.error());
      std::error_code error;
      fs::permissions(to_ / "key" / "signing.pem", fs::perms::owner_read | fs::perms::owner_write,
                      error);
    }
    const auto report = verify(to_);
    if (!report) return fail(report.error());
    if (!report->sound()) {
      const auto& first = report->findings.front();
      return fail(ErrorKind::corrupted, "journal.copy_unsound",
                  fmt::format("{} {}", first.code, first.detail));
    }
    return copy_;
  }

 private:
  /// A checkpoint and what is durable behind it. Publishing takes files out of the wal, so the two
  /// belong together only if the checkpoint is the same before and after.
  Status hold_a_moment() {
    for (int tries = 0; tries < tries_max; ++tries) {
      const auto before = read_checkpoint(from_, settings_);
      if (!before) return fail(before.error());
      const auto files = read_wal();
      const auto after = read_checkpoint(from_, settings_);
      if (files && after && after->body.size == before->body.size) {
        checkpoint_ = before->note.format();
        copy_.entries = before->body.size;
        copy_.root = before->body.root;
        for (const auto& [name, content] : *files) {
          if (auto put_file = put(fs::path("wal") / name, content); !put_file) return put_file;
        }
        const auto left = Wal::read(to_ / "wal", copy_.entries);
        if (!left) return fail(left.error());
        copy_.unpublished = left->size();
        return put("public/checkpoint", checkpoint_);
      }
      ::usleep(between_tries_us);
    }
    return fail(ErrorKind::unavailable, "journal.never_still", from_.string());
  }

  Result<std::map<std::string, std::string>> read_wal() {
    std::map<std::string, std::string> files;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(from_ / "wal", error)) {
      auto content = read_file(file.path());
      if (!content) return fail(content.error());
      files[file.path().filename().string()] = std::move(*content);
    }
    if (error) return fail(ErrorKind::not_found, "file.unreadable", error.message());
    return files;
  }

  /// Only the tiles of the checkpoint's own tree. A tile that has become full meanwhile begins with
  /// the one that was not.
  Status put_tiles() {
    const auto archived = archived_below(from_);
    if (!archived) return fail(archived.error());
    for (unsigned level = 0; level < 8 && copy_.entries >> (8 * level) > 0; ++level) {
      const std::uint64_t hashes = copy_.entries >> (8 * level);
      for (std::uint64_t number = 0; number * tile_width < hashes; ++number) {
        const auto width = std::min(tile_width, hashes - number * tile_width);
        auto tile =
            read_tile(tile_path(level, number, tile_width), tile_path(level, number, width));
        if (!tile) return fail(tile.error());
        tile->resize(std::min<std::size_t>(tile->size(), width * hash_bytes));
        if (auto done = put("public/" + tile_path(level, number, width), *tile); !done) return done;
      }
    }
    for (std::uint64_t number = *archived / tile_width; number * tile_width < copy_.entries;
         ++number) {
      const auto width = std::min(tile_width, copy_.entries - number * tile_width);
      auto bundle = read_tile(bundle_path(number, tile_width), bundle_path(number, width));
      if (!bundle) return fail(bundle.error());
      std::string content;
      for (std::uint64_t left = width; const auto entry : entries_of_bundle(*bundle)) {
        if (left-- == 0) break;
        add_to_bundle(content, entry);
      }
      if (auto done = put("public/" + bundle_path(number, width), content); !done) return done;
    }
    return {};
  }

  Result<std::string> read_tile(const std::string& full, const std::string& partial) {
    // The partial one goes away when the full one is there, so the order of looking matters.
    if (auto content = read_file(from_ / "public" / partial)) return content;
    return read_file(from_ / "public" / full);
  }

  Status put_personal() {
    for (std::uint64_t number = 0; number * tile_width < copy_.entries; ++number) {
      const auto path = fs::path("personal") / personal_path(number);
      std::error_code error;
      if (!fs::exists(from_ / path, error)) continue;
      if (auto done = copy_file(path); !done) return done;
    }
    return {};
  }

  Status put_history() {
    const auto content = read_file(from_ / "public" / "history");
    if (!content) return fail(content.error());
    std::string kept;
    for (const auto line : split(*content, '\n')) {
      const auto size = number_of_decimal(line.substr(0, line.find(' ')));
      if (size && *size <= copy_.entries) kept += std::string(line) + "\n";
    }
    return put("public/history", kept);
  }

  /// What is small and changes seldom: settings, public keys, witnesses.
  Status put_small_files() {
    if (auto done = put_files_of(""); !done) return done;
    return put_files_of("public");
  }

  /// The files of one folder that are not in the copy yet, as the checkpoint and the history are.
  /// What is being written aside is left out, as is what goes away meanwhile.
  Status put_files_of(const char* part) {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(from_ / part, error)) {
      const auto name = file.path().filename().string();
      if (!file.is_regular_file(error) || name.starts_with(".") || name.ends_with(".tmp")) continue;
      const auto path = fs::path(part) / name;
      if (fs::exists(to_ / path)) continue;
      if (auto done = copy_file(path); !done) {
        if (fs::exists(file.path(), error)) return done;
      }
    }
    return {};
  }

  Status copy_file(const fs::path& path) {
    const auto content = read_file(from_ / path);
    if (!content) return fail(content.error());
    return put(path, *content);
  }

  Status put(const fs::path& path, std::string_view content) {
    std::error_code error;
    const auto file = to_ / path;
    fs::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
    if (!out || error) return fail(ErrorKind::unavailable, "file.unwritable", file.string());
    return {};
  }

  const fs::path from_;
  const fs::path to_;
  const LogSettings settings_;
  std::string checkpoint_;
  LogCopy copy_;
};

}  // namespace

Result<LogCopy> copy_log(const fs::path& folder, const fs::path& to, bool with_key,
                         std::uint64_t at_least) {
  auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  return Copying(folder, to, std::move(*settings)).run(with_key, at_least);
}

}  // namespace anlan::journal
