#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/login.hpp"
#include "catalog/catalog.hpp"
#include "detect/run_record.hpp"
#include "lake/workspace.hpp"
#include "leads/book.hpp"
#include "server/call.hpp"
#include "server/live.hpp"

namespace anlan::server {

/// What the program hands to the server; all of it outlives the server.
struct Parts {
  const lake::Workspace& workspace;
  const catalog::Catalog& catalog;
  store::Database& database;
  access::PasswordHasher& hasher;
  std::filesystem::path journal;  ///< its folder
  access::PostRights rights;
  access::SessionLimits sessions;
  /// Codes of what is wrong with the parts now, for readiness; none when all is well.
  std::function<std::vector<std::string>()> troubles;
  std::function<void()> on_written;  ///< after each write, so that its acts reach the journal soon
};

/// What the routes share.
struct Desk {
  explicit Desk(Parts given) : parts(std::move(given)), leads(parts.workspace) {}

  Parts parts;
  Live live;
  leads::CurrentLeads leads;
  std::atomic<bool> stopping{false};

  /// The record of a run; runs never change. Errors: as detect::read_run.
  Result<std::shared_ptr<const detect::RunRecord>> run(const std::string& run_id);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const detect::RunRecord>> runs_;
};

// One function per folder whose words the routes speak; each adds handlers by operationId.
void add_lead_routes(Handlers& handlers, Desk& desk);
void add_run_routes(Handlers& handlers, Desk& desk);
void add_journal_routes(Handlers& handlers, Desk& desk);
void add_session_routes(Handlers& handlers, Desk& desk);

/// Who sent a request, by its cookie or token.
Result<std::optional<Caller>> identify(const Request& request, Desk& desk, Instant at);

/// Whether the actor has `right` over the whole authority. Leads, runs and deliveries come from
/// extracts of all of it, and belong to no one organisation until they are handed to one.
Result<bool> over_all(Call& call, std::string_view right);

}  // namespace anlan::server
