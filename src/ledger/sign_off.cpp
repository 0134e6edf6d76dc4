#include "ledger/sign_off.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.hpp"

namespace anlan::ledger {
namespace {

constexpr Level levels[] = {Level::direct, Level::department, Level::unit};

const Owner& owner_at(const RiskPoint& point, Level level) {
  switch (level) {
    case Level::direct:
      return point.direct;
    case Level::department:
      return point.department_head;
    case Level::unit:
      break;
  }
  return point.unit_head;
}

}  // namespace

std::string_view word_of(Level level) {
  switch (level) {
    case Level::direct:
      return "direct";
    case Level::department:
      return "department";
    case Level::unit:
      break;
  }
  return "unit";
}

std::optional<Level> level_of(std::string_view word) {
  for (const auto level : levels) {
    if (word == word_of(level)) return level;
  }
  return std::nullopt;
}

std::optional<std::string> scope_of(const Content& content, Level level, std::int64_t person) {
  if (person == 0) return std::nullopt;
  Sha256 hash;
  bool named = false;
  for (const auto& point : content.points) {
    if (owner_at(point, level).person != person) continue;
    named = true;
    hash.add(hash_of(point) + "\n");
  }
  if (!named) return std::nullopt;
  if (level == Level::unit) return hash_of(content);
  // A signature of one unit and year is none of another.
  hash.add(fmt::format("{}\n{}\n{}\n", content.organisation, content.year, word_of(level)));
  return hash.hex();
}

bool stands(const Signature& signature, const Content& content) {
  return !signature.voided_at &&
         scope_of(content, signature.level, signature.person) == signature.scope_sha256;
}

std::vector<NeededSignature> needed_signatures(const Content& content,
                                               const std::vector<Signature>& signatures) {
  std::vector<NeededSignature> needed;
  for (const auto level : levels) {
    for (const auto& point : content.points) {
      const auto& owner = owner_at(point, level);
      const bool seen = std::any_of(needed.begin(), needed.end(), [&](const auto& one) {
        return one.level == level && one.person == owner.person && one.name == owner.name;
      });
      if (seen) continue;
      NeededSignature one{level, owner.person, owner.name, {}};
      for (const auto& signature : signatures) {
        if (signature.level == level && signature.person == owner.person &&
            stands(signature, content))
          one.signature = signature;
      }
      needed.push_back(std::move(one));
    }
  }
  return needed;
}

bool is_signed(const std::vector<NeededSignature>& needed) {
  return !needed.empty() && std::all_of(needed.begin(), needed.end(),
                                        [](const auto& one) { return one.signature.has_value(); });
}

Status may_sign(const Content& content, const std::vector<Signature>& signatures, Level level,
                std::int64_t person) {
  if (!scope_of(content, level, person))
    return fail(ErrorKind::forbidden, "ledger.not_named", std::string(word_of(level)));
  // Whose signatures must stand before: at lower levels, on the rows this one would cover.
  Content covered = content;
  if (level != Level::unit) {
    std::erase_if(covered.points,
                  [&](const RiskPoint& point) { return owner_at(point, level).person != person; });
  }
  const auto needed = needed_signatures(content, signatures);
  int missing = 0;
  for (const auto& one : needed) {
    if (one.level == level && one.person == person && one.signature)
      return fail(ErrorKind::conflict, "ledger.signed_already", std::string(word_of(level)));
    if (one.level >= level || one.signature) continue;
    const bool concerns = std::any_of(
        covered.points.begin(), covered.points.end(),
        [&](const RiskPoint& point) { return owner_at(point, one.level).person == one.person; });
    if (concerns) ++missing;
  }
  if (missing > 0)
    return fail(ErrorKind::conflict, "ledger.signature_missing",
                fmt::format("{} of those before have not signed", missing));
  return {};
}

}  // namespace anlan::ledger
