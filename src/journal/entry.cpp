#include "journal/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "fund/id_number.hpp"
#include "journal/encoding.hpp"
#include "journal/keys.hpp"
#include "journal/tiles.hpp"

namespace anlan::journal {
namespace {

constexpr std::size_t word_max = 200;         // our choice: a hash, an id, a code
constexpr std::size_t salt_bytes = 32;        // as long as the hash it protects
constexpr std::size_t personal_max = 32'768;  // our choice

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// By character: whether it may stand in a committed word.
constexpr auto committable = [] {
  std::array<bool, 256> table{};
  constexpr std::string_view all =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._:/@=+-";
  for (const char c : all) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// Whether a run of letters and digits in `word` is a valid ID number.
bool holds_id_number(std::string_view word) {
  for (std::size_t start = 0; start < word.size();) {
    std::size_t end = start;
    while (end < word.size() && (is_digit(word[end]) || is_letter(word[end]))) ++end;
    if (end - start == 18 && fund::IdNumber::parse(word.substr(start, 18))) return true;
    start = end + 1;
  }
  return false;
}

Status check_word(std::string_view field, std::string_view word) {
  const auto wrong = [&](const char* what) {
    return fail(ErrorKind::invalid_input, "journal.word", fmt::format("{}: {}", field, what));
  };
  if (word.size() > word_max) return wrong("too long");
  const bool plain = std::all_of(word.begin(), word.end(),
                                 [](char c) { return committable[static_cast<unsigned char>(c)]; });
  if (!plain) return wrong("only letters, digits and ._:/@=+- are committed");
  if (holds_id_number(word)) return wrong("an ID number is never committed");
  return {};
}

/// Adds `"name":"word"`. Words need no escapes: check_word saw to it.
void add_pair(std::string& text, std::string_view name, std::string_view word) {
  text += '"';
  text += name;
  text += "\":\"";
  text += word;
  text += '"';
}

/// The same behind a comma, or nothing if there is no word.
void add_field(std::string& text, std::string_view name, std::string_view word) {
  if (word.empty()) return;
  text += ',';
  add_pair(text, name, word);
}

std::string_view decimal(std::int64_t number, std::array<char, 24>& space) {
  const auto end = std::to_chars(space.data(), space.data() + space.size(), number).ptr;
  return {space.data(), static_cast<std::size_t>(end - space.data())};
}

void add_two_digits(std::string& text, int value) {
  text += static_cast<char>('0' + value / 10);
  text += static_cast<char>('0' + value % 10);
}

}  // namespace

std::string time_text(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const auto ms = static_cast<int>((time - day).count());
  std::string text;
  text.reserve(24);
  const int year = static_cast<int>(date.year());
  add_two_digits(text, year / 100);
  add_two_digits(text, year % 100);
  text += '-';
  add_two_digits(text, static_cast<int>(static_cast<unsigned>(date.month())));
  text += '-';
  add_two_digits(text, static_cast<int>(static_cast<unsigned>(date.day())));
  text += 'T';
  add_two_digits(text, ms / 3'600'000);
  text += ':';
  add_two_digits(text, ms / 60'000 % 60);
  text += ':';
  add_two_digits(text, ms / 1000 % 60);
  text += '.';
  text += static_cast<char>('0' + ms / 100 % 10);
  add_two_digits(text, ms % 100);
  text += 'Z';
  return text;
}

std::optional<WallTime> time_of_text(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 24) return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (!is_digit(text[i])) return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const int month_of = number(5, 2), day_of = number(8, 2), year_of = number(0, 4);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  const int ms = number(20, 3);
  if (std::min({year_of, month_of, day_of, hour, minute, second, ms}) < 0) return std::nullopt;
  const year_month_day date{year(year_of), month(static_cast<unsigned>(month_of)),
                            day(static_cast<unsigned>(day_of))};
  if (!date.ok()) return std::nullopt;
  const WallTime time =
      sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(ms);
  if (time_text(time) != text) return std::nullopt;
  return time;
}

std::string PreparedAct::entry(WallTime at, WallTime wall) const {
  return entry(time_text(at), wall == at ? std::string() : time_text(wall));
}

std::string PreparedAct::entry(std::string_view at, std::string_view wall) const {
  std::string text;
  text.reserve(before.size() + after.size() + 80);
  text += before;
  add_field(text, "at", at);
  add_field(text, "at_wall", wall);
  text += after;
  return text;
}

Result<PreparedAct> prepare(Suite suite, const Act& act) {
  if (act.act.empty() || act.who.empty() || act.outcome.empty()) {
    return fail(ErrorKind::invalid_input, "journal.word", "act, who and outcome are never empty");
  }
  for (const auto& [field, word] : {std::pair<std::string_view, std::string_view>{"act", act.act},
                                    {"who", act.who},
                                    {"post", act.post},
                                    {"subject", act.subject},
                                    {"outcome", act.outcome}}) {
    if (auto checked = check_word(field, word); !checked) return fail(checked.error());
  }
  PreparedAct prepared;
  prepared.before = "{";
  add_pair(prepared.before, "act", act.act);
  std::string& text = prepared.after;
  text.reserve(512);
  std::array<char, 24> space{};
  const char* between = ",\"counts\":{";
  for (const auto& [name, count] : act.counts) {
    if (auto checked = check_word("counts", name); !checked) return fail(checked.error());
    text += std::exchange(between, ",");
    text += '"';
    text += name;
    text += "\":";
    text += decimal(count, space);
  }
  if (!act.counts.empty()) text += '}';
  add_field(text, "outcome", act.outcome);
  if (!act.personal.empty()) {
    std::string content;
    try {
      content = nlohmann::json(act.personal).dump();
    } catch (const nlohmann::json::exception&) {
      return fail(ErrorKind::invalid_input, "journal.word", "personal: not UTF-8");
    }
    if (content.size() > personal_max) {
      return fail(ErrorKind::invalid_input, "journal.entry_too_large", "personal");
    }
    prepared.personal = hex(random_bytes(salt_bytes)) + " " + content;
    add_field(text, "personal", *personal_hash(suite, prepared.personal));
  }
  add_field(text, "post", act.post);
  between = ",\"refs\":{";
  for (const auto& [name, word] : act.refs) {
    for (const auto piece : {std::string_view(name), std::string_view(word)}) {
      if (auto checked = check_word("refs", piece); !checked) return fail(checked.error());
    }
    text += std::exchange(between, ",");
    add_pair(text, name, word);
  }
  if (!act.refs.empty()) text += '}';
  add_field(text, "subject", act.subject);
  text += ",\"v\":1";
  add_field(text, "who", act.who);
  text += "}";
  if (prepared.before.size() + text.size() + 80 > entry_bytes_max) {
    return fail(ErrorKind::invalid_input, "journal.entry_too_large", act.act);
  }
  return prepared;
}

std::string_view word_of_entry(std::string_view entry, std::string_view field) {
  std::string start = ",\"";
  if (field == "act") start = "{\"";
  start += field;
  start += "\":\"";
  // The outer fields before "counts" and behind "refs" are found from their own ends, because an
  // inner field may have the same name.
  const bool from_front = field < "counts";
  const auto at = from_front ? entry.find(start) : entry.rfind(start);
  if (at == std::string_view::npos) return {};
  const auto from = at + start.size();
  const auto to = entry.find('"', from);
  return to == std::string_view::npos ? std::string_view() : entry.substr(from, to - from);
}

Result<WallTime> time_of_entry(std::string_view entry) {
  const auto time = time_of_text(word_of_entry(entry, "at"));
  if (!time) return fail(ErrorKind::corrupted, "journal.entry", "no time");
  return *time;
}

std::string_view personal_hash_of_entry(std::string_view entry) {
  // Between "outcome" and "post" or "refs": the first one, since refs come later.
  constexpr std::string_view start = ",\"personal\":\"";
  const auto outcome = entry.find(",\"outcome\":\"");
  const auto at = entry.find(start, outcome == std::string_view::npos ? 0 : outcome);
  const auto refs = entry.find(",\"refs\":{");
  if (at == std::string_view::npos || at > refs) return {};
  return entry.substr(at + start.size(), 64);
}

std::optional<std::string> personal_hash(Suite suite, std::string_view personal) {
  const auto space = personal.find(' ');
  if (space != salt_bytes * 2) return std::nullopt;
  const auto salt = bytes_of_hex(personal.substr(0, space));
  if (!salt) return std::nullopt;
  return hex(hash_of(suite, *salt, personal.substr(space + 1)).view());
}

}  // namespace anlan::journal
