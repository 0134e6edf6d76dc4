#pragma once

namespace CLI {
class App;
}

namespace anlan::app {

struct Session;

/// `duties check DIR`: what is held or was decided against the rules. `session` outlives the parse.
void add_duties_check_command(CLI::App& verb, Session& session);

}  // namespace anlan::app
