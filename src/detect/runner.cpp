#include "detect/runner.hpp"

namespace anlan::detect {

Status make_run_folders(const RunnerOptions& options) {
  for (const auto& folder : {options.run_folder / "hits", options.spill_folder}) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return fail(ErrorKind::unavailable, "file.unwritable",
                  folder.string() + ": " + error.message());
    }
  }
  return {};
}

}  // namespace anlan::detect
