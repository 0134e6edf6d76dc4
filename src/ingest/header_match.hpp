#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "ingest/mapping.hpp"

namespace anlan::ingest {

/// One column of the file that goes into one of the table.
struct ColumnUse {
  std::size_t column = 0;  ///< index in Table::columns
  std::size_t field = 0;   ///< index in the file's records
  std::string header;      ///< what the file calls it
  MoneyUnit unit = MoneyUnit::yuan;
  std::map<std::string, std::string> values;  ///< of the mapping file
};

struct HeaderMatch {
  std::vector<ColumnUse> uses;       ///< by column
  std::vector<std::string> ignored;  ///< headers that name no column of the table
  std::size_t width = 0;             ///< fields in the header
};

/// A header in the form in which headers are compared: trimmed, half-width, lower case, without
/// blanks.
std::string header_form(std::string_view header);

/// Finds each column by name, Chinese title, data-element code, alias or the mapping. Money headers
/// may say their unit: amount_fen, 待遇金额(元), 待遇金额（万元）. Other headers are noted in
/// `ignored`. Errors, naming `file`: invalid_input "import.column_missing" (a required one, with
/// the nearest header), "import.column_twice" (two headers for one column), "import.map_column"
/// (the mapping names what is not there).
Result<HeaderMatch> match_header(const catalog::Table& table,
                                 const std::vector<std::string>& header, const Mapping* mapping,
                                 const std::string& file);

/// How many headers name a column of the table: to find the header line below a sheet's title.
std::size_t known_headers(const catalog::Table& table, const std::vector<std::string>& header,
                          const Mapping* mapping);

/// The table a file is of, by its name: `benefit_payment-2018-11.csv`, `待遇支付.xlsx`; nullptr if
/// none.
const catalog::Table* table_of_file(const catalog::Catalog& catalog,
                                    const std::filesystem::path& file);

/// The table called `name`, in English or Chinese; nullptr if none.
const catalog::Table* table_called(const catalog::Catalog& catalog, const std::string& name);

/// "; did you mean person?" or "": the end of an error about a name that is no table's.
std::string table_meant(const catalog::Catalog& catalog, const std::string& name);

/// "2018-11" out of `benefit_payment-2018-11.csv` or `…201811.csv`; "" if there is no month.
std::string period_of_file(const std::filesystem::path& file);

}  // namespace anlan::ingest
