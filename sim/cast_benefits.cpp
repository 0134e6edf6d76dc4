#include "sim/cast.hpp"
#include "sim/life.hpp"
#include "sim/parameters.hpp"

namespace anlan::sim {
namespace {

constexpr std::int16_t at(int month) {
  return static_cast<std::int16_t>(month);
}

}  // namespace

void CastBuilder::benefit_rules() {
  unemployed();
  injured();
  patients();
  mothers();
  contributors();
}

// Somebody long at work who lost the job in month `left`.
std::int32_t CastBuilder::add_jobless(int left) {
  const std::int32_t index = add_worker(large_.pick(draw_), left - 40, true);
  person(index).jobs[0].last = at(left);
  return index;
}

// UE-01, UE-02, UE-03, UE-04, UE-07.
void CastBuilder::unemployed() {
  const auto claims = [&](std::int32_t index, int left, int months, int entitled) {
    script_of(index).spells.push_back(
        {person(index).jobs[0].payer, at(left), at(left + 1), at(left + months), 40, entitled});
    return index;
  };
  const auto jobless = [&](int left, int months) {
    return claims(add_jobless(left), left, months, 12);
  };
  const auto insure = [&](std::int32_t index, int from, int to) {
    const std::uint32_t payer = large_.pick(draw_);
    for (const std::int32_t scheme : {110, 210, 310, 410})
      script_of(index).levies.push_back(
          {payer, scheme, at(from), at(to), average_wage_fen(last_.year() - 1)});
  };
  const auto insured_year = [&](std::int32_t index, int left) {
    script_of(index).levies.push_back({large_.pick(draw_), 210, at(std::max(0, left - 13)),
                                       at(left), average_wage_fen(last_.year() - 1)});
    return index;
  };
  for (std::int64_t i = 0; i < times(40); ++i) {
    const int left = months_ - 10;
    std::int32_t index = jobless(left, 8);
    insure(index, left + 3, left + 7);
    plant("UE-01", "insured_again", index, left + 3, "领取期间新单位已为其缴费");
    index = jobless(left, 8);
    script_of(index).wages.push_back({large_.pick(draw_), at(left + 3), at(left + 7), 620'000});
    plant("UE-01", "waged_again", index, left + 3, "领取期间有工资申报");
    index = jobless(left, 8);
    insure(index, left + 1, left + 1);
    spare("UE-01", "first_month", index, left + 1, "首月为原单位迟报缴费");
    index = jobless(left, 8);
    insure(index, left + 8, months_ - 1);
    spare("UE-01", "last_month", index, left + 8, "末月再就业，次月已停");
    index = jobless(left, 8);
    script_of(index).wages.push_back({large_.pick(draw_), at(left + 3), at(left + 7), 40'000});
    spare("UE-01", "small_wage", index, left + 3, "零星劳务，低于最低工资");

    for (const Role role : {Role::pensioner, Role::resident_pensioner}) {
      if (left < 12) continue;  // a year of contributions must be seen
      index = claims(insured_year(add_pensioner(role), left), left, 6, 12);
      plant("UE-02", role == Role::pensioner ? "employee_pension" : "resident_pension", index,
            left + 1, "同时领取养老金与失业金");
    }
    index = add_new_pensioner(left + 6);
    const int start = months_between(city_.options.start, person(index).retire) + 1;
    person(index).jobs[0].last = at(start - 7);
    insured_year(index, start - 7);
    claims(index, start - 7, 7, 12);
    if (start - 7 >= 12)
      spare("UE-02", "switch_month", index, start, "退休首月与失业金末月重叠一个月");
    index = jobless(left, 6);
    script_of(index).paid.push_back({110, "800013", at(left + 1), at(left + 6), 60'000});
    spare("UE-02", "survivor_allowance", index, left + 1, "另领遗属补助，不是养老金");

    index = claims(add_jobless(left), left, 9, 6);
    plant("UE-03", "too_long", index, left + 7, "核定六个月，实领九个月");
    index = claims(add_jobless(left), left, 6, 6);
    spare("UE-03", "to_the_limit", index, left + 1, "领满核定月数");
    index = claims(add_jobless(left), left, 9, 6);
    list("UE-03", index, "临近退休延长领取（合成）");
    spare("UE-03", "extended", index, left + 7, "延长领取，已列入例外清单");

    const int late = months_ - 5;
    for (const int paid : {8, 12}) {
      index = add_jobless(late);
      person(index).jobs[0].first = at(late - paid + 1);
      script_of(index).spells.push_back(
          {person(index).jobs[0].payer, at(late), at(late + 1), at(late + 3), paid, 3});
      if (paid < 12) {
        plant("UE-04", "eight_months", index, late + 1, "缴费八个月即领取");
        plant("UE-03", "none_due", index, late + 1, "缴费不满一年，应享零个月");
      } else {
        person(index).jobs[0].payer = add_employer();  // never in arrears
        script_of(index).spells[0].payer = person(index).jobs[0].payer;
        spare("UE-04", "twelve_months", index, late + 1, "缴费满十二个月");
      }
    }

    const Date event = day(left + 3, 12);
    index = jobless(left, 8);
    script_of(index).deaths.push_back({"1", event});
    person(index).death = event;
    script_of(index).household = "2";
    script_of(index).household_changed = event;
    plant("UE-07", "dead", index, left + 4, "死亡后继续领取失业金");
    index = jobless(left, 8);
    script_of(index).custody.push_back({"1", event, day(months_ + 12, 5)});
    plant("UE-07", "in_prison", index, left + 4, "服刑期间领取失业金");
    index = jobless(left, 8);
    script_of(index).services.push_back({event, day(months_ + 20, 5)});
    plant("UE-07", "in_the_army", index, left + 4, "入伍后领取失业金");
    index = jobless(left, 8);
    script_of(index).household = "4";
    script_of(index).household_changed = event;
    script_of(index).crossings.push_back({'O', event});
    plant("UE-07", "emigrated", index, left + 4, "移居境外后领取失业金");
    index = jobless(left, 8);
    script_of(index).crossings.push_back({'O', event});
    script_of(index).crossings.push_back({'I', Date{event.days + 18}});
    spare("UE-07", "short_journey", index, left + 4, "短期出境十八天");
    index = jobless(left, 8);
    script_of(index).custody.push_back({"3", event, day(months_ + 12, 5)});
    spare("UE-07", "suspended_sentence", index, left + 4, "缓刑");
    index = jobless(left, 8);
    script_of(index).services.push_back({day(left - 80, 1), day(left - 50, 1)});
    spare("UE-07", "served_before", index, left + 1, "早年服役");
    index = jobless(left, 8);
    script_of(index).deaths.push_back({"1", day(left + 8, 9)});
    spare("UE-07", "month_of_death", index, left + 8, "死亡当月为末次领取");
  }
}

// WI-01, WI-02, WI-03, WI-05.
void CastBuilder::injured() {
  const auto last = at(months_ - 1);
  const auto allowance = [&](std::int32_t index, const char* item, int from, int to) {
    script_of(index).injuries.push_back(
        {large_.pick(draw_), Date{city_.first_day().days - 700}, 3, 600'000});
    script_of(index).paid.push_back({410, item, at(from), at(to), 380'000});
    return index;
  };
  for (std::int64_t i = 0; i < times(40); ++i) {
    const int from = months_ - 9;
    std::int32_t index = allowance(add_pensioner(Role::pensioner), "400011", from, last);
    plant("WI-02", "both_in_full", index, from, "伤残津贴与养老金同时全额领取");
    index = allowance(add_pensioner(Role::pensioner), "400014", from, last);
    spare("WI-02", "top_up", index, from, "只发差额");
    index = allowance(add_pensioner(Role::pensioner), "400012", from, last);
    spare("WI-02", "care", index, from, "生活护理费可以同领");

    const Date died = day(from + 3, 9);
    const auto dead = [&](std::int32_t who) {
      person(who).death = died;
      script_of(who).deaths.push_back({"1", died});
      script_of(who).household = "2";
      script_of(who).household_changed = died;
      return who;
    };
    index = dead(allowance(add(Role::other), "400011", from, last));
    plant("WI-03", "allowance", index, from + 4, "死亡后继续领取伤残津贴");
    index = dead(allowance(add(Role::other), "400012", from, last));
    plant("WI-03", "care", index, from + 4, "死亡后继续领取护理费");
    index = dead(allowance(add(Role::other), "400011", from, from + 3));
    spare("WI-03", "month_of_death", index, from + 3, "死亡次月已停");
    index = dead(allowance(add(Role::other), "400011", from, from + 3));
    script_of(index).paid.push_back(
        {410, "400011", at(from + 4), at(from + 5), 380'000, true, never, at(from + 6)});
    spare("WI-03", "taken_back", index, from + 4, "多发两个月，已冲回");
    index = allowance(add(Role::other), "400011", from, last);
    script_of(index).deaths.push_back({"1", died, true});
    spare("WI-03", "another_name", index, from + 4, "死亡信息同号不同名");
    index = allowance(add(Role::other), "400011", from, last);
    script_of(index).deaths.push_back({"1", died});
    script_of(index).checks.push_back({day(from + 5, 9), "2"});
    spare("WI-03", "seen_alive", index, from + 4, "登记死亡之后人脸认证通过");

    for (const int days_before : {-6, 2, 24}) {
      const int hurt = months_ - 8;
      index = add_worker(add_employer(), hurt, true);
      note_of(index).enrolled_on = Date{day(hurt, 25).days - days_before};
      script_of(index).injuries.push_back({person(index).jobs[0].payer, day(hurt, 25)});
      script_of(index).paid.push_back({410, "400024", at(hurt + 2), at(hurt + 2), 900'000, false});
      if (days_before > 3) {
        spare("WI-01", "insured_for_weeks", index, hurt, "参保二十四天后发生事故");
      } else {
        plant("WI-01", days_before < 0 ? "after_the_accident" : "two_days_before", index, hurt,
              days_before < 0 ? "事故后才办理参保" : "事故前两天突击参保");
      }
    }
    for (const int months : {16, 13}) {  // 13 are due for grade 7
      const int hurt = months_ - 8;
      index = add_worker(large_.pick(draw_), hurt - 30, true);
      const std::int64_t own = base_fen(city_, person(index), city_.month(hurt).year());
      script_of(index).injuries.push_back({person(index).jobs[0].payer, day(hurt, 9), 7, own});
      script_of(index).paid.push_back(
          {410, "400021", at(hurt + 5), at(hurt + 5), own * months, false});
      if (months == 16) {
        plant("WI-05", "paid_as_grade_six", index, hurt + 5, "七级按六级支付");
      } else {
        spare("WI-05", "as_due", index, hurt + 5, "七级十三个月，相符");
      }
    }
  }
}

// MD-01, MD-02, MD-03, MD-05, MD-06, MD-11, MD-12.
void CastBuilder::patients() {
  const auto begin = day(months_ - 6, 3);
  const auto after = [&](int days) { return Date{begin.days + days}; };
  for (std::int64_t i = 0; i < times(40); ++i) {
    const std::uint32_t inst = add_inst(60);
    const std::uint32_t other = add_inst(60);
    const int month = months_ - 6;
    const auto patient = [&](std::vector<ClaimFact> claims) {
      const std::int32_t index = add(Role::other);
      script_of(index).claims = std::move(claims);
      return index;
    };
    const auto stay = [&](std::uint32_t where, int from, int to, const char* dx = "J18") {
      return ClaimFact{.inst = where, .from = after(from), .to = after(to), .dx = dx};
    };
    const auto visit = [&](std::uint32_t where, int on, const char* dx = "J06") {
      return ClaimFact{.inst = where, .kind = "11", .from = after(on), .dx = dx};
    };
    const auto dies = [&](std::int32_t index, int on, bool of_another = false) {
      script_of(index).deaths.push_back({"1", after(on), of_another});
      return index;
    };

    std::int32_t index = dies(patient({stay(inst, 40, 46)}), 12);
    plant("MD-01", "stay", index, month, "死亡后住院结算");
    index = dies(patient({visit(inst, 50), visit(inst, 58)}), 12);
    plant("MD-01", "visits", index, month, "死亡后门诊结算");
    index = dies(patient({stay(inst, 2, 12)}), 12);
    spare("MD-01", "died_in_hospital", index, month, "住院至死亡当日");
    index = dies(patient({stay(inst, 40, 46)}), 12, true);
    spare("MD-01", "another_name", index, month, "死亡信息同号不同名");
    index = dies(patient({stay(inst, 40, 46)}), 12);
    script_of(index).checks.push_back({after(60), "2"});
    spare("MD-01", "seen_alive", index, month, "登记死亡之后人脸认证通过");
    index = dies(patient({stay(inst, 40, 46)}), 12);
    script_of(index).claims[0].reversed = true;
    spare("MD-01", "reversed", index, month, "结算已冲销");

    const auto jail = [&](std::int32_t who, const char* kind) {
      script_of(who).custody.push_back({kind, after(-60), after(300)});
      return who;
    };
    index = jail(patient({stay(inst, 40, 46)}), "1");
    plant("MD-11", "stay", index, month, "服刑期间住院结算");
    index = jail(patient({visit(inst, 40), visit(inst, 55)}), "1");
    plant("MD-11", "visits", index, month, "服刑期间门诊结算");
    index = jail(patient({stay(inst, 40, 46)}), "6");
    spare("MD-11", "served_outside", index, month, "暂予监外执行");
    index = jail(patient({stay(inst, -90, -80)}), "1");
    spare("MD-11", "before_prison", index, month, "收监前住院");
    index = jail(patient({stay(inst, 40, 46)}), "1");
    list("MD-11", index, "监狱批准外出就医（合成）");
    spare("MD-11", "approved", index, month, "批准外医，已列入例外清单");

    index = patient({stay(inst, 10, 24), stay(other, 15, 28)});
    plant("MD-02", "two_hospitals", index, month, "两院同时住院九天");
    index = patient({stay(inst, 10, 30), stay(other, 14, 18)});
    plant("MD-02", "one_within_another", index, month, "住院期间在另一院住院");
    index = patient({stay(inst, 10, 20), stay(other, 20, 28)});
    spare("MD-02", "transferred", index, month, "当日转院");
    index = patient({stay(inst, 10, 24), stay(other, 15, 28)});
    script_of(index).claims[1].reversed = true;
    spare("MD-02", "reversed", index, month, "其中一次已冲销");
    index = patient({stay(inst, 10, 24), visit(other, 15)});
    spare("MD-02", "visit_during_stay", index, month, "住院期间外院门诊");

    index = patient({stay(inst, 10, 18, "I63"), stay(inst, 22, 30, "I63")});
    plant("MD-03", "four_days_later", index, month, "同院同病四日后再入院");
    index = patient({stay(inst, 10, 18, "I63"), stay(inst, 33, 40, "I63")});
    spare("MD-03", "fifteen_days_later", index, month, "间隔十五日");
    index = patient({stay(inst, 10, 18, "I63"), stay(inst, 22, 30, "S82")});
    spare("MD-03", "another_disease", index, month, "不同病种");
    index = patient({stay(inst, 10, 13, "Z51"), stay(inst, 20, 23, "Z51")});
    spare("MD-03", "chemotherapy", index, month, "按疗程化疗");

    const auto drug = [&](std::uint32_t where, int on, int days_supply) {
      ClaimFact fact = visit(where, on, "I10");
      fact.drugs.push_back({400, days_supply});
      return fact;
    };
    index =
        patient({drug(inst, 5, 60), drug(inst, 25, 60), drug(inst, 45, 60), drug(inst, 65, 60)});
    plant("MD-05", "far_too_much", index, month, "六十天内开药二百四十天量");
    index = patient({drug(inst, 5, 30), drug(inst, 35, 30), drug(inst, 65, 30)});
    spare("MD-05", "as_needed", index, month, "按月取药");
    index = patient({drug(inst, 5, 45), drug(inst, 35, 45), drug(inst, 65, 45)});
    spare("MD-05", "at_the_limit", index, month, "九十天内一百三十五天量，恰在限内");

    std::vector<ClaimFact> many;
    std::vector<ClaimFact> some;
    std::vector<ClaimFact> dialysis;
    for (int k = 0; k < 24; ++k) {
      many.push_back(visit(k % 2 == 0 ? inst : other, 5 + k, "J06"));
      if (k < 12) some.push_back(visit(inst, 5 + 2 * k, "J06"));
      dialysis.push_back(visit(inst, 5 + k, "N18"));
    }
    plant("MD-06", "every_day", patient(many), month, "一个月就诊二十四次");
    spare("MD-06", "twelve_visits", patient(some), month, "一个月十二次");
    spare("MD-06", "dialysis", patient(dialysis), month, "透析");

    // The invoice of an ordinary claim, handed in again by hand.
    const std::int64_t invoice = 1'000 + static_cast<std::int64_t>(inst) * 10;
    const auto paper = [&](ClaimFact fact, std::int64_t number, bool manual) {
      fact.invoice = number;
      fact.manual = manual;
      return fact;
    };
    index = patient({paper(stay(inst, 10, 18), invoice, false),
                     paper(stay(inst, 40, 48, "K80"), invoice, true)});
    plant("MD-12", "handed_in_again", index, month, "已结算票据再次手工报销");
    index = patient({paper(stay(inst, 10, 18), invoice + 1, false),
                     paper(stay(inst, 40, 48, "K80"), invoice + 2, true)});
    spare("MD-12", "own_invoice", index, month, "票据各不相同");
    index = patient({paper(stay(inst, 10, 18), invoice + 3, false),
                     paper(stay(inst, 40, 48, "K80"), invoice + 3, true)});
    script_of(index).claims[0].reversed = true;
    spare("MD-12", "first_reversed", index, month, "原结算已冲销后手工报销");
  }
}

// MT-01, MT-02.
void CastBuilder::mothers() {
  const Date first = day(months_ - 12, 8);
  const auto parent = [&](bool male, std::vector<BirthFact> births) {
    const std::int32_t index = add_worker(large_.pick(draw_), -40, true);
    person(index).male = male;
    person(index).cadre = !male;
    script_of(index).births = std::move(births);
    return index;
  };
  for (std::int64_t i = 0; i < times(30); ++i) {
    const int month = months_ - 12;
    plant("MT-01", "man", parent(true, {{"1", first}}), month, "男职工以本人分娩申领");
    std::int32_t index = parent(false, {{"1", first}});
    person(index).birth = Date::of(city_.options.start.year() - 60, 5, 12);
    plant("MT-01", "too_old", index, month, "近六十岁分娩");
    spare("MT-01", "spouse", parent(true, {{"1", first, true}}), month, "男职工未就业配偶");
    index = parent(false, {{"1", first}});
    person(index).birth = Date::of(city_.options.start.year() - 46, 5, 12);
    spare("MT-01", "late_mother", index, month, "高龄产妇");

    plant("MT-02", "twice_in_five_months", parent(false, {{"1", first}, {"1", {first.days + 150}}}),
          month, "一百五十天内两次分娩");
    spare("MT-02", "miscarriage", parent(false, {{"2", first}, {"1", {first.days + 150}}}), month,
          "先流产后分娩");
    spare("MT-02", "ten_months", parent(false, {{"1", first}, {"1", {first.days + 300}}}), month,
          "间隔三百天");
  }
}

// CC-02, CC-06, CC-08, RP-04.
void CastBuilder::contributors() {
  const auto worker = [&](std::int64_t base) {
    const std::int32_t index = add_worker(large_.pick(draw_), -30, false);
    note_of(index).base_fen = base;
    return index;
  };
  const int first_year = city_.options.start.year();
  // The last calendar year of which the city has nine months at least.
  int year = last_.year();
  while (Month::of(year, 9) > last_) --year;
  const int january = months_between(city_.options.start, Month::of(year, 1));
  for (std::int64_t i = 0; i < times(40); ++i) {
    std::int32_t index = worker(base_floor_fen(first_year) / 2);
    plant("CC-02", "below_floor", index, 0, "缴费基数低于下限");
    index = worker(base_ceiling_fen(last_.year()) * 13 / 10);
    plant("CC-02", "above_ceiling", index, 0, "缴费基数高于上限");
    index = worker(base_floor_fen(first_year) / 2);
    list("CC-02", index, "残疾人单位按实际工资缴费（合成）");
    spare("CC-02", "listed", index, 0, "已列入例外清单");
    if (january >= 0) {
      index = worker(base_floor_fen(year));
      person(index).jobs[0].first = at(january);
      person(index).jobs[0].last = at(january + 8);
      spare("CC-02", "at_floor", index, january, "恰为下限");
    }

    const int died = months_ - 8;
    const Date on = day(died, 11);
    const std::int64_t base = base_floor_fen(last_.year()) + 50'000;
    const auto dead = [&](std::int32_t who, bool of_another) {
      script_of(who).deaths.push_back({"1", on, of_another});
      return who;
    };
    index = dead(worker(base), false);
    person(index).death = on;
    plant("CC-06", "still_insured", index, died + 1, "死亡后单位继续缴费");
    index = dead(worker(base), true);
    spare("CC-06", "another_name", index, died + 1, "死亡信息同号不同名");
    index = dead(worker(base), false);
    script_of(index).checks.push_back({day(died + 3, 9), "2"});
    spare("CC-06", "seen_alive", index, died + 1, "登记死亡之后人脸认证通过");
    index = dead(worker(base), false);
    person(index).death = on;
    person(index).jobs[0].last = at(died + 2);
    for (const std::int32_t scheme : {110, 210, 310, 410})
      script_of(index).levies.push_back({person(index).jobs[0].payer, scheme, at(died + 1),
                                         at(died + 2), base, "20", at(died + 4)});
    spare("CC-06", "refunded", index, died + 1, "死亡后缴费已退");
    index = dead(worker(base), false);
    person(index).death = on;
    person(index).jobs[0].last = at(died - 3);
    script_of(index).levies.push_back(
        {person(index).jobs[0].payer, 110, at(died - 2), at(died), base, "31", at(died + 2), "3"});
    spare("CC-06", "arrears", index, died + 1, "死亡后补收生前欠费");

    const auto second_job = [&](int overlap) {
      const std::int32_t who = add_worker(large_.pick(draw_), -30, true);
      std::uint32_t next = large_.pick(draw_);
      while (next == person(who).jobs[0].payer) next = large_.pick(draw_);
      person(who).jobs[0].last = at(died + overlap - 1);
      person(who).jobs[1] = {next, at(died), open_end};
      person(who).n_jobs = 2;
      return who;
    };
    plant("CC-08", "two_employers", second_job(6), died, "两家单位同月重复参保六个月");
    spare("CC-08", "changed_jobs", second_job(1), died, "换单位当月重叠");
    index = add_worker(large_.pick(draw_), -30, true);
    std::uint32_t next = large_.pick(draw_);
    while (next == person(index).jobs[0].payer) next = large_.pick(draw_);
    script_of(index).levies.push_back({next, 410, at(died), at(months_ - 1), base});
    spare("CC-08", "injury_only", index, died, "第二家单位只参工伤保险");

    if (january < 0) continue;
    for (const int months : {9, 5}) {
      index = add(Role::resident);
      person(index).jobs[0] = {resident_handler(person(index).district), -20, open_end};
      person(index).n_jobs = 1;
      script_of(index).levies.push_back(
          {large_.pick(draw_), 110, at(january), at(january + months - 1), base});
      if (months == 9) {
        plant("RP-04", "both_in_one_year", index, january, "同一年度职工、居民均缴费");
      } else {
        spare("RP-04", "year_of_transition", index, january, "转换年度，职工缴费五个月");
      }
    }
  }
}

}  // namespace anlan::sim
