#pragma once

namespace CLI {
class App;
}

namespace anlan::app {

struct Session;

/// Adds `explain DIR NAME --subject ID` to the verb `rules`; as the functions of commands.hpp.
void add_rules_explain_command(CLI::App& verb, Session& session);

}  // namespace anlan::app
