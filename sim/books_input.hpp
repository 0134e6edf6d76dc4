#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/month.hpp"

namespace anlan::sim {

/// What the back office of the city needs to know of its business; nothing else of the city reaches
/// the books. Every `district` is an index into BooksInput::districts.

/// A district and the agency that serves it.
struct District {
  std::string region_code;  ///< GB/T 2260, "120101"
  std::string agency_id;
  std::string name;
};

/// Who pays contributions: an employer, or the unit that collects from residents. Without a credit
/// code the tax office does not list it: its contrib_unit rows say levy_mode 1 or 4.
struct Payer {
  std::string employer_id;
  std::string uscc;
  std::string name;
  std::uint32_t district = 0;
};

/// Contributions of one payer that arrived: one per contrib_unit row in full (full_flag 1), and no
/// others. Normal contributions of a month arrive within it; the books take them over the same day.
struct Collected {
  std::uint32_t payer = 0;  ///< index into BooksInput::payers
  std::int32_t scheme = 0;  ///< 110, 120, …
  Month month;              ///< month due
  Date arrived;             ///< a working day; some on the last one of the month
  std::int64_t fen = 0;     ///< what contrib_unit credits: unit_paid + person_paid
};

/// A payment batch as sent to the bank; benefit_payment holds its details. Released on a working
/// day.
struct PaidBatch {
  std::string batch_id;
  std::int32_t scheme = 0;
  Month month;                    ///< month it is paid in (settle month)
  char kind = '1';                ///< list batch_kind: normal, back-pay, re-issue
  Date released;                  ///< a working day; the bank debits the same day
  std::int64_t n = 0;             ///< details, returned ones included
  std::int64_t total_fen = 0;     ///< Σ amount of all details, returned ones included
  std::int64_t returned_fen = 0;  ///< Σ amount of the details that the bank sent back
};

/// A piece of business that went through the counters: a grant, a suspension, an account change …
struct CaseSeed {
  std::string case_id;      ///< as other tables name it; unique
  std::string biz_type;     ///< list biz_type
  std::string person_id;    ///< "" if the case is an employer's
  std::string employer_id;  ///< "" if none
  std::string id_no;        ///< of the person, for op_log's queries; may be ""
  std::uint32_t district = 0;
  Date closed;  ///< day of approval; a working day. Acceptance lies up to ten days before.
  std::string obj_table;  ///< table whose row the case writes: "benefit_grant"
  std::string obj_key;    ///< key of that row
  std::string field;      ///< changed field, "" for a new row
  std::string before;
  std::string after;
  std::vector<std::string> papers;  ///< list archive_category: filed beside the usual ones
};

struct BooksInput {
  std::uint64_t seed = 0;
  std::int64_t people = 0;
  Month start;
  int months = 0;
  std::vector<District> districts;
  std::vector<Payer> payers;
  std::vector<Collected> collected;  ///< any order
  std::vector<PaidBatch> batches;    ///< any order
  std::vector<CaseSeed> cases;       ///< any order
};

/// The people who handle a case, also for columns such as benefit_grant.op_id: four different
/// persons of the district's agency. Equal arguments give equal answers, everywhere in the city.
struct CaseHandlers {
  std::string accept;   ///< SL
  std::string check;    ///< CS
  std::string review;   ///< FH
  std::string approve;  ///< SP
};
CaseHandlers handlers_of(const District& district, std::int64_t people, std::uint64_t seed,
                         const std::string& case_id, const std::string& biz_type);

/// A working day of the synthetic calendar: no weekend, none of its marked holidays (synthetic
/// dates: New Year, a spring week, Qingming, Labour Day, National Day) or a weekend day worked in
/// exchange.
bool is_working_day(Date day);
/// `day` itself if it is a working day, else the next one.
Date working_day_on_or_after(Date day);

}  // namespace anlan::sim
