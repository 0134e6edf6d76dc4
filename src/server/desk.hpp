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

#include "access/identity_key.hpp"
#include "access/login.hpp"
#include "catalog/catalog.hpp"
#include "detect/run_record.hpp"
#include "duties/decide.hpp"
#include "lake/workspace.hpp"
#include "leads/book.hpp"
#include "leads/export.hpp"
#include "server/call.hpp"
#include "server/live.hpp"

namespace anlan::server {

class Oidc;

/// What the program hands to the server; all of it outlives the server.
struct Parts {
  const lake::Workspace& workspace;
  const catalog::Catalog& catalog;
  store::Database& database;
  access::PasswordHasher& hasher;
  const access::IdentityKey& key;
  const duties::Follows& follows;  ///< of what is decided here
  std::filesystem::path journal;   ///< its folder
  access::PostRights rights;
  access::SessionLimits sessions;
  std::string oidc_secret;  ///< of the workspace's `oidc` settings, if it has any
  /// Codes of what is wrong with the parts now, for readiness; none when all is well.
  std::function<std::vector<std::string>()> troubles;
  std::function<void()> on_written;  ///< after each write, so that its acts reach the journal soon
};

/// What the routes share.
struct Desk {
  explicit Desk(Parts given);
  ~Desk();

  Parts parts;
  WordsOf words;
  leads::Titles titles;
  std::unique_ptr<Oidc> oidc;  ///< null: not configured
  Live live;
  leads::CurrentLeads leads;
  std::atomic<bool> stopping{false};

  /// Tells those who listen that data of this kind changed; never whose or what.
  void tell(std::string_view topic) { live.tell(topic, Json::object()); }

  /// The record of a run; runs never change. Errors: as detect::read_run.
  Result<std::shared_ptr<const detect::RunRecord>> run(const std::string& run_id);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const detect::RunRecord>> runs_;
};

// One function per folder whose words the routes speak; each adds handlers by operationId.
void add_lead_routes(Handlers& handlers, Desk& desk);
void add_run_routes(Handlers& handlers, Desk& desk);
void add_grant_routes(Handlers& handlers, Desk& desk);
void add_job_routes(Handlers& handlers, Desk& desk);
void add_journal_routes(Handlers& handlers, Desk& desk);
void add_session_routes(Handlers& handlers, Desk& desk);
void add_oidc_routes(Handlers& handlers, Desk& desk);
void add_file_routes(Handlers& handlers, Desk& desk);
void add_desk_lead_routes(Handlers& handlers, Desk& desk);
void add_case_routes(Handlers& handlers, Desk& desk);
void add_follow_routes(Handlers& handlers, Desk& desk);
void add_referral_routes(Handlers& handlers, Desk& desk);
void add_matter_routes(Handlers& handlers, Desk& desk);
void add_ledger_routes(Handlers& handlers, Desk& desk);
void add_organisation_routes(Handlers& handlers, Desk& desk);
void add_person_routes(Handlers& handlers, Desk& desk);
void add_account_routes(Handlers& handlers, Desk& desk);

/// Who sent a request, by its cookie or token.
Result<std::optional<Caller>> identify(const Request& request, Desk& desk, Instant at);

/// Whether the actor has `right` over the whole authority. Leads, runs and deliveries come from
/// extracts of all of it, and belong to no one organisation until they are handed to one.
Result<bool> over_all(Call& call, std::string_view right);

}  // namespace anlan::server
