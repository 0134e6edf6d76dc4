#pragma once

#include <string>
#include <string_view>

namespace anlan::fund {

// What of a person screens show until somebody asks for all of it.

/// Eighteen characters that look like a number of an identity card.
bool is_id_number(std::string_view text);
/// "129901**********10"; of other ids two characters at each end.
std::string masked_id(std::string_view id);
/// A subject's id as screens show it: a person's masked, the authority's own numbers whole.
std::string shown_id(std::string_view subject_kind, std::string_view id, bool reveal);
/// The same as everybody may see it at the desk: a bank account's last four digits, too.
std::string shown_subject(std::string_view subject_kind, std::string_view id);
/// A field's value: of a name or address the first character, of an account or phone the last four.
std::string masked_text(const std::string& field, std::string_view text);
/// Every ID number within an evidence key.
std::string masked_within(const std::string& text);
/// Every ID number, phone and account number within a sentence.
std::string masked_numbers(std::string_view text);

}  // namespace anlan::fund
