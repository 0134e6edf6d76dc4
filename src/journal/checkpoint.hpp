#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/hashing.hpp"

namespace anlan::journal {

/// C2SP tlog-checkpoint: the tree of one log at one size. The text of a signed note.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root;

  std::string text() const;
  /// The first three lines; more may follow. Errors: corrupted "journal.checkpoint".
  static Result<Checkpoint> parse(std::string_view text);
};

}  // namespace anlan::journal
