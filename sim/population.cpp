#include "sim/population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "fund/credit_code.hpp"
#include "fund/pension.hpp"
#include "fund/region.hpp"
#include "fund/retirement.hpp"
#include "sim/cast.hpp"
#include "sim/life.hpp"
#include "sim/parameters.hpp"
#include "sim/random.hpp"

namespace anlan::sim {
namespace {

// Tables of our choice, in the round shape of a Chinese city of the 2010s.
constexpr std::uint32_t role_weights[] = {14, 44, 4, 8, 14, 1, 10, 5};  // in the order of Role
constexpr std::uint32_t working_age_weights[] = {8,  15, 16, 14,
                                                 13, 13, 12, 9};  // from 20, five years each
constexpr std::uint32_t pension_age_weights[] = {10, 22, 24, 18, 12,
                                                 8,  4,  2,  1};  // from 50, five years each
constexpr int employer_sizes[] = {2, 4, 8, 15, 30, 80, 200, 600, 2000};
constexpr std::uint32_t employer_size_weights[] = {3000, 2500, 1800, 1200, 800, 400, 200, 80, 20};
constexpr std::uint16_t industries[] = {13, 17, 26, 35, 39, 48, 51, 54, 61, 65, 72, 80, 83, 84};

class Builder {
 public:
  explicit Builder(const CityOptions& options) {
    city_.options = options;
    Random draw(options.seed, "outlier");
    city_.outlier_district = static_cast<std::uint8_t>(draw.below(n_districts));
    city_.rich_district = static_cast<std::uint8_t>(
        (city_.outlier_district + 1 + draw.below(n_districts - 1)) % n_districts);
    serials_.resize(n_districts * days * 2);
  }

  City build() {
    add_handlers();
    add_employers();
    CastBuilder(city_, large_).build();
    city_.cast = static_cast<std::int64_t>(city_.people.size());
    CHECK(city_.cast < city_.options.people);
    city_.people.reserve(static_cast<std::size_t>(city_.options.people));
    while (static_cast<std::int64_t>(city_.people.size()) < city_.options.people) add_person();
    for (auto& person : city_.people) give_serial(person);
    tell_generous_grants();
    for (auto& truth : city_.truth) {
      if (truth.person >= 0)
        truth.subject_id = id_no_of(city_.people[static_cast<std::size_t>(truth.person)]);
    }
    join_households();
    add_institutions();
    return std::move(city_);
  }

 private:
  // EP-14 finds one by one what PX-07 finds in the district as a whole.
  void tell_generous_grants() {
    for (std::int64_t i = city_.cast; i < city_.options.people; ++i) {
      const Pension pension = pension_of(city_, i, 0);
      if (!pension.generous || pension.scheme != 110 || pension.grant >= city_.options.months)
        continue;
      const Month from = city_.month(pension.start);
      const Month to = city_.month(city_.options.months - 1);
      city_.truth.push_back(
          {"EP-14", true, "generous_district", "person", "", i, from, to, -1, "全区核定高出两成"});
    }
  }

  static constexpr std::int32_t first_day = -18'300;  // 1919-11
  static constexpr std::size_t days = 18'300 + 43'000;

  Random random(Purpose purpose, std::uint64_t id) const {
    return {city_.options.seed, purpose, id};
  }

  void add_handlers() {
    for (std::uint32_t i = 0; i < 2 * n_districts; ++i) {
      Employer handler;
      handler.district = static_cast<std::uint8_t>(i % n_districts);
      handler.type = i < n_districts ? "93" : "94";
      handler.registered = Date::of(2000, 1, 3);
      handler.phone = i + 1;
      city_.employers.push_back(handler);
    }
  }

  void add_employers() {
    const std::int64_t employees = city_.options.people * 44 / 100;
    const int size_max = static_cast<int>(std::max<std::int64_t>(30, employees / 20));
    std::int64_t places = 0;
    while (places < employees) {
      const auto index = static_cast<std::uint32_t>(city_.employers.size());
      Random draw = random("employer", index);
      Employer employer;
      const int size = employer_sizes[draw.weighted(employer_size_weights)];
      employer.weight =
          static_cast<std::uint32_t>(std::min(size + draw.between(0, size), size_max));
      employer.district = static_cast<std::uint8_t>(draw.below(n_districts));
      employer.injury_class = static_cast<std::uint8_t>(draw.between(1, 8));
      employer.industry = industries[draw.below(std::size(industries))];
      employer.registered =
          Date::of(draw.between(1995, 2014), draw.between(1, 12), draw.between(1, 28));
      employer.phone = index + 1;
      if (employer.weight >= 50 && draw.chance(1, 12)) employer.type = "50";
      places += employer.weight;
      city_.employers.push_back(employer);
      all_.add(index, employer.weight);
      if (employer.weight >= 20) large_.add(index, employer.weight);
    }
    if (large_.empty()) large_ = all_;
  }

  // A birthday at an age between two, in months before the city's first month.
  Date birth_at(Random& draw, int years_low, int years_high) const {
    const Month month =
        city_.options.start.plus(-draw.between(years_low * 12 + 1, years_high * 12));
    return Date::of(month.year(), month.month(), draw.between(1, 28));
  }

  template <std::size_t N>
  Date banded_birth(Random& draw, const std::uint32_t (&weights)[N], int from) const {
    const int band = static_cast<int>(draw.weighted(weights));
    return birth_at(draw, from + band * 5, from + band * 5 + 5);
  }

  void add_person() {
    const auto index = city_.people.size();
    Random draw = random("person", index);
    Person person;
    person.role = static_cast<Role>(draw.weighted(role_weights));
    person.male = draw.chance(51, 100);
    person.cadre = !person.male && draw.chance(40, 100);
    person.district = static_cast<std::uint8_t>(draw.below(n_districts));
    const std::int64_t average = average_wage_fen(city_.options.start.year());
    std::int64_t percent = 45 + draw.below(60) + draw.below(60);
    if (draw.chance(1, 10)) percent += draw.below(200);
    person.wage_fen = static_cast<std::int32_t>(average * percent / 100);
    person.has_wage_gap = draw.chance(1, 25);

    switch (person.role) {
      case Role::child:
        person.birth = birth_at(draw, 0, 18);
        break;
      case Role::other:
        person.birth = birth_at(draw, 18, 85);
        break;
      case Role::employee:
        make_employee(person, draw);
        break;
      case Role::flexible:
        make_flexible(person, draw);
        break;
      case Role::resident:
        person.birth = birth_at(draw, 20, 60);
        person.retire = retirement(person, fund::RetirementGroup::resident);
        person.jobs[0] = {resident_handler(person.district),
                          static_cast<std::int16_t>(-draw.between(12, 90)), offset(person.retire)};
        person.n_jobs = 1;
        break;
      case Role::resident_pensioner:
        person.birth = birth_at(draw, 61, 95);
        person.retire = retirement(person, fund::RetirementGroup::resident);
        person.jobs[0] = {resident_handler(person.district),
                          static_cast<std::int16_t>(offset(person.retire) - draw.between(12, 90)),
                          offset(person.retire)};
        person.n_jobs = 1;
        break;
      case Role::pensioner:
      case Role::gov_pensioner:
        make_pensioner(person, draw);
        break;
    }
    add_death(person, draw);
    city_.people.push_back(person);
  }

  static fund::RetirementGroup group(const Person& person) {
    return person.male    ? fund::RetirementGroup::men
           : person.cadre ? fund::RetirementGroup::women_cadre
                          : fund::RetirementGroup::women_worker;
  }
  static Month retirement(const Person& person, fund::RetirementGroup group) {
    return fund::statutory_retirement_month(person.birth.month(), group);
  }
  std::int16_t offset(Month month) const {
    return static_cast<std::int16_t>(months_between(city_.options.start, month));
  }

  void start_work(Person& person, Random& draw) const {
    const Month begun = person.birth.month().plus(draw.between(18 * 12, 23 * 12));
    person.work_start = std::min(begun, city_.month(-2));
  }

  void make_employee(Person& person, Random& draw) {
    do {
      person.birth = banded_birth(draw, working_age_weights, 20);
      person.retire = retirement(person, group(person));
    } while (person.retire < city_.options.start);
    start_work(person, draw);
    const int retire = offset(person.retire);
    const int working = months_between(person.work_start, city_.options.start);
    Job job{all_.pick(draw), 0, static_cast<std::int16_t>(std::min<int>(retire, open_end - 1))};
    if (retire >= city_.options.months) job.last = open_end;
    // The youngest jobs are the most frequent.
    const int longest = std::max(1, std::min(working, 400));
    job.first =
        static_cast<std::int16_t>(-1 - static_cast<int>(draw.below(static_cast<std::uint32_t>(
                                           1 + draw.below(static_cast<std::uint32_t>(longest))))));
    person.jobs[0] = job;
    person.n_jobs = 1;

    const int months = city_.options.months;
    const int steady =
        std::min(retire - 6, months - 2);  // nothing changes in the last half year of work
    if (draw.chance(static_cast<std::uint32_t>(months) * 7, 1000) && steady > 2) {
      const int leave = draw.between(1, steady);
      const int gap = draw.chance(3, 5) ? 0 : draw.between(1, 4);
      person.jobs[0].last = static_cast<std::int16_t>(leave - 1);
      const std::uint32_t next = all_.pick(draw);
      if (next != job.payer && leave + gap < std::min(retire - 1, months)) {
        person.jobs[1] = {next, static_cast<std::int16_t>(leave + gap), job.last};
        person.n_jobs = 2;
      }
    } else if (draw.chance(static_cast<std::uint32_t>(months) * 2, 1000) && steady > 2) {
      const int leave = draw.between(1, steady);
      // Jobs of 12 and 13 months are what UE-06 looks at: those who lose theirs here had it for
      // longer.
      if (leave - job.first < 15) return;
      const int paid = leave - person.jobs[0].first + 1;
      const int entitled = fund::unemployment_months_max(paid, 0);
      const int drawn = std::min(draw.between(2, entitled), retire - leave);
      if (drawn < 1) return;
      person.laid_off = static_cast<std::int16_t>(leave);
      person.entitled_months = static_cast<std::int16_t>(entitled);
      person.benefit_months = static_cast<std::int16_t>(drawn);
      person.jobs[0].last = static_cast<std::int16_t>(leave);
      const int back = leave + drawn + 1;
      const std::uint32_t next = all_.pick(draw);
      if (drawn < entitled && back < std::min(retire - 1, months) && next != job.payer) {
        person.jobs[1] = {next, static_cast<std::int16_t>(back), job.last};
        person.n_jobs = 2;
      }
    }
  }

  void make_flexible(Person& person, Random& draw) const {
    person.cadre = !person.male;  // flexible women retire at 55
    do {
      person.birth = birth_at(draw, 25, 60);
      person.retire = retirement(person, group(person));
    } while (person.retire < city_.options.start);
    start_work(person, draw);
    const int retire = offset(person.retire);
    person.jobs[0] = {
        flexible_handler(person.district), static_cast<std::int16_t>(-draw.between(6, 60)),
        retire >= city_.options.months ? open_end : static_cast<std::int16_t>(retire)};
    person.n_jobs = 1;
  }

  void make_pensioner(Person& person, Random& draw) {
    do {
      person.birth = banded_birth(draw, pension_age_weights, 50);
      person.retire = retirement(person, group(person));
    } while (months_between(person.retire, city_.options.start) < 3);
    person.work_start = person.birth.month().plus(draw.between(18 * 12, 23 * 12));
    const std::int16_t retire = offset(person.retire);
    person.jobs[0] = {large_.pick(draw), static_cast<std::int16_t>(retire - draw.between(24, 180)),
                      retire};
    person.n_jobs = 1;
  }

  void add_death(Person& person, Random& draw) const {
    const Date first = city_.first_day();
    const Date last = city_.last_day();
    for (int year = city_.options.start.year(); year <= city_.last_month().year(); ++year) {
      const int age = std::max(0, year - static_cast<int>(person.birth.ymd().year()));
      if (!draw.chance(deaths_of_100000(age), 100'000)) continue;
      const Date day{Date::of(year, 1, 1).days + static_cast<std::int32_t>(draw.below(365))};
      if (day < first || day > last || day <= person.birth) continue;
      person.death = day;
      const std::int16_t month = offset(day.month());
      for (int i = 0; i < person.n_jobs; ++i)
        person.jobs[i].last = std::min(person.jobs[i].last, month);
      if (person.n_jobs == 2 && person.jobs[1].first > month) person.n_jobs = 1;
      if (person.laid_off != never && person.laid_off >= month) person.laid_off = never;
      return;
    }
  }

  // Serials count up within a district and a birthday, odd for men: numbers never meet, and 996–999
  // are never reached.
  void give_serial(Person& person) {
    const auto slot = (static_cast<std::size_t>(person.district) * days +
                       static_cast<std::size_t>(person.birth.days - first_day)) *
                          2 +
                      (person.male ? 1 : 0);
    CHECK(slot < serials_.size());
    const std::uint16_t nth = serials_[slot]++;
    person.serial = static_cast<std::uint16_t>(nth * 2 + (person.male ? 1 : 2));
    CHECK(person.serial < 900);
  }

  void join_households() {
    constexpr int bands = 25;
    // Who still waits for a spouse, and who could be a parent: by district and five years of birth.
    std::vector<std::vector<std::int32_t>> waiting(n_districts * 2 * bands);
    std::vector<std::int32_t> parents(n_districts * bands, -1);
    const int start_year = city_.options.start.year();
    for (auto i = static_cast<std::size_t>(city_.cast); i < city_.people.size(); ++i) {
      Person& person = city_.people[i];
      const auto index = static_cast<std::int32_t>(i);
      const int age = start_year - static_cast<int>(person.birth.ymd().year());
      const int band = std::clamp(age / 5, 0, bands - 1);
      Random draw = random("household", i);
      const std::size_t place = person.district * bands + static_cast<std::size_t>(band);
      if (const int older = band + draw.between(4, 7); older < bands && draw.chance(2, 3)) {
        std::int32_t& parent = parents[person.district * bands + static_cast<std::size_t>(older)];
        if (parent >= 0) {
          person.parent = parent;
          Person& old = city_.people[static_cast<std::size_t>(parent)];
          if (age >= 40 && draw.chance(1, 4) &&
              (old.role == Role::resident_pensioner || old.role == Role::pensioner)) {
            old.proxy = index;
          }
          parent = -1;  // the next child has other parents
        }
      }
      if (age < 24) continue;
      parents[place] = index;
      if (!draw.chance(3, 4)) continue;
      auto& others = waiting[(person.district * 2 + (person.male ? 0U : 1U)) * bands +
                             static_cast<std::size_t>(band)];
      if (others.empty()) {
        waiting[(person.district * 2 + (person.male ? 1U : 0U)) * bands +
                static_cast<std::size_t>(band)]
            .push_back(index);
        continue;
      }
      Person& spouse = city_.people[static_cast<std::size_t>(others.back())];
      person.spouse = others.back();
      spouse.spouse = index;
      others.pop_back();
      if (draws_pension(person) && draws_pension(spouse) && draw.chance(1, 12))
        person.joint_account = true;
    }
  }
  static bool draws_pension(const Person& person) {
    return person.role == Role::pensioner || person.role == Role::resident_pensioner;
  }

  void add_institutions() {
    const auto wanted = std::max<std::int64_t>(12, city_.options.people / 12'000);
    for (std::int64_t i = 0; i < wanted; ++i) {
      Random draw = random("institution", city_.institutions.size());
      Institution inst;
      constexpr std::uint32_t level_weights[] = {5, 4, 2};
      const auto level = draw.weighted(level_weights);
      inst.level = static_cast<std::uint8_t>(level + 1);
      inst.weight =
          std::array{1U, 4U, 12U}[level] * static_cast<std::uint32_t>(draw.between(5, 10));
      inst.district = static_cast<std::uint8_t>(draw.below(n_districts));
      city_.institutions.push_back(inst);
    }
  }

  City city_;
  WeightedEmployers all_;
  WeightedEmployers large_;
  std::vector<std::uint16_t> serials_;
};

constexpr std::string_view surnames[] = {"甲", "乙", "丙", "丁", "戊",
                                         "己", "庚", "辛", "壬", "癸"};
constexpr std::string_view syllables[] = {"子", "丑", "寅", "卯", "辰", "巳", "午", "未",
                                          "申", "酉", "戌", "亥", "一", "二", "三", "四",
                                          "五", "六", "七", "八", "九", "十", "百", "千"};
constexpr std::string_view districts_zh[] = {"和平", "河东", "河西", "南开", "河北", "红桥",
                                             "东丽", "西青", "津南", "北辰", "武清", "宝坻",
                                             "滨海", "宁河", "静海", "蓟州"};

}  // namespace

Date City::first_day() const {
  return Date::of(options.start.year(), options.start.month(), 1);
}
Date City::last_day() const {
  return anlan::last_day(last_month());
}

std::uint32_t deaths_of_100000(int age) {
  constexpr std::uint32_t table[] = {60,   20,   20,   30,     45,     55,     70,
                                     100,  150,  230,  350,    550,    850,    1350,
                                     2200, 3700, 6200, 10'500, 17'000, 26'000, 40'000};
  return table[std::min<std::size_t>(static_cast<std::size_t>(age) / 5, std::size(table) - 1)];
}

City make_population(const CityOptions& options) {
  return Builder(options).build();
}

fund::IdDigits id_of(const Person& person) {
  fund::IdDigits digits{};
  const auto put = [&](std::size_t at, int width, unsigned value) {
    for (int i = width; i-- > 0; value /= 10)
      digits[at + static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  };
  const auto ymd = person.birth.ymd();
  put(0, 6, 129'900U + person.district);
  put(6, 4, static_cast<unsigned>(static_cast<int>(ymd.year())));
  put(10, 2, static_cast<unsigned>(ymd.month()));
  put(12, 2, static_cast<unsigned>(ymd.day()));
  put(14, 3, person.serial);
  digits[17] = fund::id_check_digit(digits.data());
  return digits;
}

std::string id_no_of(const Person& person) {
  const auto digits = id_of(person);
  return {digits.data(), digits.size()};
}

std::string name_of(const City& city, std::int64_t person) {
  Random draw(city.options.seed, "name", static_cast<std::uint64_t>(person));
  std::string name(surnames[draw.below(std::size(surnames))]);
  name += syllables[draw.below(std::size(syllables))];
  if (draw.chance(3, 4)) name += syllables[draw.below(std::size(syllables))];
  return name;
}

std::string employer_id_of(std::uint32_t employer) {
  return fmt::format("E{:08}", employer);
}

std::string employer_name_of(const City& city, std::uint32_t employer) {
  const Employer& it = city.employers[employer];
  const std::string_view district = districts_zh[it.district];
  if (it.type == "93") return fmt::format("{}灵活就业人员代办（合成）", district);
  if (it.type == "94") return fmt::format("{}城乡居民参保代办（合成）", district);
  return fmt::format("合成{}第{}号{}", district, employer,
                     it.type == "50" ? "事业单位" : "有限公司");
}

std::string uscc_of(const City& city, std::uint32_t employer) {
  // Registrar and class: handlers are public institutions, all others businesses.
  std::string code = fmt::format("{}{}{:08}", employer < 2 * n_districts ? "12" : "91",
                                 129'900 + city.employers[employer].district, employer);
  code += fund::organisation_code_check(code.data() + 8);
  code += fund::credit_code_check(code.data());
  return code;
}

std::string account_no(std::int64_t account) {
  return fmt::format("999{:013}", account);
}
std::string inst_id_of(std::uint32_t inst) {
  return fmt::format("H{:05}", inst);
}

}  // namespace anlan::sim
