#include "app/job_runner.hpp"

namespace anlan::app {

jobs::RunnerOptions runner_options(const Session& session) {
  jobs::RunnerOptions options;
  options.program_words = {"--lang", session.lang == Lang::zh ? "zh" : "en", "--catalog",
                           std::filesystem::absolute(session.catalog).string()};
  return options;
}

}  // namespace anlan::app
