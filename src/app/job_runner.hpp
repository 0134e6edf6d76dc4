#pragma once

#include "app/session.hpp"
#include "jobs/runner.hpp"

namespace anlan::app {

/// How jobs of this program are run: by this very program, with the same catalog and language.
jobs::RunnerOptions runner_options(const Session& session);

}  // namespace anlan::app
