#include "rules/type.hpp"

namespace anlan::rules {

Kind kind_of(catalog::FieldType type) {
  switch (type) {
    case catalog::FieldType::month:
      return Kind::month;
    case catalog::FieldType::date:
      return Kind::date;
    case catalog::FieldType::integer:
      return Kind::integer;
    case catalog::FieldType::fen:
      return Kind::fen;
    case catalog::FieldType::ratio:
      return Kind::ratio;
    case catalog::FieldType::flag:
      return Kind::boolean;
    case catalog::FieldType::text:
      return Kind::text;
  }
  return Kind::text;
}

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int";
    case Kind::fen:
      return "fen";
    case Kind::ratio:
      return "ratio";
    case Kind::month:
      return "month";
    case Kind::date:
      return "date";
    case Kind::text:
      return "string";
    case Kind::row:
      return "row";
    case Kind::rows:
      return "list of rows";
    case Kind::values:
      return "list";
  }
  return {};
}

std::string type_name(const Type& type, const catalog::DossierKind& dossier) {
  switch (type.kind) {
    case Kind::row:
      return "a row of " + dossier.lists[type.list].name;
    case Kind::rows:
      return "list<" + dossier.lists[type.list].row + ">";
    case Kind::values:
      return "list<" + kind_name(type.element) + ">";
    default:
      return kind_name(type.kind);
  }
}

}  // namespace anlan::rules
