#include "cases/remedy.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "access/person.hpp"
#include "base/check.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "cases/remedy_table.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::array<std::pair<RemedyState, std::string_view>, 4> states = {
    {{RemedyState::ordered, "ordered"},
     {RemedyState::reported, "reported"},
     {RemedyState::checked, "checked"},
     {RemedyState::withdrawn, "withdrawn"}}};
constexpr std::size_t evidence_max = 100;

std::string chain_of(RemedyKind kind) {
  return kind == RemedyKind::rectification ? "rectification_check" : "mechanism_check";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// What is checked, in canonical JSON, hashed.
std::string hash_of(const Remedy& remedy, const std::string& report,
                    const std::vector<std::string>& evidence, const std::string& reference) {
  const nlohmann::json content = {
      {"evidence", evidence},   {"kind", std::string(name_of(remedy.made.kind))},
      {"reference", reference}, {"remedy", remedy.id.value},
      {"report", report},       {"what", remedy.made.what}};
  return sha256_hex(content.dump());
}

Status check_report(const std::string& report, const std::vector<std::string>& evidence,
                    const std::string& reference) {
  if (auto right = check_text("remedy.text", "report", report); !right) return right;
  if (auto right = check_text("remedy.text", "reference", reference, false, 600); !right)
    return right;
  if (evidence.empty() || evidence.size() > evidence_max)
    return fail(ErrorKind::invalid_input, "remedy.evidence",
                std::to_string(evidence.size()) + " files");
  for (const auto& one : evidence) {
    if (!is_sha256(one)) return fail(ErrorKind::invalid_input, "remedy.evidence", "no SHA-256");
  }
  return {};
}

auto missing(RemedyId id) {
  return fail(ErrorKind::not_found, "remedy.not_found", word_of(id));
}

/// Whether the actor may look: by the case, or by the organisation that has to do it.
bool may_see(const Actor& actor, const Remedy& remedy, const FollowCase& of) {
  return actor.how() == access::Authenticated::console || actor.may("case_read", of.organisation) ||
         actor.may("case_read", remedy.made.organisation);
}

struct RemedySeen {
  Remedy remedy;
  FollowCase of;
};
Result<RemedySeen> remedy_seen(Transaction& transaction, const Actor& actor, RemedyId id,
                               Date today) {
  auto remedy = load_remedy(transaction, id, today);
  if (!remedy) return fail(remedy.error());
  auto of = case_itself(transaction, remedy->made.of);
  if (!of) return fail(of.error());
  if (!may_see(actor, *remedy, *of)) return missing(id);
  return RemedySeen{std::move(*remedy), std::move(*of)};
}

/// Opens the matter of a report, or changes the one that was sent back.
Result<duties::MatterId> put_to_check(Transaction& transaction, const duties::Rules& rules,
                                      const Actor& actor, const RemedySeen& seen,
                                      const std::string& hash, const std::string& post,
                                      Instant now) {
  if (!seen.remedy.matter) {
    return duties::open_matter(transaction, rules, actor,
                               {chain_of(seen.remedy.made.kind),
                                seen.remedy.made.organisation,
                                word_of(seen.of.id) + "/" + word_of(seen.remedy.id),
                                hash,
                                post,
                                {seen.of.subject}},
                               now);
  }
  const auto matter = duties::find_matter(transaction, actor, *seen.remedy.matter);
  if (!matter) return fail(matter.error());
  if (auto changed = duties::change_matter(transaction, rules, actor, matter->id, matter->version,
                                           hash, post, now);
      !changed)
    return fail(changed.error());
  return matter->id;
}

}  // namespace

std::string word_of(RemedyId id) {
  return "remedy:" + std::to_string(id.value);
}

std::string_view name_of(RemedyKind kind) {
  return kind == RemedyKind::rectification ? "rectification" : "mechanism";
}
std::optional<RemedyKind> remedy_kind_named(std::string_view name) {
  if (name == "rectification") return RemedyKind::rectification;
  if (name == "mechanism") return RemedyKind::mechanism;
  return std::nullopt;
}
std::string_view name_of(RemedyMeans means) {
  switch (means) {
    case RemedyMeans::regulation:
      return "regulation";
    case RemedyMeans::control:
      return "control";
    case RemedyMeans::none:
      break;
  }
  return "";
}
std::optional<RemedyMeans> remedy_means_named(std::string_view name) {
  for (const auto means : {RemedyMeans::none, RemedyMeans::regulation, RemedyMeans::control}) {
    if (name_of(means) == name) return means;
  }
  return std::nullopt;
}
std::string_view name_of(RemedyState state) {
  for (const auto& [known, name] : states) {
    if (known == state) return name;
  }
  CHECK(false);
  return {};
}

Remedy remedy_from(const store::Row& row, Date today) {
  Remedy remedy;
  remedy.id = {row.integer("remedy_id")};
  remedy.made = {{row.integer("case_id")},
                 *remedy_kind_named(row.text("kind")),
                 *remedy_means_named(row.maybe_text("means").value_or("")),
                 row.text("organisation_id"),
                 {row.integer("owner_person")},
                 row.text("what"),
                 row.text("document"),
                 Date{static_cast<std::int32_t>(row.integer("due_on"))}};
  for (const auto& [state, name] : states) {
    if (name == row.text("state")) remedy.state = state;
  }
  remedy.report = row.text("report");
  if (!row.text("evidence").empty()) {
    for (const auto one : split(row.text("evidence"), ' ')) remedy.evidence.emplace_back(one);
  }
  remedy.reference = row.text("reference");
  remedy.content_hash = row.text("content_hash");
  if (const auto matter = row.maybe_integer("matter_id")) remedy.matter = duties::MatterId{*matter};
  remedy.ordered_by_person = row.integer("ordered_by_person");
  remedy.reported_by_person = row.maybe_integer("reported_by_person").value_or(0);
  if (const auto at = row.maybe_integer("reported_at")) remedy.reported_at = Instant{*at};
  if (const auto at = row.maybe_integer("checked_at")) remedy.checked_at = Instant{*at};
  remedy.overdue = today > remedy.made.due_on &&
                   (remedy.state == RemedyState::ordered || remedy.state == RemedyState::reported);
  remedy.version = row.integer("version");
  return remedy;
}

Result<Remedy> load_remedy(Transaction& transaction, RemedyId id, Date today) {
  const auto row = transaction.query_one("SELECT * FROM remedy WHERE remedy_id = ?", {id.value});
  if (!row) return fail(row.error());
  if (!*row) return missing(id);
  return remedy_from(**row, today);
}

Result<RemedyId> order_remedy(Transaction& transaction, const Actor& actor, const NewRemedy& given,
                              Instant now) {
  const auto of = case_to_act_on(transaction, actor, given.of, "case_work");
  if (!of) return fail(of.error());
  auto remedy = given;
  remedy.what = kept_prose(given.what);
  remedy.document = kept_reference(given.document);

  if (auto right = check_text("remedy.text", "what", remedy.what); !right)
    return fail(right.error());
  if (auto right = check_text("remedy.text", "document", remedy.document, false, 300); !right)
    return fail(right.error());
  if ((remedy.kind == RemedyKind::mechanism) == (remedy.means == RemedyMeans::none))
    return fail(ErrorKind::invalid_input, "remedy.means", std::string(name_of(remedy.means)));
  // Any organisation of the tree may have to do it, also one above the case's that the actor does
  // not see; who answers for it works there.
  const auto owner = transaction.query_one(
      "SELECT p.person_id FROM organisation o LEFT JOIN person p"
      " ON p.organisation_id = o.organisation_id AND p.person_id = ? WHERE o.organisation_id = ?",
      {remedy.owner.value, remedy.organisation});
  if (!owner) return fail(owner.error());
  if (!*owner) return fail(ErrorKind::not_found, "access.no_organisation", remedy.organisation);
  if ((*owner)->is_null("person_id"))
    return fail(ErrorKind::not_found, "access.no_person", access::word_of(remedy.owner));
  const auto means =
      remedy.means == RemedyMeans::none ? store::Value() : store::Value(name_of(remedy.means));
  const auto id = store::insert_numbered(transaction, "remedy", "remedy_id",
                                         {{"case_id", remedy.of.value},
                                          {"kind", name_of(remedy.kind)},
                                          {"means", means},
                                          {"organisation_id", remedy.organisation},
                                          {"owner_person", remedy.owner.value},
                                          {"what", remedy.what},
                                          {"document", remedy.document},
                                          {"due_on", remedy.due_on.days},
                                          {"state", name_of(RemedyState::ordered)},
                                          {"report", ""},
                                          {"evidence", ""},
                                          {"reference", ""},
                                          {"content_hash", ""},
                                          {"ordered_by_person", actor.person()->value},
                                          {"ordered_at", now.ms}},
                                         actor.stamp(now));
  if (!id) return fail(id.error());
  const auto told = tell_of(transaction, actor, *of,
                            {std::string(name_of(remedy.kind)) + ".ordered",
                             word_of(RemedyId{*id}),
                             {{"by", remedy.organisation},
                              {"owner", access::word_of(remedy.owner)},
                              {"due_on", format_date(remedy.due_on)}},
                             {},
                             {{"what", remedy.what}, {"document", remedy.document}}},
                            now);
  if (!told) return fail(told.error());
  return RemedyId{*id};
}

Result<duties::MatterId> report_remedy(Transaction& transaction, const duties::Rules& rules,
                                       const Actor& actor, RemedyId id, std::int64_t version,
                                       const std::string& given,
                                       const std::vector<std::string>& evidence,
                                       const std::string& given_reference, const std::string& post,
                                       Instant now) {
  const auto report = kept_prose(given);
  const auto reference = kept_reference(given_reference);

  const auto seen = remedy_seen(transaction, actor, id, now.day());
  if (!seen) return fail(seen.error());
  const auto person = person_of(actor);
  if (!person) return fail(person.error());
  if (seen->of.state == "closed")
    return fail(ErrorKind::conflict, "case.closed", word_of(seen->of.id));
  if (seen->remedy.state != RemedyState::ordered)
    return fail(ErrorKind::conflict, "remedy.state", std::string(name_of(seen->remedy.state)));
  if (auto right = check_report(report, evidence, reference); !right) return fail(right.error());
  const auto hash = hash_of(seen->remedy, report, evidence, reference);
  const auto matter = put_to_check(transaction, rules, actor, *seen, hash, post, now);
  if (!matter) return fail(matter.error());
  if (auto bound =
          duties::add_handler(transaction, actor, *matter, seen->remedy.made.owner, "", now);
      !bound)
    return fail(bound.error());
  const auto updated = store::update_record(transaction, {"remedy", "remedy_id", id.value}, version,
                                            {{"state", name_of(RemedyState::reported)},
                                             {"report", report},
                                             {"evidence", joined(evidence)},
                                             {"reference", reference},
                                             {"content_hash", hash},
                                             {"matter_id", matter->value},
                                             {"reported_by_person", *person},
                                             {"reported_at", now.ms}},
                                            actor.stamp(now));
  if (!updated) return fail(updated.error());
  const auto told = tell_of(transaction, actor, seen->of,
                            {std::string(name_of(seen->remedy.made.kind)) + ".reported",
                             word_of(id),
                             {{"matter", duties::word_of(*matter)}, {"content", hash}},
                             {{"files", static_cast<std::int64_t>(evidence.size())}},
                             {{"report", report}, {"reference", reference}}},
                            now);
  if (!told) return fail(told.error());
  return *matter;
}

Status withdraw_remedy(Transaction& transaction, const Actor& actor, RemedyId id,
                       std::int64_t version, const std::string& reason, Instant now) {
  const auto seen = remedy_seen(transaction, actor, id, now.day());
  if (!seen) return fail(seen.error());
  const auto of = case_to_act_on(transaction, actor, seen->of.id, "case_work");
  if (!of) return of.error().code == "case.not_found" ? missing(id) : fail(of.error());
  if (seen->remedy.state != RemedyState::ordered)
    return fail(ErrorKind::conflict, "remedy.state", std::string(name_of(seen->remedy.state)));
  if (auto right = check_text("remedy.text", "reason", reason); !right) return right;
  if (seen->remedy.matter) {
    // It was sent back: what waits for its maker ends with it.
    const auto matter = duties::find_matter(transaction, actor, *seen->remedy.matter);
    if (!matter) return fail(matter.error());
    if (auto ended = duties::withdraw_matter(transaction, actor, matter->id, matter->version, now);
        !ended)
      return ended;
  }
  const auto updated = store::update_record(
      transaction, {"remedy", "remedy_id", id.value}, version,
      {{"state", name_of(RemedyState::withdrawn)}, {"withdrawn_reason", kept_prose(reason)}},
      actor.stamp(now));
  if (!updated) return updated;
  return tell_of(transaction, actor, *of,
                 {std::string(name_of(seen->remedy.made.kind)) + ".withdrawn",
                  word_of(id),
                  {},
                  {},
                  {{"reason", kept_prose(reason)}}},
                 now);
}

Result<Remedy> find_remedy(Transaction& transaction, const Actor& actor, RemedyId id, Date today) {
  auto seen = remedy_seen(transaction, actor, id, today);
  if (!seen) return fail(seen.error());
  return std::move(seen->remedy);
}

Result<std::vector<Remedy>> list_remedies(Transaction& transaction, const Actor& actor,
                                          std::optional<CaseId> of, Date today) {
  if (of) {
    if (const auto seen = case_to_read(transaction, actor, *of, "case_read"); !seen)
      return fail(seen.error());
  }
  const auto scope = reading_scope(actor, "case_read");
  auto where = scope.condition("r.organisation_id");
  const auto by_case = scope.condition("c.organisation_id");
  where.sql = "(" + where.sql + " OR " + by_case.sql + ")";
  where.values.insert(where.values.end(), by_case.values.begin(), by_case.values.end());
  if (of) {
    where.sql += " AND r.case_id = ?";
    where.values.emplace_back(of->value);
  }
  const auto rows = transaction.query(
      "SELECT r.* FROM remedy r JOIN case_file c ON c.case_id = r.case_id WHERE " + where.sql +
          " ORDER BY r.remedy_id",
      where.values);
  if (!rows) return fail(rows.error());
  std::vector<Remedy> remedies;
  for (const auto& row : *rows) remedies.push_back(remedy_from(row, today));
  return remedies;
}

}  // namespace anlan::cases
