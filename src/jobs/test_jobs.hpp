#pragma once

// For tests only: a workspace and a desk in which jobs can be asked for.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "access/test_desk.hpp"
#include "base/file.hpp"
#include "catalog/catalog.hpp"
#include "jobs/job.hpp"
#include "lake/workspace.hpp"

namespace anlan::jobs {

class JobsTest : public access::DeskTest {
 protected:
  std::vector<store::Schema> schemas() const override {
    return {journal::schema(), access::schema(), jobs::schema()};
  }
  void SetUp() override {
    DeskTest::SetUp();
    if (IsSkipped()) return;
    auto made = lake::Workspace::init(folder() / "city", "某市");
    ASSERT_TRUE(made) << made.error().detail;
    workspace_.emplace(std::move(*made));
  }

  const lake::Workspace& workspace() const { return *workspace_; }
  static const catalog::Catalog& catalog() {
    static const auto loaded = catalog::Catalog::load(ANLAN_SOURCE_DIR "/catalog");
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return *loaded;
  }
  /// Somebody who holds the post there.
  access::Actor actor_with(const std::string& code, const std::string& organisation) {
    const int serial = ++people_;
    const auto who = person(serial, organisation);
    const auto through = account(who, "user" + std::to_string(serial), organisation);
    post(who, through, code, organisation);
    return done([&](store::Transaction& tx) {
      return access::Actor::load(tx, through, now, access::post_rights(catalog().duties),
                                 access::Authenticated::session);
    });
  }
  void put_in_inbox(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(workspace().inbox());
    ASSERT_TRUE(write_file(workspace().inbox() / name, text));
  }
  Job job(JobId id) {
    auto found = database().read([&](store::Transaction& tx) { return find(tx, root, id); });
    EXPECT_TRUE(found) << found.error().code;
    return std::move(*found);
  }
  /// Acts of jobs and schedules in the outbox, as "act subject outcome".
  std::vector<std::string> acts() {
    std::vector<std::string> found;
    const auto rows = database().read([](store::Transaction& tx) {
      return tx.query("SELECT act FROM journal_outbox ORDER BY position");
    });
    EXPECT_TRUE(rows) << rows.error().detail;
    for (const auto& row : *rows) {
      const auto json = nlohmann::json::parse(row.text("act"));
      const auto act = json.value("act", "");
      if (act.starts_with("job.") || act.starts_with("schedule.") || act.starts_with("source."))
        found.push_back(act + " " + json.value("subject", "") + " " + json.value("outcome", ""));
    }
    return found;
  }

 private:
  std::optional<lake::Workspace> workspace_;
  int people_ = 0;
};

}  // namespace anlan::jobs
