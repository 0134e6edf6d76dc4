#include "sim/cast.hpp"
#include "sim/life.hpp"
#include "sim/parameters.hpp"

namespace anlan::sim {
namespace {

constexpr std::int16_t at(int month) {
  return static_cast<std::int16_t>(month);
}

}  // namespace

void CastBuilder::grant_rules() {
  too_early();
  miscounted();
  paid_on();
  odd_grants();
  unverified();
  counter_tricks();
  changed_in_time();
}

// A pension begun `months` before the pension age.
std::int32_t CastBuilder::add_early(int start, int months) {
  const std::int32_t index = add_new_pensioner(start);
  const Date birth = person(index).birth;
  const Month later = birth.month().plus(months);
  person(index).birth = Date::of(later.year(), later.month(),
                                 static_cast<int>(static_cast<unsigned>(birth.ymd().day())));
  person(index).work_start = later.plus(17 * 12);
  return index;
}

// EP-06, EP-07, EP-08, RP-03.
void CastBuilder::too_early() {
  const int start = months_ - 8;
  for (std::int64_t i = 0; i < times(40); ++i) {
    std::int32_t index = add_early(start, 30);
    plant("EP-06", "thirty_months_early", index, start, "按正常退休提前三十个月领取");
    index = add_early(start, 8);
    plant("EP-06", "eight_months_early", index, start, "按正常退休提前八个月领取");
    index = add_new_pensioner(start);
    spare("EP-06", "on_time", index, start, "到龄次月领取");
    index = add_early(start, 30);
    list("EP-06", index, "政策性提前退休，已批准（合成）");
    spare("EP-06", "listed", index, start, "已列入例外清单");

    index = add_early(start, 24);
    const Month filed_birth = person(index).birth.month().plus(-24);
    note_of(index).archive_birth = Date::of(filed_birth.year(), filed_birth.month(), 5);
    plant("EP-07", "older_in_the_file", index, start, "档案年龄大两岁，据此提前退休且无认定表");
    plant("EP-06", "older_in_the_file", index, start, "按身份证未到龄");
    index = add_new_pensioner(start);
    note_of(index).archive_birth = Date{person(index).birth.days - 60};
    spare("EP-07", "not_used", index, start, "档案出生日期不同，仍按身份证到龄退休");

    const auto special = [&](int months, bool filed) {
      const std::uint32_t employer = add_employer();
      if (filed) city_.employers[employer].special_job = '3';
      const std::int32_t who = add_early(start, 50);
      person(who).jobs[0].payer = employer;
      person(who).no_wage = true;
      twist_of(who).retire_kind = "3";
      twist_of(who).special_type = "3";
      twist_of(who).special_months = months;
      return who;
    };
    plant("EP-08", "too_few_months", special(60, true), start, "有毒有害岗位仅六十个月");
    plant("EP-08", "not_filed", special(100, false), start, "单位未备案特殊工种");
    spare("EP-08", "as_filed", special(100, true), start, "年限足够且单位已备案");

    const auto resident = [&](int early) {
      const std::int32_t who = add_pensioner(Role::resident_pensioner);
      const Month retire = city_.month(start - 1);
      const Month birth = retire.plus(early - 60 * 12);
      person(who).birth = Date::of(birth.year(), birth.month(), draw_.between(1, 28));
      person(who).retire = retire;
      person(who).jobs[0] = {resident_handler(person(who).district), at(start - 61), at(start - 1)};
      return who;
    };
    plant("RP-03", "a_year_early", resident(14), start, "未满六十岁十四个月即领取");
    spare("RP-03", "at_sixty", resident(0), start, "年满六十周岁次月领取");
    index = resident(14);
    list("RP-03", index, "身份证号录入错误，已更正（合成）");
    spare("RP-03", "listed", index, start, "已列入例外清单");
  }
}

// EP-10, EP-11, EP-14, EP-21.
void CastBuilder::miscounted() {
  const int start = months_ - 7;
  for (std::int64_t i = 0; i < times(40); ++i) {
    const auto deemed = [&](int more) {
      const std::int32_t who = add_new_pensioner(start);
      const int lawful = months_between(person(who).work_start, accounts_begin);
      twist_of(who).deemed_months = std::max(0, lawful) + more;
      return who;
    };
    plant("EP-10", "more_than_worked", deemed(30), start, "视同年限多计三十个月");
    std::int32_t index = add_new_pensioner(start);
    person(index).work_start = person(index).birth.month().plus(14 * 12);
    plant("EP-10", "child_worker", index, start, "十四岁参加工作");
    spare("EP-10", "as_worked", deemed(0), start, "视同年限恰等于建账前工龄");
    index = deemed(30);
    list("EP-10", index, "军龄折算有据（合成）");
    spare("EP-10", "listed", index, start, "已列入例外清单");

    const auto years = [&](int months) {
      const std::int32_t who = add_new_pensioner(start);
      twist_of(who).total_months = months;
      twist_of(who).deemed_months = 24;
      return who;
    };
    plant("EP-11", "thirty_months_short", years(150), start, "累计缴费一百五十个月");
    spare("EP-11", "fifteen_years", years(240), start, "累计缴费二百四十个月");
    index = years(150);
    list("EP-11", index, "参保早于二〇一一年七月，已延长缴费（合成）");
    spare("EP-11", "listed", index, start, "已列入例外清单");

    const auto granted = [&](int percent) {
      const std::int32_t who = add_new_pensioner(start);
      twist_of(who).granted_percent = percent;
      return who;
    };
    plant("EP-14", "too_high", granted(108), start, "核定高于公式百分之八");
    plant("EP-14", "too_low", granted(95), start, "核定低于公式百分之五");
    spare("EP-14", "as_computed", granted(100), start, "与公式相符");
    index = granted(108);
    list("EP-14", index, "地方补贴并入核定（合成）");
    spare("EP-14", "listed", index, start, "已列入例外清单");

    const auto late = [&](int months) {
      const std::int32_t who = add_new_pensioner(months_ - 4 - months);
      twist_of(who).late = at(months);
      return who;
    };
    plant("EP-21", "sixteen_months", late(16), months_ - 4, "核定时补发十六个月");
    spare("EP-21", "six_months", late(6), months_ - 4, "补发六个月");
    index = late(16);
    list("EP-21", index, "诉讼判决补发（合成）");
    spare("EP-21", "judgment", index, months_ - 4, "判决补发，已列入例外清单");
  }
}

// EP-12, EP-13, EP-18.
void CastBuilder::paid_on() {
  for (std::int64_t i = 0; i < times(40); ++i) {
    const int wanted = months_ - 9;
    std::int32_t index = -1;
    int start = 0;
    const std::int64_t base = average_wage_fen(last_.year() - 1);
    const auto pensioner = [&] {
      index = add_new_pensioner(wanted);
      start = months_between(city_.options.start, person(index).retire) + 1;
    };
    const auto levy = [&](std::int32_t scheme, int from, int to, const char* type, int settled) {
      script_of(index).levies.push_back({flexible_handler(person(index).district), scheme, at(from),
                                         at(to), base, type, at(settled), ""});
    };
    pensioner();
    levy(110, start + 1, start + 5, "10", never);
    plant("EP-12", "goes_on_paying", index, start + 1, "领取后继续缴纳职工养老");
    pensioner();
    levy(110, start - 20, start - 15, "32", start + 4);
    plant("EP-12", "pays_back_later", index, start + 4, "核定后补缴以前月份");
    pensioner();
    levy(310, start + 1, start + 5, "10", never);
    spare("EP-12", "medical_only", index, start + 1, "只续缴职工医保");
    pensioner();
    levy(110, start + 1, start + 3, "10", never);
    list("EP-12", index, "判决补缴（合成）");
    spare("EP-12", "listed", index, start + 1, "已列入例外清单");
    pensioner();
    levy(110, start - 20, start - 15, "32", start - 2);
    spare("EP-12", "before_the_grant", index, start - 2, "核定前补缴");

    // First insured twenty months before the pension; the fifteen years before bought by judgment.
    const auto latecomer = [&] {
      pensioner();
      const std::uint32_t handler = flexible_handler(person(index).district);
      const int retire = start - 1;
      person(index).jobs[0].first = at(retire - 19);
      twist_of(index).total_months = 180;
      twist_of(index).deemed_months = 0;
      script_of(index).levies.push_back(
          {handler, 110, at(retire - 179), at(retire - 20), base, "32", at(retire - 2), "1"});
      script_of(index).cases.push_back({"SUP", at(retire - 2), {"18"}});
    };
    latecomer();
    plant("EP-18", "bought_years", index, start, "参保二十个月即退休，其余一百六十个月为补缴");
    latecomer();
    script_of(index).transfers.push_back({110, '2', 160});
    spare("EP-18", "transferred_in", index, start, "外地关系转入后补录");
    latecomer();
    list("EP-18", index, "国企改制补缴，已批准（合成）");
    spare("EP-18", "listed", index, start, "已列入例外清单");

    const auto back_payer = [&](int months, const char* basis, bool paper) {
      const std::int32_t who = add(Role::flexible);
      const std::uint32_t handler = flexible_handler(person(who).district);
      person(who).work_start = city_.month(-120);
      person(who).jobs[0] = {handler, -5, open_end};
      person(who).n_jobs = 1;
      script_of(who).levies.push_back(
          {handler, 110, at(-5 - months), -6, base, "32", at(wanted), basis});
      if (paper) script_of(who).cases.push_back({"SUP", at(wanted), {"18"}});
      return who;
    };
    plant("EP-13", "no_basis", back_payer(48, "", false), wanted, "补缴四十八个月，无任何文书");
    plant("EP-13", "other_basis", back_payer(40, "9", false), wanted, "补缴四十个月，依据为其他");
    spare("EP-13", "judgment", back_payer(48, "1", true), wanted, "判决补缴，文书已归档");
    spare("EP-13", "two_years", back_payer(24, "9", false), wanted, "补缴二十四个月");
  }
}

// EP-19, EP-20.
void CastBuilder::odd_grants() {
  const int died = months_ - 6;
  for (std::int64_t i = 0; i < times(40); ++i) {
    const Date on = day(died, 9);
    const auto grants = [&](std::int32_t index, std::int32_t scheme) {
      script_of(index).paid.push_back(
          {scheme, "800011", at(died + 1), at(died + 1), funeral_fen, false});
    };
    const auto dead = [&](const char* source) {
      const std::int32_t index = add_pensioner(Role::pensioner);
      person(index).death = on;
      script_of(index).deaths.push_back({source, on});
      twist_of(index).last_paid = at(died);
      return index;
    };
    std::int32_t index = dead("1");
    grants(index, 110);
    grants(index, 170);
    plant("EP-19", "employee_and_resident", index, died + 1, "职工、居民两险均领丧葬费");
    index = dead("1");
    grants(index, 110);
    grants(index, 410);
    plant("EP-19", "pension_and_injury", index, died + 1, "养老、工伤两险均领丧葬费");
    index = dead("1");
    grants(index, 110);
    spare("EP-19", "once", index, died + 1, "只领一份");

    index = add_pensioner(Role::pensioner);
    twist_of(index).last_paid = at(died);
    twist_of(index).checks_end = at(died);
    grants(index, 110);
    script_of(index).paid.push_back(
        {110, "800012", at(died + 1), at(died + 1), 3 * funeral_fen, false});
    plant("EP-20", "nobody_died", index, died + 1, "无任何死亡记录却支付丧葬抚恤");
    index = dead("4");
    grants(index, 110);
    spare("EP-20", "declared_by_court", index, died + 1, "法院宣告死亡");
    index = dead("2");
    grants(index, 110);
    spare("EP-20", "certificate", index, died + 1, "有死亡证明");
  }
}

// EP-02, EP-16.
void CastBuilder::unverified() {
  const int event = months_ - 8;
  const Date on = day(event, 9);
  for (std::int64_t i = 0; i < times(40); ++i) {
    const auto cremated = [&](bool of_another) {
      const std::int32_t who = add_pensioner(Role::pensioner);
      script_of(who).deaths.push_back({"3", on, of_another});
      twist_of(who).checks_end = at(event);
      return who;
    };
    plant("EP-02", "cremation_only", cremated(false), event + 1, "只有火化记录，待遇未停");
    const auto suspected = [&] {
      const std::int32_t who = add_pensioner(Role::pensioner);
      twist_of(who).checks_end = at(event);
      return who;
    };
    std::int32_t index = suspected();
    script_of(index).household = "2";
    script_of(index).household_changed = on;
    plant("EP-02", "household_cancelled", index, event + 1, "户籍死亡注销，无死亡信息，待遇未停");
    index = suspected();
    script_of(index).household = "3";
    script_of(index).household_changed = on;
    spare("EP-02", "moved_away", index, event + 1, "户籍迁出");
    spare("EP-02", "another_name", cremated(true), event + 1, "火化记录同号不同名");
    index = cremated(false);
    script_of(index).checks.push_back({day(months_ - 2, 6), "2"});
    spare("EP-02", "seen_alive", index, event + 1, "近期人脸认证通过");
    index = cremated(false);
    twist_of(index).last_paid = at(event);
    spare("EP-02", "stopped", index, event + 1, "待遇已停");

    const auto old = [&](int age, bool checked) {
      const std::int32_t who = add_pensioner(Role::pensioner);
      person(who).birth = Date::of(last_.year() - age, 1, draw_.between(2, 27));
      person(who).retire = person(who).birth.month().plus(60 * 12);
      person(who).work_start = person(who).birth.month().plus(20 * 12);
      const int retired = months_between(city_.options.start, person(who).retire);
      person(who).jobs[0].first = at(retired - 60);
      person(who).jobs[0].last = at(retired);
      if (!checked) twist_of(who).checks_end = 0;
      return who;
    };
    plant("EP-16", "ninety_five", old(95, false), months_ - 12, "九十五岁，一年无认证、无就医");
    plant("EP-16", "ninety_two", old(92, false), months_ - 12, "九十二岁，一年无认证、无就医");
    spare("EP-16", "verified", old(94, true), months_ - 12, "九十四岁，按期认证");
    spare("EP-16", "eighty_eight", old(87, false), months_ - 12, "未满九十岁");
    index = old(95, false);
    list("EP-16", index, "旅居境外，使领馆出具在世证明（合成）");
    spare("EP-16", "abroad", index, months_ - 12, "已列入例外清单");
  }
}

// DC-04.
void CastBuilder::changed_in_time() {
  for (std::int64_t i = 0; i < times(40); ++i) {
    const auto changed = [&](const char* field, const char* before, int months, int& start) {
      const std::int32_t who = add_new_pensioner(months_ - 6);
      start = months_between(city_.options.start, person(who).retire) + 1;
      script_of(who).changes.push_back({field, before, "1978-01-01", day(start - months, 10)});
      return who;
    };
    int start = 0;
    std::int32_t index = changed("work_start", "1983-01-01", 2, start);
    plant("DC-04", "start_of_work", index, start - 2, "核定前五十余日修改参加工作日期");
    index = changed("work_start", "1983-01-01", 5, start);
    spare("DC-04", "long_before", index, start - 5, "核定前一百四十余日修改");
    index = changed("addr", "旧址（合成）", 2, start);
    spare("DC-04", "address", index, start - 2, "修改的不是关键字段");
    index = changed("work_start", "", 2, start);
    spare("DC-04", "first_entry", index, start - 2, "首次补录，不是修改");
    index = changed("work_start", "1983-01-01", 2, start);
    list("DC-04", index, "档案核查更正，有认定表（合成）");
    spare("DC-04", "listed", index, start - 2, "已列入例外清单");
  }
}

// OB-09, OB-10.
void CastBuilder::counter_tricks() {
  for (std::int64_t i = 0; i < times(30); ++i) {
    const int month = months_ - 6;
    const auto account = [&](int back) {
      const std::int32_t who = add_pensioner(Role::pensioner);
      note_of(who).account_from = at(month);
      note_of(who).account_back = at(back);
      return who;
    };
    plant("OB-09", "there_and_back", account(month + 1), month, "改户发放一个月后改回");
    spare("OB-09", "for_good", account(open_end), month, "变更后未再改回");
    spare("OB-09", "after_four_months", account(month + 4), month, "四个月后换回");
    std::int32_t index = account(month + 1);
    list("OB-09", index, "旧卡挂失补办，有凭证（合成）");
    spare("OB-09", "listed", index, month, "挂失补卡，已列入例外清单");

    const auto pause = [&](int months) {
      const std::int32_t who = add_pensioner(Role::pensioner);
      twist_of(who).paused = at(month - 4);
      twist_of(who).resumed = at(month - 4 + months);
      twist_of(who).checks_end = at(month - 4);
      return who;
    };
    index = pause(5);
    twist_of(index).one_operator = true;
    plant("OB-10", "one_operator", index, month, "同一人停发又恢复，补发五个月");
    plant("OB-10", "never_verified", pause(5), month, "未经认证即恢复并补发五个月");
    index = pause(5);
    script_of(index).checks.push_back({day(month - 1, 20), "3"});
    spare("OB-10", "verified", index, month, "上门认证后恢复，停发与恢复两人经办");
    spare("OB-10", "one_month", pause(1), month, "只补发一个月");
  }
}

}  // namespace anlan::sim
