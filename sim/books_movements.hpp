#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/books_draw.hpp"
#include "sim/books_input.hpp"
#include "sim/books_money_plan.hpp"
#include "sim/books_rows.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {

/// The accounts of one scheme; also their places in SchemeMoney::accounts.
enum Place { treasury, fiscal, income_1, income_2, spend_1, spend_2, place_count };
inline constexpr int outside = -1;

struct Account {
  std::string acct_id;
  char kind;  ///< list acct_kind
  std::string acct_no;
  std::string bank;
  std::string gl_code;
  std::string name;          ///< as counterparty
  std::string_view cp_kind;  ///< as counterparty, list counterpart_kind
  std::int64_t opening = 0;
};

struct Counterparty {
  std::string_view kind;  ///< list counterpart_kind
  std::string name;
  std::string acct_no;
};

/// Money that moves once: between two of our accounts or between one and the outside.
struct Movement {
  Moment at;    ///< at the bank
  Date booked;  ///< in the ledger; days 0: not booked
  int from = outside;
  int to = outside;
  std::int64_t fen = 0;           ///< at the bank; 0: not there
  std::int64_t booked_fen = 0;    ///< in the ledger
  std::string_view outside_code;  ///< ledger account of the outside leg
  Counterparty other;             ///< of the outside leg
  std::string memo;
  std::string batch_id;
  std::string payee;
  std::string voucher_no{};
};

struct ReconItem {
  int place;
  Month month;
  char side;
  std::int64_t fen;
  std::string reason;
  Date opened;
  Date cleared;  ///< days 0: still open
};

/// One scheme's accounts and what moved through them over the whole period.
struct SchemeMoney {
  std::vector<Account> accounts;    ///< by Place
  std::vector<Movement> movements;  ///< by time at the bank
  std::vector<ReconItem> recon;
};

/// What everybody who writes one scheme's books is given.
struct SchemeInput {
  const BooksInput& input;
  const Staff& staff;
  const BookDraw& draw;
  const MoneyPlan& plan;
  std::int32_t scheme;
  std::vector<const PaidBatch*> batches;   ///< of the scheme, by day of release
  std::map<Date, std::int64_t> collected;  ///< by day the tax office says

  std::string code() const { return std::to_string(scheme); }
  std::uint64_t salt() const { return static_cast<std::uint64_t>(scheme); }
  Month month(int i) const { return input.start.plus(i); }
  Month end_month() const { return month(input.months - 1); }
  const Operator& clerk(const char* post, std::size_t i) const {
    const auto& people = staff.of(post, -1);
    return staff.at(people[i % people.size()]);
  }
};

/// Decides what moves, with what is planted in it; tells the truth of it to `out`.
SchemeMoney move_money(const SchemeInput& given, BookSink& out);

}  // namespace anlan::sim
