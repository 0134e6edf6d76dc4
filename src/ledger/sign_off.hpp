#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "ledger/content.hpp"

namespace anlan::ledger {

/// The three signatures, in their order.
enum class Level {
  direct,      ///< 直接责任人: each signs their own rows
  department,  ///< 部门负责人: each signs the rows of their department
  unit,        ///< 单位负责人: signs and seals the whole
};
std::string_view word_of(Level level);
std::optional<Level> level_of(std::string_view word);

struct Signature {
  std::int64_t version = 0;  ///< of the content they saw
  Level level = Level::direct;
  std::int64_t person = 0;
  std::string name;
  std::string scope_sha256;  ///< of what they signed
  std::string by;            ///< the account, "account:7"
  Instant at;
  std::optional<Instant> voided_at;  ///< an edit of what they signed came after
};

/// SHA-256 over all that a person's signature at a level covers; nothing if they are not named
/// there. `person` decides at the first two levels which rows; the unit's head signs everything.
std::optional<std::string> scope_of(const Content& content, Level level, std::int64_t person);

/// Whether the signature still covers exactly what was signed.
bool stands(const Signature& signature, const Content& content);

/// One signature that the ledger needs.
struct NeededSignature {
  Level level = Level::direct;
  std::int64_t person = 0;
  std::string name;
  std::optional<Signature> signature;  ///< if it stands
};

/// All that are needed, by level, then in the order of the rows.
std::vector<NeededSignature> needed_signatures(const Content& content,
                                               const std::vector<Signature>& signatures);
bool is_signed(const std::vector<NeededSignature>& needed);

/// Errors: forbidden "ledger.not_named" (no row names the person at this level); conflict
/// "ledger.signed_already"; conflict "ledger.signature_missing" (somebody below has not signed).
Status may_sign(const Content& content, const std::vector<Signature>& signatures, Level level,
                std::int64_t person);

}  // namespace anlan::ledger
