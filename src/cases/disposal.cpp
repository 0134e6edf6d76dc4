#include "cases/disposal.hpp"

#include <array>

#include "base/check.hpp"
#include "cases/case_file.hpp"
#include "cases/follow_case.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::array<std::pair<DisposalKind, std::string_view>, 7> kinds = {
    {{DisposalKind::stop_payment, "stop_payment"},
     {DisposalKind::correction, "correction"},
     {DisposalKind::order_to_return, "order_to_return"},
     {DisposalKind::repayment_agreement, "repayment_agreement"},
     {DisposalKind::referral, "referral"},
     {DisposalKind::rectification_opinion, "rectification_opinion"},
     {DisposalKind::none_needed, "none_needed"}}};

/// Of what somebody writes, whatever the case says.
Status check_content(const NewDisposal& disposal) {
  const bool paper = disposal.kind != DisposalKind::none_needed;
  if (auto right = check_text("disposal.text", "document", disposal.document, paper, 300); !right)
    return right;
  if (auto right = check_text("disposal.text", "grounds", disposal.grounds); !right) return right;
  if (disposal.amount.value < 0)
    return fail(ErrorKind::invalid_input, "disposal.amount", "below zero");
  if (!disposal.file_sha256.empty() && !is_sha256(disposal.file_sha256))
    return fail(ErrorKind::invalid_input, "disposal.file", "no SHA-256");
  return {};
}

/// The leads it is about belong to the case, and "none needed" is said of none that is confirmed.
Status check_leads(Transaction& transaction, const NewDisposal& disposal) {
  std::string sql = "SELECT lead_id, result FROM lead WHERE case_id = ?";
  std::vector<store::Value> values = {disposal.of.value};
  if (!disposal.lead_id.empty()) {
    sql += " AND lead_id = ?";
    values.emplace_back(disposal.lead_id);
  }
  const auto rows = transaction.query(sql + " ORDER BY lead_id", values);
  if (!rows) return fail(rows.error());
  if (rows->empty() && !disposal.lead_id.empty())
    return fail(ErrorKind::not_found, "disposal.no_lead", disposal.lead_id);
  if (disposal.kind != DisposalKind::none_needed) return {};
  for (const auto& row : *rows) {
    const auto result = row.maybe_text("result");
    if (!result || *result == "confirmed" || *result == "partly")
      return fail(ErrorKind::conflict, "disposal.needed", row.text("lead_id"));
  }
  return {};
}

Disposal disposal_from(const store::Row& row) {
  Disposal disposal;
  disposal.id = {row.integer("disposal_id")};
  disposal.made = {{row.integer("case_id")},
                   row.maybe_text("lead_id").value_or(""),
                   *disposal_kind_named(row.text("kind")),
                   row.text("document"),
                   row.maybe_text("file_sha256").value_or(""),
                   Fen{row.integer("amount_fen")},
                   row.text("grounds")};
  disposal.made_by = row.text("made_by");
  disposal.made_by_person = row.integer("made_by_person");
  disposal.post = row.text("post");
  disposal.made_at = {row.integer("made_at")};
  if (const auto at = row.maybe_integer("withdrawn_at")) disposal.withdrawn_at = Instant{*at};
  disposal.withdrawn_reason = row.maybe_text("withdrawn_reason").value_or("");
  disposal.version = row.integer("version");
  return disposal;
}

std::string word_of_disposal(std::int64_t id) {
  return "disposal:" + std::to_string(id);
}

}  // namespace

std::string_view name_of(DisposalKind kind) {
  for (const auto& [known, name] : kinds) {
    if (known == kind) return name;
  }
  CHECK(false);
  return {};
}

std::optional<DisposalKind> disposal_kind_named(std::string_view name) {
  for (const auto& [kind, known] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

Result<DisposalId> add_disposal(Transaction& transaction, const Actor& actor,
                                const catalog::Catalog& catalog, const NewDisposal& given,
                                Instant now) {
  const auto of = case_to_act_on(transaction, actor, given.of, "case_work");
  if (!of) return fail(of.error());
  auto disposal = given;
  disposal.document = kept_reference(given.document);
  disposal.grounds = kept_prose(given.grounds);
  if (auto right = check_content(disposal); !right) return fail(right.error());
  if (auto right = check_leads(transaction, disposal); !right) return fail(right.error());
  const auto lead =
      disposal.lead_id.empty() ? store::Value() : store::Value(std::string_view(disposal.lead_id));
  const auto file = disposal.file_sha256.empty()
                        ? store::Value()
                        : store::Value(std::string_view(disposal.file_sha256));
  const auto id = store::insert_numbered(transaction, "disposal", "disposal_id",
                                         {{"case_id", disposal.of.value},
                                          {"lead_id", lead},
                                          {"kind", name_of(disposal.kind)},
                                          {"document", disposal.document},
                                          {"file_sha256", file},
                                          {"amount_fen", disposal.amount.value},
                                          {"grounds", disposal.grounds},
                                          {"made_by", actor.who()},
                                          {"made_by_person", actor.person()->value},
                                          {"post", post_of(actor)},
                                          {"made_at", now.ms}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  Told told{"disposal.made",
            word_of_disposal(*id),
            {{"kind", std::string(name_of(disposal.kind))}},
            {{"amount_fen", disposal.amount.value}},
            {{"document", disposal.document}, {"grounds", disposal.grounds}}};
  if (!disposal.lead_id.empty()) told.refs["lead"] = disposal.lead_id;
  if (!disposal.file_sha256.empty()) told.refs["file"] = disposal.file_sha256;
  if (auto done = tell_of(transaction, actor, *of, std::move(told), now); !done)
    return fail(done.error());
  if (of->state == "concluded") {
    const auto begun = begin_disposal(transaction, actor, catalog, of->id, of->version, now);
    if (!begun) return fail(begun.error());
  }
  return DisposalId{*id};
}

Status withdraw_disposal(Transaction& transaction, const Actor& actor, DisposalId id,
                         std::int64_t version, const std::string& reason, Instant now) {
  const auto row =
      transaction.query_one("SELECT * FROM disposal WHERE disposal_id = ?", {id.value});
  if (!row) return fail(row.error());
  const auto missing = fail(ErrorKind::not_found, "disposal.not_found", word_of_disposal(id.value));
  if (!*row) return missing;
  const auto disposal = disposal_from(**row);
  const auto of = case_to_act_on(transaction, actor, disposal.made.of, "case_work");
  if (!of) return of.error().code == "case.not_found" ? missing : fail(of.error());
  if (auto right = check_text("disposal.text", "reason", reason); !right) return right;
  if (disposal.withdrawn_at)
    return fail(ErrorKind::conflict, "disposal.withdrawn", word_of_disposal(id.value));
  const auto updated = store::update_record(
      transaction, {"disposal", "disposal_id", id.value}, version,
      {{"withdrawn_at", now.ms}, {"withdrawn_reason", kept_prose(reason)}}, actor.stamp(now));
  if (!updated) return updated;
  return tell_of(transaction, actor, *of,
                 {"disposal.withdrawn",
                  word_of_disposal(id.value),
                  {{"kind", std::string(name_of(disposal.made.kind))}},
                  {},
                  {{"reason", kept_prose(reason)}}},
                 now);
}

Result<std::vector<Disposal>> list_disposals(Transaction& transaction, const Actor& actor,
                                             CaseId id) {
  if (const auto of = case_to_read(transaction, actor, id, "case_read"); !of)
    return fail(of.error());
  const auto rows = transaction.query(
      "SELECT * FROM disposal WHERE case_id = ? ORDER BY disposal_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<Disposal> disposals;
  for (const auto& row : *rows) disposals.push_back(disposal_from(row));
  return disposals;
}

}  // namespace anlan::cases
