#include "store/database.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "store/backup.hpp"
#include "store/link.hpp"
#include "store/migrate.hpp"

namespace anlan::store {
namespace {

constexpr int attempts_max = 20;

/// Writers of one SQLite file in this process queue here: SQLite's own waiting is unfair and may
/// starve one for seconds.
class WriterGate {
 public:
  bool enter(int wait_ms) {
    std::unique_lock lock(mutex_);
    const auto mine = next_ticket_++;
    waiting_.push_back(mine);
    const bool came = turn_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                                     [&] { return !busy_ && waiting_.front() == mine; });
    std::erase(waiting_, mine);
    if (came) busy_ = true;
    turn_.notify_all();  // after giving up, the one behind may be first
    return came;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  bool busy_ = false;
  std::uint64_t next_ticket_ = 0;
  std::deque<std::uint64_t> waiting_;
};

}  // namespace

struct Database::State {
  std::string location;
  Engine engine = Engine::sqlite;
  OpenOptions options;
  Upgrade upgrade;
  WriterGate writers;  ///< SQLite only
  std::mutex mutex;
  std::vector<std::unique_ptr<Link>> idle;

  Result<std::unique_ptr<Link>> take() {
    {
      const std::lock_guard lock(mutex);
      while (!idle.empty()) {
        auto link = std::move(idle.back());
        idle.pop_back();
        if (link->usable()) return link;
      }
    }
    return open_link(location, options.busy_ms);
  }

  void give_back(std::unique_ptr<Link> link) {
    if (!link->usable()) return;
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(link));
  }
};

struct Transaction::State {
  std::shared_ptr<Database::State> database;
  std::unique_ptr<Link> link;
  bool holds_gate = false;
  bool open = true;
  bool failed = false;

  /// Remembers a failure, so that both engines go on alike after one.
  template <class T>
  Result<T> noted(Result<T> result) {
    if (!result) failed = true;
    return result;
  }

  void end() {
    open = false;
    database->give_back(std::move(link));
    if (holds_gate) database->writers.leave();
    holds_gate = false;
  }
};

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&& other) noexcept {
  if (this != &other) {
    roll_back();
    state_ = std::move(other.state_);
  }
  return *this;
}
Transaction::~Transaction() {
  roll_back();
}

Engine Transaction::engine() const {
  return state_->database->engine;
}

namespace {

tl::unexpected<Error> transaction_failed() {
  return fail(ErrorKind::unavailable, "store.transaction_failed");
}

Result<Answer> execute(Link& link, const std::string& sql, const std::vector<Value>& values) {
  if (auto fine = check_texts(values); !fine) return fail(fine.error());
  return link.execute(sql, values);
}

}  // namespace

Result<std::int64_t> Transaction::run(const std::string& sql, const std::vector<Value>& values) {
  if (!state_->open || state_->failed) return transaction_failed();
  const auto answer = state_->noted(execute(*state_->link, sql, values));
  if (!answer) return fail(answer.error());
  return answer->changed;
}

Result<Rows> Transaction::query(const std::string& sql, const std::vector<Value>& values) {
  if (!state_->open || state_->failed) return transaction_failed();
  auto answer = state_->noted(execute(*state_->link, sql, values));
  if (!answer) return fail(answer.error());
  return std::move(answer->rows);
}

Result<std::optional<Row>> Transaction::query_one(const std::string& sql,
                                                  const std::vector<Value>& values) {
  auto rows = query(sql, values);
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows->front()));
}

Status Transaction::script(const std::string& sql) {
  if (!state_->open || state_->failed) return transaction_failed();
  return state_->noted(state_->link->script(sql));
}

Status Transaction::commit() {
  if (!state_->open || state_->failed) return transaction_failed();
  const auto committed = state_->link->commit();
  if (!committed) state_->link->roll_back();
  state_->end();
  return committed;
}

void Transaction::roll_back() {
  if (!state_ || !state_->open) return;
  state_->link->roll_back();
  state_->end();
}

Database::Database(std::shared_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

bool is_postgres(const std::string& location) {
  return location.starts_with("postgresql://") || location.starts_with("postgres://");
}

Result<std::unique_ptr<Link>> open_link(const std::string& location, int busy_ms) {
  const LinkOptions options{.busy_ms = busy_ms};
  return is_postgres(location) ? open_postgres(location, options) : open_sqlite(location, options);
}

Result<Database> Database::open(const std::string& location, const std::vector<Schema>& schemas,
                                const OpenOptions& options) {
  auto state = std::make_shared<State>();
  state->location = location;
  state->engine = is_postgres(location) ? Engine::postgres : Engine::sqlite;
  state->options = options;
  auto link = state->take();
  if (!link) return fail(link.error());
  std::vector<Schema> all = {schema()};
  all.insert(all.end(), schemas.begin(), schemas.end());
  auto upgrade = migrate(**link, location, all, options);
  if (!upgrade) return fail(upgrade.error());
  state->upgrade = std::move(*upgrade);
  state->give_back(std::move(*link));
  return Database(std::move(state));
}

Result<Transaction> Database::begin(Mode mode) {
  const bool gate = mode == Mode::write && state_->engine == Engine::sqlite;
  if (gate && !state_->writers.enter(state_->options.busy_ms)) {
    return fail(ErrorKind::unavailable, "store.busy", "another write has not ended");
  }
  // A connection that lay idle may have been lost meanwhile; a fresh one is tried once.
  for (int attempt = 1;; ++attempt) {
    auto link = state_->take();
    Error error;
    if (link) {
      const auto begun = (*link)->begin(mode);
      if (begun) {
        auto state = std::make_unique<Transaction::State>();
        state->database = state_;
        state->link = std::move(*link);
        state->holds_gate = gate;
        return Transaction(std::move(state));
      }
      error = begun.error();
      (*link)->roll_back();
      state_->give_back(std::move(*link));
    } else {
      error = link.error();
    }
    if (attempt == 1 && error.code == "store.unreachable") continue;
    if (gate) state_->writers.leave();
    return fail(error);
  }
}

Result<Transaction> Database::begin_write() {
  return begin(Mode::write);
}

Result<Transaction> Database::begin_read() {
  return begin(Mode::read);
}

bool Database::wait_before_attempt(int attempt) {
  if (attempt > attempts_max) return false;
  // Two that ran into each other must not do so again in step. Nothing but the wait depends on it.
  thread_local std::minstd_rand random(std::random_device{}());
  const int ms_max = std::min(200, 1 << std::min(attempt, 8));
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::uniform_int_distribution<>(0, ms_max)(random)));
  return true;
}

Engine Database::engine() const {
  return state_->engine;
}

const std::string& Database::location() const {
  return state_->location;
}

const Upgrade& Database::upgrade() const {
  return state_->upgrade;
}

Status Database::back_up(const std::filesystem::path& file) const {
  return back_up_to(state_->location, file);
}

Result<std::vector<std::string>> damage(Database& database) {
  const bool sqlite = database.engine() == Engine::sqlite;
  return database.read([&](Transaction& transaction) -> Result<std::vector<std::string>> {
    std::vector<std::string> found;
    if (sqlite) {
      const auto pages = transaction.query("PRAGMA integrity_check");
      if (!pages) return fail(pages.error());
      for (const auto& row : *pages) {
        if (const auto& line = row.text("integrity_check"); line != "ok") found.push_back(line);
      }
      const auto references = transaction.query("PRAGMA foreign_key_check");
      if (!references) return fail(references.error());
      for (const auto& row : *references) {
        found.push_back(row.text("table") + " refers to a row that is not in " +
                        row.text("parent"));
      }
      return found;
    }
    for (const char* setting : {"fsync", "full_page_writes"}) {
      const auto row = transaction.query_one("SELECT current_setting(?) AS value", {setting});
      if (!row) return fail(row.error());
      if ((*row)->text("value") != "on") {
        found.push_back(std::string("the server runs with ") + setting +
                        " off: committed work can be lost when the power fails");
      }
    }
    return found;
  });
}

}  // namespace anlan::store
