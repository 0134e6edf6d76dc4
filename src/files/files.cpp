#include "files/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "base/file.hpp"
#include "journal/outbox.hpp"

namespace anlan::files {
namespace {

namespace fs = std::filesystem;

constexpr const char* incoming_name = ".incoming";

tl::unexpected<Error> unwritable(const fs::path& path) {
  return fail(ErrorKind::unavailable, "file.unwritable", path.string());
}

Status make_private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_path(folder.parent_path());
  std::error_code error;
  return fs::is_directory(folder, error) ? Status() : Status(unwritable(folder));
}

KeptFile kept_from(const store::Row& row) {
  return {row.text("sha256"), static_cast<std::uint64_t>(row.integer("bytes")),
          media_named(row.text("media")).value_or(Media::text), Instant{row.integer("kept_at")}};
}

GivenFile given_from(const store::Row& row) {
  return {kept_from(row), row.text("given_by"), row.text("name"), Instant{row.integer("given_at")}};
}

constexpr const char* select_given =
    "SELECT k.sha256, k.bytes, k.media, k.kept_at, g.given_by, g.name, g.given_at FROM given_file g"
    " JOIN kept_file k ON k.sha256 = g.sha256 WHERE g.given_by = ?";

/// The length of the UTF-8 character that begins a text; 0 if it is malformed.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xC2 ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  }
  return size;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

fs::path path_of(const fs::path& folder, std::string_view sha256) {
  return folder / std::string(sha256.substr(0, 2)) / std::string(sha256);
}

Result<Incoming> Incoming::begin(const fs::path& folder, std::uint64_t bytes_max) {
  if (auto made = make_private_folder(folder); !made) return fail(made.error());
  if (auto made = make_private_folder(folder / incoming_name); !made) return fail(made.error());
  Incoming incoming;
  incoming.folder_ = folder;
  incoming.bytes_max_ = bytes_max;
  std::string path = (folder / incoming_name / "XXXXXX").string();
  incoming.file_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (incoming.file_ < 0) return unwritable(folder / incoming_name);
  incoming.path_ = path;
  return incoming;
}

Incoming::Incoming(Incoming&& other) noexcept
    : folder_(std::move(other.folder_)),
      path_(std::exchange(other.path_, {})),
      file_(std::exchange(other.file_, -1)),
      bytes_(other.bytes_),
      bytes_max_(other.bytes_max_),
      hash_(std::move(other.hash_)),
      sha256_(std::move(other.sha256_)) {}

Incoming& Incoming::operator=(Incoming&& other) noexcept {
  if (this == &other) return *this;
  drop();
  folder_ = std::move(other.folder_);
  path_ = std::exchange(other.path_, {});
  file_ = std::exchange(other.file_, -1);
  bytes_ = other.bytes_;
  bytes_max_ = other.bytes_max_;
  hash_ = std::move(other.hash_);
  sha256_ = std::move(other.sha256_);
  return *this;
}

Incoming::~Incoming() {
  drop();
}

void Incoming::drop() {
  if (file_ >= 0) ::close(file_);
  if (!path_.empty()) ::unlink(path_.c_str());
  file_ = -1;
  path_.clear();
}

Status Incoming::take(std::string_view piece) {
  if (piece.size() > bytes_max_ - bytes_) {
    return fail(ErrorKind::invalid_input, "file.too_large", std::to_string(bytes_max_));
  }
  hash_.add(piece);
  bytes_ += piece.size();
  while (!piece.empty()) {
    const auto written = ::write(file_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return unwritable(path_);
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

const std::string& Incoming::sha256() {
  if (sha256_.empty()) sha256_ = hash_.hex();
  return sha256_;
}

Result<Media> Incoming::put_in_place() {
  const auto place = path_of(folder_, sha256());
  std::error_code error;
  // Put there by a run of this work that was begun again.
  if (path_.empty() && fs::exists(place, error)) return media_of(place);
  auto media = media_of(path_);
  if (!media) return media;
  if (auto made = make_private_folder(place.parent_path()); !made) return fail(made.error());
  if (::fchmod(file_, 0600) != 0 || ::fsync(file_) != 0) return unwritable(path_);
  if (::rename(path_.c_str(), place.c_str()) != 0) return unwritable(place);
  path_.clear();
  if (auto synced = sync_path(place.parent_path()); !synced) return fail(synced.error());
  return media;
}

Result<std::string> name_kept(std::string_view name) {
  constexpr std::size_t characters_max = 120;
  if (const auto slash = name.find_last_of("/\\"); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  std::string kept;
  for (std::size_t characters = 0; !name.empty() && characters < characters_max;) {
    const auto size = character_bytes(name);
    if (size == 0) return fail(ErrorKind::invalid_input, "file.name", "UTF-8");
    const auto lead = static_cast<unsigned char>(name.front());
    if (size > 1 || (lead >= 0x20 && lead != 0x7F && lead != '"')) {
      kept += name.substr(0, size);
      ++characters;
    }
    name.remove_prefix(size);
  }
  if (kept.find_first_not_of(". ") == std::string::npos) {
    return fail(ErrorKind::invalid_input, "file.name", "empty");
  }
  return kept;
}

Result<KeptFile> keep(store::Transaction& transaction, Incoming& file, Media media,
                      const std::string& name, const store::Stamp& stamp) {
  const auto kept_name = name_kept(name);
  if (!kept_name) return fail(kept_name.error());
  const std::string sha256 = file.sha256();
  const auto bytes = static_cast<std::int64_t>(file.bytes());
  const auto known = transaction.query_one("SELECT * FROM kept_file WHERE sha256 = ?", {sha256});
  if (!known) return fail(known.error());
  if (!*known) {
    const auto added =
        transaction.run("INSERT INTO kept_file (sha256, bytes, media, kept_at) VALUES (?, ?, ?, ?)",
                        {sha256, bytes, std::string(word_of(media)), stamp.at.ms});
    if (!added) return fail(added.error());
  }
  const auto given = transaction.run(
      "INSERT INTO given_file (sha256, given_by, name, given_at) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (given_by, sha256) DO UPDATE SET name = excluded.name",
      {sha256, stamp.by, *kept_name, stamp.at.ms});
  if (!given) return fail(given.error());
  const KeptFile kept =
      *known ? kept_from(**known) : KeptFile{sha256, file.bytes(), media, stamp.at};
  journal::Act act{.act = "file.kept", .who = stamp.by, .subject = "file:" + sha256};
  if (*known) act.outcome = "unchanged";
  act.refs["media"] = std::string(word_of(kept.media));
  act.counts["bytes"] = bytes;
  act.personal["name"] = *kept_name;
  if (auto told = journal::tell(transaction, act, stamp.at); !told) return fail(told.error());
  return kept;
}

Result<KeptFile> find(store::Transaction& transaction, const std::string& sha256) {
  const auto row = transaction.query_one("SELECT * FROM kept_file WHERE sha256 = ?", {sha256});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "file.not_kept", sha256);
  return kept_from(**row);
}

Result<std::optional<GivenFile>> given_by(store::Transaction& transaction,
                                          const std::string& sha256, const std::string& by) {
  const auto row =
      transaction.query_one(std::string(select_given) + " AND g.sha256 = ?", {by, sha256});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<GivenFile>{};
  return std::optional<GivenFile>(given_from(**row));
}

Result<std::vector<GivenFile>> all_given_by(store::Transaction& transaction,
                                            const std::string& by) {
  const auto rows =
      transaction.query(std::string(select_given) + " ORDER BY g.given_at DESC, g.sha256", {by});
  if (!rows) return fail(rows.error());
  std::vector<GivenFile> all;
  for (const auto& row : *rows) all.push_back(given_from(row));
  return all;
}

Result<std::string> first_name(store::Transaction& transaction, const std::string& sha256) {
  const auto row = transaction.query_one(
      "SELECT name FROM given_file WHERE sha256 = ? ORDER BY given_at, given_by LIMIT 1", {sha256});
  if (!row) return fail(row.error());
  return *row ? (*row)->text("name") : std::string();
}

Result<std::vector<std::string>> all_kept(store::Transaction& transaction) {
  const auto rows = transaction.query("SELECT sha256 FROM kept_file ORDER BY sha256");
  if (!rows) return fail(rows.error());
  std::vector<std::string> all;
  for (const auto& row : *rows) all.push_back(row.text("sha256"));
  return all;
}

Result<std::vector<Damage>> damage(store::Transaction& transaction, const fs::path& folder,
                                   bool whole) {
  const auto rows = transaction.query("SELECT * FROM kept_file ORDER BY sha256");
  if (!rows) return fail(rows.error());
  std::vector<Damage> found;
  std::map<std::string, KeptFile> known;
  std::error_code error;
  for (const auto& row : *rows) {
    auto kept = kept_from(row);
    const auto path = path_of(folder, kept.sha256);
    if (!fs::is_regular_file(path, error)) {
      found.push_back({"files.missing", path.string()});
    } else {
      bool sound = fs::file_size(path, error) == kept.bytes && !error;
      if (sound && whole) {
        const auto hash = sha256_file_hex(path);
        sound = hash && *hash == kept.sha256;
      }
      if (!sound) found.push_back({"files.changed", path.string()});
    }
    known.emplace(kept.sha256, std::move(kept));
  }
  if (!fs::exists(folder, error)) return found;
  struct stat about {};
  if (::stat(folder.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
    found.push_back({"files.rights", folder.string()});
  }
  std::vector<Damage> left;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error)) continue;
    const auto name = entry.path().filename().string();
    if (entry.path().parent_path().filename() == incoming_name) {
      left.push_back({"files.incoming_left", entry.path().string()});
    } else if (!is_sha256(name) || !known.contains(name)) {
      left.push_back({"files.unknown", entry.path().string()});
    }
  }
  std::sort(left.begin(), left.end(),
            [](const auto& a, const auto& b) { return a.place < b.place; });
  found.insert(found.end(), left.begin(), left.end());
  return found;
}

}  // namespace anlan::files
