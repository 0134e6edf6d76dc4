#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/at_desk.hpp"
#include "app/catalog_words.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/session.hpp"
#include "base/instant.hpp"
#include "catalog/catalog.hpp"
#include "files/files.hpp"
#include "leads/book.hpp"
#include "referral/pack.hpp"
#include "referral/referral.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using referral::Referral;
using store::Transaction;

struct Options {
  std::string folder;
  std::string login;
  std::int64_t id = 0;
  std::int64_t case_id = 0;
  bool open_only = false;
  std::string file;
  std::string reveal;
};

std::string timer_words(referral::TimerState state, const Session& session) {
  switch (state) {
    case referral::TimerState::running:
      return session.say("进行中", "running");
    case referral::TimerState::overdue:
      return session.say("超期未办", "overdue");
    case referral::TimerState::in_time:
      return session.say("按期", "in time");
    case referral::TimerState::late:
      break;
  }
  return session.say("逾期办结", "late");
}

class Verbs {
 public:
  Verbs(AtDesk& at, const Options& options, Session& session)
      : workspace_(at.workspace),
        desk_(at.database),
        catalog_(at.catalog),
        actor_(at.actor),
        options_(options),
        session_(session) {}

  Status list() {
    referral::Filter filter;
    if (options_.case_id != 0) filter.of = cases::CaseId{options_.case_id};
    filter.open_only = options_.open_only;
    const auto found =
        desk_.read([&](Transaction& tx) { return referral::list(tx, actor_, filter); });
    if (!found) return fail(found.error());
    if (session_.json) {
      Json all = Json::array();
      for (const auto& one : *found) all.push_back(head_json(one));
      fmt::print("{}\n", all.dump(2));
      return {};
    }
    std::vector<std::vector<std::string>> rows = {
        {session_.say("编号", "id"), session_.say("文号", "number"), session_.say("案件", "case"),
         session_.say("罪名", "offence"), session_.say("金额", "amount"),
         session_.say("状态", "state"), session_.say("超期步骤", "late steps")}};
    for (const auto& one : *found)
      rows.push_back({std::to_string(one.id.value), one.number, one.case_number,
                      offence_words(one.made.offence), format_yuan(one.made.amount),
                      event_words(one.state), late_steps(one)});
    print_table(rows);
    return {};
  }

  Status show() {
    const auto found = desk_.read([&](Transaction& tx) {
      return referral::find(tx, actor_, referral::ReferralId{options_.id});
    });
    if (!found) return fail(found.error());
    return session_.json ? show_json(*found) : show_words(*found);
  }

  Status pack() {
    std::map<std::string, std::string> titles;
    for (const auto& one : catalog_.models) titles[one.code] = one.title.zh;
    for (const auto& one : catalog_.rules) titles[one.code] = one.title.zh;
    const referral::ReferralId id{options_.id};
    auto content = desk_.read([&](Transaction& tx) {
      return referral::gather(tx, actor_, catalog_.referral_terms, catalog_.recovery_terms, titles,
                              id, now_);
    });
    if (!content) return fail(content.error());
    if (!options_.reveal.empty()) {
      if (auto revealed = reveal(*content); !revealed) return revealed;
    }
    const auto proofs = referral::proofs_of(workspace_.journal(), content->referral.made.of);
    if (!proofs) return fail(proofs.error());
    const auto summary = referral::write_pack(
        *content, [&](const std::string& sha256) { return kept(sha256); }, *proofs, options_.file);
    if (!summary) return fail(summary.error());
    const auto told = desk_.write([&](Transaction& tx) {
      return referral::packed(tx, actor_, id, *summary, !options_.reveal.empty(), now_);
    });
    if (!told) return told;
    if (session_.json) {
      fmt::print("{}\n", Json{{"file", options_.file},
                              {"sha256", summary->sha256},
                              {"bytes", summary->bytes},
                              {"files", summary->files},
                              {"evidence", summary->evidence},
                              {"journal_proofs", summary->proofs}}
                             .dump(2));
    } else {
      fmt::print("{}  SHA-256 {}\n", options_.file, summary->sha256);
      fmt::print("{}\n",
                 fmt::format(fmt::runtime(session_.say(
                                 "{} 个文件，其中证据 {} 件、日志证明 {} 条",
                                 "{} files, of which {} of evidence and {} proofs of the journal")),
                             summary->files, summary->evidence, summary->proofs));
    }
    return {};
  }

 private:
  std::string offence_words(const std::string& name) const {
    const auto* offence = catalog_.referral_terms.offence(name);
    return offence == nullptr ? name : session_.say(offence->title.zh, offence->title.en);
  }
  std::string event_words(const std::string& name) const {
    const auto* event = catalog_.referral_terms.event(name);
    return event == nullptr ? name : session_.say(event->title.zh, event->title.en);
  }
  std::vector<referral::Timer> timers(const Referral& one) const {
    return referral::timers_of(one, catalog_.referral_terms, catalog_.calendar, now_);
  }
  std::string late_steps(const Referral& one) const {
    std::string words;
    for (const auto& timer : timers(one)) {
      if (timer.state != referral::TimerState::overdue && timer.state != referral::TimerState::late)
        continue;
      if (!words.empty()) words += session_.say("、", ", ");
      words += session_.say(timer.clock->title.zh, timer.clock->title.en);
    }
    return words.empty() ? "-" : words;
  }

  Json head_json(const Referral& one) const {
    Json late = Json::array();
    for (const auto& timer : timers(one)) {
      if (timer.state == referral::TimerState::overdue || timer.state == referral::TimerState::late)
        late.push_back(timer.clock->name);
    }
    return {{"referral_id", one.id.value},
            {"number", one.number},
            {"case_id", one.made.of.value},
            {"case", one.case_number},
            {"organisation", one.organisation},
            {"offence", one.made.offence},
            {"amount_fen", one.made.amount.value},
            {"persons", one.made.persons},
            {"assessment", referral::name_of(one.assessment)},
            {"state", one.state},
            {"over", one.over},
            {"late", late},
            {"version", one.version}};
  }

  Status show_json(const Referral& one) const {
    auto all = head_json(one);
    all["addressee"] = one.made.addressee;
    all["content_sha256"] = one.content_hash;
    all["events"] = Json::array();
    for (const auto& event : one.events)
      all["events"].push_back({{"event", event.event},
                               {"at", format_instant(event.at)},
                               {"document", event.document},
                               {"file_sha256", event.file_sha256}});
    all["timers"] = Json::array();
    for (const auto& timer : timers(one))
      all["timers"].push_back({{"clock", timer.clock->name},
                               {"by", timer.clock->by},
                               {"from", format_instant(timer.from)},
                               {"due", timer.due ? Json(format_instant(*timer.due)) : Json()},
                               {"done", timer.done ? Json(format_instant(*timer.done)) : Json()},
                               {"state", referral::name_of(timer.state)},
                               {"sure", timer.clock->sure}});
    const auto answer = test_of(one);
    if (!answer) return fail(answer.error());
    all["thresholds"] = Json::array();
    for (const auto& level : answer->levels) {
      const auto& of = *level.level;
      all["thresholds"].push_back({{"level", of.name},
                                   {"from_fen", of.from.value},
                                   {"to_fen", of.to ? Json(of.to->value) : Json()},
                                   {"local_fen", of.local ? Json(of.local->value) : Json()},
                                   {"assessment", referral::name_of(level.assessment)},
                                   {"sure", of.sure}});
    }
    all["next"] = Json::array();
    for (const auto* event : referral::next_events(one, catalog_.referral_terms))
      all["next"].push_back(event->name);
    fmt::print("{}\n", all.dump(2));
    return {};
  }

  Status show_words(const Referral& one) const {
    fmt::print("{}  {}  {}  {}\n{}\n\n", one.number, one.case_number,
               offence_words(one.made.offence), format_yuan(one.made.amount),
               event_words(one.state));
    const auto answer = test_of(one);
    if (!answer) return fail(answer.error());
    std::vector<std::vector<std::string>> rows = {
        {session_.say("档次", "level"), session_.say("法定数额", "the law"),
         session_.say("本市标准", "the city"), session_.say("本案", "this case")}};
    for (const auto& level : answer->levels) {
      const auto& of = *level.level;
      rows.push_back({session_.say(of.title.zh, of.title.en),
                      format_yuan(of.from) + (of.to ? " – " + format_yuan(*of.to) : ""),
                      !of.to     ? "-"
                      : of.local ? format_yuan(*of.local)
                                 : session_.say("未设定", "not set"),
                      level.assessment == referral::Assessment::must_assess
                          ? session_.say("必须移送评估", "must be assessed")
                      : level.assessment == referral::Assessment::near
                          ? session_.say("接近", "near")
                          : session_.say("否", "no")});
    }
    print_table(rows);
    fmt::print("\n");
    rows = {{session_.say("时间", "when"), session_.say("事项", "what"),
             session_.say("文书", "paper")}};
    for (const auto& event : one.events)
      rows.push_back({format_instant(event.at), event_words(event.event), event.document});
    print_table(rows);
    fmt::print("\n");
    rows = {{session_.say("步骤", "step"), session_.say("起", "from"), session_.say("限期", "due"),
             session_.say("办结", "done"), session_.say("情况", "state")}};
    for (const auto& timer : timers(one))
      rows.push_back(
          {session_.say(timer.clock->title.zh, timer.clock->title.en), format_instant(timer.from),
           timer.due ? format_instant(*timer.due) : session_.say("无期限", "no limit"),
           timer.done ? format_instant(*timer.done) : "-", timer_words(timer.state, session_)});
    print_table(rows);
    return {};
  }

  Result<referral::Answer> test_of(const Referral& one) const {
    return referral::referral_test(catalog_.referral_terms,
                                   {one.made.offence, one.made.amount, one.made.persons,
                                    one.made.subject, one.made.aggravated});
  }

  /// A kept file lies under its hash; its name is that of its first giver.
  Result<referral::KeptFile> kept(const std::string& sha256) const {
    const auto name = desk_.read([&](Transaction& tx) { return files::first_name(tx, sha256); });
    if (!name) return fail(name.error());
    return referral::KeptFile{files::path_of(workspace_.files(), sha256), *name};
  }

  /// The number of the subject stands in no table of the desk: it is read from the run that found
  /// the lead, once the journal has why.
  Status reveal(referral::PackContent& content) {
    const auto told = desk_.write([&](Transaction& tx) {
      return referral::revealed(tx, actor_, content.referral.id, options_.reveal, now_);
    });
    if (!told || content.leads.empty()) return told;
    const auto book = leads::LeadBook::load(workspace_);
    if (!book) return fail(book.error());
    const auto line = (*book)->line(content.leads.front().lead_id);
    if (!line) return fail(line.error());
    const auto lead = Json::parse(*line, nullptr, false);
    if (lead.is_object()) content.party.id_no = lead.value("subject_id", "");
    return {};
  }

  const lake::Workspace& workspace_;
  store::Database& desk_;
  const catalog::Catalog& catalog_;
  const access::Actor& actor_;
  const Options& options_;
  Session& session_;
  Instant now_ = Instant::now();
};

Status run(const Options& options, Session& session, Status (*verb)(Verbs&)) {
  return at_desk(options.folder, options.login, session, [&](AtDesk& desk) -> Status {
    // Proofs stand on what is in the journal: what was told goes there first.
    if (auto settled = settle_desk(desk.workspace, desk.database); !settled) return settled;
    Verbs verbs(desk, options, session);
    return verb(verbs);
  });
}

/// Needs no workspace: who received a pack has none.
Status check(const Options& options, Session& session) {
  const auto findings = referral::check_pack(options.file);
  if (!findings) return fail(findings.error());
  if (session.json) {
    Json all = Json::array();
    for (const auto& one : *findings) all.push_back({{"code", one.code}, {"file", one.file}});
    fmt::print("{}\n", all.dump(2));
  } else if (findings->empty()) {
    fmt::print("{}\n", session.say("每个文件都与清单相符", "every file is as the manifest says"));
  } else {
    for (const auto& one : *findings) {
      const auto words = one.code == "pack.missing_file"   ? session.say("缺少", "missing")
                         : one.code == "pack.changed_file" ? session.say("已被改动", "changed")
                         : one.code == "pack.unlisted_file"
                             ? session.say("不在清单中", "not in the manifest")
                             : session.say("清单有误", "the manifest is wrong");
      fmt::print("{}  {}\n", words, one.file);
    }
  }
  if (!findings->empty()) session.exit_code = exit_failed;
  return {};
}

}  // namespace

void add_referral_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "referral", session.say("涉嫌犯罪案件移送：状态、各步骤时限、移送材料包",
                              "referrals: their state, the clock of each step, the pack"));
  verb->add_option("DIR", options->folder,
                   session.say("工作区文件夹（check 时为材料包）",
                               "folder of the workspace; of check: the pack"))
      ->required();
  verb->add_option("--as", options->login,
                   session.say("以此账号查看；密码从标准输入读一行",
                               "look as this account; its password is a line of standard input"));
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, Status (*work)(Verbs&)) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  const auto with_id = [&](CLI::App* one) {
    one->add_option("ID", options->id, session.say("移送编号（list 列出）", "number, from list"))
        ->required();
    return one;
  };
  auto* list = add("list", session.say("列出移送及超期步骤", "list referrals and late steps"),
                   [](Verbs& verbs) { return verbs.list(); });
  list->add_option("--case", options->case_id, session.say("只列这个案件的", "of one case"));
  list->add_flag("--open", options->open_only, session.say("只列未办结的", "not ended ones"));
  with_id(add("show",
              session.say("一件移送：数额对照、经过、时限", "one: thresholds, events, clocks"),
              [](Verbs& verbs) { return verbs.show(); }));
  auto* pack = with_id(add("pack", session.say("生成移送材料包（ZIP）", "write the pack, a ZIP"),
                           [](Verbs& verbs) { return verbs.pack(); }));
  pack->add_option("--out", options->file, session.say("文件", "the file"))->required();
  pack->add_option(
      "--reveal", options->reveal,
      session.say("显示当事人证件号码的理由（记入日志）；不给则隐去",
                  "why the party's number is shown, told to the journal; else masked"));
  auto* checking = verb->add_subcommand(
      "check", session.say("核对收到的材料包", "check a pack against its own manifest"));
  checking->callback([options, &session] {
    options->file = options->folder;
    if (auto done = check(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
