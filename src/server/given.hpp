#pragma once

#include <string>

#include "files/files.hpp"
#include "server/call.hpp"

namespace anlan::server {

/// A file that somebody names is one they gave: nobody hangs on a case what they have never seen.
/// `pointer`: where the body names it. "" is no file, and fine.
/// Errors: not_found "file.not_kept"; of Transaction.
inline Status check_given(store::Transaction& transaction, Call& call, const std::string& pointer,
                          const std::string& sha256) {
  if (sha256.empty()) return {};
  const auto given = files::given_by(transaction, sha256, call.actor().who());
  if (!given) return fail(given.error());
  if (*given) return {};
  return call.wrong("body", pointer, {ErrorKind::not_found, "file.not_kept", sha256});
}

}  // namespace anlan::server
