#include "lake/workspace.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <optional>

namespace anlan::lake {
namespace {

constexpr const char* settings_name = "anlan.yaml";

std::string quoted(const std::string& text) {
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << text;
  return emitter.c_str();
}

std::string default_settings(const std::string& authority, const std::string& desk) {
  return fmt::format(
      "# 安澜工作区设置 Settings of this Anlan workspace\n"
      "authority: {}\n"
      "\n"
      "# 身份证号校验位不符的行：mark 载入并标记，reject 拒收\n"
      "# Rows whose ID number has a wrong check digit: mark or reject\n"
      "id_check: mark\n"
      "\n"
      "# 线程数（0 为全部核）；查询引擎缓存的内存上限，整个程序可能再多用一半\n"
      "# Threads (0: all cores); memory of the engine's buffers; the program may use half more\n"
      "threads: 0\n"
      "memory: 3GB\n"
      "\n"
      "# 检测参数，覆盖目录中的缺省值 Parameters of detections, over the catalog's defaults, such "
      "as\n"
      "#   one_account_many_payees.ids_min: 4\n"
      "params: {{}}\n"
      "\n"
      "# 办公库：缺省为本文件夹中的 desk.db，也可用 PostgreSQL（密码放在 ~/.pgpass，不写在这里）\n"
      "# The desk database: desk.db in this folder, or PostgreSQL (its password in ~/.pgpass)\n"
      "{}\n",
      quoted(authority),
      desk.empty() ? "# desk: postgresql://anlan@localhost/anlan" : "desk: " + quoted(desk));
}

tl::unexpected<Error> settings_error(const std::filesystem::path& file, const YAML::Mark& mark,
                                     const std::string& what) {
  return fail(ErrorKind::invalid_input, "workspace.settings",
              fmt::format("{}:{}: {}", file.string(), mark.line + 1, what));
}

/// "3GB", "1500MB" or a count of bytes.
std::optional<std::uint64_t> parse_bytes(std::string text) {
  std::uint64_t unit = 1;
  if (text.ends_with("GB")) unit = 1'000'000'000;
  if (text.ends_with("MB")) unit = 1'000'000;
  if (unit > 1) text.resize(text.size() - 2);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return count * unit;
}

Result<OidcSettings> parse_oidc(const std::filesystem::path& file, const YAML::Node& node) {
  OidcSettings oidc;
  if (!node.IsMap()) return settings_error(file, node.Mark(), "oidc: expected issuer: … and so on");
  for (const auto& entry : node) {
    const auto name = entry.first.as<std::string>();
    auto* text = name == "issuer"         ? &oidc.issuer
                 : name == "client_id"    ? &oidc.client_id
                 : name == "secret_file"  ? &oidc.secret_file
                 : name == "redirect_uri" ? &oidc.redirect_uri
                 : name == "ca_file"      ? &oidc.ca_file
                                          : nullptr;
    if (text == nullptr) {
      return settings_error(file, entry.first.Mark(),
                            fmt::format("unknown setting oidc.{}; known: issuer, client_id, "
                                        "secret_file, redirect_uri, ca_file",
                                        name));
    }
    *text = entry.second.as<std::string>();
  }
  if (oidc.issuer.empty() || oidc.client_id.empty() || oidc.redirect_uri.empty()) {
    return settings_error(file, node.Mark(), "oidc needs issuer, client_id and redirect_uri");
  }
  return oidc;
}
Result<Settings> parse_settings(const std::filesystem::path& file, const std::string& text) {
  Settings settings;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return settings_error(file, root.Mark(), "expected `name: value` lines");
    for (const auto& entry : root) {
      const auto name = entry.first.as<std::string>();
      const YAML::Node& value = entry.second;
      if (name == "authority") {
        settings.authority = value.as<std::string>();
      } else if (name == "desk") {
        settings.desk = value.as<std::string>();
        if (!settings.desk.starts_with("postgresql://") &&
            !settings.desk.starts_with("postgres://")) {
          return settings_error(file, value.Mark(), "desk: expected postgresql://…");
        }
      } else if (name == "id_check") {
        const auto choice = value.as<std::string>();
        if (choice != "mark" && choice != "reject") {
          return settings_error(file, value.Mark(),
                                "id_check: expected mark or reject, found " + choice);
        }
        settings.id_check_rejects = choice == "reject";
      } else if (name == "threads") {
        settings.threads = value.as<unsigned>();
      } else if (name == "memory") {
        const auto bytes = parse_bytes(value.as<std::string>());
        if (!bytes || *bytes < 256'000'000) {
          return settings_error(file, value.Mark(),
                                "memory: expected at least 256MB, as 3GB or 1500MB");
        }
        settings.memory_bytes = *bytes;
      } else if (name == "params") {
        for (const auto& param : value) {
          settings.params[param.first.as<std::string>()] = param.second.as<std::string>();
        }
      } else if (name == "oidc") {
        auto oidc = parse_oidc(file, value);
        if (!oidc) return fail(oidc.error());
        settings.oidc = std::move(*oidc);
      } else {
        return settings_error(
            file, entry.first.Mark(),
            fmt::format("unknown setting {}; known: authority, desk, id_check, threads, "
                        "memory, params, oidc",
                        name));
      }
    }
  } catch (const YAML::Exception& error) {
    return settings_error(file, error.mark, error.msg);
  }
  return settings;
}

}  // namespace

Result<Workspace> Workspace::init(const std::filesystem::path& folder, const std::string& authority,
                                  const std::string& desk) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    return fail(ErrorKind::conflict, "workspace.exists", folder.string());
  }
  for (const char* part : {"lake", "rejects", "runs", "exports", "mappings"}) {
    std::filesystem::create_directories(folder / part, error);
    if (error) {
      return fail(ErrorKind::unavailable, "file.unwritable",
                  fmt::format("{}: {}", (folder / part).string(), error.message()));
    }
  }
  // Personal data will lie here: nobody but the owner and the group may look in.
  std::filesystem::permissions(folder, std::filesystem::perms::others_all,
                               std::filesystem::perm_options::remove, error);
  // The settings come last: a folder without them is not a workspace, so a half-made one is not
  // taken for one.
  if (auto written = write_file(folder / settings_name, default_settings(authority, desk));
      !written) {
    return fail(written.error());
  }
  return open(folder);
}

Result<Workspace> Workspace::open(const std::filesystem::path& folder) {
  const auto file = folder / settings_name;
  if (!std::filesystem::exists(file)) {
    return fail(ErrorKind::not_found, "workspace.missing", folder.string());
  }
  if (std::filesystem::exists(folder / restore_mark)) {
    return fail(ErrorKind::conflict, "workspace.restoring", folder.string());
  }
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  auto settings = parse_settings(file, *text);
  if (!settings) return fail(settings.error());
  return Workspace(folder, std::move(*settings));
}

Result<FileLock> Workspace::lock_for_writing() const {
  auto lock = FileLock::take(folder_ / ".lock");
  if (!lock) {
    if (lock.error().code == "file.locked") {
      return fail(ErrorKind::conflict, "workspace.busy", folder_.string());
    }
    return fail(lock.error());
  }
  std::error_code error;
  std::filesystem::remove_all(staging(), error);
  if (!error) std::filesystem::remove_all(runs() / ".staging", error);
  if (error) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                fmt::format("{}: {}", staging().string(), error.message()));
  }
  return lock;
}

Result<FileLock> Workspace::lock_for_serving() const {
  auto lock = FileLock::take(folder_ / ".serving");
  if (!lock && lock.error().code == "file.locked")
    return fail(ErrorKind::conflict, "workspace.served", folder_.string());
  return lock;
}

}  // namespace anlan::lake
