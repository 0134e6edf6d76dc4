#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "base/sha256.hpp"
#include "files/media.hpp"
#include "store/database.hpp"
#include "store/record.hpp"
#include "store/schema.hpp"

namespace anlan::files {

/// The tables of this folder.
const store::Schema& schema();

/// Our choice: a scan of two hundred pages.
constexpr std::uint64_t bytes_max_usual = 50ull * 1024 * 1024;

/// Bytes that are being received: a private file below `files/.incoming`, gone with this object
/// unless it was put in its place.
class Incoming {
 public:
  /// `folder` is the workspace's `files`; made if it is not there.
  /// Errors: unavailable "file.unwritable".
  static Result<Incoming> begin(const std::filesystem::path& folder,
                                std::uint64_t bytes_max = bytes_max_usual);
  Incoming(Incoming&& other) noexcept;
  Incoming& operator=(Incoming&& other) noexcept;
  ~Incoming();

  /// Errors: invalid_input "file.too_large"; unavailable "file.unwritable".
  Status take(std::string_view piece);
  std::uint64_t bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }
  /// Of all that was taken; taking is over then.
  const std::string& sha256();

  /// Durable under its hash, owner only. The bytes may be there already.
  /// Errors: as media_of; unavailable "file.unwritable".
  Result<Media> put_in_place();

 private:
  Incoming() = default;
  void drop();
  std::filesystem::path folder_;
  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t bytes_ = 0;
  std::uint64_t bytes_max_ = 0;
  Sha256 hash_;
  std::string sha256_;
};

struct KeptFile {
  std::string sha256;
  std::uint64_t bytes = 0;
  Media media = Media::text;
  Instant kept_at;
};

/// One gift of a file.
struct GivenFile {
  KeptFile file;
  std::string by;  ///< "account:7"
  std::string name;
  Instant at;
};

/// `files/ab/<sha256>`.
std::filesystem::path path_of(const std::filesystem::path& folder, std::string_view sha256);

/// A name as it is kept: the part behind the last slash of either kind, without control characters,
/// in at most 120 characters. Errors: invalid_input "file.name" (nothing left, or not UTF-8).
Result<std::string> name_kept(std::string_view name);

/// Notes that somebody gave the file, which was put in its place before. The same bytes by the same
/// giver again change nothing but the name. Each gift is told to the journal.
/// Errors: as name_kept; of Transaction.
Result<KeptFile> keep(store::Transaction& transaction, Incoming& file, Media media,
                      const std::string& name, const store::Stamp& stamp);

/// Errors: not_found "file.not_kept".
Result<KeptFile> find(store::Transaction& transaction, const std::string& sha256);
/// What `by` gave; nothing if they did not give it.
Result<std::optional<GivenFile>> given_by(store::Transaction& transaction,
                                          const std::string& sha256, const std::string& by);
/// All that `by` gave, the newest first.
Result<std::vector<GivenFile>> all_given_by(store::Transaction& transaction, const std::string& by);

/// The name under which it was given first; "" if it is not kept.
Result<std::string> first_name(store::Transaction& transaction, const std::string& sha256);
/// The hashes of all that is kept, in order.
Result<std::vector<std::string>> all_kept(store::Transaction& transaction);

/// Something about the folder that is not as the tables say.
struct Damage {
  std::string code;  ///< "files.missing", "files.changed", "files.unknown", "files.incoming_left",
                     ///< "files.rights"
  std::string place;
};
/// `whole`: every file is held against its hash; else only against its size.
/// Errors: of Transaction.
Result<std::vector<Damage>> damage(store::Transaction& transaction,
                                   const std::filesystem::path& folder, bool whole);

}  // namespace anlan::files
