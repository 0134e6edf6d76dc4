#include "fund/retirement.hpp"
#include "sim/cast.hpp"

namespace anlan::sim {

Date CastBuilder::day(int month, int of_month) const {
  const Month at = city_.month(month);
  return Date::of(at.year(), at.month(), of_month);
}

// Somebody who paid alone and whose pension starts within the city's time.
std::int32_t CastBuilder::add_new_pensioner(int start) {
  const std::int32_t index = add(Role::employee);
  Person& added = person(index);
  const auto group = added.male ? fund::RetirementGroup::men : fund::RetirementGroup::women_cadre;
  const Month wanted = city_.month(start - 1);
  Month birth = wanted.plus(-(added.male ? 63 : 58) * 12);
  while (fund::statutory_retirement_month(birth, group) < wanted) birth = birth.plus(1);
  added.birth = Date::of(birth.year(), birth.month(), draw_.between(1, 28));
  added.retire = fund::statutory_retirement_month(birth, group);
  added.work_start = birth.plus(20 * 12);
  const auto retire = static_cast<std::int16_t>(months_between(city_.options.start, added.retire));
  added.jobs[0] = {flexible_handler(added.district), static_cast<std::int16_t>(retire - 60),
                   retire};
  added.n_jobs = 1;
  return index;
}

void CastBuilder::plant(std::string_view code, std::string_view variant, std::int32_t index,
                        int from, std::string_view note) {
  tell(code, true, variant, "person", "", city_.month(from), last_, note).person = index;
}

void CastBuilder::spare(std::string_view code, std::string_view variant, std::int32_t index,
                        int from, std::string_view note) {
  tell(code, false, variant, "person", "", city_.month(from), last_, note).person = index;
}

void CastBuilder::list(std::string_view code, std::int32_t index, std::string_view reason) {
  except(code, "", "", reason);
  city_.exceptions.back().person = index;
}

void CastBuilder::pension_rules() {
  paid_after_death("EP-01", Role::pensioner);
  paid_in_prison("EP-03", Role::pensioner);
  two_pensions("EP-05", Role::pensioner, 170, 28'000);
  two_pensions("GP-01", Role::gov_pensioner, 110, 150'000);
  paid_after_death("GP-06", Role::gov_pensioner);
  paid_in_prison("GP-06", Role::gov_pensioner);
  dismissed_officials();
  paid_after_death("RP-01", Role::resident_pensioner);
  paid_in_prison("RP-02", Role::resident_pensioner);
}

// EP-01, GP-06, RP-01.
void CastBuilder::paid_after_death(std::string_view code, Role role) {
  const auto died_in = [&] { return months_ - 6 - draw_.between(0, 2); };
  const auto dead = [&](int month, std::initializer_list<const char*> sources, int days_late) {
    const std::int32_t index = add_pensioner(role);
    const Date on = day(month, draw_.between(2, 27));
    person(index).death = on;
    for (const char* source : sources)
      script_of(index).deaths.push_back({source, on, false, days_late});
    if (*sources.begin()[0] == '1') {
      script_of(index).household = "2";
      script_of(index).household_changed = on;
    }
    return index;
  };
  for (std::int64_t i = 0; i < times(40); ++i) {
    int died = died_in();
    plant(code, "hidden_death", dead(died, {"1"}, 15), died + 1, "公安已注销，待遇一直未停");

    died = died_in();
    plant(code, "two_weaker_sources", dead(died, {"2", "3"}, 20), died + 1,
          "有死亡证明和火化记录，待遇未停");

    died = died_in() - 2;
    std::int32_t index = dead(died, {"1"}, 120);
    twist_of(index).last_paid = static_cast<std::int16_t>(died + 4);
    plant(code, "told_late", index, died + 1, "死亡信息晚到四个月，多发未追回");

    died = died_in();
    index = add_pensioner(role);
    script_of(index).deaths.push_back({"1", day(died, 9), true});
    spare(code, "another_name", index, died + 1, "死亡信息同号不同名");

    index = dead(died, {"1"}, 8);
    twist_of(index).last_paid = static_cast<std::int16_t>(died);
    spare(code, "month_of_death", index, died, "死亡当月应发，次月已停");

    index = dead(died, {"1"}, 60);
    twist_of(index).last_paid = static_cast<std::int16_t>(died + 3);
    twist_of(index).back_to = static_cast<std::int16_t>(died + 4);
    spare(code, "taken_back", index, died + 1, "多发三个月，已全部冲回");

    index = add_pensioner(role);
    script_of(index).deaths.push_back({"1", day(died, 12)});
    script_of(index).checks.push_back({day(died + 3, 6), "2"});
    spare(code, "seen_alive", index, died + 1, "登记死亡之后人脸认证通过");

    index = add_pensioner(role);
    script_of(index).deaths.push_back({"2", day(died, 12)});
    script_of(index).crossings.push_back({'O', day(died + 2, 6)});
    script_of(index).crossings.push_back({'I', day(died + 2, 20)});
    spare(code, "crossed_the_border", index, died + 1, "登记死亡之后有出入境记录");

    index = add_pensioner(role);
    script_of(index).deaths.push_back({"1", day(died, 12)});
    twist_of(index).checks_end = static_cast<std::int16_t>(died);
    list(code, index, "死亡登记错误，公安更正中（合成）");
    spare(code, "listed", index, died + 1, "误登记，已列入例外清单");
  }
}

// EP-03, GP-06, RP-02.
void CastBuilder::paid_in_prison(std::string_view code, Role role) {
  const auto custody = [&](const char* kind, int from, int to) {
    const std::int32_t index = add_pensioner(role);
    script_of(index).custody.push_back({kind, day(from, draw_.between(3, 25)), day(to, 20)});
    return index;
  };
  for (std::int64_t i = 0; i < times(40); ++i) {
    const int in = months_ - 9 - draw_.between(0, 2);
    plant(code, "in_prison", custody("1", in, months_ + 20), in + 1, "收监后待遇一直未停");
    plant(code, "released_since", custody("1", in, in + 6), in + 1, "服刑期间照发，现已释放");

    std::int32_t index = custody("1", in, months_ + 8);
    script_of(index).custody.back().days_late = 150;
    plant(code, "told_late", index, in + 1, "服刑信息晚到");

    spare(code, "suspended_sentence", custody("3", in, months_ + 8), in + 1, "缓刑，待遇照发");
    spare(code, "served_outside", custody("6", in, months_ + 8), in + 1, "暂予监外执行");

    index = custody("1", in, months_ + 8);
    script_of(index).custody.back().of_another = true;
    spare(code, "another_name", index, in + 1, "服刑信息同号不同名");

    index = custody("1", in, months_ + 8);
    twist_of(index).last_paid = static_cast<std::int16_t>(in);
    spare(code, "stopped_in_time", index, in, "收监当月应发，次月已停");

    index = custody("1", in, months_ + 8);
    twist_of(index).last_paid = static_cast<std::int16_t>(in + 3);
    twist_of(index).back_from = static_cast<std::int16_t>(in + 1);
    twist_of(index).back_to = static_cast<std::int16_t>(in + 4);
    spare(code, "taken_back", index, in + 1, "多发三个月，已全部冲回");

    if (role == Role::gov_pensioner) continue;  // whose pension ends with the sentence
    spare(code, "one_month", custody("1", in, in + 1), in, "收监当月与释放当月均应发");
    index = custody("1", in, months_ + 8);
    script_of(index).custody.back().released = day(in + 1, 15);
    spare(code, "released_early", index, in, "次月即释放");
  }
}

/// The last month of the old pension is the first of the new; who draws a resident pension is
/// sixty.
std::int32_t CastBuilder::switched(Role role, int& from, std::int64_t fen) {
  if (role == Role::gov_pensioner) {
    const std::int32_t index = add_new_pensioner(from);
    from = months_between(city_.options.start, person(index).retire) + 1;
    const auto begun = static_cast<std::int16_t>(std::max(0, from - 5));
    script_of(index).paid.push_back(
        {120, "100010", begun, static_cast<std::int16_t>(from), 2 * fen});
    script_of(index).grants.push_back({120, begun, begun, 180, 2 * fen});
    return index;
  }
  const std::int32_t index = add_pensioner(Role::resident_pensioner);
  const auto month = static_cast<std::int16_t>(from);
  twist_of(index).last_paid = month;
  script_of(index).paid.push_back(
      {110, "100010", month, static_cast<std::int16_t>(months_ - 1), 4 * fen});
  script_of(index).grants.push_back({110, month, month, 180, 4 * fen});
  return index;
}

// EP-05, GP-01: a second pension, of scheme `other`.
void CastBuilder::two_pensions(std::string_view code, Role role, std::int32_t other,
                               std::int64_t fen) {
  const char* item = other == 170 ? "100011" : "100010";
  const auto last = static_cast<std::int16_t>(months_ - 1);
  const auto second = [&](int from, int to, const char* what) {
    const std::int32_t index = add_pensioner(role);
    script_of(index).paid.push_back({other, what, static_cast<std::int16_t>(from),
                                     static_cast<std::int16_t>(to), fen + draw_.between(0, 900)});
    return index;
  };
  for (std::int64_t i = 0; i < times(50); ++i) {
    const int from = months_ - 9 - draw_.between(0, 3);
    plant(code, "both_to_the_end", second(from, last, item), from, "两种养老金同时领取至今");
    plant(code, "for_some_months", second(from, from + 4, item), from, "同时领取五个月");

    std::int32_t index = second(from, from + 3, item);
    script_of(index).paid.back().taken_back = static_cast<std::int16_t>(from + 5);
    spare(code, "taken_back", index, from, "重复月份已全部冲回");

    spare(code, "survivor_allowance", second(from, last, "800013"), from, "另一项为遗属补助");
    index = second(from, last, item);
    list(code, index, "历史遗留双重身份，已批准（合成）");
    spare(code, "listed", index, from, "已列入例外清单");

    int changed = from;
    index = switched(role, changed, fen);
    spare(code, "switch_month", index, changed, "转换当月两险各发一个月，原待遇次月已停");
    if (role != Role::gov_pensioner) continue;
    spare(code, "annuity", second(from, last, "100021"), from, "另一项为职业年金");
  }
}

// GP-06.
void CastBuilder::dismissed_officials() {
  for (std::int64_t i = 0; i < times(40); ++i) {
    const int out = months_ - 8 - draw_.between(0, 3);
    std::int32_t index = add_pensioner(Role::gov_pensioner);
    script_of(index).dismissed = day(out, 11);
    plant("GP-06", "dismissed", index, out + 1, "开除后仍领取");

    index = add_pensioner(Role::gov_pensioner);
    script_of(index).dismissed = day(out, 11);
    twist_of(index).last_paid = static_cast<std::int16_t>(out);
    spare("GP-06", "dismissed_and_stopped", index, out, "开除当月后已停发");

    index = add_pensioner(Role::gov_pensioner);
    script_of(index).dismissed = day(out, 11);
    list("GP-06", index, "申诉改判，恢复待遇（合成）");
    spare("GP-06", "appeal_won", index, out, "申诉撤销处分，已列入例外清单");
  }
}

}  // namespace anlan::sim
