// Approvals a second, each a durable commit of its own, against commits of a single row in the same
// database. Usage: duties_bench FOLDER MATTERS [POSTGRES_DATABASE]

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "access/actor.hpp"
#include "catalog/duties.hpp"
#include "duties/matter.hpp"
#include "journal/outbox.hpp"
#include "store/database.hpp"

namespace {

using namespace anlan;

constexpr int writers_max = 8;
constexpr auto chain_name = "account_change";  // one step: a matter is one approval

template <class T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}: {}\n", result.error().code, result.error().detail);
    std::exit(1);
  }
  return std::move(*result);
}
void must(Status status) {
  if (status) return;
  fmt::print(stderr, "{}: {}\n", status.error().code, status.error().detail);
  std::exit(1);
}

struct Worker {
  access::PersonId person;
  access::AccountId account;
};

/// A person with one account and one post.
Worker add_worker(store::Transaction& tx, int serial, const std::string& post, Instant now) {
  const auto person = must(tx.query_one("INSERT INTO person (organisation_id, name, staff_kind,"
                                        " version) VALUES ('agency', 'x', 'own', 1)"
                                        " RETURNING person_id"))
                          ->integer("person_id");
  auto blind = std::to_string(serial);
  blind.insert(0, 32 - blind.size(), '0');
  must(tx.run("INSERT INTO person_identity (person_id, id_no_blind, id_no_sealed) VALUES (?, ?, ?)",
              {person, store::Bytes{blind}, store::Bytes{"sealed"}}));
  const auto account =
      must(tx.query_one("INSERT INTO account (person_id, organisation_id, login, disabled,"
                        " valid_from_at, version) VALUES (?, 'agency', ?, 0, 0, 1)"
                        " RETURNING account_id",
                        {person, "login" + std::to_string(serial)}))
          ->integer("account_id");
  must(
      tx.run("INSERT INTO post_holding (person_id, account_id, organisation_id, post,"
             " held_from_at, granted_by, approved_by, version)"
             " VALUES (?, ?, 'agency', ?, ?, 'a', 'b', 1)",
             {person, account, post, now.ms - 1000}));
  return {{person}, {account}};
}

struct Bench {
  store::Database& database;
  const duties::Rules rules;
  const Instant now = Instant::now();
  std::vector<Worker> checkers;
  std::vector<duties::MatterId> matters;
  std::size_t used = 0;

  /// The organisation, a maker, eight checkers, and the matters, in one transaction.
  void fill(int count) {
    must(database.write([&](store::Transaction& tx) -> Status {
      must(
          tx.run("INSERT INTO organisation (organisation_id, name_zh, name_en, kind, side,"
                 " region_code, valid_from_on, version)"
                 " VALUES ('agency', 'x', 'x', 'agency', 'handling', '120000', 0, 1)"));
      const auto maker = add_worker(tx, 1, "PB", now);
      for (int i = 0; i < writers_max; ++i) checkers.push_back(add_worker(tx, 2 + i, "FH", now));
      const auto actor =
          must(access::Actor::load(tx, maker.account, now, {}, access::Authenticated::session));
      for (int i = 0; i < count; ++i) {
        duties::NewMatter matter{chain_name, "agency", "bench:" + std::to_string(i),
                                 "hash",     "PB",     {access::Blind{std::string(32, 's')}}};
        matters.push_back(must(duties::open_matter(tx, rules, actor, matter, now)));
      }
      return tx.script("CREATE TABLE bench_row (n BIGINT NOT NULL)");
    }));
  }

  /// Runs `one(writer)` so often, shared by so many threads; how many a second.
  static double per_second(int writers, int count, const std::function<void(int, int)>& one) {
    std::atomic<int> next = 0;
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = next++; i < count; i = next++) one(writer, i);
      });
    }
    for (auto& thread : threads) thread.join();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    return count / spent.count();
  }

  void run(const char* name, int writers, int count) {
    const auto rows = per_second(writers, count, [&](int, int i) {
      must(database.write([&](store::Transaction& tx) -> Status {
        must(tx.run("INSERT INTO bench_row (n) VALUES (?)", {i}));
        return {};
      }));
    });
    const auto first = used;
    used += static_cast<std::size_t>(count);
    const auto approvals = per_second(writers, count, [&](int writer, int i) {
      const auto account = checkers[static_cast<std::size_t>(writer)].account;
      must(database.write([&](store::Transaction& tx) -> Result<duties::Outcome> {
        const auto actor =
            access::Actor::load(tx, account, now, {}, access::Authenticated::session);
        if (!actor) return fail(actor.error());
        return duties::approve(tx, rules, *actor,
                               {matters[first + static_cast<std::size_t>(i)], 1, "review",
                                duties::Verdict::approve, "FH", ""},
                               now);
      }));
    });
    fmt::print("{:<11} {:>7} {:>12} {:>16.0f} {:>16.0f} {:>7.2f}\n", name, writers, count,
               approvals, rows, approvals / rows);
  }
};

void run_on(const char* name, const std::string& location, const catalog::Duties& duties,
            int count) {
  auto database = must(
      store::Database::open(location, {journal::schema(), access::schema(), duties::schema()}));
  const fund::WorkCalendar calendar;
  Bench bench{database, {duties, calendar}, Instant::now(), {}, {}, 0};
  bench.fill(2 * count);
  bench.run(name, 1, count);
  bench.run(name, writers_max, count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: duties_bench FOLDER MATTERS [POSTGRES_DATABASE]\n");
    return 2;
  }
  const int count = std::atoi(argv[2]);
  if (count < 1) return 2;
  const auto duties = must(catalog::load_duties(ANLAN_SOURCE_DIR "/catalog"));
  fmt::print("{:<11} {:>7} {:>12} {:>16} {:>16} {:>7}\n", "engine", "writers", "matters",
             "approvals/s", "one-row commits/s", "ratio");
  run_on("SQLite", std::string(argv[1]) + "/desk.db", duties, count);
  if (argc > 3) run_on("PostgreSQL", argv[3], duties, count);
  return 0;
}
