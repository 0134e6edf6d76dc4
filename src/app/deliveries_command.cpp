#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/import_files.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "lake/deliveries.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const lake::Delivery& delivery) {
  Json json = Json::parse(lake::manifest_json(delivery.manifest));
  json["active"] = delivery.active;
  json["folder"] = delivery.folder.string();
  return json;
}

void list(const std::string& folder, Session& session) {
  const auto workspace = lake::Workspace::open(folder);
  if (!workspace) return session.report(workspace.error());
  const auto deliveries = lake::list_deliveries(*workspace);
  if (!deliveries) return session.report(deliveries.error());
  if (session.json) {
    Json json = Json::array();
    for (const auto& delivery : *deliveries) json.push_back(json_of(delivery));
    fmt::print("{}\n", json.dump(2));
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {session.say("编号", "id"), session.say("表", "table"), session.say("所属期", "period"),
       session.say("载入", "loaded"), session.say("拒收", "rejected"),
       session.say("标记", "marked"), session.say("接收时间", "received at"),
       session.say("状态", "state"), session.say("文件", "source")}};
  for (const auto& [m, path, active] : *deliveries) {
    rows.push_back(
        {m.id, m.table, m.period, fmt::format("{}", m.rows_loaded),
         fmt::format("{}", m.rows_rejected), fmt::format("{}", m.rows_marked), m.received_at,
         active ? session.say("有效", "active") : session.say("已替换", "replaced"), m.source});
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool number = i >= 3 && i <= 5;
      line += (number ? pad_left(row[i], widths[i]) : pad_right(row[i], widths[i])) + "  ";
    }
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void show(const std::string& folder, const std::string& id, Session& session) {
  const auto workspace = lake::Workspace::open(folder);
  if (!workspace) return session.report(workspace.error());
  const auto deliveries = lake::list_deliveries(*workspace);
  if (!deliveries) return session.report(deliveries.error());
  const auto found = std::find_if(deliveries->begin(), deliveries->end(),
                                  [&](const auto& delivery) { return delivery.manifest.id == id; });
  if (found == deliveries->end())
    return session.report({ErrorKind::not_found, "delivery.missing", id});
  if (session.json) {
    fmt::print("{}\n", json_of(*found).dump(2));
    return;
  }
  const auto& m = found->manifest;
  const std::pair<std::string, std::string> lines[] = {
      {session.say("编号", "id"), m.id},
      {session.say("表", "table"), m.table},
      {session.say("所属期", "period"), m.period},
      {session.say("文件", "source"), m.source},
      {"SHA-256", m.source_sha256},
      {session.say("格式", "format"), m.encoding.empty() ? m.format : m.format + ", " + m.encoding},
      {session.say("接收时间", "received at"), m.received_at},
      {session.say("状态", "state"),
       found->active ? session.say("有效", "active") : session.say("已替换", "replaced")},
      {session.say("替换了", "replaces"), fmt::format("{}", fmt::join(m.replaces, ", "))},
      {session.say("读取", "rows read"), fmt::format("{}", m.rows_read)},
      {session.say("载入", "rows loaded"), fmt::format("{}", m.rows_loaded)},
      {session.say("拒收", "rows rejected"), fmt::format("{}", m.rows_rejected)},
      {session.say("标记", "rows marked"), fmt::format("{}", m.rows_marked)},
      {session.say("映射", "mapping"), m.mapping_sha256},
      {session.say("目录版本", "catalog"), m.catalog_hash},
      {session.say("文件夹", "folder"), found->folder.string()},
  };
  for (const auto& [name, value] : lines) {
    if (!value.empty()) fmt::print("{}  {}\n", pad_right(name, 14), value);
  }
}

}  // namespace

void add_deliveries_command(CLI::App& app, Session& session) {
  struct Options {
    std::string folder;
    std::string id;
  };
  auto options = std::make_shared<Options>();
  auto request = std::make_shared<ImportRequest>();
  auto* verb = app.add_subcommand(
      "deliveries", session.say("查看与替换接收的数据", "what was received, and replacing it"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->require_subcommand(1);
  verb->add_subcommand("list", session.say("全部接收", "all deliveries"))
      ->callback([options, &session] { list(options->folder, session); });
  auto* one = verb->add_subcommand("show", session.say("一次接收", "one delivery"));
  one->add_option("ID", options->id, session.say("接收编号", "delivery id"))->required();
  one->callback([options, &session] { show(options->folder, options->id, session); });
  auto* replace = verb->add_subcommand(
      "replace", session.say("以更正后的文件替换", "put a corrected file in a delivery's place"));
  replace->add_option("ID", options->id, session.say("接收编号", "delivery id"))->required();
  replace->add_option("FILE", request->paths, session.say("更正后的文件", "corrected file"))
      ->required()
      ->expected(1);
  replace->add_option("--map", request->options.map_file,
                      session.say("映射文件（YAML）", "mapping file (YAML)"));
  replace->add_option("--period", request->options.period,
                      session.say("所属期 YYYY-MM", "period, YYYY-MM"));
  replace->callback([options, request, &session] {
    const auto workspace = lake::Workspace::open(options->folder);
    if (!workspace) return session.report(workspace.error());
    const auto deliveries = lake::list_deliveries(*workspace);
    if (!deliveries) return session.report(deliveries.error());
    for (const auto& delivery : *deliveries) {
      if (delivery.manifest.id != options->id) continue;
      request->workspace = options->folder;
      request->replace = {options->id};
      request->options.table = delivery.manifest.table;
      if (request->options.period.empty()) request->options.period = delivery.manifest.period;
      return import_files(*request, session);
    }
    session.report({ErrorKind::not_found, "delivery.missing", options->id});
  });
}

}  // namespace anlan::app
