#include "sim/books_movements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "sim/books_calendar.hpp"

namespace anlan::sim {
namespace {

constexpr std::int64_t ten_thousand_yuan = 10'000 * yuan;

/// One scheme's money over the whole period.
class Mover {
 public:
  Mover(const SchemeInput& given, BookSink& out)
      : given_(given),
        input_(given.input),
        draw_(given.draw),
        plan_(given.plan),
        scheme_(given.scheme),
        out_(out),
        code_(given.code()),
        salt_(given.salt()) {}

  SchemeMoney move_all() {
    open_accounts();
    collect(given_.collected);
    add_income();
    add_subsidy(given_.batches);
    pay(given_.batches);
    plant_account_errors();
    settle_openings(given_.batches);
    return {std::move(accounts_), std::move(movements_), std::move(recon_)};
  }

 private:
  Month end_month() const { return given_.end_month(); }
  Month month(int i) const { return given_.month(i); }
  Date start_day() const { return Date::of(input_.start.year(), input_.start.month(), 1); }
  const Operator& clerk(const char* post, std::size_t i) const { return given_.clerk(post, i); }
  std::uint64_t key(Month m) const {
    return salt_ * 1'000'000 + static_cast<std::uint64_t>(m.value);
  }
  int rank() const { return plan_.rank(scheme_); }
  const Account& account(int place) const { return accounts_[static_cast<std::size_t>(place)]; }

  void open_accounts() {
    struct Kind {
      char kind;
      int which;
      const char* gl;
      const char* name;
      std::string_view cp_kind;
    };
    static constexpr std::array kinds = {Kind{'4', 1, "100501", "国库社保基金户", "09"},
                                         Kind{'3', 1, "100301", "社保基金财政专户", "01"},
                                         Kind{'1', 1, "100201", "社保基金收入户", "07"},
                                         Kind{'1', 2, "100202", "社保基金收入户", "07"},
                                         Kind{'2', 1, "100401", "社保基金支出户", "08"},
                                         Kind{'2', 2, "100402", "社保基金支出户", "08"}};
    static constexpr std::array banks = {"合成银行甲", "合成银行乙"};
    for (const Kind& kind : kinds) {
      Account a;
      a.acct_id = fmt::format("ZH{}-{}-{}", scheme_, kind.kind, kind.which);
      a.kind = kind.kind;
      a.acct_no =
          fmt::format("9999{}{}{:02}{:09}", scheme_, kind.kind, kind.which, 7'000'000 + scheme_);
      a.bank = kind.kind == '4' ? "国家金库合成市中心支库"
                                : banks[static_cast<std::size_t>(kind.which - 1)];
      a.gl_code = kind.gl;
      a.name = fmt::format("{}（{}）", kind.name, scheme_);
      a.cp_kind = kind.cp_kind;
      accounts_.push_back(a);
    }
  }

  Movement& move(Moment at, int from, int to, std::int64_t fen, std::string memo) {
    Movement m;
    m.at = at;
    m.booked = at.day();
    m.from = from;
    m.to = to;
    m.fen = fen;
    m.booked_fen = fen;
    m.memo = std::move(memo);
    movements_.push_back(std::move(m));
    return movements_.back();
  }
  Movement& receive(Moment at, int to, std::int64_t fen, std::string_view code, Counterparty other,
                    std::string memo) {
    Movement& m = move(at, outside, to, fen, std::move(memo));
    m.outside_code = code;
    m.other = std::move(other);
    return m;
  }
  Movement& spend(Moment at, int from, std::int64_t fen, std::string_view code, Counterparty other,
                  std::string memo) {
    Movement& m = move(at, from, outside, fen, std::move(memo));
    m.outside_code = code;
    m.other = std::move(other);
    return m;
  }

  void truth(const char* detection, bool planted, const char* variant, const char* kind,
             const std::string& subject, Month from, Month to, std::int64_t fen, const char* note) {
    out_.truth({detection, planted, variant, kind, subject, from, to, fen, note});
  }

  // Taxpayers' money: into the treasury the day the tax office says, or (in transit) up to two
  // working days later.
  void collect(const std::map<Date, std::int64_t>& collected) {
    const int role = plan_.collecting_rank(scheme_);
    std::map<Date, std::int64_t> swept;
    // CC-09, money that the treasury never got: the bank is short on one day of one month.
    Date short_day{};
    std::int64_t short_fen = 0;
    if (role == 1) {
      const Month wanted = month(input_.months / 2);
      for (const auto& [day, fen] : collected) {
        if (day.month() == wanted && fen > short_fen)
          std::tie(short_day, short_fen) = std::tie(day, fen);
      }
      short_fen /= 5;
    }
    int delayed = 0;
    for (const auto& [day, fen] : collected) {
      std::int64_t arrived = fen;
      Date at_bank = day;
      if (day == short_day && short_fen > 0) {
        arrived -= short_fen;
        truth("CC-09", true, "国库少收", "fund", code_, day.month(), day.month(), short_fen,
              "税务与经办一致，国库到账少于征缴数");
      }
      // The month's last collection is in transit for one or two working days, over the month's end
      // where it was made on its last working day.
      const auto next = collected.upper_bound(day);
      const bool last_of_month = next == collected.end() || next->first.month() != day.month();
      if (last_of_month && (role == 2 || role == 3) && day.month() < end_month() && delayed < 3) {
        at_bank = plus_working_days(day, role == 2 ? 1 : 2);
        if (delayed++ == 0)
          truth("CC-09", false, at_bank.month() == day.month() ? "在途" : "月末在途", "fund", code_,
                day.month(), at_bank.month(), fen, "国库在三个工作日内到账");
      }
      receive(Moment::at(at_bank, 15, 20), treasury, arrived, "4001",
              {"04", "缴费人（税务日终汇总）", ""},
              fmt::format("社会保险费入库 {} {}", format_date(day), code_));
      swept[plus_working_days(at_bank, 1)] += arrived;
    }
    for (const auto& [day, fen] : swept) {
      if (day.month() > end_month()) continue;
      move(Moment::at(day, 10, 5), treasury, fiscal, fen,
           fmt::format("国库划转财政专户 {}", code_));
    }
  }

  // 收入户: transfers in and interest, all of it swept at the end of the month but what is planted.
  void add_income() {
    static constexpr std::array income = {income_1, income_2};
    for (std::size_t which = 0; which < income.size(); ++which) {
      const int place = income[which];
      const std::uint64_t salt = salt_ * 10 + which;
      std::int64_t kept = 0;  // by what is planted
      std::int64_t in_transit = 0;
      for (int i = 0; i < input_.months; ++i) {
        const Month m = month(i);
        const Date last = last_working_day(m);
        std::int64_t balance = kept + in_transit;
        if (in_transit > 0) {
          move(Moment::at(first_working_day(m), 9, 30), place, fiscal, in_transit,
               "上月在途款归集财政专户");
          balance -= in_transit;
          in_transit = 0;
        }
        const std::int64_t transfers =
            scheme_ < 200 ? draw_.between(2, 5, "books.transfers", salt, key(m)) : 0;
        for (std::int64_t t = 0; t < transfers; ++t) {
          const auto n = static_cast<std::uint64_t>(t);
          const Date day =
              working_day_on_or_after(Date::of(m.year(), m.month(), static_cast<int>(3 + 4 * t)));
          const std::int64_t fen =
              draw_.between(8'000 * yuan, 300'000 * yuan, "books.transfer", key(m), salt * 10 + n);
          receive(Moment::at(day, 11, 10 + static_cast<int>(t)), place, fen, "4301",
                  {"12",
                   fmt::format("异地经办机构{:02}",
                               draw_.between(1, 40, "books.region", key(m), salt * 10 + n)),
                   fmt::format("9998{:012}", fen)},
                  "关系转移转入");
          balance += fen;
        }
        const Date settled = working_day_on_or_after(Date::of(m.year(), m.month(), 21));
        const std::int64_t interest =
            draw_.between(30 * yuan, 900 * yuan, "books.interest", salt, key(m));
        receive(Moment::at(settled, 8, 40), place, interest, "4201", {"05", "利息", ""},
                "存款利息");
        balance += interest;

        const std::int64_t keep = kept_back(static_cast<int>(which), i, balance);
        if (balance > keep)
          move(Moment::at(last, 16, 10), place, fiscal, balance - keep, "月末归集财政专户");
        kept = keep;
        if (is_in_transit(static_cast<int>(which), i)) {
          in_transit = draw_.between(20'000 * yuan, 200'000 * yuan, "books.transit", salt, key(m));
          Movement& late = receive(Moment::at(last, 17, 40), place, in_transit, "4301",
                                   {"12", "异地经办机构41", fmt::format("9998{:012}", in_transit)},
                                   "关系转移转入（日终到账）");
          late.booked = plus_working_days(last, 1);
          recon_.push_back({place, m, '1', in_transit, "月末日终到账在途资金，次一工作日入账归集",
                            last, late.booked});
        }
      }
    }
    tell_income_truth();
  }

  // FA-01 planted: [rank in the shuffled order][which account].
  int income_role(int which) const {
    if ((rank() == 1 && which == 0) || (rank() == 2 && which == 1) || (rank() == 6 && which == 0))
      return 1;
    if ((rank() == 0 && which == 0) || (rank() == 4 && which == 1) || (rank() == 7 && which == 0))
      return 2;
    return 0;
  }
  int kept_first() const { return std::min(input_.months - 1, 2 + rank()); }
  int kept_last() const { return std::min(input_.months - 1, kept_first() + 1 + rank() % 3); }
  std::int64_t kept_back(int which, int i, std::int64_t balance) const {
    if (income_role(which) != 1 || i < kept_first() || i > kept_last()) return 0;
    return rank() == 2 ? balance / 2 : balance;
  }
  bool is_in_transit(int which, int i) const {
    return income_role(which) == 2 && i + 1 < input_.months && i % 7 == (rank() + 1) % 7 && i < 21;
  }
  void tell_income_truth() {
    for (int which = 0; which < 2; ++which) {
      const std::string& subject = account(income_1 + which).acct_id;
      if (income_role(which) == 1)
        truth("FA-01", true, rank() == 2 ? "部分滞留" : "未归集", "account", subject,
              month(kept_first()), month(kept_last()), 0, "收入户月末未全额归集财政专户");
      if (income_role(which) == 2) {
        for (int i = 0; i < input_.months; ++i) {
          if (!is_in_transit(which, i)) continue;
          truth("FA-01", false, "月末在途一日", "account", subject, month(i), month(i), 0,
                "最后工作日日终到账，次一工作日归集，已列未达账项");
          break;
        }
      }
    }
  }

  void add_subsidy(const std::vector<const PaidBatch*>& batches) {
    for (int i = 0; i < input_.months; ++i) {
      const Month m = month(i);
      const Date settled = working_day_on_or_after(Date::of(m.year(), m.month(), 21));
      const std::int64_t interest =
          draw_.between(2'000 * yuan, 60'000 * yuan, "books.fiscal_interest", salt_, key(m));
      receive(Moment::at(settled, 8, 45), fiscal, interest, "4201", {"05", "利息", ""}, "存款利息");
      for (const int place : {static_cast<int>(spend_1), static_cast<int>(spend_2)})
        add_spend_interest(place, i);
      if (m.month() % 3 != 1 || (scheme_ != 120 && scheme_ != 170 && scheme_ != 390)) continue;
      std::int64_t spent = 0;
      for (const PaidBatch* batch : batches) {
        if (batch->month == m) spent += batch->total_fen;
      }
      if (spent == 0) continue;
      receive(Moment::at(working_day_on_or_after(Date::of(m.year(), m.month(), 15)), 14, 0), fiscal,
              spent * 3 * 2 / 5, "4101", {"99", "合成市财政局", "9997000000000001"}, "财政补贴");
    }
  }

  // FA-05 look-alike: the bank posts interest late on the last working day, the ledger on the next
  // one.
  bool has_cut_off(int place) const {
    return place == spend_1 && (rank() == 3 || rank() == 4 || rank() == 5);
  }
  void add_spend_interest(int place, int i) {
    const Month m = month(i);
    const std::int64_t interest = draw_.between(200 * yuan, 4'000 * yuan, "books.spend_interest",
                                                static_cast<std::uint64_t>(place), key(m));
    const bool cut_off = has_cut_off(place) && i + 1 < input_.months && i % 3 == rank() % 3;
    const Date day =
        cut_off ? last_working_day(m) : working_day_on_or_after(Date::of(m.year(), m.month(), 21));
    Movement& paid = receive(Moment::at(day, cut_off ? 22 : 8, 50), place, interest, "4201",
                             {"05", "利息", ""}, "存款利息");
    if (!cut_off) return;
    paid.booked = plus_working_days(day, 1);
    recon_.push_back({place, m, '1', interest, "银行日终结息，财务次日入账", day, paid.booked});
    if (i < 3)
      truth("FA-05", false, "截止时点", "account", account(place).acct_id, m, m, interest,
            "银行日终入账，财务次一工作日入账，已列未达账项");
  }

  int spend_place(const PaidBatch& batch) const {
    return BookDraw::word(batch.batch_id) % 2 == 0 ? spend_1 : spend_2;
  }

  void pay(const std::vector<const PaidBatch*>& batches) {
    std::map<std::pair<Month, int>, std::int64_t> needed;
    for (const PaidBatch* batch : batches) {
      const int place = spend_place(*batch);
      const int variant = plan_.variant_of(*batch);
      const std::int64_t more = plan_.difference_of(*batch);
      const std::int64_t total = batch->total_fen + (variant == 1 ? more : 0);
      const std::int64_t at_bank = total + (variant == 3 ? more : 0);
      Movement& paid = spend(Moment::at(batch->released, 14, 30), place, at_bank, "5001",
                             {"10", "待遇领取人（批量代发）", ""},
                             fmt::format("待遇发放 批次{}", batch->batch_id));
      paid.batch_id = batch->batch_id;
      paid.payee = "待遇领取人";
      paid.booked_fen = total + (variant == 2 ? more : 0);
      needed[{batch->released.month(), place}] += at_bank;
      if (paid.booked_fen != at_bank) {
        // Hides the difference from the ledger's own reconciliation: only batch against voucher
        // against bank shows it.
        Movement& hidden =
            move(Moment::at(batch->released, 17, 0), place, outside, 0, "调整暂付款");
        hidden.booked_fen = at_bank - paid.booked_fen;
        hidden.outside_code = "1101";
        if (hidden.booked_fen < 0) {
          std::swap(hidden.from, hidden.to);
          hidden.booked_fen = -hidden.booked_fen;
        }
      }
      if (batch->returned_fen > 0) {
        const Date back = plus_working_days(batch->released, 1);
        receive(Moment::at(back, 10, 40), place, batch->returned_fen, "2001",
                {"06", "代发退回", ""}, fmt::format("退票退回 批次{}", batch->batch_id));
      }
      if (variant > 0)
        truth("FA-07", true,
              variant == 1   ? "批次总额虚增"
              : variant == 2 ? "凭证不等于批次"
                             : "银行多付",
              "document", batch->batch_id, batch->month, batch->month, more,
              "业务、凭证、银行三者不一致");
      if (plan_.batch_look_alike.contains(batch->batch_id))
        truth("FA-07", false, "次日退票", "document", batch->batch_id, batch->month, batch->month,
              batch->returned_fen, "退票于次一工作日入账");
    }
    for (const auto& [when, fen] : needed) {
      move(Moment::at(first_working_day(when.first), 8, 50), fiscal, when.second, fen,
           fmt::format("按用款计划拨付 {}", format_month(when.first)));
    }
  }

  void plant_account_errors() {
    plant_ledger_against_bank();
    plant_stale_items();
  }

  // FA-05. The first two are money that left the bank and never reached the ledger; the third is
  // booked only.
  void plant_ledger_against_bank() {
    if (rank() > 2) return;
    const int first = std::min(input_.months - 1, 4 + 2 * rank());
    const Month m = month(first);
    const Date day = working_day_on_or_after(Date::of(m.year(), m.month(), 12));
    const std::int64_t fen = draw_.between(60'000 * yuan, 400'000 * yuan, "books.unbooked", salt_);
    const Counterparty stranger{"99", "合成贸易公司", fmt::format("9996{:012}", scheme_)};
    if (rank() == 0) {
      spend(Moment::at(day, 16, 5), fiscal, fen, "", stranger, "往来款").booked = Date{};
      truth("FA-05", true, "银行付出未入账", "account", account(fiscal).acct_id, m, end_month(),
            fen, "划出后一直未入账");
    } else if (rank() == 1) {
      spend(Moment::at(day, 16, 5), spend_2, fen, "", stranger, "往来款").booked = Date{};
      const int last = std::min(input_.months - 1, first + 1);
      if (first + 2 < input_.months) {
        const Month back = month(first + 2);
        receive(Moment::at(working_day_on_or_after(Date::of(back.year(), back.month(), 9)), 9, 40),
                spend_2, fen, "", stranger, "往来款归还")
            .booked = Date{};
      }
      truth("FA-05", true, "挪用后归还", "account", account(spend_2).acct_id, m, month(last), fen,
            "划出两个月后归还，均未入账");
    } else {
      receive(Moment::at(day, 16, 5), fiscal, 0, "4501", {"99", "", ""}, "补记其他收入")
          .booked_fen = fen;
      truth("FA-05", true, "账面虚增", "account", account(fiscal).acct_id, m, end_month(), fen,
            "凭证无银行流水");
    }
  }

  // FA-06. Money whose origin nobody cleared; listed, so that ledger and bank still agree (FA-05).
  void plant_stale_items() {
    if (input_.months < 7) return;  // too short for items that are clearly old
    const Date as_of = last_day(end_month());
    if (rank() == 3 || rank() == 4) {
      stale(fiscal, as_of.days - 130 - 37 * (rank() - 3), "1", "待查来款");
      truth("FA-06", true, "不明来款", "account", account(fiscal).acct_id, recon_.back().month,
            end_month(), recon_.back().fen, "未达账项超过六十日未清理");
    }
    if (rank() == 0) {
      stale(spend_1, as_of.days - 95, "2", "银行扣款待查");
      truth("FA-06", true, "不明扣款", "account", account(spend_1).acct_id, recon_.back().month,
            end_month(), recon_.back().fen, "未达账项超过六十日未清理");
    }
    if (rank() == 5 || rank() == 6) {
      stale(fiscal, as_of.days - (rank() == 5 ? 24 : 40), "1", "待查来款");
      truth("FA-06", false, "未满六十日", "account", account(fiscal).acct_id, recon_.back().month,
            end_month(), recon_.back().fen, "发生未满六十日");
    }
    if (rank() == 7) {
      stale(fiscal, as_of.days - 150, "1", "法院冻结款");
      truth("FA-06", false, "法院冻结", "account", account(fiscal).acct_id, recon_.back().month,
            end_month(), recon_.back().fen, "已列例外清单");
      out_.row("exception_list", {{"exception_id", "LW-FA06-" + code_},
                                  {"subject_kind", "account"},
                                  {"subject_id", account(fiscal).acct_id},
                                  {"model_code", "FA-06"},
                                  {"reason", "法院冻结，判决前不能清理"},
                                  {"doc_no", "合成法执字" + code_ + "号"},
                                  {"from_date", start_day()},
                                  {"expiry_date", Date::of(end_month().year() + 5, 12, 31)},
                                  {"approver_1", clerk("CZ", 0).operator_id},
                                  {"approver_2", clerk("JH", 0).operator_id}});
    }
  }
  void stale(int place, int day, const char* side, const char* reason) {
    const Date opened = working_day_on_or_after(Date{std::max(day, start_day().days + 9)});
    const std::int64_t fen = draw_.between(3'000 * yuan, 90'000 * yuan, "books.stale", salt_,
                                           static_cast<std::uint64_t>(place));
    const Counterparty other{"99", reason, ""};
    if (side[0] == '1') {
      receive(Moment::at(opened, 15, 15), place, fen, "", other, reason).booked = Date{};
    } else {
      spend(Moment::at(opened, 15, 15), place, fen, "", other, reason).booked = Date{};
    }
    recon_.push_back({place, opened.month(), side[0], fen, reason, opened, Date{}});
  }

  // Openings are high enough that no account is ever overdrawn.
  void settle_openings(const std::vector<const PaidBatch*>& batches) {
    std::stable_sort(movements_.begin(), movements_.end(),
                     [](const Movement& a, const Movement& b) { return a.at < b.at; });
    std::array<std::int64_t, place_count> balance{};
    std::array<std::int64_t, place_count> lowest{};
    for (const Movement& m : movements_) {
      if (m.to != outside) balance[static_cast<std::size_t>(m.to)] += m.fen;
      if (m.from == outside) continue;
      auto& left = balance[static_cast<std::size_t>(m.from)];
      left -= m.fen;
      lowest[static_cast<std::size_t>(m.from)] =
          std::min(lowest[static_cast<std::size_t>(m.from)], left);
    }
    std::int64_t spent = 0;
    for (const PaidBatch* batch : batches) spent += batch->total_fen;
    const std::int64_t month_spent = spent / input_.months;
    for (int place = 0; place < place_count; ++place) {
      const bool is_float = place == fiscal || place == spend_1 || place == spend_2;
      const std::int64_t reserve =
          !is_float ? 0 : 50 * ten_thousand_yuan + month_spent * (place == fiscal ? 9 : 1);
      accounts_[static_cast<std::size_t>(place)].opening =
          reserve - lowest[static_cast<std::size_t>(place)];
    }
    CHECK(account(income_1).opening == 0 && account(income_2).opening == 0 &&
          account(treasury).opening == 0);
  }

  const SchemeInput& given_;
  const BooksInput& input_;
  const BookDraw& draw_;
  const MoneyPlan& plan_;
  const std::int32_t scheme_;
  BookSink& out_;
  const std::string code_;
  const std::uint64_t salt_;

  std::vector<Account> accounts_;
  std::vector<Movement> movements_;
  std::vector<ReconItem> recon_;
};

}  // namespace

SchemeMoney move_money(const SchemeInput& given, BookSink& out) {
  return Mover(given, out).move_all();
}

}  // namespace anlan::sim
