#pragma once

namespace CLI {
class App;
}

namespace anlan::app {

struct Session;

// One function per verb, each in `<verb>_command.cpp`: adds the verb, its options and what it does
// to `app`. `session` outlives the parse. A verb's work runs in its CLI11 callback and ends by
// setting session.exit_code.
void add_backup_command(CLI::App& app, Session& session);
void add_actor_command(CLI::App& app, Session& session);
void add_cases_command(CLI::App& app, Session& session);
void add_detect_command(CLI::App& app, Session& session);
void add_doctor_command(CLI::App& app, Session& session);
void add_init_command(CLI::App& app, Session& session);
void add_import_command(CLI::App& app, Session& session);
void add_deliveries_command(CLI::App& app, Session& session);
void add_jobs_command(CLI::App& app, Session& session);
void add_journal_command(CLI::App& app, Session& session);
void add_ledger_command(CLI::App& app, Session& session);
void add_matters_command(CLI::App& app, Session& session);
void add_measures_command(CLI::App& app, Session& session);
void add_models_command(CLI::App& app, Session& session);
void add_recovery_command(CLI::App& app, Session& session);
void add_referral_command(CLI::App& app, Session& session);
void add_restore_command(CLI::App& app, Session& session);
void add_rules_command(CLI::App& app, Session& session);
void add_tables_command(CLI::App& app, Session& session);
void add_leads_command(CLI::App& app, Session& session);
void add_score_command(CLI::App& app, Session& session);
void add_dossiers_command(CLI::App& app, Session& session);
void add_duties_command(CLI::App& app, Session& session);
void add_person_command(CLI::App& app, Session& session);
void add_schedule_command(CLI::App& app, Session& session);
void add_serve_command(CLI::App& app, Session& session);
void add_sim_command(CLI::App& app, Session& session);
void add_sources_command(CLI::App& app, Session& session);

}  // namespace anlan::app
