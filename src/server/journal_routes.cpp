#include <algorithm>
#include <charconv>

#include "journal/log.hpp"
#include "journal/proof.hpp"
#include "server/desk.hpp"
#include "server/page.hpp"

namespace anlan::server {
namespace {

/// How many entries are under the checkpoint.
Result<std::uint64_t> size_of(const std::filesystem::path& folder) {
  const auto settings = journal::read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto checkpoint = journal::read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  return checkpoint->body.size;
}

/// The personal part is never served here: it is for those who look on the machine itself.
Json entry_json(const journal::FoundEntry& found) {
  return {{"index", found.index}, {"entry", Json::parse(found.entry)}, {"erased", found.erased}};
}

Result<Answer> list_entries(Call& call, Desk& desk) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  const auto parts = cursor_parts(call, 1);
  if (!parts) return fail(parts.error());
  std::uint64_t size = 0;
  if (*all) {
    const auto now = size_of(desk.parts.journal);
    if (!now) return fail(now.error());
    size = *now;
  }
  std::uint64_t end = size;  // one behind the newest that is shown
  if (!parts->empty()) {
    const auto& number = (*parts)[0];
    std::from_chars(number.data(), number.data() + number.size(), end);
    end = std::min(end, size);
  }
  const auto limit = static_cast<std::uint64_t>(call.number("limit", page_usual));
  const std::uint64_t begin = end - std::min(end, limit);
  Json entries = Json::array();
  for (std::uint64_t index = end; index > begin; --index) {
    const auto found = journal::read_entry(desk.parts.journal, index - 1);
    if (!found) return fail(found.error());
    entries.push_back(entry_json(*found));
  }
  Json next;
  if (begin > 0) next = cursor_text({std::to_string(begin)}, question_of(call));
  return Answer{
      .body = {{"entries", std::move(entries)}, {"size", size}, {"next", std::move(next)}}};
}

/// An entry is there for those only who may read the whole journal.
Result<std::uint64_t> index_of(Call& call) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  const auto index = static_cast<std::uint64_t>(call.number("index"));
  if (!*all) return fail(ErrorKind::not_found, "journal.no_entry", std::to_string(index));
  return index;
}

Result<Answer> get_entry(Call& call, Desk& desk) {
  const auto index = index_of(call);
  if (!index) return fail(index.error());
  const auto found = journal::read_entry(desk.parts.journal, *index);
  if (!found) return fail(found.error());
  return Answer{.body = entry_json(*found)};
}

Result<Answer> get_entry_proof(Call& call, Desk& desk) {
  const auto index = index_of(call);
  if (!index) return fail(index.error());
  const auto proof = journal::prove(desk.parts.journal, *index);
  if (!proof) return fail(proof.error());
  return Answer{.media = "text/plain; charset=utf-8", .text = proof->text()};
}

}  // namespace

void add_journal_routes(Handlers& handlers, Desk& desk) {
  handlers["list_entries"] = [&desk](Call& call) { return list_entries(call, desk); };
  handlers["get_entry"] = [&desk](Call& call) { return get_entry(call, desk); };
  handlers["get_entry_proof"] = [&desk](Call& call) { return get_entry_proof(call, desk); };
}

}  // namespace anlan::server
