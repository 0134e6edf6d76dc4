#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands.hpp"
#include "app/desk.hpp"
#include "app/journal_acts.hpp"
#include "app/people.hpp"
#include "app/session.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {

namespace {

void print_made(const lake::Workspace& workspace, const People& people, const Session& session) {
  const auto& first = people.first;
  if (session.json) {
    nlohmann::ordered_json json = {{"workspace", workspace.folder().string()}};
    // A PostgreSQL database that was in use before has its administrators.
    json["administrator"] = first ? nlohmann::ordered_json{{"login", first->login},
                                                           {"account_id", first->account.value},
                                                           {"one_time_password", first->password}}
                                  : nlohmann::ordered_json();
    fmt::print("{}\n", json.dump(2));
    return;
  }
  fmt::print("{}{}\n", session.say("已建立工作区：", "workspace made: "),
             workspace.folder().string());
  if (first) print_first_administrator(stdout, *first, session);
}

}  // namespace

void add_init_command(CLI::App& app, Session& session) {
  struct Options {
    std::string folder;
    std::string authority;
    std::string suite = "sha256-ed25519";
    std::string origin;
    std::string desk;
  };
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand("init", session.say("建立工作区", "make a workspace"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("--authority", options->authority,
                   session.say("单位名称", "name of the authority"));
  verb->add_option(
          "--journal", options->suite,
          session.say("日志所用密码：sha256-ed25519，或商用密码 sm3-sm2（公开的核对工具不支持，"
                      "建立后不能更改）",
                      "the journal's cryptography: sha256-ed25519, or the Chinese sm3-sm2, "
                      "which public tools do not read; never changed later"))
      ->check(CLI::IsMember({"sha256-ed25519", "sm3-sm2"}));
  verb->add_option("--origin", options->origin,
                   session.say("日志的名称（ASCII，如 example.gov.cn/anlan；缺省随机）",
                               "name of the journal (ASCII, as example.org/anlan; random if not "
                               "given)"));
  verb->add_option("--desk", options->desk,
                   session.say("办公库：postgresql://…（缺省为工作区内的 desk.db）",
                               "desk database: postgresql://… (else desk.db in the workspace)"));
  verb->callback([options, &session] {
    if (!options->desk.empty() && !store::is_postgres(options->desk)) {
      return session.report({ErrorKind::invalid_input, "store.location", options->desk});
    }
    const auto workspace =
        lake::Workspace::init(options->folder, options->authority, options->desk);
    if (!workspace) return session.report(workspace.error());
    const auto made =
        make_journal(*workspace, *journal::suite_called(options->suite), options->origin);
    if (!made) return session.report(made.error());
    auto desk = open_desk(*workspace, session);
    if (!desk) return session.report(desk.error());
    const auto people = prepare_people(*workspace, *desk, session, Instant::now());
    if (!people) return session.report(people.error());
    if (auto settled = settle_desk(*workspace, *desk); !settled) {
      return session.report(settled.error());
    }
    print_made(*workspace, *people, session);
  });
}

}  // namespace anlan::app
