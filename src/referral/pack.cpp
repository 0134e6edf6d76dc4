#include "referral/pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "documents/zip.hpp"
#include "journal/proof.hpp"
#include "referral/papers.hpp"

namespace anlan::referral {
namespace {

namespace fs = std::filesystem;
using documents::ZipPart;
using Json = nlohmann::ordered_json;

constexpr const char* manifest_name = "manifest.json";
constexpr const char* format_name = "anlan-referral-pack/1";
constexpr std::size_t manifest_bytes_max = 16 * 1024 * 1024;

/// A file's own name without what would leave its folder or confuse a reader's screen.
std::string safe_name(const std::string& given) {
  std::string name;
  const auto slash = given.find_last_of("/\\");
  for (const char c : slash == std::string::npos ? given : given.substr(slash + 1)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte != 0x7f &&
                       std::string_view("<>:\"|?*").find(c) == std::string_view::npos;
    name += plain ? c : '_';
  }
  while (!name.empty() && (name.front() == '.' || name.front() == ' ')) name.erase(0, 1);
  if (name.size() <= 120) return name;
  // The end stays, for its ending; it begins at a whole character.
  std::size_t from = name.size() - 120;
  while (from < name.size() && (static_cast<unsigned char>(name[from]) & 0xC0) == 0x80) ++from;
  return name.substr(from);
}

/// Files beside the archive while it is written; gone with it.
class Aside {
 public:
  explicit Aside(fs::path out) : folder_(out += ".parts") {}
  ~Aside() {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  Status make() {
    std::error_code error;
    fs::remove_all(folder_, error);
    fs::create_directories(folder_, error);
    if (!error) fs::permissions(folder_, fs::perms::owner_all, error);
    if (error)
      return fail(ErrorKind::unavailable, "file.unwritable",
                  folder_.string() + ": " + error.message());
    return {};
  }
  fs::path operator/(const char* name) const { return folder_ / name; }

 private:
  fs::path folder_;
};

/// The parts of an archive, with what its manifest says of each.
class Parts {
 public:
  Status add(std::string name, std::string bytes) {
    entries_.push_back({{"path", name}, {"sha256", sha256_hex(bytes)}, {"size", bytes.size()}});
    parts_.push_back({std::move(name), std::move(bytes)});
    return {};
  }
  Status add_file(std::string name, const fs::path& file) {
    const auto hash = sha256_file_hex(file);
    if (!hash) return fail(hash.error());
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error)
      return fail(ErrorKind::not_found, "file.unreadable", file.string() + ": " + error.message());
    entries_.push_back({{"path", name}, {"sha256", *hash}, {"size", size}});
    parts_.push_back({std::move(name), file});
    return {};
  }
  const std::string& last_sha256() const {
    return entries_.back().at("sha256").get_ref<const std::string&>();
  }
  std::vector<ZipPart> with_manifest(Json head) && {
    head["files"] = std::move(entries_);
    std::vector<ZipPart> all = {{manifest_name, head.dump(2) + "\n"}};
    std::move(parts_.begin(), parts_.end(), std::back_inserter(all));
    return all;
  }
  void append(Parts&& others) {
    for (auto& entry : others.entries_) entries_.push_back(std::move(entry));
    std::move(others.parts_.begin(), others.parts_.end(), std::back_inserter(parts_));
  }
  std::size_t size() const { return parts_.size(); }

 private:
  Json entries_ = Json::array();
  std::vector<ZipPart> parts_;
};

/// Evidence under numbered names; the names, for the list of it.
Result<std::vector<std::string>> add_evidence(Parts& parts, const PackContent& content,
                                              const FindFile& find_file) {
  std::vector<std::string> names;
  for (const auto& one : content.evidence) {
    const auto number = fmt::format("证据/{:03}-", names.size() + 1);
    Status added;
    if (one.text) {
      names.push_back(number + safe_name(one.number.empty() ? one.what : one.number) + ".txt");
      added = parts.add(names.back(), *one.text);
    } else {
      const auto kept = find_file(one.sha256);
      if (!kept) return fail(kept.error());
      const auto name = safe_name(kept->name);
      names.push_back(number + (name.empty() ? one.sha256.substr(0, 16) : name));
      added = parts.add_file(names.back(), kept->path);
    }
    if (!added) return fail(added.error());
    if (parts.last_sha256() != one.sha256)
      return fail(ErrorKind::corrupted, "referral.evidence_changed", "sha256:" + one.sha256);
  }
  return names;
}

Status add_papers(Parts& parts, const PackContent& content, const std::vector<std::string>& names,
                  const Aside& aside) {
  const auto whole_letter = letter(content);
  const std::pair<std::string, documents::Docx> papers[] = {
      {"01-" + whole_letter.title + ".docx", whole_letter}, {"02-调查报告.docx", report(content)}};
  for (const auto& [name, docx] : papers) {
    auto bytes = documents::docx_bytes(docx);
    if (!bytes) return fail(bytes.error());
    if (auto added = parts.add(name, std::move(*bytes)); !added) return added;
  }
  const std::pair<const char*, documents::Workbook> lists[] = {
      {"03-涉案物品清单.xlsx", item_list(content)},
      {"04-资金与处置清单.xlsx", money_list(content)},
      {"05-证据目录.xlsx", evidence_list(content, names)}};
  for (const auto& [name, book] : lists) {
    const auto file = aside / "list.xlsx";
    if (auto written = documents::write_xlsx(book, file); !written) return written;
    auto bytes = read_file(file);
    if (!bytes) return fail(bytes.error());
    if (auto added = parts.add(name, std::move(*bytes)); !added) return added;
    std::error_code error;
    fs::remove(file, error);
  }
  return {};
}

Json head_of(const PackContent& content) {
  const auto& referral = content.referral;
  return {
      {"format", format_name},
      {"referral", referral.number},
      {"case", referral.case_number},
      {"state", referral.state},
      {"offence", referral.made.offence},
      {"amount_fen", referral.made.amount.value},
      {"content_sha256", referral.content_hash},
      {"settled_at", format_instant(settled_at(content))},
      {"names", content.party.name.empty() && content.party.id_no.empty() ? "masked" : "shown"}};
}

/// The archive that was just written, as a stranger sees it.
Result<PackSummary> checked(const fs::path& file, const PackContent& content,
                            const std::vector<JournalProof>& proofs, std::size_t parts) {
  const auto findings = check_pack(file);
  if (!findings) return fail(findings.error());
  if (!findings->empty())
    return fail(ErrorKind::corrupted, "referral.evidence_changed", findings->front().file);
  const auto hash = sha256_file_hex(file);
  if (!hash) return fail(hash.error());
  return PackSummary{*hash, fs::file_size(file), static_cast<int>(parts) + 1,
                     static_cast<int>(content.evidence.size()), static_cast<int>(proofs.size())};
}

}  // namespace

Result<std::vector<JournalProof>> proofs_of(const fs::path& journal, cases::CaseId of,
                                            std::size_t most) {
  const auto word = cases::word_of(of);
  const auto in_refs = "\"case\":\"" + word + "\"";
  std::vector<std::uint64_t> found;
  const auto searched =
      journal::for_each_entry(journal, 0, [&](std::uint64_t index, std::string_view entry) {
        if (entry.find(in_refs) != std::string_view::npos ||
            journal::word_of_entry(entry, "subject") == word)
          found.push_back(index);
      });
  if (!searched) return fail(searched.error());
  if (found.size() > most)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
  std::vector<JournalProof> proofs;
  for (const auto index : found) {
    auto files = journal::proof_bundle(journal, index, false);
    if (!files) return fail(files.error());
    proofs.push_back({index, std::move(*files)});
  }
  return proofs;
}

Result<PackSummary> write_pack(const PackContent& content, const FindFile& find_file,
                               const std::vector<JournalProof>& proofs, const fs::path& out) {
  CHECK(content.offence != nullptr);
  Aside aside(out);
  if (auto made = aside.make(); !made) return fail(made.error());
  // Evidence comes first, since its list tells the names, and stands behind the papers.
  Parts evidence;
  const auto names = add_evidence(evidence, content, find_file);
  if (!names) return fail(names.error());
  Parts parts;
  if (auto added = add_papers(parts, content, *names, aside); !added) return fail(added.error());
  parts.append(std::move(evidence));
  for (const auto& proof : proofs) {
    for (const auto& [name, bytes] : proof.files) {
      if (auto added = parts.add(fmt::format("journal/{:06}/{}", proof.index, name), bytes); !added)
        return fail(added.error());
    }
  }
  const auto count = parts.size();
  const auto file = aside / "pack.zip";
  if (auto written = documents::write_zip(std::move(parts).with_manifest(head_of(content)), file);
      !written)
    return fail(written.error());
  auto summary = checked(file, content, proofs, count);
  if (!summary) return summary;
  std::error_code error;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
  if (auto synced = sync_path(file); !synced) return fail(synced.error());
  fs::rename(file, out, error);
  if (error)
    return fail(ErrorKind::unavailable, "file.unwritable", out.string() + ": " + error.message());
  if (auto synced = sync_path(out.has_parent_path() ? out.parent_path() : fs::path(".")); !synced)
    return fail(synced.error());
  return summary;
}

Result<std::vector<PackFinding>> check_pack(const fs::path& pack) {
  struct Seen {
    Sha256 hash;
    std::uint64_t size = 0;
  };
  std::map<std::string, Seen> seen;
  std::string manifest;
  std::vector<PackFinding> findings;
  const auto read =
      documents::read_zip(pack, [&](const std::string& name, std::string_view piece) -> Status {
        if (name == manifest_name) {
          if (manifest.size() + piece.size() <= manifest_bytes_max) manifest += piece;
          return {};
        }
        auto& one = seen[name];
        one.hash.add(piece);
        one.size += piece.size();
        return {};
      });
  if (!read) return fail(read.error());
  const auto all = Json::parse(manifest, nullptr, false);
  const bool understood = all.is_object() && all.value("format", "") == format_name &&
                          all.contains("files") && all["files"].is_array();
  if (!understood) return std::vector<PackFinding>{{"pack.manifest", manifest_name}};
  std::set<std::string> listed;
  for (const auto& one : all["files"]) {
    const bool whole = one.is_object() && one.contains("path") && one["path"].is_string() &&
                       one.contains("sha256") && one["sha256"].is_string() &&
                       one.contains("size") && one["size"].is_number_unsigned();
    if (!whole) return std::vector<PackFinding>{{"pack.manifest", manifest_name}};
    const auto name = one["path"].get<std::string>();
    if (!listed.insert(name).second) return std::vector<PackFinding>{{"pack.manifest", name}};
    const auto found = seen.find(name);
    if (found == seen.end()) {
      findings.push_back({"pack.missing_file", name});
    } else if (found->second.size != one["size"].get<std::uint64_t>() ||
               found->second.hash.hex() != one["sha256"].get<std::string>()) {
      findings.push_back({"pack.changed_file", name});
    }
  }
  for (const auto& [name, one] : seen) {
    if (!listed.contains(name)) findings.push_back({"pack.unlisted_file", name});
  }
  return findings;
}

}  // namespace anlan::referral
