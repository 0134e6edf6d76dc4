#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "lake/workspace.hpp"

namespace anlan::jobs {

enum class Kind { import, detect };
std::string_view name_of(Kind kind);
std::optional<Kind> kind_named(std::string_view name);
/// What a post must give to ask for it: "delivery_import", "detection_run".
std::string_view right_of(Kind kind);

/// What a job is to do: the arguments of `anlan import` or `anlan detect`.
struct Work {
  Kind kind = Kind::detect;
  // import
  std::vector<std::string> paths;  ///< names in the inbox, or absolute paths; none: the whole inbox
  std::string table;
  std::string period;
  std::string map;  ///< an absolute path
  bool replace_period = false;
  // detect
  std::vector<std::string> only;
  std::string as_of;
  bool force = false;

  friend bool operator==(const Work&, const Work&) = default;
};

/// Equal work gives equal text; what is not set is not in it.
std::string text_of(const Work& work);
/// Errors: invalid_input "job.work", naming the key.
Result<Work> work_of(Kind kind, const std::string& text);

/// Whether it can be asked for. `anywhere`: by the user of the operating system, who may name any
/// file; everybody else names what lies in the inbox, and nothing that only points from there.
/// Errors: invalid_input "job.work" (naming the key), "job.path"; not_found "job.file_missing".
Status check(const Work& work, const catalog::Catalog& catalog, const lake::Workspace& workspace,
             bool anywhere);

/// What stands behind `anlan` on the command line of the child, as a list: no shell reads it.
std::vector<std::string> command_line(const Work& work, const lake::Workspace& workspace);

/// What the work made, out of what `anlan import --json` or `anlan detect --json` printed: a few
/// numbers and ids as JSON; "" if it printed nothing that can be read.
std::string result_of(Kind kind, const std::string& printed);

}  // namespace anlan::jobs
