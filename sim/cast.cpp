#include "sim/cast.hpp"

#include <algorithm>

#include "fund/retirement.hpp"
#include "sim/parameters.hpp"

namespace anlan::sim {
namespace {

// Accounts that belong to nobody in particular; those of people are numbered by person.
constexpr std::int64_t first_shared_account = 5'000'000'000'000;

// What the rules look for takes a year and more to be seen.
constexpr int rules_months_min = 14;

}  // namespace

std::uint32_t WeightedEmployers::pick(Random& draw) const {
  const auto at = std::upper_bound(ends_.begin(), ends_.end(), draw.below(sum_));
  return employers_[static_cast<std::size_t>(at - ends_.begin())];
}

CastBuilder::CastBuilder(City& city, const WeightedEmployers& large)
    : city_(city),
      large_(large),
      last_(city.last_month()),
      months_(city.options.months),
      draw_(city.options.seed, "cast") {}

void CastBuilder::build() {
  shared_accounts();
  concentrated_proxies();
  shell_employers();
  fake_jobs();
  fake_affiliations();
  duplicate_payments();
  crowded_hospitals();
  group_visits();
  district_outlier();
  if (months_ < rules_months_min) return;
  pension_rules();
  grant_rules();
  benefit_rules();
}

std::int64_t CastBuilder::times(int per_million) const {
  const std::int64_t people = city_.options.people;
  return std::max<std::int64_t>(people >= 10'000 ? 3 : 1, people * per_million / 1'000'000);
}

std::int32_t CastBuilder::add(Role role) {
  Person added;
  added.role = role;
  added.still = true;
  added.male = draw_.chance(1, 2);
  added.cadre = !added.male;
  added.district = static_cast<std::uint8_t>(draw_.below(n_districts));
  added.birth = Date::of(city_.options.start.year() - draw_.between(25, 45), draw_.between(1, 12),
                         draw_.between(1, 28));
  added.wage_fen = static_cast<std::int32_t>(average_wage_fen(city_.options.start.year()) *
                                             draw_.between(70, 130) / 100);
  city_.people.push_back(added);
  return static_cast<std::int32_t>(city_.people.size()) - 1;
}

std::int32_t CastBuilder::add_pensioner(Role role) {
  const std::int32_t index = add(role);
  Person& added = person(index);
  added.birth = Date::of(city_.options.start.year() - draw_.between(66, 85), draw_.between(1, 12),
                         draw_.between(1, 28));
  const bool resident = role == Role::resident_pensioner;
  added.retire = fund::statutory_retirement_month(
      added.birth.month(), resident     ? fund::RetirementGroup::resident
                           : added.male ? fund::RetirementGroup::men
                                        : fund::RetirementGroup::women_cadre);
  added.work_start = resident ? Month{} : added.birth.month().plus(20 * 12);
  const auto retired = static_cast<std::int16_t>(months_between(city_.options.start, added.retire));
  added.jobs[0] = {resident ? resident_handler(added.district) : large_.pick(draw_),
                   static_cast<std::int16_t>(retired - 60), retired};
  added.n_jobs = 1;
  return index;
}

std::uint32_t CastBuilder::add_employer() {
  Employer added;
  const auto index = static_cast<std::uint32_t>(city_.employers.size());
  added.cast = true;
  added.district = static_cast<std::uint8_t>(draw_.below(n_districts));
  added.injury_class = static_cast<std::uint8_t>(draw_.between(1, 4));
  added.industry = 72;
  added.registered =
      Date::of(city_.options.start.year() - draw_.between(3, 9), draw_.between(1, 12), 8);
  added.phone = index + 1;
  city_.employers.push_back(added);
  return index;
}

std::int32_t CastBuilder::add_worker(std::uint32_t employer, int first, bool wages) {
  const std::int32_t index = add(Role::employee);
  Person& added = person(index);
  added.work_start = city_.month(std::min(first, -1));
  added.jobs[0] = {employer, static_cast<std::int16_t>(first), open_end};
  added.n_jobs = 1;
  added.no_wage = !wages;
  return index;
}

// People who paid for themselves for years and stand on the employer's books for their last three
// months only.
void CastBuilder::add_retirees(std::uint32_t employer, int count) {
  const int first = std::max(1, months_ - 22);
  for (int i = 0; i < count; ++i) {
    const std::int32_t index = add(Role::employee);
    Person& added = person(index);
    const Month wanted = city_.month(first + i * (months_ - 3 - first) / std::max(1, count - 1));
    const auto group = added.male ? fund::RetirementGroup::men : fund::RetirementGroup::women_cadre;
    // Under the law of 2024 a month is skipped here and there: the next one will do.
    int years = added.male ? 63 * 12 : 58 * 12;
    Month birth = wanted.plus(-years);
    while (fund::statutory_retirement_month(birth, group) < wanted) birth = birth.plus(1);
    added.birth = Date::of(birth.year(), birth.month(), draw_.between(1, 28));
    added.retire = fund::statutory_retirement_month(birth, group);
    added.work_start = birth.plus(20 * 12);
    const auto retire =
        static_cast<std::int16_t>(months_between(city_.options.start, added.retire));
    added.jobs[0] = {flexible_handler(added.district), static_cast<std::int16_t>(retire - 60),
                     static_cast<std::int16_t>(retire - 3)};
    added.jobs[1] = {employer, static_cast<std::int16_t>(retire - 2), retire};
    added.n_jobs = 2;
    added.no_wage = true;
  }
}

// People employed for exactly twelve months who then claim.
void CastBuilder::add_claimants(std::uint32_t employer, int count, bool wages) {
  for (int i = 0; i < count; ++i) {
    const int leave = months_ - 6;
    const std::int32_t index = add_worker(employer, leave - 11, wages);
    Person& added = person(index);
    added.jobs[0].last = static_cast<std::int16_t>(leave);
    added.laid_off = static_cast<std::int16_t>(leave);
    added.entitled_months = 12;
    added.benefit_months = 12;
  }
}

std::uint32_t CastBuilder::add_inst(int beds) {
  Institution added;
  added.level = 1;
  added.beds = beds;
  added.district = static_cast<std::uint8_t>(draw_.below(n_districts));
  city_.institutions.push_back(added);
  return static_cast<std::uint32_t>(city_.institutions.size()) - 1;
}

void CastBuilder::add_stays(std::uint32_t inst, int patients, Date from, int nights) {
  for (int i = 0; i < patients; ++i) {
    const std::int32_t index = add(Role::other);
    note_of(index).visits.push_back(static_cast<std::uint32_t>(city_.visits.size()));
    city_.visits.push_back({inst, from, Date{from.days + nights}, 0, true});
  }
}

Note& CastBuilder::note_of(std::int32_t index) {
  std::int32_t& note = person(index).note;
  if (note < 0) {
    note = static_cast<std::int32_t>(city_.notes.size());
    city_.notes.emplace_back();
  }
  return city_.notes[static_cast<std::size_t>(note)];
}

Truth& CastBuilder::tell(std::string_view detection, bool planted, std::string_view variant,
                         std::string_view kind, std::string id, Month from, Month to,
                         std::string_view note) {
  Truth truth;
  truth.detection = detection;
  truth.planted = planted;
  truth.variant = variant;
  truth.subject_kind = kind;
  truth.subject_id = std::move(id);
  truth.from = from;
  truth.to = to;
  truth.note = note;
  city_.truth.push_back(std::move(truth));
  return city_.truth.back();
}

void CastBuilder::except(std::string_view model, std::string_view kind, const std::string& id,
                         std::string_view reason) {
  Exception entry;
  entry.subject_kind = kind;
  entry.subject_id = id;
  entry.model = model;
  entry.reason = reason;
  city_.exceptions.push_back(std::move(entry));
}

void CastBuilder::shared_accounts() {
  const auto share = [&](int people, Role role, char relation) {
    const std::int64_t account = first_shared_account + accounts_++;
    std::int32_t holder = -1;
    for (int i = 0; i < people; ++i) {
      const std::int32_t index = add_pensioner(role);
      if (holder < 0) holder = index;
      Note& note = note_of(index);
      note.account = account;
      note.account_holder = holder;
      note.payee_rel = index == holder ? '0' : relation;
    }
    return account_no(account);
  };
  for (std::int64_t i = 0; i < times(60); ++i) {
    tell("EP-15", true, "three_or_more", "account",
         share(draw_.between(3, 6), Role::pensioner, '8'), last_, last_, "三人以上共用一个账户");
    tell("EP-15", true, "unrelated_pair", "account", share(2, Role::pensioner, '8'), last_, last_,
         "两个无亲属关系的人共用一个账户");
    tell("EP-15", false, "couple", "account", share(2, Role::pensioner, '1'), last_, last_,
         "夫妻共用账户");
    tell("EP-15", false, "parent_and_child", "account", share(2, Role::pensioner, '5'), last_,
         last_, "父母子女共用账户");
    const std::string home = share(9, Role::pensioner, '8');
    tell("EP-15", false, "welfare_home", "account", home, last_, last_,
         "福利院集中账户，已列入例外清单");
    except("EP-15", "account", home, "福利院集中供养（合成）");
  }
}

void CastBuilder::concentrated_proxies() {
  const auto serve = [&](int people, bool one_account, char relation) {
    const std::int32_t proxy = add(Role::other);
    const std::int64_t account = one_account ? first_shared_account + accounts_++ : -1;
    for (int i = 0; i < people; ++i) {
      Note& note = note_of(add_pensioner(Role::resident_pensioner));
      note.payee = proxy;
      note.payee_rel = relation;
      note.account = account;
      note.account_holder = one_account ? proxy : -1;
    }
    return std::pair{proxy, account};
  };
  for (std::int64_t i = 0; i < times(40); ++i) {
    tell("RP-08", true, "one_proxy", "person", "", last_, last_, "一人代领多人，各自账户").person =
        serve(draw_.between(6, 9), false, '8').first;
    const auto [proxy, account] = serve(6, true, '8');
    tell("RP-08", true, "one_proxy_one_account", "person", "", last_, last_,
         "一人代领多人且归入一个账户")
        .person = proxy;
    tell("EP-15", true, "proxy_account", "account", account_no(account), last_, last_,
         "代领人账户收取多人待遇");
    tell("RP-08", false, "below_limit", "person", "", last_, last_, "一人代领四人，低于下限")
        .person = serve(4, false, '8').first;
    const std::int32_t home = serve(8, false, '8').first;
    tell("RP-08", false, "welfare_home", "person", "", last_, last_,
         "福利院工作人员代领，已列入例外清单")
        .person = home;
    except("RP-08", "", "", "福利院集中代领（合成）");
    city_.exceptions.back().person = home;
  }
}

void CastBuilder::shell_employers() {
  const auto staff = [&](std::uint32_t employer, int count, bool wages) {
    for (int i = 0; i < count; ++i) add_worker(employer, -40 - i, wages);
  };
  const Month from = city_.month(std::max(0, months_ - 24));
  for (std::int64_t i = 0; i < times(20); ++i) {
    std::uint32_t employer = add_employer();
    staff(employer, 3, true);
    add_retirees(employer, 14);
    tell("EP-17", true, "small_shell", "employer", employer_id_of(employer), from, last_,
         "在职三人，两年退休十四人");

    employer = add_employer();
    staff(employer, 2, false);
    add_retirees(employer, 8);
    tell("EP-17", true, "ghost_staff", "employer", employer_id_of(employer), from, last_,
         "累计退休超过参保三倍且无工资申报");

    employer = add_employer();
    staff(employer, 44, true);
    add_retirees(employer, 16);
    tell("EP-17", false, "large_employer", "employer", employer_id_of(employer), from, last_,
         "老企业自然退休，未超过参保人数一半");

    employer = add_employer();
    staff(employer, 4, true);
    add_retirees(employer, 13);
    tell("EP-17", false, "listed_agency", "employer", employer_id_of(employer), from, last_,
         "人才代理机构，已列入例外清单");
    except("EP-17", "employer", employer_id_of(employer), "人事代理机构（合成）");
  }
}

void CastBuilder::fake_jobs() {
  if (months_ < 14)
    return;  // six months without wages must lie inside what the tax office delivered
  const Month from = city_.month(months_ - 5);
  for (std::int64_t i = 0; i < times(30); ++i) {
    std::uint32_t employer = add_employer();
    add_claimants(employer, draw_.between(5, 8), false);
    tell("UE-06", true, "claimants_only", "employer", employer_id_of(employer), from, last_,
         "参保十二个月即申领，无工资申报");

    employer = add_employer();
    for (int k = 0; k < 3; ++k) add_worker(employer, -30, true);
    add_claimants(employer, 4, false);
    tell("UE-06", true, "half_of_staff", "employer", employer_id_of(employer), from, last_,
         "申领人数过半");

    employer = add_employer();
    add_claimants(employer, 6, true);
    tell("UE-06", false, "seasonal_with_wages", "employer", employer_id_of(employer), from, last_,
         "季节性用工，工资逐月申报");

    employer = add_employer();
    for (int k = 0; k < 9; ++k) add_worker(employer, -30, true);
    add_claimants(employer, 2, false);
    tell("UE-06", false, "few_claimants", "employer", employer_id_of(employer), from, last_,
         "申领人少且占比低");
  }
}

void CastBuilder::fake_affiliations() {
  const auto staffed = [&](int with_wages, int without, int first) {
    const std::uint32_t employer = add_employer();
    for (int i = 0; i < with_wages; ++i) add_worker(employer, first - i, true);
    for (int i = 0; i < without; ++i) add_worker(employer, first - i, false);
    return employer;
  };
  const Month from = city_.month(std::max(0, months_ - 6));
  for (std::int64_t i = 0; i < times(20); ++i) {
    std::uint32_t employer = staffed(2, 12, -20);
    tell("CC-05", true, "no_wages", "employer", employer_id_of(employer), from, last_,
         "多数参保人员无工资申报");

    employer = add_employer();
    const Month founded = last_.plus(-3);
    city_.employers[employer].registered = Date::of(founded.year(), founded.month(), 10);
    for (int k = 0; k < 56; ++k) add_worker(employer, months_ - 2, true);
    tell("CC-05", true, "new_with_many", "employer", employer_id_of(employer), from, last_,
         "新注册即大量参保");

    const std::uint64_t shared = 90'000'000 + static_cast<std::uint64_t>(i);
    for (int k = 0; k < 6; ++k) {
      employer = staffed(3, 0, -30);
      city_.employers[employer].phone = shared;
      tell("CC-05", true, "one_phone", "employer", employer_id_of(employer), last_, last_,
           "六家单位共用一个电话");
    }
    for (int k = 0; k < 3; ++k) {
      employer = staffed(2, 0, -30);
      city_.employers[employer].phone = shared + 1'000'000;
      tell("CC-05", false, "group_phone", "employer", employer_id_of(employer), last_, last_,
           "集团三家单位共用总机");
    }
    employer = staffed(12, 5, -25);
    tell("CC-05", false, "some_without_wages", "employer", employer_id_of(employer), from, last_,
         "少数人无工资申报（病假、停薪留职）");

    employer = staffed(0, 15, -25);
    tell("CC-05", false, "licensed_dispatch", "employer", employer_id_of(employer), from, last_,
         "持证劳务派遣，已列入例外清单");
    except("CC-05", "employer", employer_id_of(employer), "劳务派遣许可（合成）");
  }
}

void CastBuilder::duplicate_payments() {
  for (std::int64_t i = 0; i < times(60); ++i) {
    const auto month = static_cast<std::int16_t>(months_ - 3 - static_cast<int>(draw_.below(2)));
    const auto at = city_.month(month);
    std::int32_t index = add_pensioner(Role::pensioner);
    note_of(index).paid_twice = month;
    tell("FA-08", true, "same_month", "person", "", at, at, "同一批次重复支付").person = index;

    index = add_pensioner(Role::resident_pensioner);
    note_of(index).paid_twice = month;
    note_of(index).twice_after = 1;
    tell("FA-08", true, "next_month", "person", "", at, at, "次月重复支付").person = index;

    index = add_pensioner(Role::pensioner);
    note_of(index).returned = month;
    tell("FA-08", false, "returned_and_reissued", "person", "", at, at, "银行退票后重发").person =
        index;

    index = add_pensioner(Role::pensioner);
    note_of(index).reversed = month;
    tell("FA-08", false, "reversed_and_repaid", "person", "", at, at, "冲销后重新支付").person =
        index;
  }
}

void CastBuilder::crowded_hospitals() {
  const Date end = city_.last_day();
  for (std::int64_t i = 0; i < times(20); ++i) {
    const Date from{end.days - 40 + static_cast<std::int32_t>(draw_.below(10))};
    std::uint32_t inst = add_inst(20);
    add_stays(inst, 30, from, 9);
    tell("MD-08", true, "over_capacity", "institution", inst_id_of(inst), from.month(),
         Date{from.days + 8}.month(), "核定二十张床，在院三十人");

    inst = add_inst(20);
    add_stays(inst, 28, from, 2);
    tell("MD-08", false, "short_peak", "institution", inst_id_of(inst), from.month(), from.month(),
         "超员仅两天");

    inst = add_inst(20);
    add_stays(inst, 21, from, 9);
    tell("MD-08", false, "near_limit", "institution", inst_id_of(inst), from.month(), from.month(),
         "超员未达一成");

    inst = add_inst(20);
    add_stays(inst, 26, from, 7);
    tell("MD-08", false, "approved_beds", "institution", inst_id_of(inst), from.month(),
         from.month(), "批准加床，已列入例外清单");
    except("MD-08", "institution", inst_id_of(inst), "临时加床批复（合成）");
  }
}

void CastBuilder::group_visits() {
  const Date end = city_.last_day();
  const auto visit = [&](std::uint32_t inst, int people, int dates, bool household) {
    const Date from{end.days - 70 + static_cast<std::int32_t>(draw_.below(10))};
    std::int32_t first = -1;
    for (int i = 0; i < people; ++i) {
      const std::int32_t index = add(Role::other);
      if (first < 0) first = index;
      if (household) {
        person(index).spouse = first;  // one address
        person(index).district = person(first).district;
      }
      for (int k = 0; k < dates; ++k) {
        const Date day{from.days + k * 13};
        note_of(index).visits.push_back(static_cast<std::uint32_t>(city_.visits.size()));
        city_.visits.push_back({inst, day, day, 9 * 3600 + i * 70, false});
      }
    }
    return from.month();
  };
  for (std::int64_t i = 0; i < times(20); ++i) {
    std::uint32_t inst = add_inst(10);
    Month from = visit(inst, draw_.between(6, 9), 4, false);
    tell("MD-07", true, "card_gathering", "institution", inst_id_of(inst), from, last_,
         "同一批人四次同时就医");

    inst = add_inst(10);
    from = visit(inst, 4, 4, false);
    tell("MD-07", false, "four_friends", "institution", inst_id_of(inst), from, last_,
         "四人同行，低于下限");

    inst = add_inst(10);
    from = visit(inst, 6, 4, true);
    tell("MD-07", false, "household", "institution", inst_id_of(inst), from, last_,
         "同一户六口人同诊");

    inst = add_inst(10);
    from = visit(inst, 25, 2, false);
    tell("MD-07", false, "check_up", "institution", inst_id_of(inst), from, last_,
         "单位集中体检两次");
  }
}

void CastBuilder::district_outlier() {
  if (city_.options.people < outlier_people_min || months_ < 12) return;
  const Month from = city_.month(std::max(0, months_ - 24));
  const auto code = [](std::uint8_t district) { return std::to_string(fund::districts[district]); };
  tell("PX-07", true, "generous_district", "region", code(city_.outlier_district), from, last_,
       "同类核定高出两成");
  tell("PX-07", false, "better_earners", "region", code(city_.rich_district), from, last_,
       "缴费指数高，同类核定相当");
}

}  // namespace anlan::sim
