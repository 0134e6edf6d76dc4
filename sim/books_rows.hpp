#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/fen.hpp"
#include "base/month.hpp"

namespace anlan::sim {

/// A moment in the city, in seconds since 1970-01-01 00:00 local time (UTC+8).
struct Moment {
  std::int64_t seconds = 0;

  static Moment at(Date day, int hour, int minute, int second = 0) {
    return {std::int64_t{day.days} * 86'400 + hour * 3'600 + minute * 60 + second};
  }
  Date day() const { return {static_cast<std::int32_t>(seconds / 86'400)}; }
  int second_of_day() const { return static_cast<int>(seconds % 86'400); }
  Moment plus(std::int64_t more) const { return {seconds + more}; }
  friend auto operator<=>(Moment, Moment) = default;
};

struct Millionths {
  std::int64_t value = 0;
};

/// One value of a row; monostate is an empty field, int64 an integer, bool a flag.
using BookValue = std::variant<std::monostate, std::string, std::int64_t, bool, Fen, Millionths,
                               Date, Month, Moment>;
struct BookCell {
  std::string_view column;
  BookValue value;
};

/// A subject in which an irregularity was planted, or a legal look-alike of one.
struct BookTruth {
  std::string detection;  ///< "FA-01"
  bool planted = false;   ///< else a look-alike
  std::string variant;
  std::string subject_kind;
  std::string subject_id;
  Month from;
  Month to;
  std::int64_t amount_fen = 0;
  std::string note;
};

/// Where the rows of the books go. Cells come in the order of the catalog; columns not named are
/// empty.
class BookSink {
 public:
  virtual ~BookSink() = default;
  virtual void row(std::string_view table, std::initializer_list<BookCell> cells) = 0;
  virtual void truth(const BookTruth& truth) = 0;
};

}  // namespace anlan::sim
