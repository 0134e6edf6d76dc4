#include "app/dossier_steps.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace anlan::app {

DossierSteps::DossierSteps(const catalog::DossierKind& kind, Lang lang)
    : kind_(kind), lang_(lang), terminal_(::isatty(STDERR_FILENO) == 1) {}

std::function<void(const std::string& list, std::size_t done, std::size_t total)>
DossierSteps::teller() {
  return [this](const std::string& list, std::size_t done, std::size_t total) {
    const auto building = say(lang_, "生成档案卷", "building dossiers");
    if (!terminal_) {
      if (done == 0) fmt::print(stderr, "{}: {}\n", building, kind_.title.in(lang_));
      return;
    }
    const auto index = kind_.find(list);
    const std::string what =
        index ? kind_.lists[*index].title.in(lang_) : std::string(say(lang_, "写入", "writing"));
    fmt::print(stderr, "\r\033[K{}: {}  [{}/{}] {}", building, kind_.title.in(lang_), done + 1,
               total, what);
    std::fflush(stderr);
  };
}

void DossierSteps::clear() const {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace anlan::app
