#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "catalog/near_name.hpp"
#include "catalog/readers.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

// In the order of ColumnType.
const std::vector<std::string> type_names = {"text", "id_no", "uscc", "date", "month", "int",
                                             "fen",  "ratio", "time", "flag", "code"};
const std::vector<std::string> sure_names = {"seed", "found", "known", "assumed"};

// Words that DuckDB or Spark (ANSI) reserve, and what the lake adds to every table.
const std::set<std::string> taken_names = {
    "all",        "and",    "any",      "array",      "as",      "at",     "between", "both",
    "by",         "case",   "cast",     "check",      "close",   "column", "create",  "cross",
    "desc",       "asc",    "distinct", "else",       "end",     "except", "false",   "for",
    "foreign",    "from",   "full",     "grant",      "group",   "having", "in",      "inner",
    "intersect",  "into",   "is",       "join",       "leading", "left",   "like",    "limit",
    "natural",    "not",    "null",     "offset",     "on",      "only",   "open",    "or",
    "order",      "outer",  "primary",  "references", "right",   "select", "some",    "start",
    "table",      "then",   "to",       "trailing",   "true",    "union",  "unique",  "user",
    "using",      "values", "when",     "where",      "window",  "with",   "row_no",  "row_key",
    "delivery_id"};

/// Names by which a file may call a column. ASCII letters count the same in both cases.
class HeaderNames {
 public:
  void add(const std::string& name, const std::string& column, int line, const Source& source) {
    if (name.empty()) return;
    std::string folded = name;
    for (char& c : folded) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    const auto [found, fresh] = owner_.emplace(folded, column);
    if (fresh) return;
    if (found->second == column) {
      source.problem(line, fmt::format("{} names column {} twice, expected it once", name, column));
    } else {
      source.problem(line, fmt::format("{} names both column {} and column {}, expected one", name,
                                       found->second, column));
    }
  }
  void add(const Column& column, int line, const Source& source) {
    add(column.name, column.name, line, source);
    add(column.title.zh, column.name, line, source);
    add(column.code, column.name, line, source);
    for (const auto& alias : column.aliases) add(alias, column.name, line, source);
  }

 private:
  std::map<std::string, std::string> owner_;
};

Column read_column(const YamlMap& entry) {
  Column column;
  column.name = entry.name("name");
  if (taken_names.contains(column.name)) {
    entry.problem("name",
                  fmt::format("column {} is a word of SQL or of the lake, expected a suffix "
                              "such as _date or _at",
                              column.name));
  }
  column.title = {entry.text("zh"), entry.text("en")};
  const auto type = entry.word("type", type_names);
  column.type = static_cast<ColumnType>(std::find(type_names.begin(), type_names.end(), type) -
                                        type_names.begin());

  const bool is_text = column.type == ColumnType::text;
  if (is_text && entry.has("type") && !entry.has("max")) {
    entry.problem("type",
                  "text column " + column.name + " has no max, expected its most characters");
  }
  if (!is_text && entry.has("max")) entry.problem("max", "max is for text only, not for " + type);
  column.max_chars = entry.integer("max").value_or(0);
  if (is_text && entry.has("max") && (column.max_chars < 1 || column.max_chars > 4000)) {
    entry.problem("max", fmt::format("max of column {} is not within 1 to 4000", column.name));
  }

  const bool is_code = column.type == ColumnType::code;
  if (is_code) column.list = entry.name("list");
  if (!is_code && entry.has("list"))
    entry.problem("list", "list is for code only, not for " + type);

  column.code = entry.optional_text("code");
  if (entry.has("code_sure")) column.code_sure = entry.word("code_sure", {"vendor"});
  if (entry.has("code_sure") && !entry.has("code"))
    entry.problem("code_sure", "code_sure without code");
  column.required = entry.flag("required", false);
  for (const auto& alias : entry.texts("aliases")) column.aliases.push_back(alias.text);
  return column;
}

void read_subject(const YamlMap& top, Table& table, const Source& source) {
  const auto node = top.map("subject");
  if (!node) return;
  const YamlMap subject(*node, source, "subject", {"kind", "column"});
  table.subject_kind = subject.word(
      "kind", {"none", "person", "employer", "account", "case", "operator", "institution", "fund"});
  if (table.subject_kind == "none") {
    if (subject.has("column")) subject.problem("column", "subject none has no column");
    return;
  }
  table.subject_column = subject.name("column");
  if (!table.subject_column.empty() && !table.find(table.subject_column)) {
    subject.problem("column",
                    "subject column " + table.subject_column + " is not a column of the table");
  }
}

void read_key(const YamlMap& top, Table& table, const Source& source) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  for (const auto& entry : top.required_texts("key")) {
    const auto index = table.find(entry.text);
    if (!index) {
      source.problem(entry.line, fmt::format("key column {} is not a column of the table{}",
                                             entry.text, did_you_mean(entry.text, names)));
    } else if (!table.columns[*index].required) {
      source.problem(entry.line, "key column " + entry.text + " is not required: true");
    }
    if (std::find(table.key.begin(), table.key.end(), entry.text) != table.key.end()) {
      source.problem(entry.line, "key column " + entry.text + " stands twice");
    }
    table.key.push_back(entry.text);
  }
}

/// What every table has, unless it says more of it itself.
std::vector<Column> common_columns() {
  Column agency;
  agency.name = "agency_id";
  agency.title = {"经办机构编码", "Agency id"};
  agency.max_chars = 16;
  agency.code = "AAB034";
  Column region;
  region.name = "region_code";
  region.title = {"行政区划", "Region code"};
  region.max_chars = 6;
  region.code = "AAB301";
  return {agency, region};
}

std::vector<std::string> read_basis(const YamlMap& top, const Source& source) {
  std::vector<std::string> basis;
  for (const auto& entry : top.required_texts("basis")) {
    if (std::find(sure_names.begin(), sure_names.end(), entry.text) == sure_names.end()) {
      source.problem(entry.line,
                     fmt::format("basis is {}, expected {}", entry.text, one_of(sure_names)));
    }
    basis.push_back(entry.text);
  }
  return basis;
}

void same_as_file(const YamlMap& top, const std::string& key, const std::string& name,
                  const std::string& stem) {
  if (!name.empty() && name != stem) {
    top.problem(key, fmt::format("{} is {}, expected the name of the file, {}", key, name, stem));
  }
}

}  // namespace

std::string type_name(ColumnType type) {
  return type_names[static_cast<std::size_t>(type)];
}

ReadTable read_table(const std::string& text, const std::string& stem, const Source& source) {
  ReadTable out{{}, source, 1, {}};
  Table& table = out.table;
  table.name = stem;
  const auto document = parse_yaml(text, source);
  if (!document) return out;
  const YamlMap top(*document, source, "the table",
                    {"table", "title", "group", "subject", "key", "frequency", "basis", "columns"});
  same_as_file(top, "table", top.name("table"), stem);
  table.title = top.title("title");
  table.group = top.word("group", {"business", "finance", "rights", "external"});
  table.basis = read_basis(top, source);

  HeaderNames header;
  if (!top.has("columns")) source.problem(top.line(), "the table has no columns");
  for (const auto& node : top.list("columns")) {
    const YamlMap entry(
        node, source, "a column",
        {"name", "zh", "en", "type", "max", "list", "code", "code_sure", "required", "aliases"});
    const auto column = read_column(entry);
    if (!column.list.empty()) out.list_lines.emplace(column.list, entry.line("list"));
    header.add(column, entry.line(), source);
    table.columns.push_back(column);
  }
  for (const auto& column : common_columns()) {
    if (table.find(column.name)) continue;
    header.add(column, top.line("columns"), source);
    table.columns.push_back(column);
  }

  read_subject(top, table, source);
  read_key(top, table, source);
  if (table.group == "external") {
    table.frequency = top.word("frequency", {"daily", "weekly", "monthly", "quarterly", "yearly"});
  } else if (top.has("frequency")) {
    top.problem("frequency", "frequency is for external tables only");
  }
  return out;
}

CodeList read_code_list(const std::string& text, const std::string& stem, const Source& source) {
  CodeList list;
  list.name = stem;
  const auto document = parse_yaml(text, source);
  if (!document) return list;
  const YamlMap top(*document, source, "the list", {"list", "title", "open", "values", "also"});
  same_as_file(top, "list", top.name("list"), stem);
  list.title = top.title("title");
  list.open = top.flag("open", false);

  std::map<std::string, std::string> code_of;  // by code, Chinese label or other system's value
  const auto claim = [&](const std::string& name, const std::string& code, int line) {
    const auto [found, fresh] = code_of.emplace(name, code);
    if (!fresh && found->second != code) {
      source.problem(line, fmt::format("{} stands for both {} and {}, expected one", name,
                                       found->second, code));
    }
    return fresh;
  };
  if (!top.has("values")) source.problem(top.line(), "the list has no values");
  for (const auto& node : top.list("values")) {
    const YamlMap entry(node, source, "a value", {"code", "zh", "en", "sure"});
    CodeValue value{entry.text("code"),
                    {entry.text("zh"), entry.text("en")},
                    entry.word("sure", {"found", "known", "assumed"})};
    const bool twice =
        std::any_of(list.values.begin(), list.values.end(),
                    [&](const CodeValue& other) { return other.code == value.code; });
    if (twice) {
      entry.problem("code", "code " + value.code + " stands twice");
    } else {
      claim(value.code, value.code, entry.line("code"));
      claim(value.title.zh, value.code, entry.line("zh"));
    }
    list.values.push_back(std::move(value));
  }
  if (list.values.empty() && !list.open && top.has("values")) {
    top.problem("values", "a closed list has no values, expected at least one or open: true");
  }
  if (!top.has("also")) return list;
  const auto also = top.map("also");
  if (!also) return list;
  const YamlMap entries(*also, source, "also", {});
  for (const auto& pair : *also) {
    if (!pair.first.IsScalar()) continue;
    const std::string other = pair.first.Scalar();
    const std::string ours = entries.text(other);
    const auto target = std::find_if(list.values.begin(), list.values.end(),
                                     [&](const CodeValue& value) { return value.code == ours; });
    if (target == list.values.end()) {
      entries.problem(other,
                      fmt::format("{} becomes {}, which is not a value of the list", other, ours));
    } else if (!claim(other, ours, line_of(pair.first)) && other == ours) {
      entries.problem(other, other + " is already a value of the list");
    }
    list.also.emplace(other, ours);
  }
  return list;
}

}  // namespace anlan::catalog
