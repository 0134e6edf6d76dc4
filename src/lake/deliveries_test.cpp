#include "lake/deliveries.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/file.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"

namespace anlan::lake {
namespace {

class LakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("anlan lake 湖_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    auto workspace = Workspace::init(folder_, "合成市");
    ASSERT_TRUE(workspace) << workspace.error().detail;
    workspace_.emplace(std::move(*workspace));
    table_.name = "note";
    table_.key = {"note_id", "month"};
    table_.columns = {{.name = "note_id", .required = true},
                      {.name = "month", .type = catalog::ColumnType::month},
                      {.name = "amount", .type = catalog::ColumnType::fen}};
    catalog_.tables = {table_};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string deliver(const std::string& source, int rows, std::vector<std::string> replaces = {}) {
    Manifest manifest;
    manifest.table = "note";
    manifest.source = source;
    manifest.source_sha256 = source;
    manifest.received_at = "2018-12-01T08:00:00+08:00";
    manifest.rows_read = manifest.rows_loaded = rows;
    manifest.replaces = std::move(replaces);
    manifest.parts = {"part-00000.parquet"};
    manifest.id = delivery_id(manifest);
    const auto aside = workspace_->staging() / manifest.id;
    std::filesystem::create_directories(aside);
    auto engine = Engine::open({});
    auto connection = engine->connect();
    const auto made = connection->run(
        "COPY (SELECT cast(i AS VARCHAR) AS note_id, 201811 AS month, cast(i * 100 AS BIGINT) AS "
        "amount, "
        "cast(i + 2 AS BIGINT) AS row_no FROM range(" +
        std::to_string(rows) + ") t(i)) TO '" + (aside / "part-00000.parquet").string() + "'");
    EXPECT_TRUE(made) << made.error().detail;
    EXPECT_TRUE(write_file(aside / "manifest.json", manifest_json(manifest)));
    EXPECT_TRUE(commit_folder(aside, workspace_->lake() / "note" / ("delivery=" + manifest.id)));
    return manifest.id;
  }

  std::filesystem::path folder_;
  std::optional<Workspace> workspace_;
  catalog::Table table_;
  catalog::Catalog catalog_;
};

TEST_F(LakeTest, ManifestSurvivesTheRoundTrip) {
  Manifest manifest;
  manifest.id = "x";
  manifest.source = "支付 明细.csv";
  manifest.rows_rejected = 3;
  manifest.replaces = {"a", "b"};
  const auto again = parse_manifest(manifest_json(manifest), "here");
  ASSERT_TRUE(again);
  EXPECT_EQ(manifest_json(*again), manifest_json(manifest));
  EXPECT_EQ(parse_manifest("{}", "here").error().code, "delivery.manifest");
}

TEST_F(LakeTest, ReplacedDeliveryLeavesTheSnapshotButStaysOnRecord) {
  const auto first = deliver("a.csv", 3);
  const auto before = current_snapshot(*workspace_);
  ASSERT_TRUE(before);
  const auto second = deliver("b.csv", 5, {first});
  const auto after = current_snapshot(*workspace_);
  ASSERT_TRUE(after);
  EXPECT_NE(before->id, after->id);
  ASSERT_EQ(after->deliveries.size(), 1u);
  EXPECT_EQ(after->deliveries[0].manifest.id, second);
  EXPECT_EQ(list_deliveries(*workspace_)->size(), 2u);
  EXPECT_EQ(snapshot_of(*workspace_, {first})->id, before->id);
  EXPECT_EQ(snapshot_of(*workspace_, {"none"}).error().code, "delivery.missing");
}

TEST_F(LakeTest, ViewsShowTheSnapshotWithRowKeys) {
  deliver("a.csv", 3);
  const auto snapshot = current_snapshot(*workspace_);
  auto engine = Engine::open({.read_only_folders = {folder_}});
  auto connection = engine->connect();
  const auto made = create_table_views(*connection, catalog_, *snapshot);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(*connection->query_int("SELECT sum(amount) FROM note"), 300);
  auto rows = connection->query("SELECT row_key, row_no, delivery_id FROM note ORDER BY row_no");
  ASSERT_TRUE(rows) << rows.error().detail;
  ASSERT_TRUE(*rows->next());
  EXPECT_EQ(rows->text(0), "0|201811");
  EXPECT_EQ(rows->int64(1), 2);
  EXPECT_EQ(rows->text(2), snapshot->deliveries[0].manifest.id);
}

TEST_F(LakeTest, TableWithoutADeliveryIsEmpty) {
  const auto snapshot = current_snapshot(*workspace_);
  auto engine = Engine::open({});
  auto connection = engine->connect();
  ASSERT_TRUE(create_table_views(*connection, catalog_, *snapshot));
  EXPECT_EQ(*connection->query_int("SELECT count(*) FROM note WHERE amount > 0 OR row_key = ''"),
            0);
}

TEST_F(LakeTest, VerifyNamesTheDamagedFile) {
  const auto id = deliver("a.csv", 3000);
  ASSERT_TRUE(verify_deliveries(*workspace_));
  const auto part = workspace_->lake() / "note" / ("delivery=" + id) / "part-00000.parquet";
  std::filesystem::resize_file(part, std::filesystem::file_size(part) / 2);
  const auto verdict = verify_deliveries(*workspace_);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, "delivery.damaged");
  EXPECT_NE(verdict.error().detail.find(id), std::string::npos);
}

TEST_F(LakeTest, OnlyOneWriterAtATimeAndTheNextOneSweeps) {
  std::filesystem::create_directories(workspace_->staging() / "unfinished");
  {
    const auto lock = workspace_->lock_for_writing();
    ASSERT_TRUE(lock);
    EXPECT_FALSE(std::filesystem::exists(workspace_->staging() / "unfinished"));
    EXPECT_EQ(workspace_->lock_for_writing().error().code, "workspace.busy");
  }
  EXPECT_TRUE(workspace_->lock_for_writing());
}

TEST_F(LakeTest, SettingsErrorsNameTheLine) {
  const struct {
    const char* text;
    const char* needle;
  } rows[] = {
      {"authority: x\nid_check: perhaps\n", ":2: id_check"},
      {"memory: lots\n", ":1: memory"},
      {"colour: red\n", "unknown setting colour"},
      {"a: [\n", "anlan.yaml:"},
  };
  for (const auto& row : rows) {
    ASSERT_TRUE(write_file(folder_ / "anlan.yaml", row.text));
    const auto workspace = Workspace::open(folder_);
    ASSERT_FALSE(workspace) << row.text;
    EXPECT_EQ(workspace.error().code, "workspace.settings");
    EXPECT_NE(workspace.error().detail.find(row.needle), std::string::npos)
        << workspace.error().detail;
  }
  EXPECT_EQ(Workspace::open(folder_ / "none").error().code, "workspace.missing");
  EXPECT_EQ(Workspace::init(folder_, "x").error().code, "workspace.exists");
}

}  // namespace
}  // namespace anlan::lake
