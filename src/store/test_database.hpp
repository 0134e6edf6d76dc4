#pragma once

// For tests only: fresh databases of both engines. tests/run.py starts a PostgreSQL server and
// names it in ANLAN_TEST_POSTGRES; without it the PostgreSQL half is skipped, and says so.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace anlan::store {

/// A test of both engines: `class X : public EngineTest {}; TEST_P(X, …)` and
/// `INSTANTIATE_TEST_SUITE_P(Engines, X, both_engines, engine_name);`. Each test has a database of
/// its own, at location().
class EngineTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    static std::atomic<int> made = 0;
    name_ = fmt::format("anlan_{}_{}", ::getpid(), ++made);
    folder_ = std::filesystem::temp_directory_path() / name_;
    std::filesystem::create_directories(folder_);
    if (GetParam() == Engine::sqlite) {
      location_ = (folder_ / "desk.db").string();
      return;
    }
    const char* server = std::getenv("ANLAN_TEST_POSTGRES");
    if (server == nullptr) GTEST_SKIP() << "no PostgreSQL: ANLAN_TEST_POSTGRES is not set";
    server_ = server;
    on_server("CREATE DATABASE " + name_);
    location_ = server_.substr(0, server_.rfind('/') + 1) + name_;
  }

  void TearDown() override {
    if (!server_.empty()) on_server("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  const std::string& location() const { return location_; }
  const std::filesystem::path& folder() const { return folder_; }

  Database open(const std::vector<Schema>& schemas = {}) {
    auto database = Database::open(location_, schemas);
    EXPECT_TRUE(database) << database.error().code << ": " << database.error().detail;
    return std::move(*database);
  }

 private:
  /// Outside any transaction, as CREATE DATABASE asks; test_database.cpp would make libpq a
  /// dependency of every test, so psql runs it.
  void on_server(const std::string& sql) {
    const auto command = fmt::format("psql -X -q -d '{}' -c '{}' 2>&1", server_, sql);
    ASSERT_EQ(std::system(command.c_str()), 0) << sql;
  }

  std::string name_;
  std::filesystem::path folder_;
  std::string location_;
  std::string server_;
};

inline const auto both_engines = testing::Values(Engine::sqlite, Engine::postgres);
inline std::string engine_name(const testing::TestParamInfo<Engine>& info) {
  return info.param == Engine::sqlite ? "Sqlite" : "Postgres";
}

}  // namespace anlan::store
