#include "journal/checkpoint.hpp"

#include "base/text.hpp"
#include "journal/encoding.hpp"

namespace anlan::journal {

std::string Checkpoint::text() const {
  return origin + "\n" + std::to_string(size) + "\n" + base64(root.view()) + "\n";
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  const auto wrong = [](const char* what) {
    return fail(ErrorKind::corrupted, "journal.checkpoint", what);
  };
  const auto lines = split(text, '\n');
  if (lines.size() < 4 || lines[0].empty()) return wrong("expected origin, size and root");
  const auto size = number_of_decimal(lines[1]);
  if (!size) return wrong("the second line is not a size");
  const auto root = bytes_of_base64(lines[2]);
  if (!root || root->size() != 32) return wrong("the third line is not a root hash");
  return Checkpoint{std::string(lines[0]), *size, Hash::of_bytes(*root)};
}

}  // namespace anlan::journal
