#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "catalog/near_name.hpp"
#include "catalog/readers.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

// In the order of FieldType.
const std::vector<std::string> field_types = {"month", "date", "integer", "fen",
                                              "ratio", "flag", "text"};

std::vector<std::string> field_names(const DossierList& list) {
  std::vector<std::string> names;
  for (const auto& field : list.fields) names.push_back(field.name);
  return names;
}

/// A mapping of free names, in the order of the file; reports names that are wrong or stand twice.
std::vector<std::pair<std::string, YAML::Node>> named_nodes(const YamlMap& top,
                                                            const std::string& key,
                                                            const Source& source,
                                                            const std::string& what) {
  std::vector<std::pair<std::string, YAML::Node>> named;
  const auto node = top.map(key);
  if (!node) return named;
  const YamlMap each(*node, source, key, {});
  for (const auto& pair : *node) {
    if (!pair.first.IsScalar()) continue;
    if (!is_snake_case(pair.first.Scalar())) {
      source.problem(line_of(pair.first),
                     fmt::format("{} {}, expected a snake_case name", what, pair.first.Scalar()));
    }
    named.emplace_back(pair.first.Scalar(), pair.second);
  }
  if (named.empty()) top.problem(key, "no " + key + ", expected at least one");
  return named;
}

FieldType natural_type(ColumnType column) {
  switch (column) {
    case ColumnType::month:
      return FieldType::month;
    case ColumnType::date:
    case ColumnType::time:
      return FieldType::date;
    case ColumnType::integer:
      return FieldType::integer;
    case ColumnType::fen:
      return FieldType::fen;
    case ColumnType::ratio:
      return FieldType::ratio;
    case ColumnType::flag:
      return FieldType::flag;
    case ColumnType::text:
    case ColumnType::id_no:
    case ColumnType::uscc:
    case ColumnType::code:
      return FieldType::text;
  }
  return FieldType::text;
}

/// A time becomes the date it falls on or, as integer, its seconds.
bool fits(ColumnType column, FieldType field) {
  return natural_type(column) == field ||
         (column == ColumnType::time && field == FieldType::integer);
}

/// Reads lists of one kind; what a field leaves open its column in `tables` says.
class ListReader {
 public:
  ListReader(const std::vector<Table>& tables, const Source& source)
      : tables_(tables), source_(source) {}

  DossierList read(const std::string& name, const YAML::Node& node) const {
    const YamlMap top(node, source_, "list " + name,
                      {"row", "single", "title", "from", "note", "subject", "only", "order", "time",
                       "evidence", "fields"});
    DossierList list;
    list.name = name;
    list.line = top.line();
    list.single = top.flag("single", false);
    list.row = list.single && !top.has("row") ? name : top.name("row");
    list.title = top.title("title");
    list.from = top.name("from");
    if (top.has("note")) list.note = top.title("note");
    if (top.has("subject")) list.subject = top.name("subject");
    if (top.has("only")) read_only(top, list);
    const auto table = std::find_if(tables_.begin(), tables_.end(),
                                    [&](const Table& one) { return one.name == list.from; });
    for (const auto& [field, entry] : named_nodes(top, "fields", source_, "field")) {
      if (field == "known")
        source_.problem(line_of(entry), "every fact has `known`, expected another name");
      list.fields.push_back(read_field(field, entry, table == tables_.end() ? nullptr : &*table));
    }
    read_order(top, list);
    read_evidence(top, list);
    return list;
  }

 private:
  void read_only(const YamlMap& top, DossierList& list) const {
    for (const auto& [column, value] : named_nodes(top, "only", source_, "column")) {
      if (value.IsScalar()) {
        list.only[column] = value.Scalar();
      } else {
        source_.problem(line_of(value), "only: " + column + " is not one value");
      }
    }
  }

  Field read_field(const std::string& name, const YAML::Node& node, const Table* table) const {
    const YamlMap entry(node, source_, "field " + name,
                        {"from", "type", "list", "zh", "en", "of", "unit", "note"});
    Field field;
    field.name = name;
    field.line = entry.line();
    field.from = entry.has("from") ? entry.name("from") : name;
    const auto at = table == nullptr ? std::nullopt : table->find(field.from);
    const Column* column = at ? &table->columns[*at] : nullptr;
    if (entry.has("type") || column == nullptr) {
      const auto type = entry.word("type", field_types);
      field.type = static_cast<FieldType>(std::find(field_types.begin(), field_types.end(), type) -
                                          field_types.begin());
    } else {
      field.type = natural_type(column->type);
    }
    if (entry.has("list")) {
      field.list = entry.name("list");
      if (field.type != FieldType::text)
        entry.problem("list", "list is for text only, not for " + type_name(field.type));
    } else if (column != nullptr && field.type == FieldType::text) {
      field.list = column->list;
    }
    field.title.zh = column != nullptr && !entry.has("zh") ? column->title.zh : entry.text("zh");
    field.title.en = column != nullptr && !entry.has("en") ? column->title.en : entry.text("en");
    if (entry.has("note")) field.note = entry.title("note");
    read_origin(entry, table, field);
    if (column != nullptr && !fits(column->type, field.type)) {
      entry.problem("type",
                    fmt::format("field {} is {}, but column {} is {}", name, type_name(field.type),
                                field.from, type_name(column->type)));
    }
    return field;
  }

  /// Of a field over a table its column is known; over a view the description may name columns.
  void read_origin(const YamlMap& entry, const Table* table, Field& field) const {
    if (table != nullptr && entry.has("of"))
      entry.problem("of", "of is for fields of views; this one is the column " + field.from);
    for (const auto& column : entry.texts("of")) field.of.push_back(column.text);
    if (table != nullptr) field.of = {table->name + "." + field.from};
    if (!entry.has("unit")) return;
    std::vector<std::string> words;
    for (const auto& [word, title] : integer_units()) words.push_back(word);
    field.unit = entry.word("unit", words);
    if (field.type != FieldType::integer)
      entry.problem("unit", "unit is for integers only, not for " + type_name(field.type));
  }

  void read_order(const YamlMap& top, DossierList& list) const {
    const auto is_time = [&](const std::string& name) {
      const auto index = list.find(name);
      return index && (list.fields[*index].type == FieldType::month ||
                       list.fields[*index].type == FieldType::date);
    };
    for (const auto& entry : top.texts("order")) {
      if (!list.find(entry.text)) {
        source_.problem(entry.line,
                        fmt::format("order names {}, which is not a field{}", entry.text,
                                    did_you_mean(entry.text, field_names(list))));
      }
      if (std::find(list.order.begin(), list.order.end(), entry.text) != list.order.end())
        source_.problem(entry.line, "order names " + entry.text + " twice");
      list.order.push_back(entry.text);
      if (list.time.empty() && is_time(entry.text)) list.time = entry.text;
    }
    if (list.order.empty() && !list.single)
      top.problem("order", "the list has no order, expected the fields its rows are sorted by");
    if (!top.has("time")) return;
    list.time = top.name("time");
    if (!is_time(list.time))
      top.problem("time", "time is " + list.time + ", expected a field of type month or date");
  }

  void read_evidence(const YamlMap& top, DossierList& list) const {
    const auto node = top.map("evidence");
    if (!node) return;
    const YamlMap evidence(*node, source_, "evidence", {"table", "table_field", "key"});
    list.key_column = evidence.name("key");
    if (evidence.has("table") == evidence.has("table_field")) {
      evidence.problem("table", "evidence has both or none of table and table_field");
      return;
    }
    if (evidence.has("table")) {
      list.key_table = evidence.name("table");
      return;
    }
    list.table_field = evidence.name("table_field");
    const auto index = list.find(list.table_field);
    if (!index || list.fields[*index].type != FieldType::text) {
      evidence.problem("table_field",
                       fmt::format("{} is not a text field of the list{}", list.table_field,
                                   did_you_mean(list.table_field, field_names(list))));
    }
  }

  const std::vector<Table>& tables_;
  const Source& source_;
};

}  // namespace

std::string type_name(FieldType type) {
  return field_types[static_cast<std::size_t>(type)];
}

const std::vector<std::pair<std::string, Title>>& integer_units() {
  static const std::vector<std::pair<std::string, Title>> units = {
      {"months", {"月", "months"}},   {"days", {"天", "days"}},
      {"years", {"年", "year"}},      {"seconds", {"秒", "seconds since 1970-01-01 00:00"}},
      {"rows", {"行", "rows"}},       {"people", {"人", "people"}},
      {"pages", {"页", "pages"}},     {"beds", {"张", "beds"}},
      {"sources", {"个", "sources"}}, {"rank", {"级", "rank"}},
      {"grade", {"级", "grade"}}};
  return units;
}

ReadDossier read_dossier(const std::string& text, const std::string& stem,
                         const std::vector<Table>& tables, const Source& source) {
  ReadDossier out{{}, source};
  DossierKind& kind = out.kind;
  kind.subject = stem;
  kind.file = source.file;
  kind.yaml = text;
  const auto document = parse_yaml(text, source);
  if (!document) return out;
  const YamlMap top(*document, source, "the dossier",
                    {"subject", "title", "key", "through", "count", "lists"});
  const auto subject =
      top.word("subject", {"person", "employer", "account", "case", "operator", "institution"});
  if (subject != stem) {
    top.problem("subject",
                fmt::format("subject is {}, expected the name of the file, {}", subject, stem));
  }
  kind.title = top.title("title");
  kind.key_column = top.name("key");
  kind.count_table = top.name("count");
  if (top.has("through")) {
    if (const auto node = top.map("through")) {
      const YamlMap through(*node, source, "through", {"view", "column"});
      kind.through_view = through.name("view");
      kind.through_column = through.name("column");
    }
  }
  const ListReader reader(tables, source);
  std::set<std::string> rows;
  for (const auto& [name, node] : named_nodes(top, "lists", source, "list")) {
    auto list = reader.read(name, node);
    if (list.subject.empty()) list.subject = kind.key_column;
    if (!rows.insert(list.row).second)
      source.problem(list.line, fmt::format("row {} is also the row of another list", list.row));
    kind.lists.push_back(std::move(list));
  }
  return out;
}

}  // namespace anlan::catalog
