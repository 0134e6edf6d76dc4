#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>

#include "cases/desk_rows.hpp"

namespace anlan::cases {
namespace {

using store::Value;

/// A part of a WHERE with its values.
struct Part {
  std::string sql;
  std::vector<Value> values;

  void add(const std::string& more, const std::vector<Value>& with) {
    if (!sql.empty()) sql += " AND ";
    sql += more;
    values.insert(values.end(), with.begin(), with.end());
  }
  void among(const std::string& column, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return;
    add(column + " IN (" + store::placeholders(wanted.size()) + ")",
        {wanted.begin(), wanted.end()});
  }
};

/// How an order looks at the rows.
struct Way {
  std::string key;     ///< the column
  std::string sorted;  ///< ORDER BY
  bool down = false;
  bool unique = false;  ///< the key alone is enough
};

Way way_of(LeadOrder order) {
  switch (order) {
    case LeadOrder::score_down:
      return {"score_tenths", "score_tenths DESC, lead_id DESC", true, false};
    case LeadOrder::amount_down:
      return {"amount_fen", "amount_fen DESC, lead_id DESC", true, false};
    case LeadOrder::due:
      return {"due_on", "due_on, lead_id", false, false};
    case LeadOrder::queue:
      break;
  }
  return {"queue_key", "queue_key", false, true};
}

struct Key {
  Value key;
  std::string lead_id;
};

std::int64_t number_of(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value.held());
  return number == nullptr ? 0 : *number;
}
std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.held());
  return text == nullptr ? std::to_string(number_of(value)) : *text;
}

bool comes_before(const Key& a, const Key& b, const Way& way) {
  if (way.unique) return text_of(a.key) < text_of(b.key);
  const auto one = std::pair(number_of(a.key), a.lead_id);
  const auto other = std::pair(number_of(b.key), b.lead_id);
  return way.down ? one > other : one < other;
}

Result<Part> behind(const Way& way, const std::optional<LeadPlace>& after) {
  Part part;
  if (!after) return part;
  if (way.unique) {
    part.add("queue_key > ?", {after->key});
    return part;
  }
  std::int64_t number = 0;
  const auto* end = after->key.data() + after->key.size();
  const auto read = std::from_chars(after->key.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end)
    return fail(ErrorKind::invalid_input, "lead.place", "expected a number and a lead's id");
  part.add("(" + way.key + ", lead_id) " + (way.down ? "<" : ">") + " (?, ?)",
           {number, after->lead_id});
  return part;
}

/// The organisations and states in which the filter has leads, and how many leads lie there with
/// and without its other conditions.
struct Places {
  struct Place {
    std::string organisation;
    std::string state;
    std::int64_t matching = 0;
    std::int64_t leads = 0;
  };
  std::vector<Place> with_leads;
  LeadTotals totals;
  std::int64_t leads = 0;  ///< of all places
};

Part scope_part(const access::Scope& scope, const LeadFilter& filter,
                const std::string& organisation) {
  Part where;
  auto in_scope = scope.condition(organisation);
  where.add(in_scope.sql, in_scope.values);
  where.among(organisation, filter.organisations);
  return where;
}

Result<Places> places_of(store::Transaction& transaction, const access::Scope& scope,
                         const LeadFilter& filter) {
  // A condition of the filter that counts a row or not, as 1 or 0.
  Part fits;
  fits.among("code", filter.codes);
  fits.among("severity", filter.severities);
  const std::string fitting = fits.sql.empty() ? "1 = 1" : fits.sql;
  auto where = scope_part(scope, filter, "organisation_id");
  where.among("state", filter.states);
  std::vector<Value> values;
  for (int i = 0; i < 3; ++i) values.insert(values.end(), fits.values.begin(), fits.values.end());
  values.insert(values.end(), where.values.begin(), where.values.end());
  const auto rows = transaction.query(
      "SELECT organisation_id, state, sum(leads) AS leads,"
      " sum(CASE WHEN " +
          fitting +
          " THEN leads ELSE 0 END) AS matching,"
          " sum(CASE WHEN " +
          fitting +
          " THEN amount_fen ELSE 0 END) AS amount_fen,"
          " sum(CASE WHEN " +
          fitting +
          " THEN expected_fen ELSE 0 END) AS expected_fen"
          " FROM lead_count WHERE " +
          where.sql + " GROUP BY organisation_id, state ORDER BY organisation_id, state",
      values);
  if (!rows) return fail(rows.error());
  Places places;
  for (const auto& row : *rows) {
    const auto matching = row.integer("matching");
    if (matching == 0) continue;
    places.with_leads.push_back(
        {row.text("organisation_id"), row.text("state"), matching, row.integer("leads")});
    places.leads += row.integer("leads");
    places.totals.leads += matching;
    places.totals.amount_fen += row.integer("amount_fen");
    places.totals.expected_fen += row.integer("expected_fen");
  }
  return places;
}

/// How many leads of these codes there are in these states, wherever.
Result<std::int64_t> leads_of_codes(store::Transaction& transaction,
                                    const std::vector<std::string>& codes,
                                    const std::vector<std::string>& states) {
  Part where;
  where.among("code", codes);
  where.among("state", states);
  const auto row = transaction.query_one(
      "SELECT coalesce(sum(leads), 0) AS leads FROM lead_count WHERE " + where.sql, where.values);
  if (!row) return fail(row.error());
  return (*row)->integer("leads");
}

/// One range of an index that is in the wanted order already.
Status read_branch(store::Transaction& transaction, const Part& branch, const Part& rest,
                   const Way& way, std::size_t limit, std::vector<Key>& keys) {
  auto where = branch;
  if (!rest.sql.empty()) where.add(rest.sql, rest.values);
  auto values = where.values;
  values.emplace_back(limit);
  const auto rows = transaction.query("SELECT " + way.key + " AS k, lead_id FROM lead WHERE " +
                                          where.sql + " ORDER BY " + way.sorted + " LIMIT ?",
                                      values);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) keys.push_back({row.at("k"), row.text("lead_id")});
  return {};
}

// A column in this dress is looked at, and no index is chosen for its sake.
constexpr const char* plain_code = "(code || '')";
constexpr const char* plain_organisation = "(organisation_id || '')";

/// The first `limit` leads of the filter, from the ranges of the index that promises least work.
Result<std::vector<Key>> first_keys(store::Transaction& transaction, const access::Scope& scope,
                                    const LeadFilter& filter, const Places& places, const Way& way,
                                    const Part& after, std::size_t limit) {
  std::vector<Key> keys;
  if (places.totals.leads == 0) return keys;
  std::set<std::string> state_set;
  for (const auto& place : places.with_leads) state_set.insert(place.state);
  const std::vector<std::string> states(state_set.begin(), state_set.end());

  // Rows looked at until a page is full, if those that fit lie anywhere among the others.
  const auto work = [&](std::int64_t of) {
    const auto a_row = static_cast<double>(of) / static_cast<double>(places.totals.leads);
    return std::min(static_cast<double>(of), a_row * static_cast<double>(limit));
  };
  double by_code = std::numeric_limits<double>::infinity();
  if (!filter.codes.empty()) {
    const auto leads = leads_of_codes(transaction, filter.codes, states);
    if (!leads) return fail(leads.error());
    // Its index is in the order of the queue; for another order all are read.
    by_code = way.unique ? work(*leads) : static_cast<double>(*leads);
  }

  if (by_code < work(places.leads)) {
    auto rest = scope_part(scope, filter, plain_organisation);
    rest.among("severity", filter.severities);
    if (way.unique) {
      if (!after.sql.empty()) rest.add(after.sql, after.values);
      for (const auto& code : filter.codes) {
        for (const auto& state : states) {
          Part branch;
          branch.add("code = ? AND state = ?", {code, state});
          if (auto read = read_branch(transaction, branch, rest, way, limit, keys); !read)
            return fail(read.error());
        }
      }
      return keys;
    }
    Part where;
    where.among("code", filter.codes);
    where.among("state", states);
    where.add(rest.sql, rest.values);
    const auto rows = transaction.query(
        "WITH picked AS MATERIALIZED (SELECT " + way.key + ", lead_id FROM lead WHERE " +
            where.sql + ") SELECT " + way.key + " AS k, lead_id FROM picked" +
            (after.sql.empty() ? "" : " WHERE " + after.sql) + " ORDER BY " + way.sorted +
            " LIMIT ?",
        [&] {
          auto values = where.values;
          values.insert(values.end(), after.values.begin(), after.values.end());
          values.emplace_back(limit);
          return values;
        }());
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) keys.push_back({row.at("k"), row.text("lead_id")});
    return keys;
  }

  Part rest;
  rest.among(plain_code, filter.codes);
  rest.among("severity", filter.severities);
  if (!after.sql.empty()) rest.add(after.sql, after.values);
  for (const auto& place : places.with_leads) {
    Part branch;
    branch.add("organisation_id = ? AND state = ?", {place.organisation, place.state});
    if (auto read = read_branch(transaction, branch, rest, way, limit, keys); !read)
      return fail(read.error());
  }
  return keys;
}

bool is_about_one(const LeadFilter& filter) {
  return filter.case_id || filter.subject;
}

/// Everything a filter says, for one case or subject, of which there are few leads.
Part whole_filter(const access::Scope& scope, const LeadFilter& filter) {
  auto where = scope_part(scope, filter, plain_organisation);
  where.among("state", filter.states);
  where.among(plain_code, filter.codes);
  where.among("severity", filter.severities);
  if (filter.case_id) where.add("case_id = ?", {filter.case_id->value});
  if (filter.subject) where.add("subject_blind = ?", {filter.subject->value()});
  return where;
}

Result<LeadTotals> totals_of_one(store::Transaction& transaction, const Part& where) {
  const auto row = transaction.query_one(
      "SELECT count(*) AS leads, coalesce(sum(amount_fen), 0) AS amount_fen,"
      " coalesce(sum(expected_fen), 0) AS expected_fen FROM lead WHERE " +
          where.sql,
      where.values);
  if (!row) return fail(row.error());
  return LeadTotals{(*row)->integer("leads"), (*row)->integer("amount_fen"),
                    (*row)->integer("expected_fen")};
}

/// The rows of these ids, in their order.
Status read_leads(store::Transaction& transaction, const std::vector<Key>& keys,
                  std::vector<DeskLead>& leads) {
  if (keys.empty()) return {};
  std::vector<Value> ids;
  for (const auto& key : keys) ids.emplace_back(key.lead_id);
  const auto rows = transaction.query(
      "SELECT * FROM lead WHERE lead_id IN (" + store::placeholders(ids.size()) + ")", ids);
  if (!rows) return fail(rows.error());
  std::map<std::string, const store::Row*> by_id;
  for (const auto& row : *rows) by_id[row.text("lead_id")] = &row;
  for (const auto& key : keys) {
    if (const auto found = by_id.find(key.lead_id); found != by_id.end())
      leads.push_back(lead_from(*found->second));
  }
  return {};
}

}  // namespace

access::Scope readable_leads(const access::Actor& actor) {
  return actor.how() == access::Authenticated::console ? actor.scope()
                                                       : actor.scope_of("lead_read");
}

Result<LeadPage> list_leads(store::Transaction& transaction, const access::Actor& actor,
                            const LeadFilter& filter, LeadOrder order,
                            const std::optional<LeadPlace>& after, std::size_t limit) {
  const auto scope = readable_leads(actor);
  const auto way = way_of(order);
  const auto behind_it = behind(way, after);
  if (!behind_it) return fail(behind_it.error());
  LeadPage page;
  std::vector<Key> keys;
  if (is_about_one(filter)) {
    const auto where = whole_filter(scope, filter);
    const auto totals = totals_of_one(transaction, where);
    if (!totals) return fail(totals.error());
    page.totals = *totals;
    if (auto read = read_branch(transaction, where, *behind_it, way, limit + 1, keys); !read)
      return fail(read.error());
  } else {
    const auto places = places_of(transaction, scope, filter);
    if (!places) return fail(places.error());
    page.totals = places->totals;
    auto found = first_keys(transaction, scope, filter, *places, way, *behind_it, limit + 1);
    if (!found) return fail(found.error());
    keys = std::move(*found);
    std::sort(keys.begin(), keys.end(),
              [&](const Key& a, const Key& b) { return comes_before(a, b, way); });
  }
  const bool more = keys.size() > limit;
  if (more) keys.resize(limit);
  if (auto read = read_leads(transaction, keys, page.leads); !read) return fail(read.error());
  if (more && !keys.empty()) page.next = LeadPlace{text_of(keys.back().key), keys.back().lead_id};
  return page;
}

Result<LeadTotals> count_leads(store::Transaction& transaction, const access::Actor& actor,
                               const LeadFilter& filter) {
  const auto scope = readable_leads(actor);
  if (is_about_one(filter)) return totals_of_one(transaction, whole_filter(scope, filter));
  const auto places = places_of(transaction, scope, filter);
  if (!places) return fail(places.error());
  return places->totals;
}

Result<DeskLead> find_lead(store::Transaction& transaction, const access::Actor& actor,
                           const std::string& lead_id) {
  auto lead = load_lead(transaction, lead_id);
  if (!lead) return fail(lead.error());
  if (!*lead || !readable_leads(actor).has((*lead)->organisation))
    return fail(ErrorKind::not_found, "lead.not_found", lead_id);
  return std::move(**lead);
}

Result<std::vector<CaseEvent>> lead_events(store::Transaction& transaction,
                                           const access::Actor& actor, const std::string& lead_id) {
  const auto lead = find_lead(transaction, actor, lead_id);
  if (!lead) return fail(lead.error());
  // What was done to a case while the lead was in it: between its merging and its leaving.
  const auto rows = transaction.query(
      "SELECT e.* FROM case_event e WHERE e.lead_id = ? OR (e.lead_id IS NULL AND e.case_id IN"
      " (SELECT m.case_id FROM case_event m WHERE m.lead_id = ? AND m.act = 'merge')"
      " AND e.event_id > (SELECT min(m.event_id) FROM case_event m WHERE m.lead_id = ?"
      " AND m.act = 'merge' AND m.case_id = e.case_id)"
      " AND NOT EXISTS (SELECT 1 FROM case_event x WHERE x.lead_id = ? AND x.act = 'recur'"
      " AND x.case_id = e.case_id AND x.event_id < e.event_id))"
      " ORDER BY e.event_id",
      {lead_id, lead_id, lead_id, lead_id});
  if (!rows) return fail(rows.error());
  std::vector<CaseEvent> events;
  for (const auto& row : *rows) events.push_back(event_from(row));
  return events;
}

}  // namespace anlan::cases
