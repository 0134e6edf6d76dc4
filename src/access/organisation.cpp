#include "access/organisation.hpp"

#include <algorithm>
#include <map>

#include "access/told.hpp"

namespace anlan::access {
namespace {

constexpr const char* columns =
    "organisation_id, parent_id, name_zh, name_en, kind, side, region_code, valid_from_on,"
    " valid_to_on, version";

Organisation organisation_of(const store::Row& row) {
  Organisation one;
  one.id = row.text("organisation_id");
  one.parent = row.maybe_text("parent_id").value_or("");
  one.name = {row.text("name_zh"), row.text("name_en")};
  one.kind = row.text("kind");
  one.side = row.text("side");
  one.region_code = row.text("region_code");
  one.valid_from = {static_cast<std::int32_t>(row.integer("valid_from_on"))};
  if (const auto to = row.maybe_integer("valid_to_on")) {
    one.valid_to = Date{static_cast<std::int32_t>(*to)};
  }
  one.version = row.integer("version");
  return one;
}

Status check_organisation(const Organisation& one) {
  const auto wrong = [](const char* what) {
    return fail(ErrorKind::invalid_input, "access.organisation", what);
  };
  constexpr std::size_t longest = 40;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (one.id.empty() || one.id.size() > longest ||
      !std::all_of(one.id.begin(), one.id.end(), letter)) {
    return wrong("id: expected a-z, 0-9, - and _, at most 40");
  }
  if (one.name.zh.empty() || one.name.en.empty()) return wrong("name: expected zh and en");
  const std::set<std::string> kinds = {"bureau", "division", "district", "agency", "centre"};
  if (!kinds.contains(one.kind)) {
    return wrong("kind: expected bureau, division, district, agency or centre");
  }
  const std::set<std::string> sides = {"policy", "handling", "information", "supervision"};
  if (!sides.contains(one.side)) {
    return wrong("side: expected policy, handling, information or supervision");
  }
  if (one.valid_to && *one.valid_to < one.valid_from) return wrong("valid_to: before valid_from");
  return {};
}

std::optional<std::int64_t> days_of(const std::optional<Date>& date) {
  return date ? std::optional<std::int64_t>(date->days) : std::nullopt;
}

Status insert_organisation(store::Transaction& transaction, const Actor& actor,
                           const Organisation& organisation, Instant at) {
  if (auto right = organisation.parent.empty()
                       ? actor.check("organisation_manage")
                       : actor.check("organisation_manage", organisation.parent);
      !right) {
    return right;
  }
  // A second top would be an authority of its own, beside the scope of whoever adds it.
  if (organisation.parent.empty() && !actor.scope().is_everything()) {
    return fail(ErrorKind::forbidden, "access.no_right", "organisation_manage");
  }
  if (auto sound = check_organisation(organisation); !sound) return sound;
  if (!organisation.parent.empty()) {
    const auto parent = find_organisation(transaction, actor, organisation.parent);
    if (!parent) return fail(parent.error());
  }
  const auto there = transaction.query_one(
      "SELECT 1 AS n FROM organisation WHERE organisation_id = ?", {organisation.id});
  if (!there) return fail(there.error());
  if (*there) return fail(ErrorKind::conflict, "access.organisation_exists", organisation.id);
  const auto added = store::insert_record(
      transaction, "organisation", "organisation_id",
      {{"organisation_id", organisation.id},
       {"parent_id", organisation.parent.empty() ? store::Value() : organisation.parent},
       {"name_zh", organisation.name.zh},
       {"name_en", organisation.name.en},
       {"kind", organisation.kind},
       {"side", organisation.side},
       {"region_code", organisation.region_code},
       {"valid_from_on", organisation.valid_from.days},
       {"valid_to_on", days_of(organisation.valid_to)}},
      actor.stamp(at));
  if (!added) return fail(added.error());
  return {};
}

}  // namespace

Result<std::vector<Organisation>> list_organisations(store::Transaction& transaction,
                                                     const Actor& actor) {
  const auto seen = actor.scope().condition("organisation_id");
  const auto rows =
      transaction.query(std::string("SELECT ") + columns + " FROM organisation WHERE " + seen.sql +
                            " ORDER BY organisation_id",
                        seen.values);
  if (!rows) return fail(rows.error());
  std::map<std::string, Organisation> all;
  std::map<std::string, std::vector<std::string>> children;
  for (const auto& row : *rows) {
    auto one = organisation_of(row);
    all.emplace(one.id, std::move(one));
  }
  for (const auto& [id, one] : all)
    children[all.contains(one.parent) ? one.parent : ""].push_back(id);

  std::vector<Organisation> sorted;
  std::vector<std::string> next(children[""].rbegin(), children[""].rend());
  while (!next.empty()) {
    const auto id = next.back();
    next.pop_back();
    sorted.push_back(all.at(id));
    const auto& below = children[id];
    next.insert(next.end(), below.rbegin(), below.rend());
  }
  return sorted;
}

Result<Organisation> find_organisation(store::Transaction& transaction, const Actor& actor,
                                       const std::string& id) {
  const auto seen = actor.scope().condition("organisation_id");
  auto values = seen.values;
  values.emplace_back(id);
  const auto row =
      transaction.query_one(std::string("SELECT ") + columns + " FROM organisation WHERE " +
                                seen.sql + " AND organisation_id = ?",
                            values);
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "access.no_organisation", id);
  return organisation_of(**row);
}

Status check_right_in(store::Transaction& transaction, const Actor& actor, std::string_view right,
                      const std::string& organisation) {
  const auto there = find_organisation(transaction, actor, organisation);
  if (!there) return fail(there.error());
  return actor.check(right, organisation);
}

Status add_organisation(store::Transaction& transaction, const Actor& actor,
                        const Organisation& organisation, Instant at) {
  if (auto done = insert_organisation(transaction, actor, organisation, at); !done) return done;
  return told(transaction, actor, at,
              {.act = "organisation.added",
               .subject = "organisation:" + organisation.id,
               .refs = {{"kind", organisation.kind}, {"side", organisation.side}}});
}

Status change_organisation(store::Transaction& transaction, const Actor& actor,
                           const Organisation& organisation, Instant at) {
  if (auto right = actor.check("organisation_manage", organisation.id); !right) return right;
  const auto there = find_organisation(transaction, actor, organisation.id);
  if (!there) return fail(there.error());
  if (auto sound = check_organisation(organisation); !sound) return sound;
  if (organisation.parent != there->parent || organisation.kind != there->kind) {
    return fail(ErrorKind::invalid_input, "access.organisation",
                "parent and kind stay; end this one and add another");
  }
  const auto changed = store::update_record(
      transaction, {"organisation", "organisation_id", organisation.id}, organisation.version,
      {{"name_zh", organisation.name.zh},
       {"name_en", organisation.name.en},
       {"side", organisation.side},
       {"region_code", organisation.region_code},
       {"valid_from_on", organisation.valid_from.days},
       {"valid_to_on", days_of(organisation.valid_to)}},
      actor.stamp(at));
  if (!changed) return changed;
  return told(transaction, actor, at,
              {.act = "organisation.changed",
               .subject = "organisation:" + organisation.id,
               .refs = {{"side", organisation.side}},
               .counts = {{"version", organisation.version + 1}}});
}

Result<int> import_organisations(store::Transaction& transaction, const Actor& actor,
                                 const std::vector<Organisation>& organisations, Instant at) {
  int added = 0;
  for (const auto& one : organisations) {
    const auto there = transaction.query_one(
        "SELECT 1 AS n FROM organisation WHERE organisation_id = ?", {one.id});
    if (!there) return fail(there.error());
    if (*there) continue;
    if (auto done = insert_organisation(transaction, actor, one, at); !done) {
      return fail(done.error());
    }
    ++added;
  }
  if (added == 0) return added;
  const auto said =
      told(transaction, actor, at, {.act = "organisations.imported", .counts = {{"added", added}}});
  if (!said) return fail(said.error());
  return added;
}

Result<std::string> reached_from(store::Transaction& transaction, const std::string& organisation,
                                 bool whole_authority) {
  if (!whole_authority) return organisation;
  const auto row = transaction.query_one(
      "SELECT parent_id FROM organisation WHERE organisation_id = ? AND side = 'supervision'"
      " AND parent_id IS NOT NULL",
      {organisation});
  if (!row) return fail(row.error());
  return *row ? (*row)->text("parent_id") : organisation;
}

Result<std::set<std::string>> organisations_below(store::Transaction& transaction,
                                                  const std::string& top) {
  const auto rows = transaction.query(
      "WITH RECURSIVE below (organisation_id) AS ("
      " SELECT organisation_id FROM organisation WHERE organisation_id = ?"
      " UNION SELECT o.organisation_id FROM organisation o"
      " JOIN below b ON o.parent_id = b.organisation_id)"
      " SELECT organisation_id FROM below",
      {top});
  if (!rows) return fail(rows.error());
  std::set<std::string> found;
  for (const auto& row : *rows) found.insert(row.text("organisation_id"));
  return found;
}

}  // namespace anlan::access
