#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"
#include "server/contract.hpp"
#include "server/http.hpp"
#include "server/json_text.hpp"
#include "server/problem.hpp"
#include "store/database.hpp"

namespace anlan::server {

/// Who sent a request, as its cookie or token says.
struct Caller {
  access::Actor actor;
  std::string session;  ///< id of the session; "" for a program's token
  std::string csrf;     ///< what a write must carry beside the cookie; "" for a program's token
};

/// What an operation answers. Exactly one of body, text, pieces and feed, or none of them.
struct Answer {
  int status = 200;
  Json body;             ///< null: none
  std::string etag;      ///< version of what is shown, without quotes; "" if it has none
  std::string location;  ///< of what was made
  std::string media = "application/json";
  std::string text;           ///< of another media type
  std::vector<Field> fields;  ///< cookies, file names
  Pieces pieces;
  std::shared_ptr<Feed> feed;
};

/// One request on its way: checked against the contract, the actor known.
class Call {
 public:
  using Work = std::function<Result<Answer>(store::Transaction&)>;

  const Request& request;
  const Operation& operation;
  Lang lang = Lang::zh;
  Instant at;
  std::optional<Caller> caller;  ///< empty only where the operation is public
  Arguments arguments;
  Json body;
  store::Database* database = nullptr;
  const std::function<void()>* on_written = nullptr;  ///< after each write that was committed
  std::optional<FieldProblem> wrong_field;            ///< set by wrong()

  const access::Actor& actor() const;

  // Arguments by name; the contract has checked that what is required is there.
  bool has(std::string_view name) const { return arguments.contains(name); }
  std::string text(std::string_view name, std::string_view otherwise = "") const;
  std::int64_t number(std::string_view name, std::int64_t otherwise = 0) const;
  bool flag(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  /// The version in If-Match: `"v3"` is 3. Errors: invalid_input "request.if_match".
  Result<std::int64_t> if_match() const;

  /// Fails with `error`, and says which part of the request it is about.
  tl::unexpected<Error> wrong(std::string in, std::string pointer, Error error);

  /// Runs `work` in one transaction. If the request names an idempotency key, the answer is kept in
  /// that transaction: the same request again gets it back and `work` does not run; another request
  /// under the same key is refused. Errors: of work; conflict "request.key_reused"; of the
  /// database.
  Result<Answer> write(const Work& work);
  Result<Answer> read(const Work& work);
  Result<Answer> write_once(const Work& work);
};

using Handler = std::function<Result<Answer>(Call&)>;
/// By operationId.
using Handlers = std::map<std::string, Handler, std::less<>>;

/// "v3", as an ETag for version 3 of a record.
std::string version_tag(std::int64_t version);

/// How long an answer is kept for its key.
inline constexpr std::chrono::hours answers_kept{7 * 24};
Status forget_old_answers(store::Database& database, Instant now);

}  // namespace anlan::server
