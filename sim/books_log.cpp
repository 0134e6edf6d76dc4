#include "sim/books_log.hpp"

#include <fmt/format.h>

#include "base/sha256.hpp"

namespace anlan::sim {

std::string terminal_of(const Operator& who) {
  return "ZD-" + who.operator_id;
}

void LogChain::write(const LogEntry& entry) {
  const Operator& who = staff_.at(entry.who);
  const std::string previous = hash_;
  ++seq_;
  hash_ = sha256_hex(fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", previous, seq_,
                                 entry.at.seconds, who.operator_id, entry.channel, entry.biz_type,
                                 entry.action, entry.obj_table, entry.obj_key, entry.field,
                                 entry.before, entry.after))
              .substr(0, 32);
  out_.row("op_log", {{"seq", seq_},
                      {"ts", entry.at},
                      {"operator_id", who.operator_id},
                      {"terminal", terminal_of(who)},
                      {"ip", fmt::format("10.{}.{}.{}", 20 + who.district + 1, who.number / 200,
                                         10 + who.number % 200)},
                      {"channel", std::string(1, entry.channel)},
                      {"biz_type", entry.biz_type},
                      {"action", std::string(1, entry.action)},
                      {"obj_table", entry.obj_table},
                      {"obj_key", entry.obj_key},
                      {"field", entry.field},
                      {"before", entry.before},
                      {"after", entry.after},
                      {"case_id", entry.case_id},
                      {"result", "1"},
                      {"prev_hash", previous},
                      {"hash", hash_}});
}

}  // namespace anlan::sim
