#pragma once

#include <string>

#include "server/contract.hpp"

namespace anlan::server {

/// The contract as one page of HTML that needs nothing else: no script, no font, no network.
std::string docs_page(const Contract& contract);

/// The style sheet within the page, as a Content-Security-Policy names it: 'sha256-…'.
std::string docs_style_hash();

}  // namespace anlan::server
