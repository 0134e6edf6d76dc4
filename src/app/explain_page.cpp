#include "app/explain_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "app/masking.hpp"
#include "base/fen.hpp"
#include "base/month.hpp"
#include "rules/explain.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using rules::Explanation;
using rules::RowExplanation;
using rules::Verdict;

/// How telling a row is: hits, then what nearly was one.
int rank_of(const RowExplanation& row) {
  if (row.hit) return 0;
  if (row.verdict == Verdict::error) return 1;
  if (!row.excluded_by.empty()) return 2;
  return row.verdict == Verdict::unknown ? 3 : 4;
}

bool picked(const RowExplanation& row) {
  return row.where.text.empty() || row.where.value == "true";
}

bool in_validity(const RowExplanation& row) {
  return row.validity.text.empty() || row.validity.value == "true";
}

/// Hits in the order of the list. Of silent rows those inside the rule's validity, then those of
/// which fewest parts failed, then those that `where` picks, then the newest; and since of rows
/// that fail for the same parts the first says it all, the others come last.
std::vector<RowExplanation> most_telling_first(std::vector<RowExplanation> rows) {
  using Key = std::tuple<int, bool, std::size_t, bool, std::size_t>;
  std::vector<std::pair<Key, std::size_t>> keys;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const auto rank = rank_of(row);
    keys.push_back({{rank, !in_validity(row), row.failed.size(), !picked(row),
                     rank == 0 ? i : rows.size() - i},
                    i});
  }
  std::sort(keys.begin(), keys.end());
  std::set<std::vector<std::string>> seen;
  std::stable_partition(keys.begin(), keys.end(), [&](const auto& key) {
    const auto& row = rows[key.second];
    return rank_of(row) < 3 || seen.insert(row.failed).second;
  });
  std::vector<RowExplanation> sorted;
  for (const auto& [key, i] : keys) sorted.push_back(std::move(rows[i]));
  return sorted;
}

/// Whether the expression reads names or addresses.
bool reads_names(const std::string& expression) {
  const auto names = {".name", ".addr", "acct_name"};
  return std::any_of(names.begin(), names.end(), [&](const char* field) {
    return expression.find(field) != std::string::npos;
  });
}

/// Of quoted names and addresses the first character; other texts without numbers of people.
std::string masked_value(bool name, const std::string& value) {
  if (!name) return masked_numbers(value);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto end = value[i] == '"' ? value.find('"', i + 1) : std::string::npos;
    if (end == std::string::npos) {
      out += value[i];
      continue;
    }
    out += '"' + masked_text("name", std::string_view(value).substr(i + 1, end - i - 1)) + '"';
    i = end;
  }
  return out;
}

/// The words of a value in Chinese; what is true, a number or a text stays as it is.
std::string value_in(Lang lang, const std::string& value) {
  if (lang == Lang::en) return value;
  const std::pair<std::string_view, std::string_view> words[] = {
      {"unknown", "未知"}, {"missing", "缺失"}, {"no row", "无记录"}, {"a row", "有记录"}};
  for (const auto& [en, zh] : words) {
    if (value == en) return std::string(zh);
  }
  if (value.starts_with("error: ")) return "错误：" + value.substr(7);
  if (value.ends_with(" rows")) return value.substr(0, value.size() - 5) + " 行";
  return value;
}

class Page {
 public:
  Page(const rules::CheckedRule& rule, const dossier::Dossier& dossier, const rules::Moment& moment,
       const std::map<std::string, catalog::CodeList>& lists, const ExplainOptions& options)
      : rule_(rule),
        dossier_(dossier),
        moment_(moment),
        lists_(lists),
        options_(options),
        rows_(most_telling_first(rules::explain(rule, dossier, moment))) {}

  std::string text() const {
    std::string out = head();
    if (hits() == 0 && rows_.size() > 1) out += failing_parts();
    std::size_t printed = 0;
    for (; printed < shown(); ++printed) {
      const auto row = "\n" + row_text(rows_[printed]);
      if (!options_.rows_max && lines_in(out) + lines_in(row) > lines_max) {
        if (printed == 0) out += first_lines(row, lines_max - lines_in(out)) + "    …\n";
        break;
      }
      out += row;
    }
    if (hits() > 0) out += rest_text(printed);
    return out + how_to_see_more(printed);
  }

  Json json() const {
    Json json = {{"code", rule_.rule->code},
                 {"name", rule_.rule->name},
                 {"title", {{"zh", rule_.rule->title.zh}, {"en", rule_.rule->title.en}}},
                 {"subject_kind", rule_.kind->subject},
                 {"subject_id", shown_id(rule_.kind->subject, id(), options_.reveal)},
                 {"as_of", format_date(moment_.as_of)},
                 {"speaks", hits() > 0},
                 {"hits", hits()},
                 {"rows", rule_.each ? rows_.size() : 0}};
    json["explained"] = Json::array();
    for (std::size_t i = 0; i < shown(); ++i) json["explained"].push_back(row_json(rows_[i]));
    json["more"] = Json::array();
    for (const auto& [why, count] : rest(shown()))
      json["more"].push_back({{"why", why}, {"rows", count}});
    return json;
  }

 private:
  // Our choice: what one sees without scrolling far.
  static constexpr std::size_t lines_max = 56;
  static constexpr std::size_t rows_usual = 3;

  static std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  static std::string first_lines(const std::string& text, std::size_t lines) {
    std::size_t end = 0;
    for (; lines > 0 && end < text.size(); --lines) end = text.find('\n', end) + 1;
    return text.substr(0, end);
  }

  std::string say(std::string_view zh, std::string_view en) const {
    return std::string(anlan::say(options_.lang, zh, en));
  }

  std::string_view id() const { return dossier_.bucket->id(dossier_.subject); }

  std::size_t hits() const {
    return static_cast<std::size_t>(std::count_if(
        rows_.begin(), rows_.end(), [](const RowExplanation& row) { return row.hit.has_value(); }));
  }

  std::size_t shown() const {
    const auto most = options_.rows_max.value_or(rows_usual);
    return most == 0 ? rows_.size() : std::min(most, rows_.size());
  }

  std::string head() const {
    const auto& rule = *rule_.rule;
    std::string out =
        fmt::format("{}  {}  ({})\n", rule.code, rule.title.in(options_.lang), rule.name);
    out += fmt::format("{} {}  {} {}\n", rule_.kind->title.in(options_.lang),
                       shown_id(rule_.kind->subject, id(), options_.reveal), say("截至", "as of"),
                       format_date(moment_.as_of));
    const auto count = hits();
    const bool chinese = options_.lang == Lang::zh;
    if (!rule_.each)
      return out + (count > 0 ? say("命中", "speaks") : say("未命中", "silent")) + "\n";
    const auto& list = rule_.kind->lists[*rule_.each];
    if (rows_.empty()) {
      return out + (chinese ? fmt::format("未命中：{}没有记录\n", list.title.zh)
                            : fmt::format("silent: no rows of {}\n", list.name));
    }
    if (count == 0) {
      return out + (chinese
                        ? fmt::format("未命中：{} {} 行，均未命中\n", list.title.zh, rows_.size())
                        : fmt::format("silent: none of {} rows of {}\n", rows_.size(), list.name));
    }
    return out +
           (chinese
                ? fmt::format("命中：{} {} 行，命中 {} 行\n", list.title.zh, rows_.size(), count)
                : fmt::format("speaks: {} of {} rows of {}\n", count, rows_.size(), list.name));
  }

  std::string verdict_of(const RowExplanation& row) const {
    if (row.hit) return say("命中", "hit");
    if (row.verdict == Verdict::error) return say("出错", "error");
    if (!row.excluded_by.empty()) return say("已排除：", "excluded by ") + exclusion_of(row);
    return row.verdict == Verdict::unknown ? say("无法判断", "unknown") : say("未命中", "silent");
  }

  std::string exclusion_of(const RowExplanation& row) const {
    for (const auto& one : rule_.exclusions) {
      if (one.name == row.excluded_by) return one.code + " " + one.name;
    }
    return row.excluded_by;
  }

  /// A `let` by its name holds what its own expression reads.
  bool holds_names(const std::string& expression) const {
    if (reads_names(expression)) return true;
    const auto& lets = rule_.rule->lets;
    return std::any_of(lets.begin(), lets.end(), [&](const catalog::RuleLet& let) {
      return let.name == expression && reads_names(let.text.text);
    });
  }

  std::string key_of(const RowExplanation& row) const {
    return options_.reveal ? row.key : masked_within(row.key);
  }

  Explanation presented(Explanation one, Lang lang) const {
    if (!options_.reveal) one.value = masked_value(holds_names(one.text), one.value);
    one.value = value_in(lang, one.value);
    for (auto& part : one.parts) part = presented(std::move(part), lang);
    return one;
  }

  /// "payment.month > month(death.date) = false", the value masked and in the user's language.
  std::string presented_failure(const std::string& failure, Lang lang) const {
    const auto at = failure.rfind(" = ");
    if (at == std::string::npos) return failure;
    const auto expression = failure.substr(0, at);
    auto value = failure.substr(at + 3);
    if (expression == "validity") return outside_validity(lang);
    if (!options_.reveal) value = masked_value(holds_names(expression), value);
    std::string line;
    for (const char c : expression) line += c == '\n' ? ' ' : c;
    return line + " = " + value_in(lang, value);
  }

  std::string outside_validity(Lang lang) const {
    const auto& rule = *rule_.rule;
    const auto day = [](const std::optional<Date>& date) {
      return date ? format_date(*date) : std::string();
    };
    if (lang == Lang::zh) {
      return fmt::format("不在规则有效期内（{}）",
                         !rule.valid_to     ? day(rule.valid_from) + " 起"
                         : !rule.valid_from ? "至 " + day(rule.valid_to)
                                            : day(rule.valid_from) + " 至 " + day(rule.valid_to));
    }
    return fmt::format("outside the rule's validity ({})",
                       !rule.valid_to     ? "from " + day(rule.valid_from)
                       : !rule.valid_from ? "until " + day(rule.valid_to)
                                          : day(rule.valid_from) + " to " + day(rule.valid_to));
  }

  std::string failures(const RowExplanation& row) const {
    std::string out;
    for (const auto& failure : row.failed)
      out += (out.empty() ? "" : say("；", "; ")) + presented_failure(failure, options_.lang);
    return out;
  }

  std::string reason_of(const rules::Hit& hit, Lang lang) const {
    const auto sentence = rules::sentence_of(rule_, hit, lang, lists_);
    return options_.reveal ? sentence : masked_numbers(sentence);
  }

  std::string section(std::string_view title, const Explanation& explanation) const {
    return "  " + std::string(title) + "\n" + indented(presented(explanation, options_.lang));
  }

  static std::string indented(const Explanation& explanation) {
    std::string out;
    std::string text = rules::explanation_text(explanation);
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = text.find('\n', begin);
      out += "    " + text.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
    return out;
  }

  std::string row_text(const RowExplanation& row) const {
    std::string out = verdict_of(row);
    if (rule_.each) {
      const auto& list = rule_.kind->lists[*rule_.each];
      out += fmt::format("  {} {}", list.title.in(options_.lang), key_of(row));
    }
    out += "\n";
    if (row.hit) {
      if (row.hit->month != 0) out += "  " + format_month(Month{row.hit->month});
      if (row.hit->amount_fen) {
        out += fmt::format("  {} {}", format_yuan(Fen{*row.hit->amount_fen}), say("元", "yuan"));
      }
      if (row.hit->month != 0 || row.hit->amount_fen) out += "\n";
      out += "  " + reason_of(*row.hit, options_.lang) + "\n";
      for (const auto& one : row.hit->evidence) {
        out += fmt::format("  {} {} {}\n", say("依据", "evidence"), one.table,
                           options_.reveal ? one.key : masked_within(one.key));
      }
    } else if (!row.failed.empty()) {
      out += "  " + say("未满足：", "failed: ") + failures(row) + "\n";
    }
    if (!row.where.text.empty()) out += section("where", row.where);
    if (!row.lets.empty()) {
      out += "  let\n";
      for (const auto& let : row.lets) out += indented(presented(let, options_.lang));
    }
    out += section("when", row.when);
    if (!row.exclusions.empty()) {
      out += "  exclude\n";
      for (const auto& one : row.exclusions) out += indented(presented(one, options_.lang));
    }
    return out;
  }

  /// How many rows failed for each part, and how many of them for nothing else.
  std::string failing_parts() const {
    struct Count {
      std::string part;
      std::size_t rows = 0;
      std::size_t alone = 0;
    };
    std::vector<Count> counts;
    for (const auto& row : rows_) {
      for (const auto& failure : row.failed) {
        const auto part = presented_failure(failure, options_.lang);
        auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const Count& count) { return count.part == part; });
        if (found == counts.end()) found = counts.insert(found, {part});
        ++found->rows;
        if (row.failed.size() == 1) ++found->alone;
      }
    }
    if (counts.empty()) return {};
    std::stable_sort(counts.begin(), counts.end(),
                     [](const Count& a, const Count& b) { return a.rows > b.rows; });
    std::string out = say("未满足的部分，行数（其中只差这一条的）：\n",
                          "Parts that failed, rows (of them rows that failed for it alone):\n");
    // Our choice: what a screen holds beside the row that came nearest.
    constexpr std::size_t counts_max = 12;
    for (std::size_t i = 0; i < counts.size() && i < counts_max; ++i) {
      out += fmt::format("{:>6} {:>8}  {}\n", counts[i].rows,
                         counts[i].alone > 0 ? fmt::format("({})", counts[i].alone) : "",
                         counts[i].part);
    }
    if (counts.size() > counts_max) out += "     …\n";
    out += say("最接近命中的在前：\n", "Nearest to a hit first:\n");
    return out;
  }

  std::string how_to_see_more(std::size_t printed) const {
    if (printed >= rows_.size()) return {};
    const auto left = rows_.size() - printed;
    return options_.lang == Lang::zh
               ? fmt::format("\n另有 {} 行未展开：--rows N 展开 N 行，--rows 0 全部\n", left)
               : fmt::format("\n{} rows not shown: --rows N shows N of them, --rows 0 all\n", left);
  }

  /// Of the rows from `first` on: how many for each reason, the most frequent first.
  std::vector<std::pair<std::string, std::size_t>> rest(std::size_t first) const {
    std::vector<std::pair<std::string, std::size_t>> reasons;
    for (std::size_t i = first; i < rows_.size(); ++i) {
      const auto& row = rows_[i];
      const bool silent = row.excluded_by.empty() && !row.hit && !row.failed.empty();
      const auto why = silent ? failures(row) : verdict_of(row);
      const auto found = std::find_if(reasons.begin(), reasons.end(),
                                      [&](const auto& reason) { return reason.first == why; });
      if (found == reasons.end()) {
        reasons.emplace_back(why, 1);
      } else {
        ++found->second;
      }
    }
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return reasons;
  }

  std::string rest_text(std::size_t first) const {
    // Our choice: what a screen holds beside the rows shown.
    constexpr std::size_t reasons_max = 8;
    const auto reasons = rest(first);
    if (reasons.empty()) return {};
    const auto rows = rows_.size() - first;
    std::string out = "\n" + (options_.lang == Lang::zh ? fmt::format("… 另有 {} 行：\n", rows)
                                                        : fmt::format("… and {} more:\n", rows));
    std::size_t counted = 0;
    for (std::size_t i = 0; i < reasons.size() && i < reasons_max; ++i) {
      out += fmt::format("  {:>4}  {}\n", reasons[i].second, reasons[i].first);
      counted += reasons[i].second;
    }
    if (counted < rows) {
      out += fmt::format("  {:>4}  {}\n", rows - counted, say("其他原因", "for other reasons"));
    }
    return out;
  }

  Json tree_json(const Explanation& explanation) const {
    Json json = {{"expression", explanation.text}, {"value", explanation.value}};
    if (!explanation.parts.empty()) {
      json["parts"] = Json::array();
      for (const auto& part : explanation.parts) json["parts"].push_back(tree_json(part));
    }
    return json;
  }

  Json trees_json(const std::vector<Explanation>& all) const {
    Json json = Json::array();
    for (const auto& one : all) json.push_back(tree_json(presented(one, Lang::en)));
    return json;
  }

  Json row_json(const RowExplanation& row) const {
    const char* const verdict = row.hit                           ? "hit"
                                : row.verdict == Verdict::error   ? "error"
                                : !row.excluded_by.empty()        ? "excluded"
                                : row.verdict == Verdict::unknown ? "unknown"
                                                                  : "silent";
    Json json = Json::object();
    if (rule_.each)
      json["row"] = {{"list", rule_.kind->lists[*rule_.each].name}, {"key", key_of(row)}};
    json["verdict"] = verdict;
    if (!row.excluded_by.empty()) json["excluded_by"] = row.excluded_by;
    json["failed"] = Json::array();
    for (const auto& failure : row.failed)
      json["failed"].push_back(presented_failure(failure, Lang::en));
    if (row.hit) {
      json["month"] =
          row.hit->month == 0 ? Json(nullptr) : Json(format_month(Month{row.hit->month}));
      json["amount_fen"] = row.hit->amount_fen ? Json(*row.hit->amount_fen) : Json(nullptr);
      json["reason"] = {{"zh", reason_of(*row.hit, Lang::zh)},
                        {"en", reason_of(*row.hit, Lang::en)}};
      json["evidence"] = Json::array();
      for (const auto& one : row.hit->evidence) {
        json["evidence"].push_back(
            {{"table", one.table}, {"key", options_.reveal ? one.key : masked_within(one.key)}});
      }
    }
    if (!row.where.text.empty()) json["where"] = tree_json(presented(row.where, Lang::en));
    json["let"] = trees_json(row.lets);
    json["when"] = tree_json(presented(row.when, Lang::en));
    if (!row.validity.text.empty()) json["validity"] = tree_json(row.validity);
    json["exclude"] = trees_json(row.exclusions);
    return json;
  }

  const rules::CheckedRule& rule_;
  const dossier::Dossier& dossier_;
  const rules::Moment& moment_;
  const std::map<std::string, catalog::CodeList>& lists_;
  const ExplainOptions& options_;
  std::vector<RowExplanation> rows_;
};

}  // namespace

std::string explain_page(const rules::CheckedRule& rule, const dossier::Dossier& dossier,
                         const rules::Moment& moment,
                         const std::map<std::string, catalog::CodeList>& lists,
                         const ExplainOptions& options) {
  return Page(rule, dossier, moment, lists, options).text();
}

Json explain_json(const rules::CheckedRule& rule, const dossier::Dossier& dossier,
                  const rules::Moment& moment,
                  const std::map<std::string, catalog::CodeList>& lists,
                  const ExplainOptions& options) {
  return Page(rule, dossier, moment, lists, options).json();
}

}  // namespace anlan::app
