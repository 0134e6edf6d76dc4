#include "jobs/source.hpp"

#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "base/text.hpp"
#include "journal/outbox.hpp"
#include "store/record.hpp"

namespace anlan::jobs {
namespace {

constexpr int grace_days_max = 365;
constexpr std::size_t document_bytes_max = 200;

/// Frequencies, as days or as months.
struct Span {
  std::string_view frequency;
  int days;
  int months;
};
constexpr Span spans[] = {
    {"daily", 1, 0}, {"weekly", 7, 0}, {"monthly", 0, 1}, {"quarterly", 0, 3}, {"yearly", 0, 12}};

const Span* span_of(std::string_view frequency) {
  const auto* found = std::find_if(std::begin(spans), std::end(spans),
                                   [&](const Span& one) { return one.frequency == frequency; });
  return found == std::end(spans) ? nullptr : found;
}

const catalog::Table* external_table(const catalog::Catalog& catalog, const std::string& name) {
  const auto* table = catalog.table(name);
  return table == nullptr || table->group != "external" ? nullptr : table;
}

/// "2018-12-01T08:00:00+08:00": the day of it.
std::optional<Date> day_of(const std::string& received_at) {
  const auto day = parse_date(received_at.substr(0, 10));
  return day ? std::optional(*day) : std::nullopt;
}

/// What is set in the desk, by table; one without a frequency is there too, for its version.
Result<std::map<std::string, Agreement>> agreements_set(store::Transaction& transaction) {
  const auto rows = transaction.query("SELECT * FROM source_agreement");
  if (!rows) return fail(rows.error());
  std::map<std::string, Agreement> set;
  for (const auto& row : *rows) {
    Agreement one{.table = row.text("source_table"),
                  .frequency = row.maybe_text("frequency").value_or(""),
                  .grace_days = static_cast<int>(row.integer("grace_days")),
                  .sure = "agreed",
                  .document = row.text("document"),
                  .agreed_on = Date{static_cast<std::int32_t>(row.integer("agreed_on"))},
                  .set_by = row.text("set_by"),
                  .version = row.integer("version")};
    set.emplace(one.table, std::move(one));
  }
  return set;
}

Agreement agreement_of(const catalog::Table& table, const catalog::Catalog& catalog,
                       const std::map<std::string, Agreement>& set) {
  const auto found = set.find(table.name);
  if (found != set.end() && !found->second.frequency.empty()) return found->second;
  Agreement template_one{.table = table.name, .frequency = table.frequency, .sure = "assumed"};
  if (const auto* terms = catalog.monitoring.source(table.name)) {
    template_one.grace_days = terms->grace_days;
    template_one.sure = terms->sure;
  }
  if (found != set.end()) template_one.version = found->second.version;
  return template_one;
}

Status check_new(const catalog::Catalog& catalog, const NewAgreement& agreement) {
  if (external_table(catalog, agreement.table) == nullptr)
    return fail(ErrorKind::not_found, "source.not_found", agreement.table);
  if (agreement.grace_days < 0 || agreement.grace_days > grace_days_max)
    return fail(ErrorKind::invalid_input, "source.grace", "expected 0 to 365 days");
  if (agreement.frequency.empty()) return {};
  if (span_of(agreement.frequency) == nullptr)
    return fail(ErrorKind::invalid_input, "source.frequency", agreement.frequency);
  if (trim(agreement.document).empty() || agreement.document.size() > document_bytes_max)
    return fail(ErrorKind::invalid_input, "source.document", "its number or title");
  return {};
}

}  // namespace

std::string_view name_of(Freshness freshness) {
  switch (freshness) {
    case Freshness::none:
      return "none";
    case Freshness::fresh:
      return "fresh";
    case Freshness::due:
      return "due";
    case Freshness::late:
      break;
  }
  return "late";
}

Date due_after(std::string_view frequency, Date received) {
  const auto* span = span_of(frequency);
  CHECK(span != nullptr);  // whoever sets one is checked
  if (span->months == 0) return Date{received.days + span->days};
  const auto month = received.month().plus(span->months);
  const auto last = last_day(month);
  const auto day = static_cast<unsigned>(received.ymd().day());
  const auto same = Date{Date::of(month.year(), month.month(), 1).days + static_cast<int>(day) - 1};
  return std::min(same, last);
}

Source source_on(const Agreement& agreement, const Title& departments,
                 const std::vector<lake::Delivery>& deliveries, Date today) {
  Source source{.agreement = agreement, .departments = departments};
  const lake::Delivery* newest = nullptr;
  for (const auto& one : deliveries) {
    if (!one.active || one.manifest.table != agreement.table) continue;
    if (newest == nullptr || newest->manifest.received_at < one.manifest.received_at) newest = &one;
  }
  if (newest == nullptr) return source;
  source.received_on = day_of(newest->manifest.received_at);
  source.delivery = newest->manifest.id;
  source.period = newest->manifest.period;
  source.rows_loaded = newest->manifest.rows_loaded;
  source.rows_rejected = newest->manifest.rows_rejected;
  if (!source.received_on) return source;
  source.due_on = due_after(agreement.frequency, *source.received_on);
  const int over = today.days - source.due_on->days;
  source.days_late = std::max(over - agreement.grace_days, 0);
  source.freshness = over <= 0               ? Freshness::fresh
                     : source.days_late == 0 ? Freshness::due
                                             : Freshness::late;
  return source;
}

Result<std::vector<Source>> list_sources(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         const catalog::Catalog& catalog,
                                         const std::vector<lake::Delivery>& deliveries,
                                         Date today) {
  std::vector<Source> sources;
  if (auto allowed = check_over_all(transaction, actor, right_read); !allowed) {
    if (allowed.error().kind == ErrorKind::forbidden) return sources;
    return fail(allowed.error());
  }
  const auto set = agreements_set(transaction);
  if (!set) return fail(set.error());
  for (const auto& table : catalog.tables) {
    if (table.group != "external") continue;
    const auto* terms = catalog.monitoring.source(table.name);
    sources.push_back(source_on(agreement_of(table, catalog, *set),
                                terms == nullptr ? table.title : terms->departments, deliveries,
                                today));
  }
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    if (a.days_late != b.days_late) return a.days_late > b.days_late;
    return a.agreement.table < b.agreement.table;
  });
  return sources;
}

Status set_agreement(store::Transaction& transaction, const access::Actor& actor,
                     const catalog::Catalog& catalog, const NewAgreement& agreement,
                     std::int64_t version, Instant at) {
  if (auto allowed = check_over_all(transaction, actor, right_source); !allowed) return allowed;
  if (auto sound = check_new(catalog, agreement); !sound) return sound;
  const auto set = agreements_set(transaction);
  if (!set) return fail(set.error());
  const bool is_back = agreement.frequency.empty();
  store::Fields fields = {
      {"frequency", is_back ? store::Value() : store::Value(agreement.frequency)},
      {"grace_days", agreement.grace_days},
      {"document", is_back ? std::string() : agreement.document},
      {"agreed_on", agreement.agreed_on.days},
      {"set_by", actor.who()}};
  const auto there = set->find(agreement.table);
  if (there == set->end()) {
    if (version != 0) return fail(ErrorKind::not_found, "source.not_found", agreement.table);
    if (is_back) return {};  // it is what counts
    fields.emplace_back("source_table", agreement.table);
    const auto made = store::insert_record(transaction, "source_agreement", "source_table", fields,
                                           actor.stamp(at));
    if (!made) return fail(made.error());
  } else {
    if (version == 0) return fail(ErrorKind::conflict, "source.exists", agreement.table);
    const auto changed =
        store::update_record(transaction, {"source_agreement", "source_table", agreement.table},
                             version, fields, actor.stamp(at));
    if (!changed) return changed;
  }
  journal::Act act{.act = is_back ? "source.template" : "source.agreed",
                   .who = actor.who(),
                   .subject = "source:" + agreement.table};
  if (!is_back) {
    act.refs["frequency"] = agreement.frequency;
    act.refs["agreed_on"] = format_date(agreement.agreed_on);
    act.counts["grace_days"] = agreement.grace_days;
    act.personal["document"] = agreement.document;
  }
  if (actor.person()) act.refs["person"] = access::word_of(*actor.person());
  return journal::tell(transaction, act, at);
}

}  // namespace anlan::jobs
