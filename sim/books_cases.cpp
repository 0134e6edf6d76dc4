#include "sim/books_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "base/check.hpp"
#include "base/sha256.hpp"
#include "sim/books_calendar.hpp"
#include "sim/books_draw.hpp"
#include "sim/books_log.hpp"
#include "sim/books_papers.hpp"

namespace anlan::sim {
namespace {

constexpr std::array<const char*, 4> step_names = {"SL", "CS", "FH", "SP"};

/// A data fix with all its papers.
struct Ticket {
  std::string ticket_id;
  std::string obj_table;
  std::vector<std::string> keys;
  std::string field;
  int applicant = 0;
  int biz_approver = 0;
  int it_approver = 0;
  int executor = 0;
  int verifier = 0;
  Moment approved;
  Moment executed;
  std::int64_t beyond = 0;  ///< rows affected more than expected
  bool emergency = false;
  const char* reason = "录入差错更正";
};

class CounterWork {
 public:
  CounterWork(const BooksInput& input, const Staff& staff, BookSink& out)
      : input_(input), staff_(staff), out_(out), draw_(input.seed) {
    districts_ = static_cast<int>(input.districts.size());
    for (int d = 0; d < districts_; ++d) district_order_.push_back(d);
    for (int i = 1; i + 1 < input.months; ++i) {
      if (i != campaign_month() && input.start.plus(i).month() != 1) ordinary_months_.push_back(i);
    }
    if (ordinary_months_.empty()) ordinary_months_.push_back(0);
    for (std::size_t i = district_order_.size(); i > 1; --i) {
      const auto j = static_cast<std::size_t>(
          draw_.between(0, static_cast<std::int64_t>(i) - 1, "books.district_order", i));
      std::swap(district_order_[i - 1], district_order_[j]);
    }
  }

  void write() {
    take_seeds();
    plant_rubber_stamps();
    plant_outliers();
    plant_careless_cases();
    level_workloads();
    plan_tickets();
    plant_careless_tickets();
    plant_off_hours();
    plan_machines();
    write_case_rows();
    write_papers(input_, staff_, cases_, out_);
    write_tickets();
    write_log();
  }

 private:
  Month end_month() const { return input_.start.plus(input_.months - 1); }
  int district(std::size_t i) const { return district_order_[i % district_order_.size()]; }

  void truth(const char* detection, bool planted, const char* variant, const char* kind,
             const std::string& subject, Month from, Month to, const char* note) {
    out_.truth({detection, planted, variant, kind, subject, from, to, 0, note});
  }

  // Four hands of the case's own agency.
  std::array<int, 4> hands_of(const CaseSeed& seed) const {
    const CaseHandlers h = handlers_of(input_.districts[seed.district], input_.people, input_.seed,
                                       seed.case_id, seed.biz_type);
    return {staff_.number_of(h.accept), staff_.number_of(h.check), staff_.number_of(h.review),
            staff_.number_of(h.approve)};
  }

  // Accepted and first checked on one day, reviewed and approved on the same or a later one.
  std::array<Moment, 4> moments_of(const CaseSeed& seed) const {
    const std::uint64_t w = BookDraw::word(seed.case_id);
    const int wait = static_cast<int>(draw_.between(0, 4, "books.wait", w));
    const auto within = [&](Date day, int from_minute, int to_minute, std::uint64_t step) {
      return Moment{std::int64_t{day.days} * 86'400 + draw_.between(from_minute * 60,
                                                                    to_minute * 60 - 1,
                                                                    "books.step_time", w, step)};
    };
    if (wait == 0) {
      return {within(seed.closed, 520, 620, 0), within(seed.closed, 630, 700, 1),
              within(seed.closed, 820, 900, 2), within(seed.closed, 910, 1'040, 3)};
    }
    const Date accepted = plus_working_days(seed.closed, -wait);
    return {within(accepted, 520, 690, 0), within(accepted, 820, 1'030, 1),
            within(seed.closed, 520, 690, 2), within(seed.closed, 820, 1'040, 3)};
  }

  void take_seeds() {
    for (const CaseSeed& seed : input_.cases) {
      CHECK(is_working_day(seed.closed));
      cases_.push_back({seed, hands_of(seed), moments_of(seed)});
    }
    std::sort(cases_.begin(), cases_.end(),
              [](const WorkCase& a, const WorkCase& b) { return a.seed.case_id < b.seed.case_id; });
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      if (!cases_[i].seed.person_id.empty()) with_person_.push_back(i);
    }
  }

  // A case of the books' own: counter business that leaves no row in the business tables handed in.
  WorkCase& add_case(const char* biz_type, std::uint32_t in_district, Date closed) {
    CaseSeed seed;
    const std::uint64_t n = ++own_cases_;
    seed.case_id = fmt::format("YW{}{:08}", closed.month().value, n);
    seed.biz_type = biz_type;
    seed.district = in_district;
    seed.closed = closed;
    if (!with_person_.empty()) {
      const auto pick =
          static_cast<std::size_t>(draw_.bits("books.case_person", n) % with_person_.size());
      const CaseSeed& other = cases_[with_person_[pick]].seed;
      // Chance sends nobody to a desk where kin sits.
      if (!has_tie(other.person_id)) {
        seed.person_id = other.person_id;
        seed.id_no = other.id_no;
      }
    }
    WorkCase made{seed, hands_of(seed), moments_of(seed)};
    cases_.push_back(std::move(made));
    return cases_.back();
  }

  bool has_tie(const std::string& person_id) const {
    const auto& ties = staff_.ties();
    return std::any_of(ties.begin(), ties.end(),
                       [&](const Tie& tie) { return tie.person_id == person_id; });
  }

  // Any working day of a month without a mass event (the campaign, January's adjustment), nor the
  // first or last.
  Date ordinary_day(std::uint64_t n) const {
    const auto pick = draw_.bits("books.day_month", n) % ordinary_months_.size();
    const Month m = input_.start.plus(ordinary_months_[pick]);
    return working_day_on_or_after(
        Date::of(m.year(), m.month(), static_cast<int>(draw_.between(8, 24, "books.day", n))));
  }
  int campaign_month() const { return std::min(input_.months - 1, input_.months / 2); }

  // OB-07. A day of approvals seconds apart; the same in a campaign of the bureau, and a busy day
  // of real reviews.
  void plant_rubber_stamps() {
    const Month campaign = input_.start.plus(campaign_month());
    const Date from = Date::of(campaign.year(), campaign.month(), 5);
    const Date to = Date::of(campaign.year(), campaign.month(), 24);
    out_.row("policy_event", {{"event_id", fmt::format("ZC{}-QL", campaign.value)},
                              {"kind", "3"},
                              {"title", "领取资格集中清理（合成）"},
                              {"from_date", from},
                              {"to_date", to},
                              {"doc_no", fmt::format("合成人社发〔{}〕7号", campaign.year())}});

    const int planted = 3 + static_cast<int>(input_.people / 250'000);
    for (int i = 0; i < planted; ++i) {
      const Date day = ordinary_day(7'000 + static_cast<std::uint64_t>(i));
      const int who = staff_.of("SP", district(static_cast<std::size_t>(i)))[0];
      if (i % 3 == 2) {
        stamp(who, district(static_cast<std::size_t>(i)), day, 260, 11);  // 325 an hour
        truth("OB-07", true, "每小时超量", "operator", staff_.at(who).operator_id, day.month(),
              day.month(), "一小时审批三百余件");
      } else {
        stamp(who, district(static_cast<std::size_t>(i)), day, 70 + 10 * i, 2);
        truth("OB-07", true, "秒批", "operator", staff_.at(who).operator_id, day.month(),
              day.month(), "七十件以上，间隔约两秒");
      }
    }
    for (int i = 0; i < 2; ++i) {
      const int in = district(static_cast<std::size_t>(planted + i));
      const int who = staff_.of("SP", in)[1];
      const Date day = working_day_on_or_after(Date{from.days + 3 + i});
      stamp(who, in, day, 90, 2);
      truth("OB-07", false, "集中清理批量审批", "operator", staff_.at(who).operator_id, day.month(),
            day.month(), "政策事件期间批量审批");
    }
    for (int i = 0; i < 2; ++i) {
      const int in = district(static_cast<std::size_t>(planted + 2 + i));
      const int who = staff_.of("SP", in)[2];
      const Date day = ordinary_day(7'500 + static_cast<std::uint64_t>(i));
      stamp(who, in, day, i == 0 ? 80 : 40, i == 0 ? 45 : 3);
      truth("OB-07", false, i == 0 ? "忙日" : "件数少", "operator", staff_.at(who).operator_id,
            day.month(), day.month(), i == 0 ? "八十件，间隔四十秒以上" : "间隔短但不足五十件");
    }
  }

  void stamp(int who, int in_district, Date day, int n, int gap) {
    Moment at = Moment::at(day, 9, 40);
    for (int i = 0; i < n; ++i) {
      WorkCase& c = add_case("QUA", static_cast<std::uint32_t>(in_district), day);
      c.hands[3] = who;
      const Date before = plus_working_days(day, -1);
      for (std::size_t step = 0; step < 3; ++step) {
        static constexpr std::array<int, 3> start_minute = {520, 640, 830};
        c.at[step] = Moment{std::int64_t{before.days} * 86'400 +
                            draw_.between(start_minute[step] * 60, (start_minute[step] + 90) * 60,
                                          "books.stamp", own_cases_, step)};
      }
      // Whole gaps vary by at most a second, so that the median is the gap.
      at = at.plus(gap + draw_.between(0, 1, "books.gap", own_cases_));
      c.at[3] = at;
    }
  }

  static bool is_special(const WorkCase& c) {
    return c.cancelled || c.seed.biz_type == "RES" || c.seed.biz_type == "ACC";
  }

  // OB-12. One of each post who takes one kind of special case from the whole city; the other steps
  // of these cases go round all districts, so that nobody else stands out. The look-alike is a desk
  // where all do account changes.
  void plant_outliers() {
    static constexpr std::array<const char*, 4> kinds = {"CHG", "ACC", "RES", "ACC"};
    std::vector<std::size_t> own(staff_.all().size());
    for (const WorkCase& c : cases_) {
      for (const int who : c.hands) ++own[static_cast<std::size_t>(who)];
    }
    for (std::size_t step = 0; step < 4; ++step) {
      const int in = district(5 + step);
      const int who = staff_.of(step_names[step], in)[1 + step % 2];
      exempt_.insert(who);
      take_special(who, in, step, kinds[step],
                   std::max<std::size_t>(per_year(80), 4 * own[static_cast<std::size_t>(who)]));
      truth("OB-12", true,
            step == 0   ? "撤销件集中"
            : step == 2 ? "恢复补发集中"
                        : "账户变更集中",
            "operator", staff_.at(who).operator_id, input_.start, end_month(),
            "特殊业务占比远高于同岗位");
    }
    const int in = district(10);
    for (const int who : staff_.of("FH", in)) {
      exempt_.insert(who);
      take_special(who, in, 2, "ACC",
                   std::max<std::size_t>(per_year(60), own[static_cast<std::size_t>(who)]));
      truth("OB-12", false, "专办窗口", "operator", staff_.at(who).operator_id, input_.start,
            end_month(), "同机构同科室同岗位均专办账户变更");
    }
  }

  std::size_t per_year(std::size_t n) const {
    return n * static_cast<std::size_t>(input_.months + 11) / 12;
  }

  void take_special(int who, int in_district, std::size_t step, const char* biz_type,
                    std::size_t n) {
    const auto districts = static_cast<std::size_t>(districts_);
    for (std::size_t i = 0; i < n; ++i) {
      WorkCase& c = add_case(biz_type, static_cast<std::uint32_t>(in_district),
                             ordinary_day(12'000 + own_cases_));
      for (std::size_t other = 0; other < 4; ++other) {
        const auto& people =
            staff_.of(step_names[other], static_cast<int>((i + other) % districts));
        c.hands[other] = people[(i / districts) % people.size()];
      }
      c.hands[step] = who;
      c.cancelled = step == 0;
    }
  }

  void case_truth(const char* detection, bool planted, const char* variant, const WorkCase& c,
                  const char* note) {
    truth(detection, planted, variant, "case", c.seed.case_id, c.seed.closed.month(),
          c.seed.closed.month(), note);
  }

  // OB-01, OB-06, AR-01, AR-02, each on cases of its own.
  void plant_careless_cases() {
    const int planted = 2 + static_cast<int>(input_.people / 250'000);
    std::uint64_t n = 60'000'000;
    const auto one = [&](const char* biz_type) -> WorkCase& {
      ++n;
      return add_case(biz_type, static_cast<std::uint32_t>(district(n)), ordinary_day(n));
    };
    for (int i = 0; i < planted; ++i) {
      WorkCase& checks = one("CHG");
      checks.hands[2] = checks.hands[1];
      case_truth("OB-01", true, "初审兼复核", checks, "初审、复核由同一人办理");
      WorkCase& approves = one("CHG");
      approves.hands[3] = approves.hands[2];
      case_truth("OB-01", true, "复核兼审批", approves, "复核、审批由同一人办理");
      WorkCase& accepts = one("CHG");
      accepts.hands[0] = accepts.hands[1];
      case_truth("OB-01", false, "受理兼初审", accepts, "受理与初审可由一人办理");
      WorkCase& low_risk = one("CHG");
      low_risk.hands[2] = low_risk.hands[1];
      low_risk.low_risk = true;
      case_truth("OB-01", false, "低风险业务", low_risk, "低风险业务清单内");

      WorkCase& unfiled = one("REG");
      unfiled.filing = Filing::nothing;
      case_truth("AR-01", true, "从未归档", unfiled, "办结后一直无档案");
      WorkCase& withdrawn = one("REG");
      withdrawn.cancelled = true;
      case_truth("AR-01", false, "已撤销", withdrawn, "撤销的办件不归档");

      WorkCase& lacking = one("TRF");
      lacking.filing = Filing::without_approval;
      case_truth("AR-02", true, "缺审批表", lacking, "转移办件缺业务审批表");
      WorkCase& shared = one("TRF");
      shared.filing = Filing::instead_of_sheets;
      case_truth("AR-02", false, "数据共享替代", shared, "以数据共享核验单替代");
    }
    const Month last = end_month();
    WorkCase& fresh = add_case("REG", static_cast<std::uint32_t>(district(1)),
                               working_day_on_or_after(Date::of(last.year(), last.month(), 12)));
    fresh.filing = Filing::nothing;
    case_truth("AR-01", false, "归档期内", fresh, "办结未满三十日");

    const auto& ties = staff_.ties();
    for (std::size_t i = 0; i < ties.size(); ++i) {
      WorkCase& c = add_case("CHG", ties[i].district, ordinary_day(61'000'000 + i));
      c.seed.person_id = ties[i].person_id;
      c.seed.id_no = ties[i].id_no;
      const bool by_kin = i + 1 < ties.size();
      if (by_kin) c.hands[2] = ties[i].who;
      case_truth("OB-06", by_kin, by_kin ? "亲属复核" : "他人办理", c,
                 by_kin ? "复核人为已申报的亲属" : "亲属在经办机构，由他人办理");
    }
  }

  // Everybody at the counters handles enough ordinary business for shares of it to mean something.
  void level_workloads() {
    const std::size_t least = per_year(70);
    std::vector<std::size_t> all(staff_.all().size());
    for (const WorkCase& c : cases_) {
      for (const int who : c.hands) ++all[static_cast<std::size_t>(who)];
    }
    static constexpr std::array biz_types = {"CHG", "REG", "QUA", "LVY", "TRF"};
    std::uint64_t n = 0;
    for (int d = 0; d < districts_; ++d) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(counter_staff(input_.people)); ++i) {
        std::size_t wanted = 0;
        for (const char* post : step_names) {
          const int who = staff_.of(post, d)[i];
          const std::size_t has = all[static_cast<std::size_t>(who)];
          if (!exempt_.contains(who) && has < least) wanted = std::max(wanted, least - has);
        }
        for (; wanted > 0; --wanted) {
          ++n;
          WorkCase& c = add_case(biz_types[n % biz_types.size()], static_cast<std::uint32_t>(d),
                                 ordinary_day(50'000'000 + n));
          for (std::size_t step = 0; step < 4; ++step) {
            const auto& people = staff_.of(step_names[step], d);
            // The ordinary work of those who do something special goes to the next desk.
            std::size_t desk = i;
            while (exempt_.contains(people[desk]) && (desk + 1) % people.size() != i)
              desk = (desk + 1) % people.size();
            c.hands[step] = people[desk];
          }
        }
      }
    }
  }

  // Data fixes with papers in order, by the first data hands; DC-01 by others.
  void plan_tickets() {
    const auto& hands = staff_.of("DB", -1);
    CHECK(hands.size() >= 12);
    const std::uint64_t n = 40 + static_cast<std::uint64_t>(input_.people / 1'500);
    for (std::uint64_t i = 0; i < n; ++i) {
      const Date day = ordinary_day(30'000'000 + i);
      const Moment at =
          Moment::at(day, 10, 0).plus(draw_.between(0, 6 * 3'600, "books.fix_time", i));
      execute(add_ticket(hands[i % 6], at,
                         1 + static_cast<int>(draw_.between(0, 2, "books.fix_keys", i))),
              at);
    }
    // Look-alikes of DC-01: papers in order, executed well before or after the log's moment, within
    // a day.
    for (std::size_t i = 0; i < 2; ++i) {
      const int who = hands[9 + i];
      const Date day = ordinary_day(31'000'000 + i);
      const Moment at = Moment::at(day, 10, 30);
      for (int k = 0; k < 3; ++k)
        execute(add_ticket(who, at, 2), at.plus(i == 0 ? 5 * 3'600 : -4'000));
      truth("DC-01", false, "工单时点相差数小时", "operator", staff_.at(who).operator_id,
            day.month(), day.month(), "有已执行工单，时点相差不足一日");
    }
    // Planted: no ticket, a ticket of another key, a ticket executed days later.
    for (std::size_t i = 0; i < 3; ++i) {
      const int who = hands[6 + i];
      Month first = end_month();
      Month last = input_.start;
      for (int k = 0; k < 4; ++k) {
        const std::uint64_t key = 32'000'000 + i * 10 + static_cast<std::uint64_t>(k);
        const Date day = ordinary_day(key);
        const Moment at = Moment::at(day, 11, 12, k);
        // No key field: whose grant happens to follow must not be DC-04's concern.
        LogEntry entry = fix_entry(who, at, "personal_account", some_person(key), "acct_status");
        entry.before = "5";
        entry.after = "1";
        log_[day].push_back(entry);
        first = std::min(first, day.month());
        last = std::max(last, day.month());
        if (i == 1) {
          Ticket other = make_ticket(who, at, 0);
          other.obj_table = entry.obj_table;
          other.keys = {entry.obj_key + "0"};
          tickets_.push_back(other);
        }
        if (i == 2) {
          Ticket late = make_ticket(who, Moment::at(plus_working_days(day, 4), 15, 0), 0);
          late.obj_table = entry.obj_table;
          late.keys = {entry.obj_key};
          tickets_.push_back(late);
        }
      }
      truth("DC-01", true,
            i == 0   ? "无工单"
            : i == 1 ? "工单主键不符"
                     : "事后补单",
            "operator", staff_.at(who).operator_id, first, last,
            "后台直改，无同表同主键已执行工单");
    }
  }

  // DC-02 and DC-03, by applicant.
  void plant_careless_tickets() {
    const auto& hands = staff_.of("DB", -1);
    std::uint64_t n = 0;
    const auto one = [&](const char* detection, bool planted, const char* variant, const char* note,
                         const auto& twist) {
      const Moment at = Moment::at(ordinary_day(33'000'000 + n), 14, 20);
      Ticket t = make_ticket(hands[n % 6], at, 2);
      t.applicant = staff_.of("HD", district(n))[1];
      twist(t);
      execute(t, at);
      tickets_.push_back(t);
      truth(detection, planted, variant, "operator", staff_.at(t.applicant).operator_id,
            at.day().month(), at.day().month(), note);
      ++n;
    };
    one("DC-02", true, "先改后批", "执行两日后才审批",
        [](Ticket& t) { t.approved = t.executed.plus(2 * 86'400); });
    one("DC-02", true, "自批", "申请人即业务审批人",
        [](Ticket& t) { t.biz_approver = t.applicant; });
    one("DC-02", true, "自验", "执行人即核验人", [](Ticket& t) { t.verifier = t.executor; });
    one("DC-02", false, "紧急补批", "已申报紧急，当日补批", [](Ticket& t) {
      t.emergency = true;
      t.approved = t.executed.plus(2 * 3'600);
    });
    one("DC-02", false, "一人两批", "业务、技术审批为同一人",
        [](Ticket& t) { t.it_approver = t.biz_approver; });
    one("DC-03", true, "多改三行", "实际比预计多三行", [](Ticket& t) { t.beyond = 3; });
    one("DC-03", true, "少改一行", "实际比预计少一行", [](Ticket& t) { t.beyond = -1; });
    one("DC-03", false, "触发器连带", "已申报触发器连带更新", [](Ticket& t) {
      t.beyond = 2;
      t.reason = "录入差错更正（触发器连带更新流水表）";
    });
  }

  std::string some_person(std::uint64_t n) const {
    if (with_person_.empty()) return fmt::format("9{:09}", n % 1'000'000'000);
    const auto pick = static_cast<std::size_t>(draw_.bits("books.person", n) % with_person_.size());
    return cases_[with_person_[pick]].seed.person_id;
  }

  Ticket make_ticket(int executor, Moment executed, int keys) {
    const std::uint64_t n = ++ticket_count_;
    Ticket t;
    t.ticket_id = fmt::format("GD{}{:06}", executed.day().month().value, n);
    t.obj_table = "person";
    t.field = n % 2 == 0 ? "phone" : "addr";
    const int d = district(n);
    t.applicant = staff_.of("DJ", d)[n % 2];
    t.biz_approver = staff_.of("SP", d)[0];
    t.it_approver = staff_.of("SA", -1)[n % 2];
    t.executor = executor;
    t.verifier = staff_.of("JH", -1)[n % 3];
    t.approved = Moment::at(plus_working_days(executed.day(), -1), 16, 20);
    t.executed = executed;
    for (int k = 0; k < keys; ++k)
      t.keys.push_back(some_person(n * 8 + static_cast<std::uint64_t>(k)));
    return t;
  }
  const Ticket& add_ticket(int executor, Moment executed, int keys) {
    tickets_.push_back(make_ticket(executor, executed, keys));
    return tickets_.back();
  }
  LogEntry fix_entry(int who, Moment at, std::string table, std::string key,
                     std::string field) const {
    LogEntry entry{at, who, '2', "FIX", 'U', std::move(table), std::move(key)};
    entry.field = std::move(field);
    return entry;
  }
  void execute(const Ticket& t, Moment at) {
    for (std::size_t k = 0; k < t.keys.size(); ++k) {
      LogEntry entry = fix_entry(t.executor, at.plus(static_cast<std::int64_t>(k)), t.obj_table,
                                 t.keys[k], t.field);
      entry.before = "旧值";
      entry.after = "新值";
      log_[entry.at.day()].push_back(std::move(entry));
    }
  }

  // OB-02. High-risk actions at night or on a free day, without duty, ticket or case.
  void plant_off_hours() {
    const int planted = 3 + static_cast<int>(input_.people / 250'000);
    static constexpr std::array<const char*, 3> biz = {"PEN", "ACM", "SUP"};
    static constexpr std::array<const char*, 3> tables = {"benefit_grant", "personal_account",
                                                          "contrib_person"};
    for (int i = 0; i < planted; ++i) {
      const auto n = static_cast<std::size_t>(i);
      const int who = staff_.of("HD", district(n))[0];
      Month first = end_month();
      Month last = input_.start;
      for (int k = 0; k < 3; ++k) {
        const std::uint64_t key = 20'000'000 + n * 10 + static_cast<std::uint64_t>(k);
        Date day = ordinary_day(key);
        if (i % 2 == 1) day = weekend_after(day);
        const Moment at = i % 2 == 1 ? Moment::at(day, 10, 15, k) : Moment::at(day, 22, 40, k);
        LogEntry entry{at, who, '1', biz[n % 3], 'U', tables[n % 3], some_person(key)};
        entry.before = "0";
        entry.after = "1";
        log_[day].push_back(entry);
        first = std::min(first, day.month());
        last = std::max(last, day.month());
      }
      truth("OB-02", true, i % 2 == 1 ? "休息日无值班" : "夜间", "operator",
            staff_.at(who).operator_id, first, last, "非工作时间高风险操作，无值班、工单或办件");
    }
    // Look-alikes: planned duty on a Saturday; a night fix with its ticket; reading at night.
    for (std::size_t i = 0; i < 3; ++i) {
      const int who = staff_.of("HD", district(static_cast<std::size_t>(planted) + i))[1];
      const Date day = weekend_after(ordinary_day(21'000'000 + i));
      out_.row("duty_plan", {{"operator_id", staff_.at(who).operator_id},
                             {"duty_date", day},
                             {"note", "年度清理值班"}});
      for (int k = 0; k < 3; ++k) {
        LogEntry entry{Moment::at(day, 9, 30 + k),
                       who,
                       '1',
                       "PEN",
                       'U',
                       "benefit_grant",
                       some_person(21'000'000 + static_cast<std::uint64_t>(k))};
        log_[day].push_back(entry);
      }
      truth("OB-02", false, "休息日值班", "operator", staff_.at(who).operator_id, day.month(),
            day.month(), "已列值班计划");
    }
    const int fixer = staff_.of("DB", -1)[11];
    for (std::size_t i = 0; i < 3; ++i) {
      const Moment at = Moment::at(ordinary_day(22'000'000 + i), 21, 30);
      execute(add_ticket(fixer, at, 2), at);
      if (i == 0)
        truth("OB-02", false, "夜间按单改数", "operator", staff_.at(fixer).operator_id,
              at.day().month(), at.day().month(), "有已审批工单");
    }
    const int reader = staff_.of("JH", -1)[0];
    const Date day = ordinary_day(23'000'000);
    for (int k = 0; k < 4; ++k)
      log_[day].push_back({Moment::at(day, 21, 10 + k), reader, '1', "AUD", 'Q', "person",
                           some_person(23'000'000 + static_cast<std::uint64_t>(k))});
    truth("OB-02", false, "夜间查询", "operator", staff_.at(reader).operator_id, day.month(),
          day.month(), "仅查询");
  }
  static Date weekend_after(Date day) {
    while (is_working_day(day)) ++day.days;
    return day;
  }

  // System and interface accounts work at night; a release changes data in bulk.
  void plan_machines() {
    const int batch = staff_.number_of("SYS01");
    const int release = staff_.number_of("SYS02");
    const int tax = staff_.number_of("JK01");
    const int bank = staff_.number_of("JK02");
    const std::int64_t rows = std::clamp<std::int64_t>(input_.people / 20'000, 2, 40);
    for (int i = 0; i < input_.months; ++i) {
      const Month m = input_.start.plus(i);
      const Date end = last_day(m);
      for (std::int64_t k = 0; k < rows * 3; ++k) {
        const auto n = static_cast<std::uint64_t>(i * 1'000 + k);
        log_[end].push_back({Moment::at(end, 22, 5).plus(k * 7), batch, '3', "PAY", 'C',
                             "pay_batch", fmt::format("YM{}{:04}", m.value, k)});
        log_[end].push_back({Moment::at(end, 23, 5).plus(k * 7), batch, '3', "ACM", 'U',
                             "personal_account", some_person(40'000'000 + n)});
      }
      for (Date day = Date::of(m.year(), m.month(), 1); day <= end; ++day.days) {
        for (std::int64_t k = 0; k < rows; ++k) {
          log_[day].push_back({Moment::at(day, 2, 30).plus(k * 11), tax, '3', "LVY", 'C',
                               "contrib_unit", fmt::format("JK{}{:04}", day.days, k)});
          log_[day].push_back({Moment::at(day, 5, 10).plus(k * 11), bank, '3', "PAY", 'U',
                               "benefit_payment", fmt::format("YH{}{:04}", day.days, k)});
        }
      }
      if (i % 6 != 3) continue;
      const Date day = weekend_after(Date::of(m.year(), m.month(), 14));
      for (std::int64_t k = 0; k < 10; ++k) {
        LogEntry entry = fix_entry(release, Moment::at(day, 23, 30).plus(k), "policy_param",
                                   fmt::format("P{:04}", k), "value");
        entry.case_id = fmt::format("版本{}", m.value);
        log_[day].push_back(entry);
      }
      if (i == 3)
        truth("DC-01", false, "版本发布", "operator", "SYS02", m, m, "系统账号按版本号批量变更");
    }
    truth("OB-02", false, "月末批处理", "operator", "SYS01", input_.start, end_month(), "系统账号");
    truth("OB-02", false, "夜间接口", "operator", "JK01", input_.start, end_month(), "接口账号");
  }

  void write_case_rows() {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      const WorkCase& c = cases_[i];
      const District& d = input_.districts[c.seed.district];
      const bool high = is_special(c) || c.seed.biz_type == "PEN";
      out_.row("biz_case", {{"case_id", c.seed.case_id},
                            {"biz_type", c.seed.biz_type},
                            {"person_id", c.seed.person_id},
                            {"employer_id", c.seed.employer_id},
                            {"accepted_at", c.at[0]},
                            {"closed_at", c.at[3]},
                            {"state", c.cancelled ? "5" : "3"},
                            {"risk_level", c.low_risk ? "1"
                                           : high     ? "3"
                                                      : "2"},
                            {"agency_id", d.agency_id},
                            {"region_code", d.region_code}});
      for (std::size_t step = 0; step < 4; ++step) {
        const Operator& who = staff_.at(c.hands[step]);
        out_.row("workflow_step", {{"case_id", c.seed.case_id},
                                   {"step", step_names[step]},
                                   {"operator_id", who.operator_id},
                                   {"terminal", terminal_of(who)},
                                   {"ts", c.at[step]},
                                   {"result", "1"},
                                   {"opinion", step == 0 ? "材料齐全" : "同意"}});
        steps_[c.at[step].day()].push_back(
            {static_cast<std::uint32_t>(i), static_cast<std::uint8_t>(step)});
      }
    }
  }

  void write_tickets() {
    for (const Ticket& t : tickets_) {
      const auto n = static_cast<std::int64_t>(t.keys.size());
      std::string keys;
      for (const std::string& key : t.keys) keys += (keys.empty() ? "" : ";") + key;
      out_.row("data_fix_ticket",
               {{"ticket_id", t.ticket_id},
                {"applicant", staff_.at(t.applicant).operator_id},
                {"dept", staff_.at(t.applicant).dept},
                {"reason", t.reason},
                {"obj_table", t.obj_table},
                {"keys", keys},
                {"before", "旧值"},
                {"after", "新值"},
                {"script_hash", sha256_hex(t.ticket_id)},
                {"biz_approver", staff_.at(t.biz_approver).operator_id},
                {"it_approver", staff_.at(t.it_approver).operator_id},
                {"approved_at", t.approved},
                {"executor", staff_.at(t.executor).operator_id},
                {"executed_at", t.executed},
                {"rows_expected", n},
                {"rows_affected", n + t.beyond},
                {"verifier", staff_.at(t.verifier).operator_id},
                {"verified_at", Moment::at(plus_working_days(t.executed.day(), 1), 10, 0)},
                {"emergency", t.emergency},
                {"state", "4"}});
    }
  }

  void add_steps(Date day, std::vector<LogEntry>& entries) const {
    const auto found = steps_.find(day);
    if (found == steps_.end()) return;
    for (const auto& [index, step] : found->second) {
      const WorkCase& c = cases_[index];
      LogEntry entry{c.at[step], c.hands[step], '1', c.seed.biz_type.c_str(), step == 0 ? 'C' : 'A',
                     "biz_case", c.seed.case_id};
      entry.case_id = c.seed.case_id;
      entries.push_back(entry);
      if (step != 3 || c.seed.obj_table.empty()) continue;
      entry.at = entry.at.plus(1);
      entry.action = c.seed.field.empty() ? 'C' : 'U';
      entry.obj_table = c.seed.obj_table;
      entry.obj_key = c.seed.obj_key;
      entry.field = c.seed.field;
      entry.before = c.seed.before;
      entry.after = c.seed.after;
      entries.push_back(std::move(entry));
    }
  }

  // Looking things up: the bulk of any log. About as many for each at the counters, `per_mille` a
  // day.
  void add_queries(Date day, std::int64_t per_mille, std::vector<LogEntry>& entries) const {
    if (!is_working_day(day)) return;
    for (const char* post : step_names) {
      for (int d = 0; d < districts_; ++d) {
        for (const int who : staff_.of(post, d)) {
          const std::uint64_t n =
              static_cast<std::uint64_t>(day.days) * 100'000 + static_cast<std::uint64_t>(who);
          const std::int64_t each = (per_mille + draw_.between(0, 999, "books.queries", n)) / 1'000;
          for (std::int64_t k = 0; k < each; ++k) {
            const auto part = static_cast<std::uint64_t>(k);
            const Moment at =
                Moment::at(day, 8, 35)
                    .plus(draw_.between(0, 8 * 3'600 + 3'000, "books.query", n, part));
            entries.push_back({at, who, '1', "QRY", 'Q', "person", some_person(n * 64 + part)});
          }
        }
      }
    }
  }

  void write_log() {
    const Date first = Date::of(input_.start.year(), input_.start.month(), 1);
    const Date last = last_day(end_month());
    const std::int64_t counter = std::int64_t{4} * districts_ * counter_staff(input_.people);
    const std::int64_t per_mille =
        std::clamp<std::int64_t>(input_.people * 5 / counter, 200, 12'000);
    LogChain chain(staff_, out_);
    std::vector<LogEntry> entries;
    for (Date day{std::min(first.days - 12, first.days)}; day <= last; ++day.days) {
      entries.clear();
      add_steps(day, entries);
      if (const auto own = log_.find(day); own != log_.end()) {
        entries.insert(entries.end(), own->second.begin(), own->second.end());
        log_.erase(own);
      }
      if (day >= first) add_queries(day, per_mille, entries);
      std::stable_sort(entries.begin(), entries.end(),
                       [](const LogEntry& a, const LogEntry& b) { return a.at < b.at; });
      for (const LogEntry& entry : entries) chain.write(entry);
    }
  }

  const BooksInput& input_;
  const Staff& staff_;
  BookSink& out_;
  BookDraw draw_;
  int districts_ = 0;
  std::vector<int> district_order_;
  std::vector<int> ordinary_months_;
  std::vector<WorkCase> cases_;
  std::vector<std::size_t> with_person_;
  std::uint64_t own_cases_ = 0;
  std::set<int> exempt_;  ///< from levelling: who has special work
  std::vector<Ticket> tickets_;
  std::uint64_t ticket_count_ = 0;
  std::map<Date, std::vector<LogEntry>> log_;
  std::map<Date, std::vector<std::pair<std::uint32_t, std::uint8_t>>> steps_;
};

}  // namespace

void write_cases(const BooksInput& input, const Staff& staff, BookSink& out) {
  CounterWork(input, staff, out).write();
}

}  // namespace anlan::sim
