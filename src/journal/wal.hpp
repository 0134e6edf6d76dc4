#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::journal {

/// One entry with its place in the log and what lies beside it.
struct Placed {
  std::uint64_t index = 0;
  std::string entry;
  std::string personal;
};

/// The first thing in the wal that is wrong.
struct WalDamage {
  std::uint64_t index = 0;     ///< of the entry that should stand there
  std::filesystem::path file;  ///< where, or where it should have stood
  std::size_t sound = 0;       ///< bytes of the file up to there
  std::string what;
};

/// What the log has acknowledged and not yet put under a signed checkpoint, in files of one folder,
/// each named after its first index. A record holds a checksum of its head, one of its content and
/// the index with which its write began, so that a torn end (a last write that was cut off, never
/// acknowledged) is told from damage (it was whole, and is wrong).
class Wal {
 public:
  explicit Wal(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Wal(Wal&& other) noexcept;
  Wal& operator=(Wal&& other) noexcept;
  ~Wal();

  /// What was left behind, from index `from` on; what lies before it was published and is skipped.
  struct Left {
    std::vector<Placed> records;  ///< up to the damage
    std::optional<WalDamage> damage;
  };
  static Result<Left> inspect(const std::filesystem::path& folder, std::uint64_t from);
  /// The same. Errors: corrupted "journal.damaged", naming the first entry that is damaged or
  /// missing.
  static Result<std::vector<Placed>> read(const std::filesystem::path& folder, std::uint64_t from);

  /// Takes what is wrong out of the file that `damage` names, puts what `stand_in` makes in the
  /// place of each entry that is lost between its neighbours, and one at the end if nothing good
  /// follows; in one rename, over `aside`, a path on the same disk. What can be read stays.
  static Status mend(
      const WalDamage& damage, const std::filesystem::path& aside,
      const std::function<Result<Placed>(std::uint64_t index, std::size_t bytes)>& stand_in);

  /// Makes durable what read() finds: a killed process may have left it in memory only.
  static Status sync(const std::filesystem::path& folder);

  /// Durable on return. After an error nothing of `records` was acknowledged and the end of the
  /// file is as before; if even that cannot be had, every later append fails too.
  /// Errors: unavailable "file.unwritable", "journal.stopped".
  Status append(std::span<const Placed> records);
  /// The next append begins a new file.
  void rotate();
  /// Removes the files whose records are all below `index`; call after rotate().
  Status remove_below(std::uint64_t index);

 private:
  Status begin_file(std::uint64_t index);

  std::filesystem::path folder_;
  std::filesystem::path path_;  ///< of the open file
  int file_ = -1;
  std::uint64_t size_ = 0;  ///< bytes that are acknowledged
  bool stopped_ = false;
  std::string buffer_;
};

}  // namespace anlan::journal
