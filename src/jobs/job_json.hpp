#pragma once

#include <nlohmann/json.hpp>

#include "jobs/job.hpp"
#include "jobs/schedule.hpp"
#include "jobs/source.hpp"

namespace anlan::jobs {

// How the command line and the API show these: the same words for both.

nlohmann::ordered_json json_of(const Job& job);
nlohmann::ordered_json json_of(const Schedule& schedule);
nlohmann::ordered_json json_of(const Source& source);

}  // namespace anlan::jobs
