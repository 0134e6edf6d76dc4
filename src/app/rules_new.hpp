#pragma once

namespace CLI {
class App;
}

namespace anlan::app {

struct Session;

/// Adds `new NAME` to the verb `rules`: a rule to begin with, in the catalog's folder.
void add_rules_new_command(CLI::App& verb, Session& session);

}  // namespace anlan::app
