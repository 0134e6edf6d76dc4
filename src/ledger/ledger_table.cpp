#include "ledger/ledger_table.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/sha256.hpp"

namespace anlan::ledger {
namespace {

using store::Transaction;
using store::Value;

State state_of(const std::string& word) {
  for (const auto state : {State::draft, State::submitted, State::accepted, State::returned}) {
    if (word == word_of(state)) return state;
  }
  CHECK(false);  // the table allows no other
  return State::draft;
}

Value text_or_null(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

Value number_or_null(std::int64_t number) {
  return number == 0 ? Value() : Value(number);
}

Status done(const Result<std::int64_t>& changed) {
  if (!changed) return fail(changed.error());
  return {};
}

Status write_points(Transaction& transaction, std::int64_t id, const Content& content) {
  std::int64_t row_no = 0;
  for (const auto& point : content.points) {
    ++row_no;
    const auto inserted = transaction.run(
        "INSERT INTO risk_point (ledger_id, row_no, node, department, risk, stage, phase, origin, "
        "domain, subject, likelihood, impact, inherent_score, direct_name, direct_person, "
        "department_head_name, department_head_person, unit_head_name, unit_head_person) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {id, row_no, text_or_null(point.node), point.department, point.risk,
         text_or_null(point.stage), text_or_null(point.phase), text_or_null(point.origin),
         text_or_null(point.domain), text_or_null(point.subject), number_or_null(point.likelihood),
         number_or_null(point.impact), number_or_null(point.inherent_score()), point.direct.name,
         number_or_null(point.direct.person), point.department_head.name,
         number_or_null(point.department_head.person), point.unit_head.name,
         number_or_null(point.unit_head.person)});
    if (!inserted) return fail(inserted.error());
    std::int64_t line_no = 0;
    for (const auto& one : point.measures) {
      const auto assigned = transaction.run(
          "INSERT INTO measure_assignment (ledger_id, row_no, line_no, measure, text) VALUES (?, "
          "?, ?, ?, ?)",
          {id, row_no, ++line_no, text_or_null(one.measure), one.text});
      if (!assigned) return fail(assigned.error());
    }
  }
  return {};
}

std::optional<Instant> maybe_instant(const store::Row& row, std::string_view column) {
  const auto ms = row.maybe_integer(column);
  if (!ms) return std::nullopt;
  return Instant{*ms};
}

VersionHead version_from(const store::Row& row) {
  return {row.integer("content_version"),
          row.text("sha256"),
          row.text("made_by"),
          {row.integer("made_at")}};
}

Date day_of(std::int64_t days) {
  return {static_cast<std::int32_t>(days)};
}

Result<std::vector<Signature>> load_signatures(Transaction& transaction, std::int64_t id) {
  const auto rows = transaction.query(
      "SELECT * FROM ledger_signature WHERE ledger_id = ? ORDER BY signature_id", {id});
  if (!rows) return fail(rows.error());
  std::vector<Signature> signatures;
  for (const auto& row : *rows) {
    signatures.push_back({row.integer("content_version"),
                          *level_of(row.text("level")),
                          row.integer("person_id"),
                          row.text("person_name"),
                          row.text("scope_sha256"),
                          row.text("signed_by"),
                          {row.integer("signed_at")},
                          maybe_instant(row, "voided_at")});
  }
  return signatures;
}

Result<std::vector<Submission>> load_submissions(Transaction& transaction, std::int64_t id) {
  const auto rows = transaction.query(
      "SELECT * FROM ledger_submission WHERE ledger_id = ? ORDER BY submission_id", {id});
  if (!rows) return fail(rows.error());
  std::vector<Submission> submissions;
  for (const auto& row : *rows) {
    submissions.push_back(
        {row.integer("content_version"),
         row.text("sha256"),
         row.text("submitted_by"),
         {row.integer("submitted_at")},
         day_of(row.integer("due_on")),
         row.maybe_integer("withdrawn_at") ? "withdrawn" : row.maybe_text("outcome").value_or(""),
         row.maybe_text("reason").value_or(""),
         row.maybe_text("decided_by").value_or(""),
         maybe_instant(row, "decided_at"),
         row.maybe_integer("matter_id")});
  }
  return submissions;
}

}  // namespace

LedgerHead head_from(const store::Row& row) {
  LedgerHead head;
  head.id = row.integer("ledger_id");
  head.organisation = row.text("organisation_id");
  head.unit = row.text("unit_name");
  head.year = static_cast<int>(row.integer("year"));
  head.state = state_of(row.text("state"));
  head.content_version = row.integer("content_version");
  head.sha256 = row.text("sha256");
  head.in_force_version = row.maybe_integer("in_force_version");
  if (const auto days = row.maybe_integer("in_force_on")) head.in_force_on = day_of(*days);
  head.version = row.integer("version");
  return head;
}

Result<std::optional<Ledger>> load(Transaction& transaction, std::int64_t id) {
  const auto row = transaction.query_one("SELECT * FROM ledger WHERE ledger_id = ?", {id});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Ledger>();
  Ledger ledger;
  ledger.head = head_from(**row);
  auto version = load_version(transaction, id, ledger.head.content_version);
  if (!version) return fail(version.error());
  if (!*version || (*version)->head.sha256 != ledger.head.sha256)
    return fail(ErrorKind::corrupted, "ledger.content", fmt::format("ledger {}", id));
  ledger.content = std::move((*version)->content);
  ledger.made_at = (*version)->head.made_at;
  auto signatures = load_signatures(transaction, id);
  if (!signatures) return fail(signatures.error());
  ledger.signatures = std::move(*signatures);
  auto submissions = load_submissions(transaction, id);
  if (!submissions) return fail(submissions.error());
  ledger.submissions = std::move(*submissions);
  return std::optional(std::move(ledger));
}

Result<std::vector<VersionHead>> load_versions(Transaction& transaction, std::int64_t id) {
  const auto rows = transaction.query(
      "SELECT content_version, sha256, made_by, made_at FROM ledger_version WHERE ledger_id = ? "
      "ORDER BY content_version",
      {id});
  if (!rows) return fail(rows.error());
  std::vector<VersionHead> all;
  for (const auto& row : *rows) all.push_back(version_from(row));
  return all;
}

Result<std::optional<Version>> load_version(Transaction& transaction, std::int64_t id,
                                            std::int64_t content_version) {
  const auto row = transaction.query_one(
      "SELECT * FROM ledger_version WHERE ledger_id = ? AND content_version = ?",
      {id, content_version});
  if (!row) return fail(row.error());
  if (!*row) return std::optional<Version>();
  const auto& text = (*row)->text("content");
  if (sha256_hex(text) != (*row)->text("sha256"))
    return fail(ErrorKind::corrupted, "ledger.content",
                fmt::format("ledger {}, version {}", id, content_version));
  auto content = content_of(text);
  if (!content) return fail(content.error());
  return std::optional(Version{version_from(**row), std::move(*content)});
}

Result<std::int64_t> insert(Transaction& transaction, const Content& content,
                            const store::Stamp& stamp, std::int64_t person) {
  const auto hash = hash_of(content);
  const auto id = store::insert_numbered(transaction, "ledger", "ledger_id",
                                         {{"organisation_id", content.organisation},
                                          {"unit_name", content.unit},
                                          {"year", content.year},
                                          {"state", "draft"},
                                          {"content_version", 1},
                                          {"sha256", hash}},
                                         stamp);
  if (!id) return id;
  LedgerHead head;
  head.id = *id;
  head.content_version = 1;
  head.sha256 = hash;
  if (const auto kept = keep_version(transaction, head, content, stamp, person); !kept)
    return fail(kept.error());
  return id;
}

Status keep_version(Transaction& transaction, const LedgerHead& head, const Content& content,
                    const store::Stamp& stamp, std::int64_t person) {
  const auto kept = transaction.run(
      "INSERT INTO ledger_version (ledger_id, content_version, content, sha256, made_by, "
      "made_by_person, made_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {head.id, head.content_version, canonical(content), head.sha256, stamp.by,
       number_or_null(person), stamp.at.ms});
  if (!kept) return fail(kept.error());
  for (const auto* table : {"measure_assignment", "risk_point"}) {
    const auto gone =
        transaction.run(fmt::format("DELETE FROM {} WHERE ledger_id = ?", table), {head.id});
    if (!gone) return fail(gone.error());
  }
  return write_points(transaction, head.id, content);
}

Status keep_signature(Transaction& transaction, const Ledger& ledger, Level level,
                      std::int64_t person, const std::string& name, const store::Stamp& stamp) {
  return done(transaction.run(
      "INSERT INTO ledger_signature (ledger_id, content_version, level, person_id, person_name, "
      "scope_sha256, signed_by, signed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {ledger.head.id, ledger.head.content_version, std::string(word_of(level)), person, name,
       *scope_of(ledger.content, level, person), stamp.by, stamp.at.ms}));
}

Status void_signature(Transaction& transaction, std::int64_t id, const Signature& signature,
                      const store::Stamp& stamp) {
  return done(transaction.run(
      "UPDATE ledger_signature SET voided_at = ?, voided_by = ? WHERE ledger_id = ? AND level = ? "
      "AND person_id = ? AND voided_at IS NULL",
      {stamp.at.ms, stamp.by, id, std::string(word_of(signature.level)), signature.person}));
}

Status keep_submission(Transaction& transaction, const LedgerHead& head, Date due,
                       duties::MatterId matter, const store::Stamp& stamp) {
  return done(transaction.run(
      "INSERT INTO ledger_submission (ledger_id, content_version, sha256, "
      "submitted_by, submitted_at, due_on, matter_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {head.id, head.content_version, head.sha256, stamp.by, stamp.at.ms, due.days, matter.value}));
}

Status keep_decision(Transaction& transaction, std::int64_t id, const std::string& outcome,
                     const std::string& reason, const store::Stamp& stamp) {
  return done(transaction.run(
      "UPDATE ledger_submission SET outcome = ?, reason = ?, decided_by = ?, decided_at = ? WHERE "
      "ledger_id = ? AND outcome IS NULL AND withdrawn_at IS NULL",
      {outcome, text_or_null(reason), stamp.by, stamp.at.ms, id}));
}

Status keep_withdrawal(Transaction& transaction, std::int64_t id, Instant at) {
  return done(transaction.run(
      "UPDATE ledger_submission SET withdrawn_at = ? WHERE ledger_id = ? AND outcome IS NULL AND "
      "withdrawn_at IS NULL",
      {at.ms, id}));
}

Result<std::int64_t> ledger_of(Transaction& transaction, duties::MatterId matter) {
  const auto row = transaction.query_one(
      "SELECT ledger_id FROM ledger_submission WHERE matter_id = ? LIMIT 1", {matter.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "ledger.missing", duties::word_of(matter));
  return (*row)->integer("ledger_id");
}

}  // namespace anlan::ledger
