#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "detect/run_record.hpp"
#include "ingest/import.hpp"
#include "journal/entry.hpp"
#include "journal/hashing.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {

/// Makes the journal of a workspace and its first entry. An empty `origin` becomes a random one.
/// Errors: as journal::Log::make.
Status make_journal(const lake::Workspace& workspace, journal::Suite suite,
                    const std::string& origin);

/// An act of the user who runs the program: their number is committed, their login name is not.
journal::Act act_of_user(const std::string& act);

/// What one verb that changes the workspace tells the journal.
///
/// A delivery or a run becomes visible by one rename, which no journal can be part of. So the verb
/// leaves an intent before it begins: who, what, and what is there already. Each thing it makes
/// gets its entry, and the last step takes the intent away. An intent that is still there when the
/// next verb begins tells of a crash: what is new since then and has no entry gets one,
/// "recovered", in the name of who began it.
class VerbJournal {
 public:
  /// The caller holds the workspace's writing lock. A workspace without a journal gets one, and an
  /// entry for everything in it. Tells the journal if the catalog has changed.
  static Result<VerbJournal> begin(const lake::Workspace& workspace, const std::string& act,
                                   const catalog::Catalog& catalog);

  void imported(const std::string& source, const ingest::ImportReport& report);
  void failed(const std::string& source, const Error& error);
  void detected(const detect::RunRecord& record, bool was_there);
  /// What was told so far is durable and under a checkpoint on return.
  Status flush();
  /// The verb is done: takes the intent away.
  Status end();

 private:
  VerbJournal(std::filesystem::path folder, std::string act, std::string catalog_hash)
      : folder_(std::move(folder)), act_(std::move(act)), catalog_hash_(std::move(catalog_hash)) {}
  void tell(journal::Act act);

  std::filesystem::path folder_;  ///< of the journal
  std::string act_;
  std::string catalog_hash_;
  std::string intent_;  ///< its id
  std::vector<journal::Act> told_;
};

/// Gives their entries to acts that crashes cut short; the caller holds the workspace's writing
/// lock. `VerbJournal::begin` does it too. Nothing happens without a journal.
Status recover_intents(const lake::Workspace& workspace);

/// The subjects that entries of a journal are about.
class EntrySubjects {
 public:
  void add(std::string_view entry);
  bool has(const std::string& subject) const { return subjects_.contains(subject); }

 private:
  std::set<std::string> subjects_;
};

/// Deliveries and runs of the workspace that no entry tells of, as acts that do.
Result<std::vector<journal::Act>> acts_without_entry(const lake::Workspace& workspace,
                                                     const EntrySubjects& subjects);

}  // namespace anlan::app
