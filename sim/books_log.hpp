#pragma once

#include <cstdint>
#include <string>

#include "sim/books_rows.hpp"
#include "sim/books_staff.hpp"

namespace anlan::sim {

/// One act of one operator, as op_log tells it.
struct LogEntry {
  Moment at;
  int who = 0;
  char channel = '1';         ///< list op_channel
  const char* biz_type = "";  ///< list biz_type; must outlive the entry
  char action = 'Q';          ///< list op_action
  std::string obj_table;
  std::string obj_key;
  std::string field{};
  std::string before{};
  std::string after{};
  std::string case_id{};
};

/// Writes op_log: `seq` counts from 1; `hash` is the first 32 hex digits of SHA-256 over the hash
/// before it and the row's fields joined by '|'; 32 zeros stand before the first.
class LogChain {
 public:
  LogChain(const Staff& staff, BookSink& out) : staff_(staff), out_(out), hash_(32, '0') {}

  /// Entries in order of time.
  void write(const LogEntry& entry);

 private:
  const Staff& staff_;
  BookSink& out_;
  std::int64_t seq_ = 0;
  std::string hash_;
};

std::string terminal_of(const Operator& who);

}  // namespace anlan::sim
