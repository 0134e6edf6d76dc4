#include "app/at_desk.hpp"

#include <utility>

#include "app/act_as.hpp"
#include "app/desk.hpp"
#include "app/people.hpp"

namespace anlan::app {

Status at_desk(const std::string& folder, const std::string& login, const Session& session,
               const std::function<Status(AtDesk&)>& work) {
  auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  if (auto whole = check_desk_catalog(*catalog); !whole) return whole;
  auto workspace = lake::Workspace::open(folder);
  if (!workspace) return fail(workspace.error());
  auto database = open_desk(*workspace, session);
  if (!database) return fail(database.error());
  AtDesk desk{std::move(*catalog), std::move(*workspace), std::move(*database), console_actor()};
  if (!login.empty()) {
    auto who = act_as(desk.database, login, post_rights(desk.catalog), Instant::now());
    if (!who) return fail(who.error());
    desk.actor = std::move(*who);
  }
  const auto done = work(desk);
  const auto settled = settle_desk(desk.workspace, desk.database);
  return done ? settled : done;
}

void add_desk_options(CLI::App& verb, std::string& folder, std::string* login,
                      const Session& session) {
  verb.add_option("DIR", folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  if (login == nullptr) return;
  verb.add_option(
      "--as", *login,
      session.say("以此账号行事；密码从标准输入读一行（一次性密码须再给一行新密码）",
                  "act as this account; its password is read from a line of the "
                  "standard input (behind a one-time password, a line with a new one)"));
}

}  // namespace anlan::app
