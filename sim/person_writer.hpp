#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sim/person_rows.hpp"
#include "sim/random.hpp"
#include "sim/script.hpp"

namespace anlan::sim {

constexpr std::int64_t million = 1'000'000;

constexpr std::int64_t share(std::int64_t base, std::int64_t millionths) {
  return (base * millionths + million / 2) / million;
}

/// The kind of batch a payment is in.
enum BatchKind { normal = 0, back_pay = 1, re_issue = 2 };

/// One person after the other: what happens to them, as rows. Only write_people makes one; its
/// functions are in person_work.cpp, person_money.cpp and so on, as the headings below say.
class PersonWriter {
 public:
  PersonWriter(const City& city, const PersonFiles& files, Totals& totals, std::uint64_t number,
               PeopleChunk& out);

  void write(std::int64_t index);

 private:
  const Person& me() const { return *person_; }
  std::string_view id() const { return {id_.data(), id_.size()}; }
  std::size_t years() const {
    return static_cast<std::size_t>(city_.last_month().year() - city_.options.start.year() + 1);
  }
  std::size_t year_slot(int m) const {
    return static_cast<std::size_t>(month_[at(m)].year() - city_.options.start.year());
  }
  static std::size_t at(int m) { return static_cast<std::size_t>(m); }
  Random random(Purpose purpose, std::uint64_t part = 0) const {
    return {city_.options.seed, purpose, static_cast<std::uint64_t>(index_), part};
  }
  Chunk& chunk(std::size_t file) {
    auto& chunk = out_.chunks[file];
    if (!chunk) chunk.emplace(files_.file(file).layout(), number_);
    return *chunk;
  }
  Chunk& row(PersonTable table) { return chunk(files_.at(table)); }
  Chunk& row(MonthTable table, int m) { return chunk(files_.at(table, m)); }
  Chunk& put_person(Chunk& chunk) const {
    return chunk.numbered("P", static_cast<std::uint64_t>(index_), 9);
  }
  static Chunk& put_employer(Chunk& chunk, std::uint32_t employer) {
    return chunk.numbered("E", employer, 8);
  }
  Date day_in(int m, int day) const {
    return Date::of(month_[at(m)].year(), month_[at(m)].month(), day);
  }

  // person_work.cpp: work
  void contributions();
  void enrol(const Job& job, std::initializer_list<std::string_view> schemes, std::int64_t base);
  void earning_job(const Job& job, bool first_job);
  void levy(std::uint32_t payer, int m, std::size_t slot, std::int64_t base, std::int64_t unit_rate,
            std::int64_t person_rate, std::int64_t account_rate, bool full, Date arrived);
  static std::string_view scheme_text(std::size_t slot);
  void wage(const std::string& uscc, int m);
  void resident_job(const Job& job);

  // person_money.cpp: money out
  std::string case_id(std::string_view kind) const { return fmt::format("{}{:09}", kind, index_); }
  void payee();
  std::int64_t account_in(int m) const;
  /// One payment row, settled in month `m`; `kind` < 0 stands outside all batches.
  void pay(std::size_t scheme, int m, Month benefit_month, std::string_view item, std::int64_t fen,
           std::int64_t account_part, char pay_kind, int kind, bool returned = false);
  static std::string_view paid_scheme_text(std::size_t scheme);
  void bank_account(int from);
  /// To another account and back again.
  template <class Put>
  void swap_account(Date opened, const Put& put);
  void bank_account_once(int m);
  /// Remembers a case of this person for the books, and names who handled it.
  CaseHandlers handle(const std::string& case_name, const char* biz_type, int m, const char* table,
                      std::string key, std::string field = {}, std::string before = {},
                      std::string after = {}, std::vector<std::string> papers = {});
  void change(const ChangeFact& fact, std::uint64_t number, std::string_view operator_id);

  // person_pension.cpp: pensions
  /// All items of one month's pension, settled in month `m`.
  void pay_pension(int benefit, int m, int kind, bool returned = false, bool taken_back = false);
  void draw_pension();
  void grant();
  /// By the checker of its case or, as `same` says, by him who did it `before` or by another.
  std::string suspend(std::string_view action, std::string_view reason, int m, const char* biz_type,
                      const std::string& before = {}, bool same = false);
  void check(const CheckFact& fact);
  void qualification(int first, int last);

  // person_benefits.cpp: unemployment, injury, birth
  void draw_unemployment();
  void injury();
  void appraisal(int grade, Date day);
  void maternity();

  // person_care.cpp: care
  bool jailed(Date from, Date to) const { return from <= jail_to_ && to >= jail_from_; }
  void claim(Random& draw, int number, const ClaimFact& fact);
  void items(int number, Date day, int second, int count);
  void cast_visit(const Visit& visit);
  std::uint32_t institution(Random& draw) const;
  void hospital();

  // person_registers.cpp: registers
  std::string_view foreign_id(Random& draw);
  void transfer();
  void service(Date from, Date to);
  void odd_registers();
  std::string_view other_name() const;
  void death_row(std::string_view source, int rank, Date day, std::string_view name, int received,
                 std::string_view cause);
  void die();
  void household();

  // person_script.cpp: what the cast does
  struct Rates {
    std::int64_t unit;
    std::int64_t person;
    std::int64_t account;
  };
  void script(const Script& script);
  static std::size_t paid_slot(std::int32_t scheme);
  void paid(const PaidItem& fact);
  void granted(const GrantFact& fact);
  Rates rates(std::uint32_t payer, std::int32_t scheme, Month month) const;
  void levied_as_told(const LevyFact& fact);
  void extra_levy(const LevyFact& fact, const Rates& rate, int due, int settled);
  void waged(const WageFact& fact);
  void death_told(const DeathFact& fact);
  void custody_told(const CustodyFact& fact);
  void crossed(const CrossingFact& fact);
  void spell(const SpellFact& fact, std::size_t number);
  std::string injury_id(std::int64_t person, std::size_t number) const;
  void injured(const InjuryFact& fact, std::size_t number);
  void gave_birth(const BirthFact& fact, std::size_t number);
  void transferred(const TransferFact& fact);
  void survives(const SurvivorFact& fact);
  void dismissed(Date day);

  // person_accounts.cpp: the books of the person
  std::int64_t balance_at_retirement() const;
  std::int64_t interest(std::int64_t balance, std::size_t year) const;
  std::int64_t balance_at_death() const;
  std::int64_t opening() const;
  void accounts();
  int month_of_year_end(int year) const;
  void self();

  const City& city_;
  const PersonFiles& files_;
  Totals& totals_;
  const std::uint64_t number_;
  PeopleChunk& out_;
  const int months_;
  std::vector<Month> month_;
  std::vector<Date> pay_day_;          // by month and kind
  std::vector<std::string> batch_id_;  // by month, kind and scheme

  // The person at hand.
  std::int64_t index_ = 0;
  const Person* person_ = nullptr;
  const Note* note_ = nullptr;
  std::array<char, 18> id_{};
  std::array<char, 18> other_id_{};
  std::string name_;
  DeathNews death_;
  Pension pension_;
  std::uint64_t payments_ = 0;
  std::vector<std::int64_t> principal_;  // by year
  std::vector<std::int64_t> paid_out_;
  std::int64_t payee_index_ = 0;
  std::int64_t account_ = 0;
  std::int64_t holder_ = 0;
  char payee_rel_ = '0';
  std::string payee_name_;
  std::array<char, 18> payee_id_{};
  std::string holder_name_;
  std::string_view bank_;
  std::int16_t account_changed_ = never;
  int reissue_ = never;
  std::int64_t registered_ = -1;
  int settled_year_ = -1;
  Date jail_from_ = no_date;
  Date jail_to_ = no_date;
};

}  // namespace anlan::sim
