#include "cases/open_items.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "cases/recovery_table.hpp"
#include "cases/remedy_table.hpp"

namespace anlan::cases {
namespace {

using store::Transaction;

struct Words {
  std::string_view code;
  std::string_view zh;
  std::string_view en;
};
constexpr Words all_words[] = {
    {"disposal.missing", "属实的疑点没有处置", "a confirmed lead has no disposal"},
    {"lead.not_concluded", "疑点没有核查结论", "a lead has no conclusion"},
    {"matter.open", "有审批事项未决定", "something waits to be decided"},
    {"mechanism.missing", "没有已落实并经他人复查的机制完善事项",
     "no change of mechanism has been done and checked"},
    {"mechanism.open", "机制完善事项未落实或未复查",
     "a change of mechanism is not done and checked"},
    {"recovery.missing", "属实金额没有登记追回", "nothing is registered as due"},
    {"recovery.overdue", "分期款逾期", "an agreed instalment is overdue"},
    {"recovery.short", "登记的应追回额少于属实金额", "less is registered as due than is confirmed"},
    {"recovery.unsettled", "未追回，也没有分期协议", "an amount is open and nothing is agreed"},
    {"rectification.open", "整改事项未完成或未复查", "a rectification is not done and checked"},
    {"request.open", "协查函未答复", "a request is not answered"},
};

class Finder {
 public:
  Finder(Transaction& transaction, CaseId id, const catalog::RecoveryTerms& terms, Date today)
      : transaction_(transaction), id_(id), terms_(terms), today_(today) {}

  Result<std::vector<OpenItem>> find() {
    if (const auto of = case_itself(transaction_, id_); !of) return fail(of.error());
    for (const auto step :
         {&Finder::look_at_leads, &Finder::look_at_money, &Finder::look_at_remedies,
          &Finder::look_at_requests, &Finder::look_at_matters}) {
      if (auto looked = (this->*step)(); !looked) return fail(looked.error());
    }
    std::stable_sort(items_.begin(), items_.end(),
                     [](const OpenItem& a, const OpenItem& b) { return a.code < b.code; });
    return std::move(items_);
  }

 private:
  void add(std::string_view code, std::string about) {
    const auto words = std::find_if(std::begin(all_words), std::end(all_words),
                                    [&](const Words& one) { return one.code == code; });
    CHECK(words != std::end(all_words));
    items_.push_back(
        {std::string(code), std::move(about), {std::string(words->zh), std::string(words->en)}});
  }

  Status look_at_leads() {
    const auto rows = transaction_.query(
        "SELECT l.lead_id, l.result, l.confirmed_fen,"
        " (SELECT count(*) FROM disposal d WHERE d.case_id = l.case_id AND d.withdrawn_at IS NULL"
        "  AND d.kind <> 'none_needed' AND (d.lead_id IS NULL OR d.lead_id = l.lead_id)) AS "
        "disposals"
        " FROM lead l WHERE l.case_id = ? ORDER BY l.lead_id",
        {id_.value});
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) {
      const auto about = "lead:" + row.text("lead_id");
      const auto result = row.maybe_text("result");
      if (!result) add("lead.not_concluded", about);
      if (!result || (*result != "confirmed" && *result != "partly")) continue;
      confirmed_ = true;
      confirmed_fen_ += Fen{row.maybe_integer("confirmed_fen").value_or(0)};
      if (row.integer("disposals") == 0) add("disposal.missing", about);
    }
    return {};
  }

  Status look_at_money() {
    const auto rows = transaction_.query(
        "SELECT r.*, c.number, c.organisation_id FROM recovery r"
        " JOIN case_file c ON c.case_id = r.case_id WHERE r.case_id = ? ORDER BY r.recovery_id",
        {id_.value});
    if (!rows) return fail(rows.error());
    Fen due;
    for (const auto& row : *rows) {
      auto recovery = recovery_from(row);
      if (auto loaded = load_parts(transaction_, recovery); !loaded) return loaded;
      const auto balance = balance_of(recovery, terms_, today_);
      if (!balance) return fail(balance.error());
      due += recovery.made.due;
      if (balance->settled || balance->running) continue;
      const bool part_overdue =
          std::any_of(balance->instalments.begin(), balance->instalments.end(),
                      [](const InstalmentState& one) { return one.overdue; });
      add(part_overdue ? "recovery.overdue" : "recovery.unsettled", word_of(recovery.id));
    }
    if (confirmed_fen_.value > 0 && rows->empty()) add("recovery.missing", word_of(id_));
    if (!rows->empty() && due < confirmed_fen_) add("recovery.short", word_of(id_));
    return {};
  }

  Status look_at_remedies() {
    const auto rows = transaction_.query(
        "SELECT * FROM remedy WHERE case_id = ? ORDER BY remedy_id", {id_.value});
    if (!rows) return fail(rows.error());
    bool mended = false;
    for (const auto& row : *rows) {
      const auto remedy = remedy_from(row, today_);
      const bool mechanism = remedy.made.kind == RemedyKind::mechanism;
      if (remedy.state == RemedyState::checked) mended = mended || mechanism;
      if (remedy.state == RemedyState::checked || remedy.state == RemedyState::withdrawn) continue;
      add(mechanism ? "mechanism.open" : "rectification.open", word_of(remedy.id));
    }
    if (confirmed_ && !mended) add("mechanism.missing", word_of(id_));
    return {};
  }

  Status look_at_requests() {
    const auto rows = transaction_.query(
        "SELECT request_id FROM case_request WHERE case_id = ? AND state = 'waiting'"
        " ORDER BY request_id",
        {id_.value});
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows)
      add("request.open", "request:" + std::to_string(row.integer("request_id")));
    return {};
  }

  /// Those that belong to the case; the one that closes it is about the case itself.
  Status look_at_matters() {
    const auto rows = transaction_.query(
        "SELECT matter_id FROM matter WHERE about LIKE ? AND state IN ('open', 'returned')"
        " ORDER BY matter_id",
        {word_of(id_) + "/%"});
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows)
      add("matter.open", duties::word_of(duties::MatterId{row.integer("matter_id")}));
    return {};
  }

  Transaction& transaction_;
  const CaseId id_;
  const catalog::RecoveryTerms& terms_;
  const Date today_;
  std::vector<OpenItem> items_;
  bool confirmed_ = false;
  Fen confirmed_fen_;
};

}  // namespace

Result<std::vector<OpenItem>> open_items(Transaction& transaction, CaseId id,
                                         const catalog::RecoveryTerms& terms, Date today) {
  return Finder(transaction, id, terms, today).find();
}

}  // namespace anlan::cases
