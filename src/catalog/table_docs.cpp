#include "catalog/table_docs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace anlan::catalog {
namespace {

struct Named {
  const char* name;
  Title title;
};

const Named groups[] = {
    {"business", {"业务表", "Business"}},
    {"finance", {"财务表", "Finance"}},
    {"rights", {"权限与档案表", "Rights and archives"}},
    {"external", {"外部数据表", "Data of other departments"}},
};
const Named subject_kinds[] = {
    {"person", {"人员", "person"}},       {"employer", {"单位", "employer"}},
    {"account", {"账户", "account"}},     {"case", {"业务", "case"}},
    {"operator", {"操作员", "operator"}}, {"institution", {"机构", "institution"}},
    {"fund", {"基金", "fund"}},           {"none", {"无（参照表）", "none (reference table)"}},
};
const Named frequencies[] = {
    {"daily", {"每日", "daily"}},     {"weekly", {"每周", "weekly"}},
    {"monthly", {"每月", "monthly"}}, {"quarterly", {"每季", "quarterly"}},
    {"yearly", {"每年", "yearly"}},
};
const Named sure_words[] = {
    {"seed", {"任务书", "seed"}},
    {"found", {"公开来源", "found"}},
    {"known", {"通行知识", "known"}},
    {"assumed", {"我们的设定", "assumed"}},
};

template <std::size_t N>
std::string words(const Named (&all)[N], const std::string& name) {
  for (const auto& one : all) {
    if (name == one.name) return one.title.zh + " " + one.title.en;
  }
  return name;
}

/// Text inside a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// `a`, `b`
std::string quoted_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "`" : ", `") + name + "`";
  return out;
}

std::string heading(const Title& title, const std::string& name) {
  return fmt::format("{} {} `{}`", title.zh, title.en, name);
}

/// Values of a short list beside the column; longer ones are linked.
std::string values_of(const Catalog& catalog, const Column& column) {
  if (column.list.empty()) return {};
  const auto& list = catalog.lists.at(column.list);
  std::string out = fmt::format("[{}](#list-{})", list.name, list.name);
  constexpr std::size_t shown_max = 6;  // our choice: more would push the table off the screen
  for (std::size_t i = 0; i < list.values.size() && list.values.size() <= shown_max; ++i) {
    out += (i == 0 ? ": " : "；") + list.values[i].code + " " + list.values[i].title.zh;
  }
  return out;
}

void write_table(std::string& out, const Catalog& catalog, const Table& table) {
  out += fmt::format("<a id=\"table-{}\"></a>\n\n### {}\n\n", table.name,
                     heading(table.title, table.name));
  out += "- 对象 Subject: " + words(subject_kinds, table.subject_kind);
  if (!table.subject_column.empty()) out += ", `" + table.subject_column + "`";
  out += "\n- 主键 Key: " + quoted_names(table.key) + "\n";
  if (!table.frequency.empty()) {
    out += "- 交换频率 Delivered: " + words(frequencies, table.frequency) + "\n";
  }
  out += "- 依据 Basis: ";
  for (std::size_t i = 0; i < table.basis.size(); ++i) {
    out += (i == 0 ? "" : ", ") + words(sure_words, table.basis[i]);
  }
  out +=
      "\n\n| 列 Column | 中文 | English | 类型 Type | 编码 Code | 必填 Required | 代码值 Values | "
      "别名 Also |\n";
  out += "|---|---|---|---|---|---|---|---|\n";
  for (const auto& column : table.columns) {
    std::string aliases;
    for (const auto& alias : column.aliases) aliases += (aliases.empty() ? "" : "、") + alias;
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", column.name,
                       cell(column.title.zh), cell(column.title.en), type_words(column),
                       column.code + (column.code_sure == "vendor" ? "*" : ""),
                       column.required ? "是 yes" : "", cell(values_of(catalog, column)),
                       cell(aliases));
  }
  out += "\n";
}

void write_list(std::string& out, const CodeList& list) {
  out += fmt::format("<a id=\"list-{}\"></a>\n\n### {}\n\n", list.name,
                     heading(list.title, list.name));
  if (list.open) out += "开放列表：未列出的值也接受。Open: values not listed are accepted.\n\n";
  if (!list.values.empty()) {
    out += "| 代码 Code | 中文 | English | 把握 How sure |\n|---|---|---|---|\n";
    for (const auto& value : list.values) {
      out += fmt::format("| `{}` | {} | {} | {} |\n", value.code, cell(value.title.zh),
                         cell(value.title.en), words(sure_words, value.sure));
    }
    out += "\n";
  }
  if (list.also.empty()) return;
  out += "导入时转换 Changed on import: ";
  bool first = true;
  for (const auto& [other, ours] : list.also) {
    out += fmt::format("{}`{}` → `{}`", first ? "" : ", ", other, ours);
    first = false;
  }
  out += "\n\n";
}

constexpr auto opening =
    R"(<!-- Generated from catalog/tables and catalog/codes by `anlan tables docs`; do not edit. -->
# 标准表与代码表 Canonical tables and code lists

一个文件的表头可以用列名、中文名、编码或别名；大小写不限。A file's header may use a column's name, its Chinese name,
its code or an alias, in either case.

- 编码 Code: GB/T 40217—2021 与 LD/T 92—2013 的数据元编码；带 `*` 的只见于厂商代码。Data-element code of these
  standards; one with `*` was seen in vendor code only.
- 必填 Required: 列必须存在且有值。The column must be there and filled.
- 类型 Type: `text(n)` 最多 n 个字 at most n characters · `id_no` 公民身份号码（15 位转 18 位）citizen id number
  (15 digits become 18) · `uscc` 统一社会信用代码 credit code · `date` 日期 · `month` 年月 YYYYMM · `int` 整数 whole
  number · `fen` 金额，以分存；文件中写元（两位小数），列名以 `_fen` 结尾时写分 money kept in fen; files give yuan with
  two decimals, or fen where the header ends in `_fen` · `ratio` 小数，至多六位 decimal, at most 6 places · `time`
  时间（东八区）UTC+8 · `flag` 0/1 · `code(list)` 代码表的值：代码或中文名 a value of a code list, its code or Chinese name

)";

}  // namespace

std::string type_words(const Column& column) {
  if (column.type == ColumnType::text) return fmt::format("text({})", column.max_chars);
  if (column.type == ColumnType::code) return fmt::format("code({})", column.list);
  return type_name(column.type);
}

std::string table_docs(const Catalog& catalog) {
  std::string out = opening;
  for (const auto& group : groups) {
    out += fmt::format("- {} {}: ", group.title.zh, group.title.en);
    bool first = true;
    for (const auto& table : catalog.tables) {
      if (table.group != group.name) continue;
      out += fmt::format("{}[{} {}](#table-{})", first ? "" : " · ", table.title.zh, table.name,
                         table.name);
      first = false;
    }
    out += "\n";
  }
  for (const auto& group : groups) {
    out += fmt::format("\n## {} {}\n\n", group.title.zh, group.title.en);
    for (const auto& table : catalog.tables) {
      if (table.group == group.name) write_table(out, catalog, table);
    }
  }
  out += "\n## 代码表 Code lists\n\n";
  for (const auto& [name, list] : catalog.lists) write_list(out, list);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

std::string table_template(const Table& table) {
  std::string out = "\xEF\xBB\xBF";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out += (i == 0 ? "" : ",") + csv_field(table.columns[i].title.zh);
  }
  return out + "\r\n";
}

}  // namespace anlan::catalog
