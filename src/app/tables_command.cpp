#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/session.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "catalog/near_name.hpp"
#include "catalog/table_docs.hpp"

namespace anlan::app {
namespace {

using catalog::Catalog;
using catalog::Table;
using Json = nlohmann::ordered_json;

/// Rows under a header, each column as wide as its widest cell on a terminal.
void print_aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += pad_right(row[i], widths[i]) + "  ";
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

/// By English or Chinese name. Errors: not_found "table.unknown".
Result<const Table*> find_table(const Catalog& catalog, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& table : catalog.tables) {
    if (table.name == name || table.title.zh == name) return &table;
    names.push_back(table.name);
    names.push_back(table.title.zh);
  }
  return fail(ErrorKind::not_found, "table.unknown", name + catalog::did_you_mean(name, names));
}

Json json_of(const Title& title) {
  return {{"zh", title.zh}, {"en", title.en}};
}

Json json_of(const Table& table) {
  Json columns = Json::array();
  for (const auto& column : table.columns) {
    columns.push_back({{"name", column.name},
                       {"title", json_of(column.title)},
                       {"type", catalog::type_name(column.type)},
                       {"max_chars", column.max_chars == 0 ? Json() : Json(column.max_chars)},
                       {"list", column.list.empty() ? Json() : Json(column.list)},
                       {"code", column.code.empty() ? Json() : Json(column.code)},
                       {"code_sure", column.code_sure.empty() ? Json() : Json(column.code_sure)},
                       {"required", column.required},
                       {"aliases", column.aliases}});
  }
  return {{"name", table.name},
          {"title", json_of(table.title)},
          {"group", table.group},
          {"subject", {{"kind", table.subject_kind}, {"column", table.subject_column}}},
          {"key", table.key},
          {"frequency", table.frequency.empty() ? Json() : Json(table.frequency)},
          {"basis", table.basis},
          {"columns", columns}};
}

void list_tables(const Catalog& catalog, const Session& session) {
  if (session.json) {
    Json tables = Json::array();
    for (const auto& table : catalog.tables) {
      tables.push_back({{"name", table.name},
                        {"title", json_of(table.title)},
                        {"group", table.group},
                        {"columns", table.columns.size()}});
    }
    fmt::print("{}\n", tables.dump(2));
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {session.say("表", "table"), session.say("名称", "title"), session.say("分组", "group"),
       session.say("列数", "columns")}};
  for (const auto& table : catalog.tables) {
    rows.push_back({table.name, table.title.in(session.lang), table.group,
                    std::to_string(table.columns.size())});
  }
  print_aligned(rows);
}

void show_table(const Table& table, const Session& session) {
  if (session.json) {
    fmt::print("{}\n", json_of(table).dump(2));
    return;
  }
  fmt::print("{}  {}  {}\n", table.name, table.title.zh, table.title.en);
  fmt::print("{}{}", session.say("主键：", "key: "), fmt::join(table.key, ", "));
  fmt::print("  {}{} {}\n\n", session.say("对象：", "subject: "), table.subject_kind,
             table.subject_column);
  std::vector<std::vector<std::string>> rows = {
      {session.say("列", "column"), session.say("中文", "Chinese"), session.say("英文", "English"),
       session.say("类型", "type"), session.say("必填", "required"), session.say("编码", "code"),
       session.say("别名", "also")}};
  for (const auto& column : table.columns) {
    rows.push_back({column.name, column.title.zh, column.title.en, catalog::type_words(column),
                    column.required ? session.say("是", "yes") : "",
                    column.code + (column.code_sure == "vendor" ? "*" : ""),
                    fmt::format("{}", fmt::join(column.aliases, ", "))});
  }
  print_aligned(rows);
}

}  // namespace

void add_tables_command(CLI::App& app, Session& session) {
  struct Options {
    std::string table;
    std::string out;
  };
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "tables", session.say("标准表：可以报送什么", "canonical tables: what may be handed in"));
  verb->require_subcommand(1);

  const auto with_catalog = [&session](auto act) {
    return [&session, act] {
      const auto catalog = Catalog::load(session.catalog);
      if (!catalog) return session.report(catalog.error());
      act(*catalog);
    };
  };
  const auto with_table = [&session, options, with_catalog](auto act) {
    return with_catalog([&session, options, act](const Catalog& catalog) {
      const auto table = find_table(catalog, options->table);
      if (!table) return session.report(table.error());
      act(**table);
    });
  };
  const auto add_name = [&](CLI::App* part) {
    part->add_option("NAME", options->table,
                     session.say("表名，英文或中文", "table, in English or Chinese"))
        ->required();
  };

  auto* list = verb->add_subcommand("list", session.say("列出所有表", "list all tables"));
  list->callback(
      with_catalog([&session](const Catalog& catalog) { list_tables(catalog, session); }));

  auto* show =
      verb->add_subcommand("show", session.say("一张表的各列", "the columns of one table"));
  add_name(show);
  show->callback(with_table([&session](const Table& table) { show_table(table, session); }));

  auto* blank = verb->add_subcommand(
      "template", session.say("空白 CSV 模板（中文表头）", "an empty CSV with Chinese headers"));
  add_name(blank);
  blank->add_option(
      "--out", options->out,
      session.say("写入的文件，缺省为标准输出", "file to write; standard output without it"));
  blank->callback(with_table([&session, options](const Table& table) {
    const auto text = catalog::table_template(table);
    if (options->out.empty()) return fmt::print("{}", text);
    const auto written = write_file(options->out, text);
    if (!written) session.report(written.error());
  }));

  auto* docs = verb->add_subcommand(
      "docs", session.say("输出 docs/tables.md 的内容", "print the text of docs/tables.md"));
  docs->callback(
      with_catalog([](const Catalog& catalog) { fmt::print("{}", catalog::table_docs(catalog)); }));
}

}  // namespace anlan::app
