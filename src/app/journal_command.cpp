#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/error_words.hpp"
#include "app/journal_acts.hpp"
#include "app/session.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "journal/encoding.hpp"
#include "journal/journal.hpp"
#include "journal/outbox.hpp"
#include "journal/proof.hpp"
#include "journal/repair.hpp"
#include "journal/verify.hpp"
#include "journal/witness.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t no_index = UINT64_MAX;

struct Options {
  std::string folder;
  std::uint64_t index = no_index;
  std::size_t last = 20;
  std::vector<std::string> against;
  std::vector<std::string> archives;
  std::string older;
  std::string to;
  bool personal = false;
  std::string basis;
  std::uint64_t below = 0;
  std::string key, name, log, seen, file;
};

/// The journal of a workspace, or the folder itself if it is a journal's: an auditor's copy.
std::filesystem::path journal_of(const std::string& folder) {
  if (std::filesystem::exists(std::filesystem::path(folder) / "log.json")) return folder;
  return std::filesystem::path(folder) / "journal";
}

Json json_of(const journal::FoundEntry& found) {
  Json json = {{"index", found.index}, {"entry", Json::parse(found.entry)}};
  if (found.erased) json["personal"] = "erased";
  if (!found.personal.empty()) {
    json["personal"] = Json::parse(found.personal.substr(found.personal.find(' ') + 1));
  }
  return json;
}

/// "12  2018-12-01T00:00:00.000Z  import  delivery:…  done  uid:1000  rows_loaded=5".
std::string line_of(std::uint64_t index, std::string_view entry) {
  const auto json = Json::parse(entry);
  std::string line = fmt::format(
      "{}  {}  {}  {}  {}  {}", pad_left(std::to_string(index), 6), json["at"].get<std::string>(),
      pad_right(json["act"].get<std::string>(), 16), pad_right(json.value("subject", "-"), 26),
      json["outcome"].get<std::string>(), json["who"].get<std::string>());
  if (json.contains("counts")) {
    for (const auto& [name, count] : json["counts"].items()) {
      line += fmt::format("  {}={}", name, count.get<std::int64_t>());
    }
  }
  return line;
}

Status tail(const Options& options, const Session& session) {
  const auto folder = journal_of(options.folder);
  const auto settings = journal::read_settings(folder);
  if (!settings) return fail(settings.error());
  const auto checkpoint = journal::read_checkpoint(folder, *settings);
  if (!checkpoint) return fail(checkpoint.error());
  const std::uint64_t size = checkpoint->body.size;
  Json all = Json::array();
  for (std::uint64_t index = size - std::min<std::uint64_t>(size, options.last); index < size;
       ++index) {
    const auto found = journal::read_entry(folder, index);
    if (!found) return fail(found.error());
    if (session.json) {
      all.push_back(json_of(*found));
    } else {
      fmt::print("{}\n", line_of(index, found->entry));
    }
  }
  if (session.json) fmt::print("{}\n", all.dump(2));
  return {};
}

Status show(const Options& options) {
  const auto found = journal::read_entry(journal_of(options.folder), options.index);
  if (!found) return fail(found.error());
  fmt::print("{}\n", json_of(*found).dump(2));
  return {};
}

Json json_of(const journal::VerifyReport& report, const Session& session) {
  Json json = {{"sound", report.sound()},
               {"entries", report.entries},
               {"root", journal::base64(report.root.view())},
               {"checkpoints", report.checkpoints},
               {"archived", report.archived},
               {"erased", report.erased},
               {"unpublished", report.unpublished},
               {"in_use", report.in_use},
               {"findings", Json::array()}};
  for (const auto& finding : report.findings) {
    Json one = {{"code", finding.code},
                {"words", error_words(finding.code, session.lang)},
                {"detail", finding.detail}};
    if (finding.index) one["entry"] = *finding.index;
    json["findings"].push_back(std::move(one));
  }
  return json;
}

void print_report(const journal::VerifyReport& report, const Session& session) {
  fmt::print("{} {}   {} {}   {} {}   {} {}\n", session.say("条目", "entries"), report.entries,
             session.say("核对的检查点", "checkpoints held against"), report.checkpoints,
             session.say("离线归档", "off-line"), report.archived,
             session.say("已删除个人信息", "erased"), report.erased);
  fmt::print("{} {}\n", session.say("树根", "root"), journal::base64(report.root.view()));
  if (report.unpublished > 0) {
    fmt::print("{} {}\n", report.unpublished,
               session.say("条已落盘、尚未签入检查点（下次写入时签入）",
                           "entries are durable and not yet under a checkpoint; the next writer "
                           "puts them there"));
  }
  if (report.in_use) {
    fmt::print("{}\n", session.say("另一进程正在写日志：它正写的部分未核对",
                                   "another process is writing: what it writes was left out"));
  }
  for (const auto& finding : report.findings) {
    fmt::print(
        "{}{}  {}  [{}]\n",
        finding.index ? fmt::format("{} {}  ", session.say("条目", "entry"), *finding.index) : "",
        error_words(finding.code, session.lang), finding.detail, finding.code);
  }
  fmt::print("{}\n", report.sound() ? session.say("日志完好", "the journal is sound")
                                    : session.say("日志有损坏或改动，最先出问题的见第一行",
                                                  "the journal is not as signed; the first bad "
                                                  "entry stands first"));
}

/// What the desk database knows of the log: what it told and the log does not have yet, and how
/// many entries there were.
Status verify_desk(const lake::Workspace& workspace, journal::VerifyReport& report) {
  if (!has_desk(workspace)) return {};
  store::OpenOptions as_it_is;
  as_it_is.migrate = false;
  auto desk = store::Database::open(workspace.desk(), desk_schemas(), as_it_is);
  if (!desk) return fail(desk.error());
  const auto state = desk->read(
      [](store::Transaction& transaction) { return journal::outbox_state(transaction); });
  if (!state) return fail(state.error());
  const auto settings = journal::read_settings(workspace.journal());
  if (!settings) return fail(settings.error());
  for (auto& finding : findings_of(*state, *settings, report.entries + report.unpublished,
                                   report.in_use, Instant::now())) {
    report.findings.push_back(std::move(finding));
  }
  return {};
}

Status verify(const Options& options, Session& session) {
  journal::VerifyOptions how;
  for (const auto& file : options.against) {
    const auto text = read_file(file);
    if (!text) return fail(text.error());
    how.against.push_back(*text);
  }
  how.archives.assign(options.archives.begin(), options.archives.end());
  EntrySubjects subjects;
  how.visit = [&](std::uint64_t, std::string_view entry) { subjects.add(entry); };
  const auto folder = journal_of(options.folder);
  auto report = journal::verify(folder, how);
  if (!report) return fail(report.error());
  if (folder != options.folder && report->archived == 0) {
    // What lies in the workspace and no entry tells of came there past the program.
    const auto workspace = lake::Workspace::open(options.folder);
    if (!workspace) return fail(workspace.error());
    const auto missing = acts_without_entry(*workspace, subjects);
    if (!missing) return fail(missing.error());
    for (const auto& act : *missing) {
      report->findings.push_back({std::nullopt, "journal.act_without_entry", act.subject});
    }
    if (auto desk = verify_desk(*workspace, *report); !desk) {
      // The log itself was read; what could not be held against it is said, not passed over.
      fmt::print(stderr, "{}{}  [{}]\n",
                 session.say("办公库未能核对：", "the desk database was not looked at: "),
                 error_words(desk.error().code, session.lang), desk.error().code);
    }
  }
  if (session.json) {
    fmt::print("{}\n", json_of(*report, session).dump(2));
  } else {
    print_report(*report, session);
  }
  if (!report->sound()) session.exit_code = exit_failed;
  return {};
}

Status proof(const Options& options) {
  const auto folder = journal_of(options.folder);
  if (!options.older.empty()) {
    const auto older = read_file(options.older);
    if (!older) return fail(older.error());
    const auto text = journal::prove_consistency_text(folder, *older);
    if (!text) return fail(text.error());
    fmt::print("{}", *text);
    return {};
  }
  if (options.index == no_index) {
    return fail(ErrorKind::invalid_input, "journal.proof_of_what", "");
  }
  const auto proof = journal::prove(folder, options.index);
  if (!proof) return fail(proof.error());
  fmt::print("{}", proof->text());
  return {};
}

Status export_bundle(const Options& options, const Session& session) {
  const std::filesystem::path to = options.to;
  if (std::filesystem::exists(to) && !std::filesystem::is_empty(to)) {
    return fail(ErrorKind::conflict, "journal.folder_not_empty", to.string());
  }
  const auto files =
      journal::proof_bundle(journal_of(options.folder), options.index, options.personal);
  if (!files) return fail(files.error());
  std::error_code error;
  std::filesystem::create_directories(to, error);
  for (const auto& [name, content] : *files) {
    if (auto written = write_file(to / name, content); !written) return written;
  }
  fmt::print("{}{}\n", session.say("证明已写入：", "proof written: "), (to / "README.md").string());
  return {};
}

Status erase(const Options& options, const Session& session) {
  auto journal = journal::Journal::open(journal_of(options.folder));
  if (!journal) return fail(journal.error());
  journal::Act why = act_of_user("journal.erase");
  why.personal["basis"] = options.basis;
  if (auto erased = (*journal)->erase(options.index, why); !erased) return erased;
  if (auto published = (*journal)->publish(); !published) return published;
  fmt::print("{} {}\n", session.say("个人信息已删除：条目", "personal part erased: entry"),
             options.index);
  return {};
}

Status archive(const Options& options, const Session& session) {
  auto journal = journal::Journal::open(journal_of(options.folder));
  if (!journal) return fail(journal.error());
  if (auto done = (*journal)->archive(options.below, options.to, act_of_user("journal.archive"));
      !done) {
    return done;
  }
  fmt::print("{}{}\n", session.say("已归档：", "taken off-line: "), options.to);
  return {};
}

Status repair(const Options& options, const Session& session) {
  const auto done = journal::repair(journal_of(options.folder), act_of_user("journal.repair"));
  if (!done) return fail(done.error());
  if (session.json) {
    Json json = {{"lost", done->lost}, {"kept", Json::array()}};
    for (const auto& file : done->kept) json["kept"].push_back(file.string());
    fmt::print("{}\n", json.dump(2));
    return {};
  }
  for (const auto index : done->lost) {
    fmt::print("{} {}\n",
               session.say("读不出、已由修复条目顶替：条目",
                           "unreadable, replaced by an entry that says so: entry"),
               index);
  }
  for (const auto& file : done->kept) {
    fmt::print("{}{}\n", session.say("损坏的文件另存于：", "the damaged file is kept as "),
               file.string());
  }
  return {};
}

Status make_witness_key(const Options& options) {
  const auto key = journal::PrivateKey::make(journal::Suite::sha256_ed25519);
  const journal::Verifier verifier{options.name, journal::SignatureType::cosigner,
                                   key.public_key()};
  if (const auto known = journal::Verifier::parse(verifier.text()); !known) {
    return fail(known.error());
  }
  if (auto saved = key.save(options.key); !saved) return saved;
  fmt::print("{}\n", verifier.text());
  return {};
}

Status cosign(const Options& options) {
  const auto log = journal::Verifier::parse(options.log);
  if (!log) return fail(log.error());
  const auto key = journal::PrivateKey::load(log->key.suite(), options.key);
  if (!key) return fail(key.error());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto text = journal::cosign(
      options.folder, *log, *key, options.name, options.seen,
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
  if (!text) return fail(text.error());
  fmt::print("{}", *text);
  return {};
}

Status take(const Options& options, const Session& session) {
  const auto text = read_file(options.file);
  if (!text) return fail(text.error());
  const auto taken = journal::take_cosigned(journal_of(options.folder), *text);
  if (!taken) return fail(taken.error());
  fmt::print("{} {}\n", session.say("有效的见证签名：", "witnesses counted:"), *taken);
  return {};
}

}  // namespace

void add_journal_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb =
      app.add_subcommand("journal", session.say("谁做了什么：可由外人核对的日志",
                                                "who did what, in a log that strangers can check"));
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, auto run) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->callback([run, &session] {
      if (Status done = run(); !done) session.report(done.error());
    });
    return one;
  };
  const auto with_folder = [&](CLI::App* one) {
    one->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
        ->required();
    return one;
  };
  const auto with_index = [&](CLI::App* one) {
    return one->add_option("INDEX", options->index,
                           session.say("条目序号，从 0 起", "number of the entry, from 0"));
  };

  with_folder(add("tail", session.say("最后的条目", "the last entries"), [options, &session] {
    return tail(*options, session);
  }))->add_option("-n", options->last, session.say("条数", "how many"));
  with_index(with_folder(add("show", session.say("一条", "one entry"), [options] {
    return show(*options);
  })))->required();
  auto* verifying = with_folder(add("verify",
                                    session.say("核对整个日志，指出最先出问题的条目",
                                                "check the whole log; name the first bad entry"),
                                    [options, &session] { return verify(*options, session); }));
  verifying->add_option("--against", options->against,
                        session.say("另处保存的检查点文件", "a checkpoint kept elsewhere"));
  verifying->add_option("--archive", options->archives,
                        session.say("离线归档的文件夹", "folder of an archive"));
  auto* proving = with_folder(
      add("proof",
          session.say("一条的包含证明，或与旧检查点的一致性证明",
                      "inclusion of one entry, or consistency with an older checkpoint"),
          [options] { return proof(*options); }));
  auto* index = with_index(proving);
  auto* from = proving->add_option("--from", options->older,
                                   session.say("旧检查点文件", "file of an older checkpoint"));
  from->excludes(index);
  auto* exporting = with_folder(add(
      "export",
      session.say("写出一条的证明，供外人核对", "write what a stranger needs to check one entry"),
      [options, &session] { return export_bundle(*options, session); }));
  with_index(exporting)->required();
  exporting->add_option("OUT", options->to, session.say("输出文件夹", "folder to write to"))
      ->required();
  exporting->add_flag("--personal", options->personal,
                      session.say("附上个人信息部分", "with the personal part"));
  auto* erasing = with_folder(
      add("erase",
          session.say("依法删除一条的个人信息部分", "erase the personal part of one entry by law"),
          [options, &session] { return erase(*options, session); }));
  with_index(erasing)->required();
  erasing->add_option("--basis", options->basis, session.say("依据", "on what basis"))->required();
  auto* archiving =
      with_folder(add("archive", session.say("把旧条目移出离线保存", "take old entries off-line"),
                      [options, &session] { return archive(*options, session); }));
  archiving
      ->add_option("--below", options->below,
                   session.say("序号小于此数（256 的倍数）", "entries below this multiple of 256"))
      ->required();
  archiving->add_option("--to", options->to, session.say("归档文件夹", "folder of the archive"))
      ->required();

  with_folder(
      add("repair",
          session.say("预写文件损坏、日志停写时：留存损坏文件，以修复条目顶替读不出的条目",
                      "when the wal is damaged and the log refuses to go on: keep the damaged file "
                      "aside, put an entry that says so in the place of each that is lost"),
          [options, &session] { return repair(*options, session); }));

  auto* key = add(
      "witness-key",
      session.say("见证方：生成密钥，印出公钥", "for a witness: make a key, print its public part"),
      [options] { return make_witness_key(*options); });
  key->add_option("FILE", options->key, session.say("密钥文件", "file of the key"))->required();
  key->add_option("--name", options->name,
                  session.say("见证方名称（ASCII）", "name of the witness (ASCII)"))
      ->required();
  auto* cosigning =
      add("cosign",
          session.say("见证方：核对日志只增不改后签名", "for a witness: sign if the log only grew"),
          [options] { return cosign(*options); });
  cosigning
      ->add_option("PUBLIC", options->folder,
                   session.say("日志 public 文件夹的副本", "a copy of the log's `public` folder"))
      ->required();
  cosigning
      ->add_option("--log", options->log,
                   session.say("日志公钥（log.vkey 的内容）", "the log's key, as in log.vkey"))
      ->required();
  cosigning
      ->add_option("--key", options->key,
                   session.say("见证方密钥文件", "file of the witness's key"))
      ->required();
  cosigning->add_option("--name", options->name, session.say("见证方名称", "name of the witness"))
      ->required();
  cosigning
      ->add_option("--seen", options->seen,
                   session.say("记住上次所见的文件", "file that remembers what was seen"))
      ->required();
  auto* adding = with_folder(
      add("witness", session.say("认可一个见证方", "count a witness from now on"),
          [options] { return journal::add_witness(journal_of(options->folder), options->log); }));
  adding->add_option("KEY", options->log, session.say("见证方公钥", "public key of the witness"))
      ->required();
  auto* taking = with_folder(
      add("take", session.say("收入见证方签名的检查点", "take in a cosigned checkpoint"),
          [options, &session] { return take(*options, session); }));
  taking->add_option("FILE", options->file, session.say("检查点文件", "file of the checkpoint"))
      ->required();
}

}  // namespace anlan::app
