#pragma once

// For tests only: a desk with a small authority in it, on either engine.

#include <gtest/gtest.h>

#include <string>

#include "access/account.hpp"
#include "access/grant.hpp"
#include "access/identity_key.hpp"
#include "access/organisation.hpp"
#include "access/person.hpp"
#include "catalog/duties.hpp"
#include "journal/outbox.hpp"
#include "store/test_database.hpp"

namespace anlan::access {

/// bureau ─ supervision, d01 ─ d01-agency, d02 ─ d02-agency; the moment it is is `now`.
class DeskTest : public store::EngineTest {
 protected:
  /// A test of a higher folder adds its own.
  virtual std::vector<store::Schema> schemas() const {
    return {journal::schema(), access::schema()};
  }

  store::Database& database() { return *database_; }

  /// Runs it in a write transaction and insists on success.
  template <class Work>
  auto done(Work&& work) {
    auto result = database_->write(std::forward<Work>(work));
    EXPECT_TRUE(result) << result.error().code << ": " << result.error().detail;
    if constexpr (!std::is_same_v<decltype(result), Status>) return std::move(*result);
  }
  /// Runs it in a write transaction and insists on failure; the error's code.
  template <class Work>
  std::string code_of(Work&& work) {
    const auto result = database_->write(std::forward<Work>(work));
    EXPECT_FALSE(result);
    return result ? std::string("success") : result.error().code;
  }

  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    database_.emplace(open(schemas()));
    done([&](store::Transaction& tx) -> Status {
      for (const auto& one : tree) {
        if (auto added = add_organisation(tx, root, one, now); !added) return added;
      }
      return {};
    });
  }

  PersonId person(int serial, const std::string& organisation = "d01-agency",
                  StaffKind kind = StaffKind::own) {
    return done([&](store::Transaction& tx) {
      return add_person(tx, root, key,
                        {organisation, "职员" + std::to_string(serial), id_number(serial), kind,
                         "1380000000" + std::to_string(serial % 10), ""},
                        now);
    });
  }
  AccountId account(PersonId of, const std::string& login,
                    const std::string& organisation = "d01-agency") {
    return done([&](store::Transaction& tx) {
      return add_account(tx, root, {of, organisation, login, {}}, now);
    });
  }
  /// Granted on the console and approved by a matter.
  std::int64_t post(PersonId of, AccountId through, const std::string& code,
                    const std::string& organisation = "d01-agency") {
    return done([&](store::Transaction& tx) {
      return grant_post(tx, root, duties(), {of, through, organisation, code, now, {}, ""},
                        {{}, "matter:1"}, now);
    });
  }

  /// Those of the catalog.
  static const catalog::Duties& duties() {
    static const auto loaded = catalog::load_duties(ANLAN_SOURCE_DIR "/catalog");
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return *loaded;
  }

  /// A number of the region 1299xx, which no county has ever had.
  static fund::IdNumber id_number(int serial) {
    auto digits = "12990019800101" + std::to_string(1000 + serial).substr(1);
    digits += fund::id_check_digit(digits.c_str());
    return *fund::IdNumber::parse(digits);
  }

  const Instant now{1'546'300'800'000};  // 2019-01-01T08:00:00+08:00
  const IdentityKey key = IdentityKey::make();
  const Actor root = Actor::console("uid:0");

  static Organisation organisation(const std::string& id, const std::string& parent,
                                   const std::string& kind, const std::string& side) {
    return {id, parent, {id + "名", id}, kind, side, "120000", Date{0}, {}, 0};
  }
  const std::vector<Organisation> tree = {
      organisation("bureau", "", "bureau", "policy"),
      organisation("supervision", "bureau", "division", "supervision"),
      organisation("d01", "bureau", "district", "policy"),
      organisation("d01-agency", "d01", "agency", "handling"),
      organisation("d02", "bureau", "district", "policy"),
      organisation("d02-agency", "d02", "agency", "handling"),
  };

 private:
  std::optional<store::Database> database_;
};

}  // namespace anlan::access
