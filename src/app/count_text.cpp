#include "app/count_text.hpp"

#include "base/fen.hpp"

namespace anlan::app {

std::string count_text(std::int64_t count) {
  const std::string yuan = format_yuan(Fen{count * 100});
  return yuan.substr(0, yuan.size() - 3);  // without ".00"
}

}  // namespace anlan::app
