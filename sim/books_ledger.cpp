#include "sim/books_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/check.hpp"
#include "base/sha256.hpp"
#include "sim/books_calendar.hpp"

namespace anlan::sim {
namespace {

constexpr std::int64_t ten_thousand_yuan = 10'000 * yuan;

struct LedgerCode {
  std::string_view code;
  std::string_view name;
  char dir;  ///< list gl_dir
};
constexpr std::array ledger_codes = {
    LedgerCode{"1101", "暂付款", '1'},           LedgerCode{"2001", "暂收款", '2'},
    LedgerCode{"3001", "一般基金结余", '2'},     LedgerCode{"4001", "社会保险费收入", '2'},
    LedgerCode{"4101", "财政补贴收入", '2'},     LedgerCode{"4201", "利息收入", '2'},
    LedgerCode{"4301", "转移收入", '2'},         LedgerCode{"4501", "其他收入", '2'},
    LedgerCode{"5001", "社会保险待遇支出", '1'}, LedgerCode{"5401", "其他支出", '1'},
};

bool closes_at_year_end(std::string_view code) {
  return code[0] == '4' || code[0] == '5';
}

class SchemeBooks {
 public:
  SchemeBooks(const SchemeInput& given, SchemeMoney money, BookSink& out)
      : given_(given),
        input_(given.input),
        draw_(given.draw),
        scheme_(given.scheme),
        out_(out),
        code_(given.code()),
        ledger_("ZT" + code_),
        salt_(given.salt()),
        accounts_(std::move(money.accounts)),
        movements_(std::move(money.movements)),
        recon_(std::move(money.recon)) {}

  void write() {
    number_vouchers();
    write_accounts();
    write_bank();
    write_ledger();
    write_recon();
    write_batches(given_.batches);
    write_deposit_and_budget();
  }

 private:
  Month end_month() const { return given_.end_month(); }
  Month month(int i) const { return given_.month(i); }
  const Operator& clerk(const char* post, std::size_t i) const { return given_.clerk(post, i); }
  const Account& account(int place) const { return accounts_[static_cast<std::size_t>(place)]; }

  void number_vouchers() {
    std::vector<Movement*> booked;
    for (Movement& m : movements_) {
      if (m.booked.days != 0 && m.booked_fen > 0 && m.booked.month() <= end_month())
        booked.push_back(&m);
    }
    std::stable_sort(booked.begin(), booked.end(),
                     [](const Movement* a, const Movement* b) { return a->booked < b->booked; });
    Month now;
    int number = 0;
    for (Movement* m : booked) {
      if (m->booked.month() != now) {
        now = m->booked.month();
        number = 0;
      }
      m->voucher_no = voucher_no(now, ++number);
      if (!m->batch_id.empty()) batch_voucher_[m->batch_id] = m->voucher_no;
    }
    booked_ = std::move(booked);
  }
  std::string voucher_no(Month m, int number) const {
    return fmt::format("JZ{}-{}-{:04}", scheme_, m.value, number);
  }

  void write_accounts() {
    for (const Account& a : accounts_) {
      out_.row(
          "bank_account",
          {{"acct_id", a.acct_id},
           {"kind", std::string(1, a.kind)},
           {"scheme", code_},
           {"bank", a.bank},
           {"acct_no", a.acct_no},
           {"opened", Date::of(input_.start.year() - 6, 3, 1)},
           {"approval_doc", fmt::format("合成财社〔{}〕{}号", input_.start.year() - 6, scheme_)}});
    }
  }

  void write_bank() {
    std::array<std::int64_t, place_count> balance{};
    std::array<int, place_count> serial{};
    for (std::size_t i = 0; i < balance.size(); ++i) balance[i] = accounts_[i].opening;
    const auto write_leg = [&](const Movement& m, int place, char dir) {
      const auto i = static_cast<std::size_t>(place);
      balance[i] += dir == 'R' ? m.fen : -m.fen;
      CHECK(balance[i] >= 0);
      const int across = dir == 'R' ? m.from : m.to;
      const bool own = across != outside;
      out_.row("bank_txn",
               {{"acct_id", accounts_[i].acct_id},
                {"serial", fmt::format("{}{:07}", m.at.day().month().value, ++serial[i])},
                {"txn_time", m.at},
                {"dir", std::string(1, dir)},
                {"amount", Fen{m.fen}},
                {"balance", Fen{balance[i]}},
                {"cp_name", own ? account(across).name : m.other.name},
                {"cp_acct", own ? account(across).acct_no : m.other.acct_no},
                {"cp_kind", std::string{own ? account(across).cp_kind : m.other.kind}},
                {"memo", m.memo},
                {"voucher_no", m.voucher_no}});
    };
    for (const Movement& m : movements_) {
      if (m.fen == 0 || m.at.day().month() > end_month()) continue;
      if (m.from != outside) write_leg(m, m.from, 'P');
      if (m.to != outside) write_leg(m, m.to, 'R');
    }
  }

  struct Sums {
    std::int64_t open = 0;
    std::int64_t debit = 0;
    std::int64_t credit = 0;
  };

  void write_ledger() {
    std::map<std::string, char, std::less<>> direction;
    std::map<std::string, Sums, std::less<>> sums;
    std::int64_t surplus = 0;
    for (const Account& a : accounts_) {
      direction[a.gl_code] = '1';
      sums[a.gl_code].open = a.opening;
      surplus += a.opening;
    }
    for (const LedgerCode& code : ledger_codes) {
      direction[std::string{code.code}] = code.dir;
      sums[std::string{code.code}].open = 0;
    }
    sums.find("3001")->second.open = surplus;

    for (int year = input_.start.year(); year <= end_month().year(); ++year)
      write_ledger_accounts(year);
    std::size_t next = 0;
    for (int i = 0; i < input_.months; ++i) {
      const Month m = month(i);
      int number = 0;
      for (; next < booked_.size() && booked_[next]->booked.month() == m; ++next, ++number)
        write_voucher(*booked_[next], sums);
      if (m.month() == 12) close_year(m, number, direction, sums);
      for (auto& [code, sum] : sums) {
        const std::int64_t net = sum.debit - sum.credit;
        const std::int64_t close = sum.open + (direction[code] == '1' ? net : -net);
        out_.row("gl_balance", {{"ledger_id", ledger_},
                                {"year", std::int64_t{m.year()}},
                                {"period", std::int64_t{m.month()}},
                                {"code", code},
                                {"open_bal", Fen{sum.open}},
                                {"debit", Fen{sum.debit}},
                                {"credit", Fen{sum.credit}},
                                {"close_bal", Fen{close}}});
        // The closing voucher clears an account on the other side, so this is the year's real
        // turnover.
        actual_[{m.year(), code}] += direction[code] == '1' ? sum.debit : sum.credit;
        sum = {close, 0, 0};
      }
    }
  }

  void write_ledger_accounts(int year) {
    const auto put = [&](const std::string& code, const std::string& name, char dir,
                         const std::string& acct_id) {
      out_.row("gl_account", {{"ledger_id", ledger_},
                              {"year", std::int64_t{year}},
                              {"code", code},
                              {"name", name},
                              {"dir", std::string(1, dir)},
                              {"scheme", code_},
                              {"acct_id", acct_id}});
    };
    for (const Account& a : accounts_) put(a.gl_code, a.name + "存款", '1', a.acct_id);
    for (const LedgerCode& code : ledger_codes)
      put(std::string{code.code}, std::string{code.name}, code.dir, "");
  }

  struct Line {
    std::string code;
    std::int64_t debit;
    std::int64_t credit;
  };
  void write_lines(Month m, Date day, const std::string& number, const std::string& summary,
                   std::initializer_list<Line> lines, const std::string& batch_id,
                   const std::string& payee, std::map<std::string, Sums, std::less<>>& sums) {
    std::int64_t line_no = 0;
    const auto turn = static_cast<std::size_t>(BookDraw::word(number) % 2);
    for (const Line& line : lines) {
      out_.row("voucher_line", {{"ledger_id", ledger_},
                                {"year", std::int64_t{m.year()}},
                                {"period", std::int64_t{m.month()}},
                                {"voucher_no", number},
                                {"line_no", ++line_no},
                                {"date", day},
                                {"code", line.code},
                                {"summary", summary},
                                {"debit", Fen{line.debit}},
                                {"credit", Fen{line.credit}},
                                {"maker", clerk("KJ", turn).operator_id},
                                {"auditor", clerk("CZ", 0).operator_id},
                                {"poster", clerk("KJ", 2).operator_id},
                                {"cashier", clerk("CN", turn).operator_id},
                                {"batch_id", batch_id},
                                {"payee", payee}});
      const auto sum = sums.find(line.code);
      CHECK(sum != sums.end());
      sum->second.debit += line.debit;
      sum->second.credit += line.credit;
    }
  }

  void write_voucher(const Movement& m, std::map<std::string, Sums, std::less<>>& sums) {
    const std::string to = m.to == outside ? std::string{m.outside_code} : account(m.to).gl_code;
    const std::string from =
        m.from == outside ? std::string{m.outside_code} : account(m.from).gl_code;
    write_lines(m.booked.month(), m.booked, m.voucher_no, m.memo,
                {{to, m.booked_fen, 0}, {from, 0, m.booked_fen}}, m.batch_id, m.payee, sums);
  }

  // Income and expense go into the surplus on the last working day of the year.
  void close_year(Month m, int number, const std::map<std::string, char, std::less<>>& direction,
                  std::map<std::string, Sums, std::less<>>& sums) {
    for (const auto& [code, dir] : direction) {
      if (!closes_at_year_end(code)) continue;
      const Sums& sum = sums.find(code)->second;
      const std::int64_t left =
          dir == '1' ? sum.open + sum.debit - sum.credit : sum.open + sum.credit - sum.debit;
      if (left <= 0) continue;
      const std::string& debit = dir == '1' ? surplus_code : code;
      const std::string& credit = dir == '1' ? code : surplus_code;
      write_lines(m, last_working_day(m), voucher_no(m, ++number), "年末结转基金结余",
                  {{debit, left, 0}, {credit, 0, left}}, "", "", sums);
    }
  }

  void write_recon() {
    int number = 0;
    for (const ReconItem& item : recon_) {
      const bool open = item.cleared.days == 0;
      out_.row("recon_item", {{"item_id", fmt::format("WD{}-{:04}", scheme_, ++number)},
                              {"acct_id", account(item.place).acct_id},
                              {"month", item.month},
                              {"side", std::string(1, item.side)},
                              {"amount", Fen{item.fen}},
                              {"reason", item.reason},
                              {"opened", item.opened},
                              {"cleared", open ? BookValue{} : BookValue{item.cleared}}});
    }
  }

  void write_batches(const std::vector<const PaidBatch*>& batches) {
    for (const PaidBatch* batch : batches) {
      const std::uint64_t word = BookDraw::word(batch->batch_id);
      const std::int64_t total =
          batch->total_fen +
          (given_.plan.variant_of(*batch) == 1 ? given_.plan.difference_of(*batch) : 0);
      out_.row("pay_batch",
               {{"batch_id", batch->batch_id},
                {"scheme", code_},
                {"month", batch->month},
                {"kind", std::string(1, batch->kind)},
                {"n", batch->n},
                {"total", Fen{total}},
                {"maker_id", clerk("ZD", word % 2).operator_id},
                {"checker_id", clerk("ZD", 2).operator_id},
                {"releaser_id", clerk("ZQ", word % 3).operator_id},
                {"released_at", Moment::at(batch->released, 14, 20)},
                {"bank_ack_at", Moment::at(batch->released, 16, 30)},
                {"file_hash", sha256_hex(fmt::format("{}/{}", input_.seed, batch->batch_id))},
                {"voucher_no", batch_voucher_[batch->batch_id]}});
    }
  }

  void write_deposit_and_budget() {
    for (int i = 0; i < 3; ++i) {
      const auto n = static_cast<std::uint64_t>(i);
      const Month from = input_.start.plus(-6 + 5 * i);
      out_.row(
          "deposit",
          {{"id", fmt::format("CD{}-{:02}", scheme_, i + 1)},
           {"scheme", code_},
           {"bank", i % 2 == 0 ? "合成银行甲" : "合成银行乙"},
           {"kind", i == 2 ? "4" : "2"},
           {"principal",
            Fen{draw_.between(100, 900, "books.deposit", salt_, n) * ten_thousand_yuan}},
           {"rate", Millionths{draw_.between(27'500, 33'000, "books.rate", salt_, n) / 500 * 500}},
           {"start_date", first_working_day(from)},
           {"end_date", first_working_day(from.plus(36))}});
    }
    struct Budgeted {
      const char* code;
      const char* line;
    };
    static constexpr std::array lines = {Budgeted{"4001", "社会保险费收入"},
                                         Budgeted{"4101", "财政补贴收入"},
                                         Budgeted{"4201", "利息收入"}, Budgeted{"4301", "转移收入"},
                                         Budgeted{"5001", "社会保险待遇支出"}};
    for (int year = input_.start.year(); year <= end_month().year(); ++year) {
      for (const Budgeted& budgeted : lines) {
        const std::int64_t executed = actual_[{year, budgeted.code}];
        if (executed == 0) continue;
        const std::int64_t part =
            budgeted.code[1] == '1'
                ? 100
                : draw_.between(96, 105, "books.budget", salt_,
                                BookDraw::word(budgeted.code) ^ static_cast<std::uint64_t>(year));
        out_.row("budget", {{"scheme", code_},
                            {"year", std::int64_t{year}},
                            {"line", budgeted.line},
                            {"planned", Fen{executed * part / 100}},
                            {"executed", Fen{executed}},
                            {"due_date", Date::of(year, 12, 31)}});
      }
    }
  }

  const SchemeInput& given_;
  const BooksInput& input_;
  const BookDraw& draw_;
  const std::int32_t scheme_;
  BookSink& out_;
  const std::string code_;
  const std::string ledger_;
  const std::uint64_t salt_;
  const std::string surplus_code = "3001";

  std::vector<Account> accounts_;
  std::vector<Movement> movements_;
  std::vector<Movement*> booked_;
  std::vector<ReconItem> recon_;
  std::map<std::string, std::string> batch_voucher_;
  std::map<std::pair<int, std::string>, std::int64_t> actual_;
};

}  // namespace

void write_scheme(const SchemeInput& given, SchemeMoney money, BookSink& out) {
  SchemeBooks(given, std::move(money), out).write();
}

}  // namespace anlan::sim
