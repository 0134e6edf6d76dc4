#include "cases/bulk.hpp"

namespace anlan::cases {
namespace {

/// `act(transaction, item, answer)` for each item, in a transaction of its own.
template <class Item, class Name, class Act>
Result<std::vector<BulkAnswer>> each(store::Database& database, const std::vector<Item>& items,
                                     Name&& name, Act&& act) {
  if (items.empty() || items.size() > bulk_max)
    return fail(ErrorKind::invalid_input, "case.bulk", std::to_string(items.size()));
  std::vector<BulkAnswer> answers;
  for (const auto& item : items) {
    BulkAnswer answer;
    answer.item = name(item);
    const auto done = database.write(
        [&](store::Transaction& transaction) -> Status { return act(transaction, item, answer); });
    if (!done) answer = BulkAnswer{answer.item, done.error(), 0, {}, {}};
    answers.push_back(std::move(answer));
  }
  return answers;
}

const std::string& id_of(const SeenLead& lead) {
  return lead.lead_id;
}

}  // namespace

Result<std::vector<BulkAnswer>> screen_all(store::Database& database, const access::Actor& actor,
                                           const catalog::Catalog& catalog,
                                           const std::vector<SeenLead>& leads, Instant now) {
  return each(database, leads, id_of,
              [&](store::Transaction& tx, const SeenLead& seen, BulkAnswer& answer) -> Status {
                const auto lead = screen(tx, actor, catalog, seen.lead_id, seen.version, now);
                if (!lead) return fail(lead.error());
                answer.version = lead->version;
                return {};
              });
}

Result<std::vector<BulkAnswer>> propose_dismissal_of_all(store::Database& database,
                                                         const access::Actor& actor,
                                                         const catalog::Catalog& catalog,
                                                         const std::vector<SeenLead>& leads,
                                                         const std::string& reason, Instant now) {
  return each(database, leads, id_of,
              [&](store::Transaction& tx, const SeenLead& seen, BulkAnswer& answer) -> Status {
                const auto matter =
                    propose_dismissal(tx, actor, catalog, seen.lead_id, seen.version, reason, now);
                if (!matter) return fail(matter.error());
                answer.matter = *matter;
                answer.version = seen.version + 1;
                return {};
              });
}

Result<std::vector<BulkAnswer>> merge_all(store::Database& database, const access::Actor& actor,
                                          const catalog::Catalog& catalog,
                                          const std::vector<SeenLead>& leads, Instant now) {
  return each(database, leads, id_of,
              [&](store::Transaction& tx, const SeenLead& seen, BulkAnswer& answer) -> Status {
                const auto file = merge(tx, actor, catalog, {seen}, now);
                if (!file) return fail(file.error());
                answer.case_id = file->id;
                answer.version = file->version;
                return {};
              });
}

Result<std::vector<BulkAnswer>> dispatch_all(store::Database& database, const access::Actor& actor,
                                             const catalog::Catalog& catalog,
                                             const std::vector<SeenCase>& cases, const Dispatch& to,
                                             Instant now) {
  return each(
      database, cases, [](const SeenCase& seen) { return word_of(seen.id); },
      [&](store::Transaction& tx, const SeenCase& seen, BulkAnswer& answer) -> Status {
        const auto file = dispatch(tx, actor, catalog, seen.id, seen.version, to, now);
        if (!file) return fail(file.error());
        answer.case_id = file->id;
        answer.version = file->version;
        return {};
      });
}

}  // namespace anlan::cases
