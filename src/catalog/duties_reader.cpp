#include "catalog/duties_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "catalog/near_name.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

const std::vector<std::string> sides = {"policy", "handling", "information", "supervision", "any"};
const std::vector<std::string> sureness = {"seed", "found", "known", "assumed"};

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// SL, SEAL_FIN.
bool is_post_code(std::string_view text) {
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

class DutiesReader {
 public:
  Duties take() { return std::move(duties_); }

  void read_posts(const DutyFile& file) {
    const auto node = parse_yaml(file.text, file.source);
    if (!node) return;
    const YamlMap top(*node, file.source, "posts.yaml", {"families", "posts"});
    for (const auto& family : top.required_texts("families")) {
      if (!is_snake_case(family.text) || contains(duties_.families, family.text)) {
        file.source.problem(
            family.line,
            fmt::format("family {}, expected a snake_case name that stands once", family.text));
      }
      duties_.families.push_back(family.text);
    }
    for (const auto& entry : entries(top, "posts")) read_post(entry, file.source);
    for (const auto& family : duties_.families) {
      if (std::none_of(duties_.posts.begin(), duties_.posts.end(),
                       [&](const Post& post) { return post.family == family; }))
        top.problem("families", "family " + family + " has no post");
    }
  }

  void read_pairs(const DutyFile& file) {
    const auto node = parse_yaml(file.text, file.source);
    if (!node) return;
    const YamlMap top(*node, file.source, "pairs.yaml", {"limits", "pairs"});
    if (const auto limits = top.map("limits")) read_limits(*limits, file.source);
    for (const auto& entry : entries(top, "pairs")) read_pair(entry, file.source);
  }

  void read_chains(const DutyFile& file) {
    const auto node = parse_yaml(file.text, file.source);
    if (!node) return;
    const YamlMap top(*node, file.source, "chains.yaml", {"chains"});
    for (const auto& entry : entries(top, "chains")) read_chain(entry, file.source);
  }

  void read_rights(const DutyFile& file) {
    const auto node = parse_yaml(file.text, file.source);
    if (!node) return;
    const YamlMap top(*node, file.source, "rights.yaml", {"rights"});
    for (const auto& entry : entries(top, "rights")) read_right(entry, file.source);
  }

  /// What can be said only when all four are read.
  void check_roles() {
    for (const auto& use : role_uses_) {
      const auto known =
          std::any_of(duties_.chains.begin(), duties_.chains.end(), [&](const Chain& chain) {
            const auto has = [&](const std::string& role) {
              return chain.maker_role == role ||
                     std::any_of(chain.steps.begin(), chain.steps.end(),
                                 [&](const ChainStep& step) { return step.role == role; });
            };
            return has(use.first) && has(use.second);
          });
      if (!known) {
        use.source.problem(
            use.line, fmt::format("roles {}-{}, but no chain has both", use.first, use.second));
      }
    }
  }

 private:
  struct RoleUse {
    std::string first, second;
    int line;
    Source source;
  };

  /// The entries of a list that must have at least one.
  static std::vector<YAML::Node> entries(const YamlMap& top, const std::string& key) {
    auto list = top.list(key);
    if (list.empty()) top.problem(key, "no " + key + ", expected at least one");
    return list;
  }

  static std::vector<std::string> basis_of(const YamlMap& entry) {
    std::vector<std::string> basis;
    for (const auto& one : entry.required_texts("basis")) basis.push_back(one.text);
    return basis;
  }

  static Title names_of(const YamlMap& entry) { return {entry.text("zh"), entry.text("en")}; }

  static int count(const YamlMap& entry, const std::string& key) {
    const auto number = entry.integer(key);
    if (number && *number >= 1) return *number;
    entry.problem(key, key + " is missing or below 1, expected a whole number from 1");
    return 1;
  }

  std::vector<std::string> post_codes() const {
    std::vector<std::string> codes;
    for (const auto& post : duties_.posts) codes.push_back(post.code);
    return codes;
  }

  /// A post, or all posts of a family; none, and a problem, if it is neither.
  std::vector<std::string> posts_called(const std::string& word, int line,
                                        const Source& source) const {
    if (duties_.post(word) != nullptr) return {word};
    std::vector<std::string> codes;
    for (const auto& post : duties_.posts) {
      if (post.family == word) codes.push_back(post.code);
    }
    if (codes.empty()) {
      auto known = post_codes();
      known.insert(known.end(), duties_.families.begin(), duties_.families.end());
      source.problem(line,
                     fmt::format("unknown post or family {}{}", word, did_you_mean(word, known)));
    }
    return codes;
  }

  std::vector<std::string> posts_at(const YamlMap& entry, const std::string& key,
                                    const Source& source) const {
    std::vector<std::string> codes;
    for (const auto& word : entry.texts(key)) {
      for (const auto& code : posts_called(word.text, word.line, source)) {
        if (contains(codes, code)) {
          source.problem(word.line, fmt::format("{} stands twice in {}", code, key));
        } else {
          codes.push_back(code);
        }
      }
    }
    return codes;
  }

  void read_post(const YAML::Node& node, const Source& source) {
    const YamlMap entry(
        node, source, "a post",
        {"code", "zh", "en", "family", "side", "sensitive", "rotation_years", "sure"});
    Post post;
    post.code = entry.text("code");
    if (!post.code.empty() && !is_post_code(post.code)) {
      entry.problem("code", fmt::format("code is {}, expected capitals, digits and _", post.code));
    }
    if (duties_.post(post.code) != nullptr)
      entry.problem("code", "post " + post.code + " stands twice");
    post.title = names_of(entry);
    if (!duties_.families.empty()) post.family = entry.word("family", duties_.families);
    post.side = entry.word("side", sides);
    post.sensitive = entry.flag("sensitive", false);
    if (entry.has("rotation_years")) post.rotation_years = count(entry, "rotation_years");
    post.sure = entry.word("sure", sureness);
    duties_.posts.push_back(std::move(post));
  }

  void read_limits(const YAML::Node& node, const Source& source) {
    const YamlMap entry(
        node, source, "limits",
        {"soft_check_post", "soft_check_working_days", "soft_months_max", "cover_days_max"});
    auto& limits = duties_.limits;
    limits.soft_check_post = entry.text("soft_check_post");
    if (!limits.soft_check_post.empty() && duties_.post(limits.soft_check_post) == nullptr) {
      entry.problem("soft_check_post",
                    fmt::format("unknown post {}{}", limits.soft_check_post,
                                did_you_mean(limits.soft_check_post, post_codes())));
    }
    limits.soft_check_working_days = count(entry, "soft_check_working_days");
    limits.soft_months_max = count(entry, "soft_months_max");
    limits.cover_days_max = count(entry, "cover_days_max");
  }

  void read_pair(const YAML::Node& node, const Source& source) {
    const YamlMap entry(node, source, "a pair",
                        {"code", "pairs", "facts", "posts", "only_with_ticket", "roles", "level",
                         "scope", "why", "basis", "sure"});
    DutyPair pair;
    pair.code = entry.text("code");
    if (duties_.pair(pair.code) != nullptr)
      entry.problem("code", "pair " + pair.code + " stands twice");
    pair.level = entry.word("level", {"H", "S"}) == "S" ? PairLevel::soft : PairLevel::hard;
    const auto scope = entry.word("scope", {"any_holding", "same_organisation", "same_matter"});
    pair.scope = scope == "any_holding"         ? PairScope::any_holding
                 : scope == "same_organisation" ? PairScope::same_organisation
                                                : PairScope::same_matter;
    if (pair.level == PairLevel::soft && pair.scope == PairScope::same_matter) {
      entry.problem("level",
                    "level S with scope same_matter, but no control makes up for deciding "
                    "one's own matter; expected H");
    }
    const auto kinds = static_cast<int>(entry.has("pairs")) + static_cast<int>(entry.has("facts")) +
                       static_cast<int>(entry.has("roles"));
    if (kinds != 1)
      source.problem(entry.line(),
                     "a pair has one of pairs, facts and roles, not " + std::to_string(kinds));
    for (const auto& written : entry.texts("pairs")) {
      pair.written.push_back(written.text);
      spell_out(pair, written, source);
    }
    if (entry.has("pairs") && pair.posts.empty())
      entry.problem("pairs", "pairs names no two posts");
    if (entry.has("facts")) read_fact(entry, pair, source);
    for (const auto* key : {"posts", "only_with_ticket"}) {
      if (entry.has(key) && pair.fact != PersonFact::outside_staff)
        entry.problem(key, std::string(key) + " is for facts: outside_staff only");
    }
    for (const auto& written : entry.texts("roles")) read_role(written, pair, source);
    if (entry.has("roles") && pair.scope != PairScope::same_matter)
      entry.problem("scope", "roles are parts of one matter, expected scope same_matter");
    pair.why = entry.title("why");
    pair.basis = basis_of(entry);
    pair.sure = entry.word("sure", sureness);
    duties_.pairs.push_back(std::move(pair));
  }

  void read_fact(const YamlMap& entry, DutyPair& pair, const Source& source) {
    const auto fact = entry.word("facts", {"subject_or_kin", "outside_staff"});
    if (fact == "outside_staff") {
      pair.fact = PersonFact::outside_staff;
      pair.fact_posts = posts_at(entry, "posts", source);
      pair.ticket_posts = posts_at(entry, "only_with_ticket", source);
      for (const auto& code : pair.ticket_posts) {
        if (contains(pair.fact_posts, code))
          entry.problem("only_with_ticket", code + " stands under posts too");
        ticket_posts_.push_back(code);
      }
      if (pair.fact_posts.empty()) entry.problem("posts", "outside_staff names no posts");
      if (pair.scope == PairScope::same_matter)
        entry.problem("scope", "outside_staff is for scope any_holding or same_organisation");
      return;
    }
    pair.fact = PersonFact::subject_or_kin;
    if (pair.scope != PairScope::same_matter)
      entry.problem("scope", "subject_or_kin is about one matter, expected scope same_matter");
  }

  /// The two words of "A-B"; nullopt, and a problem, if it is not that.
  static std::optional<std::pair<std::string, std::string>> halves(const LinedText& written,
                                                                   const Source& source) {
    const auto dash = written.text.find('-');
    if (dash == std::string::npos || written.text.find('-', dash + 1) != std::string::npos ||
        dash == 0 || dash + 1 == written.text.size()) {
      source.problem(written.line, fmt::format("{}, expected such as HD-ZD", written.text));
      return std::nullopt;
    }
    return std::pair(written.text.substr(0, dash), written.text.substr(dash + 1));
  }

  void spell_out(DutyPair& pair, const LinedText& written, const Source& source) {
    const auto words = halves(written, source);
    if (!words) return;
    if (words->first == words->second) {
      source.problem(written.line, written.text + " is no pair");
      return;
    }
    const auto left = posts_called(words->first, written.line, source);
    const auto right = posts_called(words->second, written.line, source);
    for (const auto& one : left) {
      for (const auto& other : right) {
        if (one == other) continue;
        const auto there =
            std::any_of(pair.posts.begin(), pair.posts.end(), [&](const auto& known) {
              return known == std::pair(one, other) || known == std::pair(other, one);
            });
        if (there) {
          source.problem(written.line, fmt::format("{} brings {}-{}, which is there already",
                                                   written.text, one, other));
        } else {
          pair.posts.emplace_back(one, other);
        }
      }
    }
  }

  void read_role(const LinedText& written, DutyPair& pair, const Source& source) {
    const auto words = halves(written, source);
    if (!words) return;
    pair.roles.push_back(*words);
    pair.written.push_back(written.text);
    role_uses_.push_back({words->first, words->second, written.line, source});
  }

  void read_chain(const YAML::Node& node, const Source& source) {
    const YamlMap entry(node, source, "a chain",
                        {"name", "title", "maker", "subject", "steps", "basis", "sure"});
    Chain chain;
    chain.name = entry.name("name");
    if (duties_.chain(chain.name) != nullptr)
      entry.problem("name", "chain " + chain.name + " stands twice");
    chain.title = entry.title("title");
    if (const auto maker_node = entry.map("maker")) {
      const YamlMap maker(*maker_node, source, "the maker", {"posts", "role"});
      if (!maker.has("posts")) source.problem(maker.line(), "the maker has no posts");
      chain.maker_posts = posts_at(maker, "posts", source);
      chain.maker_role = maker.name("role");
    }
    chain.subject_required = entry.word("subject", {"required", "allowed"}) == "required";
    for (const auto& step : entries(entry, "steps")) read_step(step, chain, source);
    chain.basis = basis_of(entry);
    chain.sure = entry.word("sure", sureness);
    duties_.chains.push_back(std::move(chain));
  }

  void read_step(const YAML::Node& node, Chain& chain, const Source& source) {
    const YamlMap entry(node, source, "a step",
                        {"name", "zh", "en", "role", "posts", "quorum", "where", "within", "late",
                         "outside_staff"});
    ChainStep step;
    step.name = entry.name("name");
    for (const auto& other : chain.steps) {
      if (other.name == step.name)
        entry.problem("name", fmt::format("step {} stands twice in {}", step.name, chain.name));
    }
    step.title = names_of(entry);
    if (entry.has("role")) step.role = entry.name("role");
    if (!entry.has("posts")) source.problem(entry.line(), "a step has no posts");
    step.posts = posts_at(entry, "posts", source);
    if (entry.has("quorum")) step.quorum = count(entry, "quorum");
    if (entry.has("where")) step.above = entry.word("where", {"same", "above"}) == "above";
    if (const auto within = entry.map("within")) read_limit(*within, step, source);
    step.lapses = entry.word("late", {"record", "lapse"}) == "lapse";
    step.outside_staff = entry.flag("outside_staff", false);
    if (step.outside_staff) {
      const bool all_under_ticket =
          !step.posts.empty() &&
          std::all_of(step.posts.begin(), step.posts.end(),
                      [&](const std::string& code) { return contains(ticket_posts_, code); });
      if (!all_under_ticket) {
        entry.problem("outside_staff",
                      "outside_staff at a step whose posts no pair lists under only_with_ticket");
      }
    }
    chain.steps.push_back(std::move(step));
  }

  static void read_limit(const YAML::Node& node, ChainStep& step, const Source& source) {
    const YamlMap entry(node, source, "within", {"working_days", "days", "hours"});
    int units = 0;
    const auto read = [&](const char* key, StepLimit::Unit unit) {
      if (!entry.has(key)) return;
      ++units;
      step.within = {unit, count(entry, key)};
    };
    read("working_days", StepLimit::Unit::working_days);
    read("days", StepLimit::Unit::days);
    read("hours", StepLimit::Unit::hours);
    if (units != 1) source.problem(entry.line(), "within has one of working_days, days and hours");
  }

  void read_right(const YAML::Node& node, const Source& source) {
    const YamlMap entry(node, source, "a right", {"name", "kind", "zh", "en", "posts"});
    Right right;
    right.name = entry.name("name");
    for (const auto& other : duties_.rights) {
      if (other.name == right.name) entry.problem("name", "right " + right.name + " stands twice");
    }
    right.act = entry.word("kind", {"read", "act"}) == "act";
    right.title = names_of(entry);
    right.posts = posts_at(entry, "posts", source);
    if (right.posts.empty()) source.problem(entry.line(), "a right has no posts");
    duties_.rights.push_back(std::move(right));
  }

  Duties duties_;
  std::vector<std::string> ticket_posts_;
  std::vector<RoleUse> role_uses_;
};

}  // namespace

Duties read_duties(const DutyFile& posts, const DutyFile& pairs, const DutyFile& chains,
                   const DutyFile& rights) {
  DutiesReader reader;
  reader.read_posts(posts);
  reader.read_pairs(pairs);
  reader.read_chains(chains);
  reader.read_rights(rights);
  reader.check_roles();
  return reader.take();
}

}  // namespace anlan::catalog
