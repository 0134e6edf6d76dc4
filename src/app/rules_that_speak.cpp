#include "app/rules_that_speak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "app/catalog_words.hpp"
#include "app/masking.hpp"
#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/text.hpp"
#include "rules/columnar.hpp"
#include "rules/explain.hpp"

namespace anlan::app {
namespace {

using Json = nlohmann::ordered_json;
using Lists = std::map<std::string, catalog::CodeList>;

/// A rule that has something to say about one dossier.
struct Word {
  const rules::CheckedRule* rule = nullptr;
  std::vector<rules::Hit> hits;
  std::vector<std::pair<const rules::Exclusion*, std::size_t>> excluded;
  std::size_t faults = 0;
  std::string fault;
};

std::vector<Word> words_of(std::span<const rules::CheckedRule> rules,
                           const dossier::Dossier& dossier, const rules::Moment& moment) {
  std::vector<Word> words;
  const auto outcomes = rules::RuleSet(rules).run(dossier, moment);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& rule = rules[i];
    const auto& outcome = outcomes[i];
    Word word{&rule, {}, {}, outcome.faults, {}};
    for (const auto& hit : outcome.hits) {
      word.hits.push_back(rules::describe_hit(
          rule, dossier,
          hit.row == rules::CompactHit::no_row ? std::nullopt : std::optional(hit.row), moment));
    }
    for (std::size_t e = 0; e < outcome.excluded.size(); ++e) {
      if (outcome.excluded[e] > 0)
        word.excluded.emplace_back(&rule.exclusions[e], outcome.excluded[e]);
    }
    if (outcome.first_fault) {
      const auto& fault = outcome.first_fault->fault;
      word.fault =
          fmt::format("{}: {}", rules::fault_name(fault.fault), rule.written(rule.nodes[fault.at]));
    }
    if (!word.hits.empty() || !word.excluded.empty() || word.faults > 0)
      words.push_back(std::move(word));
  }
  // What speaks first, the most serious of it first.
  std::stable_sort(words.begin(), words.end(), [](const Word& a, const Word& b) {
    const auto key = [](const Word& word) {
      return std::make_pair(word.hits.empty(), -static_cast<int>(word.rule->rule->severity));
    };
    return key(a) < key(b);
  });
  return words;
}

std::string sentence(const Word& word, Lang lang, const Lists& lists, bool reveal) {
  const auto text =
      rules::sentence_of(*word.rule, std::span<const rules::Hit>(word.hits), lang, lists);
  return reveal ? text : masked_numbers(text);
}

std::string span_text(const rules::LeadSummary& summary) {
  if (summary.month_from == 0) return {};
  const auto from = format_month(Month{summary.month_from});
  const auto to = format_month(Month{summary.month_to});
  return from == to ? from : from + " ~ " + to;
}

}  // namespace

std::string rules_page(std::span<const rules::CheckedRule> rules, const dossier::Dossier& dossier,
                       const rules::Moment& moment, const Lists& lists,
                       const SpeakOptions& options) {
  const auto lang = options.lang;
  const auto words = words_of(rules, dossier, moment);
  const auto speaking = std::count_if(words.begin(), words.end(),
                                      [](const Word& word) { return !word.hits.empty(); });
  std::string out = lang == Lang::zh
                        ? fmt::format("\n规则（截至 {}）：{} 条中 {} 条命中\n",
                                      format_date(moment.as_of), rules.size(), speaking)
                        : fmt::format("\nRules as of {}: {} of {} speak\n",
                                      format_date(moment.as_of), speaking, rules.size());
  for (const auto& word : words) {
    const auto& rule = *word.rule->rule;
    const auto head = fmt::format("{}  {}", rule.code, rule.title.in(lang));
    if (!word.hits.empty()) {
      const auto summary = rules::summary_of(word.hits);
      out += fmt::format("{}  {}", head, severity_name(rule.severity, lang));
      if (const auto months = span_text(summary); !months.empty()) out += "  " + months;
      if (summary.amount_fen) {
        out +=
            fmt::format("  {} {}", format_yuan(Fen{*summary.amount_fen}), say(lang, "元", "yuan"));
      }
      out += "\n    " + sentence(word, lang, lists, options.reveal) + "\n";
    }
    for (const auto& [exclusion, count] : word.excluded) {
      out +=
          fmt::format("{}  {} {} {} {}\n", head, say(lang, "已排除", "excluded by"),
                      exclusion->code, exclusion->name,
                      lang == Lang::zh ? fmt::format("{} 处", count) : fmt::format("({})", count));
    }
    if (word.faults > 0) {
      out += fmt::format("{}  {} {}\n", head, say(lang, "计算出错", "error"), word.fault);
    }
  }
  return out;
}

Json rules_json(std::span<const rules::CheckedRule> rules, const dossier::Dossier& dossier,
                const rules::Moment& moment, const Lists& lists, const SpeakOptions& options) {
  auto all = Json::array();
  for (const auto& word : words_of(rules, dossier, moment)) {
    const auto& rule = *word.rule->rule;
    Json one = {{"code", rule.code},
                {"name", rule.name},
                {"title", {{"zh", rule.title.zh}, {"en", rule.title.en}}},
                {"severity", severity_name(rule.severity, Lang::en)},
                {"hits", word.hits.size()}};
    if (!word.hits.empty()) {
      const auto summary = rules::summary_of(word.hits);
      const auto month = [](std::int32_t value) {
        return value == 0 ? Json(nullptr) : Json(format_month(Month{value}));
      };
      one["month_from"] = month(summary.month_from);
      one["month_to"] = month(summary.month_to);
      one["amount_fen"] = summary.amount_fen ? Json(*summary.amount_fen) : Json(nullptr);
      one["reason"] = {{"zh", sentence(word, Lang::zh, lists, options.reveal)},
                       {"en", sentence(word, Lang::en, lists, options.reveal)}};
    }
    if (!word.excluded.empty()) {
      one["excluded"] = Json::object();
      for (const auto& [exclusion, count] : word.excluded) one["excluded"][exclusion->name] = count;
    }
    if (word.faults > 0) one["error"] = word.fault;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace anlan::app
