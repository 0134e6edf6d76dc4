#include "ledger/sign_off.hpp"

#include <gtest/gtest.h>

#include "ledger/test_content.hpp"

namespace anlan::ledger {
namespace {

// In small_content(): rows of 1 and 2, department head 3, unit head 4.

Signature signed_by(const Content& content, Level level, std::int64_t person) {
  return {1, level, person, "x", *scope_of(content, level, person), "account:1", {1}, {}};
}

std::string said(const Status& status) {
  return status ? "" : status.error().code;
}

TEST(SignOff, GoesInOrder) {
  const auto content = small_content();
  std::vector<Signature> all;
  const auto sign = [&](Level level, std::int64_t person) {
    const auto code = said(may_sign(content, all, level, person));
    if (code.empty()) all.push_back(signed_by(content, level, person));
    return code;
  };
  EXPECT_EQ(sign(Level::unit, 4), "ledger.signature_missing");
  EXPECT_EQ(sign(Level::department, 3), "ledger.signature_missing");
  EXPECT_EQ(sign(Level::direct, 1), "");
  EXPECT_EQ(sign(Level::direct, 1), "ledger.signed_already");
  EXPECT_EQ(sign(Level::department, 3), "ledger.signature_missing");  // 2 has not
  EXPECT_EQ(sign(Level::direct, 2), "");
  EXPECT_EQ(sign(Level::unit, 4), "ledger.signature_missing");
  EXPECT_EQ(sign(Level::department, 3), "");
  EXPECT_FALSE(is_signed(needed_signatures(content, all)));
  EXPECT_EQ(sign(Level::unit, 4), "");
  EXPECT_TRUE(is_signed(needed_signatures(content, all)));
}

TEST(SignOff, NobodySignsWhereTheyAreNotNamed) {
  const auto content = small_content();
  EXPECT_EQ(said(may_sign(content, {}, Level::direct, 3)), "ledger.not_named");
  EXPECT_EQ(said(may_sign(content, {}, Level::direct, 9)), "ledger.not_named");
  EXPECT_EQ(said(may_sign(content, {}, Level::direct, 0)), "ledger.not_named");
  EXPECT_EQ(said(may_sign(content, {}, Level::unit, 3)), "ledger.not_named");
}

TEST(SignOff, ADepartmentWaitsOnlyForItsOwn) {
  auto content = small_content();
  content.points[1].department_head = {5, "吴秀英"};
  const std::vector<Signature> all = {signed_by(content, Level::direct, 1)};
  EXPECT_TRUE(may_sign(content, all, Level::department, 3));
  EXPECT_EQ(said(may_sign(content, all, Level::department, 5)), "ledger.signature_missing");
}

TEST(SignOff, AnEditLeavesOnlySignaturesOnOtherRows) {
  const auto content = small_content();
  const Signature first = signed_by(content, Level::direct, 1);
  const Signature second = signed_by(content, Level::direct, 2);
  const Signature head = signed_by(content, Level::department, 3);
  const Signature unit = signed_by(content, Level::unit, 4);
  auto edited = content;
  edited.points[0].risk += "。";
  EXPECT_FALSE(stands(first, edited));
  EXPECT_TRUE(stands(second, edited));
  EXPECT_FALSE(stands(head, edited));
  EXPECT_FALSE(stands(unit, edited));

  auto fewer = content;
  fewer.points.pop_back();
  EXPECT_TRUE(stands(first, fewer));
  EXPECT_FALSE(stands(second, fewer));
  EXPECT_FALSE(stands(head, fewer));
  EXPECT_FALSE(stands(unit, fewer));

  auto other_year = content;
  other_year.year = 2019;
  EXPECT_FALSE(stands(first, other_year));

  auto voided = first;
  voided.voided_at = Instant{5};
  EXPECT_FALSE(stands(voided, content));
}

TEST(SignOff, AnOwnerWithoutAPersonCanNeverBeSigned) {
  auto content = small_content();
  content.points[1].direct = {0, "王芳"};
  std::vector<Signature> all = {signed_by(content, Level::direct, 1)};
  EXPECT_EQ(said(may_sign(content, all, Level::department, 3)), "ledger.signature_missing");
  EXPECT_FALSE(is_signed(needed_signatures(content, all)));
  EXPECT_FALSE(is_signed({}));
}

}  // namespace
}  // namespace anlan::ledger
