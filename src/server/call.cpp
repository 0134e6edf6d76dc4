#include "server/call.hpp"

#include <charconv>

#include "base/check.hpp"
#include "base/sha256.hpp"

namespace anlan::server {
namespace {

/// The same request has the same hash: what it asks, where, and of which version.
std::string hash_of(const Call& call) {
  Sha256 hash;
  hash.add(call.request.method);
  hash.add("\n");
  hash.add(call.request.target);
  hash.add("\n");
  hash.add(call.request.field("if-match"));
  hash.add("\n");
  hash.add(call.request.field("x-file-name"));
  hash.add("\n");
  if (call.request.sink) {
    hash.add(call.request.sink->sha256());
  } else {
    hash.add(call.operation.any_media ? call.request.body : json_text(call.body));
  }
  return hash.hex();
}

Answer kept_answer(const store::Row& row) {
  Answer answer;
  answer.status = static_cast<int>(row.integer("status"));
  answer.etag = row.text("etag");
  answer.location = row.text("location");
  if (!row.text("body").empty()) answer.body = Json::parse(row.text("body"));
  answer.fields.emplace_back("idempotency-replayed", "true");
  return answer;
}

}  // namespace

const access::Actor& Call::actor() const {
  CHECK(caller.has_value());  // a public operation has no actor to ask for
  return caller->actor;
}

std::string Call::text(std::string_view name, std::string_view otherwise) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string(otherwise) : found->second.get<std::string>();
}

std::int64_t Call::number(std::string_view name, std::int64_t otherwise) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? otherwise : found->second.get<std::int64_t>();
}

bool Call::flag(std::string_view name) const {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->second.get<bool>();
}

std::vector<std::string> Call::texts(std::string_view name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::vector<std::string>{}
                                  : found->second.get<std::vector<std::string>>();
}

Result<std::int64_t> Call::if_match() const {
  const std::string tag = text("if-match");
  std::int64_t version = 0;
  if (tag.size() > 3 && tag.starts_with("\"v") && tag.back() == '"') {
    const char* end = tag.data() + tag.size() - 1;
    const auto read = std::from_chars(tag.data() + 2, end, version);
    if (read.ec == std::errc{} && read.ptr == end && version >= 0) return version;
  }
  return fail(ErrorKind::invalid_input, "request.if_match", "\"v3\"");
}

Result<Answer> Call::read(const Work& work) {
  CHECK(database != nullptr);
  return database->read([&](store::Transaction& transaction) { return work(transaction); });
}

tl::unexpected<Error> Call::wrong(std::string in, std::string pointer, Error error) {
  wrong_field = FieldProblem{std::move(in), {std::move(pointer), error.code, {}}};
  return fail(std::move(error));
}

Result<Answer> Call::write(const Work& work) {
  CHECK(database != nullptr);
  auto answer = write_once(work);
  if (answer && on_written != nullptr && *on_written) (*on_written)();
  return answer;
}

Result<Answer> Call::write_once(const Work& work) {
  const std::string key = text("idempotency-key");
  if (key.empty()) {
    return database->write([&](store::Transaction& transaction) { return work(transaction); });
  }
  const std::string hash = hash_of(*this);
  const std::string who = actor().who();
  return database->write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto row = transaction.query_one(
        "SELECT operation, request_hash, status, etag, location, body FROM api_answer "
        "WHERE actor = ? AND idempotency_key = ?",
        {who, key});
    if (!row) return fail(row.error());
    if (*row) {
      if ((*row)->text("operation") != operation.id || (*row)->text("request_hash") != hash) {
        return fail(ErrorKind::conflict, "request.key_reused", "");
      }
      return kept_answer(**row);
    }
    auto answer = work(transaction);
    if (!answer) return answer;
    const auto kept = transaction.run(
        "INSERT INTO api_answer (actor, idempotency_key, operation, request_hash, status, etag, "
        "location, body, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {who, key, operation.id, hash, answer->status, answer->etag, answer->location,
         answer->body.is_null() ? std::string() : json_text(answer->body), at.ms});
    if (!kept) {
      // The same request came twice at once; when it runs again it finds the other's answer.
      if (kept.error().code == "store.duplicate") {
        return fail(ErrorKind::conflict, "store.retry", "idempotency key");
      }
      return fail(kept.error());
    }
    return answer;
  });
}

std::string version_tag(std::int64_t version) {
  return "v" + std::to_string(version);
}

Status forget_old_answers(store::Database& database, Instant now) {
  return database.write([&](store::Transaction& transaction) -> Status {
    const auto gone = transaction.run("DELETE FROM api_answer WHERE answered_at < ?",
                                      {now.ms - std::chrono::milliseconds(answers_kept).count()});
    if (!gone) return fail(gone.error());
    return {};
  });
}

}  // namespace anlan::server
