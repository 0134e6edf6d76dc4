#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/month.hpp"
#include "catalog/catalog.hpp"
#include "jobs/job.hpp"
#include "lake/deliveries.hpp"
#include "store/database.hpp"

namespace anlan::jobs {

constexpr std::string_view right_source = "source_manage";

/// What was agreed with a source, and how well that is known.
struct Agreement {
  std::string table;
  std::string frequency;  ///< daily | weekly | monthly | quarterly | yearly
  int grace_days = 0;
  std::string sure;      ///< "agreed" if it was set here, else as the catalog says: "assumed"
  std::string document;  ///< "" if it is the catalog's
  std::optional<Date> agreed_on;
  std::string set_by;
  std::int64_t version = 0;  ///< of the record; 0: there never was one
};

enum class Freshness {
  none,   ///< nothing was ever received
  fresh,  ///< the next delivery is not due yet
  due,    ///< due, in the days of grace
  late,
};
std::string_view name_of(Freshness freshness);

/// An external source as it stands on a day.
struct Source {
  Agreement agreement;
  Title departments;
  Freshness freshness = Freshness::none;
  std::optional<Date> received_on;  ///< the newest delivery in force
  std::string delivery;             ///< its id
  std::string period;               ///< what it is of, if it says
  std::int64_t rows_loaded = 0;
  std::int64_t rows_rejected = 0;
  std::optional<Date> due_on;  ///< the last day on which the next one is not due yet
  int days_late = 0;           ///< beyond due_on and grace
};

/// The last day on which no new delivery is due, after one was received on `received`: so many days
/// or months later, at most the last day of that month. Pure.
Date due_after(std::string_view frequency, Date received);

/// How a source stands: pure. `deliveries`: those in force, of any table.
Source source_on(const Agreement& agreement, const Title& departments,
                 const std::vector<lake::Delivery>& deliveries, Date today);

/// All external sources: the late ones first, those latest first; then by table. Who may not read
/// jobs of the whole authority finds none. Errors: of lake::list_deliveries, store::Transaction.
Result<std::vector<Source>> list_sources(store::Transaction& transaction,
                                         const access::Actor& actor,
                                         const catalog::Catalog& catalog,
                                         const std::vector<lake::Delivery>& deliveries, Date today);

struct NewAgreement {
  std::string table;
  std::string frequency;  ///< "": what the catalog has counts again
  int grace_days = 0;
  std::string document;  ///< number of the agreement; "" only without a frequency
  Date agreed_on;
};
/// Sets what was agreed with a source; `version` 0: nothing was set before. Needs "source_manage".
/// Errors: not_found "source.not_found"; invalid_input "source.frequency", "source.grace",
/// "source.document"; conflict "source.exists", "store.stale"; forbidden "access.no_right"; of
/// Transaction.
Status set_agreement(store::Transaction& transaction, const access::Actor& actor,
                     const catalog::Catalog& catalog, const NewAgreement& agreement,
                     std::int64_t version, Instant at);

}  // namespace anlan::jobs
