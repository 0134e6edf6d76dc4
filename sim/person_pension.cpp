#include "sim/person_writer.hpp"

#include <algorithm>

#include "sim/parameters.hpp"

namespace anlan::sim {
void PersonWriter::pay_pension(int benefit, int m, int kind, bool returned, bool taken_back) {
  const Month month = city_.month(benefit);
  const std::int64_t sign = taken_back ? -1 : 1;
  if (pension_.scheme == 170) {
    const std::int64_t basic = resident_basic_fen(month);
    pay(2, m, month, "100011", sign * basic, 0, '0', kind, returned);
    if (pension_.account_part_fen > 0) {
      pay(2, m, month, "100012", sign * pension_.account_part_fen, sign * pension_.account_part_fen,
          '0', kind, returned);
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

void PersonWriter::draw_pension() {
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
    const bool returns = (note_ != nullptr && note_->returned == m) ||
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

void PersonWriter::grant() {
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

std::string PersonWriter::suspend(std::string_view action, std::string_view reason, int m,
                                  const char* biz_type, const std::string& before, bool same) {
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

void PersonWriter::check(const CheckFact& fact) {
  put_person(row(PersonTable::qualification_check))
      .time(fact.day, 20 * 3600)
      .text(fact.channel)
      .text(fact.result)
      .end();
}

void PersonWriter::qualification(int first, int last) {
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

}  // namespace anlan::sim
