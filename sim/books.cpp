#include "sim/books.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "sim/books_calendar.hpp"
#include "sim/books_cases.hpp"
#include "sim/books_money.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {
namespace {

/// Puts the books' rows into files, in the columns that the books ever fill.
class FolderSink : public BookSink {
 public:
  FolderSink(CityFolder& folder, std::vector<BookTruth>& told) : folder_(folder), told_(told) {}

  void open_all() {
    open("operator", {"operator_id", "id_no", "name", "dept", "posts", "kind", "on_date",
                      "leave_date", "kin_ids", "phone", "acct_no", "agency_id", "region_code"});
    open("role", {"role_id", "name", "post"});
    open("role_perm", {"role_id", "perm_code", "perm_name", "biz_type", "action", "obj_table"});
    open("operator_role",
         {"operator_id", "role_id", "granted_by", "granted_at", "approve_no", "revoked_at"});
    open("work_calendar", {"day", "working", "note"});
    open("duty_plan", {"operator_id", "duty_date", "note"});
    open("policy_event", {"event_id", "kind", "title", "from_date", "to_date", "doc_no"}, "books");
    open("exception_list",
         {"exception_id", "subject_kind", "subject_id", "model_code", "reason", "doc_no",
          "from_date", "expiry_date", "approver_1", "approver_2"},
         "books");
    open("biz_case", {"case_id", "biz_type", "person_id", "employer_id", "accepted_at", "closed_at",
                      "state", "risk_level", "agency_id", "region_code"});
    open("workflow_step",
         {"case_id", "step", "operator_id", "terminal", "ts", "result", "opinion"});
    open("op_log", {"seq", "ts", "operator_id", "terminal", "ip", "channel", "biz_type", "action",
                    "obj_table", "obj_key", "field", "before", "after", "case_id", "result",
                    "prev_hash", "hash"});
    open("data_fix_ticket",
         {"ticket_id",     "applicant",   "dept",        "reason",      "obj_table",
          "keys",          "before",      "after",       "script_hash", "biz_approver",
          "it_approver",   "approved_at", "executor",    "executed_at", "rows_expected",
          "rows_affected", "verifier",    "verified_at", "emergency",   "state"});
    open("archive_file",
         {"archive_id", "case_id", "category", "title", "pages", "file_hash", "filed_hash",
          "image_hash", "created_at", "filed_at", "retention", "location"});
    open("archive_borrow", {"archive_id", "borrower", "purpose", "out_at", "due", "back_at"});
    open("bank_account",
         {"acct_id", "kind", "scheme", "bank", "acct_no", "opened", "approval_doc"});
    open("bank_txn", {"acct_id", "serial", "txn_time", "dir", "amount", "balance", "cp_name",
                      "cp_acct", "cp_kind", "memo", "voucher_no"});
    open("gl_account", {"ledger_id", "year", "code", "name", "dir", "scheme", "acct_id"});
    open("gl_balance",
         {"ledger_id", "year", "period", "code", "open_bal", "debit", "credit", "close_bal"});
    open("voucher_line",
         {"ledger_id", "year", "period", "voucher_no", "line_no", "date", "code", "summary",
          "debit", "credit", "maker", "auditor", "poster", "cashier", "batch_id", "payee"});
    open("recon_item",
         {"item_id", "acct_id", "month", "side", "amount", "reason", "opened", "cleared"});
    open("pay_batch",
         {"batch_id", "scheme", "month", "kind", "n", "total", "maker_id", "checker_id",
          "releaser_id", "released_at", "bank_ack_at", "file_hash", "voucher_no"});
    open("ext_tax_collect", {"source", "uscc", "name", "scheme", "month", "amount", "treasury_date",
                             "recv_at", "match_score", "region_code"});
    open("deposit",
         {"id", "scheme", "bank", "kind", "principal", "rate", "start_date", "end_date"});
    open("budget", {"scheme", "year", "line", "planned", "executed", "due_date"});
  }

  void row(std::string_view table, std::initializer_list<BookCell> cells) override {
    const auto found = files_.find(table);
    if (found == files_.end()) {
      CHECK(!status_.has_value());  // it could not be opened
      return;
    }
    File& file = found->second;
    Chunk& chunk = file.file.row();
    const auto* cell = cells.begin();
    for (const std::string_view column : file.columns) {
      if (cell != cells.end() && cell->column == column) {
        put(chunk, cell->value);
        ++cell;
      } else {
        chunk.none();
      }
    }
    CHECK(cell == cells.end());
    chunk.end();
  }

  void truth(const BookTruth& truth) override { told_.push_back(truth); }

  Status close() {
    for (auto& [table, file] : files_) {
      Status closed = file.file.close();
      if (!closed && status_) status_ = std::move(closed);
    }
    return status_;
  }

 private:
  struct File {
    TableFile file;
    std::vector<std::string_view> columns;
  };

  void open(std::string_view table, std::initializer_list<std::string_view> columns,
            std::string_view part = {}) {
    auto file = folder_.open(table, columns, part);
    if (!file) {
      if (status_) status_ = fail(file.error());
      return;
    }
    files_.emplace(table, File{std::move(*file), columns});
  }

  static void put(Chunk& chunk, const BookValue& value) {
    struct Putter {
      Chunk& chunk;
      void operator()(std::monostate) const { chunk.none(); }
      void operator()(const std::string& text) const { chunk.text(text); }
      void operator()(std::int64_t number) const { chunk.integer(number); }
      void operator()(bool flag) const { chunk.flag(flag); }
      void operator()(Fen amount) const { chunk.fen(amount.value); }
      void operator()(Millionths ratio) const { chunk.ratio(ratio.value); }
      void operator()(Date day) const { chunk.date(day); }
      void operator()(Month month) const { chunk.month(month); }
      void operator()(Moment at) const { chunk.time(at.day(), at.second_of_day()); }
    };
    std::visit(Putter{chunk}, value);
  }

  CityFolder& folder_;
  std::vector<BookTruth>& told_;
  std::map<std::string_view, File, std::less<>> files_;
  Status status_;
};

// Some months more on both sides, so that "working days after" can always be counted.
void write_calendar(const BooksInput& input, BookSink& out) {
  const Month from = input.start.plus(-2);
  const Date last = last_day(input.start.plus(input.months + 1));
  for (Date day = Date::of(from.year(), from.month(), 1); day <= last; ++day.days)
    out.row("work_calendar", {{"day", day},
                              {"working", is_working_day(day)},
                              {"note", std::string{calendar_note(day)}}});
}

}  // namespace

void write_books(const BooksInput& input, BookSink& out) {
  CHECK(!input.districts.empty() && input.months > 0);
  const Staff staff(input);
  write_staff(input, staff, out);
  write_calendar(input, out);
  write_cases(input, staff, out);
  write_money(input, staff, out);
}

Status make_books(const BooksInput& input, CityFolder& folder, std::vector<BookTruth>& truth) {
  FolderSink sink(folder, truth);
  sink.open_all();
  write_books(input, sink);
  return sink.close();
}

}  // namespace anlan::sim
