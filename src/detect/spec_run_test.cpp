#include "detect/spec_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/tiny_workspace.hpp"

namespace anlan::detect {
namespace {

using ::testing::HasSubstr;

class SpecRun : public TinyWorkspace {
 protected:
  lake::SpecResult run(const std::string& spec) {
    auto tested =
        model("EP-15",
              "select acct_no as subject_id, benefit_month as month, sum(amount) as amount_fen, "
              "min(row_key) as ev_benefit_payment, count(*) as n, avg(amount) as mean "
              "from benefit_payment group by acct_no, benefit_month having count(*) >= :n_min");
    catalog::Param param;
    param.name = "n_min";
    param.value = "2";
    tested.params = {param};
    tested.exclude = {"E6"};
    tested.spec = spec;
    catalog_.models = {tested};
    auto runner = SpecRunner::open(catalog_);
    EXPECT_TRUE(runner) << runner.error().detail;
    return runner->run(catalog_.models[0]);
  }
};

constexpr const char* two_payments =
    "given benefit_payment\n"
    "  pay_id  benefit_month  amount   acct_no\n"
    "  B1      2018-12        3000.00  A1\n"
    "  B2      201812         0.50     A1\n"
    "  B3      201812         1.00     A2\n";

TEST_F(SpecRun, PassesWhenTheHitsAreThoseExpected) {
  const auto result = run(
      std::string("case two\n") + two_payments +
      "expect\n"
      "  subject_id  month   amount_fen  ev_benefit_payment  mean\n"
      "  A1          201812  300050      B1                  150025.00\n"
      "case nothing left of the case before\n"
      "given benefit_payment\n"
      "  pay_id  benefit_month  amount_fen  acct_no\n"
      "  B1      201812         300000      A1\n"
      "expect\n"
      "case a parameter\n"
      "params n_min=1\n"
      "given benefit_payment\n"
      "  pay_id  benefit_month  amount_fen  acct_no\n"
      "  B1      201812         300000      A1\n"
      "expect\n"
      "  subject_id  n\n"
      "  A1          1\n"
      "case exempt until that day\n"
      "as_of 2018-12-31\n" +
      two_payments +
      "given exception_list\n"
      "  exception_id  subject_kind  subject_id  model_code  expiry_date  approver_1  approver_2\n"
      "  X1            account       A1          EP-15       2018-12-31   a           b\n"
      "expect\n");
  EXPECT_FALSE(result.error) << result.error->detail;
  ASSERT_EQ(result.cases.size(), 4U);
  for (const auto& one : result.cases) EXPECT_EQ(one.difference, "") << one.name;
  EXPECT_TRUE(result.passed());
}

TEST_F(SpecRun, ShowsMissingAndUnexpectedHitsAsATable) {
  const auto result = run(std::string("case wrong amount\n") + two_payments +
                          "expect\n"
                          "  subject_id  month   amount_fen\n"
                          "  A1          201812  300000\n"
                          "  A9          -       1\n");
  ASSERT_EQ(result.cases.size(), 1U);
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(result.cases[0].difference,
            "            subject_id  month   amount_fen\n"
            "missing     A1          201812  300000\n"
            "missing     A9          -       1\n"
            "unexpected  A1          201812  300050\n");
}

TEST_F(SpecRun, SaysWhatIsWrongWithTheSpecItself) {
  struct Row {
    std::string spec;
    const char* words;
  };
  const std::string ok = std::string("case x\n") + two_payments + "expect\n";
  const Row rows[] = {
      {"case x\ngiven benefit_payments\n  pay_id\n  B1\nexpect\n",
       "no table benefit_payments; did you mean benefit_payment?"},
      {"case x\ngiven benefit_payment\n  pay\n  B1\nexpect\n", "benefit_payment has no column pay"},
      {"case x\ngiven benefit_payment\n  pay_id  amount\n  B1      1.234\nexpect\n",
       "line 4: amount is '1.234', expected yuan"},
      {"case x\ngiven benefit_payment\n  pay_id  benefit_month\n  B1      201813\nexpect\n",
       "expected a month"},
      {"case x\nparams limit=1\n" + std::string(two_payments) + "expect\n",
       "its parameters: n_min"},
      {ok + "  subject\n  A1\n", "the model gives no column subject; did you mean subject_id?"},
      {ok + "  subject_id  month\n  A1          2018\n", "month is '2018'"},
  };
  for (const auto& row : rows) {
    const auto result = run(row.spec);
    EXPECT_FALSE(result.passed());
    const auto words = result.error ? result.error->detail : result.cases.at(0).difference;
    EXPECT_THAT(words, HasSubstr(row.words));
  }
  const auto empty = run("# nothing\n");
  ASSERT_TRUE(empty.error);
}

}  // namespace
}  // namespace anlan::detect
