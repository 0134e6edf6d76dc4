#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "server/call.hpp"

namespace anlan::server {

/// What a list was asked for, but for cursor and limit: a cursor is good for the same question
/// only.
std::string question_of(const Call& call);

/// A place in a list as text for the next request. `parts` hold no '|'.
std::string cursor_text(const std::vector<std::string>& parts, std::string_view question);

/// The parts of the request's cursor; none if it has none. Errors: invalid_input "request.cursor":
/// malformed, or made for another question.
Result<std::vector<std::string>> cursor_parts(Call& call, std::size_t count);

constexpr std::int64_t page_usual = 50;

/// Which items of a list that is at hand whole make a page.
struct Slice {
  std::size_t from = 0;
  std::size_t to = 0;
  bool more = false;
};
Slice slice_of(std::size_t from, std::size_t size, std::int64_t limit);

}  // namespace anlan::server
