#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "access/account.hpp"
#include "access/grant.hpp"
#include "access/login.hpp"
#include "access/organisation.hpp"
#include "access/person.hpp"
#include "access/session.hpp"
#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/masking.hpp"
#include "app/people.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "duties/grants.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using store::Transaction;

struct Options {
  std::string folder;
  std::string login;
  std::string name;
  std::string id_no;
  std::string organisation;
  std::string phone;
  std::string bank_account;
  bool vendor = false;
  std::string post;
  std::string from;
  std::string until;
  std::string control;
  std::string approved_by;
  std::string instead_of;
  bool is_cover = false;
  std::int64_t id = 0;
  std::string field;
  std::string reason;
  std::string relation;
  std::vector<std::string> scopes;
  std::string tree;
};

/// What every verb works on.
struct Desk {
  lake::Workspace workspace;
  store::Database database;
  access::IdentityKey key;
  catalog::Duties duties;
  access::Actor actor = console_actor();
  Instant now = Instant::now();
};

/// The moment a period begins: a day's beginning, or now.
Result<Instant> beginning(const std::string& day, Instant now) {
  if (day.empty()) return now;
  const auto date = parse_date(day);
  if (!date) return fail(date.error());
  return Instant::start_of(*date);
}

/// The moment behind a last day.
Result<std::optional<Instant>> ending(const std::string& day) {
  if (day.empty()) return std::optional<Instant>();
  const auto date = parse_date(day);
  if (!date) return fail(date.error());
  return std::optional(Instant::start_of(Date{date->days + 1}));
}

/// An ID number typed behind an option stays in the shell's history: "-" takes it from the input.
Result<fund::IdNumber> id_number(const std::string& word) {
  if (word != "-") return fund::IdNumber::parse(word);
  std::string line;
  std::getline(std::cin, line);
  return fund::IdNumber::parse(line);
}

std::string moment(const std::optional<Instant>& at) {
  return at ? format_instant(*at) : "-";
}

Json json_moment(const std::optional<Instant>& at) {
  return at ? Json(format_instant(*at)) : Json();
}

Json json_of(const access::HeldPost& held) {
  return {{"id", held.id},
          {"cover", held.cover},
          {"post", held.post},
          {"organisation", held.organisation},
          {"account_id", held.account ? Json(held.account->value) : Json()},
          {"from", format_instant(held.from)},
          {"to", json_moment(held.to)},
          {"granted_by", held.granted_by},
          {"approved_by", held.approved_by},
          {"control", held.control}};
}

class Verbs {
 public:
  Verbs(Desk& desk, const Options& options, const Session& session)
      : desk_(desk), options_(options), session_(session) {}

  Status list() {
    Json all = Json::array();
    const auto done = desk_.database.read([&](Transaction& tx) -> Status {
      const auto accounts = access::list_accounts(tx, desk_.actor);
      if (!accounts) return fail(accounts.error());
      for (const auto& account : *accounts) {
        if (!options_.organisation.empty() && account.organisation != options_.organisation)
          continue;
        auto one = json_of(tx, account);
        if (!one) return fail(one.error());
        all.push_back(std::move(*one));
      }
      return {};
    });
    if (!done) return done;
    if (session_.json) return print(all);
    for (const auto& one : all) print_line(one);
    return {};
  }

  Status show() {
    Json page;
    const auto done = desk_.database.read([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      auto one = json_of(tx, *account);
      if (!one) return fail(one.error());
      page = std::move(*one);
      const auto number = access::masked_id_number(tx, desk_.actor, desk_.key, account->person);
      if (!number) return fail(number.error());
      page["id_no"] = number->empty() ? Json() : Json(*number);
      const auto until = access::locked_until(tx, account->login, desk_.now);
      if (!until) return fail(until.error());
      page["locked_until"] = json_moment(*until);
      const auto held = access::posts_of_person(tx, account->person, desk_.now);
      if (!held) return fail(held.error());
      page["posts"] = Json::array();
      for (const auto& post : *held) page["posts"].push_back(app::json_of(post));
      return {};
    });
    if (!done) return done;
    if (session_.json) return print(page);
    print_line(page);
    const auto say = [&](const char* zh, const char* en, const std::string& value) {
      fmt::print("  {}{}\n", session_.say(zh, en), value);
    };
    say("身份证号 ", "ID number ",
        page["id_no"].is_null() ? "-" : page["id_no"].get<std::string>());
    if (!page["locked_until"].is_null())
      say("锁定至 ", "locked until ", page["locked_until"].get<std::string>());
    for (const auto& post : page["posts"]) {
      fmt::print(
          "  {} {}  {}  {}  {} → {}  {}{}\n",
          post["cover"].get<bool>() ? session_.say("顶岗", "cover") : session_.say("岗位", "post"),
          post["id"].get<std::int64_t>(), post["post"].get<std::string>(),
          post["organisation"].get<std::string>(), post["from"].get<std::string>(),
          post["to"].is_null() ? "…" : post["to"].get<std::string>(),
          session_.say("批准 ", "approved by "), post["approved_by"].get<std::string>());
    }
    return {};
  }

  /// A person, if nobody has this ID number yet, and an account of theirs.
  Status add() {
    const auto number = id_number(options_.id_no);
    if (!number) return fail(number.error());
    const auto until = ending(options_.until);
    if (!until) return fail(until.error());
    access::AccountId account;
    const auto added = write_quietly([&](Transaction& tx) -> Status {
      auto person = access::person_of(tx, desk_.key.of_id_number(*number));
      if (!person) return fail(person.error());
      if (!*person) {
        const auto fresh = access::add_person(
            tx, desk_.actor, desk_.key,
            {options_.organisation, options_.name, *number,
             options_.vendor ? access::StaffKind::vendor : access::StaffKind::own, options_.phone,
             options_.bank_account},
            desk_.now);
        if (!fresh) return fail(fresh.error());
        *person = *fresh;
      }
      const auto made = access::add_account(
          tx, desk_.actor, {**person, options_.organisation, options_.login, *until}, desk_.now);
      if (!made) return fail(made.error());
      account = *made;
      return {};
    });
    if (!added) return added;
    return issue(account);
  }

  Status password() {
    const auto account = found(options_.login);
    if (!account) return fail(account.error());
    return issue(account->id);
  }

  Status identify() {
    const auto number = id_number(options_.id_no);
    if (!number) return fail(number.error());
    return write([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      auto person = access::find_person(tx, desk_.actor, account->person);
      if (!person) return fail(person.error());
      auto known = access::set_identity(tx, desk_.actor, desk_.key, person->id, *number,
                                        options_.phone, desk_.now);
      if (!known || options_.name.empty()) return known;
      person->name = options_.name;
      return access::change_person(tx, desk_.actor, *person, desk_.now);
    });
  }

  Status grant() {
    return give([&](Transaction& tx, const access::Account& account,
                    const access::Approval& approval) -> Result<std::int64_t> {
      const auto from = beginning(options_.from, desk_.now);
      if (!from) return fail(from.error());
      const auto until = ending(options_.until);
      if (!until) return fail(until.error());
      return access::grant_post(tx, desk_.actor, desk_.duties,
                                {account.person, account.id, organisation_of(account),
                                 options_.post, *from, *until, options_.control},
                                approval, desk_.now);
    });
  }

  Status cover() {
    return give([&](Transaction& tx, const access::Account& account,
                    const access::Approval& approval) -> Result<std::int64_t> {
      const auto from = beginning(options_.from, desk_.now);
      if (!from) return fail(from.error());
      const auto until = ending(options_.until);
      if (!until) return fail(until.error());
      access::NewCover cover{
          account.person, account.id, organisation_of(account), options_.post, {},
          *from,          **until,    options_.control};
      if (!options_.instead_of.empty()) {
        const auto away = access::find_account(tx, desk_.actor, options_.instead_of);
        if (!away) return fail(away.error());
        cover.instead_of = away->person;
      }
      return access::cover_post(tx, desk_.actor, desk_.duties, cover, approval, desk_.now);
    });
  }

  Status revoke() {
    return write([&](Transaction& tx) {
      return options_.is_cover ? access::end_cover(tx, desk_.actor, options_.id, desk_.now)
                               : access::revoke_post(tx, desk_.actor, options_.id, desk_.now);
    });
  }

  Status set_disabled(bool disabled) {
    return write([&](Transaction& tx) -> Status {
      auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      account->disabled = disabled;
      return access::change_account(tx, desk_.actor, *account, desk_.now);
    });
  }

  Status unlock() {
    return write([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      return access::unlock(tx, desk_.actor, account->id, desk_.now);
    });
  }

  Status kin() {
    const auto number = id_number(options_.id_no);
    if (!number) return fail(number.error());
    return write([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      return access::declare_kin(tx, desk_.actor, account->person, desk_.key.of_id_number(*number),
                                 options_.relation, desk_.now);
    });
  }

  Status reveal() {
    std::string value;
    const auto done = write_quietly([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      const auto field = options_.field == "name"    ? access::IdentityField::name
                         : options_.field == "id_no" ? access::IdentityField::id_no
                                                     : access::IdentityField::phone;
      auto whole = access::reveal(tx, desk_.actor, desk_.key, account->person, field,
                                  options_.reason, desk_.now);
      if (!whole) return fail(whole.error());
      value = std::move(*whole);
      return {};
    });
    if (!done) return done;
    if (session_.json) return print({{"field", options_.field}, {"value", value}});
    fmt::print("{}\n", value);
    return {};
  }

  Status sessions() {
    if (options_.id != 0) {
      return write([&](Transaction& tx) {
        return access::end_session(tx, desk_.actor, options_.id, desk_.now);
      });
    }
    const auto all = desk_.database.read([&](Transaction& tx) {
      return access::list_sessions(tx, desk_.actor, access::SessionLimits{}, desk_.now);
    });
    if (!all) return fail(all.error());
    Json page = Json::array();
    for (const auto& one : *all) {
      if (!options_.login.empty() && one.login != access::canonical_login(options_.login)) continue;
      page.push_back({{"id", one.id},
                      {"login", one.login},
                      {"address", one.address},
                      {"started", format_instant(one.started)},
                      {"last_seen", format_instant(one.last_seen)},
                      {"ends", format_instant(one.ends)}});
    }
    if (session_.json) return print(page);
    for (const auto& one : page) {
      fmt::print("{}  {}  {}  {} → {}\n", one["id"].get<std::int64_t>(),
                 one["login"].get<std::string>(), one["address"].get<std::string>(),
                 one["started"].get<std::string>(), one["last_seen"].get<std::string>());
    }
    return {};
  }

  Status make_token() {
    const auto until = ending(options_.until);
    if (!until) return fail(until.error());
    std::string token;
    const auto done = write_quietly([&](Transaction& tx) -> Status {
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      auto made =
          access::make_token(tx, desk_.actor, desk_.duties,
                             {account->id, options_.name, options_.scopes, **until}, desk_.now);
      if (!made) return fail(made.error());
      token = std::move(*made);
      return {};
    });
    if (!done) return done;
    if (session_.json) return print({{"login", options_.login}, {"token", token}});
    fmt::print("{}{}\n", session_.say("令牌（仅显示这一次）：", "token, shown this once: "), token);
    return {};
  }

  Status tokens() {
    if (options_.id != 0) {
      return write([&](Transaction& tx) {
        return access::end_token(tx, desk_.actor, options_.id, desk_.now);
      });
    }
    const auto all =
        desk_.database.read([&](Transaction& tx) { return access::list_tokens(tx, desk_.actor); });
    if (!all) return fail(all.error());
    Json page = Json::array();
    for (const auto& one : *all) {
      page.push_back({{"id", one.id},
                      {"login", one.login},
                      {"name", one.name},
                      {"scopes", one.scopes},
                      {"made", format_instant(one.made)},
                      {"ends", format_instant(one.ends)},
                      {"ended", json_moment(one.ended)},
                      {"last_used", json_moment(one.last_used)}});
    }
    if (session_.json) return print(page);
    for (const auto& one : *all) {
      fmt::print("{}  {}  {}  {}  {} {}  {} {}\n", one.id, one.login, one.name,
                 fmt::join(one.scopes, " "), session_.say("到期", "ends"),
                 format_instant(one.ended.value_or(one.ends)),
                 session_.say("上次使用", "last used"), moment(one.last_used));
    }
    return {};
  }

  Status organisations() {
    if (!options_.tree.empty()) {
      const auto added = import_tree(desk_.database, session_, options_.tree, desk_.now);
      if (!added) return fail(added.error());
      if (auto settled = settle_desk(desk_.workspace, desk_.database); !settled) return settled;
      if (session_.json) return print({{"added", *added}});
      fmt::print("{} {}\n", session_.say("新增机构", "organisations added:"), *added);
      return {};
    }
    const auto all = desk_.database.read(
        [&](Transaction& tx) { return access::list_organisations(tx, desk_.actor); });
    if (!all) return fail(all.error());
    Json page = Json::array();
    for (const auto& one : *all) {
      page.push_back({{"id", one.id},
                      {"parent", one.parent.empty() ? Json() : Json(one.parent)},
                      {"zh", one.name.zh},
                      {"en", one.name.en},
                      {"kind", one.kind},
                      {"side", one.side},
                      {"region_code", one.region_code},
                      {"from", format_date(one.valid_from)},
                      {"to", one.valid_to ? Json(format_date(*one.valid_to)) : Json()}});
    }
    if (session_.json) return print(page);
    std::map<std::string, std::size_t> depth;
    for (const auto& one : *all) {
      depth[one.id] = one.parent.empty() ? 0 : depth[one.parent] + 1;
      const auto id = std::string(2 * depth[one.id], ' ') + one.id;
      fmt::print("{}  {}  {}\n", pad_right(id, 24), pad_right(one.side, 11),
                 one.name.in(session_.lang));
    }
    return {};
  }

 private:
  static Status print(const Json& json) {
    fmt::print("{}\n", json.dump(2));
    return {};
  }

  /// A change, and what it told goes into the journal.
  template <class Work>
  Status write_quietly(Work&& work) {
    if (auto done = desk_.database.write(std::forward<Work>(work)); !done) return done;
    return settle_desk(desk_.workspace, desk_.database);
  }
  template <class Work>
  Status write(Work&& work) {
    if (auto done = write_quietly(std::forward<Work>(work)); !done) return done;
    if (!session_.json) fmt::print("{}\n", session_.say("已完成", "done"));
    return {};
  }

  Result<access::Account> found(const std::string& login) {
    return desk_.database.read(
        [&](Transaction& tx) { return access::find_account(tx, desk_.actor, login); });
  }

  std::string organisation_of(const access::Account& account) const {
    return options_.organisation.empty() ? account.organisation : options_.organisation;
  }

  /// Prints the number of what was given.
  template <class Give>
  Status give(Give&& give_it) {
    std::int64_t id = 0;
    const auto done = write_quietly([&](Transaction& tx) -> Status {
      if (auto setting_up = duties::check_setting_up(tx); !setting_up) return setting_up;
      const auto account = access::find_account(tx, desk_.actor, options_.login);
      if (!account) return fail(account.error());
      const auto approver = access::find_account(tx, desk_.actor, options_.approved_by);
      if (!approver) return fail(approver.error());
      const auto given = give_it(tx, *account, access::Approval{approver->id, ""});
      if (!given) return fail(given.error());
      id = *given;
      return {};
    });
    if (!done) return done;
    if (session_.json) return print({{"id", id}});
    fmt::print("{} {}\n", session_.say("已授予，编号", "given, number"), id);
    return {};
  }

  Status issue(access::AccountId account) {
    access::PasswordHasher hasher;
    const auto password =
        access::issue_password(desk_.database, hasher, desk_.actor, account, desk_.now);
    if (!password) return fail(password.error());
    if (auto settled = settle_desk(desk_.workspace, desk_.database); !settled) return settled;
    if (session_.json) {
      return print({{"login", options_.login},
                    {"account_id", account.value},
                    {"one_time_password", *password}});
    }
    fmt::print("{}{}\n",
               session_.say("一次性密码（仅显示这一次，72 小时内登录并更改）：",
                            "one-time password, shown this once; log in and change it within 72 "
                            "hours: "),
               *password);
    return {};
  }

  Result<Json> json_of(Transaction& tx, const access::Account& account) {
    const auto person = access::find_person(tx, desk_.actor, account.person);
    if (!person) return fail(person.error());
    const auto held = access::posts_of_person(tx, account.person, desk_.now);
    if (!held) return fail(held.error());
    Json posts = Json::array();
    for (const auto& post : *held) {
      if (post.account == account.id) posts.push_back(app::json_of(post));
    }
    return Json{{"login", account.login},
                {"account_id", account.id.value},
                {"person_id", account.person.value},
                {"name", masked_text("name", person->name)},
                {"staff", person->kind == access::StaffKind::own ? "own" : "vendor"},
                {"organisation", account.organisation},
                {"disabled", account.disabled},
                {"valid_to", json_moment(account.valid_to)},
                {"left_on", person->left_on ? Json(format_date(*person->left_on)) : Json()},
                {"posts", std::move(posts)}};
  }

  void print_line(const Json& one) const {
    std::string posts;
    for (const auto& post : one["posts"]) {
      posts += posts.empty() ? "" : " ";
      posts += post["post"].get<std::string>() + "@" + post["organisation"].get<std::string>();
    }
    fmt::print("{}  {}  {}  {}{}{}\n", pad_right(one["login"].get<std::string>(), 16),
               pad_right(one["name"].get<std::string>(), 8),
               pad_right(one["organisation"].get<std::string>(), 18), posts,
               one["disabled"].get<bool>() ? session_.say("  已停用", "  disabled") : "",
               one["staff"] == "vendor" ? session_.say("  外包人员", "  outside staff") : "");
  }

  Desk& desk_;
  const Options& options_;
  const Session& session_;
};

Status run(const Options& options, const Session& session, Status (*verb)(Verbs&)) {
  const auto workspace = lake::Workspace::open(options.folder);
  if (!workspace) return fail(workspace.error());
  auto database = open_desk(*workspace, session);
  if (!database) return fail(database.error());
  auto people = prepare_people(*workspace, *database, session, Instant::now());
  if (!people) return fail(people.error());
  if (people->first) {
    print_first_administrator(stderr, *people->first, session);
    if (auto settled = settle_desk(*workspace, *database); !settled) return settled;
  }
  auto duties = catalog::load_duties(session.catalog);
  if (!duties) return fail(duties.error());
  Desk desk{*workspace, std::move(*database), std::move(people->key), std::move(*duties)};
  Verbs verbs(desk, options, session);
  return verb(verbs);
}

}  // namespace

void add_actor_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "actor", session.say("谁在这里工作：机构、人员、账号、岗位、会话、令牌",
                           "who works here: organisations, accounts, posts, sessions, tokens"));
  verb->require_subcommand(1);
  const auto add = [&](const char* name, std::string words, Status (*work)(Verbs&)) {
    auto* one = verb->add_subcommand(name, std::move(words));
    one->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
        ->required();
    one->callback([options, work, &session] {
      if (Status done = run(*options, session, work); !done) session.report(done.error());
    });
    return one;
  };
  const auto with_login = [&](CLI::App* one) {
    one->add_option("LOGIN", options->login, session.say("登录名", "login of the account"))
        ->required();
    return one;
  };
  const auto with_id_no = [&](CLI::App* one) {
    return one->add_option("--id-no", options->id_no,
                           session.say("身份证号；- 表示从标准输入读一行",
                                       "ID number; - reads one line from the standard input"));
  };
  const auto with_organisation = [&](CLI::App* one) {
    return one->add_option("--organisation", options->organisation,
                           session.say("机构编号（anlan actor organisations 列出）",
                                       "organisation, as anlan actor organisations lists them"));
  };
  const auto with_until = [&](CLI::App* one) {
    return one->add_option("--until", options->until, session.say("最后一天", "the last day"));
  };
  const auto with_giving = [&](CLI::App* one) {
    with_login(one);
    one->add_option("POST", options->post,
                    session.say("岗位代码，如 SL", "code of the post, as SL"))
        ->required();
    with_organisation(one);
    one->add_option("--from", options->from,
                    session.say("第一天（缺省为此刻）", "the first day (else from now)"));
    one->add_option("--approved-by", options->approved_by,
                    session.say("批准人的登录名：不得是本人",
                                "login of who approved: never the one who gets it"))
        ->required();
    one->add_option("--control", options->control,
                    session.say("补偿措施（小单位兼岗必须写明）",
                                "compensating control, where a soft pair needs one"));
    return with_until(one);
  };

  with_organisation(add("list", session.say("列出账号", "list accounts"),
                        [](Verbs& verbs) { return verbs.list(); }));
  with_login(add("show",
                 session.say("一个账号及其人的全部岗位", "an account, and all its person holds"),
                 [](Verbs& verbs) { return verbs.show(); }));

  auto* adding = with_login(
      add("add",
          session.say("新增账号（必要时新增人员），印出一次性密码",
                      "add an account, and its person if need be; print a one-time password"),
          [](Verbs& verbs) { return verbs.add(); }));
  adding->add_option("--name", options->name, session.say("姓名", "name"))->required();
  with_id_no(adding)->required();
  with_organisation(adding)->required();
  adding->add_flag("--vendor", options->vendor, session.say("外包人员", "outside staff"));
  adding->add_option("--phone", options->phone, session.say("电话", "phone"));
  adding->add_option("--bank-account", options->bank_account,
                     session.say("银行账号（只存加密摘要，供回避核对）",
                                 "bank account; only its keyed hash is kept, for recusal"));
  with_until(adding);

  auto* identifying = with_login(
      add("identify", session.say("登记首位管理员的身份", "say who the first administrator is"),
          [](Verbs& verbs) { return verbs.identify(); }));
  with_id_no(identifying)->required();
  identifying->add_option("--name", options->name, session.say("姓名", "name"));
  identifying->add_option("--phone", options->phone, session.say("电话", "phone"));

  with_giving(add("grant",
                  session.say("授予岗位（仅在启用之前；此后用 anlan matters）",
                              "give a post, while the desk is set up; then: anlan matters"),
                  [](Verbs& verbs) { return verbs.grant(); }));
  auto* covering = add("cover",
                       session.say("临时顶岗，最长 30 天（仅在启用之前）",
                                   "cover a post for 30 days at most, while the desk is set up"),
                       [](Verbs& verbs) { return verbs.cover(); });
  with_giving(covering)->required();
  covering->add_option("--instead-of", options->instead_of,
                       session.say("不在岗的人的登录名", "login of who is away"));
  auto* revoking = add("revoke", session.say("收回岗位或顶岗", "end a post or a cover"),
                       [](Verbs& verbs) { return verbs.revoke(); });
  revoking->add_option("ID", options->id, session.say("编号（show 列出）", "its number, from show"))
      ->required();
  revoking->add_flag("--cover", options->is_cover, session.say("是顶岗", "it is a cover"));

  with_login(add("disable", session.say("停用账号", "disable an account"),
                 [](Verbs& verbs) { return verbs.set_disabled(true); }));
  with_login(add("enable", session.say("启用账号", "enable an account"),
                 [](Verbs& verbs) { return verbs.set_disabled(false); }));
  with_login(
      add("password",
          session.say("发一次性密码，结束其会话", "issue a one-time password; ends its sessions"),
          [](Verbs& verbs) { return verbs.password(); }));
  with_login(add("unlock", session.say("解除登录锁定", "lift the lock after failed logins"),
                 [](Verbs& verbs) { return verbs.unlock(); }));

  auto* sessions = add("sessions", session.say("会话：列出或结束", "sessions: list or end them"),
                       [](Verbs& verbs) { return verbs.sessions(); });
  sessions->add_option("LOGIN", options->login, session.say("只看此账号", "of this account only"));
  sessions->add_option("--end", options->id, session.say("结束此会话", "end this one"));

  auto* token = with_login(add("token", session.say("发接口令牌", "make an API token"),
                               [](Verbs& verbs) { return verbs.make_token(); }));
  token->add_option("--name", options->name, session.say("用途", "what it is for"))->required();
  token
      ->add_option("--scope", options->scopes, session.say("权限名，可多个", "a right; may repeat"))
      ->required();
  with_until(token)->required();
  auto* tokens = add("tokens", session.say("接口令牌：列出或作废", "API tokens: list or end them"),
                     [](Verbs& verbs) { return verbs.tokens(); });
  tokens->add_option("--end", options->id, session.say("作废此令牌", "end this one"));

  auto* kin =
      with_login(add("kin", session.say("登记亲属关系（供回避）", "declare kin, for recusal"),
                     [](Verbs& verbs) { return verbs.kin(); }));
  kin->add_option("RELATION", options->relation,
                  session.say("关系：spouse parent child sibling in_law other",
                              "spouse, parent, child, sibling, in_law or other"))
      ->required();
  with_id_no(kin)->required();
  auto* revealing =
      with_login(add("reveal",
                     session.say("显示被遮盖的内容，须说明理由，记入日志",
                                 "show what is masked, with a reason; the journal is told"),
                     [](Verbs& verbs) { return verbs.reveal(); }));
  revealing
      ->add_option("FIELD", options->field,
                   session.say("name、id_no 或 phone", "name, id_no or phone"))
      ->required()
      ->check(CLI::IsMember({"name", "id_no", "phone"}));
  revealing->add_option("--reason", options->reason, session.say("理由", "the reason"))->required();

  auto* tree =
      add("organisations", session.say("机构树：列出或导入", "organisations: list or import"),
          [](Verbs& verbs) { return verbs.organisations(); });
  tree->add_option("--import", options->tree,
                   session.say("目录 organisations/ 中的机构树名，如 standard",
                               "name of a tree in the catalog's organisations, as standard"));
}

}  // namespace anlan::app
