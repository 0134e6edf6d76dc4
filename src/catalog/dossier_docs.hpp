#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.hpp"

namespace anlan::catalog {

/// The text of docs/dossiers.md: every list, fact and field that a rule may name, by kind of
/// subject. Markdown, Chinese first, English beside; its first line says that it is generated.
std::string dossier_docs(const Catalog& catalog);

/// The kinds of dossier as people look for them: that of a person first.
std::vector<const DossierKind*> kinds_to_show(const Catalog& catalog);

/// The type of a field as rules call it: "int", "string", "bool" …
std::string rule_type(FieldType type);

/// What a value counts: of money "fen", of an integer what its description says; "" for the rest.
Title unit_of(const Field& field);

/// What an expression may write before the field: "payment." for rows of a list, "dossier.death."
/// for a fact.
std::string path_of(const DossierList& list);

/// The rows that a list is made of: "v_pay (benefit_payment)", "claims where kind = 1" …
std::string source_of(const DossierList& list);

/// "1 成功；2 退回" for a short code list, "" for none and for a long one.
std::string short_codes(const Catalog& catalog, const Field& field, Lang lang);

}  // namespace anlan::catalog
