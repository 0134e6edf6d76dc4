#pragma once

// For tests only: a bureau, two districts and people who work on leads in them.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "access/test_desk.hpp"
#include "cases/bulk.hpp"
#include "cases/closing.hpp"
#include "cases/decide.hpp"
#include "cases/follow_up.hpp"
#include "cases/numbers.hpp"
#include "cases/take_in.hpp"
#include "journal/outbox.hpp"

namespace anlan::cases {

class OfficeTest : public access::DeskTest {
 protected:
  struct Player {
    access::PersonId person;
    access::AccountId account;
  };

  std::vector<store::Schema> schemas() const override {
    return {journal::schema(), access::schema(), duties::schema(), cases::schema()};
  }

  static const catalog::Catalog& catalog() {
    static const auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return *loaded;
  }

  void SetUp() override {
    DeskTest::SetUp();
    if (IsSkipped()) return;
    analyst = player("JD", "bureau");
    second_analyst = player("JD", "bureau");
    head = player("JZ", "bureau");
    verifier = player("JH", "d01-agency");
    reviewer = player("BM", "d01-agency");
    other_verifier = player("JH", "d01-agency");
    stranger = player("JH", "d02-agency");
  }

  Player player(const std::string& code, const std::string& organisation) {
    const int serial = ++players_;
    const auto who = person(serial, organisation);
    const auto login = account(who, "user" + std::to_string(serial), organisation);
    post(who, login, code, organisation);
    return {who, login};
  }

  access::Actor actor(store::Transaction& tx, const Player& who) {
    auto loaded = access::Actor::load(tx, who.account, clock, access::post_rights(duties()),
                                      access::Authenticated::session);
    EXPECT_TRUE(loaded) << loaded.error().code;
    return std::move(*loaded);
  }

  /// `work(tx, actor)` as this player; "" if it went well, else the error's code.
  template <class Work>
  std::string as(const Player& who, Work&& work) {
    const auto done = database().write([&](store::Transaction& tx) -> Status {
      const auto result = work(tx, actor(tx, who));
      if (!result) return fail(result.error());
      return {};
    });
    last_error = done ? Error{} : done.error();
    return done ? "" : done.error().code;
  }

  static leads::LeadRow row(const std::string& lead_id, const std::string& subject,
                            std::int64_t amount_fen = 100'000, const std::string& score = "80.0") {
    leads::LeadRow row;
    row.lead_id = lead_id;
    row.code = lead_id.substr(0, lead_id.rfind('-'));
    row.detection = "test_detection";
    row.severity = "high";
    row.score = score;
    row.verify_within_days = 10;
    row.subject_kind = "person";
    row.subject_id = subject;
    row.month_from = "2018-01";
    row.month_to = "2018-11";
    row.amount_kind = "recoverable";
    row.amount_fen = amount_fen;
    row.n_hits = 3;
    return row;
  }

  /// Takes in a run of each detection that has rows, and of `empty` ones that found nothing.
  TakenIn take(const std::string& run_id, const std::vector<leads::LeadRow>& rows,
               const std::vector<std::string>& empty = {}) {
    std::map<std::string, FoundRun> runs;
    for (const auto& code : empty) runs[code] = {code, run_id, {}};
    for (const auto& one : rows) {
      auto& run = runs[one.code];
      run.code = one.code;
      run.run_id = run_id;
      run.leads.push_back(&one);
    }
    std::vector<FoundRun> all;
    for (auto& [code, run] : runs) all.push_back(run);
    const auto taken = take_in(database(), key, catalog(), all, "uid:0", clock);
    EXPECT_TRUE(taken) << taken.error().code << ": " << taken.error().detail;
    return taken ? *taken : TakenIn{};
  }

  DeskLead lead(const std::string& lead_id) {
    const auto found =
        database().read([&](store::Transaction& tx) { return find_lead(tx, root, lead_id); });
    EXPECT_TRUE(found) << found.error().code;
    return found ? *found : DeskLead{};
  }
  CaseFile file(CaseId id) {
    const auto found =
        database().read([&](store::Transaction& tx) { return find_case(tx, root, id); });
    EXPECT_TRUE(found) << found.error().code;
    return found ? *found : CaseFile{};
  }
  std::vector<CaseEvent> events(CaseId id) {
    return *database().read([&](store::Transaction& tx) { return case_events(tx, root, id); });
  }
  /// The acts noted of a case, in order.
  std::vector<std::string> acts(CaseId id) {
    std::vector<std::string> names;
    for (const auto& one : events(id)) names.push_back(one.act);
    return names;
  }
  std::int64_t told(const std::string& act) {
    return *database().read([&](store::Transaction& tx) -> Result<std::int64_t> {
      const auto rows = tx.query("SELECT act FROM journal_outbox");
      if (!rows) return fail(rows.error());
      std::int64_t count = 0;
      for (const auto& one : *rows) {
        if (one.text("act").find("\"" + act + "\"") != std::string::npos) ++count;
      }
      return count;
    });
  }

  std::string screen_it(const std::string& lead_id) {
    const auto version = lead(lead_id).version;
    return as(analyst, [&](auto& tx, const auto& who) {
      return screen(tx, who, catalog(), lead_id, version, clock);
    });
  }

  /// A case of these leads, which are new.
  CaseId case_of(const std::vector<std::string>& lead_ids) {
    std::vector<SeenLead> seen;
    for (const auto& id : lead_ids) {
      EXPECT_EQ(screen_it(id), "");
      seen.push_back({id, lead(id).version});
    }
    CaseId id;
    EXPECT_EQ(as(analyst,
                 [&](auto& tx, const auto& who) {
                   auto made = merge(tx, who, catalog(), seen, clock);
                   if (made) id = made->id;
                   return made;
                 }),
              "")
        << last_error.detail;
    return id;
  }
  std::string dispatch_it(CaseId id, std::optional<access::PersonId> to = {}) {
    const auto version = file(id).version;
    return as(head, [&](auto& tx, const auto& who) {
      return dispatch(tx, who, catalog(), id, version, {"d01-agency", to}, clock);
    });
  }
  std::string accept_it(CaseId id, const Player& who_accepts) {
    const auto version = file(id).version;
    return as(who_accepts, [&](auto& tx, const auto& who) {
      return accept(tx, who, catalog(), id, version, clock);
    });
  }
  std::string paper(CaseId id, const Player& by, const std::string& kind = "verification_report") {
    const auto version = file(id).version;
    return as(by, [&](auto& tx, const auto& who) {
      return add_document(tx, who, catalog(), id, version, {kind, std::string(64, 'a'), ""}, clock);
    });
  }
  std::string conclude_it(CaseId id, const Player& by,
                          const std::vector<LeadConclusion>& conclusions) {
    const auto version = file(id).version;
    return as(by, [&](auto& tx, const auto& who) {
      return propose_conclusion(tx, who, catalog(), id, version, conclusions, clock);
    });
  }
  static const duties::Follows& follows() {
    static const auto all = [] {
      duties::Follows made;
      add_follows(made, catalog());
      add_closing_follow(made, catalog());
      add_follow_ups(made, catalog().recovery_terms);
      return made;
    }();
    return all;
  }
  /// Decides the step that is due, as `by` under `post`.
  std::string decide_it(duties::MatterId matter, const Player& by, const std::string& post,
                        duties::Verdict verdict = duties::Verdict::approve) {
    return as(by, [&](auto& tx, const auto& who) -> Result<duties::Outcome> {
      const auto seen = duties::find_matter(tx, who, matter);
      if (!seen) return fail(seen.error());
      const auto& chain = *duties().chain(seen->chain);
      return duties::decide(
          tx, {duties(), catalog().calendar}, follows(), who,
          {matter, seen->version, chain.steps[seen->step].name, verdict, post, "opinion"}, clock);
    });
  }
  /// A case that is being verified by `verifier`, with a report.
  CaseId verified_case(const std::vector<std::string>& lead_ids) {
    const auto id = case_of(lead_ids);
    EXPECT_EQ(dispatch_it(id), "") << last_error.detail;
    EXPECT_EQ(accept_it(id, verifier), "") << last_error.detail;
    EXPECT_EQ(paper(id, verifier), "") << last_error.detail;
    return id;
  }
  CaseId concluded_case(const std::vector<LeadConclusion>& conclusions) {
    std::vector<std::string> ids;
    for (const auto& one : conclusions) ids.push_back(one.lead_id);
    const auto id = verified_case(ids);
    EXPECT_EQ(conclude_it(id, verifier, conclusions), "") << last_error.detail;
    EXPECT_EQ(decide_it(*file(id).matter, reviewer, "BM"), "") << last_error.detail;
    return id;
  }

  /// A number of somebody insured.
  static std::string insured(int serial) { return std::string(id_number(500 + serial).reveal()); }

  Instant clock = now;
  Error last_error;
  Player analyst, second_analyst, head, verifier, reviewer, other_verifier, stranger;

 private:
  int players_ = 0;
};

}  // namespace anlan::cases
