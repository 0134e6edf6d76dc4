#pragma once

#include "cases/case_file.hpp"
#include "server/desk.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

// How leads and cases of the desk stand in answers.

Json desk_lead_json(const cases::DeskLead& lead, const Desk& desk);
Json case_json(const cases::CaseFile& file);
Json case_event_json(const cases::CaseEvent& event);
Json month_number_json(std::int32_t month);

}  // namespace anlan::server
