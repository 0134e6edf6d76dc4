// A million leads at the desk: how fast they are taken in, and how long reads and acts take.
// Usage: cases_bench FOLDER LEADS [POSTGRES_DATABASE]
//        cases_bench fill DESK LEADS    into the desk of a workspace, for bench/desk_load.sh

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "access/account.hpp"
#include "access/grant.hpp"
#include "access/organisation.hpp"
#include "access/person.hpp"
#include "app/desk.hpp"
#include "cases/case_file.hpp"
#include "cases/numbers.hpp"
#include "cases/take_in.hpp"
#include "catalog/catalog.hpp"
#include "journal/outbox.hpp"
#include "store/database.hpp"

namespace {

using namespace anlan;
using Clock = std::chrono::steady_clock;

constexpr unsigned seed = 7;
constexpr int detections = 40;
constexpr int districts = 16;
constexpr int rounds = 200;

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

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Leads of made-up people, heavy and light, each detection with its own share.
std::vector<leads::LeadRow> made(std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<leads::LeadRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& row = rows[i];
    const auto code = static_cast<int>(random() % detections) * static_cast<int>(random() % 4) / 3;
    row.code = fmt::format("BN-{:02}", code);
    row.lead_id = fmt::format("{}-{:012x}", row.code, random() & 0xffffffffffffU);
    row.detection = "made_up";
    const auto severity = random() % 10;
    row.severity = severity < 2 ? "high" : severity < 6 ? "medium" : "low";
    row.score = fmt::format("{}.{}", random() % 100, random() % 10);
    row.verify_within_days = 10 + static_cast<int>(random() % 3) * 10;
    row.subject_kind = "person";
    row.subject_id = fmt::format("X{:015}", random() % (count * 3 / 4 + 1));
    row.month_from = "2018-01";
    row.month_to = "2018-12";
    row.amount_kind = code % 4 == 0 ? "exposure" : "recoverable";
    row.amount_fen = static_cast<std::int64_t>(random() % 3'000'000);
    row.n_hits = 1 + static_cast<std::int64_t>(random() % 12);
  }
  return rows;
}

class Bench {
 public:
  Bench(const std::string& location, const catalog::Catalog& catalog)
      : catalog_(catalog), database_(must(store::Database::open(location, app::desk_schemas()))) {}

  void people() {
    const auto root = access::Actor::console("uid:0");
    const auto add = [&](store::Transaction& tx, const std::string& id, const std::string& parent) {
      return access::add_organisation(tx, root,
                                      {id,
                                       parent,
                                       {id, id},
                                       parent.empty() ? "bureau" : "district",
                                       "policy",
                                       "120000",
                                       Date{0},
                                       {},
                                       0},
                                      now_);
    };
    must(database_.write([&](store::Transaction& tx) -> Status {
      if (auto added = add(tx, "bureau", ""); !added) return added;
      for (int i = 0; i < districts; ++i) {
        if (auto added = add(tx, fmt::format("d{:02}", i), "bureau"); !added) return added;
      }
      return {};
    }));
    analyst_ = player(1, "JD");
    head_ = player(2, "JZ");
  }

  void take_in(const std::vector<leads::LeadRow>& rows, const char* what,
               const std::string& run_id) {
    std::map<std::string, cases::FoundRun> runs;
    for (const auto& row : rows) {
      auto& run = runs[row.code];
      run.code = row.code;
      run.run_id = run_id;
      run.leads.push_back(&row);
    }
    std::vector<cases::FoundRun> all;
    for (auto& [code, run] : runs) all.push_back(std::move(run));
    const auto start = Clock::now();
    const auto taken = must(cases::take_in(database_, key_, catalog_, all, "uid:0", now_));
    const auto ms = ms_since(start);
    fmt::print("  {:<34} {:>9.0f} leads/s   ({} new, {} changed, {} as they were, {:.1f} s)\n",
               what, static_cast<double>(rows.size()) / ms * 1000, taken.added, taken.changed,
               taken.unchanged, ms / 1000);
  }

  /// Some leads go on to the districts, so that there are many places to look into.
  void acts(std::size_t count) {
    const auto analyst = load(analyst_);
    const auto head = load(head_);
    const auto page = must(database_.read([&](store::Transaction& tx) {
      return cases::list_leads(tx, analyst, {.states = {"new"}}, cases::LeadOrder::queue, {},
                               count);
    }));
    std::vector<double> screened, merged, dispatched;
    int district = 0;
    for (const auto& lead : page.leads) {
      auto start = Clock::now();
      const auto after = must(database_.write([&](store::Transaction& tx) {
        return cases::screen(tx, analyst, catalog_, lead.lead_id, lead.version, now_);
      }));
      screened.push_back(ms_since(start));
      start = Clock::now();
      const auto file = database_.write([&](store::Transaction& tx) {
        return cases::merge(tx, analyst, catalog_, {{lead.lead_id, after.version}}, now_);
      });
      if (!file) continue;  // a second lead of a subject whose case is elsewhere by now
      merged.push_back(ms_since(start));
      if (file->state != "screened") continue;
      start = Clock::now();
      must(database_.write([&](store::Transaction& tx) {
        return cases::dispatch(tx, head, catalog_, file->id, file->version,
                               {fmt::format("d{:02}", district++ % districts), {}}, now_);
      }));
      dispatched.push_back(ms_since(start));
    }
    print("screen (durable)", screened);
    print("merge (durable)", merged);
    print("dispatch (durable)", dispatched);
  }

  void reads() {
    using cases::LeadFilter;
    using cases::LeadOrder;
    const auto analyst = load(analyst_);
    const auto list = [&](const char* name, const LeadFilter& filter, LeadOrder order) {
      std::optional<cases::LeadPlace> place;
      measure(name, [&](store::Transaction& tx) {
        auto page = must(cases::list_leads(tx, analyst, filter, order, place, 50));
        place = page.next;  // each round is the page behind the last
      });
    };
    list("list: queue, page by page", {}, LeadOrder::queue);
    list("list: new, by score", {.states = {"new"}}, LeadOrder::score_down);
    list("list: by amount", {}, LeadOrder::amount_down);
    list("list: what is due first", {}, LeadOrder::due);
    list("list: one detection", {.codes = {"BN-05"}}, LeadOrder::queue);
    list("list: a rare detection, by amount", {.codes = {"BN-39"}}, LeadOrder::amount_down);
    list("list: high, new", {.states = {"new"}, .severities = {"high"}}, LeadOrder::queue);
    list("list: one district", {.organisations = {"d03"}}, LeadOrder::queue);
    list("list: assigned, everywhere", {.states = {"assigned"}}, LeadOrder::due);
    measure("count: all",
            [&](store::Transaction& tx) { (void)must(cases::count_leads(tx, analyst, {})); });
    measure("count: one detection, new, high", [&](store::Transaction& tx) {
      (void)must(cases::count_leads(
          tx, analyst, {.states = {"new"}, .codes = {"BN-05"}, .severities = {"high"}}));
    });
    std::vector<std::string> ids;
    for (const auto& lead : must(database_.read([&](store::Transaction& tx) {
                              return cases::list_leads(tx, analyst, {.codes = {"BN-07"}},
                                                       LeadOrder::amount_down, {}, rounds);
                            })).leads)
      ids.push_back(lead.lead_id);
    std::size_t at = 0;
    measure("open: one lead with its history", [&](store::Transaction& tx) {
      const auto& id = ids[at++ % ids.size()];
      (void)must(cases::find_lead(tx, analyst, id));
      (void)must(cases::lead_events(tx, analyst, id));
    });
    measure("list: cases", [&](store::Transaction& tx) {
      (void)must(cases::list_cases(tx, analyst, {}, {}, 50));
    });
    measure("stock and flow of a year", [&](store::Transaction& tx) {
      (void)must(
          cases::stock_and_flow(tx, analyst, now_.day().month().plus(-11), now_.day().month()));
    });
    measure(
        "ageing",
        [&](store::Transaction& tx) {
          (void)must(cases::ageing(tx, analyst, catalog_, now_.day()));
        },
        5);
  }

 private:
  struct Player {
    access::AccountId account;
  };

  Player player(int serial, const std::string& post) {
    return must(database_.write([&](store::Transaction& tx) -> Result<Player> {
      const auto root = access::Actor::console("uid:0");
      auto digits = fmt::format("12990019800101{:03}", serial);
      digits += fund::id_check_digit(digits.c_str());
      const auto person = access::add_person(
          tx, root, key_,
          {"bureau", "x", must(fund::IdNumber::parse(digits)), access::StaffKind::own, "", ""},
          now_);
      if (!person) return fail(person.error());
      const auto account = access::add_account(
          tx, root, {*person, "bureau", fmt::format("login{}", serial), {}}, now_);
      if (!account) return fail(account.error());
      const auto granted = access::grant_post(tx, root, catalog_.duties,
                                              {*person, *account, "bureau", post, now_, {}, ""},
                                              {{}, "matter:1"}, now_);
      if (!granted) return fail(granted.error());
      return Player{*account};
    }));
  }

  access::Actor load(const Player& who) {
    return must(database_.read([&](store::Transaction& tx) {
      return access::Actor::load(tx, who.account, now_, access::post_rights(catalog_.duties),
                                 access::Authenticated::session);
    }));
  }

  void measure(const char* name, const std::function<void(store::Transaction&)>& work,
               int times = rounds) {
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
      const auto start = Clock::now();
      must(database_.read([&](store::Transaction& tx) -> Status {
        work(tx);
        return {};
      }));
      took.push_back(ms_since(start));
    }
    print(name, took);
  }

  static void print(const char* name, std::vector<double> took) {
    if (took.empty()) return;
    std::sort(took.begin(), took.end());
    const auto at = [&](std::size_t percent) { return took[(took.size() - 1) * percent / 100]; };
    fmt::print("  {:<34} p50 {:>8.2f} ms   p99 {:>8.2f} ms   max {:>8.2f} ms\n", name, at(50),
               at(99), took.back());
  }

  const catalog::Catalog& catalog_;
  store::Database database_;
  const access::IdentityKey key_ = access::IdentityKey::make();
  const Instant now_ = Instant::now();
  Player analyst_, head_;
};

void run(const std::string& location, const catalog::Catalog& catalog,
         std::vector<leads::LeadRow> rows) {
  Bench bench(location, catalog);
  bench.people();
  bench.take_in(rows, "take in, an empty desk", "run1");
  bench.take_in(rows, "take in, nothing new", "run2");
  for (std::size_t i = 0; i < rows.size(); i += 20) rows[i].amount_fen += 100;
  bench.take_in(rows, "take in, one in twenty grown", "run3");
  bench.acts(500);
  bench.reads();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: cases_bench FOLDER LEADS [POSTGRES_DATABASE] | fill DESK LEADS\n");
    return 2;
  }
  if (argc == 4 && std::string(argv[1]) == "fill") {
    const auto catalog = must(catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog"));
    Bench(argv[2], catalog).take_in(made(std::stoul(argv[3])), "take in", "run1");
    return 0;
  }
  const auto count = static_cast<std::size_t>(std::stoul(argv[2]));
  const auto catalog = must(catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog"));
  const auto rows = made(count);
  fmt::print("{} leads, seed {}\nSQLite\n", count, seed);
  run(std::string(argv[1]) + "/desk.db", catalog, rows);
  if (argc > 3) {
    fmt::print("PostgreSQL\n");
    run(argv[3], catalog, rows);
  }
  return 0;
}
