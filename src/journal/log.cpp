#include "journal/log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "journal/encoding.hpp"
#include "journal/files.hpp"
#include "journal/tiles.hpp"

namespace anlan::journal {
namespace {

using Json = nlohmann::ordered_json;

tl::unexpected<Error> unwritable(const std::filesystem::path& path, int cause) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(cause));
}

/// Cuts off a last line that a crash left torn; the size of the rest.
Result<off_t> cut_to_whole_lines(int file, const std::filesystem::path& path) {
  constexpr off_t looked_at = 65'536;  // our choice: far longer than two lines
  const off_t all = ::lseek(file, 0, SEEK_END);
  std::string tail(static_cast<std::size_t>(std::min(all, looked_at)), '\0');
  const off_t begin = all - static_cast<off_t>(tail.size());
  if (::pread(file, tail.data(), tail.size(), begin) != static_cast<ssize_t>(tail.size())) {
    return unwritable(path, errno);
  }
  const off_t end = begin + static_cast<off_t>(whole_lines(tail));
  if (end != all && ::ftruncate(file, end) != 0) return unwritable(path, errno);
  return end;
}

Status append_line(const std::filesystem::path& path, std::string_view line) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return unwritable(path, errno);
  const auto whole = cut_to_whole_lines(file, path);
  if (!whole) {
    ::close(file);
    return fail(whole.error());
  }
  auto written = write_all(file, line, path);
  if (written && ::fdatasync(file) != 0) written = unwritable(path, errno);
  // After a failed sync the kernel may never write these bytes: they are written anew next time.
  if (!written) (void)!::ftruncate(file, *whole);
  ::close(file);
  return written;
}

/// Two processes may want the log at once; a whole publication is over in well under a second, but
/// on a slow disk it need not be.
Result<FileLock> wait_for_lock(const std::filesystem::path& path) {
  for (;;) {
    auto lock = FileLock::take(path);
    if (lock || lock.error().code != "file.locked") return lock;
    ::usleep(2'000);
  }
}

Result<WallTime> time_of_last_entry(const std::filesystem::path& folder, Suite suite,
                                    std::uint64_t size) {
  if (size == 0) return WallTime{};
  TileReader tiles(folder / "public", suite, size);
  const auto bundle = tiles.bundle((size - 1) / tile_width);
  if (!bundle) {
    // An archived bundle is a full one; the log's time is then that of its last checkpoint's file.
    return WallTime{};
  }
  const auto entries = entries_of_bundle(*bundle);
  const std::uint64_t inside = (size - 1) % tile_width;
  if (entries.size() <= inside) {
    return fail(ErrorKind::corrupted, "journal.damaged",
                fmt::format("entry {}: cut off", size - 1));
  }
  const auto time = time_of_entry(entries[inside]);
  if (!time) {
    return fail(ErrorKind::corrupted, "journal.damaged",
                fmt::format("entry {}: no time", size - 1));
  }
  return *time;
}

Status sign_and_write(const std::filesystem::path& folder, const LogSettings& settings,
                      const PrivateKey& key, std::uint64_t size, const Hash& root) {
  const Checkpoint checkpoint{settings.origin, size, root};
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(key, settings.origin, note.text));
  if (auto kept = append_line(folder / "public" / "history",
                              history_line(checkpoint, note.signatures.front()));
      !kept) {
    return kept;
  }
  return write_file(folder / "public" / "checkpoint", note.format());
}

}  // namespace

std::string settings_text(const LogSettings& settings) {
  const Json json = {{"origin", settings.origin},
                     {"suite", suite_name(settings.suite)},
                     {"verifier", settings.verifier.text()}};
  return json.dump(2) + "\n";
}

std::string history_line(const Checkpoint& checkpoint, const NoteSignature& signature) {
  return fmt::format("{} {} {}\n", checkpoint.size, base64(checkpoint.root.view()),
                     base64(signature.id + signature.bytes));
}

Result<LogSettings> read_settings(const std::filesystem::path& folder) {
  const auto file = folder / "log.json";
  if (!std::filesystem::exists(file)) {
    return fail(ErrorKind::not_found, "journal.missing", folder.string());
  }
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorKind::corrupted, "journal.settings", file.string() + ": " + what);
  };
  try {
    const auto json = Json::parse(*text);
    const auto suite = suite_called(json.at("suite").get<std::string>());
    if (!suite) return wrong("no such suite");
    auto verifier = Verifier::parse(json.at("verifier").get<std::string>());
    if (!verifier) return wrong("the verifier is malformed");
    LogSettings settings{*suite, json.at("origin").get<std::string>(), std::move(*verifier)};
    if (settings.verifier.key.suite() != *suite || settings.verifier.name != settings.origin) {
      return wrong("the verifier is not of this log");
    }
    if (settings_text(settings) != *text) return wrong("not as it was written");
    return settings;
  } catch (const Json::exception& error) {
    return wrong(printable(error.what()));
  }
}

Result<SignedCheckpoint> parse_checkpoint(std::string_view text, const LogSettings& settings) {
  auto note = Note::parse(text);
  if (!note) return fail(note.error());
  auto body = Checkpoint::parse(note->text);
  if (!body) return fail(body.error());
  if (body->origin != settings.origin) {
    return fail(ErrorKind::corrupted, "journal.checkpoint",
                "of another log: " + printable(body->origin));
  }
  if (!is_signed_by(*note, settings.verifier)) {
    return fail(ErrorKind::corrupted, "journal.checkpoint", "its signature is wrong");
  }
  return SignedCheckpoint{std::move(*note), std::move(*body)};
}

Result<SignedCheckpoint> read_checkpoint(const std::filesystem::path& folder,
                                         const LogSettings& settings) {
  const auto text = read_file(folder / "public" / "checkpoint");
  if (!text) {
    return fail(ErrorKind::corrupted, "journal.damaged", "public/checkpoint is missing");
  }
  return parse_checkpoint(*text, settings);
}

Status Log::make(const std::filesystem::path& folder, Suite suite, const std::string& origin) {
  if (std::filesystem::exists(folder / "log.json")) {
    return fail(ErrorKind::conflict, "journal.exists", folder.string());
  }
  // `log.json` comes last: without it nothing was ever acknowledged, unless somebody took it away.
  if (std::filesystem::exists(folder / "public" / "tile")) {
    return fail(ErrorKind::corrupted, "journal.settings", "log.json is missing beside entries");
  }
  std::error_code error;
  for (const char* part : {"public", "wal", "personal", "key", "intents"}) {
    std::filesystem::create_directories(folder / part, error);
    if (error) return unwritable(folder / part, error.value());
  }
  for (const char* part : {"wal", "personal", "key", "intents"}) {
    std::filesystem::permissions(folder / part, std::filesystem::perms::owner_all, error);
    if (error) return unwritable(folder / part, error.value());
  }
  std::filesystem::remove(folder / "public" / "history", error);
  std::filesystem::remove(folder / "key" / "signing.pem", error);
  const auto key = PrivateKey::make(suite);
  if (auto saved = key.save(folder / "key" / "signing.pem"); !saved) return saved;
  auto verifier = Verifier::parse(Verifier{origin, SignatureType::log, key.public_key()}.text());
  if (!verifier) {
    return fail(ErrorKind::invalid_input, "journal.origin",
                origin + ": expected ASCII without spaces and plus");
  }
  const LogSettings settings{suite, origin, std::move(*verifier)};
  if (auto signed_empty = sign_and_write(folder, settings, key, 0, empty_root(suite));
      !signed_empty) {
    return signed_empty;
  }
  for (const auto& [name, content] :
       {std::pair<const char*, std::string>{"log.vkey", settings.verifier.text() + "\n"},
        {"log.pem", key.public_key().pem()}}) {
    if (auto written = write_file(folder / "public" / name, content); !written) return written;
  }
  return write_file(folder / "log.json", settings_text(settings));
}

Result<Log> Log::open_for_repair(const std::filesystem::path& folder, bool wait) {
  auto settings = read_settings(folder);
  if (!settings) return fail(settings.error());
  auto lock = wait ? wait_for_lock(folder / ".lock") : FileLock::take(folder / ".lock");
  if (!lock) return fail(lock.error());
  auto key = PrivateKey::load(settings->suite, folder / "key" / "signing.pem");
  if (!key) return fail(key.error());
  if (key->public_key().raw() != settings->verifier.key.raw()) {
    return fail(ErrorKind::corrupted, "journal.key", "not the key that log.json names");
  }
  const auto checkpoint = read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  const std::uint64_t size = checkpoint->body.size;
  auto tree = TreeFiles::open(folder, settings->suite, size);
  if (!tree) return fail(tree.error());
  if (tree->root() != checkpoint->body.root) {
    return fail(ErrorKind::corrupted, "journal.damaged",
                "the tiles do not lead to the checkpoint's root; see anlan journal verify");
  }
  const auto last = time_of_last_entry(folder, settings->suite, size);
  if (!last) return fail(last.error());
  Log log(folder, std::move(*lock), std::move(*settings), std::move(*key), std::move(*tree));
  log.next_ = size;
  *log.published_ = size;
  log.last_time_ = *last;
  return log;
}

Result<Log> Log::open(const std::filesystem::path& folder, bool wait) {
  auto log = open_for_repair(folder, wait);
  if (!log) return log;
  auto left = Wal::read(folder / "wal", log->next_);
  if (!left) return fail(left.error());
  if (left->empty()) return log;
  if (auto synced = Wal::sync(folder / "wal"); !synced) return fail(synced.error());
  const auto time = time_of_entry(left->back().entry);
  if (!time) {
    return fail(ErrorKind::corrupted, "journal.damaged",
                fmt::format("entry {}: no time", left->back().index));
  }
  log->next_ += left->size();
  log->last_time_ = *time;
  log->unpublished_ = std::move(*left);
  return log;
}

Status Log::append(std::vector<Placed> records, WallTime last_time) {
  for (const auto& record : records) CHECK(record.index == next_ + (&record - records.data()));
  if (auto appended = wal_.append(records); !appended) return appended;
  next_ += records.size();
  last_time_ = last_time;
  unpublished_.insert(unpublished_.end(), std::make_move_iterator(records.begin()),
                      std::make_move_iterator(records.end()));
  return {};
}

void Log::begin_publication() {
  // What an earlier try could not write stands first.
  publishing_.insert(publishing_.end(), std::make_move_iterator(unpublished_.begin()),
                     std::make_move_iterator(unpublished_.end()));
  unpublished_.clear();
  wal_.rotate();
}

Status Log::write_publication() {
  if (publishing_.empty()) return {};
  // The tree may have them already, and only the checkpoint failed.
  const auto first = std::find_if(publishing_.begin(), publishing_.end(),
                                  [&](const auto& record) { return record.index == tree_.size(); });
  if (auto added = tree_.add({first, publishing_.end()}); !added) return added;
  if (auto written = sign_and_write(folder_, settings_, key_, tree_.size(), tree_.root());
      !written) {
    return written;
  }
  *published_ = tree_.size();
  return {};
}

Status Log::end_publication() {
  publishing_.clear();
  tree_.sweep();
  return wal_.remove_below(tree_.size());
}

Status Log::publish() {
  begin_publication();
  if (auto written = write_publication(); !written) return written;
  return end_publication();
}

}  // namespace anlan::journal
