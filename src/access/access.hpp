#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "store/schema.hpp"

namespace anlan::access {

/// The tables of this folder.
const store::Schema& schema();

/// A human being who works here; one, whatever number of accounts they have.
struct PersonId {
  std::int64_t value = 0;
  friend auto operator<=>(PersonId, PersonId) = default;
};

/// One login of a person.
struct AccountId {
  std::int64_t value = 0;
  friend auto operator<=>(AccountId, AccountId) = default;
};

/// "account:7": how an account stands in stamps and in the journal. Never a name.
inline std::string word_of(AccountId account) {
  return "account:" + std::to_string(account.value);
}
inline std::string word_of(PersonId person) {
  return "person:" + std::to_string(person.value);
}

}  // namespace anlan::access
