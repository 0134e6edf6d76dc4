#include "server/desk.hpp"
#include "server/present.hpp"
#include "server/upload.hpp"

namespace anlan::server {
namespace {

Json given_json(const files::GivenFile& given) {
  return {{"sha256", given.file.sha256},
          {"bytes", given.file.bytes},
          {"media", files::word_of(given.file.media)},
          {"name", given.name},
          {"given_at", format_instant(given.at)}};
}

Result<Answer> upload_file(Call& call) {
  auto name = upload_name(call);
  if (!name) return fail(name.error());
  auto& incoming = upload_of(call);
  const auto media = incoming.put_in_place();
  if (!media) return fail(media.error());
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    const auto kept =
        files::keep(transaction, incoming, *media, *name, call.actor().stamp(call.at));
    if (!kept) {
      if (kept.error().code == "file.name") {
        return call.wrong("header", "/x-file-name", kept.error());
      }
      return fail(kept.error());
    }
    const auto given = files::given_by(transaction, kept->sha256, call.actor().who());
    if (!given) return fail(given.error());
    return Answer{
        .status = 201, .body = given_json(**given), .location = "/api/files/" + kept->sha256};
  });
}

Result<Answer> list_files(Call& call) {
  return call.read([&](store::Transaction& transaction) -> Result<Answer> {
    const auto all = files::all_given_by(transaction, call.actor().who());
    if (!all) return fail(all.error());
    Json rows = Json::array();
    for (const auto& one : *all) rows.push_back(given_json(one));
    return Answer{.body = {{"files", std::move(rows)}}};
  });
}

/// Of one's own. What hangs on a case is read through the case, which knows who may.
Result<Answer> download_file(Call& call, Desk& desk) {
  const std::string sha256 = call.text("sha256");
  std::optional<files::GivenFile> given;
  const auto found = call.read([&](store::Transaction& transaction) -> Result<Answer> {
    auto own = files::given_by(transaction, sha256, call.actor().who());
    if (!own) return fail(own.error());
    given = std::move(*own);
    return Answer{};
  });
  if (!found) return fail(found.error());
  if (!given) return fail(ErrorKind::not_found, "file.not_kept", sha256);
  return attachment(files::path_of(desk.parts.workspace.files(), sha256),
                    files::mime_of(given->file.media), given->name, false);
}

}  // namespace

void add_file_routes(Handlers& handlers, Desk& desk) {
  handlers["upload_file"] = [](Call& call) { return upload_file(call); };
  handlers["list_files"] = [](Call& call) { return list_files(call); };
  handlers["download_file"] = [&desk](Call& call) { return download_file(call, desk); };
}

}  // namespace anlan::server
