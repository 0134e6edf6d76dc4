#include "journal/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "journal/encoding.hpp"
#include "journal/keys.hpp"
#include "journal/proof.hpp"
#include "store/dialect.hpp"

namespace anlan::journal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t id_bytes = 16;     // no two rows ever share one, without asking anybody
constexpr std::size_t group_rows = 512;  // our choice: some hundred kilobytes in one sync
constexpr auto waiting_max = std::chrono::minutes(10);  // our choice: a sequencer polls in seconds
constexpr std::uint64_t idle_entries = 4'096;  // our choice: searched in a few milliseconds

constexpr const char* outbox_ref = "outbox";
constexpr const char* told_at_ref = "told_at";

std::string json_of_act(const Act& act) {
  return Json{{"act", act.act},         {"who", act.who},          {"post", act.post},
              {"subject", act.subject}, {"outcome", act.outcome},  {"refs", act.refs},
              {"counts", act.counts},   {"personal", act.personal}}
      .dump();
}

std::optional<Act> act_of_json(const std::string& text) {
  try {
    const auto json = Json::parse(text);
    Act act;
    act.act = json.at("act").get<std::string>();
    act.who = json.at("who").get<std::string>();
    act.post = json.at("post").get<std::string>();
    act.subject = json.at("subject").get<std::string>();
    act.outcome = json.at("outcome").get<std::string>();
    act.refs = json.at("refs").get<std::map<std::string, std::string>>();
    act.counts = json.at("counts").get<std::map<std::string, std::int64_t>>();
    act.personal = json.at("personal").get<std::map<std::string, std::string>>();
    return act;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Act with_refs(Act act, const std::string& outbox_id, Instant told_at) {
  act.refs[outbox_ref] = outbox_id;
  act.refs[told_at_ref] = time_text(WallTime(std::chrono::milliseconds(told_at.ms)));
  return act;
}

/// The number of a list's places is a power of two, the last value repeated, so that few different
/// statements are prepared.
Status delete_rows(store::Transaction& transaction, const std::vector<std::string>& ids) {
  for (std::size_t from = 0; from < ids.size(); from += group_rows) {
    const std::size_t count = std::min(group_rows, ids.size() - from);
    std::vector<store::Value> values(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                     ids.begin() + static_cast<std::ptrdiff_t>(from + count));
    values.resize(std::bit_ceil(count), values.back());
    const auto done =
        transaction.run(fmt::format("DELETE FROM journal_outbox WHERE outbox_id IN ({})",
                                    store::placeholders(values.size())),
                        values);
    if (!done) return fail(done.error());
  }
  return {};
}

/// Entries that this database told of and does not know: a copy of it from before was restored.
Act act_of_older_desk(const std::vector<std::uint64_t>& unknown) {
  Act act;
  act.act = "desk.older_found";
  act.who = "anlan";
  act.subject = "desk";
  act.refs["first_entry"] = std::to_string(unknown.front());
  act.counts["acts"] = static_cast<std::int64_t>(unknown.size());
  return act;
}

Status set_mark(store::Transaction& transaction, const std::string& origin, std::uint64_t entries) {
  const auto done = transaction.run(
      "INSERT INTO journal_outbox_mark (one, log_origin, entries) VALUES (1, ?, ?)"
      " ON CONFLICT (one) DO UPDATE SET log_origin = excluded.log_origin,"
      " entries = excluded.entries",
      {origin, static_cast<std::int64_t>(entries)});
  return done ? Status() : fail(done.error());
}

}  // namespace

Status tell(store::Transaction& transaction, const Act& act, Instant told_at) {
  for (const char* own : {outbox_ref, told_at_ref}) {
    if (act.refs.contains(own)) {
      return fail(ErrorKind::invalid_input, "journal.word", fmt::format("refs: {}", own));
    }
  }
  const auto id = hex(random_bytes(id_bytes));
  // The suite changes the personal part's hash, not what may be committed or how long it is.
  const auto checked = prepare(Suite::sha256_ed25519, with_refs(act, id, told_at));
  if (!checked) return fail(checked.error());
  const auto inserted =
      transaction.run("INSERT INTO journal_outbox (outbox_id, told_at, act) VALUES (?, ?, ?)",
                      {id, told_at.ms, json_of_act(act)});
  return inserted ? Status() : fail(inserted.error());
}

Result<OutboxState> outbox_state(store::Transaction& transaction) {
  OutboxState state;
  const auto count = transaction.query_one("SELECT count(*) AS waiting FROM journal_outbox");
  if (!count) return fail(count.error());
  state.waiting = static_cast<std::uint64_t>((*count)->integer("waiting"));
  const auto oldest = transaction.query_one(
      "SELECT outbox_id, told_at FROM journal_outbox ORDER BY told_at, position LIMIT 1");
  if (!oldest) return fail(oldest.error());
  if (*oldest) {
    state.oldest = {(*oldest)->integer("told_at")};
    state.oldest_id = (*oldest)->text("outbox_id");
  }
  const auto mark = transaction.query_one("SELECT log_origin, entries FROM journal_outbox_mark");
  if (!mark) return fail(mark.error());
  if (*mark) {
    state.log_origin = (*mark)->text("log_origin");
    state.entries = static_cast<std::uint64_t>((*mark)->integer("entries"));
  }
  return state;
}

Result<std::set<std::string>> outbox_ids(store::Transaction& transaction) {
  const auto rows = transaction.query("SELECT outbox_id FROM journal_outbox");
  if (!rows) return fail(rows.error());
  std::set<std::string> ids;
  for (const auto& row : *rows) ids.insert(row.text("outbox_id"));
  return ids;
}

// No other text of an entry looks like this: words hold no quotes, and no other field has this
// name.
std::string_view outbox_id_of_entry(std::string_view entry) {
  constexpr std::string_view start = "\"outbox\":\"";
  const auto at = entry.find(start);
  return at == std::string_view::npos ? std::string_view()
                                      : entry.substr(at + start.size(), id_bytes * 2);
}

std::vector<Finding> findings_of(const OutboxState& state, const LogSettings& log,
                                 std::uint64_t entries, bool in_use, Instant now) {
  std::vector<Finding> findings;
  if (!state.log_origin.empty() && state.log_origin != log.origin) {
    findings.push_back({std::nullopt, "journal.other_log",
                        fmt::format("{}, not {}", log.origin, state.log_origin)});
  } else if (state.entries > entries && !in_use) {
    findings.push_back({entries, "journal.older_than_desk",
                        fmt::format("{} entries, not {}", entries, state.entries)});
  }
  if (state.waiting > 0 && now > state.oldest.plus(waiting_max)) {
    findings.push_back({std::nullopt, "journal.outbox_old",
                        fmt::format("outbox:{} told {}, {} waiting", state.oldest_id,
                                    format_instant(state.oldest), state.waiting)});
  }
  return findings;
}

Status tell_migrations(store::Database& database, const Act& act) {
  const auto untold = [](store::Transaction& transaction) {
    return transaction.query(
        "SELECT v.owner, v.number FROM schema_version v WHERE NOT EXISTS (SELECT 1 FROM"
        " journal_told_migration t WHERE t.owner = v.owner AND t.number = v.number)"
        " ORDER BY v.owner, v.number");
  };
  const auto any = database.read(untold);  // most often none, and then nobody is kept waiting
  if (!any) return fail(any.error());
  if (any->empty()) return {};
  return database.write([&](store::Transaction& transaction) -> Status {
    const auto rows = untold(transaction);
    if (!rows) return fail(rows.error());
    if (rows->empty()) return {};
    Act told = act;
    for (const auto& row : *rows) {
      told.refs[row.text("owner")] = fmt::format("{:03}", row.integer("number"));
      const auto noted =
          transaction.run("INSERT INTO journal_told_migration (owner, number) VALUES (?, ?)",
                          {row.text("owner"), row.integer("number")});
      if (!noted) return fail(noted.error());
    }
    told.counts["migrations"] = static_cast<std::int64_t>(rows->size());
    return tell(transaction, told);
  });
}

/// A row of the outbox.
struct Sequencer::Waiting {
  std::int64_t position = 0;
  std::string id;
  std::optional<Act> act;  ///< nothing if the row is not what tell() wrote
};

Sequencer::~Sequencer() {
  stop();
}

Result<std::uint64_t> Sequencer::move_all() {
  const std::lock_guard one_mover(moving_);
  if (!certain_) {
    if (auto searched = take_out_moved(); !searched) return fail(searched.error());
    certain_ = true;
  }
  std::uint64_t moved = 0;
  std::string unreadable;
  for (std::int64_t after = 0;;) {
    auto group = read_group(after);
    if (!group) return fail(group.error());
    if (group->empty()) break;
    after = group->back().position;
    std::erase_if(*group, [&](const Waiting& row) {
      if (!row.act && unreadable.empty()) unreadable = row.id;
      return !row.act;
    });
    if (auto done = move_group(*group); !done) {
      // Whether the entries are in the log and the rows still there is to be found out.
      certain_ = false;
      return fail(done.error());
    }
    moved += group->size();
  }
  if (!unreadable.empty()) return fail(ErrorKind::corrupted, "journal.outbox_row", unreadable);
  return moved;
}

/// Takes out the rows whose entries are in the log already: a crash came between the two.
Status Sequencer::take_out_moved() {
  std::set<std::string> waiting;
  OutboxState state;
  const auto read = database_.read([&](store::Transaction& transaction) -> Status {
    auto found = outbox_state(transaction);
    if (!found) return fail(found.error());
    state = std::move(*found);
    auto ids = outbox_ids(transaction);
    if (!ids) return fail(ids.error());
    waiting = std::move(*ids);
    return {};
  });
  if (!read) return read;
  const auto& origin = journal_.settings().origin;
  if (!state.log_origin.empty() && state.log_origin != origin) {
    return fail(ErrorKind::conflict, "journal.other_log",
                fmt::format("{}, not {}", origin, state.log_origin));
  }
  const auto size = journal_.size();
  if (state.entries > size) {
    return fail(ErrorKind::corrupted, "journal.older_than_desk",
                fmt::format("{} entries, not {}", size, state.entries));
  }
  const auto found = search(state.entries, waiting);
  if (!found) return fail(found.error());
  const auto& moved = found->moved;
  const auto& unknown = found->unknown;
  if (moved.empty() && unknown.empty() && size - state.entries < idle_entries) return {};
  // All of them and the mark together: a mark over a row that is still there would double it.
  return database_.write([&](store::Transaction& transaction) -> Status {
    if (auto deleted = delete_rows(transaction, moved); !deleted) return deleted;
    if (auto set = set_mark(transaction, origin, size); !set) return set;
    return unknown.empty() ? Status() : tell(transaction, act_of_older_desk(unknown));
  });
}

Result<Sequencer::Search> Sequencer::search(std::uint64_t from,
                                            const std::set<std::string>& waiting) {
  const auto archived = archived_below(journal_.folder());
  if (!archived) return fail(archived.error());
  if (*archived > from && !waiting.empty()) {
    return fail(ErrorKind::not_found, "journal.archived",
                fmt::format("entries {} to {}", from, *archived - 1));
  }
  if (auto published = journal_.publish(); !published) return fail(published.error());
  Search found;
  const auto visited =
      for_each_entry(journal_.folder(), from, [&](std::uint64_t index, std::string_view entry) {
        const std::string id(outbox_id_of_entry(entry));
        if (waiting.contains(id)) {
          found.moved.push_back(id);
        } else if (!id.empty()) {
          found.unknown.push_back(index);
        }
      });
  if (!visited) return fail(visited.error());
  return found;
}

Status Sequencer::accept_log(Act act) {
  const std::lock_guard one_mover(moving_);
  const auto waiting = database_.read(outbox_ids);
  if (!waiting) return fail(waiting.error());
  const auto size = journal_.size();
  const auto found = search(0, *waiting);
  if (!found) return fail(found.error());
  certain_ = false;
  return database_.write([&](store::Transaction& transaction) -> Status {
    const auto state = outbox_state(transaction);
    if (!state) return fail(state.error());
    Act told = act;
    if (!state->log_origin.empty()) told.refs["known_log"] = state->log_origin;
    told.counts["entries_known"] = static_cast<std::int64_t>(state->entries);
    told.counts["entries_there"] = static_cast<std::int64_t>(size);
    if (auto deleted = delete_rows(transaction, found->moved); !deleted) return deleted;
    if (auto set = set_mark(transaction, journal_.settings().origin, size); !set) return set;
    return tell(transaction, told);
  });
}

Result<std::vector<Sequencer::Waiting>> Sequencer::read_group(std::int64_t after) {
  return database_.read([&](store::Transaction& transaction) -> Result<std::vector<Waiting>> {
    const auto rows = transaction.query(
        "SELECT position, outbox_id, told_at, act FROM journal_outbox WHERE position > ?"
        " ORDER BY position LIMIT ?",
        {after, group_rows});
    if (!rows) return fail(rows.error());
    std::vector<Waiting> group;
    for (const auto& row : *rows) {
      Waiting waiting{row.integer("position"), row.text("outbox_id"), act_of_json(row.text("act"))};
      if (waiting.act) {
        waiting.act = with_refs(std::move(*waiting.act), waiting.id, {row.integer("told_at")});
        // Checked when it was told; what fails now was changed behind the program's back.
        if (!prepare(journal_.settings().suite, *waiting.act)) waiting.act.reset();
      }
      group.push_back(std::move(waiting));
    }
    return group;
  });
}

/// First the log, then the row: what a crash leaves between the two is found by take_out_moved().
Status Sequencer::move_group(const std::vector<Waiting>& group) {
  if (group.empty()) return {};
  std::vector<Act> acts;
  std::vector<std::string> ids;
  for (const auto& row : group) {
    acts.push_back(*row.act);
    ids.push_back(row.id);
  }
  const auto receipts = journal_.record(acts);
  if (!receipts) return fail(receipts.error());
  return database_.write([&](store::Transaction& transaction) -> Status {
    if (auto deleted = delete_rows(transaction, ids); !deleted) return deleted;
    return set_mark(transaction, journal_.settings().origin, receipts->back().index + 1);
  });
}

void Sequencer::start(std::chrono::milliseconds poll) {
  stop();
  thread_ = std::jthread([this, poll](const std::stop_token& stop) { run(stop, poll); });
}

void Sequencer::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Sequencer::notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  something_told_.notify_one();
}

std::optional<Error> Sequencer::trouble() {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Sequencer::run(const std::stop_token& stop, std::chrono::milliseconds poll) {
  while (!stop.stop_requested()) {
    const auto moved = move_all();
    std::unique_lock lock(mutex_);
    trouble_.reset();
    if (!moved) {
      trouble_ = moved.error();
      notified_ = false;  // what failed a moment ago is not tried again at once
    }
    something_told_.wait_for(lock, stop, poll, [&] { return notified_; });
    notified_ = false;
  }
}

}  // namespace anlan::journal
