#pragma once

#include <string>
#include <string_view>

namespace anlan::documents {

/// Text as it may stand between tags and in quoted attributes of XML and HTML.
std::string xml_escaped(std::string_view text);

}  // namespace anlan::documents
