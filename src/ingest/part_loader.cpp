#include "ingest/part_loader.hpp"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>

#include "base/check.hpp"
#include "base/text.hpp"
#include "fund/credit_code.hpp"
#include "fund/id_number.hpp"
#include "ingest/code_lookup.hpp"
#include "ingest/part_records.hpp"
#include "ingest/rejects.hpp"

namespace anlan::ingest {
namespace {

using catalog::ColumnType;

/// Small texts that outlive the chunk they are in; freed part by part.
class Arena {
 public:
  std::string_view keep(std::string_view text) {
    constexpr std::size_t block_bytes = 64 * 1024;
    const std::size_t bytes = text.size() + 16;  // as much may be read behind a text
    if (bytes > left_) {
      left_ = std::max(block_bytes, bytes);
      blocks_.push_back(std::make_unique<char[]>(left_));
      at_ = blocks_.back().get();
    }
    std::memcpy(at_, text.data(), text.size());
    const std::string_view kept(at_, text.size());
    at_ += bytes;
    left_ -= bytes;
    return kept;
  }
  void clear() {
    blocks_.clear();
    left_ = 0;
  }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

/// The engine's form of a text: short ones inside, longer ones by address. Up to 12 bytes behind
/// `text` are read.
duckdb_string_t engine_text(std::string_view text) {
  duckdb_string_t out;
  const auto size = static_cast<std::uint32_t>(text.size());
  out.value.inlined.length = size;
  if (size <= 12) {
    std::uint64_t low = word_of(text.data(), std::min<std::size_t>(size, 8));
    std::uint32_t high = 0;
    if (size > 8) {
      std::memcpy(&high, text.data() + 8, 4);
      if (size < 12) high &= (std::uint32_t{1} << (8 * (size - 8))) - 1;
    }
    std::memcpy(out.value.inlined.inlined, &low, 8);
    std::memcpy(out.value.inlined.inlined + 8, &high, 4);
  } else {
    std::memcpy(out.value.pointer.prefix, text.data(), 4);
    out.value.pointer.ptr = const_cast<char*>(text.data());
  }
  return out;
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  word *= 0xFF51AFD7ED558CCDu;
  word ^= word >> 32;
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 31;
}

std::uint64_t text_hash(std::uint64_t hash, const duckdb_string_t& text) {
  const std::uint32_t size = text.value.inlined.length;
  hash = mixed(hash, size);
  const char* p = size <= 12 ? text.value.inlined.inlined : text.value.pointer.ptr;
  std::size_t left = size;
  if (size <= 12) {
    std::uint32_t high = 0;
    std::memcpy(&high, p + 8, 4);
    return mixed(mixed(hash, word_of(p, 8)), high);
  }
  for (; left > 8; left -= 8, p += 8) hash = mixed(hash, word_of(p, 8));
  return mixed(hash, word_of(p, left));
}

/// The first cell that holds something, when it is one of the words of a totals row.
bool is_totals_row(const std::string_view* fields, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view text = trim_fast(fields[i]);
    if (text.empty()) continue;
    const char first = text.front();
    if (first != '\xE5' && first != '\xE6' && first != '\xE7' && first != 't' && first != 'T')
      return false;
    if (text.size() > 32) return false;
    const std::string form = header_form(text);
    for (const std::string_view word :
         {"合计", "总计", "小计", "共计", "累计", "总合计", "本页合计", "本页小计", "total",
          "合计:", "总计:", "小计:", "total:"}) {
      if (form == word) return true;
    }
    return false;
  }
  return false;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

struct ColumnState {
  const ColumnUse* use = nullptr;
  const catalog::Column* column = nullptr;
  std::size_t output = 0;
  std::unique_ptr<CodeLookup> codes;
  std::vector<duckdb_string_t> code_texts;  // by index in codes
  std::uint64_t last_word = 0;              // the code looked up last, as most rows repeat it
  std::size_t last_size = 0;
  int last_index = -1;
};

struct Output {
  void* data = nullptr;
  std::uint64_t* validity = nullptr;
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

struct Mark {
  const ColumnState* column = nullptr;
  std::string_view value;
  Reason reason = Reason::none;
};

duckdb_logical_type logical_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::id_no:
    case ColumnType::uscc:
    case ColumnType::code:
      return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    case ColumnType::date:
      return duckdb_create_logical_type(DUCKDB_TYPE_DATE);
    case ColumnType::month:
      return duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
    case ColumnType::integer:
    case ColumnType::fen:
      return duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    case ColumnType::ratio:
      return duckdb_create_decimal_type(12, 6);
    case ColumnType::time:
      return duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP);
    case ColumnType::flag:
      return duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  }
  CHECK(false && "no such column type");
}

}  // namespace

struct PartLoader::State {
  explicit State(const LoadPlan& the_plan) : plan(the_plan) {
    const auto& table = *plan.table;
    outputs.resize(table.columns.size() + 1);
    given.resize(table.columns.size());
    for (const auto& use : plan.header.uses) {
      ColumnState state;
      state.use = &use;
      state.column = &table.columns[use.column];
      state.output = use.column;
      given[use.column] = true;
      if (state.column->type == ColumnType::code) {
        state.codes =
            std::make_unique<CodeLookup>(plan.catalog->lists.at(state.column->list), use.values);
        for (const auto& code : state.codes->codes()) {
          code_arena.push_back(code + std::string(16, '\0'));
          state.code_texts.push_back(
              engine_text(std::string_view(code_arena.back()).substr(0, code.size())));
          // A code of more than 12 bytes is referred to by address, which must not move.
          CHECK(code.size() <= 12 || code_arena.back().capacity() > 15);
        }
      }
      columns.push_back(std::move(state));
    }
    for (const auto& name : table.key) key_columns.push_back(*table.find(name));
    // Plausible: from 1900 to fifty years from now; 9999-12-31 means "no end".
    const Date today{plan.today};
    date_max = Date::of(static_cast<int>(today.ymd().year()) + 50, 12, 31).days;
    month_max = (static_cast<int>(today.ymd().year()) + 50) * 100 + 12;
    const auto ymd = today.ymd();
    today_number = static_cast<int>(ymd.year()) * 10'000 +
                   static_cast<int>(static_cast<unsigned>(ymd.month())) * 100 +
                   static_cast<int>(static_cast<unsigned>(ymd.day()));
  }

  static constexpr std::int32_t date_min = -25'567;  // 1900-01-01
  /// How "without end" is written: 2099-12-31 or 9999-12-31.
  static constexpr bool no_end(std::int64_t days) { return days == 47'481 || days == 2'932'896; }

  const LoadPlan& plan;
  std::vector<ColumnState> columns;
  std::vector<Output> outputs;
  std::vector<bool> given;
  std::vector<std::size_t> key_columns;
  std::deque<std::string> code_arena;
  std::int32_t date_max = 0;
  std::int32_t month_max = 0;
  int today_number = 0;

  // Of the part being read.
  PartRecords records;
  PartResult result;
  std::optional<Error> error;
  Arena arena;

  // Of the record being read.
  std::vector<std::size_t> nulls;
  std::vector<Mark> marks;

  void start(const Part& part) {
    records.start(part, plan.delimiter);
    result = {};
    error.reset();
    arena.clear();
  }

  bool next_record() {
    do {
      if (!records.next()) return false;
    } while (records.row_no() <= plan.header_row);
    if (!records.too_many()) return true;
    error = Error{ErrorKind::invalid_input, "csv.too_many_fields",
                  fmt::format("{}: the record on line {} has more than {} fields", plan.file,
                              records.row_no(), record_fields_max)};
    return false;
  }

  bool reject(std::string_view column, std::string_view value, Reason reason) {
    ++result.rows_rejected;
    ++result.reasons[static_cast<std::size_t>(reason)];
    append_reject(result.rejects, records.row_no(), false, column, value, reason, records.raw());
    return false;
  }

  void put_text(const ColumnState& c, idx_t row, std::string_view text) {
    outputs[c.output].as<duckdb_string_t>()[row] = engine_text(text);
  }

  Reason load_text(const ColumnState& c, std::string_view text, idx_t row) {
    if (text.front() == '\'' && text.size() > 1 &&
        std::all_of(text.begin() + 1, text.end(), is_alnum)) {
      text.remove_prefix(1);
    }
    if (text.size() >= 5 && text[text.size() - 3] == '+' && is_scientific(text))
      return Reason::lossy_number;
    const auto chars_max = static_cast<std::size_t>(c.column->max_chars);
    if (chars_max > 0 && text.size() > chars_max && characters(text) > chars_max)
      return Reason::text_too_long;
    put_text(c, row, text);
    return Reason::none;
  }

  Reason load_id(const ColumnState& c, std::string_view text, idx_t row) {
    fund::IdDigits digits;
    auto outcome = fund::normalise_id_no(text, digits);
    if (outcome == fund::IdOutcome::malformed) {
      const std::string plain = upper(plain_text(text));
      outcome = fund::normalise_id_no(plain, digits);
      if (outcome == fund::IdOutcome::malformed) {
        if (is_scientific(plain)) return Reason::lossy_number;
        const bool document =
            plain.size() >= 5 && plain.size() <= 20 &&
            std::all_of(
                plain.begin(), plain.end(),
                [](char ch) { return is_alnum(ch) || ch == '(' || ch == ')' || ch == '-'; }) &&
            std::any_of(plain.begin(), plain.end() - 1,
                        [](char ch) { return ch >= 'A' && ch <= 'Z'; }) &&
            std::any_of(plain.begin(), plain.end(), [](char ch) { return ch >= '0' && ch <= '9'; });
        if (!document) return Reason::id_malformed;
        put_text(c, row, arena.keep(plain));
        marks.push_back({&c, text, Reason::id_other_document});
        return Reason::none;
      }
    }
    const std::string_view normal(digits.data(), digits.size());
    put_text(c, row, text == normal ? text : arena.keep(normal));
    Reason reason = outcome == fund::IdOutcome::bad_check_digit   ? Reason::id_check_digit
                    : outcome == fund::IdOutcome::impossible_date ? Reason::id_birth_date
                                                                  : Reason::none;
    int born = 0;
    for (std::size_t i = 6; i < 14; ++i) born = born * 10 + (digits[i] - '0');
    if (reason == Reason::none && (born > today_number || born < 18'500'101))
      reason = Reason::id_birth_date;
    if (reason == Reason::none || plan.id_check_rejects) return reason;
    marks.push_back({&c, text, reason});
    return Reason::none;
  }

  Reason load_credit_code(const ColumnState& c, std::string_view text, idx_t row) {
    fund::CreditCodeText code;
    auto outcome = fund::normalise_credit_code(text, code);
    if (outcome == fund::CreditCodeOutcome::malformed) {
      const std::string plain = plain_text(text);
      if (is_scientific(plain)) return Reason::lossy_number;
      outcome = fund::normalise_credit_code(plain, code);
    }
    if (outcome == fund::CreditCodeOutcome::malformed) return Reason::credit_code_malformed;
    const std::string_view normal(code.data(), code.size());
    put_text(c, row, text == normal ? text : arena.keep(normal));
    if (outcome == fund::CreditCodeOutcome::ok) return Reason::none;
    if (plan.id_check_rejects) return Reason::credit_code_check;
    marks.push_back({&c, text, Reason::credit_code_check});
    return Reason::none;
  }

  Reason load_code(ColumnState& c, std::string_view text, idx_t row) {
    auto& slot = outputs[c.output].as<duckdb_string_t>()[row];
    const bool is_short = text.size() <= 8;
    const std::uint64_t word = is_short ? word_of(text.data(), text.size()) : 0;
    if (is_short && c.last_index >= 0 && word == c.last_word && text.size() == c.last_size) {
      slot = c.code_texts[static_cast<std::size_t>(c.last_index)];
      return Reason::none;
    }
    int index = c.codes->find(text);
    if (index >= 0) {
      if (is_short) {
        c.last_word = word;
        c.last_size = text.size();
        c.last_index = index;
      }
      slot = c.code_texts[static_cast<std::size_t>(index)];
      return Reason::none;
    }
    const std::string_view plain = arena.keep(plain_text(text));
    index = c.codes->find(plain);
    if (index < 0) index = c.codes->find(arena.keep(upper(std::string(plain))));
    if (index >= 0) {
      slot = c.code_texts[static_cast<std::size_t>(index)];
      return Reason::none;
    }
    if (!c.codes->open()) return Reason::code_unknown;
    slot = engine_text(plain);
    return Reason::none;
  }

  Reason load_cell(ColumnState& c, std::string_view text, idx_t row) {
    const Output& output = outputs[c.output];
    switch (c.column->type) {
      case ColumnType::text:
        return load_text(c, text, row);
      case ColumnType::id_no:
        return load_id(c, text, row);
      case ColumnType::uscc:
        return load_credit_code(c, text, row);
      case ColumnType::code:
        return load_code(c, text, row);
      case ColumnType::month: {
        std::int32_t month = 0;
        if (const auto reason = read_month(text, plan.dates, month); reason != Reason::none)
          return reason;
        if (month > month_max && month != 209'912 && month != 999'912)
          return Reason::month_implausible;
        output.as<std::int32_t>()[row] = month;
        return Reason::none;
      }
      case ColumnType::date: {
        std::int32_t days = 0;
        if (const auto reason = read_date(text, plan.dates, days); reason != Reason::none)
          return reason;
        if ((days > date_max && !no_end(days)) || days < date_min) return Reason::date_implausible;
        output.as<std::int32_t>()[row] = days;
        return Reason::none;
      }
      case ColumnType::time: {
        std::int64_t micros = 0;
        if (const auto reason = read_time(text, plan.dates, micros); reason != Reason::none)
          return reason;
        const std::int64_t days = micros / 86'400'000'000;
        if ((days > date_max && !no_end(days)) || days < date_min) return Reason::date_implausible;
        output.as<std::int64_t>()[row] = micros;
        return Reason::none;
      }
      case ColumnType::integer:
        return read_integer(text, output.as<std::int64_t>()[row]);
      case ColumnType::fen:
        return read_money(text, c.use->unit, output.as<std::int64_t>()[row]);
      case ColumnType::ratio:
        return read_ratio(text, output.as<std::int64_t>()[row]);
      case ColumnType::flag:
        return read_flag(text, output.as<bool>()[row]);
    }
    CHECK(false && "no such column type");
  }

  bool load_record(idx_t row) {
    ++result.rows_read;
    const std::string_view* const fields = records.fields();
    const std::size_t field_count = records.count();
    const CellKind* const kinds = records.kinds();
    if (is_totals_row(fields, field_count)) return reject("", fields[0], Reason::totals);
    if (records.quote_malformed()) return reject("", "", Reason::quote_malformed);
    const std::size_t width = plan.header.width;
    if (field_count != width) {
      // More fields than headers do no harm while they are empty; sheets leave out empty cells at a
      // row's end.
      bool fits = field_count > width || !plan.fields_fixed;
      for (std::size_t i = width; fits && i < field_count; ++i) fits = trim_fast(fields[i]).empty();
      if (!fits) {
        return reject("", fmt::format("{} / {}", field_count, width), Reason::field_count);
      }
    }
    nulls.clear();
    marks.clear();
    for (auto& c : columns) {
      const std::size_t field = c.use->field;
      if (kinds != nullptr && field < field_count) {
        if (kinds[field] == CellKind::formula_error) {
          return reject(c.column->name, fields[field], Reason::formula_error);
        }
        const bool textual =
            c.column->type == ColumnType::text || c.column->type == ColumnType::id_no ||
            c.column->type == ColumnType::uscc || c.column->type == ColumnType::code;
        if (kinds[field] == CellKind::lossy_number && textual) {
          return reject(c.column->name, fields[field], Reason::lossy_number);
        }
      }
      std::string_view text = field < field_count ? trim_fast(fields[field]) : std::string_view();
      if (!c.use->values.empty() && c.column->type != ColumnType::code) {
        const auto mapped = c.use->values.find(plain_text(text));
        if (mapped != c.use->values.end()) text = arena.keep(mapped->second);
      }
      if (text.empty()) {
        if (c.column->required) return reject(c.column->name, "", Reason::required_missing);
        nulls.push_back(c.output);
        continue;
      }
      const Reason reason = load_cell(c, text, row);
      if (reason != Reason::none) return reject(c.column->name, text, reason);
    }
    for (const std::size_t column : nulls) {
      outputs[column].validity[row / 64] &= ~(std::uint64_t{1} << (row % 64));
    }
    outputs.back().as<std::int64_t>()[row] = records.row_no();
    for (const auto& mark : marks) {
      ++result.reasons[static_cast<std::size_t>(mark.reason)];
      append_reject(result.rejects, records.row_no(), true, mark.column->column->name, mark.value,
                    mark.reason, records.raw());
    }
    if (!marks.empty()) result.marked_rows.push_back(records.row_no());
    ++result.rows_loaded;
    result.key_hashes.push_back(key_hash(row));
    return true;
  }

  std::uint64_t key_hash(idx_t row) const {
    std::uint64_t hash = 0x5EED;
    for (const std::size_t column : key_columns) {
      const Output& output = outputs[column];
      if ((output.validity[row / 64] >> (row % 64) & 1) == 0) {
        hash = mixed(hash, 0x4E554C4C);
        continue;
      }
      switch (plan.table->columns[column].type) {
        case ColumnType::text:
        case ColumnType::id_no:
        case ColumnType::uscc:
        case ColumnType::code:
          hash = text_hash(hash, output.as<duckdb_string_t>()[row]);
          break;
        case ColumnType::date:
        case ColumnType::month:
          hash = mixed(hash, static_cast<std::uint64_t>(output.as<std::int32_t>()[row]));
          break;
        case ColumnType::integer:
        case ColumnType::fen:
        case ColumnType::ratio:
        case ColumnType::time:
          hash = mixed(hash, static_cast<std::uint64_t>(output.as<std::int64_t>()[row]));
          break;
        case ColumnType::flag:
          hash = mixed(hash, output.as<bool>()[row] ? 1 : 0);
          break;
      }
    }
    return hash;
  }

  void fill(duckdb_data_chunk chunk) {
    const idx_t rows_max = duckdb_vector_size();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
      outputs[i].data = duckdb_vector_get_data(vector);
      outputs[i].validity = nullptr;
      if (i + 1 == outputs.size()) continue;  // row_no is never NULL
      duckdb_vector_ensure_validity_writable(vector);
      outputs[i].validity = duckdb_vector_get_validity(vector);
      std::memset(outputs[i].validity, given[i] ? 0xFF : 0, rows_max / 8);
    }
    idx_t rows = 0;
    if (plan.stop != nullptr && plan.stop->load(std::memory_order_relaxed)) {
      error = Error{ErrorKind::unavailable, "import.interrupted", plan.file};
    }
    while (!error && rows < rows_max && next_record()) {
      if (load_record(rows)) ++rows;
    }
    duckdb_data_chunk_set_size(chunk, error ? 0 : rows);
  }
};

PartLoader::PartLoader(const LoadPlan& plan) : state_(std::make_unique<State>(plan)) {}
PartLoader::~PartLoader() = default;

Status PartLoader::attach(lake::Connection& connection) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, part_function);
  duckdb_table_function_set_extra_info(function, state_.get(), nullptr);
  duckdb_table_function_set_bind(function, [](duckdb_bind_info info) {
    const auto* state = static_cast<const State*>(duckdb_bind_get_extra_info(info));
    for (const auto& column : state->plan.table->columns) {
      duckdb_logical_type type = logical_type(column.type);
      duckdb_bind_add_result_column(info, column.name.c_str(), type);
      duckdb_destroy_logical_type(&type);
    }
    duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_bind_add_result_column(info, "row_no", type);
    duckdb_destroy_logical_type(&type);
  });
  duckdb_table_function_set_init(
      function, [](duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); });
  duckdb_table_function_set_function(
      function, [](duckdb_function_info info, duckdb_data_chunk chunk) {
        auto* state = static_cast<State*>(duckdb_function_get_extra_info(info));
        state->fill(chunk);
        if (state->error) duckdb_function_set_error(info, state->error->code.c_str());
      });
  const auto registered =
      duckdb_register_table_function(static_cast<duckdb_connection>(connection.native()), function);
  duckdb_destroy_table_function(&function);
  if (registered != DuckDBSuccess) {
    return fail(ErrorKind::unavailable, "engine.open", "cannot register a table function");
  }
  return {};
}

void PartLoader::start(const Part& part) {
  state_->start(part);
}

Result<PartResult> PartLoader::finish() {
  if (state_->error) return fail(*state_->error);
  state_->result.key_hashes.shrink_to_fit();  // they stay until the whole file is read
  return std::move(state_->result);
}

}  // namespace anlan::ingest
