#include "catalog/dossier_docs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace anlan::catalog {
namespace {

/// Text inside a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string both(const Title& title) {
  return title.zh + (title.zh.empty() ? "" : " ") + title.en;
}

std::string quoted_names(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "`" : ", `") + name + "`";
  return out;
}

/// `benefit_payment.amount`, each linked to its table.
std::string linked_columns(const Field& field) {
  std::string out;
  for (const auto& column : field.of) {
    out += fmt::format("{}[{}](tables.md#table-{})", out.empty() ? "" : ", ", column,
                       column.substr(0, column.find('.')));
  }
  return out;
}

std::string linked_codes(const Catalog& catalog, const Field& field) {
  if (field.list.empty()) return {};
  const auto codes = short_codes(catalog, field, Lang::zh);
  return fmt::format("[{0}](tables.md#list-{0})", field.list) + (codes.empty() ? "" : ": " + codes);
}

void write_list(std::string& out, const Catalog& catalog, const DossierKind& kind,
                const DossierList& list) {
  out += fmt::format("<a id=\"{0}-{1}\"></a>\n\n### {2} `dossier.{1}`\n\n", kind.subject, list.name,
                     both(list.title));
  if (list.single) {
    out += fmt::format(
        "- 事实，至多一条 A fact, one row or none: `dossier.{0}.known`, `dossier.{0}.{1}`\n",
        list.name, list.fields.front().name);
  } else {
    out += fmt::format(
        "- 清单 A list: `each: {0} in dossier.{1}`, `dossier.{1}.exists({0}, {0}.{2} …)`\n",
        list.row, list.name, list.fields.front().name);
    out += "- 次序 Order: " + quoted_names(list.order) +
           "，缺失的在后 missing values last；依证据主键定先后 ties by evidence key\n";
  }
  out += "- 来自 From: `" + source_of(list) + "`\n";
  if (!list.note.zh.empty()) {
    out += fmt::format("- {}。{}.\n", list.note.zh, list.note.en);
  }
  out +=
      "\n| 字段 Field | 中文 | English | 类型 Type | 单位 Unit | 代码 Codes | 来自 From | 说明 "
      "Note |\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& field : list.fields) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", field.name,
                       cell(field.title.zh), cell(field.title.en), rule_type(field.type),
                       both(unit_of(field)), cell(linked_codes(catalog, field)),
                       linked_columns(field), cell(both(field.note)));
  }
  out += "\n";
}

constexpr auto opening =
    R"(<!-- Generated from catalog/dossiers by `anlan rules docs`; do not edit. -->
# 档案卷：规则可以引用什么 Dossiers: what a rule may name

规则按 `about` 读取一类对象的档案卷；语言见 [rules.md](rules.md)。同样的内容：`anlan rules fields`、`anlan rules fields payments`。A rule
reads the dossier of one kind of subject, that of its `about`; the language stands in [rules.md](rules.md). The same on the
screen: `anlan rules fields`, `anlan rules fields payments`.

- `dossier.id`：对象编号，人员为社会保障号码 the subject's id, of a person the ID number
- `dossier.payments` 等清单：每行有下列字段 a list, each row has the fields below；`dossier.death` 等事实：至多一条
  a fact, one row or none, its fields read at once
- 每行和每个事实都有 `.known`：是否有这一行 whether there is such a row
- 类型 Type: `bool` · `int` · `fen` 金额，以分计，写 `yuan("100.00")` money in fen, written `yuan("100.00")` · `ratio` 小数，写
  `ratio("0.35")` a decimal, written `ratio("0.35")` · `month` 写 `month("2018-11")` · `date` 写 `date("2018-11-30")` · `string`
  代码也是 codes too, such as `"110"`
- 任何字段都可能缺失 any field may be missing
- 来自 From：标准表的列；多列时由它们得出 the column of a canonical table, or those the value is made of

)";

}  // namespace

std::vector<const DossierKind*> kinds_to_show(const Catalog& catalog) {
  std::vector<const DossierKind*> kinds;
  for (const auto& kind : catalog.dossiers) kinds.push_back(&kind);
  std::stable_partition(kinds.begin(), kinds.end(),
                        [](const DossierKind* kind) { return kind->subject == "person"; });
  return kinds;
}

std::string rule_type(FieldType type) {
  switch (type) {
    case FieldType::integer:
      return "int";
    case FieldType::flag:
      return "bool";
    case FieldType::text:
      return "string";
    default:
      return type_name(type);
  }
}

Title unit_of(const Field& field) {
  if (field.type == FieldType::fen) return {"分", "fen"};
  for (const auto& [word, title] : integer_units()) {
    if (word == field.unit) return title;
  }
  return {};
}

std::string path_of(const DossierList& list) {
  return (list.single ? "dossier." + list.name : list.row) + ".";
}

std::string source_of(const DossierList& list) {
  std::string out = list.from;
  if (list.tables != std::vector<std::string>{list.from} && list.from.starts_with("v_"))
    out += fmt::format(" ({})", fmt::join(list.tables, ", "));
  bool first = true;
  for (const auto& [column, value] : list.only) {
    out += fmt::format(" {} {} = {}", first ? "where" : "and", column, value);
    first = false;
  }
  return out;
}

std::string short_codes(const Catalog& catalog, const Field& field, Lang lang) {
  const auto found = catalog.lists.find(field.list);
  constexpr std::size_t shown_max = 6;  // our choice, as in docs/tables.md
  if (found == catalog.lists.end() || found->second.values.size() > shown_max) return {};
  std::string out;
  for (const auto& value : found->second.values) {
    if (!out.empty()) out += say(lang, "；", "; ");
    out += value.code + " " + value.title.in(lang);
  }
  return out;
}

std::string dossier_docs(const Catalog& catalog) {
  std::string out = opening;
  for (const auto* kind : kinds_to_show(catalog)) {
    out += fmt::format("- {} `about: {}`: ", both(kind->title), kind->subject);
    bool first = true;
    for (const auto& list : kind->lists) {
      out += fmt::format("{}[{} {}](#{}-{})", first ? "" : " · ", list.title.zh, list.name,
                         kind->subject, list.name);
      first = false;
    }
    out += "\n";
  }
  for (const auto* kind : kinds_to_show(catalog)) {
    out += fmt::format("\n## {} `{}`\n\n", both(kind->title), kind->subject);
    for (const auto& list : kind->lists) write_list(out, catalog, *kind, list);
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace anlan::catalog
