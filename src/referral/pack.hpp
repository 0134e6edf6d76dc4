#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "catalog/recovery_terms.hpp"
#include "referral/referral.hpp"

namespace anlan::referral {

/// Who the case is about, as far as the caller may say it: names and numbers stand in no table of
/// the desk in clear. Without them the masked form is printed.
struct Party {
  std::string shown;  ///< "129900********1234"
  std::string name;   ///< "" if it is not to be shown
  std::string id_no;  ///< likewise
};

struct PackLead {
  std::string lead_id;
  std::string title;   ///< of its detection; the code where nobody gave one
  std::string result;  ///< confirmed, partly, unfounded, unverifiable; "" before a conclusion
  Fen confirmed;
};

/// A line of the list of money and disposals.
struct PackMoney {
  std::string kind;  ///< 应追回, 已收回, 抵扣, 核销, 尚欠, or the name of a disposal
  std::string document;  ///< or basis
  Date on;
  std::optional<Fen> amount;
};

struct PackStep {
  Date on;
  std::string what;
};

/// A kept file, or a text that was made on the desk.
struct PackEvidence {
  std::string sha256;
  std::string what;    ///< 核查情况说明, 整改证据 …
  std::string number;  ///< of the paper; "" if it has none
  std::optional<std::string> text;
};

/// All that a pack says; equal content gives equal bytes.
struct PackContent {
  Referral referral;
  std::string organ;  ///< that refers, in words
  Party party;
  std::string first_officer;  ///< names
  std::string second_officer;
  const catalog::Offence* offence = nullptr;  ///< of terms that outlive this
  Answer answer;
  std::vector<PackLead> leads;
  std::vector<PackMoney> money;
  std::vector<PackStep> steps;
  std::vector<PackEvidence> evidence;
};

/// Reads what belongs into the pack. `titles`: code of a detection → its Chinese title. Needs
/// "referral_work" (or the console). Errors: as find; those of referral_test.
Result<PackContent> gather(store::Transaction& transaction, const access::Actor& actor,
                           const catalog::ReferralTerms& terms,
                           const catalog::RecoveryTerms& recovery_terms,
                           const std::map<std::string, std::string>& titles, ReferralId id,
                           Instant now);

/// Where a kept file lies, and what it was called. Errors pass through write_pack.
struct KeptFile {
  std::filesystem::path path;
  std::string name;
};
using FindFile = std::function<Result<KeptFile>(const std::string& sha256)>;

/// One entry of the journal with all that a stranger needs to check it, as `anlan journal export`
/// writes it.
struct JournalProof {
  std::uint64_t index = 0;
  std::map<std::string, std::string> files;
};
/// Of the entries under the checkpoint that tell of the case, the newest `most`, by index; without
/// their personal parts. Errors: those of journal::for_each_entry and proof_bundle.
Result<std::vector<JournalProof>> proofs_of(const std::filesystem::path& journal, cases::CaseId of,
                                            std::size_t most = 200);

struct PackSummary {
  std::string sha256;
  std::uint64_t bytes = 0;
  int files = 0;  ///< in the archive, its manifest too
  int evidence = 0;
  int proofs = 0;
};

/// Writes the archive aside, checks it as a stranger would, and puts it at `out`, all or nothing:
/// manifest.json (each file with its SHA-256 and size), the letter and the report as DOCX, the
/// lists as XLSX, the evidence, the proofs. Equal content, files and proofs give equal bytes.
/// Errors: corrupted "referral.evidence_changed" (a kept file is not what its name says); those of
/// `find_file`; unavailable "file.unwritable".
Result<PackSummary> write_pack(const PackContent& content, const FindFile& find_file,
                               const std::vector<JournalProof>& proofs,
                               const std::filesystem::path& out);

struct PackFinding {
  std::string code;  ///< pack.manifest, pack.missing_file, pack.changed_file, pack.unlisted_file
  std::string file;
};
/// Compares an archive with its own manifest; none: every file is there, whole, and no other.
/// Errors: not_found "file.unreadable"; invalid_input "zip.damaged": a byte was changed so that not
/// even the archive holds.
Result<std::vector<PackFinding>> check_pack(const std::filesystem::path& pack);

/// Tells the journal that somebody looks at the subject's number for a pack, and why: to be called
/// before it is shown. Needs "person_reveal" in the case's organisation (the console has it).
/// Errors: as find; invalid_input "referral.text" (no reason); forbidden "access.no_right".
Status revealed(store::Transaction& transaction, const access::Actor& actor, ReferralId id,
                const std::string& reason, Instant now);

/// Tells the journal that a pack went out. Errors: as find.
Status packed(store::Transaction& transaction, const access::Actor& actor, ReferralId id,
              const PackSummary& summary, bool with_names, Instant now);

}  // namespace anlan::referral
