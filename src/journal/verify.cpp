#include "journal/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "journal/encoding.hpp"
#include "journal/files.hpp"
#include "journal/tiles.hpp"
#include "journal/tree_edge.hpp"
#include "journal/witness.hpp"

namespace anlan::journal {
namespace {

constexpr std::size_t hash_bytes = 32;

/// A checkpoint the tree must agree with at its size.
struct Held {
  std::uint64_t size;
  Hash root;
  std::string where;
  bool elsewhere = false;  ///< kept outside the log's own folder
};

class Verifying {
 public:
  Verifying(std::filesystem::path folder, LogSettings settings, const VerifyOptions& options)
      : folder_(std::move(folder)),
        public_(folder_ / "public"),
        settings_(std::move(settings)),
        options_(options),
        edge_(settings_.suite) {}

  VerifyReport run() {
    const auto lock = FileLock::take(folder_ / ".lock");
    report_.in_use = !lock;
    const auto checkpoint = read_checkpoint(folder_, settings_);
    if (!checkpoint) {
      // Without a signed size, the tree is read as far as its bundles go.
      find(std::nullopt, checkpoint.error().code,
           "public/checkpoint: " + checkpoint.error().detail);
    } else {
      report_.entries = checkpoint->body.size;
    }
    check_keys();
    const auto limit = archived_below(folder_);
    if (!limit) find(std::nullopt, limit.error().code, limit.error().detail);
    archived_below_ = limit ? *limit : 0;
    gather_witnessed();
    gather_checkpoints();
    if (!checkpoint) report_.entries = size_by_history();
    if (!report_.in_use) read_unpublished();
    check_truncated();
    walk();
    if (options_.visit) {
      for (const auto& record : unpublished_) options_.visit(record.index, record.entry);
    }
    report_.root = edge_.root();
    if (checkpoint && report_.root != checkpoint->body.root) {
      find_unless_explained(sound_to_, checkpoint->body.size, "journal.root_differs",
                            "the tree is not the one that was signed");
    }
    check_erased();
    check_archived();
    if (!report_.in_use) check_nothing_beyond();
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) {
                       return a.index.value_or(UINT64_MAX) < b.index.value_or(UINT64_MAX);
                     });
    report_.findings.insert(report_.findings.end(), without_act_.begin(), without_act_.end());
    return std::move(report_);
  }

 private:
  void find(std::optional<std::uint64_t> index, std::string code, std::string detail) {
    constexpr std::size_t findings_max = 100;  // our choice: the first ones tell the story
    if (report_.findings.size() < findings_max) {
      report_.findings.push_back({index, std::move(code), std::move(detail)});
    }
  }
  /// A root that differs follows from every damaged entry below it; it is told only if none is
  /// known.
  void find_unless_explained(std::uint64_t from, std::uint64_t to, std::string code,
                             const std::string& detail) {
    const bool explained =
        std::any_of(report_.findings.begin(), report_.findings.end(),
                    [&](const Finding& finding) { return finding.index && *finding.index < to; });
    if (explained) return;
    if (from >= to) from = to == 0 ? 0 : to - 1;
    find(from, std::move(code),
         from + 1 == to ? detail : fmt::format("entries {} to {}: {}", from, to - 1, detail));
  }

  void check_keys() {
    for (const auto& [name, expected] :
         {std::pair<const char*, std::string>{"log.vkey", settings_.verifier.text() + "\n"},
          {"log.pem", settings_.verifier.key.pem()}}) {
      const auto content = read_file(public_ / name);
      if (!content || *content != expected) {
        find(std::nullopt, "journal.key", fmt::format("public/{} is not the log's key", name));
      }
    }
    // A copy given to an auditor has no private key, and they may not read the one here.
    const auto file = folder_ / "key" / "signing.pem";
    std::error_code error;
    if (!std::filesystem::exists(file, error) || !read_file(file)) return;
    const auto key = PrivateKey::load(settings_.suite, file);
    if (!key) return find(std::nullopt, key.error().code, key.error().detail);
    if (key->public_key().raw() != settings_.verifier.key.raw()) {
      find(std::nullopt, "journal.key", "key/signing.pem is not the log's key");
    }
  }

  void read_unpublished() {
    auto left = Wal::inspect(folder_ / "wal", report_.entries);
    if (!left) return find(report_.entries, left.error().code, left.error().detail);
    report_.unpublished = left->records.size();
    unpublished_ = std::move(left->records);
    if (left->damage) {
      find(left->damage->index, "journal.damaged",
           fmt::format("{}: {}", left->damage->file.filename().string(), left->damage->what));
    }
  }

  /// The checkpoint that witnesses cosigned: each signature under it is the log's or one of theirs.
  void gather_witnessed() {
    const auto wrong = [&](const Error& error, const char* file) {
      find(std::nullopt, error.code, fmt::format("{}: {}", file, error.detail));
    };
    const auto witnesses = read_witnesses(folder_);
    if (!witnesses) return wrong(witnesses.error(), "witnesses");
    const auto witnessed = read_witnessed(folder_, settings_);
    if (!witnessed) return wrong(witnessed.error(), "public/witnessed");
    if (!*witnessed) return;
    for (const auto& signature : (*witnessed)->note.signatures) {
      const Note alone{(*witnessed)->note.text, {signature}};
      const auto signs = [&](const Verifier& verifier) { return is_signed_by(alone, verifier); };
      if (signs(settings_.verifier) || std::any_of(witnesses->begin(), witnesses->end(), signs)) {
        continue;
      }
      find(std::nullopt, "journal.checkpoint",
           "public/witnessed: not a signature of the log or of a witness that counts");
    }
    const auto& body = (*witnessed)->body;
    held_.push_back({body.size, body.root, "public/witnessed", true});
  }

  /// The checkpoints this log signed, from its history, and those that the caller brings.
  void gather_checkpoints() {
    const auto history = read_file(public_ / "history");
    if (!history) {
      find(std::nullopt, "journal.history", "public/history is missing");
    } else {
      std::size_t number = 0;
      const auto whole = whole_lines(*history);
      const auto lines = split(std::string_view(*history).substr(0, whole), '\n');
      for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        ++number;
        if (!read_history_line(lines[i], number)) {
          find(std::nullopt, "journal.history",
               fmt::format("public/history:{}: not a checkpoint of this log", number));
        }
      }
      history_cut_ = whole != history->size();
    }
    for (const auto& text : options_.against) {
      auto checkpoint = parse_checkpoint(text, settings_);
      if (!checkpoint) {
        find(std::nullopt, checkpoint.error().code, checkpoint.error().detail);
        continue;
      }
      held_.push_back(
          {checkpoint->body.size, checkpoint->body.root, "a checkpoint kept elsewhere", true});
    }
    std::stable_sort(held_.begin(), held_.end(),
                     [](const Held& a, const Held& b) { return a.size < b.size; });
  }

  void check_truncated() {
    if (history_cut_ && report_.unpublished == 0 && !report_.in_use) {
      find(std::nullopt, "journal.history", "public/history: its last line is cut off");
    }
    for (const auto& held : held_) {
      if (held.size <= report_.entries) continue;
      // Between the history and the checkpoint a crash is possible; the entries are then in the
      // wal.
      if (held.size <= report_.entries + report_.unpublished || report_.in_use) continue;
      find(report_.entries, "journal.truncated",
           fmt::format("{} has {} entries, the log {}", held.where, held.size, report_.entries));
      break;
    }
  }

  bool read_history_line(std::string_view line, std::size_t number) {
    const auto words = split(line, ' ');
    if (words.size() != 3) return false;
    const auto size = number_of_decimal(words[0]);
    const auto root = bytes_of_base64(words[1]);
    const auto signature = bytes_of_base64(words[2]);
    if (!size || !root || root->size() != hash_bytes || !signature || signature->size() < 5) {
      return false;
    }
    const Hash hash = Hash::of_bytes(*root);
    const Note note{Checkpoint{settings_.origin, *size, hash}.text(),
                    {{settings_.origin, signature->substr(0, 4), signature->substr(4)}}};
    if (!is_signed_by(note, settings_.verifier)) return false;
    held_.push_back({*size, hash, fmt::format("public/history:{}", number), false});
    return true;
  }

  std::uint64_t size_by_history() const { return held_.empty() ? 0 : held_.back().size; }

  void walk() {
    check_held();
    for (std::uint64_t bundle = 0; bundle * tile_width < report_.entries; ++bundle) {
      walk_bundle(bundle, width_of_tile(0, bundle, report_.entries));
    }
    const auto& tiles = edge_.tiles();
    for (unsigned level = 0; level < tiles.size(); ++level) {
      const std::uint64_t hashes = report_.entries >> (8 * level);
      if (hashes % tile_width != 0) compare_tile(level, hashes / tile_width, tiles[level]);
    }
  }

  /// The content of a bundle, and whether it was found.
  std::optional<std::string> bundle_content(std::uint64_t bundle, std::uint64_t width) {
    std::vector<std::filesystem::path> places = {public_ / bundle_path(bundle, width)};
    if (width < tile_width) places.push_back(public_ / bundle_path(bundle, tile_width));
    for (const auto& archive : options_.archives) {
      places.push_back(archive / bundle_path(bundle, tile_width));
    }
    for (const auto& place : places) {
      if (auto content = read_file(place)) return std::move(*content);
    }
    return std::nullopt;
  }

  void walk_bundle(std::uint64_t bundle, std::uint64_t width) {
    const std::uint64_t first = bundle * tile_width;
    const std::string leaves = stored_tile(0, bundle, width);
    const auto content = bundle_content(bundle, width);
    if (!content && first + width <= archived_below_) {
      // Off-line: the hashes stand in, and the root shows that they are the ones signed.
      report_.archived += width;
      for (std::uint64_t i = 0; i < width; ++i) {
        if (leaves.size() < (i + 1) * hash_bytes) {
          find(first + i, "journal.tile_wrong",
               tile_path(0, bundle, width) + " is missing or short");
          return;
        }
        add_leaf(Hash::of_bytes(std::string_view(leaves).substr(i * hash_bytes, hash_bytes)));
      }
      return;
    }
    const auto entries = content ? entries_of_bundle(*content) : std::vector<std::string_view>{};
    read_personal(bundle);
    std::size_t used = 0;
    for (std::uint64_t i = 0; i < width; ++i) {
      const std::uint64_t index = first + i;
      const bool has_leaf = leaves.size() >= (i + 1) * hash_bytes;
      const auto leaf =
          has_leaf ? Hash::of_bytes(std::string_view(leaves).substr(i * hash_bytes, hash_bytes))
                   : Hash{};
      if (i >= entries.size()) {
        find(index, "journal.entry_missing",
             bundle_path(bundle, width) + (content ? " ends before it" : " is missing"));
        // The leaf hashes go on, so that what lies behind can still be judged.
        for (std::uint64_t rest = i; rest < width && leaves.size() >= (rest + 1) * hash_bytes;
             ++rest) {
          add_leaf(Hash::of_bytes(std::string_view(leaves).substr(rest * hash_bytes, hash_bytes)));
        }
        return;
      }
      used += 2 + entries[i].size();
      const Hash own = leaf_hash(settings_.suite, entries[i]);
      if (!has_leaf) {
        find(index, "journal.tile_wrong", tile_path(0, bundle, width) + " is missing or short");
      } else if (own != leaf) {
        find(index, "journal.entry_changed",
             fmt::format("{} and {} disagree", bundle_path(bundle, width),
                         tile_path(0, bundle, width)));
      }
      add_leaf(own);
      check_entry(index, entries[i]);
    }
    // A full bundle may stand in for a partial one while the log grows.
    if (content && used != content->size() && width == tile_width) {
      find(first + width - 1, "journal.entry_changed",
           bundle_path(bundle, width) + ": bytes behind its last entry");
    }
    std::vector<std::size_t> ends = {0};
    for (const auto entry : entries) ends.push_back(ends.back() + 2 + entry.size());
    check_partials(bundle_path(bundle, tile_width), 0, bundle, width, *content, ends,
                   [&](std::size_t i) { return first + i; });
  }

  void add_leaf(const Hash& leaf) {
    (void)edge_
        .add(leaf,
             [&](unsigned level, std::uint64_t number, const std::string& tile) -> Status {
               compare_tile(level, number, tile);
               return {};
             })
        .has_value();
    check_held();
  }

  /// Compares the tree so far with the checkpoints of this size.
  void check_held() {
    for (; next_held_ < held_.size() && held_[next_held_].size <= edge_.size(); ++next_held_) {
      const auto& held = held_[next_held_];
      ++report_.checkpoints;
      // The log's own history may have been forged with its key; what lies elsewhere was not.
      std::uint64_t& sound_to = held.elsewhere ? sound_to_elsewhere_ : sound_to_;
      bool& broken = held.elsewhere ? elsewhere_broken_ : history_broken_;
      if (edge_.root() == held.root) {
        sound_to = held.size;
      } else if (!broken) {
        broken = true;
        find_unless_explained(sound_to, held.size, "journal.entry_changed",
                              "not what was signed (" + held.where + ")");
      }
    }
  }

  std::string stored_tile(unsigned level, std::uint64_t number, std::uint64_t width) {
    auto content = read_file(public_ / tile_path(level, number, width));
    if (!content && width < tile_width) {
      content = read_file(public_ / tile_path(level, number, tile_width));
    }
    return content ? std::move(*content) : std::string();
  }

  void compare_tile(unsigned level, std::uint64_t number, const std::string& tile) {
    const std::uint64_t width = tile.size() / hash_bytes;
    const std::string stored = stored_tile(level, number, width);
    const std::string path = tile_path(level, number, width);
    const auto first_of = [&](std::size_t hash) {
      return (number * tile_width + hash) << (8 * level);
    };
    // Level 0 was compared entry by entry.
    for (std::size_t i = 0; level > 0 && i < width; ++i) {
      const auto hash = std::string_view(tile).substr(i * hash_bytes, hash_bytes);
      const bool there = stored.size() >= (i + 1) * hash_bytes;
      if (there && std::string_view(stored).substr(i * hash_bytes, hash_bytes) == hash) continue;
      find_unless_explained(first_of(i), first_of(i + 1), "journal.tile_wrong",
                            path + " is not made of the tiles below");
      break;
    }
    if (stored.size() > tile.size() && width == tile_width) {
      find(first_of(width - 1), "journal.tile_wrong", path + ": bytes behind its last hash");
    }
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i <= width; ++i) ends.push_back(i * hash_bytes);
    check_partials(tile_path(level, number, tile_width), level, number, width, tile, ends,
                   first_of);
  }

  /// Whether a checkpoint was signed whose tree has `hashes` hashes at that level.
  bool was_signed(unsigned level, std::uint64_t hashes) const {
    const auto first =
        std::lower_bound(held_.begin(), held_.end(), hashes << (8 * level),
                         [](const Held& held, std::uint64_t size) { return held.size < size; });
    return first != held_.end() && first->size >> (8 * level) == hashes;
  }

  /// Every smaller tile that was signed and is still there is the beginning of this one, whose
  /// parts end at `ends` and stand for the entries from `first_of(part)` on.
  template <class FirstOf>
  void check_partials(const std::string& full_path, unsigned level, std::uint64_t number,
                      std::uint64_t width, std::string_view content,
                      const std::vector<std::size_t>& ends, const FirstOf& first_of) {
    std::error_code error;
    for (const auto& file :
         std::filesystem::directory_iterator(public_ / (full_path + ".p"), error)) {
      const std::string name = file.path().filename().string();
      const auto count = number_of_decimal(name);
      const std::string path = full_path + ".p/" + name;
      if (!count || *count == 0 || *count >= tile_width) {
        find(std::nullopt, "journal.file_unexpected", path);
        continue;
      }
      // The one of this width was compared already; a larger one is beyond the checkpoint, and one
      // whose size was never signed is what a crash or a full disk left: nobody refers to it.
      if (*count >= width || *count >= ends.size()) continue;
      if (!was_signed(level, number * tile_width + *count)) continue;
      const auto partial = read_file(file.path());
      const auto expected = content.substr(0, ends[*count]);
      if (partial && *partial == expected) continue;
      const std::string_view found = partial ? std::string_view(*partial) : std::string_view();
      std::size_t part = 0;
      while (part + 1 < *count &&
             found.substr(0, ends[part + 1]) == expected.substr(0, ends[part + 1])) {
        ++part;
      }
      find_unless_explained(first_of(part), first_of(part + 1), "journal.partial_wrong",
                            path + " is not the beginning of its tile");
    }
  }

  void check_entry(std::uint64_t index, std::string_view entry) {
    const auto time = time_of_entry(entry);
    if (!time) {
      find(index, "journal.entry", "not an entry of this journal");
    } else {
      if (*time < last_time_) find(index, "journal.time", "earlier than the entry before it");
      last_time_ = *time;
    }
    const auto act = word_of_entry(entry, "act");
    const auto subject = word_of_entry(entry, "subject");
    if (act == "journal.erase" && subject.starts_with("entry:")) {
      if (const auto erased = number_of_decimal(subject.substr(6))) erase_acts_[*erased] = index;
    }
    if (act == "journal.archive" && subject.starts_with("entries-below:")) {
      if (const auto limit = number_of_decimal(subject.substr(14))) archive_acts_.push_back(*limit);
    }
    check_personal(index, entry);
    if (options_.visit) options_.visit(index, entry);
  }

  void read_personal(std::uint64_t bundle) {
    personal_.clear();
    std::vector<std::filesystem::path> places = {folder_ / "personal" / personal_path(bundle)};
    for (const auto& archive : options_.archives) {
      places.push_back(archive / "personal" / personal_path(bundle));
    }
    for (const auto& place : places) {
      const auto content = read_file(place);
      if (!content) continue;
      auto lines = personal_lines(*content);
      if (personal_content(lines) != *content) {
        find(bundle * tile_width, "journal.personal_changed",
             "personal/" + personal_path(bundle) + ": a line that is none");
      }
      for (auto& line : lines) {
        if (line.index / tile_width != bundle || !personal_.emplace(line.index, line.text).second) {
          find(bundle * tile_width, "journal.personal_changed",
               "personal/" + personal_path(bundle) + ": a line that does not belong there");
        }
      }
      return;
    }
  }

  void check_personal(std::uint64_t index, std::string_view entry) {
    const auto hash = personal_hash_of_entry(entry);
    const auto line = personal_.find(index);
    if (hash.empty()) {
      if (line != personal_.end()) {
        find(index, "journal.personal_changed", "a personal part that the entry does not know of");
      }
      return;
    }
    if (line == personal_.end()) {
      return find(index, "journal.personal_missing", "its personal part is not there");
    }
    if (line->second.starts_with("erased ")) {
      const auto by = number_of_decimal(std::string_view(line->second).substr(7));
      erased_[index] = by.value_or(UINT64_MAX);
      return;
    }
    const auto own = personal_hash(settings_.suite, line->second);
    if (!own || *own != hash) {
      find(index, "journal.personal_changed", "its personal part is not the one committed to");
    }
  }

  void check_erased() {
    for (const auto& [index, by] : erased_) {
      const auto act = erase_acts_.find(index);
      if (act == erase_acts_.end() || act->second != by) {
        without_act_.push_back(
            {index, "journal.personal_missing", "erased without an entry that says so"});
      } else {
        ++report_.erased;
      }
    }
    const auto begun = erasure_begun(folder_);
    for (const auto& [index, by] : erase_acts_) {
      if (begun && begun->index == index) continue;  // the next opening ends it
      if (!erased_.contains(index) && index >= archived_below_) {
        find(index, "journal.erase_unfinished",
             fmt::format("entry {} erased it, and it is still there; erase it again", by));
      }
    }
  }

  void check_archived() {
    if (archived_below_ == 0) return;
    if (std::find(archive_acts_.begin(), archive_acts_.end(), archived_below_) ==
        archive_acts_.end()) {
      without_act_.push_back(
          {0, "journal.entry_missing", "taken off-line without an entry that says so"});
    }
  }

  /// Tiles of a larger tree than the checkpoint's: left by a crash if the wal has the entries too.
  void check_nothing_beyond() {
    const std::uint64_t known = report_.entries + report_.unpublished;
    const std::uint64_t bundle = report_.entries / tile_width;
    std::uint64_t most = 0;
    for (std::uint64_t number = bundle; number < bundle + 2; ++number) {
      for (const auto& path : {bundle_path(number, tile_width), tile_path(0, number, tile_width)}) {
        if (std::filesystem::exists(public_ / path))
          most = std::max(most, (number + 1) * tile_width);
        std::error_code error;
        for (const auto& file :
             std::filesystem::directory_iterator(public_ / (path + ".p"), error)) {
          const auto count = number_of_decimal(file.path().filename().string());
          if (count) most = std::max(most, number * tile_width + *count);
        }
      }
    }
    if (most > known) {
      find(known, "journal.truncated",
           fmt::format("there are tiles of {} entries, the checkpoint has {}", most,
                       report_.entries));
    }
  }

  const std::filesystem::path folder_;
  const std::filesystem::path public_;
  const LogSettings settings_;
  const VerifyOptions& options_;
  VerifyReport report_;
  TreeEdge edge_;
  std::uint64_t archived_below_ = 0;
  std::vector<Held> held_;
  std::size_t next_held_ = 0;
  bool history_cut_ = false;
  bool history_broken_ = false;
  bool elsewhere_broken_ = false;
  std::uint64_t sound_to_elsewhere_ = 0;
  std::uint64_t sound_to_ = 0;  ///< the tree of this size is one that was signed
  WallTime last_time_{};
  std::vector<Placed> unpublished_;
  std::map<std::uint64_t, std::string> personal_;  ///< of the bundle at hand
  std::vector<Finding> without_act_;  ///< told last: they may follow from a damaged entry
  std::map<std::uint64_t, std::uint64_t> erased_;
  std::map<std::uint64_t, std::uint64_t> erase_acts_;
  std::vector<std::uint64_t> archive_acts_;
};

}  // namespace

std::filesystem::path erasure_file(const std::filesystem::path& folder) {
  return folder / "erasing";
}

std::optional<Erasure> erasure_begun(const std::filesystem::path& folder) {
  const auto text = read_file(erasure_file(folder));
  if (!text) return std::nullopt;
  const auto words = split(trim(*text), ' ');
  const auto index = words.size() == 2 ? number_of_decimal(words[0]) : std::nullopt;
  const auto from = words.size() == 2 ? number_of_decimal(words[1]) : std::nullopt;
  if (!index || !from) return std::nullopt;
  return Erasure{*index, *from};
}

std::filesystem::path archived_limit_file(const std::filesystem::path& folder) {
  return folder / "archived";
}

Result<std::uint64_t> archived_below(const std::filesystem::path& folder) {
  const auto file = archived_limit_file(folder);
  if (!std::filesystem::exists(file)) return std::uint64_t{0};
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  const auto limit = number_of_decimal(trim(*text));
  if (!limit || *limit % tile_width != 0 || *text != std::to_string(*limit) + "\n") {
    return fail(ErrorKind::corrupted, "journal.damaged", "archived: not a count of whole bundles");
  }
  return *limit;
}

Result<VerifyReport> verify(const std::filesystem::path& folder, const VerifyOptions& options) {
  auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  return Verifying(folder, std::move(*settings), options).run();
}

}  // namespace anlan::journal
