#include "sim/books.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/sha256.hpp"
#include "catalog/catalog.hpp"
#include "sim/books_calendar.hpp"
#include "sim/books_draw.hpp"

namespace anlan::sim {
namespace {

using Row = std::map<std::string, BookValue, std::less<>>;

class Collecting : public BookSink {
 public:
  void row(std::string_view table, std::initializer_list<BookCell> cells) override {
    Row row;
    for (const BookCell& cell : cells) row.emplace(cell.column, cell.value);
    tables[std::string{table}].push_back(std::move(row));
  }
  void truth(const BookTruth& truth) override { told.push_back(truth); }

  std::map<std::string, std::vector<Row>> tables;
  std::vector<BookTruth> told;
};

std::string text(const Row& row, std::string_view column) {
  const auto found = row.find(column);
  return found == row.end() ? "" : std::get<std::string>(found->second);
}
std::int64_t fen(const Row& row, std::string_view column) {
  return std::get<Fen>(row.find(column)->second).value;
}
std::int64_t number(const Row& row, std::string_view column) {
  return std::get<std::int64_t>(row.find(column)->second);
}

// A small city's business: 400 employers in six schemes, pensions and others paid monthly, some
// hundred cases.
BooksInput small_city(std::uint64_t seed, int months = 24) {
  const BookDraw draw(seed);
  BooksInput in;
  in.seed = seed;
  in.people = 20'000;
  in.start = Month::of(2017, 1);
  in.months = months;
  for (int d = 0; d < 16; ++d)
    in.districts.push_back({std::to_string(120'101 + d), std::to_string(120'101 + d) + "000001",
                            "区" + std::to_string(d)});
  for (std::uint32_t p = 0; p < 400; ++p)
    in.payers.push_back(
        {"E" + std::to_string(p), "91350100M000100Y43", "单位" + std::to_string(p), p % 16});
  int batch_no = 0;
  for (int i = 0; i < months; ++i) {
    const Month m = in.start.plus(i);
    for (std::uint32_t p = 0; p < 400; ++p) {
      const auto n = static_cast<std::uint64_t>(i) * 1'000 + p;
      const Date arrived =
          p % 40 == 0 ? last_working_day(m)
                      : plus_working_days(first_working_day(m),
                                          static_cast<int>(draw.between(4, 14, "test.day", n)));
      for (const std::int32_t scheme : {110, 120, 210, 310, 410, 510})
        in.collected.push_back(
            {p, scheme, m, arrived,
             draw.between(100'000, 9'000'000, "test.fen", n, static_cast<std::uint64_t>(scheme))});
    }
    for (const std::int32_t scheme : {110, 120, 170, 210}) {
      const auto n = static_cast<std::uint64_t>(++batch_no);
      const std::int64_t total = draw.between(60'000'000, 900'000'000, "test.batch", n);
      in.batches.push_back({"B" + std::to_string(batch_no), scheme, m, '1',
                            plus_working_days(first_working_day(m), scheme % 9), 100, total,
                            n % 5 == 0 ? total / 200 : 0});
    }
  }
  for (std::uint64_t c = 0; c < 900; ++c) {
    CaseSeed seed_case;
    seed_case.case_id = "C" + std::to_string(100'000 + c);
    seed_case.biz_type =
        std::array{"PEN", "ACC", "SUS", "RES", "UNE"}[draw.bits("test.biz", c) % 5];
    seed_case.person_id = "1" + std::to_string(100'000 + draw.between(0, 700, "test.person", c));
    seed_case.id_no = "id of " + seed_case.person_id;
    seed_case.district = static_cast<std::uint32_t>(draw.between(0, 15, "test.district", c));
    const Month m = in.start.plus(static_cast<int>(draw.between(0, months - 1, "test.month", c)));
    seed_case.closed = plus_working_days(first_working_day(m),
                                         static_cast<int>(draw.between(0, 15, "test.closed", c)));
    seed_case.obj_table = "benefit_grant";
    seed_case.obj_key = "G" + std::to_string(c);
    in.cases.push_back(seed_case);
  }
  return in;
}

const Collecting& books(std::uint64_t seed) {
  static std::map<std::uint64_t, Collecting> made;
  const auto [found, is_new] = made.try_emplace(seed);
  if (is_new) write_books(small_city(seed), found->second);
  return found->second;
}

TEST(Books, VouchersBalance) {
  std::map<std::string, std::int64_t> left;
  for (const Row& line : books(1).tables.at("voucher_line")) {
    left[text(line, "voucher_no")] += fen(line, "debit") - fen(line, "credit");
    EXPECT_NE(text(line, "maker"), text(line, "auditor"));
    EXPECT_NE(text(line, "auditor"), text(line, "poster"));
    EXPECT_NE(text(line, "cashier"), text(line, "poster"));
  }
  ASSERT_GT(left.size(), 1'000U);
  for (const auto& [voucher, fen_left] : left) EXPECT_EQ(fen_left, 0) << voucher;
}

TEST(Books, LedgerBalancesFollowFromVouchersAndFromEachOther) {
  const auto& tables = books(1).tables;
  std::map<std::string, std::string> dir;
  for (const Row& a : tables.at("gl_account"))
    dir[text(a, "ledger_id") + text(a, "code")] = text(a, "dir");
  std::map<std::tuple<std::string, std::int64_t, std::int64_t, std::string>,
           std::pair<std::int64_t, std::int64_t>>
      booked;
  for (const Row& line : tables.at("voucher_line")) {
    auto& sum = booked[{text(line, "ledger_id"), number(line, "year"), number(line, "period"),
                        text(line, "code")}];
    sum.first += fen(line, "debit");
    sum.second += fen(line, "credit");
  }
  std::map<std::string, std::int64_t> last;
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::int64_t> trial;
  for (const Row& b : tables.at("gl_balance")) {
    const std::string account = text(b, "ledger_id") + text(b, "code");
    const std::int64_t sign = dir.at(account) == "1" ? 1 : -1;
    EXPECT_EQ(fen(b, "open_bal") + sign * (fen(b, "debit") - fen(b, "credit")),
              fen(b, "close_bal"));
    if (const auto before = last.find(account); before != last.end()) {
      EXPECT_EQ(before->second, fen(b, "open_bal"));
    }
    last[account] = fen(b, "close_bal");
    const auto& sum =
        booked[{text(b, "ledger_id"), number(b, "year"), number(b, "period"), text(b, "code")}];
    EXPECT_EQ(fen(b, "debit"), sum.first);
    EXPECT_EQ(fen(b, "credit"), sum.second);
    trial[{text(b, "ledger_id"), number(b, "year"), number(b, "period")}] +=
        sign * fen(b, "close_bal");
  }
  for (const auto& [period, sum] : trial) EXPECT_EQ(sum, 0) << std::get<0>(period);
}

TEST(Books, BankBalancesRun) {
  std::map<std::string, std::pair<std::int64_t, Moment>> last;
  for (const Row& t : books(1).tables.at("bank_txn")) {
    const std::int64_t moved = fen(t, "amount") * (text(t, "dir") == "R" ? 1 : -1);
    const Moment at = std::get<Moment>(t.find("txn_time")->second);
    EXPECT_GT(fen(t, "amount"), 0);
    EXPECT_GE(fen(t, "balance"), 0);
    if (const auto before = last.find(text(t, "acct_id")); before != last.end()) {
      EXPECT_EQ(before->second.first + moved, fen(t, "balance"));
      EXPECT_LE(before->second.second, at);
    }
    last[text(t, "acct_id")] = {fen(t, "balance"), at};
  }
  EXPECT_GE(last.size(), 45U);
}

TEST(Books, IncomeAccountsAreEmptyAtMonthEndsButWhereToldOtherwise) {
  const Collecting& made = books(1);
  std::set<std::string> told;
  for (const BookTruth& t : made.told) {
    if (t.detection == "FA-01") told.insert(t.subject_id);
  }
  std::map<std::pair<std::string, Month>, std::int64_t> closing;
  for (const Row& t : made.tables.at("bank_txn")) {
    if (text(t, "acct_id")[6] != '1') continue;
    closing[{text(t, "acct_id"), std::get<Moment>(t.find("txn_time")->second).day().month()}] =
        fen(t, "balance");
  }
  std::set<std::string> open;
  for (const auto& [when, balance] : closing) {
    if (balance > 0) open.insert(when.first);
  }
  EXPECT_EQ(open, told);
}

TEST(Books, BatchVoucherAndBankSayTheSameButWherePlanted) {
  const BooksInput in = small_city(1);
  const Collecting& made = books(1);
  std::set<std::string> planted;
  for (const BookTruth& t : made.told) {
    if (t.detection == "FA-07" && t.planted) planted.insert(t.subject_id);
  }
  EXPECT_GE(planted.size(), 3U);
  std::map<std::string, std::int64_t> detail;
  for (const PaidBatch& batch : in.batches) detail[batch.batch_id] = batch.total_fen;
  std::map<std::string, std::int64_t> voucher;
  for (const Row& line : made.tables.at("voucher_line")) {
    if (const auto id = text(line, "batch_id"); !id.empty()) voucher[id] += fen(line, "credit");
  }
  std::map<std::string, std::int64_t> bank;
  for (const Row& t : made.tables.at("bank_txn")) {
    if (text(t, "dir") == "P") bank[text(t, "voucher_no")] += fen(t, "amount");
  }
  std::set<std::string> broken;
  for (const Row& b : made.tables.at("pay_batch")) {
    const std::string id = text(b, "batch_id");
    const std::int64_t total = fen(b, "total");
    if (detail[id] != total || voucher[id] != total || bank[text(b, "voucher_no")] != total)
      broken.insert(id);
  }
  EXPECT_EQ(broken, planted);
}

TEST(Books, OperationLogIsAChain) {
  std::int64_t seq = 0;
  std::string previous(32, '0');
  Moment last;
  for (const Row& e : books(1).tables.at("op_log")) {
    ASSERT_EQ(number(e, "seq"), ++seq);
    ASSERT_EQ(text(e, "prev_hash"), previous);
    const Moment at = std::get<Moment>(e.find("ts")->second);
    ASSERT_LE(last, at);
    last = at;
    ASSERT_EQ(text(e, "hash").size(), 32U);
    ASSERT_NE(text(e, "hash"), previous);
    previous = text(e, "hash");
  }
  EXPECT_GT(seq, 50'000);
}

TEST(Books, EveryCaseButThoseOfOB01TakesFourHandsInOrder) {
  std::set<std::string> told;
  for (const BookTruth& t : books(1).told) {
    if (t.detection == "OB-01") told.insert(t.subject_id);
  }
  std::map<std::string, std::vector<std::pair<Moment, std::string>>> steps;
  for (const Row& s : books(1).tables.at("workflow_step"))
    steps[text(s, "case_id")].emplace_back(std::get<Moment>(s.find("ts")->second),
                                           text(s, "operator_id"));
  for (const auto& [id, hands] : steps) {
    ASSERT_EQ(hands.size(), 4U) << id;
    ASSERT_TRUE(std::is_sorted(hands.begin(), hands.end(), [](const auto& a, const auto& b) {
      return a.first < b.first;
    })) << id;
    std::set<std::string> people;
    for (const auto& hand : hands) people.insert(hand.second);
    ASSERT_EQ(people.size(), told.contains(id) ? 3U : 4U) << id;
  }
}

TEST(Books, HandlersAgreeWithTheStepsOfTheCitysOwnCases) {
  const BooksInput in = small_city(1);
  std::map<std::string, std::set<std::string>> hands;
  for (const Row& s : books(1).tables.at("workflow_step"))
    hands[text(s, "case_id")].insert(text(s, "operator_id"));
  for (const CaseSeed& c : in.cases) {
    const CaseHandlers h =
        handlers_of(in.districts[c.district], in.people, in.seed, c.case_id, c.biz_type);
    ASSERT_EQ(hands.at(c.case_id), (std::set<std::string>{h.accept, h.check, h.review, h.approve}));
  }
}

TEST(Books, EachDetectionHasPlantsAndLookAlikesAndNoSubjectIsBoth) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> subjects;
    for (const BookTruth& t : books(seed).told) {
      auto& [planted, look_alike] = subjects[t.detection];
      (t.planted ? planted : look_alike).insert(t.subject_id);
    }
    for (const char* detection :
         {"CC-09", "FA-01", "FA-05", "FA-06", "FA-07", "OB-02", "OB-07", "OB-12", "DC-01", "DC-02",
          "DC-03", "OB-01", "OB-06", "AR-01", "AR-02", "AR-03"}) {
      const auto& [planted, look_alike] = subjects[detection];
      EXPECT_GE(planted.size(), 2U) << detection << " seed " << seed;
      EXPECT_GE(look_alike.size(), 1U) << detection << " seed " << seed;
      for (const std::string& subject : planted)
        EXPECT_FALSE(look_alike.contains(subject)) << detection << ' ' << subject;
    }
  }
}

TEST(Books, EveryPlantedSubjectExists) {
  const Collecting& made = books(2);
  std::set<std::string> known;
  for (const auto& [table, column] :
       std::map<std::string, std::string>{{"operator", "operator_id"},
                                          {"bank_account", "acct_id"},
                                          {"pay_batch", "batch_id"},
                                          {"archive_file", "file_hash"},
                                          {"biz_case", "case_id"},
                                          {"ext_tax_collect", "scheme"}}) {
    for (const Row& row : made.tables.at(table)) known.insert(text(row, column));
  }
  for (const BookTruth& t : made.told)
    EXPECT_TRUE(known.contains(t.subject_id)) << t.detection << ' ' << t.subject_id;
}

TEST(Books, EqualInputGivesEqualRowsInAnyOrderOfInput) {
  const auto digest = [](const BooksInput& in) {
    struct Hashing : BookSink {
      Sha256 sha;
      void add(const BookValue& v) {
        if (const auto* t = std::get_if<std::string>(&v)) sha.add(*t);
        if (const auto* n = std::get_if<std::int64_t>(&v)) sha.add(std::to_string(*n));
        if (const auto* f = std::get_if<Fen>(&v)) sha.add(std::to_string(f->value));
        if (const auto* d = std::get_if<Date>(&v)) sha.add(std::to_string(d->days));
        if (const auto* m = std::get_if<Month>(&v)) sha.add(std::to_string(m->value));
        if (const auto* m = std::get_if<Moment>(&v)) sha.add(std::to_string(m->seconds));
        sha.add("|");
      }
      void row(std::string_view table, std::initializer_list<BookCell> cells) override {
        sha.add(table);
        for (const BookCell& cell : cells) add(cell.value);
      }
      void truth(const BookTruth& t) override { sha.add(t.detection + t.subject_id); }
    } sink;
    write_books(in, sink);
    return sink.sha.hex();
  };
  const BooksInput in = small_city(3, 9);
  BooksInput turned = in;
  std::reverse(turned.batches.begin(), turned.batches.end());
  std::reverse(turned.collected.begin(), turned.collected.end());
  std::reverse(turned.cases.begin(), turned.cases.end());
  EXPECT_EQ(digest(in), digest(turned));
  EXPECT_NE(digest(in), digest(small_city(4, 9)));
}

TEST(Books, AShortAndAnEmptyCityAlsoBalance) {
  BooksInput in = small_city(1, 1);
  Collecting one;
  write_books(in, one);
  EXPECT_FALSE(one.tables["bank_txn"].empty());
  in.collected.clear();
  in.batches.clear();
  in.cases.clear();
  Collecting none;
  write_books(in, none);
  EXPECT_TRUE(none.tables["pay_batch"].empty());
  EXPECT_TRUE(none.tables["ext_tax_collect"].empty());
}

TEST(Books, FilesHoldEveryColumnTheBooksFill) {
  const auto catalog = catalog::Catalog::load(std::filesystem::path{ANLAN_SOURCE_DIR} / "catalog");
  ASSERT_TRUE(catalog.has_value()) << catalog.error().detail;
  const auto path =
      std::filesystem::temp_directory_path() / ("anlan_books_test-" + std::to_string(::getpid()));
  std::filesystem::remove_all(path);
  auto folder = CityFolder::make(*catalog, path, {.plain = true});
  ASSERT_TRUE(folder.has_value()) << folder.error().detail;
  std::vector<BookTruth> truth;
  const Status made = make_books(small_city(5), *folder, truth);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_EQ(truth.size(), books(5).told.size());
  std::int64_t rows = 0;
  for (const auto& [table, list] : books(5).tables) rows += static_cast<std::int64_t>(list.size());
  EXPECT_EQ(folder->rows(), rows);
  EXPECT_TRUE(std::filesystem::exists(path / "exception_list-books.csv"));
  std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace anlan::sim
