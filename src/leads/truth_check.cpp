#include "leads/truth_check.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

#include "base/file.hpp"
#include "base/text.hpp"
#include "leads/sentence.hpp"

namespace anlan::leads {
namespace {

struct Truth {
  bool planted = false;
  std::string variant;
  bool hit = false;
};

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// The truth file is ours: no field of it needs quoting.
Result<std::map<std::string, std::map<std::string, Truth>>> read_truth(
    const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  std::map<std::string, std::map<std::string, Truth>> truth;
  std::istringstream lines(*text);
  std::string line;
  std::map<std::string, std::size_t> columns;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::string_view words = trim(line);
    if (words.starts_with("\xEF\xBB\xBF")) words.remove_prefix(3);
    if (words.empty()) continue;
    const auto cells = split(words, ',');
    if (columns.empty()) {
      for (std::size_t i = 0; i < cells.size(); ++i) columns[std::string(cells[i])] = i;
      for (const char* name : {"detection", "kind", "variant", "subject_id"}) {
        if (!columns.contains(name)) {
          return fail(ErrorKind::invalid_input, "truth.malformed",
                      fmt::format("{}:1: no column {}", file.string(), name));
        }
      }
      continue;
    }
    if (cells.size() < columns.size()) {
      return fail(ErrorKind::invalid_input, "truth.malformed",
                  fmt::format("{}:{}: {} fields, expected {}", file.string(), number, cells.size(),
                              columns.size()));
    }
    const auto cell = [&](const char* name) { return std::string(cells[columns[name]]); };
    const auto kind = cell("kind");
    if (kind != "planted" && kind != "lookalike") {
      return fail(ErrorKind::invalid_input, "truth.malformed",
                  fmt::format("{}:{}: kind {}, expected planted or lookalike", file.string(),
                              number, kind));
    }
    // One subject may be planted in several ways; planted in any of them, it must be found.
    auto& entry = truth[cell("detection")][cell("subject_id")];
    if (entry.variant.empty() || kind == "planted") entry.variant = cell("variant");
    entry.planted = entry.planted || kind == "planted";
  }
  return truth;
}

}  // namespace

double Score::recall() const {
  return ratio(found, planted);
}
double Score::precision() const {
  return ratio(found, found + lookalikes_hit + others_hit);
}

Result<std::vector<Score>> check_truth(LeadList& list, const std::filesystem::path& file) {
  auto truth = read_truth(file);
  if (!truth) return fail(truth.error());
  std::map<std::string, Score> scores;
  const auto run = list.by_detection();
  if (!run) return fail(run.error());
  for (const auto& summary : *run) scores[summary.code].code = summary.code;
  auto listed = list.each([&](const LeadRow& row) -> Status {
    auto& score = scores[row.code];
    auto& known = (*truth)[row.code];
    const auto found = known.find(row.subject_id);
    const std::string shown = row.lead_id + " " + shown_subject(row.subject_kind, row.subject_id);
    if (found == known.end()) {
      ++score.others_hit;
      score.wrong.push_back(shown);
    } else if (found->second.planted) {
      found->second.hit = true;
      ++score.found;
    } else {
      ++score.lookalikes_hit;
      score.wrong.push_back(shown + " " + found->second.variant);
    }
    return {};
  });
  if (!listed) return fail(listed.error());
  std::vector<Score> all;
  for (auto& [code, score] : scores) {
    for (const auto& [subject, entry] : (*truth)[code]) {
      if (!entry.planted) {
        ++score.lookalikes;
        continue;
      }
      ++score.planted;
      if (!entry.hit) score.missed.push_back(entry.variant + " " + masked(subject));
    }
    std::sort(score.wrong.begin(), score.wrong.end());
    all.push_back(std::move(score));
  }
  return all;
}

Result<std::map<std::string, Threshold>> read_thresholds(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  std::map<std::string, Threshold> thresholds;
  const auto problem = [&](const YAML::Mark& mark, const std::string& what) {
    return fail(ErrorKind::invalid_input, "thresholds.malformed",
                fmt::format("{}:{}: {}", file.string(), mark.line + 1, what));
  };
  try {
    const YAML::Node root = YAML::Load(*text);
    if (!root.IsMap()) return problem(root.Mark(), "expected detections and their thresholds");
    for (const auto& entry : root) {
      Threshold threshold;
      for (const auto& value : entry.second) {
        const auto name = value.first.as<std::string>();
        const auto number = value.second.as<double>();
        if (number < 0 || number > 1) return problem(value.second.Mark(), "expected 0 to 1");
        if (name == "recall") {
          threshold.recall = number;
        } else if (name == "precision") {
          threshold.precision = number;
        } else {
          return problem(value.first.Mark(),
                         "unknown key " + name + "; expected recall or precision");
        }
      }
      thresholds[entry.first.as<std::string>()] = threshold;
    }
  } catch (const YAML::Exception& error) {
    return problem(error.mark, error.msg);
  }
  return thresholds;
}

}  // namespace anlan::leads
