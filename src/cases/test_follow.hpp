#pragma once

// For tests only: a case with leads, and the people who do what follows.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cases/accountability.hpp"
#include "cases/case_file.hpp"
#include "cases/disposal.hpp"
#include "cases/follow_up.hpp"
#include "cases/open_items.hpp"
#include "cases/recovery.hpp"
#include "cases/remedy.hpp"
#include "cases/request.hpp"
#include "duties/test_cast.hpp"

namespace anlan::cases {

class FollowTest : public duties::CastTest {
 public:
  using Player = duties::CastTest::Player;

  /// With the rights that their posts have in the catalog.
  access::Actor who(const Player& player) {
    if (player.loaded) return *player.loaded;
    auto loaded = access::Actor::load(tx(), player.account, moment_,
                                      access::post_rights(duties::shipped()), player.how);
    EXPECT_TRUE(loaded) << loaded.error().code;
    return std::move(*loaded);
  }
  /// Somebody of the case's agency, or of another organisation, with posts.
  Player staff(const std::string& post, const std::string& organisation = "d01-agency") {
    auto one = player(organisation);
    hold(one, post, organisation);
    return one;
  }
  Player supervisor() { return staff("JD", "bureau"); }

  static const catalog::Catalog& catalog() {
    static const auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    if (!loaded) std::abort();
    return *loaded;
  }
  static const catalog::RecoveryTerms& terms() { return catalog().recovery_terms; }

  static const duties::Follows& follows() {
    static const auto all = [] {
      duties::Follows made;
      add_follow_ups(made, terms());
      return made;
    }();
    return all;
  }

  /// A case of d01-agency that is being put right.
  CaseId make_case(const std::string& number = "2019-000001") {
    const auto row = tx().query_one(
        "INSERT INTO case_file (number, subject_kind, subject_shown, subject_blind,"
        " organisation_id, state, opened_at, due_on, due_weekends_only, reopened_times, version)"
        " VALUES (?, 'person', '129900********1234', ?, 'd01-agency', 'disposing', ?, ?, 0, 0, 1)"
        " RETURNING case_id",
        {number, store::Bytes{std::string(32 - number.size(), 's') + number}, moment_.ms,
         moment_.day().days + 30});
    EXPECT_TRUE(row) << row.error().detail;
    return {(*row)->integer("case_id")};
  }
  /// A lead of the case with a conclusion, "" for none.
  void add_lead(CaseId of, const std::string& lead_id, const std::string& result,
                std::int64_t confirmed_fen) {
    const auto conclusion = result.empty() ? store::Value() : store::Value(result);
    const auto amount = result.empty() ? store::Value() : store::Value(confirmed_fen);
    const auto made = tx().run(
        "INSERT INTO lead (lead_id, code, detection, severity, score_tenths, verify_within_days,"
        " subject_kind, subject_shown, subject_blind, month_from, month_to, amount_kind,"
        " amount_fen, n_hits, expected_fen, first_run, last_run, found_at, change, present, state,"
        " organisation_id, case_id, due_on, due_weekends_only, result, confirmed_fen,"
        " reopened_times, queue_key, version) VALUES (?, 'EP-01', 'pension_after_death', 'high',"
        " 800, 10, 'person', '129900********1234', ?, 201811, 201812, 'recoverable', ?, 1, ?,"
        " 'run', 'run', 0, 'first', 1, 'disposing', 'd01-agency', ?, 0, 0, ?, ?, 0, '', 1)",
        {lead_id, store::Bytes{"blind"}, confirmed_fen, confirmed_fen, of.value, conclusion,
         amount});
    EXPECT_TRUE(made) << made.error().detail;
  }
  void close_case(CaseId of) {
    EXPECT_TRUE(tx().run("UPDATE case_file SET state = 'closed', closed_at = 1 WHERE case_id = ?",
                         {of.value}));
  }

  /// Runs it and keeps what it did; "" or the code of its error, after which nothing of it stays.
  template <class Work>
  std::string code(Work&& work) {
    EXPECT_TRUE(tx().run("SAVEPOINT attempt"));
    const auto result = work();
    if (!result) {
      EXPECT_TRUE(tx().run("ROLLBACK TO SAVEPOINT attempt"));
    }
    EXPECT_TRUE(tx().run("RELEASE SAVEPOINT attempt"));
    return result ? "" : result.error().code;
  }
  template <class Work>
  auto made(Work&& work) {
    auto result = work();
    EXPECT_TRUE(result) << result.error().code << ": " << result.error().detail;
    return std::move(*result);
  }

  Recovery recovery(RecoveryId id) {
    return made([&] { return find_recovery(tx(), access::Actor::console("uid:0"), id); });
  }
  Balance balance(RecoveryId id) {
    return made([&] { return balance_of(recovery(id), terms(), moment_.day()); });
  }
  Remedy remedy(RemedyId id) {
    return made(
        [&] { return find_remedy(tx(), access::Actor::console("uid:0"), id, moment_.day()); });
  }
  std::vector<std::string> open_codes(CaseId of) {
    std::vector<std::string> codes;
    for (const auto& item : made([&] { return open_items(tx(), of, terms(), moment_.day()); }))
      codes.push_back(item.code);
    return codes;
  }
  duties::Matter matter(duties::MatterId id) {
    return made([&] { return duties::find_matter(tx(), access::Actor::console("uid:0"), id); });
  }
  /// "" if they could decide the step that is due.
  std::string decide_code(const Player& player, duties::MatterId id, const std::string& step,
                          const std::string& post,
                          duties::Verdict verdict = duties::Verdict::approve) {
    return code([&] {
      return duties::decide(tx(), rules(), follows(), who(player),
                            {id, matter(id).version, step, verdict, post, "意见"}, moment_);
    });
  }

  Instant moment() const { return moment_; }
  void days_pass(int days) { moment_ = moment_.plus(std::chrono::hours(24 * days)); }

 protected:
  std::vector<store::Schema> schemas() const override {
    return {journal::schema(), access::schema(), duties::schema(), cases::schema()};
  }
  void SetUp() override {
    CastTest::SetUp();
    moment_ = start();
  }

 private:
  Instant moment_;
};

inline const std::string some_sha256(64, 'a');

}  // namespace anlan::cases
