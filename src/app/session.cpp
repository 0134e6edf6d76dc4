#include "app/session.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "app/error_words.hpp"

namespace anlan::app {

void Session::report(const Error& error) {
  const std::string words = error_words(error.code, lang);
  fmt::print(stderr, "anlan: {}{}{}  [{}]\n", words, error.detail.empty() ? "" : say("：", ": "),
             error.detail, error.code);
  exit_code = exit_failed;
  progress.fails(error.code);
}

std::filesystem::path default_catalog() {
  if (const char* folder = std::getenv("ANLAN_CATALOG"); folder != nullptr && *folder != '\0') {
    return folder;
  }
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto installed = program.parent_path().parent_path() / "share" / "anlan" / "catalog";
    if (std::filesystem::is_directory(installed)) return installed;
  }
  return ANLAN_CATALOG_FOLDER;
}

}  // namespace anlan::app
