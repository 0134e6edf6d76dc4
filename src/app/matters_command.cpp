#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "access/account.hpp"
#include "app/at_desk.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "duties/grants.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using store::Transaction;

struct Options {
  std::string folder;
  std::string as;
  std::int64_t id = 0;
  std::string verdict;
  std::string post;  ///< under which they act
  std::string opinion;
  std::string login;  ///< who is to get a post
  std::string given;  ///< which
  std::string organisation;
  std::string from;
  std::string until;
  std::string instead_of;
  std::string control;
  std::string state;
};

/// The moment at which a day begins in China.
Result<Instant> start_of(const std::string& text) {
  const auto day = parse_date(text);
  if (!day) return fail(day.error());
  return Instant::start_of(*day);
}

std::string state_words(duties::MatterState state, const Session& session) {
  switch (state) {
    case duties::MatterState::open:
      return session.say("审批中", "open");
    case duties::MatterState::returned:
      return session.say("已退回", "sent back");
    case duties::MatterState::approved:
      return session.say("已批准", "approved");
    case duties::MatterState::rejected:
      return session.say("已否决", "rejected");
    case duties::MatterState::withdrawn:
      break;
  }
  return session.say("已撤回", "withdrawn");
}

class Verbs {
 public:
  Verbs(store::Database& desk, const catalog::Catalog& catalog, access::Actor actor,
        const Options& options, const Session& session)
      : desk_(desk),
        catalog_(catalog),
        rules_(duties::rules_of(catalog_)),
        follows_(desk_follows(catalog)),
        actor_(std::move(actor)),
        options_(options),
        session_(session) {}

  Status list() {
    const auto state = options_.state.empty() ? std::nullopt : duties::state_named(options_.state);
    const auto all =
        desk_.read([&](Transaction& tx) { return duties::list_matters(tx, actor_, state); });
    if (!all) return fail(all.error());
    if (session_.json) {
      Json rows = Json::array();
      for (const auto& one : *all) rows.push_back(json_of(one));
      fmt::print("{}\n", rows.dump(2));
      return {};
    }
    for (const auto& one : *all) print_line(one);
    return {};
  }

  Status show() {
    std::vector<duties::Decided> decisions;
    const auto matter = desk_.read([&](Transaction& tx) -> Result<duties::Matter> {
      auto found = duties::decisions_on(tx, actor_, {options_.id});
      if (!found) return fail(found.error());
      decisions = std::move(*found);
      return duties::find_matter(tx, actor_, {options_.id});
    });
    if (!matter) return fail(matter.error());
    if (session_.json) {
      auto page = json_of(*matter);
      page["decisions"] = Json::array();
      for (const auto& one : decisions) {
        page["decisions"].push_back({{"round", one.round},
                                     {"step", one.step_name},
                                     {"post", one.post},
                                     {"person_id", one.person.value},
                                     {"verdict", duties::name_of(one.verdict)},
                                     {"opinion", one.opinion},
                                     {"late", one.late},
                                     {"decided_at", format_instant(one.at)}});
      }
      fmt::print("{}\n", page.dump(2));
      return {};
    }
    print_line(*matter);
    for (const auto& one : decisions) {
      fmt::print("  {}  {}  {}  {}{}\n", format_instant(one.at), pad_right(one.step_name, 18),
                 pad_right(one.post, 4), duties::name_of(one.verdict),
                 one.round == matter->round ? "" : session_.say("（前一轮，已作废）", " (void)"));
    }
    return {};
  }

  Status decide() {
    duties::Decision decision{.matter = {options_.id},
                              .verdict = *duties::verdict_named(options_.verdict),
                              .post = options_.post,
                              .opinion = options_.opinion};
    const auto now = Instant::now();
    const auto outcome = desk_.write([&](Transaction& tx) -> Result<duties::Outcome> {
      const auto matter = duties::find_matter(tx, actor_, decision.matter);
      if (!matter) return fail(matter.error());
      decision.version = matter->version;
      const auto* chain = catalog_.duties.chain(matter->chain);
      if (chain != nullptr && matter->step < chain->steps.size())
        decision.step = chain->steps[matter->step].name;
      return duties::decide(tx, rules_, follows_, actor_, decision, now);
    });
    if (outcome) return show();
    if (outcome.error().kind == ErrorKind::forbidden) {
      const auto told = desk_.write([&](Transaction& tx) {
        return duties::tell_refused(tx, actor_, decision, outcome.error(), now);
      });
      if (!told) return told;
    }
    return fail(outcome.error());
  }

  Status withdraw() {
    const auto done = desk_.write([&](Transaction& tx) -> Status {
      const auto matter = duties::find_matter(tx, actor_, {options_.id});
      if (!matter) return fail(matter.error());
      return duties::withdraw(tx, rules_, follows_, actor_, matter->id, matter->version,
                              Instant::now());
    });
    if (!done) return done;
    return show();
  }

  Status ask_post() { return ask(false); }
  Status ask_cover() { return ask(true); }

 private:
  Status ask(bool cover) {
    const auto now = Instant::now();
    duties::NewGrant grant;
    grant.cover = cover;
    grant.post = options_.given;
    grant.control = options_.control;
    grant.from = now;
    if (!options_.from.empty()) {
      const auto from = start_of(options_.from);
      if (!from) return fail(from.error());
      grant.from = *from;
    }
    if (!options_.until.empty()) {
      const auto last = start_of(options_.until);
      if (!last) return fail(last.error());
      grant.to = last->plus(std::chrono::hours(24));
    }
    duties::MatterId matter;
    const auto asked = desk_.write([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, actor_, options_.login);
      if (!account) return fail(account.error());
      grant.person = account->person;
      grant.account = account->id;
      grant.organisation =
          options_.organisation.empty() ? account->organisation : options_.organisation;
      if (!options_.instead_of.empty()) {
        const auto away = access::find_account(tx, actor_, options_.instead_of);
        if (!away) return fail(away.error());
        grant.instead_of = away->person;
      }
      const auto id = duties::ask_grant(tx, rules_, actor_, grant, options_.post, now);
      if (!id) return fail(id.error());
      const auto made = duties::find_grant(tx, actor_, *id);
      if (!made) return fail(made.error());
      matter = made->matter.id;
      return {};
    });
    if (!asked) return asked;
    if (session_.json) {
      fmt::print("{}\n", Json{{"matter_id", matter.value}}.dump());
    } else {
      fmt::print("{} {}\n", session_.say("已提出，事项编号", "asked for, matter"), matter.value);
    }
    return {};
  }

  std::string step_of(const duties::Matter& matter) const {
    const auto* chain = catalog_.duties.chain(matter.chain);
    if (matter.state != duties::MatterState::open || chain == nullptr ||
        matter.step >= chain->steps.size())
      return {};
    return chain->steps[matter.step].name;
  }

  Json json_of(const duties::Matter& matter) const {
    return {{"matter_id", matter.id.value},
            {"chain", matter.chain},
            {"organisation", matter.organisation},
            {"about", matter.about},
            {"state", duties::name_of(matter.state)},
            {"round", matter.round},
            {"step", step_of(matter)},
            {"reached_at", format_instant(matter.reached)},
            {"version", matter.version}};
  }

  void print_line(const duties::Matter& matter) const {
    fmt::print("{}  {}  {}  {}  {}  {}\n", pad_left(std::to_string(matter.id.value), 6),
               pad_right(matter.chain, 16), pad_right(matter.organisation, 16),
               pad_right(state_words(matter.state, session_), 8), pad_right(step_of(matter), 16),
               matter.about);
  }

  store::Database& desk_;
  const catalog::Catalog& catalog_;
  const duties::Rules rules_;
  const duties::Follows follows_;
  access::Actor actor_;
  const Options& options_;
  const Session& session_;
};

Status run(const Options& options, const Session& session, Status (*verb)(Verbs&)) {
  return at_desk(options.folder, options.as, session, [&](AtDesk& desk) {
    Verbs verbs(desk.database, desk.catalog, desk.actor, options, session);
    return verb(verbs);
  });
}

}  // namespace

void add_matters_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "matters",
      session.say("审批事项：申请岗位，逐步审批", "matters: ask for a post, decide step by step"));
  add_desk_options(*verb, options->folder, &options->as, session);
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, Status (*work)(Verbs&)) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->callback([options, work, &session] {
      if (auto done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  const auto with_id = [&](CLI::App* one) {
    one->add_option("ID", options->id, session.say("事项编号（list 列出）", "number, from list"))
        ->required();
    return one;
  };
  const auto with_post = [&](CLI::App* one) {
    one->add_option("--post", options->post,
                    session.say("以何岗位行事", "the post under which they act"));
    return one;
  };

  add("list", session.say("列出事项", "list matters"), [](Verbs& verbs) { return verbs.list(); })
      ->add_option("--state", options->state, session.say("只看此状态", "only of this state"))
      ->check(CLI::IsMember({"open", "returned", "approved", "rejected", "withdrawn"}));
  with_id(add("show", session.say("一个事项和已作的决定", "one matter, and what was decided"),
              [](Verbs& verbs) { return verbs.show(); }));
  auto* deciding = with_post(with_id(add("decide", session.say("决定当前一步", "decide its step"),
                                         [](Verbs& verbs) { return verbs.decide(); })));
  deciding
      ->add_option(
          "VERDICT", options->verdict,
          session.say("approve 同意、reject 否决、send_back 退回", "approve, reject or send_back"))
      ->required()
      ->check(CLI::IsMember({"approve", "reject", "send_back"}));
  deciding->add_option(
      "--opinion", options->opinion,
      session.say("意见（否决、退回必填）", "in words; needed unless they approve"));
  with_id(add("withdraw", session.say("撤回自己提出的事项", "withdraw one's own"),
              [](Verbs& verbs) { return verbs.withdraw(); }));

  const auto with_grant = [&](CLI::App* one) {
    one->add_option("LOGIN", options->login, session.say("给谁（登录名）", "who is to get it"))
        ->required();
    one->add_option("POST", options->given, session.say("岗位编号", "code of the post"))
        ->required();
    one->add_option("--organisation", options->organisation,
                    session.say("机构，缺省为其账号的机构", "organisation; the account's if none"));
    one->add_option("--from", options->from, session.say("起始日", "first day"));
    one->add_option("--until", options->until, session.say("最后一日", "last day"));
    one->add_option("--control", options->control,
                    session.say("补偿措施（S 级兼岗必填）", "compensating control of a soft pair"));
    return with_post(one);
  };
  with_grant(add("ask-post", session.say("申请授予岗位", "ask that a post be given"),
                 [](Verbs& verbs) { return verbs.ask_post(); }));
  with_grant(add("ask-cover", session.say("申请临时顶岗", "ask for temporary cover"),
                 [](Verbs& verbs) { return verbs.ask_cover(); }))
      ->add_option("--instead-of", options->instead_of,
                   session.say("代替谁（登录名）", "login of who is away"));
}

}  // namespace anlan::app
