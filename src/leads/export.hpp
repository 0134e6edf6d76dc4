#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>

#include "base/lang.hpp"
#include "catalog/catalog.hpp"
#include "leads/list.hpp"

namespace anlan::leads {

/// Titles of detections, by code, for the reader.
using Titles = std::map<std::string, Title>;

std::string severity_words(const std::string& severity, Lang lang);
std::string amount_kind_words(const std::string& kind, Lang lang);
std::string subject_kind_words(const std::string& kind, Lang lang);
std::string change_words(Change change, Lang lang);

/// CSV with a BOM, so that spreadsheets read Chinese; a text beginning with = + - @ gets an
/// apostrophe, so that no spreadsheet runs it as a formula.
Status write_csv(LeadList& list, const Titles& titles, Lang lang, std::ostream& out);

/// Two sheets: leads, and their evidence rows (up to a sheet's 1,048,576 rows; said in its last row
/// if cut). Errors: unavailable "file.unwritable".
Status write_xlsx(LeadList& list, const Titles& titles, Lang lang,
                  const std::filesystem::path& path);

/// Gives rows one by one to `take` and stops at its first error.
template <class Row>
using EachOf = std::function<Status(const std::function<Status(const Row&)>& take)>;

/// The same of any rows; without `each_evidence` there is no second sheet.
Status write_xlsx(const EachOf<LeadRow>& each_lead, const EachOf<EvidenceRow>& each_evidence,
                  const Titles& titles, Lang lang, const std::filesystem::path& path);

}  // namespace anlan::leads
