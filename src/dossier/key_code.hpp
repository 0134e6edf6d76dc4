#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace anlan::dossier {

/// A row key as what differs from the key before it. Keys are parts joined by '|', and neighbours
/// share most of them: three to five times shorter. See docs/dossier-files.md.
void append_key(std::string& out, std::string_view before, std::string_view key);

/// Takes one coded key off the front of `bytes` and turns `key`, the key before it, into it.
/// False if the bytes are no such code.
bool take_key(std::string_view& bytes, std::string& key);

/// A count of 0 to 2^64 - 1 in 1 to 10 bytes, seven bits each, lowest first.
void append_count(std::string& out, std::uint64_t count);
bool take_count(std::string_view& bytes, std::uint64_t& count);

}  // namespace anlan::dossier
