#include "catalog/duties.hpp"

#include <algorithm>

namespace anlan::catalog {
namespace {

template <class Entry>
const Entry* find(const std::vector<Entry>& all, const std::string& word,
                  std::string Entry::*name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Entry& one) { return one.*name == word; });
  return found == all.end() ? nullptr : &*found;
}

using Words = std::pair<std::string, std::string>;

bool meets(const std::vector<Words>& pairs, const std::string& one, const std::string& other) {
  return std::any_of(pairs.begin(), pairs.end(), [&](const Words& pair) {
    return (pair.first == one && pair.second == other) ||
           (pair.first == other && pair.second == one);
  });
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

const Post* Duties::post(const std::string& code) const {
  return find(posts, code, &Post::code);
}

const DutyPair* Duties::pair(const std::string& code) const {
  return find(pairs, code, &DutyPair::code);
}

const Chain* Duties::chain(const std::string& name) const {
  return find(chains, name, &Chain::name);
}

std::vector<BrokenPair> Duties::broken_by(std::span<const Holding> held,
                                          const PersonFacts& facts) const {
  // The same post may come twice, by grant and by cover.
  std::vector<Holding> all(held.begin(), held.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());

  std::vector<BrokenPair> broken;
  for (const auto& pair : pairs) {
    if (pair.scope == PairScope::same_matter) continue;
    for (auto one = all.begin(); one != all.end(); ++one) {
      if (facts.outside_staff && pair.fact == PersonFact::outside_staff &&
          contains(pair.fact_posts, one->post)) {
        broken.push_back({pair.code, pair.level, *one, {}});
      }
      for (auto other = one + 1; other != all.end(); ++other) {
        if (pair.scope == PairScope::same_organisation && one->organisation != other->organisation)
          continue;
        if (meets(pair.posts, one->post, other->post))
          broken.push_back({pair.code, pair.level, *one, *other});
      }
    }
  }
  return broken;
}

std::vector<std::string> Duties::broken_in_matter(const MatterPart& one,
                                                  const MatterPart& other) const {
  std::vector<std::string> codes;
  for (const auto& pair : pairs) {
    if (meets(pair.posts, one.post, other.post) || meets(pair.roles, one.role, other.role))
      codes.push_back(pair.code);
  }
  return codes;
}

}  // namespace anlan::catalog
