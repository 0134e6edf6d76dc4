#pragma once

namespace CLI {
class App;
}

namespace anlan::app {

struct Session;

/// Adds `fields [NAME…]` and `docs` to the verb `rules`: what a rule may name.
void add_rules_fields_command(CLI::App& verb, Session& session);

}  // namespace anlan::app
