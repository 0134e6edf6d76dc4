#include "catalog/params_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> sure_words = {"seed", "found", "known", "assumed"};

std::vector<std::string> plain(const std::vector<LinedText>& texts) {
  std::vector<std::string> words;
  for (const auto& one : texts) words.push_back(one.text);
  return words;
}

/// A whole number from `least` to `most`; `least`, and a problem, if it is not.
int number(const YamlMap& entry, const std::string& key, int least, int most) {
  const auto found = entry.integer(key);
  if (found && *found >= least && *found <= most) return *found;
  entry.problem(key,
                fmt::format("{} is missing or out of range, expected {} to {}", key, least, most));
  return least;
}

InterestRule read_interest(const YAML::Node& node, const Source& source) {
  const YamlMap entry(node, source, "a rule of interest",
                      {"name", "title", "per_day_per_million", "cap_per_mille", "basis", "sure"});
  InterestRule rule;
  rule.name = entry.name("name");
  rule.title = entry.title("title");
  rule.per_day_per_million = number(entry, "per_day_per_million", 0, 1'000'000);
  if (entry.has("cap_per_mille")) rule.cap_per_mille = number(entry, "cap_per_mille", 0, 1'000'000);
  rule.basis = plain(entry.required_texts("basis"));
  rule.sure = entry.word("sure", sure_words);
  return rule;
}

/// Yuan without decimals, as the law writes thresholds.
std::optional<Fen> yuan(const YamlMap& entry, const std::string& key) {
  if (!entry.has(key)) return std::nullopt;
  return Fen{std::int64_t{number(entry, key, 1, 1'000'000'000)} * 100};
}

OffenceLevel read_level(const YAML::Node& node, const Source& source) {
  const YamlMap entry(node, source, "a level",
                      {"name", "zh", "en", "from_yuan", "to_yuan", "local_yuan",
                       "only_if_aggravated", "basis", "sure"});
  OffenceLevel level;
  level.name = entry.name("name");
  level.title = {entry.text("zh"), entry.text("en")};
  level.from = Fen{std::int64_t{number(entry, "from_yuan", 1, 1'000'000'000)} * 100};
  level.to = yuan(entry, "to_yuan");
  level.local = yuan(entry, "local_yuan");
  level.only_if_aggravated = entry.flag("only_if_aggravated", false);
  level.basis = plain(entry.required_texts("basis"));
  level.sure = entry.word("sure", sure_words);
  if (level.to && *level.to < level.from)
    entry.problem("to_yuan", "the band ends before it begins");
  if (level.local && !level.to)
    entry.problem("local_yuan", "the law has one figure here, nobody chooses another");
  if (level.local && level.to && (*level.local < level.from || *level.local > *level.to))
    entry.problem("local_yuan", "the city's figure lies outside the band of the law");
  return level;
}

Offence read_offence(const YAML::Node& node, const Source& source) {
  const YamlMap entry(node, source, "an offence", {"name", "title", "article", "who", "levels"});
  Offence offence;
  offence.name = entry.name("name");
  offence.title = entry.title("title");
  offence.article = entry.text("article");
  offence.official = entry.word("who", {"anyone", "official"}) == "official";
  for (const auto& one : entry.list("levels")) offence.levels.push_back(read_level(one, source));
  if (offence.levels.empty()) entry.problem("levels", "no levels, expected at least one");
  for (std::size_t i = 1; i < offence.levels.size(); ++i) {
    if (offence.levels[i].threshold() <= offence.levels[i - 1].threshold())
      entry.problem("levels", "levels do not rise, expected the lowest first");
  }
  return offence;
}

const std::vector<std::string> doers = {"us", "leader", "police", "procuratorate", "organ"};

ReferralEvent read_event(const YAML::Node& node, const Source& source) {
  const YamlMap entry(
      node, source, "an event",
      {"name", "zh", "en", "by", "from_matter", "document", "pack", "ends", "who", "after"});
  ReferralEvent event;
  event.name = entry.name("name");
  event.title = {entry.text("zh"), entry.text("en")};
  event.by = entry.word("by", doers);
  event.from_matter = entry.flag("from_matter", false);
  event.document = entry.flag("document", false);
  event.pack = entry.flag("pack", false);
  event.ends = entry.flag("ends", false);
  if (entry.has("who")) event.who = entry.word("who", {"anyone", "official"});
  event.after = plain(entry.texts("after"));
  return event;
}

ReferralClock read_clock(const YAML::Node& node, const Source& source) {
  const YamlMap entry(node, source, "a clock",
                      {"name", "zh", "en", "by", "from", "to", "days", "working_days", "hours",
                       "only_once_done", "basis", "sure"});
  ReferralClock clock;
  clock.name = entry.name("name");
  clock.title = {entry.text("zh"), entry.text("en")};
  clock.by = entry.word("by", doers);
  clock.from = entry.name("from");
  clock.to = plain(entry.required_texts("to"));
  int units = 0;
  const auto unit = [&](const char* key, StepLimit::Unit one) {
    if (!entry.has(key)) return;
    ++units;
    clock.within = {one, number(entry, key, 1, 3650)};
  };
  unit("days", StepLimit::Unit::days);
  unit("working_days", StepLimit::Unit::working_days);
  unit("hours", StepLimit::Unit::hours);
  if (units > 1) entry.problem("name", "a clock has one of days, working_days and hours");
  clock.only_once_done = entry.flag("only_once_done", false);
  clock.basis = plain(entry.required_texts("basis"));
  clock.sure = entry.word("sure", sure_words);
  return clock;
}

/// Names stand once; whatever is named is there.
void check_names(const ReferralTerms& terms, const YamlMap& top) {
  std::set<std::string> names;
  const auto once = [&](const char* key, const std::string& name) {
    if (!names.insert(std::string(key) + "/" + name).second)
      top.problem(key, fmt::format("{} stands twice in {}", name, key));
  };
  for (const auto& one : terms.offences) once("offences", one.name);
  for (const auto& one : terms.events) once("events", one.name);
  for (const auto& one : terms.clocks) once("clocks", one.name);
  const auto there = [&](const char* key, const std::string& from, const std::string& name) {
    if (terms.event(name) == nullptr)
      top.problem(key, fmt::format("{} of {} is no event", name, from));
  };
  for (const auto& event : terms.events) {
    for (const auto& name : event.after) {
      there("events", event.name, name);
      const auto* before = terms.event(name);
      if (before != nullptr && before->ends)
        top.problem("events", fmt::format("{} ends, and {} comes after it", name, event.name));
    }
    if (event.after.empty() && !event.from_matter)
      top.problem("events", event.name + " comes after nothing, expected what comes before it");
  }
  for (const auto& clock : terms.clocks) {
    there("clocks", clock.name, clock.from);
    for (const auto& name : clock.to) there("clocks", clock.name, name);
  }
  // Those that the program itself brings about.
  for (const auto* name : {"proposed", "reported", "approved", "refused", "withdrawn"}) {
    const auto* event = terms.event(name);
    if (event == nullptr || !event->from_matter)
      top.problem("events", fmt::format("no event {} with from_matter", name));
  }
}

template <class Entry>
const Entry* named(const std::vector<Entry>& entries, const std::string& name) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& one) { return one.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const InterestRule* RecoveryTerms::rule(const std::string& name) const {
  return named(interest, name);
}
const Offence* ReferralTerms::offence(const std::string& name) const {
  return named(offences, name);
}
const ReferralEvent* ReferralTerms::event(const std::string& name) const {
  return named(events, name);
}

RecoveryTerms read_recovery_terms(const std::string& text, const Source& source) {
  RecoveryTerms terms;
  const auto node = parse_yaml(text, source);
  if (!node) return terms;
  const YamlMap top(*node, source, "the terms of recovery", {"rounding", "interest"});
  terms.rounding =
      top.word("rounding", {"half_up", "down"}) == "down" ? Rounding::down : Rounding::half_up;
  for (const auto& one : top.list("interest")) {
    auto rule = read_interest(one, source);
    if (terms.rule(rule.name) != nullptr)
      source.problem(line_of(one), rule.name + " stands twice in interest");
    terms.interest.push_back(std::move(rule));
  }
  if (terms.interest.empty()) top.problem("interest", "no rules, expected at least one");
  return terms;
}

ReferralTerms read_referral_terms(const std::string& text, const Source& source) {
  ReferralTerms terms;
  const auto node = parse_yaml(text, source);
  if (!node) return terms;
  const YamlMap top(*node, source, "the terms of referral",
                    {"near_percent", "near_sure", "offences", "events", "clocks"});
  terms.near_percent = number(top, "near_percent", 1, 100);
  terms.near_sure = top.word("near_sure", sure_words);
  for (const auto& one : top.list("offences")) terms.offences.push_back(read_offence(one, source));
  for (const auto& one : top.list("events")) terms.events.push_back(read_event(one, source));
  for (const auto& one : top.list("clocks")) terms.clocks.push_back(read_clock(one, source));
  if (terms.offences.empty()) top.problem("offences", "no offences, expected at least one");
  check_names(terms, top);
  return terms;
}

}  // namespace anlan::catalog
