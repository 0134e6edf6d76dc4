#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

#include "base/month.hpp"
#include "base/result.hpp"
#include "detect/run_record.hpp"

namespace anlan::detect {

/// What running models and running rules have in common.
struct RunnerOptions {
  Date as_of;
  unsigned threads = 0;  ///< 0: all cores
  std::uint64_t memory_bytes = 3'000'000'000;
  std::filesystem::path run_folder;    ///< `hits/<code>.parquet` is written below it
  std::filesystem::path spill_folder;  ///< for what does not fit into memory
  std::stop_token stop;
  std::function<void(const DetectionRun&)> on_end;
};

/// Makes the folders that runners write to. Errors: unavailable "file.unwritable".
Status make_run_folders(const RunnerOptions& options);

}  // namespace anlan::detect
