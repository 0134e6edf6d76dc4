#include "ingest/header_match.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/month.hpp"
#include "base/text.hpp"
#include "catalog/near_name.hpp"

namespace anlan::ingest {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// Edits that turn `a` into `b`, in Unicode characters.
std::size_t distance(const std::string& a, const std::string& b) {
  const auto characters = [](const std::string& text) {
    std::vector<std::string> list;
    for (const char c : text) {
      if ((static_cast<unsigned char>(c) & 0xC0) == 0x80 && !list.empty()) {
        list.back() += c;
      } else {
        list.emplace_back(1, c);
      }
    }
    return list;
  };
  const auto x = characters(a);
  const auto y = characters(b);
  std::vector<std::size_t> row(y.size() + 1);
  for (std::size_t j = 0; j <= y.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= x.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= y.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (x[i - 1] == y[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[y.size()];
}

/// The candidate nearest to any of `names`, when few edits apart; "" otherwise.
std::string nearest(const std::vector<std::string>& names,
                    const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = 0;
  for (const auto& name : names) {
    for (const auto& candidate : candidates) {
      const std::size_t edits = distance(header_form(name), header_form(candidate));
      const bool near = edits * 3 <= display_width(name);
      if (near && (best.empty() || edits < best_distance)) {
        best = candidate;
        best_distance = edits;
      }
    }
  }
  return best;
}

struct Named {
  std::size_t column;
  std::optional<MoneyUnit> unit;
};

/// 待遇金额(元) → 待遇金额 and yuan.
std::pair<std::string, std::optional<MoneyUnit>> split_unit(const std::string& form) {
  if (!form.ends_with(')')) return {form, std::nullopt};
  const auto open = form.rfind('(');
  if (open == std::string::npos || open == 0) return {form, std::nullopt};
  std::string inside = form.substr(open + 1, form.size() - open - 2);
  for (const std::string_view lead : {"单位:", "人民币"}) {
    if (inside.starts_with(lead)) inside.erase(0, lead.size());
  }
  const std::string base = form.substr(0, open);
  if (inside == "元" || inside == "yuan") return {base, MoneyUnit::yuan};
  if (inside == "万元" || inside == "万") return {base, MoneyUnit::wan};
  if (inside == "分" || inside == "fen") return {base, MoneyUnit::fen};
  return {form, std::nullopt};
}

class Names {
 public:
  explicit Names(const catalog::Table& table) : table_(table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto& column = table.columns[i];
      names_.emplace(header_form(column.name), i);
      names_.emplace(header_form(column.title.zh), i);
      if (!column.code.empty()) names_.emplace(header_form(column.code), i);
      for (const auto& alias : column.aliases) names_.emplace(header_form(alias), i);
    }
  }

  std::optional<Named> find(const std::string& header) const {
    const std::string form = header_form(header);
    if (const auto found = names_.find(form); found != names_.end())
      return Named{found->second, {}};
    if (form.ends_with("_fen")) {
      if (auto named = money(form.substr(0, form.size() - 4), MoneyUnit::fen)) return named;
    }
    const auto [base, unit] = split_unit(form);
    return unit ? money(base, *unit) : std::nullopt;
  }

 private:
  std::optional<Named> money(const std::string& form, MoneyUnit unit) const {
    const auto found = names_.find(form);
    if (found == names_.end() || table_.columns[found->second].type != catalog::ColumnType::fen) {
      return std::nullopt;
    }
    return Named{found->second, unit};
  }

  const catalog::Table& table_;
  std::unordered_map<std::string, std::size_t> names_;
};

/// The mapping's columns by the form in which headers are compared.
std::map<std::string, std::string> mapped_forms(const Mapping* mapping) {
  std::map<std::string, std::string> forms;
  if (mapping == nullptr) return forms;
  for (const auto& [theirs, ours] : mapping->columns) forms[header_form(theirs)] = ours;
  return forms;
}

std::string shown(const catalog::Column& column) {
  return fmt::format("{} {}{}", column.name, column.title.zh,
                     column.code.empty() ? "" : " " + column.code);
}

}  // namespace

std::string header_form(std::string_view header) {
  std::string form;
  for (const char c : lower(plain_text(header))) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') form += c;
  }
  for (const std::string_view mark : {"\u3000", "*"}) {  // templates star their required columns
    for (auto at = form.find(mark); at != std::string::npos; at = form.find(mark))
      form.erase(at, mark.size());
  }
  return form;
}

Result<HeaderMatch> match_header(const catalog::Table& table,
                                 const std::vector<std::string>& header, const Mapping* mapping,
                                 const std::string& file) {
  const Names names(table);
  const auto forms = mapped_forms(mapping);
  const auto map_error = [&](const std::string& what) {
    return fail(ErrorKind::invalid_input, "import.map_column", file + ": " + what);
  };
  std::vector<std::string> column_names;
  for (const auto& column : table.columns) column_names.push_back(column.name);

  if (mapping != nullptr) {
    for (const auto& entry : mapping->columns) {
      const auto& theirs = entry.first;
      const auto& ours = entry.second;
      const auto there = [&](const std::string& name) {
        return header_form(name) == header_form(theirs);
      };
      if (std::none_of(header.begin(), header.end(), there)) {
        return map_error(
            fmt::format("the mapping names a header that is not there: {}; headers: {}", theirs,
                        fmt::join(header, ", ")));
      }
      if (!ours.empty() && !table.find(ours)) {
        const auto near = nearest({ours}, column_names);
        return map_error(fmt::format("the mapping gives {} to {}, which table {} does not have{}",
                                     theirs, ours, table.name,
                                     near.empty() ? "" : "; did you mean " + near + "?"));
      }
    }
    for (const auto& [ours, values] : mapping->values) {
      if (!table.find(ours)) {
        return map_error(fmt::format("values: table {} has no column {}", table.name, ours));
      }
    }
    for (const auto& [ours, unit] : mapping->units) {
      const auto column = table.find(ours);
      if (!column || table.columns[*column].type != catalog::ColumnType::fen) {
        return map_error(fmt::format("units: table {} has no money column {}", table.name, ours));
      }
    }
  }

  HeaderMatch match;
  match.width = header.size();
  std::map<std::size_t, ColumnUse> by_column;
  for (std::size_t field = 0; field < header.size(); ++field) {
    std::optional<Named> named;
    if (const auto mapped = forms.find(header_form(header[field])); mapped != forms.end()) {
      if (!mapped->second.empty()) named = Named{*table.find(mapped->second), {}};
    } else {
      named = names.find(header[field]);
    }
    if (!named) {
      if (!header_form(header[field]).empty()) match.ignored.push_back(header[field]);
      continue;
    }
    const auto& column = table.columns[named->column];
    if (const auto before = by_column.find(named->column); before != by_column.end()) {
      return fail(ErrorKind::invalid_input, "import.column_twice",
                  fmt::format("{}: the headers {} (column {}) and {} (column {}) both name {}",
                              file, before->second.header, before->second.field + 1, header[field],
                              field + 1, shown(column)));
    }
    ColumnUse use{named->column, field, header[field], named->unit.value_or(MoneyUnit::yuan), {}};
    if (mapping != nullptr) {
      if (const auto unit = mapping->units.find(column.name); unit != mapping->units.end()) {
        use.unit = unit->second;
      }
      if (const auto values = mapping->values.find(column.name); values != mapping->values.end()) {
        use.values = values->second;
      }
    }
    by_column.emplace(named->column, std::move(use));
  }

  std::string missing;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    if (!column.required || by_column.contains(i)) continue;
    std::vector<std::string> known = column.aliases;
    known.push_back(column.name);
    known.push_back(column.title.zh);
    const auto near = nearest(known, match.ignored);
    missing += fmt::format("{}{}{}", missing.empty() ? "" : "; ", shown(column),
                           near.empty() ? "" : fmt::format(" (is it {}?)", near));
  }
  if (!missing.empty()) {
    return fail(ErrorKind::invalid_input, "import.column_missing",
                fmt::format("{}: table {} needs {}; headers found: {}", file, table.name, missing,
                            fmt::join(header, ", ")));
  }
  for (auto& [column, use] : by_column) match.uses.push_back(std::move(use));
  return match;
}

std::size_t known_headers(const catalog::Table& table, const std::vector<std::string>& header,
                          const Mapping* mapping) {
  const Names names(table);
  const auto forms = mapped_forms(mapping);
  return static_cast<std::size_t>(
      std::count_if(header.begin(), header.end(), [&](const auto& text) {
        return forms.contains(header_form(text)) || names.find(text).has_value();
      }));
}

const catalog::Table* table_called(const catalog::Catalog& catalog, const std::string& name) {
  const std::string form = header_form(name);
  for (const auto& table : catalog.tables) {
    if (form == table.name || form == header_form(table.title.zh)) return &table;
  }
  return nullptr;
}

std::string table_meant(const catalog::Catalog& catalog, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& table : catalog.tables) {
    names.push_back(table.name);
    names.push_back(table.title.zh);
  }
  return catalog::did_you_mean(name, names);
}

const catalog::Table* table_of_file(const catalog::Catalog& catalog,
                                    const std::filesystem::path& file) {
  std::string stem = file.filename().string();
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view ending :
         {".csv", ".txt", ".tsv", ".dat", ".xlsx", ".xls", ".xml", ".parquet", ".gz", ".zip"}) {
      if (lower(stem).ends_with(ending)) {
        stem.resize(stem.size() - ending.size());
        more = true;
      }
    }
  }
  const std::string form = header_form(stem);
  const catalog::Table* best = nullptr;
  std::size_t best_size = 0;
  for (const auto& table : catalog.tables) {
    for (const auto& name : {table.name, header_form(table.title.zh)}) {
      if (name.size() <= best_size || !form.starts_with(name)) continue;
      const std::string_view rest = std::string_view(form).substr(name.size());
      // benefit_payment-2018-11 and 待遇支付201811, but neither person_old nor 待遇支付汇总.
      const bool suffix =
          rest.empty() ||
          std::string_view("-.(0123456789").find(rest.front()) != std::string_view::npos ||
          (rest.front() == '_' && rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9') ||
          rest.starts_with("表");
      if (!suffix) continue;
      best = &table;
      best_size = name.size();
    }
  }
  return best;
}

std::string period_of_file(const std::filesystem::path& file) {
  const std::string name = plain_text(file.filename().string());
  for (std::size_t i = 0; i < name.size();) {
    if (name[i] < '0' || name[i] > '9') {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < name.size() && ((name[end] >= '0' && name[end] <= '9') || name[end] == '-')) ++end;
    std::string digits = name.substr(i, end - i);
    while (digits.ends_with('-')) digits.pop_back();
    const bool year_month = digits.size() == 6 || (digits.size() == 7 && digits[4] == '-');
    if (const auto month = parse_month(digits); year_month && month) return format_month(*month);
    i = end;
  }
  return "";
}

}  // namespace anlan::ingest
