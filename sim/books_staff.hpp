#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/books_input.hpp"
#include "sim/books_rows.hpp"

namespace anlan::sim {

struct Operator {
  std::string operator_id;
  std::string post;  ///< list post; "" for system accounts
  std::string dept;
  char kind = '1';   ///< list operator_kind
  int district = 0;  ///< index into BooksInput::districts; -1 for the municipal bureau
  Date on_date;
  Date leave_date;  ///< days 0: still there
  int number = 0;   ///< among all operators
  std::string kin;  ///< ID number of the relative declared, "" if none

  bool is_machine() const { return kind == '4' || kind == '5'; }
};

/// An operator and the one person in the city declared as kin.
struct Tie {
  int who = 0;
  std::string person_id;
  std::string id_no;
  std::uint32_t district = 0;  ///< whose agency serves the person; the operator works in another
};

/// Everybody who has an account, one post each, so that no pair of posts can conflict.
class Staff {
 public:
  explicit Staff(const BooksInput& input);

  const std::vector<Operator>& all() const { return all_; }
  /// Those on post the whole time. `district` -1 for municipal posts.
  const std::vector<int>& of(const std::string& post, int district) const;
  const Operator& at(int number) const { return all_[static_cast<std::size_t>(number)]; }
  int number_of(const std::string& operator_id) const;
  const std::vector<Tie>& ties() const { return ties_; }

 private:
  void add(const BooksInput& input, const std::string& post, int district, int which, char kind,
           Date leave_date);
  void declare_kin(const BooksInput& input);

  std::vector<Operator> all_;
  std::vector<Tie> ties_;
  std::vector<std::string> posts_;
  std::vector<std::vector<std::vector<int>>> by_post_;  // [district + 1][post]
  std::unordered_map<std::string, int> numbers_;
};

/// How many of each counter post (SL, CS, FH, SP) a district's agency has.
int counter_staff(std::int64_t people);

/// operator, role, role_perm, operator_role.
void write_staff(const BooksInput& input, const Staff& staff, BookSink& out);

}  // namespace anlan::sim
