#include <fmt/format.h>

#include "cases/desk_rows.hpp"
#include "cases/ties.hpp"

namespace anlan::cases {
namespace {

using store::Value;

access::Scope readable_cases(const access::Actor& actor) {
  return actor.how() == access::Authenticated::console ? actor.scope()
                                                       : actor.scope_of("case_read");
}

bool is_verifier(const access::Actor& actor, const CaseFile& file) {
  return actor.person() && file.verifier == actor.person();
}

}  // namespace

Result<CasePage> list_cases(store::Transaction& transaction, const access::Actor& actor,
                            const CaseFilter& filter, const std::optional<CasePlace>& after,
                            std::size_t limit) {
  const auto scope = readable_cases(actor).condition("organisation_id");
  std::string where = "(" + scope.sql;
  auto values = scope.values;
  if (actor.person()) {
    where += " OR verifier_person = ?";
    values.emplace_back(actor.person()->value);
  }
  where += ")";
  const auto among = [&](const std::string& column, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return;
    where += " AND " + column + " IN (" + store::placeholders(wanted.size()) + ")";
    values.insert(values.end(), wanted.begin(), wanted.end());
  };
  const auto add = [&](const std::string& condition, Value value) {
    where += " AND " + condition;
    values.push_back(std::move(value));
  };
  among("organisation_id", filter.organisations);
  among("state", filter.states);
  if (filter.verifier) add("verifier_person = ?", filter.verifier->value);
  if (filter.subject) add("subject_blind = ?", filter.subject->value());
  if (filter.overdue_on) add("due_on < ?", filter.overdue_on->days);

  CasePage page;
  const auto total =
      transaction.query_one("SELECT count(*) AS cases FROM case_file WHERE " + where, values);
  if (!total) return fail(total.error());
  page.total = (*total)->integer("cases");
  if (after) {
    where += " AND (due_on, case_id) > (?, ?)";
    values.emplace_back(after->due_days);
    values.emplace_back(after->case_id);
  }
  values.emplace_back(limit + 1);
  const auto rows = transaction.query(
      "SELECT * FROM case_file WHERE " + where + " ORDER BY due_on, case_id LIMIT ?", values);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) page.cases.push_back(case_from(row));
  if (page.cases.size() > limit) {
    page.cases.resize(limit);
    if (!page.cases.empty())
      page.next = CasePlace{page.cases.back().due.on.days, page.cases.back().id.value};
  }
  return page;
}

Result<CaseFile> find_case(store::Transaction& transaction, const access::Actor& actor, CaseId id) {
  auto file = load_case(transaction, id);
  if (!file) return fail(file.error());
  if (!*file || !(readable_cases(actor).has((*file)->organisation) || is_verifier(actor, **file)))
    return fail(ErrorKind::not_found, "case.not_found", word_of(id));
  return std::move(**file);
}

Result<std::vector<DeskLead>> leads_of_case(store::Transaction& transaction,
                                            const access::Actor& actor, CaseId id) {
  if (const auto file = find_case(transaction, actor, id); !file) return fail(file.error());
  return load_leads_of(transaction, id);
}

Result<std::vector<CaseEvent>> case_events(store::Transaction& transaction,
                                           const access::Actor& actor, CaseId id) {
  if (const auto file = find_case(transaction, actor, id); !file) return fail(file.error());
  const auto rows =
      transaction.query("SELECT * FROM case_event WHERE case_id = ? ORDER BY event_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<CaseEvent> events;
  for (const auto& row : *rows) events.push_back(event_from(row));
  return events;
}

Result<std::vector<CaseDocument>> case_documents(store::Transaction& transaction,
                                                 const access::Actor& actor, CaseId id) {
  if (const auto file = find_case(transaction, actor, id); !file) return fail(file.error());
  const auto rows = transaction.query(
      "SELECT * FROM case_document WHERE case_id = ? ORDER BY document_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<CaseDocument> documents;
  for (const auto& row : *rows) {
    documents.push_back({row.integer("document_id"),
                         {row.integer("case_id")},
                         row.text("kind"),
                         row.text("number"),
                         row.text("sha256"),
                         row.maybe_text("text").value_or(""),
                         row.text("made_by"),
                         {row.integer("made_at")}});
  }
  return documents;
}

Result<bool> names_file(store::Transaction& transaction, const access::Actor& actor, CaseId id,
                        const std::string& sha256) {
  if (const auto file = find_case(transaction, actor, id); !file) return fail(file.error());
  // A remedy's evidence are hashes between blanks.
  const auto row = transaction.query_one(
      "SELECT 1 AS one FROM case_document WHERE case_id = ? AND sha256 = ? UNION ALL"
      " SELECT 1 FROM disposal WHERE case_id = ? AND file_sha256 = ? UNION ALL"
      " SELECT 1 FROM remedy WHERE case_id = ? AND evidence LIKE ? UNION ALL"
      " SELECT 1 FROM accountability WHERE case_id = ? AND file_sha256 = ? UNION ALL"
      " SELECT 1 FROM case_request WHERE case_id = ? AND file_sha256 = ?",
      {id.value, sha256, id.value, sha256, id.value, "%" + sha256 + "%", id.value, sha256, id.value,
       sha256});
  if (!row) return fail(row.error());
  return row->has_value();
}

Result<std::vector<Recusal>> recusals(store::Transaction& transaction, const access::Actor& actor,
                                      CaseId id) {
  const auto file = find_case(transaction, actor, id);
  if (!file) return fail(file.error());
  const auto rows = transaction.query(
      "SELECT * FROM case_recusal WHERE case_id = ? ORDER BY recusal_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<Recusal> all;
  for (const auto& row : *rows) {
    all.push_back({{row.integer("person_id")},
                   row.text("ground"),
                   row.text("source") == "found",
                   row.text("reason"),
                   row.text("entered_by"),
                   {row.integer("entered_at")}});
  }
  const auto tied = tied_people(transaction, file->subject_blind);
  if (!tied) return fail(tied.error());
  for (const auto& one : *tied)
    all.push_back({one.person, one.ground, true, "", "program", one.found_at});
  return all;
}

}  // namespace anlan::cases
