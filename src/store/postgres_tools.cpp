#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "store/backup.hpp"

namespace anlan::store {
namespace {

/// What libpq's tools read from their surroundings, so that no password stands in a command line,
/// where every user of the machine could read it.
constexpr std::pair<std::string_view, std::string_view> variables[] = {
    {"host", "PGHOST"},         {"hostaddr", "PGHOSTADDR"},
    {"port", "PGPORT"},         {"user", "PGUSER"},
    {"password", "PGPASSWORD"}, {"dbname", "PGDATABASE"},
    {"sslmode", "PGSSLMODE"},   {"sslcert", "PGSSLCERT"},
    {"sslkey", "PGSSLKEY"},     {"sslrootcert", "PGSSLROOTCERT"},
    {"passfile", "PGPASSFILE"}, {"service", "PGSERVICE"},
    {"options", "PGOPTIONS"},
};

Result<std::vector<std::string>> surroundings(const std::string& uri) {
  std::map<std::string, std::string, std::less<>> set;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      set[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    }
  }
  PQconninfoOption* options = PQconninfoParse(uri.c_str(), nullptr);
  if (options == nullptr) return fail(ErrorKind::invalid_input, "store.unreachable", "bad address");
  for (const auto* option = options; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    for (const auto& [keyword, variable] : variables) {
      if (keyword == option->keyword) set[std::string(variable)] = option->val;
    }
  }
  PQconninfoFree(options);
  std::vector<std::string> lines;
  for (const auto& [name, value] : set) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// Runs a tool of PostgreSQL to its end. `failed` is the code when it ends badly; its first line of
/// complaint is the detail.
Status run_tool(std::vector<std::string> words, const std::string& uri, const char* failed) {
  auto lines = surroundings(uri);
  if (!lines) return fail(lines.error());
  const std::string tool = words.front();
  auto arguments = pointers(words);
  auto environment = pointers(*lines);
  int complaint[2];
  if (pipe2(complaint, O_CLOEXEC) != 0) {
    return fail(ErrorKind::unavailable, failed, "no pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, complaint[1], STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int spawned =
      posix_spawnp(&child, tool.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(complaint[1]);
  std::string words_of_tool;
  if (spawned == 0) {
    char buffer[512];
    for (ssize_t got = 0; (got = ::read(complaint[0], buffer, sizeof buffer)) > 0;) {
      words_of_tool.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(complaint[0]);
  if (spawned != 0) return fail(ErrorKind::unavailable, "store.backup_tool", tool);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    return fail(ErrorKind::unavailable, "store.backup_tool", tool);
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(ErrorKind::unavailable, failed, words_of_tool.substr(0, words_of_tool.find('\n')));
  }
  return {};
}

}  // namespace

Status back_up_postgres(const std::string& uri, const std::filesystem::path& aside) {
  // One snapshot (repeatable read); --serializable-deferrable would wait for every open writer.
  return run_tool(
      {"pg_dump", "--format=custom", "--no-owner", "--no-password", "--file=" + aside.string()},
      uri, "store.backup_failed");
}

Status restore_postgres(const std::filesystem::path& file, const std::string& uri) {
  auto words = surroundings(uri);
  if (!words) return fail(words.error());
  std::string database;
  for (const auto& line : *words) {
    if (line.starts_with("PGDATABASE=")) database = line.substr(11);
  }
  return run_tool({"pg_restore", "--clean", "--if-exists", "--no-owner", "--no-password",
                   "--single-transaction", "--dbname=" + database, file.string()},
                  uri, "store.restore_failed");
}

}  // namespace anlan::store
