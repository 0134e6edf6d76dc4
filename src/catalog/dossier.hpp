#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/lang.hpp"

namespace anlan::catalog {

/// How a value of a dossier is kept and compared.
enum class FieldType { month, date, integer, fen, ratio, flag, text };

struct Field {
  std::string name;
  Title title;
  FieldType type = FieldType::text;
  std::string list;  ///< text that holds a code: name of its code list, else ""
};

/// One list of rows of a dossier, or one fact of at most one row; see catalog/dossiers/README.md.
struct DossierList {
  std::string name;  ///< payments
  std::string row;   ///< what one row is called in rules: payment
  Title title;
  bool single = false;             ///< a fact: at most one row a subject, read as `dossier.death`
  std::string from;                ///< table or derived view
  std::vector<std::string> order;  ///< fields its rows are sorted by; the row's key breaks ties
  std::string key_column;          ///< of `from`: the row_key evidence names
  std::string key_table;           ///< canonical table of that row
  std::vector<Field> fields;

  std::optional<std::size_t> find(const std::string& field) const;
};

/// What makes a dossier of one kind of subject.
struct DossierKind {
  std::string subject;     ///< person | employer | account | case | operator | institution
  std::string key_column;  ///< of every `from`: the subject's id (id_no, employer_id, …)
  std::vector<DossierList> lists;
  std::string version;  ///< hash of this description and of the views it reads

  std::optional<std::size_t> find(const std::string& list) const;
};

}  // namespace anlan::catalog
