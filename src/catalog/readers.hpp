#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "catalog/problems.hpp"

namespace anlan::catalog {

// How one file becomes one value. Each reader reports to its source and hands out what it
// understood, so that the files after it can still be checked.

/// A table and where its columns stand, for the checks that need every list.
struct ReadTable {
  Table table;
  Source source;
  int line = 1;
  std::map<std::string, int>
      list_lines;  ///< name of a code list → line of the column that names it first
};

/// Adds agency_id and region_code. `stem` is the file's name without its ending.
ReadTable read_table(const std::string& text, const std::string& stem, const Source& source);

CodeList read_code_list(const std::string& text, const std::string& stem, const Source& source);

/// A view or model and where it names others.
struct ReadSql {
  struct Use {
    std::string name;
    int line = 1;
    Source source;
  };
  std::vector<Use> tables;   ///< must be tables
  std::vector<Use> reads;    ///< must be tables or views
  std::vector<Use> lists;    ///< must be code lists
  std::vector<Use> sources;  ///< FROM and JOIN; if known names, they must be declared
};

struct ReadView {
  DerivedView view;
  ReadSql uses;
};

ReadView read_view(const std::string& text, const std::string& name, const Source& source);

struct ReadModel {
  Model model;
  ReadSql uses;
  int code_line = 1;
};

/// Checks all that can be known without the rest of the catalog; leaves `spec` and `version` empty.
ReadModel read_model(const std::string& name, const std::string& yaml, const std::string& sql,
                     const Source& yaml_source, const Source& sql_source);

/// The description of one kind of dossier, and where to report what does not fit the catalog.
struct ReadDossier {
  DossierKind kind;
  Source source;
};

/// Fields over a table of `tables` may leave type, code list and title to its columns.
ReadDossier read_dossier(const std::string& text, const std::string& stem,
                         const std::vector<Table>& tables, const Source& source);

}  // namespace anlan::catalog
