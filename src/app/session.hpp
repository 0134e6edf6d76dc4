#pragma once

#include <filesystem>
#include <string>

#include "app/progress_pipe.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"

namespace anlan::app {

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_rejected = 3;  ///< done, but something was rejected or could not be run

/// What every verb gets: the options before the verb, and the place for its exit code.
struct Session {
  Lang lang = Lang::zh;
  bool json = false;
  std::filesystem::path catalog;  ///< folder of the catalog
  int exit_code = exit_done;
  ProgressPipe progress;

  std::string say(std::string_view zh, std::string_view en) const {
    return std::string(anlan::say(lang, zh, en));
  }
  /// Prints the error in the user's language on standard error and sets the exit code:
  /// 2 for wrong use of the command line, else 1.
  void report(const Error& error);
};

/// ANLAN_CATALOG, else the catalog beside the program, else the source tree it was built from.
std::filesystem::path default_catalog();

}  // namespace anlan::app
