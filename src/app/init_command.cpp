#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/session.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {

void add_init_command(CLI::App& app, Session& session) {
  struct Options {
    std::string folder;
    std::string authority;
  };
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand("init", session.say("建立工作区", "make a workspace"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("--authority", options->authority,
                   session.say("单位名称", "name of the authority"));
  verb->callback([options, &session] {
    const auto workspace = lake::Workspace::init(options->folder, options->authority);
    if (!workspace) return session.report(workspace.error());
    fmt::print("{}{}\n", session.say("已建立工作区：", "workspace made: "),
               workspace->folder().string());
  });
}

}  // namespace anlan::app
