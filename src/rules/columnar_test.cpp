#include "rules/columnar.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <mutex>

#include "rules/random_rules.hpp"

namespace anlan::rules {
namespace {

std::string text_of(const RuleOutcome& outcome, const std::vector<std::string>& exclusions) {
  std::string out;
  for (const auto& hit : outcome.hits) {
    out += fmt::format("hit {} {} {} {}\n", hit.subject, static_cast<std::int32_t>(hit.row),
                       hit.month, hit.amount_fen ? std::to_string(*hit.amount_fen) : "none");
  }
  for (std::size_t i = 0; i < exclusions.size(); ++i)
    out += fmt::format("excluded {} {}\n", exclusions[i], outcome.excluded[i]);
  if (outcome.first_fault) {
    const auto& [subject, fault] = *outcome.first_fault;
    out +=
        fmt::format("{} faults, first {} on {} {} at {}\n", outcome.faults, fault_name(fault.fault),
                    subject, fault.row ? std::to_string(*fault.row) : "none", fault.at);
  }
  return out;
}

/// What the interpreter says, in the same shape.
RuleOutcome by_interpreter(const CheckedRule& rule, const dossier::Bucket& bucket,
                           const Moment& moment) {
  RuleOutcome out;
  out.excluded.resize(rule.exclusions.size());
  for (std::uint32_t subject = 0; subject < bucket.subjects; ++subject) {
    const auto said = interpret(rule, {&bucket, subject}, moment);
    for (const auto& hit : said.hits)
      out.hits.push_back(
          {subject, hit.row.value_or(CompactHit::no_row), hit.month, hit.amount_fen});
    for (std::size_t i = 0; i < out.excluded.size(); ++i) out.excluded[i] += said.excluded[i];
    out.faults += said.faults.size();
    if (!out.first_fault && !said.faults.empty()) out.first_fault = {subject, said.faults.front()};
  }
  return out;
}

std::string rule_text(const catalog::Rule& rule) {
  std::string out = "each: " + rule.each.text + "\nwhere: " + rule.where.text;
  for (const auto& let : rule.lets) out += "\nlet " + let.name + ": " + let.text.text;
  return out + "\nwhen: " + rule.when.text + "\nmonth: " + rule.month.text +
         "\namount: " + rule.amount.text + "\n";
}

std::uint64_t first_seed() {
  const auto* given = std::getenv("ANLAN_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

std::size_t seeds() {
  const auto* given = std::getenv("ANLAN_SEEDS");
  return given == nullptr ? 120 : std::strtoull(given, nullptr, 10);
}

PolicyTable policies() {
  return PolicyTable({{"RATE", "110", "000000", Date::of(2018, 1, 1), Date::of(2018, 2, 28), "50"},
                      {"RATE", "", "000000", Date::of(2018, 3, 1), std::nullopt, "100"},
                      {"RATE", "", "110000", Date::of(2018, 1, 1), std::nullopt, "wrong"}});
}

class Seeds : public testing::Test {
 protected:
  struct Case {
    std::vector<std::unique_ptr<catalog::Rule>> texts;
    std::vector<CheckedRule> rules;
    std::unique_ptr<dossier::MemoryBucket> memory;
  };

  static Case make(RandomRules& random) {
    Case one;
    for (int i = 0; i < 40; ++i) {
      auto rule = std::make_unique<catalog::Rule>();
      auto checked = random.make(*rule);
      if (!checked) continue;  // a constant part of it has no value, as 1 / 0
      one.rules.push_back(std::move(*checked));
      one.texts.push_back(std::move(rule));
    }
    one.memory = random.dossiers(30);
    return one;
  }
};

TEST_F(Seeds, GiveWhatTheInterpreterGives) {
  const auto table = policies();
  const Moment moment{Date::of(2018, 5, 31), &table};
  std::size_t rules = 0;
  std::size_t speaking = 0;
  std::size_t failing = 0;
  std::size_t excluding = 0;
  for (auto seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
    RandomRules random(seed);
    const auto one = make(random);
    const auto& bucket = one.memory->bucket();
    // Several blocks, so that what was seen in one may change what is asked first in the next.
    const RuleSet set(one.rules, {seed % 2 == 0 ? 8192U : 25U, 9U});
    const auto fast = set.run(bucket, moment);
    for (std::size_t i = 0; i < one.rules.size(); ++i) {
      const auto slow = by_interpreter(one.rules[i], bucket, moment);
      std::vector<std::string> names;
      for (const auto& exclusion : one.rules[i].exclusions) names.push_back(exclusion.name);
      ASSERT_EQ(text_of(fast[i], names), text_of(slow, names))
          << "ANLAN_SEED=" << seed << " rule " << i << "\n"
          << rule_text(*one.texts[i]);
      ++rules;
      speaking += slow.hits.empty() ? 0 : 1;
      failing += slow.faults > 0 ? 1 : 0;
      for (const auto count : slow.excluded) excluding += count > 0 ? 1 : 0;
    }
  }
  std::cout << rules << " rules, " << speaking << " with hits, " << failing << " with errors, "
            << excluding << " exclusions that drop\n";
  // The rules must be worth comparing.
  EXPECT_GT(speaking * 5, rules);
  EXPECT_GT(failing * 50, rules);
  EXPECT_GT(excluding * 50, rules);
}

TEST_F(Seeds, OneDossierAsInItsBucket) {
  const auto table = policies();
  const Moment moment{Date::of(2018, 5, 31), &table};
  // The same memory serves one dossier after the other, of one bucket and then another.
  std::vector<RuleOutcome> alone;
  for (auto seed = first_seed(); seed < first_seed() + seeds() / 4; ++seed) {
    RandomRules random(seed);
    auto one = make(random);
    const RuleSet set(one.rules);
    for (int again = 0; again < 2; ++again) {
      const auto& bucket = one.memory->bucket();
      const auto all = set.run(bucket, moment);
      std::vector<std::vector<CompactHit>> hits(one.rules.size());
      std::vector<std::size_t> faults(one.rules.size());
      std::vector<std::vector<std::size_t>> excluded(one.rules.size());
      for (std::size_t subject = 0; subject < bucket.subjects; ++subject) {
        set.run(dossier::Dossier{&bucket, subject}, moment, alone);
        for (std::size_t i = 0; i < hits.size(); ++i) {
          hits[i].insert(hits[i].end(), alone[i].hits.begin(), alone[i].hits.end());
          faults[i] += alone[i].faults;
          excluded[i].resize(alone[i].excluded.size());
          for (std::size_t e = 0; e < excluded[i].size(); ++e)
            excluded[i][e] += alone[i].excluded[e];
        }
      }
      for (std::size_t i = 0; i < hits.size(); ++i) {
        ASSERT_EQ(hits[i], all[i].hits) << "ANLAN_SEED=" << seed << " rule " << i;
        ASSERT_EQ(faults[i], all[i].faults) << "ANLAN_SEED=" << seed << " rule " << i;
        ASSERT_EQ(excluded[i], all[i].excluded) << "ANLAN_SEED=" << seed << " rule " << i;
      }
      one.memory = random.dossiers(60);
    }
  }
}

TEST_F(Seeds, EveryThreadCountGivesTheSame) {
  const Moment moment{Date::of(2018, 5, 31), nullptr};
  RandomRules random(first_seed());
  const auto one = make(random);
  std::vector<std::unique_ptr<dossier::MemoryBucket>> memories;
  std::vector<const dossier::Bucket*> buckets;
  for (int i = 0; i < 12; ++i) {
    memories.push_back(random.dossiers(20));
    buckets.push_back(&memories.back()->bucket());
  }
  const RuleSet set(one.rules);
  const auto run = [&](std::size_t threads) {
    std::mutex one_at_a_time;
    std::vector<std::vector<RuleOutcome>> out(buckets.size());
    run_buckets(
        set, buckets.size(), threads, moment,
        [&](std::size_t bucket) -> const dossier::Bucket& { return *buckets[bucket]; },
        [&](std::size_t bucket, std::vector<RuleOutcome> outcomes) {
          const std::lock_guard lock(one_at_a_time);
          out[bucket] = std::move(outcomes);
        });
    return out;
  };
  const auto alone = run(1);
  const auto many = run(4);
  for (std::size_t b = 0; b < buckets.size(); ++b) {
    for (std::size_t i = 0; i < one.rules.size(); ++i) {
      EXPECT_EQ(alone[b][i].hits, many[b][i].hits);
      EXPECT_EQ(alone[b][i].faults, many[b][i].faults);
      EXPECT_EQ(alone[b][i].excluded, many[b][i].excluded);
    }
  }
}

}  // namespace
}  // namespace anlan::rules
