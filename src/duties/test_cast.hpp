#pragma once

// For tests only: people who try to decide matters, also such as no program would let exist. They
// are written into the tables directly: granting has checks of its own, and here it is the decision
// that must hold.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "access/test_desk.hpp"
#include "catalog/duties.hpp"
#include "duties/breaches.hpp"
#include "duties/matter.hpp"
#include "journal/outbox.hpp"

namespace anlan::duties {

inline const catalog::Duties& shipped() {
  static const auto loaded = catalog::load_duties(ANLAN_SOURCE_DIR "/catalog");
  if (!loaded) {
    ADD_FAILURE() << loaded.error().detail;
    std::abort();
  }
  return *loaded;
}

class CastTest : public access::DeskTest {
 public:
  struct Player {
    access::PersonId person;
    access::AccountId account;
    access::Authenticated how = access::Authenticated::session;
    std::optional<access::Actor> loaded;  ///< from an earlier moment
  };

  /// A matter with its maker, the one it is about, and how it was when last looked at.
  struct Open {
    MatterId id;
    Player maker;
    Player subject;
    Matter seen;
  };

  const fund::WorkCalendar& calendar() const { return calendar_; }
  Rules rules() const { return {shipped(), calendar_}; }
  /// When a test begins.
  Instant start() const { return now; }
  void at(Instant clock) { clock_ = clock; }

  /// The transaction in which all of a test happens until settle(); attempts are taken back in it.
  store::Transaction& tx() {
    if (!tx_) tx_.emplace(*database().begin_write());
    return *tx_;
  }
  void settle() {
    if (!tx_) return;
    const auto committed = tx_->commit();
    EXPECT_TRUE(committed) << committed.error().code << ": " << committed.error().detail;
    tx_.reset();
  }
  template <class Work>
  void done(Work&& work) {
    const auto result = work(tx());
    EXPECT_TRUE(result) << result.error().code << ": " << result.error().detail;
  }

  Player player(const std::string& organisation = "d01-agency") {
    const auto person = insert(
        "INSERT INTO person (organisation_id, name, staff_kind, version)"
        " VALUES (?, '某', 'own', 1) RETURNING person_id",
        {organisation});
    run("INSERT INTO person_identity (person_id, id_no_blind, id_no_sealed) VALUES (?, ?, ?)",
        {person, blind_of(person).value(), store::Bytes{"sealed"}});
    return new_account({person}, organisation);
  }
  Player second_account(const Player& of) { return new_account(of.person, "d01-agency"); }
  /// Works in an organisation that is neither the matter's nor above it.
  Player stranger(const std::string& post) {
    auto one = player("d02-agency");
    if (!post.empty()) hold(one, post, "d02-agency");
    return one;
  }

  static access::Blind blind(const Player& player) { return blind_of(player.person.value); }

  void hold(const Player& player, const std::string& post,
            const std::string& organisation = "d01-agency") {
    insert_holding(player, post, organisation, long_ago(), {});
  }
  void hold_if(const Player& player, const std::string& post) {
    if (!post.empty()) hold(player, post);
  }
  void hold_until(const Player& player, const std::string& post, Instant to) {
    insert_holding(player, post, "d01-agency", long_ago(), to.ms);
  }
  void hold_from(const Player& player, const std::string& post, Instant from) {
    insert_holding(player, post, "d01-agency", from, {});
  }
  void cover_if(const Player& player, const std::string& post) {
    if (!post.empty()) cover_until(player, post, now.plus(std::chrono::hours(24)));
  }
  void cover_until(const Player& player, const std::string& post, Instant to) {
    run("INSERT INTO post_cover (person_id, account_id, organisation_id, post, starts_at, ends_at,"
        " granted_by, approved_by, version) VALUES (?, ?, 'd01-agency', ?, ?, ?, 'a', 'b', 1)",
        {player.person.value, player.account.value, post, to.plus(-std::chrono::hours(48)).ms,
         to.ms});
  }
  void control(const Player& player, const std::string& post, const std::string& text) {
    run("UPDATE post_holding SET control = ? WHERE person_id = ? AND post = ?",
        {text, player.person.value, post});
  }
  void revoke_all(const Player& player) {
    run("UPDATE post_holding SET held_to_at = ? WHERE person_id = ?",
        {clock_.ms, player.person.value});
  }
  void make_vendor(const Player& player) {
    run("UPDATE person SET staff_kind = 'vendor' WHERE person_id = ?", {player.person.value});
  }
  /// `who` says that `of` is kin of theirs.
  void declare(const Player& who, const Player& of) {
    run("INSERT INTO kinship (person_id, kin_id_no_blind, relation, declared_at, declared_by)"
        " VALUES (?, ?, 'sibling', 0, 'a')",
        {who.person.value, blind(of).value()});
  }
  void add_subject(const Open& matter, const Player& subject) {
    run("INSERT INTO matter_subject (matter_id, id_no_blind) VALUES (?, ?)",
        {matter.id.value, blind(subject).value()});
  }
  void handled(const Open& matter, const Player& handler) {
    const auto added =
        add_handler(tx(), actor(matter.maker), matter.id, handler.person, "", clock_);
    EXPECT_TRUE(added) << added.error().code;
  }

  Player on_console() {
    Player console;
    console.loaded = access::Actor::console("uid:1000");
    return console;
  }
  Player by_token(Player player) {
    player.how = access::Authenticated::token;
    return player;
  }
  /// From now on the player acts with what they were at this moment.
  void load(Player& player) { player.loaded = actor(player); }

  access::Actor actor(const Player& player) {
    if (player.loaded) return *player.loaded;
    return actor_in(tx(), player);
  }

  access::Actor actor_in(store::Transaction& transaction, const Player& player) const {
    if (player.loaded) return *player.loaded;
    auto loaded = access::Actor::load(transaction, player.account, clock_, {}, player.how);
    EXPECT_TRUE(loaded) << loaded.error().code;
    return std::move(*loaded);
  }

  Open open(const catalog::Chain& chain) {
    Open matter;
    matter.maker = player();
    matter.subject = player();
    const auto post = chain.maker_posts.empty() ? std::string() : chain.maker_posts.front();
    hold_if(matter.maker, post);
    const auto id = open_matter(
        tx(), rules(), actor(matter.maker),
        {chain.name, "d01-agency", "test:1", "content-1", post, {blind(matter.subject)}}, clock_);
    EXPECT_TRUE(id) << id.error().code << ": " << id.error().detail;
    matter.id = *id;
    reload(matter);
    return matter;
  }
  /// "" if they could open it; nothing stays of it.
  std::string open_code(const catalog::Chain& chain, const Player& player, const std::string& post,
                        const std::vector<access::Blind>& subjects) {
    const auto who = actor(player);
    return taken_back([&] {
      return open_matter(tx(), rules(), who,
                         {chain.name, "d01-agency", "test:1", "content-1", post, subjects}, clock_);
    });
  }
  void reload(Open& matter) {
    matter.seen = *find_matter(tx(), access::Actor::console("uid:0"), matter.id);
  }

  static Decision decision_on(const Open& matter, const catalog::ChainStep& step,
                              const std::string& post) {
    return {matter.id, matter.seen.version, step.name, Verdict::approve, post, ""};
  }

  /// What would become of it; nothing stays of it.
  Result<Outcome> attempt(const Player& player, const Decision& decision,
                          const Rules* other_rules = nullptr) {
    const auto who = actor(player);
    run("SAVEPOINT attempt", {});
    auto outcome =
        approve(tx(), other_rules == nullptr ? rules() : *other_rules, who, decision, clock_);
    run("ROLLBACK TO SAVEPOINT attempt", {});
    run("RELEASE SAVEPOINT attempt", {});
    return outcome;
  }
  std::string code_of_attempt(const Player& player, const Decision& decision,
                              const Rules* other_rules = nullptr) {
    const auto outcome = attempt(player, decision, other_rules);
    return outcome ? "" : outcome.error().code;
  }
  /// As the program does it: stays if it succeeds.
  Result<Outcome> decide(const Player& player, const Decision& decision) {
    return approve(tx(), rules(), actor(player), decision, clock_);
  }
  std::string change(const Player& player, const Open& matter, const std::string& content,
                     const std::string& post, const Rules* other_rules = nullptr) {
    const auto changed =
        change_matter(tx(), other_rules == nullptr ? rules() : *other_rules, actor(player),
                      matter.id, matter.seen.version, content, post, clock_);
    return changed ? "" : changed.error().code;
  }
  std::string withdraw(const Player& player, const Open& matter) {
    const auto withdrawn =
        withdraw_matter(tx(), actor(player), matter.id, matter.seen.version, clock_);
    return withdrawn ? "" : withdrawn.error().code;
  }
  std::vector<Decided> decisions_of(const Player& player, const Open& matter) {
    return *decisions_on(tx(), actor(player), matter.id);
  }
  /// The codes of what breaches_decided finds.
  std::vector<std::string> found() {
    std::vector<std::string> codes;
    const auto breaches = breaches_decided(tx(), rules());
    EXPECT_TRUE(breaches) << breaches.error().detail;
    if (!breaches) return codes;
    for (const auto& breach : *breaches) codes.push_back(breach.code);
    return codes;
  }
  /// What one statement outside the program is told; nothing stays of it.
  std::string raw_code(const std::string& sql) {
    settle();
    auto transaction = *database().begin_write();
    const auto ran = transaction.run(sql);
    return ran ? "" : ran.error().code;
  }

  /// Does all of it at the same moment, each in a transaction of its own (and again when another
  /// came between): the code of each one's failure, "" if it succeeded.
  using Work = std::function<Status(store::Transaction&)>;
  std::vector<std::string> at_once(const std::vector<Work>& works) {
    settle();
    std::atomic<std::size_t> ready = 0;
    std::vector<std::string> codes(works.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < works.size(); ++i) {
      threads.emplace_back([&, i] {
        ++ready;
        while (ready < works.size()) std::this_thread::yield();
        const auto done = database().write(works[i]);
        if (!done) codes[i] = done.error().code;
      });
    }
    for (auto& thread : threads) thread.join();
    return codes;
  }
  Work deciding(const Player& player, const Decision& decision) {
    return [this, player, decision](store::Transaction& transaction) -> Status {
      const auto outcome =
          approve(transaction, rules(), actor_in(transaction, player), decision, clock_);
      if (!outcome) return fail(outcome.error());
      return {};
    };
  }
  /// The same by somebody who looks again whenever they are told that it changed.
  Work deciding_stubbornly(const Player& player, Decision decision) {
    return [this, player, decision](store::Transaction& transaction) mutable -> Status {
      const auto who = actor_in(transaction, player);
      const auto matter = find_matter(transaction, who, decision.matter);
      if (!matter) return fail(matter.error());
      decision.version = matter->version;
      const auto outcome = approve(transaction, rules(), who, decision, clock_);
      if (!outcome) return fail(outcome.error());
      return {};
    };
  }
  Work changing(const Player& player, const Open& matter, const std::string& post) {
    return [this, player, matter, post](store::Transaction& transaction) {
      return change_matter(transaction, rules(), actor_in(transaction, player), matter.id,
                           matter.seen.version, "content-2", post, clock_);
    };
  }

  /// All decide the same at the same moment. Who did; -1, and a failure, if not exactly one.
  int race(const Decision& decision, const std::vector<Player>& players) {
    std::vector<Work> works;
    for (const auto& player : players) works.push_back(deciding(player, decision));
    const auto codes = at_once(works);
    int winner = -1;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (!codes[i].empty()) {
        EXPECT_EQ(codes[i], "duties.stale");
        continue;
      }
      EXPECT_EQ(winner, -1) << "two decided at once";
      winner = static_cast<int>(i);
    }
    EXPECT_NE(winner, -1) << "nobody decided";
    return winner;
  }

 protected:
  std::vector<store::Schema> schemas() const override {
    return {journal::schema(), access::schema(), duties::schema()};
  }
  void SetUp() override {
    DeskTest::SetUp();
    clock_ = now;
  }
  void TearDown() override {
    tx_.reset();
    DeskTest::TearDown();
  }

 private:
  static access::Blind blind_of(std::int64_t person) {
    auto text = std::to_string(person);
    return {std::string(32 - text.size(), '0') + text};
  }
  Instant long_ago() const { return now.plus(-std::chrono::hours(24 * 365)); }

  void run(const std::string& sql, const std::vector<store::Value>& values) {
    const auto ran = tx().run(sql, values);
    EXPECT_TRUE(ran) << ran.error().code << ": " << ran.error().detail << "\n" << sql;
  }
  std::int64_t insert(const std::string& sql, const std::vector<store::Value>& values) {
    const auto row = tx().query_one(sql, values);
    EXPECT_TRUE(row) << row.error().detail;
    return std::get<std::int64_t>((*row)->values().front().held());
  }
  Player new_account(access::PersonId person, const std::string& organisation) {
    const auto account = insert(
        "INSERT INTO account (person_id, organisation_id, login, disabled, valid_from_at, version)"
        " VALUES (?, ?, ?, 0, 0, 1) RETURNING account_id",
        {person.value, organisation, "login" + std::to_string(++logins_)});
    return {person, {account}};
  }
  void insert_holding(const Player& player, const std::string& post,
                      const std::string& organisation, Instant from,
                      std::optional<std::int64_t> to) {
    run("INSERT INTO post_holding (person_id, account_id, organisation_id, post, held_from_at,"
        " held_to_at, granted_by, approved_by, version) VALUES (?, ?, ?, ?, ?, ?, 'a', 'b', 1)",
        {player.person.value, player.account.value, organisation, post, from.ms, to});
  }
  template <class Work>
  std::string taken_back(Work&& work) {
    run("SAVEPOINT attempt", {});
    const auto result = work();
    run("ROLLBACK TO SAVEPOINT attempt", {});
    run("RELEASE SAVEPOINT attempt", {});
    return result ? "" : result.error().code;
  }

  const fund::WorkCalendar calendar_{};
  Instant clock_;
  std::optional<store::Transaction> tx_;
  int logins_ = 0;
};

}  // namespace anlan::duties
