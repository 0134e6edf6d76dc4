#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/fen.hpp"
#include "base/instant.hpp"
#include "cases/case_id.hpp"
#include "catalog/catalog.hpp"
#include "store/database.hpp"

namespace anlan::cases {

using DisposalId = RecordId<struct DisposalTable>;

enum class DisposalKind {
  stop_payment,           ///< 停发（暂停）通知
  correction,             ///< 更正单
  order_to_return,        ///< 责令退回通知
  repayment_agreement,    ///< 还款协议
  referral,               ///< 移送
  rectification_opinion,  ///< 整改意见
  none_needed,            ///< 不属实，无须处置
};
std::string_view name_of(DisposalKind kind);
std::optional<DisposalKind> disposal_kind_named(std::string_view name);

struct NewDisposal {
  CaseId of;
  std::string lead_id;  ///< "": for all leads of the case
  DisposalKind kind = DisposalKind::order_to_return;
  std::string document;  ///< its number: 津社稽追〔2026〕3号; must be there, but for none_needed
  std::string file_sha256;  ///< of the kept file; "" if there is none
  Fen amount;               ///< what it is about; 0 if it is about no money
  std::string grounds;
};

/// What is done because of a finding. Never changed: withdrawn, and another is made.
struct Disposal {
  DisposalId id;
  NewDisposal made;
  std::string made_by;  ///< "account:7"
  std::int64_t made_by_person = 0;
  std::string post;
  Instant made_at;
  std::optional<Instant> withdrawn_at;
  std::string withdrawn_reason;
  std::int64_t version = 0;
};

// Every function: a case outside the actor's scope is not_found "case.not_found"; a right they do
// not have is forbidden "access.no_right"; who stands aside in the case, is its subject or declared
// kin does nothing in it, forbidden "case.recused", "case.subject", "case.kin"; a case that is
// closed takes nothing more, conflict "case.closed"; a version that is not the newest is conflict
// "store.stale". What is done is told to the journal in the same transaction. Errors of
// Transaction.

/// Needs "case_work". The first one takes a concluded case on to `disposing` (begin_disposal, whose
/// errors are these too). Errors: invalid_input "disposal.text" (naming the field),
/// "disposal.amount" (negative), "disposal.file" (no SHA-256); not_found "disposal.no_lead" (not
/// one of the case); conflict "disposal.needed": none_needed for a lead that is confirmed, wholly
/// or in part, or has no conclusion; forbidden "case.no_person" on the console and for a program's
/// token.
Result<DisposalId> add_disposal(store::Transaction& transaction, const access::Actor& actor,
                                const catalog::Catalog& catalog, const NewDisposal& disposal,
                                Instant now);

/// Needs "case_work". Errors: not_found "disposal.not_found"; conflict "disposal.withdrawn";
/// invalid_input "disposal.text" (no reason).
Status withdraw_disposal(store::Transaction& transaction, const access::Actor& actor, DisposalId id,
                         std::int64_t version, const std::string& reason, Instant now);

/// All of a case, withdrawn ones too, oldest first. Needs "case_read".
Result<std::vector<Disposal>> list_disposals(store::Transaction& transaction,
                                             const access::Actor& actor, CaseId id);

}  // namespace anlan::cases
