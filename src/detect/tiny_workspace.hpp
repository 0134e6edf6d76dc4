#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"
#include "lake/workspace.hpp"

namespace anlan::detect {

/// For tests: a workspace in a temporary folder, and a catalog of three tables without codes.
class TinyWorkspace : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("anlan 检测 ") + test->name() + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    auto workspace = lake::Workspace::init(folder_, "合成市");
    ASSERT_TRUE(workspace) << workspace.error().detail;
    workspace_.emplace(std::move(*workspace));
    using catalog::ColumnType;
    catalog_.tables = {
        table("benefit_payment", {"pay_id"},
              {{"pay_id", ColumnType::text},
               {"person_id", ColumnType::text},
               {"benefit_month", ColumnType::month},
               {"amount", ColumnType::fen},
               {"acct_no", ColumnType::text}}),
        table("exception_list", {"exception_id"},
              {{"exception_id", ColumnType::text},
               {"id_no", ColumnType::text},
               {"subject_kind", ColumnType::text},
               {"subject_id", ColumnType::text},
               {"model_code", ColumnType::text},
               {"from_date", ColumnType::date},
               {"expiry_date", ColumnType::date},
               {"approver_1", ColumnType::text},
               {"approver_2", ColumnType::text}}),
        table("person", {"person_id"},
              {{"person_id", ColumnType::text},
               {"id_no", ColumnType::id_no},
               {"birth_date", ColumnType::date}}),
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static catalog::Table table(
      const std::string& name, std::vector<std::string> key,
      const std::vector<std::pair<std::string, catalog::ColumnType>>& columns) {
    catalog::Table made;
    made.name = name;
    made.key = std::move(key);
    for (const auto& [column, type] : columns) {
      catalog::Column one;
      one.name = column;
      one.type = type;
      made.columns.push_back(one);
    }
    return made;
  }

  static catalog::Model model(const std::string& code, const std::string& sql) {
    catalog::Model made;
    made.code = code;
    made.name = "model_" + code;
    made.about = "account";
    made.sql = sql;
    made.version = "v1";
    made.needs = {"benefit_payment"};
    return made;
  }

  /// Delivers the rows that `select` gives; it may leave out row_no and any column.
  void deliver(const std::string& name, const std::string& select) {
    const auto* known = catalog_.table(name);
    ASSERT_NE(known, nullptr);
    lake::Manifest manifest;
    manifest.table = name;
    manifest.source = name + ".csv";
    manifest.source_sha256 = select;
    manifest.received_at = "2018-12-01T08:00:00+08:00";
    manifest.parts = {"part-00000.parquet"};
    manifest.id = lake::delivery_id(manifest);
    const auto aside = workspace_->staging() / manifest.id;
    std::filesystem::create_directories(aside);
    auto engine = lake::Engine::open({});
    auto connection = engine->connect();
    std::string columns;
    for (const auto& column : known->columns)
      columns += column.name + " " + lake::sql_type(column) + ", ";
    auto made = connection->run("CREATE TABLE t (" + columns +
                                "row_no BIGINT); INSERT INTO t BY NAME " + select + "; COPY t TO " +
                                sql_quoted((aside / "part-00000.parquet").string()));
    ASSERT_TRUE(made) << made.error().detail;
    ASSERT_TRUE(write_file(aside / "manifest.json", lake::manifest_json(manifest)));
    ASSERT_TRUE(commit_folder(aside, workspace_->lake() / name / ("delivery=" + manifest.id)));
  }

  lake::Snapshot snapshot() const {
    auto now = lake::current_snapshot(*workspace_);
    EXPECT_TRUE(now) << now.error().detail;
    return *now;
  }

  std::filesystem::path folder_;
  std::optional<lake::Workspace> workspace_;
  catalog::Catalog catalog_;
};

}  // namespace anlan::detect
