#include "sim/person_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fund/region.hpp"
#include "sim/parameters.hpp"
#include "sim/random.hpp"

namespace anlan::sim {
namespace {

constexpr std::string_view banks[] = {"合成银行甲支行", "合成银行乙支行", "合成银行丙支行",
                                      "合成银行丁支行"};
constexpr const char* diagnoses[] = {"I10", "I25", "I63", "J18", "J44", "K29",
                                     "K80", "E11", "M51", "S82", "N20", "H25"};
constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t second_account = 2'000'000'000'000;
constexpr std::int64_t third_account = 3'000'000'000'000;

constexpr std::int64_t share(std::int64_t base, std::int64_t millionths) {
  return (base * millionths + million / 2) / million;
}

constexpr std::int64_t resident_subsidy_fen(std::int64_t chosen) {
  return 6'000 + chosen / 20;
}

// The lump sum of an injury grade in months of wages; 工伤保险条例 35–37.
constexpr int injury_months[] = {27, 25, 23, 21, 18, 16, 13, 11, 9, 7};

enum Kind { normal = 0, back_pay = 1, re_issue = 2 };

/// One person after the other: what happens to them, as rows.
class Writer {
 public:
  Writer(const City& city, const PersonFiles& files, Totals& totals, std::uint64_t number,
         PeopleChunk& out)
      : city_(city),
        files_(files),
        totals_(totals),
        number_(number),
        out_(out),
        months_(city.options.months) {
    out_.chunks.resize(files.size());
    out_.batches.resize(paid_schemes.size() * static_cast<std::size_t>(months_) * batch_kinds);
    for (int m = 0; m < months_; ++m) {
      month_.push_back(city.month(m));
      for (int kind = 0; kind < batch_kinds; ++kind) {
        pay_day_.push_back(pay_day(month_.back(), kind));
        for (const auto scheme : paid_schemes)
          batch_id_.push_back(batch_id_of(scheme, month_.back(), kind));
      }
    }
  }

  void write(std::int64_t index) {
    index_ = index;
    person_ = &city_.people[static_cast<std::size_t>(index)];
    note_ = person_->note >= 0 ? &city_.notes[static_cast<std::size_t>(person_->note)] : nullptr;
    const auto digits = id_of(*person_);
    std::copy(digits.begin(), digits.end(), id_.begin());
    name_ = name_of(city_, index);
    payments_ = 0;
    account_changed_ = never;
    principal_.assign(years(), 0);
    paid_out_.assign(years(), 0);
    death_ = death_news(city_, index);

    contributions();
    pension_ = pension_of(city_, index, balance_at_retirement());
    payee();
    if (pension_.scheme != 0) draw_pension();
    if (person_->laid_off != never) draw_unemployment();
    if (!person_->still) {
      odd_registers();
      injury();
      maternity();
      hospital();
      transfer();
    } else if (note_ != nullptr) {
      for (const auto visit : note_->visits) cast_visit(city_.visits[visit]);
    }
    if (note_ != nullptr) {
      script(note_->script);
    } else if (me().death != no_date && !me().still) {
      die();
    }
    household();
    accounts();
    self();
  }

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

  // ---- work
  // ----------------------------------------------------------------------------------------------------

  void contributions() {
    for (int i = 0; i < me().n_jobs; ++i) {
      const Job& job = me().jobs[i];
      if (job.payer >= n_districts && job.payer < 2 * n_districts) {
        resident_job(job);
      } else {
        earning_job(job, i == 0);
      }
    }
  }

  void enrol(const Job& job, std::initializer_list<std::string_view> schemes, std::int64_t base) {
    const bool ended = job.last < months_ - 1;
    const Month first = city_.month(job.first);
    const Date from = Date::of(first.year(), first.month(), 1);
    const Date to = ended ? last_day(city_.month(job.last)) : no_date;
    const bool retired = ended && me().retire.value != 0 &&
                         months_between(city_.options.start, me().retire) == job.last;
    for (const auto scheme : schemes) {
      Chunk& chunk = row(PersonTable::enrolment);
      put_employer(put_person(chunk), job.payer)
          .text(scheme)
          .month(first)
          .text(ended ? (retired ? "4" : "2") : "1")
          .text(ended ? (retired ? "3" : "2") : "1")
          .fen(base)
          .date(from)
          .date(to)
          .text(ended && !retired ? "6301" : "")
          .date(note_ != nullptr && note_->enrolled_on != no_date ? note_->enrolled_on
                                                                  : working_day_on_or_after(from))
          .end();
    }
  }

  void earning_job(const Job& job, bool first_job) {
    const bool flexible = job.payer < n_districts;
    const bool government = me().role == Role::gov_pensioner;
    const Employer& employer = city_.employers[job.payer];
    const int last = std::min<int>(job.last, months_ - 1);
    const std::int64_t base_now = base_fen(city_, me(), city_.month(std::max<int>(0, last)).year());
    if (government) {
      enrol(job, {"120"}, base_now);
    } else if (flexible) {
      enrol(job, {"110", "310"}, base_now);
    } else if (last < 0) {
      enrol(job, {"110"}, base_now);
    } else {
      enrol(job, {"110", "210", "310", "410"}, base_now);
    }
    if (last < 0) return;

    const std::int64_t injury = injury_rate_millionths(employer);
    Random gaps = random("wage.gap", first_job ? 0 : 1);
    const std::string uscc = flexible ? std::string() : uscc_of(city_, job.payer);
    for (int m = std::max<int>(0, job.first); m <= last; ++m) {
      const Month month = month_[at(m)];
      const std::int64_t base = note_ != nullptr && note_->base_fen > 0
                                    ? note_->base_fen
                                    : base_fen(city_, me(), month.year());
      const bool full = !in_arrears(city_, job.payer, m);
      const Date arrived = full ? arrive_day(city_, job.payer, m) : no_date;
      if (flexible) {
        levy(job.payer, m, 0, base, 0, 200'000, 80'000, full, arrived);
        levy(job.payer, m, 2, base, 0, 80'000, 0, full, arrived);
      } else {
        levy(job.payer, m, 0, base, unit_pension_rate_millionths(month), 80'000, 80'000, full,
             arrived);
        levy(job.payer, m, 1, base, 5'000, 5'000, 0, full, arrived);
        levy(job.payer, m, 2, base, 100'000, 20'000, 20'000, full, arrived);
        levy(job.payer, m, 3, base, injury, 0, 0, full, arrived);
        if (!me().no_wage && !(me().has_wage_gap && gaps.chance(1, 12))) wage(uscc, m);
      }
    }
  }

  void levy(std::uint32_t payer, int m, std::size_t slot, std::int64_t base, std::int64_t unit_rate,
            std::int64_t person_rate, std::int64_t account_rate, bool full, Date arrived) {
    const std::int64_t unit = share(base, unit_rate);
    const std::int64_t person = share(base, person_rate);
    const std::int64_t account = share(base, account_rate);
    const std::uint64_t yyyymm = static_cast<std::uint64_t>(month_[at(m)].value);
    Chunk& chunk = row(MonthTable::contrib_person, m);
    chunk.numbered("S", yyyymm * 100'000'000 + payer, 14);
    put_employer(put_person(chunk), payer)
        .text(scheme_text(slot))
        .month(month_[at(m)])
        .month(month_[at(m)])
        .text("10")
        .fen(base)
        .ratio(unit_rate)
        .ratio(person_rate)
        .fen(unit)
        .fen(person)
        .fen(full ? person : 0)
        .fen(full ? account : 0)
        .none()
        .flag(full)
        .date(arrived)
        .none()
        .none()
        .end();
    if (slot == 0 && full) principal_[year_slot(m)] += account;
    Levy& sum = totals_.levy(payer, m, slot);
    sum.base.fetch_add(base, std::memory_order_relaxed);
    sum.unit.fetch_add(unit, std::memory_order_relaxed);
    sum.person.fetch_add(person, std::memory_order_relaxed);
    sum.n.fetch_add(1, std::memory_order_relaxed);
  }

  static std::string_view scheme_text(std::size_t slot) {
    constexpr std::string_view texts[] = {"110", "210", "310", "410", "170"};
    return texts[slot];
  }

  void wage(const std::string& uscc, int m) {
    Random draw = random("wage", at(m));
    std::int64_t fen = wage_fen(city_, me(), month_[at(m)].year());
    fen = fen * draw.between(97, 104) / 100;
    if (month_[at(m)].month() == 12) fen += fen * draw.between(0, 150) / 100;
    Chunk& chunk = row(MonthTable::ext_tax_wage, m);
    chunk.text("税务")
        .text(foreign_id(draw))
        .text(name_)
        .text(uscc)
        .month(month_[at(m)])
        .fen(fen)
        .end();
  }

  // Other departments keep an old 15-digit number now and then, and rarely the number of nobody.
  std::string_view foreign_id(Random& draw) {
    if (!draw.chance(1, 2500)) return id();
    if (draw.chance(1, 2) || me().still) {
      if (id_[6] != '1' || id_[7] != '9') return id();
      std::copy(id_.begin(), id_.begin() + 6, other_id_.begin());
      std::copy(id_.begin() + 8, id_.begin() + 17, other_id_.begin() + 6);
      return {other_id_.data(), 15};
    }
    other_id_ = id_;
    other_id_[14] = '9';  // serials never reach 900
    other_id_[17] = fund::id_check_digit(other_id_.data());
    return {other_id_.data(), 18};
  }

  void resident_job(const Job& job) {
    enrol(job, {"170"}, resident_choice_fen(city_, index_));
    const int due = 3 + static_cast<int>(random("resident.month").below(6));
    for (int m = std::max<int>(0, job.first); m <= std::min<int>(job.last, months_ - 1); ++m) {
      if (month_[at(m)].month() != due) continue;
      const std::int64_t chosen = resident_choice_fen(city_, index_);
      const std::int64_t subsidy = resident_subsidy_fen(chosen);
      const Date arrived = arrive_day(city_, job.payer, m);
      Chunk& chunk = row(MonthTable::contrib_person, m);
      chunk.numbered("S", static_cast<std::uint64_t>(month_[at(m)].value) * 100'000'000 + job.payer,
                     14);
      put_employer(put_person(chunk), job.payer)
          .text("170")
          .month(month_[at(m)])
          .month(month_[at(m)])
          .text("10")
          .fen(chosen)
          .ratio(0)
          .ratio(million)
          .fen(0)
          .fen(chosen)
          .fen(chosen)
          .fen(chosen + subsidy)
          .fen(subsidy)
          .flag(true)
          .date(arrived)
          .none()
          .none()
          .end();
      principal_[year_slot(m)] += chosen + subsidy;
      Levy& sum = totals_.levy(job.payer, m, 4);
      sum.base.fetch_add(chosen, std::memory_order_relaxed);
      sum.person.fetch_add(chosen, std::memory_order_relaxed);
      sum.n.fetch_add(1, std::memory_order_relaxed);
    }
  }

  // ---- money out
  // -----------------------------------------------------------------------------------------------

  void payee() {
    const std::int64_t self = index_;
    payee_index_ = index_;
    account_ = self;
    holder_ = index_;
    payee_rel_ = '0';
    if (note_ != nullptr) {
      payee_rel_ = note_->payee_rel;
      if (note_->payee >= 0) payee_index_ = note_->payee;
      if (note_->account >= 0) {
        account_ = note_->account;
        holder_ = note_->account_holder;
      }
    } else if (me().joint_account) {
      payee_index_ = holder_ = account_ = me().spouse;
      payee_rel_ = '1';
    } else if (me().proxy >= 0) {
      payee_index_ = me().proxy;
      payee_rel_ = city_.people[static_cast<std::size_t>(me().proxy)].male ? '2' : '3';
    } else if (!me().still &&
               random("account.change").chance(static_cast<std::uint32_t>(months_) * 5, 10'000)) {
      account_changed_ =
          static_cast<std::int16_t>(random("account.change", 1).between(1, months_ - 1));
    }
    if (payee_index_ == index_) {
      payee_name_ = name_;
      payee_id_ = id_;
    } else {
      payee_name_ = name_of(city_, payee_index_);
      const auto digits = id_of(city_.people[static_cast<std::size_t>(payee_index_)]);
      std::copy(digits.begin(), digits.end(), payee_id_.begin());
    }
    holder_name_ = holder_ == index_ ? name_ : name_of(city_, holder_);
    bank_ = banks[Random(city_.options.seed, "bank", static_cast<std::uint64_t>(account_))
                      .below(std::size(banks))];
  }

  std::int64_t account_in(int m) const {
    if (note_ != nullptr && m >= note_->account_from && m < note_->account_back)
      return third_account + account_;
    return account_changed_ != never && m >= account_changed_ ? second_account + account_
                                                              : account_;
  }

  /// One payment row, settled in month `m`; `kind` < 0 stands outside all batches.
  void pay(std::size_t scheme, int m, Month benefit_month, std::string_view item, std::int64_t fen,
           std::int64_t account_part, char pay_kind, int kind, bool returned = false) {
    const std::size_t slot = kind < 0 ? 0 : batch_slot(scheme, m, months_, kind);
    const std::size_t batch_text =
        (at(m) * batch_kinds + static_cast<std::size_t>(std::max(kind, 0))) * paid_schemes.size() +
        scheme;
    Chunk& chunk = row(MonthTable::benefit_payment, m);
    chunk.numbered("B", static_cast<std::uint64_t>(index_) * 10'000 + payments_++, 14);
    put_person(chunk)
        .text(paid_scheme_text(scheme))
        .month(month_[at(m)])
        .month(benefit_month)
        .text(item)
        .fen(fen)
        .fen(account_part)
        .text(payee_name_)
        .text({payee_id_.data(), payee_id_.size()})
        .text({&payee_rel_, 1})
        .text(bank_)
        .text(holder_name_)
        .numbered("999", static_cast<std::uint64_t>(account_in(m)), 13)
        .text("11")
        .text({&pay_kind, 1})
        .text("1")
        .text(kind < 0 ? std::string_view() : batch_id_[batch_text])
        .text(returned ? "2" : "1")
        .date(pay_day_[at(m) * batch_kinds + static_cast<std::size_t>(std::max(kind, 0))])
        .end();
    if (kind < 0) return;
    BatchSum& sum = out_.batches[slot];
    ++sum.n;
    sum.total += fen;
    if (returned) sum.returned += fen;
  }

  static std::string_view paid_scheme_text(std::size_t scheme) {
    constexpr std::string_view texts[] = {"110", "120", "170", "210", "410", "510"};
    return texts[scheme];
  }

  /// All items of one month's pension, settled in month `m`.
  void pay_pension(int benefit, int m, int kind, bool returned = false, bool taken_back = false) {
    const Month month = city_.month(benefit);
    const std::int64_t sign = taken_back ? -1 : 1;
    if (pension_.scheme == 170) {
      const std::int64_t basic = resident_basic_fen(month);
      pay(2, m, month, "100011", sign * basic, 0, '0', kind, returned);
      if (pension_.account_part_fen > 0) {
        pay(2, m, month, "100012", sign * pension_.account_part_fen,
            sign * pension_.account_part_fen, '0', kind, returned);
      }
    } else {
      const std::size_t scheme = pension_.scheme == 110 ? 0 : 1;
      pay(scheme, m, month, "100010", sign * pension_.granted_fen, sign * pension_.account_part_fen,
          '0', kind, returned);
      const int granted = city_.month(pension_.start).year();
      const std::int64_t raised = adjustments_fen(pension_.granted_fen, granted, month.year());
      if (raised > 0) pay(scheme, m, month, "100014", sign * raised, 0, '0', kind, returned);
    }
    if (!returned) {
      auto& out = paid_out_[year_slot(m)];
      out += sign * pension_.account_part_fen;
    }
  }

  void draw_pension() {
    grant();
    // The last month paid: the agency stops when it knows of the death, and takes back what was too
    // much.
    int last = months_ - 1;
    int taken_back = never;
    if (death_.known != never) {
      last = std::max<int>(death_.died, death_.known);
      if (last > death_.died) taken_back = last + 1;
    }
    const PensionTwist twist = note_ == nullptr ? PensionTwist{} : note_->twist;
    if (twist.last_paid < last) last = twist.last_paid;
    if (twist.back_to != never) taken_back = twist.back_to;
    const int first = std::max<int>(0, pension_.grant);
    const bool historic = pension_.grant < 0;

    Random draw = random("pension.paid");
    int suspended = twist.paused;
    int resumed = twist.resumed;
    // Two months at most, and none for those whose pension was granted late: more is rare enough
    // to be looked at.
    if (!me().still && me().death == no_date && months_ > 8 && pension_.grant == pension_.start &&
        draw.chance(static_cast<std::uint32_t>(months_), 5000)) {
      suspended = draw.between(1, months_ - 5);
      resumed = suspended + draw.between(1, 2);
      if (suspended <= first) suspended = resumed = never;
    }
    for (int m = first; m <= last; ++m) {
      if (m == pension_.grant && !historic) {
        for (int b = pension_.start; b < pension_.grant; ++b) pay_pension(b, m, back_pay);
      }
      if (suspended != never && m >= suspended && m < resumed) continue;
      if (m == resumed) {
        for (int b = suspended; b < resumed; ++b) pay_pension(b, m, back_pay);
      }
      const bool returns =
          (note_ != nullptr && note_->returned == m) ||
          (!me().still && m + 1 < months_ && m + 1 <= last && draw.chance(1, 2500));
      pay_pension(m, m, normal, returns);
      if (returns) reissue_ = m;
      if (reissue_ != never && reissue_ + 1 == m) {
        pay_pension(reissue_, m, re_issue);
        reissue_ = returns ? m : static_cast<int>(never);
      }
      if (note_ != nullptr) {
        if (note_->paid_twice != never && note_->paid_twice + note_->twice_after == m) {
          pay_pension(note_->paid_twice, m, normal);
        }
        if (note_->reversed != never && note_->reversed + 1 == m) {
          pay_pension(note_->reversed, m, -1, false, true);
          pay_pension(note_->reversed, m, re_issue);
        }
      }
    }
    reissue_ = never;
    if (taken_back != never) {
      const int from = twist.back_from != never ? twist.back_from : death_.died + 1;
      for (int b = std::max<int>(from, first); b <= last; ++b)
        pay_pension(b, taken_back, -1, false, true);
    }
    bank_account(historic ? -24 : first);
    if (suspended != never) {
      const std::string suspended_by = suspend("1", "3", suspended, "SUS");
      suspend("2", "7", resumed, "RES", suspended_by, twist.one_operator);
      // Verified again: the day before it is resumed.
      if (!me().still) check({Date{day_in(resumed, 1).days - 1}, "3", "1"});
    }
    if (death_.known != never && last + 1 < months_) suspend("3", "1", last + 1, "DTH");
    qualification(first, std::min<int>(last, twist.checks_end - 1));
  }

  std::string case_id(std::string_view kind) const { return fmt::format("{}{:09}", kind, index_); }

  /// Remembers a case of this person for the books, and names who handled it.
  CaseHandlers handle(const std::string& case_name, const char* biz_type, int m, const char* table,
                      std::string key, std::string field = {}, std::string before = {},
                      std::string after = {}, std::vector<std::string> papers = {}) {
    CaseSeed seed;
    seed.case_id = case_name;
    seed.biz_type = biz_type;
    seed.person_id = fmt::format("P{:09}", index_);
    seed.id_no = id();
    seed.district = me().district;
    seed.closed = working_day_on_or_after(day_in(m, 3));
    seed.obj_table = table;
    seed.obj_key = std::move(key);
    seed.field = std::move(field);
    seed.before = std::move(before);
    seed.after = std::move(after);
    seed.papers = std::move(papers);
    out_.cases.push_back(std::move(seed));
    const District district{region_code_of(me().district), agency_id_of(me().district), {}};
    return handlers_of(district, city_.options.people, city_.options.seed, case_name, biz_type);
  }

  void grant() {
    const bool historic = pension_.grant < 0;
    const PensionTwist twist = note_ == nullptr ? PensionTwist{} : note_->twist;
    const std::string grant_id = fmt::format("G{}{:09}", pension_.scheme, index_);
    const std::string case_name = historic ? std::string() : case_id("PEN");
    CaseHandlers who;
    if (!historic) who = handle(case_name, "PEN", pension_.grant, "benefit_grant", grant_id);
    const bool ended = death_.known != never && death_.known + 1 < months_;
    const bool resident = pension_.scheme == 170;
    std::int64_t back = 0;
    for (int b = pension_.start; !historic && b < pension_.grant; ++b) back += pension_.granted_fen;
    Chunk& chunk = row(PersonTable::benefit_grant);
    chunk.text(grant_id);
    put_person(chunk).text(resident ? "170" : pension_.scheme == 110 ? "110" : "120");
    chunk.text(resident ? "" : twist.retire_kind)
        .month(city_.month(pension_.grant))
        .month(city_.month(pension_.start))
        .date(last_day(me().retire));
    if (resident) {
      chunk.none()
          .none()
          .none()
          .integer(pension_.total_months)
          .none()
          .none()
          .fen(pension_.account_fen)
          .none()
          .none()
          .none();
      chunk.fen(pension_.granted_fen - pension_.account_part_fen)
          .none()
          .fen(pension_.account_part_fen)
          .ratio(139 * million);
    } else {
      chunk.integer(pension_.deemed_months)
          .integer(pension_.total_months - pension_.deemed_months)
          .integer(pension_.gap_months)
          .integer(pension_.total_months)
          .text(twist.special_type);
      if (twist.special_months > 0) {
        chunk.integer(twist.special_months);
      } else {
        chunk.none();
      }
      const Month setup = std::max(me().work_start, accounts_begin);
      chunk.fen(pension_.account_fen)
          .ratio(pension_.index_millionths)
          .ratio(million)
          .date(Date::of(setup.year(), setup.month(), 1))
          .fen(pension_.parts.base.value)
          .fen(pension_.parts.transit.value)
          .fen(pension_.parts.account.value)
          .ratio(fund::divisor_twelfths(months_between(me().birth.month(), me().retire)) * million /
                 12);
    }
    chunk.fen(pension_.granted_fen)
        .integer(historic ? 0 : pension_.grant - pension_.start)
        .fen(back)
        .text(ended ? "3" : "1")
        .text(case_name)
        .text(who.check)
        .text(who.review)
        .text(who.approve)
        .text(agency_id_of(me().district))
        .text(region_code_of(me().district))
        .end();
  }

  /// By the checker of its case or, as `same` says, by him who did it `before` or by another.
  std::string suspend(std::string_view action, std::string_view reason, int m, const char* biz_type,
                      const std::string& before = {}, bool same = false) {
    const std::string_view scheme = pension_.scheme == 170   ? "170"
                                    : pension_.scheme == 110 ? "110"
                                                             : "120";
    const Month month = city_.month(m);
    const auto who = handle(case_id(biz_type), biz_type, std::max(0, m - 1), "benefit_suspend",
                            fmt::format("P{:09}|{}|{}|{}", index_, scheme, action, month.value));
    const std::string& operator_id = same ? before : who.check == before ? who.review : who.check;
    Chunk& chunk = row(PersonTable::benefit_suspend);
    put_person(chunk).text(scheme).text(action).text(reason).month(month).text(operator_id).end();
    return operator_id;
  }

  void bank_account(int from) {
    const Month month = city_.month(from);
    const Date opened = Date::of(month.year(), month.month(), 5);
    const bool changed = account_changed_ != never && account_changed_ > std::max(0, from);
    const auto put = [&](std::int64_t account, Date begin, Date end, std::string_view channel,
                         std::string_view operator_id) {
      Chunk& chunk = row(PersonTable::person_bank_account);
      put_person(chunk)
          .numbered("999", static_cast<std::uint64_t>(account), 13)
          .text(holder_name_)
          .text(bank_)
          .time(begin, 9 * 3600)
          .time(end, 9 * 3600)
          .text(channel)
          .text(operator_id)
          .end();
    };
    if (note_ != nullptr && note_->account_from != never) return swap_account(opened, put);
    if (!changed) {
      if (account_changed_ != never) account_changed_ = 0;
      return put(account_in(account_changed_ == never ? 0 : account_changed_), opened, no_date, "1",
                 {});
    }
    const Date day = working_day_on_or_after(day_in(account_changed_, 2));
    put(account_, opened, day, "1", {});
    const std::string before = account_no(account_);
    const std::string after = account_no(second_account + account_);
    const auto who = handle(case_id("ACC"), "ACC", account_changed_, "person_bank_account",
                            fmt::format("P{:09}|{}", index_, after), "acct_no", before, after);
    put(second_account + account_, day, no_date, "1", who.check);
    row(PersonTable::info_change).numbered("CA", static_cast<std::uint64_t>(index_), 9).text("2");
    put_person(row(PersonTable::info_change))
        .text("")
        .text("acct_no")
        .text(before)
        .text(after)
        .time(day, 9 * 3600 + static_cast<int>(random("account.change", 2).below(7 * 3600)))
        .text(who.check)
        .end();
  }

  /// To another account and back again.
  template <class Put>
  void swap_account(Date opened, const Put& put) {
    const std::int64_t accounts[] = {account_, third_account + account_, account_};
    const std::int16_t months[] = {note_->account_from, note_->account_back};
    Date since = opened;
    std::string operator_id;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const bool ends = i < 2 && months[i] < months_;
      const Date until = ends ? working_day_on_or_after(day_in(months[i], 2)) : no_date;
      put(accounts[i], since, until, "1", operator_id);
      if (!ends) return;
      const std::string before = account_no(accounts[i]);
      const std::string after = account_no(accounts[i + 1]);
      operator_id =
          handle(fmt::format("ACC{:09}-{}", index_, i + 1), "ACC", months[i], "person_bank_account",
                 fmt::format("P{:09}|{}", index_, after), "acct_no", before, after)
              .check;
      change({"acct_no", before, after, until}, 700 + i, operator_id);
      since = until;
    }
  }

  void change(const ChangeFact& fact, std::uint64_t number, std::string_view operator_id) {
    Chunk& chunk = row(PersonTable::info_change);
    chunk.numbered("CB", static_cast<std::uint64_t>(index_) * 1000 + number, 12).text("2");
    put_person(chunk)
        .text("")
        .text(fact.field)
        .text(fact.before)
        .text(fact.after)
        .time(fact.day, 10 * 3600)
        .text(operator_id)
        .end();
  }

  void check(const CheckFact& fact) {
    put_person(row(PersonTable::qualification_check))
        .time(fact.day, 20 * 3600)
        .text(fact.channel)
        .text(fact.result)
        .end();
  }

  void qualification(int first, int last) {
    Random draw = random("qualification");
    const int birthday = static_cast<int>(static_cast<unsigned>(me().birth.ymd().month()));
    // The very old are visited twice a year, and never missed.
    const bool old = city_.last_month().year() - static_cast<int>(me().birth.ymd().year()) >= 88;
    for (int m = first; m <= last; ++m) {
      const bool due = month_[at(m)].month() == birthday ||
                       (old && month_[at(m)].month() == (birthday + 5) % 12 + 1);
      if (!due || (!old && draw.chance(1, 12))) continue;
      if (death_.died != never && m >= death_.died) break;
      constexpr std::uint32_t channels[] = {60, 30, 7, 3};
      const char channel = static_cast<char>('1' + draw.weighted(channels));
      Chunk& chunk = row(PersonTable::qualification_check);
      put_person(chunk)
          .time(day_in(m, draw.between(1, 28)), 9 * 3600 + static_cast<int>(draw.below(8 * 3600)))
          .text({&channel, 1})
          .text("1")
          .end();
    }
  }

  void draw_unemployment() {
    const int left = me().laid_off;
    const Job& job = me().jobs[0];
    const std::string spell = fmt::format("U{:09}", index_);
    const int last = left + me().benefit_months;
    int paid_to = std::min(last, months_ - 1);
    if (death_.died != never) paid_to = std::min<int>(paid_to, death_.died);
    const bool running = last >= months_;
    const auto who =
        handle(case_id("UNE"), "UNE", std::min(left + 1, months_ - 1), "unemp_spell", spell);
    Chunk& chunk = row(PersonTable::unemp_spell);
    chunk.text(spell);
    put_employer(put_person(chunk), job.payer)
        .date(last_day(city_.month(left)))
        .text(random("unemployment").chance(1, 2) ? "1" : "2")
        .date(working_day_on_or_after(
            Date::of(city_.month(left + 1).year(), city_.month(left + 1).month(), 4)))
        .integer(left - job.first + 1)
        .integer(me().entitled_months)
        .integer(0)
        .integer(me().entitled_months - (std::max(paid_to, left) - left))
        .month(city_.month(left + 1))
        .month(running ? Month{} : city_.month(last))
        .text(running                                       ? ""
              : me().benefit_months == me().entitled_months ? "1"
                                                            : "2")
        .text(agency_id_of(me().district))
        .text(region_code_of(me().district))
        .end();
    (void)who;
    if (left + 1 > paid_to) return;
    for (int m = left + 1; m <= paid_to; ++m) {
      pay(3, m, month_[at(m)], "200011", unemployment_fen(month_[at(m)].year()), 0, '0', normal);
    }
    if (pension_.scheme == 0) bank_account(left + 1);
  }

  void injury() {
    Random draw = random("injury");
    if (me().role != Role::employee ||
        !draw.chance(static_cast<std::uint32_t>(months_) * 4, 12'000))
      return;
    const Job& job = me().jobs[0];
    const int m = draw.between(0, months_ - 1);
    if (m < std::max<int>(2, job.first + 2) || m > job.last || m + 1 >= months_) return;
    if (death_.died != never && death_.died <= m + 8) return;
    const std::string case_name = case_id("INJ");
    const Date accident = day_in(m, draw.between(1, 28));
    const Date applied{accident.days + draw.between(2, 25)};
    const Date decided{applied.days + draw.between(10, 55)};
    constexpr std::uint32_t grades[] = {600, 1, 1, 2, 3, 5, 8, 20, 40, 110, 210};
    const int grade = static_cast<int>(draw.weighted(grades));
    const Date appraised{decided.days + draw.between(20, 80)};
    const std::int64_t own = base_fen(city_, me(), month_[at(m)].year());
    handle(case_name, "INJ", std::min(m + 1, months_ - 1), "injury_case", case_name);
    Chunk& chunk = row(PersonTable::injury_case);
    chunk.text(case_name);
    put_employer(put_person(chunk), job.payer)
        .date(accident)
        .date(applied)
        .text(draw.chance(9, 10) ? "1" : "2")
        .date(decided)
        .text(fmt::format("合成工伤〔{}〕{}", month_[at(m)].year(), index_))
        .text("1");
    if (grade > 0) {
      chunk.integer(grade).date(appraised);
    } else {
      chunk.none().none();
    }
    if (grade > 0 && appraised <= city_.last_day()) appraisal(grade, appraised);
    chunk.fen(own)
        .date(accident)
        .date(Date{accident.days + draw.between(10, 160)})
        .flag(draw.chance(1, 20))
        .flag(false)
        .text(agency_id_of(me().district))
        .text(region_code_of(me().district))
        .end();
    const int medical = m + draw.between(1, 4);
    if (medical < months_) {
      pay(4, medical, month_[at(medical)], "400024",
          50'000 + static_cast<std::int64_t>(draw.below(3'000'000)), 0, '1', normal);
    }
    const int lump = m + draw.between(5, 8);
    if (grade > 0 && lump < months_) {
      pay(4, lump, month_[at(lump)], "400021", own * injury_months[grade - 1], 0, '1', normal);
      const bool retired = pension_.scheme != 0;
      const int end = death_.died == never ? months_ - 1 : death_.died;
      for (int k = lump; grade <= 4 && !retired && k <= end; ++k) {
        pay(4, k, month_[at(k)], "400011", own * (95 - 5 * grade) / 100, 0, '0', normal);
      }
    }
    bank_account_once(medical < months_ ? medical : lump);
  }

  void appraisal(int grade, Date day) {
    row(PersonTable::appraisal)
        .text(id())
        .text("1")
        .text(grade <= 4   ? "1"
              : grade <= 6 ? "2"
                           : "3")
        .integer(grade)
        .time(day, 9 * 3600)
        .end();
  }

  void maternity() {
    Random draw = random("maternity");
    if (me().male || me().role != Role::employee || me().laid_off != never) return;
    const int age = city_.options.start.year() - static_cast<int>(me().birth.ymd().year());
    if (age < 22 || age > 37 || !draw.chance(static_cast<std::uint32_t>(months_) * 6, 1200)) return;
    const int m = draw.between(0, months_ - 3);
    if (m < me().jobs[0].first + 10 || m > me().jobs[0].last || me().death != no_date) return;
    const std::int64_t wage = wage_fen(city_, me(), month_[at(m)].year());
    const int days = draw.chance(1, 8) ? 113 : 98;
    const std::int64_t allowance = wage * days / 30;
    Chunk& chunk = row(PersonTable::maternity_claim);
    chunk.numbered("M", static_cast<std::uint64_t>(index_), 9);
    put_person(chunk)
        .text("1")
        .date(day_in(m, draw.between(1, 28)))
        .numbered("HC", static_cast<std::uint64_t>(index_), 9)
        .integer(days)
        .fen(wage)
        .fen(allowance)
        .fen(200'000 + static_cast<std::int64_t>(draw.below(600'000)))
        .flag(false)
        .end();
    pay(5, m + 2, month_[at(m + 2)], "500011", allowance, 0, '1', normal);
    bank_account_once(m + 2);
  }

  // People without a pension or unemployment benefit register an account with their first payment.
  void bank_account_once(int m) {
    if (pension_.scheme != 0 || me().laid_off != never || registered_ == index_ || m >= months_)
      return;
    registered_ = index_;
    bank_account(m);
  }

  // ---- care
  // ----------------------------------------------------------------------------------------------------

  void claim(Random& draw, int number, const ClaimFact& fact) {
    const bool employee = me().role == Role::employee || me().role == Role::flexible ||
                          me().role == Role::pensioner || me().role == Role::gov_pensioner;
    const bool inpatient = fact.to != no_date;
    const Date to = inpatient ? fact.to : fact.from;
    const int nights = to.days - fact.from.days;
    const std::int64_t total =
        inpatient ? 200'000 + nights * (60'000 + static_cast<std::int64_t>(draw.below(90'000)))
                  : 8'000 + static_cast<std::int64_t>(draw.below(30'000));
    const std::int64_t pool = total * (employee ? 75 : 55) / 100;
    const std::int64_t own = employee ? total * 10 / 100 : 0;
    const std::uint64_t numbered =
        static_cast<std::uint64_t>(index_) * 1000 + static_cast<std::uint64_t>(number);
    Chunk& chunk = row(PersonTable::medical_claim);
    chunk.numbered("C", numbered, 12);
    put_person(chunk)
        .text(employee ? "310" : "390")
        .numbered("H", fact.inst, 5)
        .text(fact.kind)
        .date(fact.from)
        .date(fact.to)
        .text(inpatient ? fact.state : "")
        .text(fact.dx)
        .fen(total)
        .fen(pool)
        .fen(own)
        .fen(total - pool - own)
        .date(to)
        .flag(fact.manual)
        .flag(false)
        .numbered(fact.invoice > 0 ? "合成发票" : "合成票",
                  fact.invoice > 0 ? static_cast<std::uint64_t>(fact.invoice) : numbered, 12)
        .flag(fact.reversed)
        .numbered("D", fact.inst * 20U + draw.below(20), 7)
        .text(region_code_of(city_.institutions[fact.inst].district))
        .end();
    for (std::size_t i = 0; i < fact.drugs.size(); ++i) {
      const std::int64_t price = 300 * fact.drugs[i].days_supply;
      row(PersonTable::medical_item)
          .numbered("C", numbered, 12)
          .numbered("", static_cast<std::uint64_t>(i + 1), 1)
          .numbered("X", static_cast<std::uint64_t>(fact.drugs[i].code), 5)
          .text("合成药品")
          .text("09")
          .ratio(million)
          .fen(price)
          .fen(price)
          .time(fact.from, 10 * 3600 + static_cast<int>(i) * 40)
          .integer(fact.drugs[i].days_supply)
          .end();
    }
    if (!inpatient) return;
    for (std::int32_t day = fact.from.days; day < std::max(to.days, fact.from.days + 1); ++day) {
      totals_.census(fact.inst, day - city_.first_day().days)
          .fetch_add(1, std::memory_order_relaxed);
    }
  }

  void items(int number, Date day, int second, int count) {
    for (int i = 0; i < count; ++i) {
      const std::int64_t price = 1'200 + 700 * i;
      row(PersonTable::medical_item)
          .numbered("C",
                    static_cast<std::uint64_t>(index_) * 1000 + static_cast<std::uint64_t>(number),
                    12)
          .numbered("", static_cast<std::uint64_t>(i + 1), 1)
          .numbered("X", static_cast<std::uint64_t>(100 + i), 5)
          .text("合成项目")
          .text(i == 0 ? "02" : "09")
          .ratio(million)
          .fen(price)
          .fen(price)
          .time(day, second + i * 40)
          .integer(i == 0 ? 0 : 7)
          .end();
    }
  }

  void cast_visit(const Visit& visit) {
    Random draw = random("cast.visit", static_cast<std::uint64_t>(visit.from.days));
    const int number = 500 + visit.from.days % 400;
    claim(draw, number,
          {.inst = visit.inst,
           .kind = visit.inpatient ? "21" : "11",
           .from = visit.from,
           .to = visit.inpatient ? visit.to : no_date,
           .dx = visit.inpatient ? "J18" : "J06"});
    if (!visit.inpatient) items(number, visit.from, visit.second_of_day, 2);
  }

  std::uint32_t institution(Random& draw) const {
    std::uint32_t sum = 0;
    for (const auto& inst : city_.institutions) sum += inst.weight;
    std::uint32_t at_weight = draw.below(sum);
    std::uint32_t index = 0;
    while (at_weight >= city_.institutions[index].weight)
      at_weight -= city_.institutions[index++].weight;
    return index;
  }

  bool jailed(Date from, Date to) const { return from <= jail_to_ && to >= jail_from_; }

  void hospital() {
    const Date first = city_.first_day();
    const Date last = city_.last_day();
    for (int slot = 0; first.days + slot * 365 < last.days; ++slot) {
      Random draw = random("hospital", static_cast<std::uint64_t>(slot));
      const int begin = first.days + slot * 365;
      const int age =
          static_cast<int>(Date{begin}.ymd().year()) - static_cast<int>(me().birth.ymd().year());
      const std::uint32_t chance = age < 5    ? 110
                                   : age < 45 ? 60
                                   : age < 60 ? 120
                                   : age < 70 ? 220
                                              : 330;
      if (draw.chance(chance, 1000)) {
        // Eleven days at least between the stays of two years.
        const Date from{begin + static_cast<std::int32_t>(draw.below(335))};
        const Date to{from.days + draw.between(2, 16)};
        const bool alive = (me().death == no_date || to < me().death) && !jailed(from, to);
        if (from >= me().birth && to <= last && alive) {
          const auto* dx = diagnoses[draw.below(std::size(diagnoses))];
          claim(draw, slot * 2, {.inst = institution(draw), .from = from, .to = to, .dx = dx});
          if (draw.chance(1, 25)) items(slot * 2, from, 10 * 3600, 3);
        }
      }
      if (draw.chance(1, 20)) {
        const Date day{begin + static_cast<std::int32_t>(draw.below(360))};
        const bool alive = (me().death == no_date || day < me().death) && !jailed(day, day);
        if (day >= me().birth && day <= last && alive) {
          const auto* dx = diagnoses[draw.below(std::size(diagnoses))];
          claim(draw, slot * 2 + 1,
                {.inst = institution(draw), .kind = "11", .from = day, .dx = dx});
        }
      }
    }
  }

  // ---- registers
  // -----------------------------------------------------------------------------------------------

  void transfer() {
    Random draw = random("transfer");
    if (me().role != Role::employee || !draw.chance(1, 150)) return;
    const std::int64_t own = 500'000 + static_cast<std::int64_t>(draw.below(4'000'000));
    const std::int64_t pool = own * 3 / 2;
    Chunk& chunk = row(PersonTable::transfer);
    put_person(chunk)
        .text("110")
        .text("2")
        .text("129999")
        .text("合成外地社保中心")
        .integer(0)
        .integer(draw.between(12, 90))
        .fen(own)
        .fen(0)
        .fen(pool)
        .fen(own + pool)
        .end();
    const Month from = city_.month(me().jobs[0].first).plus(-24);
    row(PersonTable::ext_other_region)
        .text("外省社保")
        .text(id())
        .text(name_)
        .text("129999")
        .text("110")
        .text("1")
        .month(from)
        .month(from.plus(23))
        .fen(own / 24)
        .end();
  }

  void service(Date from, Date to) {
    row(PersonTable::ext_military)
        .text("退役军人")
        .text(id())
        .text(name_)
        .date(from)
        .date(to)
        .time(Date{std::min(to.days + 40, city_.last_day().days)}, 8 * 3600)
        .end();
  }

  void odd_registers() {
    Random draw = random("registers");
    jail_from_ = jail_to_ = no_date;
    const bool worker = me().role == Role::employee || me().role == Role::other;
    if (worker && me().death == no_date && draw.chance(1, 1500) && me().laid_off == never &&
        pension_.scheme == 0) {
      constexpr std::uint32_t kinds[] = {30, 20, 30, 8, 7, 5};
      const char kind = static_cast<char>('1' + draw.weighted(kinds));
      const Date from{city_.first_day().days + static_cast<std::int32_t>(draw.below(
                                                   static_cast<std::uint32_t>(months_) * 30))};
      const Date to{from.days + draw.between(90, 1500)};
      jail_from_ = from;
      jail_to_ = to;
      row(PersonTable::ext_custody)
          .text("司法")
          .text(foreign_id(draw))
          .text(name_)
          .text({&kind, 1})
          .date(from)
          .date(to)
          .date(no_date)
          .text("合成罪名")
          .time(Date{from.days + draw.between(5, 60)}, 8 * 3600)
          .end();
    }
    if (me().role == Role::employee && me().male && draw.chance(1, 60)) {
      // Two years before the first job, if old enough.
      const Month from = me().work_start.plus(-24);
      if (months_between(me().birth.month(), from) >= 17 * 12) {
        service(Date::of(from.year(), from.month(), 1), last_day(from.plus(23)));
      }
    }
    if ((me().role == Role::resident || me().role == Role::resident_pensioner) &&
        draw.chance(1, 40)) {
      const char kind = static_cast<char>('1' + draw.below(3));
      const Date from{city_.first_day().days - draw.between(10, 900)};
      row(PersonTable::ext_lowincome)
          .text("民政")
          .text(foreign_id(draw))
          .text(name_)
          .text({&kind, 1})
          .date(from)
          .date(no_date)
          .time(Date{from.days + 20}, 8 * 3600)
          .end();
    }
    if (me().death == no_date && draw.chance(1, 150)) {
      const Date out{city_.first_day().days + static_cast<std::int32_t>(draw.below(
                                                  static_cast<std::uint32_t>(months_) * 30 - 40))};
      const int away = draw.between(3, 30);
      for (int back = 0; back < 2; ++back) {
        row(PersonTable::ext_exit_entry)
            .text("移民管理")
            .text(id())
            .text(name_)
            .text(back == 0 ? "O" : "I")
            .time(Date{out.days + back * away}, 3600 * draw.between(6, 22))
            .text("合成口岸")
            .end();
      }
    }
    if (me().death == no_date && draw.chance(1, 40'000)) {
      // A death recorded under this number by mistake: the name is another's.
      const Date day{city_.first_day().days + static_cast<std::int32_t>(draw.below(
                                                  static_cast<std::uint32_t>(months_) * 28))};
      death_row("2", 2, day, other_name(), day.days + 30, "R99");
    }
  }

  std::string_view other_name() const { return name_ == "癸百千" ? "癸百" : "癸百千"; }

  void death_row(std::string_view source, int rank, Date day, std::string_view name, int received,
                 std::string_view cause) {
    row(PersonTable::ext_death)
        .text(source)
        .text(id())
        .text(name)
        .date(day)
        .integer(rank)
        .text(cause)
        .numbered("SW", static_cast<std::uint64_t>(index_), 9)
        .time(Date{received}, 8 * 3600)
        .end();
  }

  void die() {
    Random draw = random("death.registers");
    const Date day = me().death;
    const int end = city_.last_day().days;
    bool told = false;
    if (death_.police && day.days + death_.police_days <= end) {
      death_row("1", 1, day, name_, day.days + death_.police_days, "R99");
      told = true;
    }
    const int health = day.days + draw.between(1, 40);
    if (death_.health && health <= end) {
      const Date said{day.days - (death_.conflict ? draw.between(35, 60) : 0)};
      death_row("2", 2, said, name_, health, "I64");
      told = true;
    }
    const int cremated = day.days + draw.between(2, 6);
    if (death_.cremated && cremated + 20 <= end) {
      told = true;
      row(PersonTable::ext_cremation)
          .text("民政")
          .text(foreign_id(draw))
          .text(name_)
          .time(Date{cremated}, 3600 * draw.between(6, 12))
          .numbered("SW", static_cast<std::uint64_t>(index_), 9)
          .text("合成殡仪馆")
          .time(Date{cremated + 20}, 8 * 3600)
          .end();
    }
    const bool insured =
        me().role == Role::employee || me().role == Role::flexible || me().role == Role::pensioner;
    // Paid on a paper of the death, to those who report it at once.
    const int paid = std::max<int>(death_.died, death_.known) + 1;
    if (!insured || paid >= months_ || paid > death_.died + 2 || !told) return;
    const std::int64_t grant = funeral_fen * 3;
    const Month died = month_[at(death_.died)];
    pay(0, paid, died, "800011", funeral_fen, 0, '1', normal);
    pay(0, paid, died, "800012", grant, 0, '1', normal);
    if (pension_.scheme == 0) bank_account_once(paid);
    Chunk& chunk = row(PersonTable::death_settlement);
    put_person(chunk).date(day).fen(balance_at_death()).fen(funeral_fen).fen(grant).end();
    settled_year_ = static_cast<int>(year_slot(paid));
  }

  void household() {
    Random draw = random("household.register");
    if (draw.chance(1, 200) && !me().still)
      return;  // lives in a collective household of another city
    const bool dead = me().death != no_date && death_.police &&
                      me().death.days + death_.police_days <= city_.last_day().days;
    row(PersonTable::ext_household)
        .text("公安")
        .text(foreign_id(draw))
        .text(name_)
        .text(me().male ? "1" : "2")
        .date(me().birth)
        .text(note_ != nullptr ? note_->script.household
              : dead           ? "2"
                               : "1")
        .date(note_ != nullptr ? note_->script.household_changed
              : dead           ? me().death
                               : no_date)
        .numbered("", 129'900U + me().district, 6)
        .end();
  }

  // ---- what the cast does
  // -----------------------------------------------------------------------------------------------

  void script(const Script& script) {
    for (const auto& fact : script.paid) paid(fact);
    for (const auto& fact : script.grants) granted(fact);
    for (const auto& fact : script.levies) levied_as_told(fact);
    for (const auto& fact : script.wages) waged(fact);
    for (const auto& fact : script.deaths) death_told(fact);
    for (const auto& fact : script.custody) custody_told(fact);
    for (const auto& fact : script.crossings) crossed(fact);
    for (const auto& fact : script.services) service(fact.from, fact.to);
    for (const auto& fact : script.checks) check(fact);
    for (std::size_t i = 0; i < script.claims.size(); ++i) {
      Random draw = random("cast.claim", i);
      claim(draw, 100 + static_cast<int>(i), script.claims[i]);
    }
    for (std::size_t i = 0; i < script.spells.size(); ++i) spell(script.spells[i], i);
    for (std::size_t i = 0; i < script.injuries.size(); ++i) injured(script.injuries[i], i);
    for (std::size_t i = 0; i < script.births.size(); ++i) gave_birth(script.births[i], i);
    for (const auto& fact : script.transfers) transferred(fact);
    for (const auto& fact : script.survivors) survives(fact);
    for (std::size_t i = 0; i < script.cases.size(); ++i) {
      const CaseFact& fact = script.cases[i];
      handle(fmt::format("{}{:09}-{}", fact.biz_type, index_, i + 1), fact.biz_type, fact.closed,
             "", {}, {}, {}, {}, {fact.papers.begin(), fact.papers.end()});
    }
    for (std::size_t i = 0; i < script.changes.size(); ++i) change(script.changes[i], i, {});
    if (script.dismissed != no_date) dismissed(script.dismissed);
  }

  static std::size_t paid_slot(std::int32_t scheme) {
    return static_cast<std::size_t>(std::find(paid_schemes.begin(), paid_schemes.end(), scheme) -
                                    paid_schemes.begin());
  }

  void paid(const PaidItem& fact) {
    const std::size_t slot = paid_slot(fact.scheme);
    const char kind = fact.periodic ? '0' : '1';
    for (int b = fact.from; b <= fact.to; ++b) {
      const bool late = fact.settled != never;
      pay(slot, late ? fact.settled : b, city_.month(b), fact.item, fact.fen, 0, kind,
          late ? back_pay : normal);
      if (fact.taken_back != never)
        pay(slot, fact.taken_back, city_.month(b), fact.item, -fact.fen, 0, kind, -1);
    }
    bank_account_once(fact.settled != never ? fact.settled : fact.from);
  }

  void granted(const GrantFact& fact) {
    Chunk& chunk = row(PersonTable::benefit_grant);
    chunk.numbered("GX",
                   static_cast<std::uint64_t>(fact.scheme) * 1'000'000'000 +
                       static_cast<std::uint64_t>(index_),
                   12);
    put_person(chunk)
        .text(std::to_string(fact.scheme))
        .text(fact.retire_kind)
        .month(city_.month(fact.grant))
        .month(city_.month(fact.start))
        .date(last_day(city_.month(fact.start - 1)));
    for (int i = 0; i < 3; ++i) chunk.none();
    chunk.integer(fact.total_months);
    for (int i = 0; i < 10; ++i) chunk.none();
    chunk.fen(fact.granted_fen).integer(0).fen(0).text("1");
    for (int i = 0; i < 4; ++i) chunk.none();
    chunk.text(agency_id_of(me().district)).text(region_code_of(me().district)).end();
  }

  struct Rates {
    std::int64_t unit;
    std::int64_t person;
    std::int64_t account;
  };
  Rates rates(std::uint32_t payer, std::int32_t scheme, Month month) const {
    const bool flexible = payer < n_districts;
    switch (scheme) {
      case 170:
        return {0, million, million};
      case 110:
        return flexible ? Rates{0, 200'000, 80'000}
                        : Rates{unit_pension_rate_millionths(month), 80'000, 80'000};
      case 210:
        return {5'000, 5'000, 0};
      case 310:
        return flexible ? Rates{0, 80'000, 0} : Rates{100'000, 20'000, 20'000};
      default:
        return {injury_rate_millionths(city_.employers[payer]), 0, 0};
    }
  }

  void levied_as_told(const LevyFact& fact) {
    const auto slot = static_cast<std::size_t>(
        std::find(levied.begin(), levied.end(), fact.scheme) - levied.begin());
    const bool normal_bill = std::string_view{fact.type} == "10" && fact.settled == never;
    for (int due = fact.from; due <= fact.to; ++due) {
      const Rates rate = rates(fact.payer, fact.scheme, city_.month(due));
      if (normal_bill) {
        levy(fact.payer, due, slot, fact.base_fen, rate.unit, rate.person, rate.account, true,
             arrive_day(city_, fact.payer, due));
      } else {
        extra_levy(fact, rate, due, fact.settled == never ? due : fact.settled);
      }
    }
  }

  void extra_levy(const LevyFact& fact, const Rates& rate, int due, int settled) {
    const std::int64_t sign = std::string_view{fact.type} == "20" ? -1 : 1;
    ExtraBill bill;
    bill.settle_no = fmt::format("K{}{}{:09}", fact.type, month_[at(settled)].value, index_);
    bill.payer = fact.payer;
    bill.scheme = fact.scheme;
    bill.settled = month_[at(settled)];
    bill.due = city_.month(due);
    bill.type = fact.type;
    bill.arrived = working_day_on_or_after(day_in(settled, 12));
    bill.base = fact.base_fen;
    bill.unit = sign * share(fact.base_fen, rate.unit);
    bill.person = sign * share(fact.base_fen, rate.person);
    bill.to_account = sign * share(fact.base_fen, rate.account);
    const std::string_view basis = fact.doc_basis;
    Chunk& chunk = row(MonthTable::contrib_person, settled);
    chunk.text(bill.settle_no);
    put_employer(put_person(chunk), fact.payer)
        .text(std::to_string(fact.scheme))
        .month(bill.settled)
        .month(bill.due)
        .text(fact.type)
        .fen(fact.base_fen)
        .ratio(rate.unit)
        .ratio(rate.person)
        .fen(bill.unit)
        .fen(bill.person)
        .fen(bill.person)
        .fen(bill.to_account)
        .none()
        .flag(true)
        .date(bill.arrived)
        .text(basis)
        .text(basis.empty() ? std::string()
                            : fmt::format("合成补〔{}〕{}号", bill.settled.year(), index_))
        .end();
    if (fact.scheme == 110 || fact.scheme == 170) principal_[year_slot(settled)] += bill.to_account;
    out_.bills.push_back(std::move(bill));
  }

  void waged(const WageFact& fact) {
    for (int m = fact.from; m <= fact.to; ++m) {
      row(MonthTable::ext_tax_wage, m)
          .text("税务")
          .text(id())
          .text(name_)
          .text(uscc_of(city_, fact.payer))
          .month(month_[at(m)])
          .fen(fact.fen)
          .end();
    }
  }

  void death_told(const DeathFact& fact) {
    const std::string_view name = fact.of_another ? other_name() : std::string_view{name_};
    const int received = fact.day.days + fact.days_late;
    if (fact.source[0] != '3')
      return death_row(fact.source, fact.source[0] - '0', fact.day, name, received, "R99");
    row(PersonTable::ext_cremation)
        .text("民政")
        .text(id())
        .text(name)
        .time(fact.day, 10 * 3600)
        .numbered("SW", static_cast<std::uint64_t>(index_), 9)
        .text("合成殡仪馆")
        .time(Date{received}, 8 * 3600)
        .end();
  }

  void custody_told(const CustodyFact& fact) {
    row(PersonTable::ext_custody)
        .text("司法")
        .text(id())
        .text(fact.of_another ? other_name() : std::string_view{name_})
        .text(fact.kind)
        .date(fact.from)
        .date(fact.to)
        .date(fact.released)
        .text("合成罪名")
        .time(Date{fact.from.days + fact.days_late}, 8 * 3600)
        .end();
  }

  void crossed(const CrossingFact& fact) {
    row(PersonTable::ext_exit_entry)
        .text("移民管理")
        .text(id())
        .text(name_)
        .text({&fact.dir, 1})
        .time(fact.day, 12 * 3600)
        .text("合成口岸")
        .end();
  }

  void spell(const SpellFact& fact, std::size_t number) {
    const Month leave = city_.month(fact.leave);
    Chunk& chunk = row(PersonTable::unemp_spell);
    chunk.text(fmt::format("UX{:09}-{}", index_, number + 1));
    put_employer(put_person(chunk), fact.payer)
        .date(last_day(leave))
        .text("1")
        .date(working_day_on_or_after(Date::of(leave.plus(1).year(), leave.plus(1).month(), 4)))
        .integer(fact.paid_before)
        .integer(fact.entitled)
        .integer(0)
        .integer(std::max(0, fact.entitled - (fact.to - fact.from + 1)))
        .month(city_.month(fact.from))
        .month(fact.to + 1 >= months_ ? Month{} : city_.month(fact.to))
        .text(fact.to + 1 >= months_ ? "" : "1")
        .text(agency_id_of(me().district))
        .text(region_code_of(me().district))
        .end();
    paid({210, "200011", fact.from, fact.to, unemployment_fen(city_.month(fact.from).year())});
  }

  std::string injury_id(std::int64_t person, std::size_t number) const {
    return fmt::format("INJ{:09}-{}", person, number + 1);
  }

  void injured(const InjuryFact& fact, std::size_t number) {
    Chunk& chunk = row(PersonTable::injury_case);
    chunk.text(injury_id(index_, number));
    put_employer(put_person(chunk), fact.payer)
        .date(fact.accident)
        .date(Date{fact.accident.days + 12})
        .text("1")
        .date(Date{fact.accident.days + 40})
        .text(fmt::format("合成工伤〔{}〕{}", fact.accident.month().year(), index_))
        .text("1");
    const Date appraised{fact.accident.days + 90};
    if (fact.grade > 0) {
      chunk.integer(fact.grade).date(appraised);
      appraisal(fact.grade, appraised);
    } else {
      chunk.none().none();
    }
    chunk.fen(fact.own_wage_fen)
        .date(fact.fatal ? no_date : fact.accident)
        .date(fact.fatal ? no_date : Date{fact.accident.days + 60})
        .flag(false)
        .flag(fact.fatal)
        .text(agency_id_of(me().district))
        .text(region_code_of(me().district))
        .end();
  }

  void gave_birth(const BirthFact& fact, std::size_t number) {
    const auto key = static_cast<std::uint64_t>(index_) * 10 + number;
    const std::int64_t wage = base_fen(city_, me(), fact.day.month().year());
    const int days = fact.event[0] == '1' ? 98 : 15;
    put_person(row(PersonTable::maternity_claim).numbered("MX", key, 10))
        .text(fact.event)
        .date(fact.day)
        .numbered("HX", key, 10)
        .integer(fact.spouse ? 0 : days)
        .fen(wage)
        .fen(fact.spouse ? 0 : wage * days / 30)
        .fen(200'000 + static_cast<std::int64_t>(number) * 1000)
        .flag(fact.spouse)
        .end();
    const int m = months_between(city_.options.start, fact.day.month());
    if (!fact.spouse && m < months_) {
      const auto month = static_cast<std::int16_t>(m);
      paid({510, "500011", month, month, wage * days / 30, false});
    }
  }

  void transferred(const TransferFact& fact) {
    put_person(row(PersonTable::transfer))
        .text(std::to_string(fact.scheme))
        .text({&fact.dir, 1})
        .text("129999")
        .text("合成外地社保中心")
        .integer(0)
        .integer(fact.actual_months)
        .fen(3'000'000)
        .fen(0)
        .fen(4'500'000)
        .fen(7'500'000)
        .end();
  }

  void survives(const SurvivorFact& fact) {
    row(PersonTable::survivor)
        .text(injury_id(fact.deceased, 0))
        .text(id())
        .text(fact.relation)
        .date(me().birth)
        .ratio(400'000)
        .month(city_.month(fact.from))
        .end();
  }

  void dismissed(Date day) {
    row(PersonTable::ext_estab)
        .text("编办")
        .text(id())
        .text(name_)
        .text(employer_name_of(city_, me().jobs[0].payer))
        .month(day.month())
        .flag(false)
        .date(day)
        .time(Date{day.days + 30}, 8 * 3600)
        .end();
  }

  // ---- books of the person
  // -------------------------------------------------------------------------------------

  std::int64_t balance_at_retirement() const {
    std::int64_t balance = opening_balance_fen(city_, index_);
    const std::int64_t first_year = city_.options.start.year();
    const std::int64_t last_year = me().retire.value == 0 ? first_year : me().retire.year();
    for (std::size_t y = 0; y < years(); ++y) {
      if (first_year + static_cast<std::int64_t>(y) < last_year) balance += interest(balance, y);
      balance += principal_[y];
    }
    return balance;
  }
  std::int64_t interest(std::int64_t balance, std::size_t year) const {
    const std::int64_t rate =
        account_rate_millionths(city_.options.start.year() + static_cast<int>(year));
    return share(balance, rate) + share(principal_[year], rate / 2);
  }
  std::int64_t balance_at_death() const {
    std::int64_t balance = opening();
    for (std::size_t y = 0; y < years(); ++y) balance += principal_[y] - paid_out_[y];
    return std::max<std::int64_t>(0, balance);
  }
  std::int64_t opening() const {
    if (pension_.scheme == 0 || pension_.start >= 0) return opening_balance_fen(city_, index_);
    return std::max<std::int64_t>(
        0, pension_.account_fen + pension_.account_part_fen * pension_.start);
  }

  void accounts() {
    const bool resident = me().role == Role::resident || me().role == Role::resident_pensioner;
    const bool earner =
        me().role == Role::employee || me().role == Role::flexible || me().role == Role::pensioner;
    const int settled = std::exchange(settled_year_, -1);
    if (!resident && !earner) return;
    std::int64_t balance = opening();
    int months = 0;
    for (std::size_t y = 0; y < years(); ++y) {
      const int year = city_.options.start.year() + static_cast<int>(y);
      const bool closing = settled == static_cast<int>(y);
      const std::int64_t gained = closing ? 0 : interest(balance, y);
      std::int64_t out =
          std::min(std::max<std::int64_t>(0, paid_out_[y]), balance + principal_[y] + gained);
      if (closing) out = balance + principal_[y];
      const std::int64_t close = balance + principal_[y] + gained - out;
      months += principal_[y] > 0 ? 12 : 0;
      Chunk& chunk = row(PersonTable::personal_account);
      put_person(chunk)
          .text(resident ? "170" : "110")
          .integer(year)
          .fen(balance)
          .fen(principal_[y])
          .fen(gained)
          .fen(out)
          .fen(close)
          .integer(months)
          .date(Date::of(year, 12, 31))
          .text(closing                                                             ? "2"
                : pension_.scheme != 0 && month_of_year_end(year) >= pension_.start ? "4"
                                                                                    : "1")
          .end();
      if (closing) return;
      balance = close;
    }
  }
  int month_of_year_end(int year) const {
    return months_between(city_.options.start, Month::of(year, 12));
  }

  void self() {
    const Person& p = me();
    const bool retired = pension_.scheme != 0;
    const bool at_work = !retired && p.n_jobs > 0 && p.jobs[p.n_jobs - 1].last >= months_ - 1;
    const bool known_dead = p.death != no_date && death_.known != never;
    const std::int64_t house = p.spouse >= 0 ? std::min<std::int64_t>(index_, p.spouse) : index_;
    const Date work =
        p.work_start.value == 0 ? no_date : Date::of(p.work_start.year(), p.work_start.month(), 1);
    Random draw = random("person.row");
    const auto village = draw.below(20);
    Chunk& chunk = row(PersonTable::person);
    put_person(chunk)
        .text(id())
        .text(name_)
        .text("01")
        .text(p.male ? "1" : "2")
        .text(draw.chance(95, 100) ? "01" : "11")
        .date(p.birth)
        .date(note_ != nullptr && note_->archive_birth != no_date ? note_->archive_birth : p.birth)
        .date(work)
        .text(p.role == Role::resident || p.role == Role::resident_pensioner ? "20" : "10")
        .text(retired                    ? "80"
              : p.role == Role::child    ? "31"
              : p.role == Role::employee ? "24"
                                         : "90")
        .text(retired               ? "04"
              : at_work             ? "01"
              : p.laid_off != never ? "02"
                                    : "03")
        .text(p.male    ? ""
              : p.cadre ? "G"
                        : "W")
        .flag(retired)
        .date(retired ? last_day(p.retire) : no_date)
        .date(known_dead ? p.death : no_date)
        .numbered(region_code_of(p.district), village, 3)
        .numbered("10000", static_cast<std::uint64_t>(index_), 8)
        .text(fmt::format("合成路{}号{}室", house / 40 + 1, house % 40 + 101))
        .text(agency_id_of(p.district))
        .text(region_code_of(p.district))
        .end();
  }

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

}  // namespace

Totals::Totals(const City& city)
    : months(city.options.months),
      days(static_cast<std::size_t>(city.last_day().days - city.first_day().days + 1)),
      levies(city.employers.size() * static_cast<std::size_t>(months) * levied.size()),
      beds_taken(city.institutions.size() * days) {}

Result<PersonFiles> PersonFiles::open(CityFolder& folder, const City& city) {
  PersonFiles files;
  files.months_ = city.options.months;
  Status failed;
  const auto add = [&](std::string_view table, std::initializer_list<std::string_view> columns,
                       const std::string& part = {}) {
    if (!failed) return;
    auto file = folder.open(table, columns, part);
    if (!file) {
      failed = fail(file.error());
      return;
    }
    files.files_.push_back(std::move(*file));
  };
  add("person", {"person_id",      "id_no",       "name",          "id_type",     "sex",
                 "ethnic",         "birth_date",  "archive_birth", "work_start",  "hukou_kind",
                 "identity_class", "work_status", "post_class",    "retire_flag", "retire_date",
                 "death_date",     "village",     "phone",         "addr",        "agency_id",
                 "region_code"});
  add("enrolment", {"person_id", "employer_id", "scheme", "first_month", "enrol_status",
                    "pay_status", "base", "start_date", "end_date", "end_reason", "op_date"});
  add("personal_account", {"person_id", "scheme", "year", "open_bal", "principal_in", "interest_in",
                           "paid_out", "close_bal", "months", "interest_date", "acct_status"});
  add("benefit_grant", {"grant_id",           "person_id",      "scheme",
                        "retire_kind",        "grant_month",    "start_month",
                        "retire_date",        "deemed_months",  "actual_months",
                        "gap_months",         "total_months",   "special_type",
                        "special_job_months", "acct_at_retire", "avg_index",
                        "deemed_index",       "acct_setup",     "base_pension",
                        "transit_pension",    "acct_pension",   "divisor",
                        "granted_amount",     "backpay_months", "backpay_amount",
                        "pay_state",          "case_id",        "op_id",
                        "check_id",           "approve_id",     "agency_id",
                        "region_code"});
  add("benefit_suspend", {"person_id", "scheme", "action", "reason", "effective_month", "op_id"});
  add("person_bank_account",
      {"person_id", "acct_no", "acct_name", "bank_name", "from_t", "to_t", "channel", "op_id"});
  add("qualification_check", {"person_id", "checked_at", "channel", "result"});
  add("death_settlement", {"person_id", "death_date", "acct_balance", "funeral", "survivor_grant"});
  add("unemp_spell",
      {"spell_id", "person_id", "last_employer_id", "leave_date", "leave_reason", "reg_date",
       "paid_months_before", "entitled_months", "carried_months", "remaining", "start_month",
       "end_month", "stop_reason", "agency_id", "region_code"});
  add("injury_case",
      {"case_id", "person_id", "employer_id", "accident_date", "apply_date", "applicant",
       "decide_date", "decision_no", "kind", "grade", "appraisal_date", "own_wage", "stop_from",
       "stop_to", "third_party_flag", "death_flag", "agency_id", "region_code"});
  add("medical_claim",
      {"claim_id",    "person_id",      "scheme",          "inst_id",     "kind",
       "admit_date",  "discharge_date", "discharge_state", "dx_code",     "total",
       "pool_pay",    "acct_pay",       "cash_pay",        "settle_date", "manual_flag",
       "remote_flag", "invoice_no",     "reversed_flag",   "doctor_id",   "region_code"});
  add("medical_item", {"claim_id", "item_no", "item_code", "item_name", "cat", "qty", "price",
                       "amount", "used_at", "days_supply"});
  add("maternity_claim", {"claim_id", "person_id", "event", "event_date", "certificate_no",
                          "leave_days", "base_wage", "allowance", "med_amount", "spouse_flag"});
  add("transfer", {"person_id", "scheme", "dir", "other_region", "other_agency", "deemed_months",
                   "actual_months", "person_amt", "unit_amt", "pool_amt", "total_amt"});
  add("info_change", {"change_id", "object", "person_id", "change_type", "field", "before", "after",
                      "changed_at", "op_id"});
  add("ext_death",
      {"source", "id_no", "name", "death_date", "death_rank", "cause_code", "cert_no", "recv_at"});
  add("ext_cremation", {"source", "id_no", "name", "cremated_at", "cert_no", "parlour", "recv_at"});
  add("ext_household",
      {"source", "id_no", "name", "sex", "birth", "state", "change_date", "region"});
  add("ext_custody", {"source", "id_no", "name", "kind", "start_date", "end_date", "actual_release",
                      "charge", "recv_at"});
  add("ext_lowincome", {"source", "id_no", "name", "kind", "from_date", "to_date", "recv_at"});
  add("ext_exit_entry", {"source", "id_no", "name", "dir", "cross_at", "port"});
  add("appraisal", {"id_no", "kind", "result", "grade", "appraised_at"});
  add("survivor", {"case_id", "id_no", "relation", "birth_date", "share", "from_month"});
  add("ext_other_region",
      {"source", "id_no", "name", "region", "scheme", "kind", "from_month", "to_month", "amount"});
  add("ext_military", {"source", "id_no", "name", "from_date", "to_date", "recv_at"});
  add("ext_estab",
      {"source", "id_no", "name", "employer", "month", "on_roster", "dismissal_date", "recv_at"});
  for (int m = 0; m < city.options.months; ++m) {
    add("contrib_person",
        {"settle_no", "person_id", "employer_id", "scheme", "settle_month", "due_month",
         "levy_type", "base", "unit_rate", "person_rate", "unit_due", "person_due", "person_paid",
         "to_acct", "sub_city", "full_flag", "arrive_date", "doc_basis", "doc_no"},
        format_month(city.month(m)));
  }
  for (int m = 0; m < city.options.months; ++m) {
    add("ext_tax_wage", {"source", "id_no", "name", "uscc", "month", "wage"},
        format_month(city.month(m)));
  }
  for (int m = 0; m < city.options.months; ++m) {
    add("benefit_payment", {"pay_id",    "person_id", "scheme",    "settle_month", "benefit_month",
                            "item",      "amount",    "acct_part", "payee_name",   "payee_id",
                            "payee_rel", "bank_name", "acct_name", "acct_no",      "pay_mode",
                            "pay_kind",  "pool_kind", "batch_id",  "result",       "op_date"},
        format_month(city.month(m)));
  }
  if (!failed) return fail(failed.error());
  return files;
}

Status PersonFiles::close() {
  for (auto& file : files_) {
    if (const auto closed = file.close(); !closed) return closed;
  }
  return {};
}

std::string batch_id_of(std::int32_t scheme, Month month, int kind) {
  return fmt::format("PB-{}-{}-{}", scheme, month.value, kind);
}

bool in_arrears(const City& city, std::uint32_t payer, int month) {
  if (payer < 2 * n_districts || city.employers[payer].cast) return false;
  return Random(city.options.seed, "arrears", payer, static_cast<std::uint64_t>(month))
      .chance(1, 500);
}

std::int64_t injury_rate_millionths(const Employer& employer) {
  // Eight base rates by industry; 人社部发〔2015〕71号.
  constexpr std::int64_t rates[] = {2'000, 4'000, 7'000, 9'000, 11'000, 13'000, 16'000, 19'000};
  return rates[employer.injury_class - 1];
}

std::string region_code_of(std::uint8_t district) {
  return std::to_string(fund::districts[district]);
}
std::string agency_id_of(std::uint8_t district) {
  return "AG" + region_code_of(district);
}
std::string settle_no_of(Month month, std::uint32_t payer) {
  return fmt::format("S{}{:08}", month.value, payer);
}

Date arrive_day(const City& city, std::uint32_t payer, int month) {
  const Month at = city.month(month);
  Random draw(city.options.seed, "arrive", payer, static_cast<std::uint64_t>(month));
  return working_day_on_or_after(Date::of(at.year(), at.month(), draw.between(8, 18)));
}

Date pay_day(Month month, int kind) {
  constexpr int days[] = {10, 15, 19};
  return working_day_on_or_after(Date::of(month.year(), month.month(), days[kind]));
}

PeopleChunk write_people(const City& city, const PersonFiles& files, Totals& totals,
                         std::int64_t from, std::int64_t to, std::uint64_t chunk_number) {
  PeopleChunk out;
  Writer writer(city, files, totals, chunk_number, out);
  for (std::int64_t i = from; i < to; ++i) writer.write(i);
  return out;
}

}  // namespace anlan::sim
