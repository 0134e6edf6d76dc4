#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/lang.hpp"

namespace anlan::catalog {

/// How a value of a dossier is kept and compared.
enum class FieldType { month, date, integer, fen, ratio, flag, text };

struct Field {
  std::string name;
  Title title;
  FieldType type = FieldType::text;
  std::string list;             ///< text that holds a code: name of its code list, else ""
  std::string from;             ///< column of the list's `from`
  int line = 0;                 ///< in the kind's file
  std::vector<std::string> of;  ///< columns its value comes from: benefit_payment.amount
  std::string unit;             ///< of an integer, one of integer_units(); else ""
  Title note;                   ///< what the value means beyond its title; may be empty
};

/// One list of rows of a dossier, or one fact of at most one row; see catalog/dossiers/README.md.
struct DossierList {
  std::string name;  ///< payments
  std::string row;   ///< what one row is called in rules: payment; for a fact, its own name
  Title title;
  bool single = false;             ///< a fact: at most one row a subject, read as `dossier.death`
  std::string from;                ///< table or derived view
  std::vector<std::string> order;  ///< fields its rows are sorted by; the row's key breaks ties
  std::string key_column;          ///< of `from`: the row_key evidence names
  std::string key_table;  ///< canonical table of that row; "" if the rows come from several:
  std::vector<Field> fields;
  std::string table_field;                  ///< then the text field that names the table
  std::string subject;                      ///< column of `from` that names the subject
  std::map<std::string, std::string> only;  ///< rows whose column has this value; flags: true|false
  std::string time;                         ///< field that says when a row was, or ""
  int line = 0;                             ///< in the kind's file
  std::vector<std::string>
      tables;           ///< canonical tables it reads, directly or through views; sorted
  std::string version;  ///< 16 hex digits: hash of all that decides its rows
  Title note;           ///< what makes a row, what is netted or left out; may be empty

  std::optional<std::size_t> find(const std::string& field) const;
};

/// What makes a dossier of one kind of subject.
struct DossierKind {
  std::string subject;  ///< person | employer | account | case | operator | institution
  Title title;
  std::string key_column;  ///< of a `from`: the subject's id (id_no, employer_id, …)
  /// A table without it is joined to this view by this column; a value the view does not
  /// know is an id of its own. Both "" if there is none.
  std::string through_view;
  std::string through_column;
  std::string count_table;  ///< canonical table whose rows tell how many subjects there are
  std::vector<DossierList> lists;
  std::string file;     ///< for messages: catalog/dossiers/person.yaml
  std::string yaml;     ///< its text, so that a run can keep it
  std::string version;  ///< 16 hex digits: hash of the versions of its lists

  std::optional<std::size_t> find(const std::string& list) const;
};

/// "month", "date", "integer" …, in the order of FieldType.
std::string type_name(FieldType type);

/// What an integer field may count: the word in a description, and its titles.
const std::vector<std::pair<std::string, Title>>& integer_units();

}  // namespace anlan::catalog
