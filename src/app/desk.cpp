#include "app/desk.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include "access/access.hpp"
#include "app/journal_acts.hpp"
#include "cases/closing.hpp"
#include "cases/decide.hpp"
#include "cases/follow_up.hpp"
#include "cases/lead.hpp"
#include "duties/grants.hpp"
#include "duties/matter.hpp"
#include "files/files.hpp"
#include "jobs/job.hpp"
#include "journal/outbox.hpp"
#include "ledger/ledger.hpp"
#include "referral/referral.hpp"
#include "server/server.hpp"

namespace anlan::app {
namespace {

// Our choice: whoever holds the journal longer than this is a server, and moves the outbox itself.
constexpr auto wait_for_journal = std::chrono::seconds(2);

Result<std::unique_ptr<journal::Journal>> open_journal_soon(const std::filesystem::path& folder) {
  journal::JournalOptions options;
  options.wait = false;
  const auto until = std::chrono::steady_clock::now() + wait_for_journal;
  for (;;) {
    auto journal = journal::Journal::open(folder, options);
    if (journal || journal.error().code != "file.locked" ||
        std::chrono::steady_clock::now() > until) {
      return journal;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// A workspace of an older program has no journal either.
Status make_journal_if_missing(const lake::Workspace& workspace) {
  if (std::filesystem::exists(workspace.journal() / "log.json")) return {};
  const auto lock = workspace.lock_for_writing();
  if (!lock) return fail(lock.error());
  if (std::filesystem::exists(workspace.journal() / "log.json")) return {};
  return make_journal(workspace, journal::Suite::sha256_ed25519, "");
}

void say_upgraded(const store::Upgrade& upgrade, const Session& session) {
  fmt::print(stderr, "{}\n",
             session.say("办公库已升级到本程序的版本：", "desk database brought up to date:"));
  for (const auto& step : upgrade.applied) fmt::print(stderr, "  {}\n", step);
  if (upgrade.backup.empty()) {
    fmt::print(stderr, "{}\n",
               session.say("升级前未能备份（没有 pg_dump）", "no copy made before (no pg_dump)"));
  } else {
    fmt::print(stderr, "{}{}\n", session.say("升级前的备份：", "the copy made before: "),
               upgrade.backup);
  }
}

}  // namespace

const std::vector<store::Schema>& desk_schemas() {
  static const std::vector<store::Schema> all = {
      journal::schema(), access::schema(), files::schema(),    duties::schema(), cases::schema(),
      ledger::schema(),  jobs::schema(),   referral::schema(), server::schema()};
  return all;
}

duties::Follows desk_follows(const catalog::Catalog& catalog) {
  duties::Follows follows;
  duties::add_grant_follows(follows);
  cases::add_follows(follows, catalog);
  cases::add_closing_follow(follows, catalog);
  cases::add_follow_ups(follows, catalog.recovery_terms);
  ledger::add_follow(follows);
  referral::add_follow(follows, catalog.referral_terms);
  return follows;
}

Status check_desk_catalog(const catalog::Catalog& catalog) {
  if (!catalog.procedure.states.empty() && !catalog.referral_terms.offences.empty() &&
      !catalog.recovery_terms.interest.empty())
    return {};
  return fail(ErrorKind::not_found, "catalog.no_desk", "procedures/lead.yaml, params");
}

bool has_desk(const lake::Workspace& workspace) {
  const auto location = workspace.desk();
  return store::is_postgres(location) || std::filesystem::exists(location);
}

Result<store::Database> open_desk(const lake::Workspace& workspace, const Session& session) {
  store::OpenOptions options;
  options.backup_folder = workspace.backups();
  auto desk = store::Database::open(workspace.desk(), desk_schemas(), options);
  if (!desk) return desk;
  const auto& upgrade = desk->upgrade();
  // A new database is made of migrations too; only an older one has something to say for itself.
  const bool is_new =
      !upgrade.applied.empty() && upgrade.applied.front() == "store 001_record_change";
  if (!upgrade.applied.empty() && !is_new) say_upgraded(upgrade, session);
  auto act = act_of_user(is_new ? "desk.made" : "desk.upgraded");
  act.subject = "desk";
  if (!upgrade.backup.empty()) {
    act.refs["backup"] = std::filesystem::path(upgrade.backup).filename().string();
  }
  if (auto told = journal::tell_migrations(*desk, act); !told) return fail(told.error());
  return desk;
}

Status settle_desk(const lake::Workspace& workspace, store::Database& desk) {
  const auto state =
      desk.read([](store::Transaction& transaction) { return journal::outbox_state(transaction); });
  if (!state) return fail(state.error());
  if (state->waiting == 0) return {};
  if (auto made = make_journal_if_missing(workspace); !made) return made;
  auto journal = open_journal_soon(workspace.journal());
  if (!journal) {
    if (journal.error().code == "file.locked") return {};
    return fail(journal.error());
  }
  journal::Sequencer sequencer(desk, **journal);
  if (const auto moved = sequencer.move_all(); !moved) return fail(moved.error());
  return (*journal)->publish();
}

}  // namespace anlan::app
