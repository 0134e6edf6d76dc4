#include "documents/amount_words.hpp"

#include <array>

#include "base/check.hpp"

namespace anlan::documents {
namespace {

constexpr std::array<const char*, 10> digits = {"零", "壹", "贰", "叁", "肆",
                                                "伍", "陆", "柒", "捌", "玖"};
constexpr std::array<const char*, 4> places = {"", "拾", "佰", "仟"};
constexpr std::array<const char*, 4> groups = {"", "万", "亿", "万亿"};

/// One group of four digits, without its unit; leading zeros are the caller's.
std::string group_words(int group) {
  std::string words;
  bool zero = false;
  for (int place = 3, part = 1000; place >= 0; --place, part /= 10) {
    const int digit = group / part % 10;
    if (digit == 0) {
      zero = !words.empty();
      continue;
    }
    if (zero) words += digits[0];
    zero = false;
    words += digits[static_cast<std::size_t>(digit)];
    words += places[static_cast<std::size_t>(place)];
  }
  return words;
}

std::string yuan_words(std::int64_t yuan) {
  std::string words;
  bool zero = false;
  std::int64_t part = 1'000'000'000'000;
  for (int place = 3; place >= 0; --place, part /= 10'000) {
    const int group = static_cast<int>(yuan / part % 10'000);
    if (group == 0) {
      zero = !words.empty();
      continue;
    }
    if (!words.empty() && (zero || group < 1000)) words += digits[0];
    zero = false;
    words += group_words(group);
    words += groups[static_cast<std::size_t>(place)];
  }
  return words;
}

}  // namespace

std::string amount_words(Fen amount) {
  CHECK(amount.value >= 0 && amount.value < 10'000'000'000'000'000);
  const auto yuan = amount.value / 100;
  const auto jiao = static_cast<std::size_t>(amount.value / 10 % 10);
  const auto fen = static_cast<std::size_t>(amount.value % 10);
  std::string words = yuan == 0 ? "" : yuan_words(yuan) + "元";
  if (jiao == 0 && fen == 0) return words.empty() ? "零元整" : words + "整";
  if (jiao != 0) {
    words += std::string(digits[jiao]) + "角";
  } else if (!words.empty()) {
    words += digits[0];
  }
  return fen == 0 ? words + "整" : words + digits[fen] + "分";
}

}  // namespace anlan::documents
