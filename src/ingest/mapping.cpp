#include "ingest/mapping.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <optional>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "ingest/text_encoding.hpp"

namespace anlan::ingest {
namespace {

std::optional<MoneyUnit> unit_called(const std::string& name) {
  if (name == "元" || name == "yuan") return MoneyUnit::yuan;
  if (name == "万元" || name == "万") return MoneyUnit::wan;
  if (name == "分" || name == "fen") return MoneyUnit::fen;
  return std::nullopt;
}

tl::unexpected<Error> wrong(const std::string& origin, const YAML::Mark& mark,
                            const std::string& what) {
  return fail(ErrorKind::invalid_input, "import.map",
              fmt::format("{}:{}: {}", origin, mark.line + 1, what));
}

std::string text_of(const YAML::Node& node) {
  return node.IsNull() ? std::string() : node.as<std::string>();
}

}  // namespace

Result<Mapping> parse_mapping(const std::string& yaml, const std::string& origin) {
  Mapping mapping;
  mapping.yaml = yaml;
  mapping.sha256 = sha256_hex(yaml);
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap()) return wrong(origin, root.Mark(), "expected `name: value` lines");
    for (const auto& entry : root) {
      const auto name = entry.first.as<std::string>();
      const YAML::Node& value = entry.second;
      if (name == "table") {
        mapping.table = text_of(value);
      } else if (name == "columns") {
        for (const auto& column : value) {
          mapping.columns[column.first.as<std::string>()] = text_of(column.second);
        }
      } else if (name == "values") {
        for (const auto& column : value) {
          auto& values = mapping.values[column.first.as<std::string>()];
          for (const auto& pair : column.second) {
            values[pair.first.as<std::string>()] = text_of(pair.second);
          }
        }
      } else if (name == "units") {
        for (const auto& column : value) {
          const auto unit = unit_called(text_of(column.second));
          if (!unit) {
            return wrong(origin, column.second.Mark(),
                         "units: expected 元, 万元 or 分, found " + text_of(column.second));
          }
          mapping.units[column.first.as<std::string>()] = *unit;
        }
      } else if (name == "delimiter") {
        const auto delimiter = text_of(value);
        if (delimiter.size() != 1 && delimiter != "\\t") {
          return wrong(origin, value.Mark(),
                       "delimiter: expected one character, found " + delimiter);
        }
        mapping.delimiter = delimiter.size() == 1 ? delimiter.front() : '\t';
      } else if (name == "encoding") {
        mapping.encoding = text_of(value);
        if (!encoding_called(mapping.encoding)) {
          return wrong(origin, value.Mark(),
                       "encoding: expected UTF-8, UTF-16 or GB18030, found " + mapping.encoding);
        }
      } else if (name == "dates") {
        const auto order = text_of(value);
        if (order != "year_first" && order != "day_first" && order != "month_first") {
          return wrong(origin, value.Mark(),
                       "dates: expected year_first, day_first or month_first, found " + order);
        }
        mapping.dates = order == "day_first"     ? DateOrder::day_first
                        : order == "month_first" ? DateOrder::month_first
                                                 : DateOrder::year_first;
      } else {
        return wrong(
            origin, entry.first.Mark(),
            fmt::format("unknown entry {}; known: table, columns, values, units, delimiter, "
                        "encoding, dates",
                        name));
      }
    }
  } catch (const YAML::Exception& error) {
    return wrong(origin, error.mark, error.msg);
  }
  return mapping;
}

Result<Mapping> read_mapping(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  return parse_mapping(*text, file.string());
}

}  // namespace anlan::ingest
