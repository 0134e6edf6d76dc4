#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "catalog/catalog.hpp"
#include "detect/hit.hpp"
#include "leads/lead.hpp"

namespace anlan::leads {

/// What all leads of one detection in one run share.
struct LeadOrigin {
  std::string run_id;
  std::string snapshot_id;
  std::string as_of;
  std::map<std::string, std::string> params;
};

/// Makes leads out of the hits of one detection, given in order of subject.
/// Borrows detection, catalog and sink; memory: the hits of one subject.
class LeadGrouper {
 public:
  using Sink = std::function<Status(const Lead&)>;

  LeadGrouper(const catalog::Detection& detection, const catalog::Catalog& catalog,
              LeadOrigin origin, Sink sink)
      : detection_(detection),
        catalog_(catalog),
        origin_(std::move(origin)),
        sink_(std::move(sink)) {}

  /// Errors: those of the sink. A hit of an earlier subject again is a broken promise.
  Status add(const detect::Hit& hit);
  /// Gives out the last lead; call once, at the end.
  Status finish();

 private:
  Status give_out();

  const catalog::Detection& detection_;
  const catalog::Catalog& catalog_;
  LeadOrigin origin_;
  Sink sink_;
  std::optional<Lead> lead_;
  double identity_quality_ = 1;
  double source_quality_ = 1;
  std::vector<std::pair<std::string, std::string>> first_values_;
};

}  // namespace anlan::leads
