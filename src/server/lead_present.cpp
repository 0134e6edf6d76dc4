#include "server/lead_present.hpp"

#include "fund/masking.hpp"
#include "server/present.hpp"

namespace anlan::server {

Title title_of(const leads::Titles& titles, const std::string& code, const std::string& name) {
  const auto found = titles.find(code);
  return found == titles.end() ? Title{name, name} : found->second;
}

leads::Titles titles_of(const catalog::Catalog& catalog) {
  leads::Titles titles;
  for (const auto& model : catalog.models) titles[model.code] = model.title;
  for (const auto& rule : catalog.rules) titles[rule.code] = rule.title;
  return titles;
}

Json lead_json(const std::string& line, const leads::Titles& titles, bool revealed) {
  Json lead = Json::parse(line);
  const auto mask_reason = [](Json& reason) {
    for (auto& [lang, words] : reason.items()) {
      words = fund::masked_numbers(words.get_ref<const std::string&>());
    }
  };
  if (!revealed) {
    lead["subject_id"] = fund::shown_subject(lead["subject_kind"].get_ref<const std::string&>(),
                                             lead["subject_id"].get_ref<const std::string&>());
    mask_reason(lead["reason"]);
    for (auto& hit : lead["hits"]) {
      if (const std::string person = hit["person"]; !person.empty()) {
        hit["person"] = fund::masked_id(person);
      }
      mask_reason(hit["reason"]);
      for (auto& row : hit["evidence"]) {
        row["key"] = fund::masked_numbers(row["key"].get_ref<const std::string&>());
      }
    }
  }
  lead["title"] = text_json(title_of(titles, lead["code"], lead["detection"]));
  lead["revealed"] = revealed;
  return lead;
}

}  // namespace anlan::server
