#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/month.hpp"
#include "fund/id_number.hpp"
#include "fund/region.hpp"
#include "sim/city.hpp"
#include "sim/script.hpp"
#include "sim/table_writer.hpp"

namespace anlan::sim {

enum class Role : std::uint8_t {
  child,
  employee,
  flexible,            ///< pays pension contributions alone
  resident,            ///< pays resident pension contributions
  pensioner,           ///< draws an employee pension from before the first month
  gov_pensioner,       ///< draws a pension of scheme 120
  resident_pensioner,  ///< draws a resident pension
  other,               ///< unknown to the funds but for medical care
};

/// Months and offsets: month 0 is the city's first.
struct Job {
  std::uint32_t payer = 0;
  std::int16_t first = 0;  ///< month offset, may lie before the city's first month
  std::int16_t last = 0;   ///< last month insured; `open_end` while it lasts
};

struct Person {
  Date birth;
  Date death = no_date;
  Month work_start;  ///< {} if never at work
  Month
      retire;  ///< month of reaching pension age, {} if outside the city's time and not yet drawing
  std::int32_t spouse = -1;
  std::int32_t parent = -1;
  std::int32_t wage_fen = 0;  ///< monthly, in the city's first year
  std::int32_t proxy = -1;    ///< grown child who fetches the pension of an old parent
  std::int32_t note = -1;     ///< index into City::notes: what a person of the cast does
  Job jobs[2];
  std::uint8_t n_jobs = 0;
  std::uint8_t district = 0;
  std::uint16_t serial = 0;  ///< last three digits of the id number before its check digit
  Role role = Role::other;
  bool male = false;
  bool cadre = false;          ///< a woman of a management or technical post
  bool has_wage_gap = false;   ///< the tax office misses a month now and then
  bool no_wage = false;        ///< a job without taxed wages
  bool joint_account = false;  ///< draws to the spouse's account
  bool still = false;          ///< a person of the cast: no death, no hospital, no change by chance
  std::int16_t laid_off = never;    ///< month offset of losing the job
  std::int16_t benefit_months = 0;  ///< months of unemployment benefit drawn, at most
  std::int16_t entitled_months = 0;
};

struct Employer {
  std::uint8_t district = 0;
  std::uint8_t injury_class = 1;
  std::uint16_t industry = 0;
  bool cast = false;
  Date registered;
  std::uint32_t weight = 0;  ///< persons it would like to have
  std::uint64_t phone = 0;
  char special_job = '0';  ///< kind of special job on file (list special_type), '0' if none
  std::string type = "10";
};

/// Anything out of the ordinary that a person of the cast does.
struct Note {
  std::int64_t account = -1;  ///< number of the account drawn to, instead of the own one
  std::int32_t account_holder = -1;
  std::int32_t payee = -1;  ///< person who draws instead
  char payee_rel = '0';
  std::int16_t paid_twice = never;  ///< month offset whose pension is paid twice
  std::int16_t twice_after = 0;     ///< months later that the second payment is made
  std::int16_t returned =
      never;  ///< month offset whose pension the bank returns; paid again a month later
  std::int16_t reversed = never;  ///< month offset whose pension is paid, taken back and paid again
  std::vector<std::uint32_t> visits;  ///< indexes into City::visits
  PensionTwist twist;
  Script script;
  Date enrolled_on = no_date;    ///< day of handling the first job's enrolment, if not its first
  Date archive_birth = no_date;  ///< in the personnel file, if not that of the id number
  std::int64_t base_fen = 0;     ///< contribution base, whatever the wage; 0: by the wage
  std::int16_t account_from = never;  ///< the account is changed in this month …
  std::int16_t account_back = never;  ///< … and back in this
};

/// A medical visit of the cast.
struct Visit {
  std::uint32_t inst = 0;
  Date from;
  Date to;  ///< = from for an outpatient
  int second_of_day = 0;
  bool inpatient = false;
};

struct Institution {
  std::uint8_t level = 1;
  std::uint8_t district = 0;
  std::uint32_t weight = 0;
  std::int32_t beds = 0;  ///< fixed for the cast's institutions, else found from the stays
};

struct Truth {
  std::string detection;
  bool planted = false;
  std::string variant;
  std::string subject_kind;
  std::string subject_id;
  std::int64_t person = -1;  ///< whose id number is the subject, found when all numbers are given
  Month from;
  Month to;
  std::int64_t amount_fen = -1;
  std::string note;
};

struct Exception {
  std::int64_t person = -1;  ///< or a subject
  std::string subject_kind;
  std::string subject_id;
  std::string model;
  std::string reason;
};

/// Everybody and everything of the city before anything happens; made in one thread, read by all.
struct City {
  CityOptions options;
  std::vector<Person> people;
  std::vector<Employer>
      employers;  ///< first the handlers of flexible payers, then of residents, by district
  std::vector<Note> notes;
  std::vector<Visit> visits;
  std::vector<Institution> institutions;
  std::vector<Truth> truth;
  std::vector<Exception> exceptions;
  std::int64_t cast = 0;  ///< the first so many people are the cast of truth.csv
  std::uint8_t outlier_district =
      0;  ///< its new pensions are too high, if the city is large enough to see it
  std::uint8_t rich_district = 0;  ///< its people earned more, and rightly get more

  Month month(int offset) const { return options.start.plus(offset); }
  Month last_month() const { return options.start.plus(options.months - 1); }
  Date first_day() const;
  Date last_day() const;
};

inline constexpr std::uint32_t n_districts = 16;
static_assert(n_districts == fund::districts.size());
constexpr std::uint32_t flexible_handler(std::uint8_t district) {
  return district;
}
constexpr std::uint32_t resident_handler(std::uint8_t district) {
  return n_districts + district;
}

/// Who lives in the city and where they work; the cast of the planted irregularities stands first.
City make_population(const CityOptions& options);

fund::IdDigits id_of(const Person& person);
std::string id_no_of(const Person& person);
std::string name_of(const City& city, std::int64_t person);
std::string employer_id_of(std::uint32_t employer);
std::string employer_name_of(const City& city, std::uint32_t employer);
std::string uscc_of(const City& city, std::uint32_t employer);
std::string account_no(std::int64_t account);  ///< of a person: the person's index
std::string inst_id_of(std::uint32_t inst);

/// Fewest people in whose city a district's pensions can be told from chance.
inline constexpr std::int64_t outlier_people_min = 100'000;

/// Deaths a year of 100,000 at an age; a table after Gompertz, ours.
std::uint32_t deaths_of_100000(int age);

}  // namespace anlan::sim
