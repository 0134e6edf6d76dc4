#pragma once

#include <string>
#include <string_view>

namespace anlan {

enum class Lang { zh, en };

/// One text in both languages; every name in the catalog is one.
struct Title {
  std::string zh;
  std::string en;

  const std::string& in(Lang lang) const { return lang == Lang::zh ? zh : en; }
};

/// The one of two literals that the user asked for.
constexpr std::string_view say(Lang lang, std::string_view zh, std::string_view en) {
  return lang == Lang::zh ? zh : en;
}

}  // namespace anlan
