#include "app/people.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "access/organisation.hpp"
#include "catalog/organisations.hpp"

namespace anlan::app {
namespace {

Result<access::IdentityKey> key_of(const lake::Workspace& workspace, store::Database& desk) {
  const auto file = identity_key_file(workspace);
  auto key = access::IdentityKey::load(file);
  if (!key && key.error().code == "access.key_missing") {
    // Only an empty desk may get a new key: under another one no ID number would be known again.
    const auto used = desk.read([](store::Transaction& transaction) {
      return transaction.query_one("SELECT 1 AS n FROM identity_key");
    });
    if (!used) return fail(used.error());
    if (*used) return fail(key.error());
    if (auto saved = access::IdentityKey::make().save(file); !saved) return fail(saved.error());
    key = access::IdentityKey::load(file);
  }
  if (!key) return fail(key.error());
  const auto bound =
      desk.write([&](store::Transaction& transaction) { return key->bind(transaction); });
  if (!bound) return fail(bound.error());
  return key;
}

/// The organisation above all others.
Result<std::string> top_organisation(store::Database& desk, const access::Actor& actor) {
  const auto all = desk.read([&](store::Transaction& transaction) {
    return access::list_organisations(transaction, actor);
  });
  if (!all) return fail(all.error());
  return all->empty() ? std::string() : all->front().id;
}

}  // namespace

access::Actor console_actor() {
  return access::Actor::console(fmt::format("uid:{}", ::getuid()));
}

std::filesystem::path identity_key_file(const lake::Workspace& workspace) {
  return workspace.folder() / "desk.key";
}

void print_first_administrator(std::FILE* to, const access::FirstAdministrator& first,
                               const Session& session) {
  fmt::print(
      to, "{}{}   {}{}\n{}\n", session.say("首位管理员 ", "first administrator "), first.login,
      session.say("一次性密码 ", "one-time password "), first.password,
      session.say("密码仅显示这一次，72 小时内登录并更改；再用 anlan actor identify 登记身份。",
                  "Shown this once: log in and change it within 72 hours, then say who it is "
                  "with anlan actor identify."));
}

Result<int> import_tree(store::Database& desk, const Session& session, const std::string& name,
                        Instant at) {
  const auto tree = catalog::load_organisations(session.catalog, name);
  if (!tree) return fail(tree.error());
  std::vector<access::Organisation> organisations;
  for (const auto& one : *tree) {
    organisations.push_back(
        {one.id, one.parent, one.title, one.kind, one.side, one.region_code, one.from, one.to, 0});
  }
  return desk.write([&](store::Transaction& transaction) {
    return access::import_organisations(transaction, console_actor(), organisations, at);
  });
}

Result<People> prepare_people(const lake::Workspace& workspace, store::Database& desk,
                              const Session& session, Instant at) {
  auto key = key_of(workspace, desk);
  if (!key) return fail(key.error());
  const auto actor = console_actor();
  auto top = top_organisation(desk, actor);
  if (!top) return fail(top.error());
  if (top->empty()) {
    if (auto added = import_tree(desk, session, "standard", at); !added) return fail(added.error());
    top = top_organisation(desk, actor);
    if (!top) return fail(top.error());
  }
  access::PasswordHasher hasher;
  auto first = access::make_first_administrator(desk, hasher, actor, *top, at);
  if (!first) return fail(first.error());
  return People{std::move(*key), std::move(*first)};
}

}  // namespace anlan::app
