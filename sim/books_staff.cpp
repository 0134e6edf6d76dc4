#include "sim/books_staff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/check.hpp"
#include "fund/id_number.hpp"
#include "sim/books_draw.hpp"

namespace anlan::sim {
namespace {

constexpr std::string_view bureau_region = "120100";
constexpr std::string_view bureau_agency = "120100000000";

struct PostPlan {
  std::string_view post;
  std::string_view dept;
  bool municipal;
  int people;  // 0: counter_staff()
};

// One person, one post: no pair of posts can meet in one hand (domain handbook, segregation list).
constexpr std::array post_plans = {
    PostPlan{"SL", "综合柜台", false, 0},       PostPlan{"CS", "待遇初审科", false, 0},
    PostPlan{"FH", "待遇复核科", false, 0},     PostPlan{"SP", "待遇审批科", false, 0},
    PostPlan{"DJ", "参保登记科", false, 2},     PostPlan{"HD", "待遇核定科", false, 2},
    PostPlan{"DA", "档案室", false, 1},         PostPlan{"ZD", "待遇发放处", true, 3},
    PostPlan{"ZQ", "资金支付处", true, 3},      PostPlan{"KJ", "基金财务处", true, 3},
    PostPlan{"CN", "基金财务处", true, 2},      PostPlan{"CZ", "基金财务处", true, 1},
    PostPlan{"SA", "信息中心", true, 2},        PostPlan{"QX", "信息中心权限组", true, 2},
    PostPlan{"DB", "信息中心数据组", true, 12}, PostPlan{"AQ", "信息安全处", true, 1},
    PostPlan{"JH", "稽核内控处", true, 3},      PostPlan{"JD", "基金监督处", true, 2},
};

struct MachinePlan {
  std::string_view operator_id;
  std::string_view dept;
  char kind;
};
constexpr std::array machine_plans = {
    MachinePlan{"SYS01", "批处理账号", '4'},
    MachinePlan{"SYS02", "版本发布账号", '4'},
    MachinePlan{"JK01", "税务接口账号", '5'},
    MachinePlan{"JK02", "银行接口账号", '5'},
};

std::string operator_id(std::string_view region, std::string_view post, int which) {
  return fmt::format("{}{}{:02}", region, post, which);
}

// Region 129999 exists nowhere; people of the city come from other synthetic regions.
std::string id_no(const BookDraw& draw, int number) {
  const auto n = static_cast<std::uint64_t>(number);
  std::string text = fmt::format("129999{}{:02}{:02}{:03}", 1968 + number % 30,
                                 draw.between(1, 12, "books.birth", n),
                                 draw.between(1, 28, "books.birth-day", n), number % 1000);
  text.push_back(fund::id_check_digit(text.data()));
  return text;
}

std::string name(const BookDraw& draw, int number) {
  static constexpr std::array family = {"经", "柜", "核", "审", "档", "账", "库", "稽"};
  const auto n = static_cast<std::uint64_t>(number);
  return fmt::format(
      "{}办{:03}", family[static_cast<std::size_t>(draw.between(0, 7, "books.family", n))], number);
}

std::string role_id(const std::string& post) {
  return "JS_" + post;
}

struct Permission {
  std::string_view post;
  std::string_view biz_type;
  std::string_view action;
  std::string_view obj_table;
  std::string_view name;
};
constexpr std::array permissions = {
    Permission{"SL", "", "C", "biz_case", "业务受理"},
    Permission{"SL", "QRY", "Q", "person", "参保信息查询"},
    Permission{"CS", "", "A", "biz_case", "业务初审"},
    Permission{"CS", "QRY", "Q", "person", "参保信息查询"},
    Permission{"FH", "", "A", "biz_case", "业务复核"},
    Permission{"FH", "QRY", "Q", "person", "参保信息查询"},
    Permission{"SP", "", "A", "biz_case", "业务审批"},
    Permission{"SP", "QRY", "Q", "person", "参保信息查询"},
    Permission{"DJ", "REG", "C", "enrolment", "参保登记"},
    Permission{"DJ", "ACM", "U", "personal_account", "个人账户维护"},
    Permission{"HD", "PEN", "C", "benefit_grant", "待遇核定"},
    Permission{"ZD", "PAY", "C", "pay_batch", "发放制单"},
    Permission{"ZQ", "PAY", "A", "pay_batch", "支付授权"},
    Permission{"KJ", "FIN", "C", "voucher_line", "记账"},
    Permission{"CN", "FIN", "C", "bank_txn", "出纳"},
    Permission{"CZ", "FIN", "A", "voucher_line", "财务审核"},
    Permission{"SA", "", "U", "operator", "账号维护"},
    Permission{"QX", "RGT", "C", "operator_role", "授权"},
    Permission{"DB", "FIX", "U", "data_fix_ticket", "按单改数"},
    Permission{"AQ", "", "Q", "op_log", "日志审计"},
    Permission{"DA", "", "C", "archive_file", "归档"},
    Permission{"JH", "AUD", "Q", "biz_case", "稽核"},
    Permission{"JD", "AUD", "Q", "voucher_line", "监督检查"},
};

void write_roles(BookSink& out) {
  for (const PostPlan& plan : post_plans) {
    const std::string post{plan.post};
    out.row("role", {{"role_id", role_id(post)},
                     {"name", std::string{plan.dept} + "·" + post},
                     {"post", post}});
  }
  for (const Permission& p : permissions) {
    out.row("role_perm", {{"role_id", role_id(std::string{p.post})},
                          {"perm_code", fmt::format("{}_{}_{}", p.post, p.action, p.obj_table)},
                          {"perm_name", std::string{p.name}},
                          {"biz_type", std::string{p.biz_type}},
                          {"action", std::string{p.action}},
                          {"obj_table", std::string{p.obj_table}}});
  }
}

void write_operator(const BooksInput& input, const BookDraw& draw, const Operator& who,
                    BookSink& out) {
  const auto n = static_cast<std::uint64_t>(who.number);
  const District* district =
      who.district < 0 ? nullptr : &input.districts[static_cast<std::size_t>(who.district)];
  const BookValue none;
  const bool machine = who.is_machine();
  out.row(
      "operator",
      {{"operator_id", who.operator_id},
       {"id_no", machine ? none : BookValue{id_no(draw, who.number)}},
       {"name", machine ? BookValue{who.dept} : BookValue{name(draw, who.number)}},
       {"dept", who.dept},
       {"posts", who.post},
       {"kind", std::string(1, who.kind)},
       {"on_date", who.on_date},
       {"leave_date", who.leave_date.days == 0 ? none : BookValue{who.leave_date}},
       {"kin_ids", who.kin},
       {"phone", machine ? none : BookValue{fmt::format("100{:08}", 70'000'000 + who.number)}},
       {"acct_no", machine ? none : BookValue{fmt::format("9999{:015}", 880'000'000 + who.number)}},
       {"agency_id", district == nullptr ? std::string{bureau_agency} : district->agency_id},
       {"region_code", district == nullptr ? std::string{bureau_region} : district->region_code}});
  if (machine) return;

  const Date granted = working_day_on_or_after(who.on_date);
  out.row("operator_role",
          {{"operator_id", who.operator_id},
           {"role_id", role_id(who.post)},
           {"granted_by", operator_id(bureau_region, "QX",
                                      who.post == "QX" ? 3 - (who.operator_id.back() - '0') : 1)},
           {"granted_at",
            Moment::at(granted, 9, static_cast<int>(draw.between(5, 50, "books.grant", n)))},
           {"approve_no", fmt::format("SQ{}{:04}", granted.month().value, who.number)},
           {"revoked_at",
            who.leave_date.days == 0 ? none : BookValue{Moment::at(who.leave_date, 17, 0)}}});
}

}  // namespace

int counter_staff(std::int64_t people) {
  // Three per post and district keep every post at 48 people or more: enough for statistics over
  // peers.
  return static_cast<int>(std::clamp<std::int64_t>(people / 100'000, 3, 20));
}

Staff::Staff(const BooksInput& input) {
  for (const PostPlan& plan : post_plans) posts_.emplace_back(plan.post);
  const int districts = static_cast<int>(input.districts.size());
  by_post_.resize(static_cast<std::size_t>(districts) + 1);
  for (auto& posts : by_post_) posts.resize(posts_.size());

  for (int district = -1; district < districts; ++district) {
    for (const PostPlan& plan : post_plans) {
      if (plan.municipal != (district < 0)) continue;
      const int people = plan.people == 0 ? counter_staff(input.people) : plan.people;
      for (int i = 1; i <= people; ++i) {
        const bool outside = plan.post == "SL" && i == people;  // outsourced staff only accept
        add(input, std::string{plan.post}, district, i, outside ? '3' : (i % 4 == 0 ? '2' : '1'),
            Date{});
      }
    }
    if (district < 0) continue;
    // One who left in the first half of the period, and handled nothing in it.
    const Month left = input.start.plus(std::min(input.months - 1, 1 + district % 5));
    add(input, "SL", district, 90, '1', last_day(left));
  }
  for (const MachinePlan& plan : machine_plans) {
    Operator machine;
    machine.operator_id = plan.operator_id;
    machine.dept = plan.dept;
    machine.kind = plan.kind;
    machine.district = -1;
    machine.on_date = Date::of(input.start.year() - 3, 1, 2);
    machine.number = static_cast<int>(all_.size());
    all_.push_back(machine);
  }
  for (const Operator& who : all_) numbers_.emplace(who.operator_id, who.number);
  declare_kin(input);
}

/// Three reviewers declare a relative, each a person whom another district's agency serves.
void Staff::declare_kin(const BooksInput& input) {
  constexpr std::size_t wanted = 3;
  std::map<std::string, const CaseSeed*> people;
  for (const CaseSeed& seed : input.cases) {
    if (seed.person_id.empty() || seed.id_no.empty()) continue;
    auto& first = people[seed.person_id];
    if (first == nullptr || seed.case_id < first->case_id) first = &seed;
  }
  const std::size_t step = people.size() / (wanted + 1);
  if (step == 0 || input.districts.size() < 2) return;
  std::size_t nth = 0;
  for (const auto& [person_id, seed] : people) {
    if (++nth % step != 0 || ties_.size() == wanted) continue;
    const auto other = (seed->district + 1) % input.districts.size();
    const int who = of("FH", static_cast<int>(other))[ties_.size()];
    all_[static_cast<std::size_t>(who)].kin = seed->id_no;
    ties_.push_back({who, person_id, seed->id_no, seed->district});
  }
}

void Staff::add(const BooksInput& input, const std::string& post, int district, int which,
                char kind, Date leave_date) {
  const std::string_view region =
      district < 0
          ? bureau_region
          : std::string_view{input.districts[static_cast<std::size_t>(district)].region_code};
  const auto plan = std::find_if(post_plans.begin(), post_plans.end(),
                                 [&](const PostPlan& p) { return p.post == post; });
  Operator who;
  who.operator_id = operator_id(region, post, which);
  who.post = post;
  who.dept = plan->dept;
  who.kind = kind;
  who.district = district;
  who.number = static_cast<int>(all_.size());
  who.on_date = Date::of(input.start.year() - 1 - who.number % 2, 1 + who.number % 12, 10);
  who.leave_date = leave_date;
  all_.push_back(who);
  if (leave_date.days != 0) return;
  const auto at = static_cast<std::size_t>(plan - post_plans.begin());
  by_post_[static_cast<std::size_t>(district + 1)][at].push_back(who.number);
}

const std::vector<int>& Staff::of(const std::string& post, int district) const {
  const auto found = std::find(posts_.begin(), posts_.end(), post);
  CHECK(found != posts_.end());
  return by_post_[static_cast<std::size_t>(district + 1)]
                 [static_cast<std::size_t>(found - posts_.begin())];
}

int Staff::number_of(const std::string& operator_id) const {
  const auto found = numbers_.find(operator_id);
  CHECK(found != numbers_.end());
  return found->second;
}

CaseHandlers handlers_of(const District& district, std::int64_t people, std::uint64_t seed,
                         const std::string& case_id, const std::string& biz_type) {
  const BookDraw draw(seed);
  const std::uint64_t which = BookDraw::word(case_id);
  const std::uint64_t kind = BookDraw::word(biz_type);
  const auto pick = [&](std::string_view post, std::uint64_t step) {
    const auto chosen = draw.between(1, counter_staff(people), "books.handler", which, kind + step);
    return operator_id(district.region_code, post, static_cast<int>(chosen));
  };
  return {pick("SL", 0), pick("CS", 1), pick("FH", 2), pick("SP", 3)};
}

void write_staff(const BooksInput& input, const Staff& staff, BookSink& out) {
  const BookDraw draw(input.seed);
  write_roles(out);
  for (const Operator& who : staff.all()) write_operator(input, draw, who, out);
}

}  // namespace anlan::sim
