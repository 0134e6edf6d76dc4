#include "sim/person_writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/parameters.hpp"

namespace anlan::sim {
namespace {

constexpr std::string_view banks[] = {"合成银行甲支行", "合成银行乙支行", "合成银行丙支行",
                                      "合成银行丁支行"};
constexpr std::int64_t second_account = 2'000'000'000'000;
constexpr std::int64_t third_account = 3'000'000'000'000;

}  // namespace

void PersonWriter::payee() {
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

std::int64_t PersonWriter::account_in(int m) const {
  if (note_ != nullptr && m >= note_->account_from && m < note_->account_back)
    return third_account + account_;
  return account_changed_ != never && m >= account_changed_ ? second_account + account_ : account_;
}

void PersonWriter::pay(std::size_t scheme, int m, Month benefit_month, std::string_view item,
                       std::int64_t fen, std::int64_t account_part, char pay_kind, int kind,
                       bool returned) {
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

std::string_view PersonWriter::paid_scheme_text(std::size_t scheme) {
  constexpr std::string_view texts[] = {"110", "120", "170", "210", "410", "510"};
  return texts[scheme];
}

void PersonWriter::bank_account(int from) {
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

template <class Put>
void PersonWriter::swap_account(Date opened, const Put& put) {
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

// People without a pension or unemployment benefit register an account with their first payment.
void PersonWriter::bank_account_once(int m) {
  if (pension_.scheme != 0 || me().laid_off != never || registered_ == index_ || m >= months_)
    return;
  registered_ = index_;
  bank_account(m);
}

CaseHandlers PersonWriter::handle(const std::string& case_name, const char* biz_type, int m,
                                  const char* table, std::string key, std::string field,
                                  std::string before, std::string after,
                                  std::vector<std::string> papers) {
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

void PersonWriter::change(const ChangeFact& fact, std::uint64_t number,
                          std::string_view operator_id) {
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

}  // namespace anlan::sim
