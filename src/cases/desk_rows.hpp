#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cases/case_file.hpp"
#include "cases/tally.hpp"
#include "store/record.hpp"

namespace anlan::cases {

// Rows of the tables as values and back. Inside this folder only: whoever acts has been checked.

/// So many working days after `from`.
Due due_after(const fund::WorkCalendar& calendar, Date from, int working_days);
/// Working days from `from` to `to`, 0 if `to` is not later.
int working_days_between(const fund::WorkCalendar& calendar, Date from, Date to);

std::string queue_key(const DeskLead& lead);

DeskLead lead_from(const store::Row& row);
CaseFile case_from(const store::Row& row);
CaseEvent event_from(const store::Row& row);

/// Nothing if there is none.
Result<std::optional<DeskLead>> load_lead(store::Transaction& transaction,
                                          const std::string& lead_id);
Result<std::optional<CaseFile>> load_case(store::Transaction& transaction, CaseId id);
/// By id.
Result<std::vector<DeskLead>> load_leads_of(store::Transaction& transaction, CaseId id);

/// Puts a lead as it is now over what it was; `after` gets its new version.
/// Errors: conflict "store.stale"; of Transaction.
Status save_lead(store::Transaction& transaction, const DeskLead& before, DeskLead& after,
                 const store::Stamp& stamp, Tally& tally);
Status save_case(store::Transaction& transaction, const CaseFile& before, CaseFile& after,
                 const store::Stamp& stamp);

/// Of a lead without a matter of people: columns and values for inserting it.
store::Fields new_lead_fields(const DeskLead& lead);

Status add_event(store::Transaction& transaction, const CaseEvent& event);

/// The top of the authority's tree. Errors: conflict "case.no_organisation".
Result<std::string> top_organisation(store::Transaction& transaction);

}  // namespace anlan::cases
