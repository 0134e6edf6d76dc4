#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <clocale>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "app/commands.hpp"
#include "app/session.hpp"
#include "ingest/xls_source.hpp"

namespace {

/// What stands on the command line and means nothing explains most that is missing there.
int wrong_use(const CLI::App& cli, const CLI::ParseError& error,
              const anlan::app::Session& session) {
  const auto unknown = cli.remaining(true);
  fmt::print(stderr, "anlan: {}{}{}\n", session.say("用法有误：", "wrong use: "),
             unknown.empty()
                 ? error.what()
                 : fmt::format("{}{}", session.say("不认识 ", "not known: "), unknown.front()),
             session.say("（--help 查看用法）", " (see --help)"));
  return anlan::app::exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace anlan;
  if (const auto code = ingest::run_xls_child_if_asked(argc, argv)) return *code;
  std::setlocale(LC_ALL, "C.UTF-8");

  app::Session session;
  // The language is needed before parsing, for the help itself.
  if (const char* env = std::getenv("ANLAN_LANG");
      env != nullptr && std::string_view(env) == "en") {
    session.lang = Lang::en;
  }
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view value = word == "--lang" && i + 1 < argc ? argv[i + 1]
                                   : word.starts_with("--lang=")    ? word.substr(7)
                                                                    : "";
    if (value == "en") session.lang = Lang::en;
    if (value == "zh") session.lang = Lang::zh;
  }
  session.catalog = app::default_catalog();

  CLI::App cli{
      session.say("安澜：社会保险基金安全系统", "Anlan: keeps a city's social-insurance fund safe"),
      "anlan"};
  cli.fallthrough();  // the global options may stand behind the verb too
  std::string lang;
  cli.add_option("--lang", lang, session.say("语言 zh|en", "language, zh|en"))
      ->check(CLI::IsMember({"zh", "en"}));
  cli.add_flag("--json", session.json, session.say("以 JSON 输出结果", "print results as JSON"));
  cli.add_option("--catalog", session.catalog,
                 session.say("目录（catalog）所在文件夹", "folder of the catalog"));
  cli.add_option_function<int>(
         "--progress-fd", [&session](const int& file) { session.progress.use(file); },
         session.say("把进度逐行写到此文件描述符（供其他程序）",
                     "tell progress line by line on this file descriptor, for programs"))
      ->check(CLI::Range(3, 1023));
  cli.set_version_flag("--version", ANLAN_VERSION,
                       session.say("显示版本", "print the version and exit"));
  // Verbs take these over from here when they are added.
  cli.set_help_flag("-h,--help", session.say("显示用法", "print this help and exit"));
  if (session.lang == Lang::zh) {
    for (const auto& [word, label] :
         {std::pair("Usage", "用法"), std::pair("OPTIONS", "选项"), std::pair("SUBCOMMAND", "命令"),
          std::pair("SUBCOMMANDS", "命令"), std::pair("Positionals", "参数"),
          std::pair("REQUIRED", "必填"), std::pair("TEXT", "文字"), std::pair("UINT", "数")})
      cli.get_formatter()->label(word, label);
  }
  cli.require_subcommand(1);

  app::add_init_command(cli, session);
  app::add_import_command(cli, session);
  app::add_deliveries_command(cli, session);
  app::add_models_command(cli, session);
  app::add_rules_command(cli, session);
  app::add_measures_command(cli, session);
  app::add_tables_command(cli, session);
  app::add_leads_command(cli, session);
  app::add_jobs_command(cli, session);
  app::add_schedule_command(cli, session);
  app::add_sources_command(cli, session);
  app::add_score_command(cli, session);
  app::add_detect_command(cli, session);
  app::add_dossiers_command(cli, session);
  app::add_person_command(cli, session);
  app::add_duties_command(cli, session);
  app::add_actor_command(cli, session);
  app::add_cases_command(cli, session);
  app::add_matters_command(cli, session);
  app::add_ledger_command(cli, session);
  app::add_journal_command(cli, session);
  app::add_doctor_command(cli, session);
  app::add_backup_command(cli, session);
  app::add_recovery_command(cli, session);
  app::add_referral_command(cli, session);
  app::add_restore_command(cli, session);
  app::add_serve_command(cli, session);
  app::add_sim_command(cli, session);

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come with code 0; everything else is wrong use.
    if (error.get_exit_code() == 0) return cli.exit(error);
    return wrong_use(cli, error, session);
  }
  return session.exit_code;
}
