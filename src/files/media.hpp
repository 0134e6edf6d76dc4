#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace anlan::files {

/// What the desk keeps. `text` is UTF-8 without control characters: CSV, too.
enum class Media { pdf, png, jpeg, docx, xlsx, text, zip, ofd };

std::string_view word_of(Media media);
std::optional<Media> media_named(std::string_view word);
/// "application/pdf"; text is text/plain whatever its name: nothing is ever shown by a browser.
std::string_view mime_of(Media media);
/// ".pdf"
std::string_view extension_of(Media media);

/// The kind of a file by its bytes. An office document with macros is none.
/// Errors: invalid_input "file.empty", "file.kind_refused", "file.macros", "file.damaged" (an
/// archive that does not open); not_found "file.unreadable".
Result<Media> media_of(const std::filesystem::path& path);

}  // namespace anlan::files
