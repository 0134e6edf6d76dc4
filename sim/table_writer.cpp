#include "sim/table_writer.hpp"

#include <fcntl.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>

#include "base/check.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "lake/engine.hpp"
#include "sim/random.hpp"

namespace anlan::sim {

using catalog::Column;
using catalog::ColumnType;

struct Layout {
  std::string file;  ///< name without folder
  std::vector<const Column*> columns;
  std::vector<std::size_t> key;  ///< positions of the key's columns
  FileStyle style;
  std::uint64_t seed = 0;
  std::uint32_t spoil_per_million = 0;
  std::vector<const char*> spoil_kinds;  ///< those that this table's columns allow
};

namespace {

constexpr std::size_t flush_bytes = 4 << 20;

constexpr int bit(ColumnType type) {
  return 1 << static_cast<int>(type);
}

void put_number(std::string& text, std::uint64_t number, int digits) {
  char buffer[20];
  char* at = buffer + sizeof buffer;
  int written = 0;
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
    ++written;
  } while (number > 0 || written < digits);
  text.append(at, static_cast<std::size_t>(written));
}

void put_date(std::string& text, Date value, DateForm form) {
  const auto ymd = value.ymd();
  put_number(text, static_cast<std::uint64_t>(static_cast<int>(ymd.year())), 4);
  const char* separator = form == DateForm::compact ? "" : form == DateForm::dashes ? "-" : "/";
  text += separator;
  put_number(text, static_cast<unsigned>(ymd.month()), 2);
  text += separator;
  put_number(text, static_cast<unsigned>(ymd.day()), 2);
}

// The look of a table's files: departments differ in what their systems export.
FileStyle style_of(const catalog::Table& table) {
  using enum Encoding;
  if (table.group == "external") {
    return table.name == "ext_tax_wage" || table.name == "ext_tax_collect"
               ? FileStyle{Header::chinese, utf8, DateForm::compact, false}
               : FileStyle{Header::chinese, gb18030, DateForm::slashes, true};
  }
  if (table.group == "finance") return {Header::english, utf8_bom, DateForm::compact, false};
  if (table.name == "person" || table.name == "employer")
    return {Header::chinese, gb18030, DateForm::compact, true};
  if (table.name == "enrolment" || table.name == "contrib_unit")
    return {Header::code, utf8, DateForm::compact, false};
  if (table.name == "benefit_grant" || table.name == "unemp_spell") {
    return {Header::chinese, utf8_bom, DateForm::dashes, true};
  }
  return {};
}

std::string header_name(const Column& column, Header header) {
  if (header == Header::chinese) return column.title.zh;
  if (header == Header::code && !column.code.empty()) return column.code;
  return column.name;
}

std::string duckdb_type(const Column& column) {
  switch (column.type) {
    case ColumnType::date:
      return "DATE";
    case ColumnType::month:
      return "INTEGER";
    case ColumnType::integer:
      return "BIGINT";
    case ColumnType::fen:
      return "DECIMAL(18,2)";
    case ColumnType::ratio:
      return "DECIMAL(18,6)";
    case ColumnType::time:
      return "TIMESTAMP";
    case ColumnType::text:
    case ColumnType::id_no:
    case ColumnType::uscc:
    case ColumnType::flag:
    case ColumnType::code:
      return "VARCHAR";
  }
  CHECK(false);
}

}  // namespace

/// Makes a bad row out of the good one just written. The good row stays: what is spoiled is an
/// extra copy, so that a city loads the same with and without spoiling.
struct Spoiler {
  Chunk& chunk;
  const Layout& layout;
  Random random;

  std::vector<std::string> fields;

  static bool has(const Layout& layout, auto&& wanted) {
    return std::any_of(layout.columns.begin(), layout.columns.end(), wanted);
  }

  // Which kinds can be made from these columns, whatever the row holds.
  static std::vector<const char*> kinds(const Layout& layout, const catalog::Catalog& catalog) {
    std::vector<const char*> kinds = {"missing_required", "too_many_fields", "too_few_fields",
                                      "duplicate_key"};
    const auto type = [](ColumnType wanted) {
      return [wanted](const Column* column) { return column->type == wanted && column->required; };
    };
    if (has(layout, type(ColumnType::date)))
      kinds.insert(kinds.end(), {"bad_date", "impossible_date"});
    if (has(layout, type(ColumnType::month))) kinds.push_back("bad_month");
    if (has(layout, type(ColumnType::fen)))
      kinds.insert(kinds.end(), {"bad_money", "too_precise_money"});
    if (has(layout, type(ColumnType::id_no))) kinds.push_back("bad_check_digit");
    if (has(layout, type(ColumnType::text))) kinds.push_back("overlong_text");
    if (has(layout, [&](const Column* column) {
          if (column->type != ColumnType::code || !column->required) return false;
          const auto list = catalog.lists.find(column->list);
          return list != catalog.lists.end() && !list->second.open;
        })) {
      kinds.push_back("unknown_code");
    }
    return kinds;
  }

  void set(ColumnType type, std::string_view value) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (layout.columns[i]->type == type && layout.columns[i]->required) {
        fields[i] = value;
        return;
      }
    }
    CHECK(false);
  }
  std::string& first(ColumnType type) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (layout.columns[i]->type == type && layout.columns[i]->required) return fields[i];
    }
    CHECK(false);
  }

  void add_spoiled_row() {
    for (std::size_t i = 0; i < chunk.starts_.size(); ++i) {
      const std::size_t begin = chunk.starts_[i];
      const std::size_t end =
          i + 1 < chunk.starts_.size() ? chunk.starts_[i + 1] - 1 : chunk.text_.size();
      fields.push_back(chunk.text_.substr(begin, end - begin));
    }
    const std::string_view kind =
        layout.spoil_kinds[random.below(static_cast<std::uint32_t>(layout.spoil_kinds.size()))];
    const char* const stated =
        *std::find(layout.spoil_kinds.begin(), layout.spoil_kinds.end(), kind);
    const FileStyle& style = layout.style;
    if (kind == "bad_date") {
      set(ColumnType::date, "去年冬天");
    } else if (kind == "impossible_date") {
      set(ColumnType::date, style.dates == DateForm::compact  ? "20180230"
                            : style.dates == DateForm::dashes ? "2018-02-30"
                                                              : "2018/02/30");
    } else if (kind == "bad_month") {
      set(ColumnType::month, "201813");
    } else if (kind == "bad_money") {
      set(ColumnType::fen, "12a.00");
    } else if (kind == "too_precise_money") {
      first(ColumnType::fen) += "5";
    } else if (kind == "bad_check_digit") {
      std::string& id = first(ColumnType::id_no);
      if (id.size() == 15) {
        id += "0";  // sixteen digits are no number at all
      } else {
        id.back() = id.back() == '0' ? '1' : '0';
      }
    } else if (kind == "overlong_text") {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (layout.columns[i]->type != ColumnType::text || !layout.columns[i]->required) continue;
        fields[i].append(static_cast<std::size_t>(layout.columns[i]->max_chars), 'Z');
        break;
      }
    } else if (kind == "unknown_code") {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const Column& column = *layout.columns[i];
        if (column.type == ColumnType::code && column.required) fields[i] = "Q?";
      }
    } else if (kind == "missing_required") {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!layout.columns[i]->required) continue;
        fields[i].clear();
        break;
      }
    } else if (kind == "too_many_fields") {
      fields.insert(fields.end(), {"多出", "的列"});
    } else if (kind == "too_few_fields") {
      fields.resize(fields.size() / 2);
    } else {
      CHECK(kind == "duplicate_key");
    }
    chunk.text_ += style.crlf ? "\r\n" : "\n";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) chunk.text_ += ',';
      chunk.text_ += fields[i];
    }
    chunk.spoiled_.push_back({chunk.rows_ + 1, stated});
  }
};

Chunk::Chunk(std::shared_ptr<const Layout> layout, std::uint64_t number)
    : layout_(std::move(layout)), number_(number) {
  starts_.reserve(layout_->columns.size());
}

void Chunk::separate(int kinds) {
  CHECK(starts_.size() < layout_->columns.size());
  CHECK((bit(layout_->columns[starts_.size()]->type) & kinds) != 0);
  if (!starts_.empty()) text_ += ',';
  CHECK(text_.size() < UINT32_MAX);
  starts_.push_back(static_cast<std::uint32_t>(text_.size()));
}

namespace {
constexpr int text_kinds =
    bit(ColumnType::text) | bit(ColumnType::code) | bit(ColumnType::id_no) | bit(ColumnType::uscc);
}

Chunk& Chunk::text(std::string_view value) {
  separate(text_kinds);
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += value;
  } else {
    text_ += csv_field(value);
  }
  return *this;
}

Chunk& Chunk::numbered(std::string_view prefix, std::uint64_t number, int digits) {
  separate(text_kinds);
  text_ += prefix;
  put_number(text_, number, digits);
  return *this;
}

Chunk& Chunk::integer(std::int64_t value) {
  separate(bit(ColumnType::integer));
  if (value < 0) text_ += '-';
  put_number(text_, static_cast<std::uint64_t>(value < 0 ? -value : value), 1);
  return *this;
}

Chunk& Chunk::fen(std::int64_t value) {
  separate(bit(ColumnType::fen));
  if (value < 0) text_ += '-';
  const auto size = static_cast<std::uint64_t>(value < 0 ? -value : value);
  put_number(text_, size / 100, 1);
  text_ += '.';
  put_number(text_, size % 100, 2);
  return *this;
}

Chunk& Chunk::ratio(std::int64_t millionths) {
  separate(bit(ColumnType::ratio));
  if (millionths < 0) text_ += '-';
  const auto size = static_cast<std::uint64_t>(millionths < 0 ? -millionths : millionths);
  put_number(text_, size / 1'000'000, 1);
  text_ += '.';
  put_number(text_, size % 1'000'000, 6);
  while (text_.back() == '0') text_.pop_back();
  if (text_.back() == '.') text_.pop_back();
  return *this;
}

Chunk& Chunk::month(Month value) {
  separate(bit(ColumnType::month));
  if (value.value != 0) put_number(text_, static_cast<std::uint64_t>(value.value), 6);
  return *this;
}

Chunk& Chunk::date(Date value) {
  separate(bit(ColumnType::date));
  if (value != no_date) put_date(text_, value, layout_->style.dates);
  return *this;
}

Chunk& Chunk::time(Date day, int second_of_day) {
  separate(bit(ColumnType::time));
  if (day == no_date) return *this;
  const DateForm form =
      layout_->style.dates == DateForm::slashes ? DateForm::slashes : DateForm::dashes;
  put_date(text_, day, form);
  const auto second = static_cast<unsigned>(second_of_day);
  text_ += ' ';
  put_number(text_, second / 3600, 2);
  text_ += ':';
  put_number(text_, second / 60 % 60, 2);
  text_ += ':';
  put_number(text_, second % 60, 2);
  return *this;
}

Chunk& Chunk::flag(bool value) {
  separate(bit(ColumnType::flag));
  text_ += value ? '1' : '0';
  return *this;
}

Chunk& Chunk::none() {
  separate(~0);
  return *this;
}

void Chunk::end() {
  CHECK(starts_.size() == layout_->columns.size());
  ++drawn_;
  if (layout_->spoil_per_million > 0) {
    Random random(layout_->seed, "spoil", number_, static_cast<std::uint64_t>(drawn_));
    if (random.chance(layout_->spoil_per_million, 1'000'000)) {
      Spoiler{*this, *layout_, random, {}}.add_spoiled_row();
      ++rows_;
    }
  }
  text_ += layout_->style.crlf ? "\r\n" : "\n";
  ++rows_;
  row_start_ = text_.size();
  starts_.clear();
}

struct CityFolder::State {
  struct SpoiledLine {
    std::string file;
    std::int64_t line;
    const char* kind;
  };
  const catalog::Catalog* catalog = nullptr;
  std::filesystem::path path;
  WriteOptions options;
  std::atomic<std::int64_t> rows{0};
  std::atomic<std::int64_t> bytes{0};
  std::mutex lock;  ///< of `spoiled` and `engine`
  std::vector<SpoiledLine> spoiled;
  std::optional<lake::Engine> engine;  ///< turns CSV into Parquet
};

struct TableFile::State {
  std::shared_ptr<CityFolder::State> city;
  std::shared_ptr<const Layout> layout;
  std::filesystem::path path;
  int file = -1;
  UConverter* converter = nullptr;
  std::string converted;
  std::u16string wide;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::uint64_t own_chunks = 0;
  std::optional<Chunk> own;
  std::optional<Error> error;
  std::vector<CityFolder::State::SpoiledLine> spoiled;

  ~State() {
    if (file >= 0) ::close(file);
    if (converter != nullptr) ucnv_close(converter);
  }

  void write(std::string_view text) {
    if (error) return;
    while (!text.empty()) {
      const ssize_t written = ::write(file, text.data(), text.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        error = Error{ErrorKind::unavailable, "file.unwritable",
                      path.string() + ": " + std::strerror(errno)};
        return;
      }
      bytes += written;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  // What a spreadsheet leaves at the end of an extract.
  void add_totals_row() {
    std::string text = "合计";
    bool money = false;
    for (std::size_t i = 1; i < layout->columns.size(); ++i) {
      text += ',';
      if (layout->columns[i]->type != ColumnType::fen) continue;
      text += "123456.00";
      money = true;
    }
    if (!money) return;
    encode_and_write(text + (layout->style.crlf ? "\r\n" : "\n"));
    spoiled.push_back({layout->file, ++rows + 1, "totals_row"});
  }

  // Text comes in whole rows, so no character is ever cut.
  void encode_and_write(std::string_view text) {
    if (converter == nullptr) return write(text);
    constexpr std::size_t piece = 1 << 20;
    while (!text.empty()) {
      std::size_t end = text.size();
      if (end > piece) end = text.rfind('\n', piece) + 1;
      const std::string_view part = text.substr(0, end);
      text.remove_prefix(end);
      UErrorCode status = U_ZERO_ERROR;
      wide.resize(part.size());
      std::int32_t length = 0;
      u_strFromUTF8(wide.data(), static_cast<std::int32_t>(wide.size()), &length, part.data(),
                    static_cast<std::int32_t>(part.size()), &status);
      converted.resize(static_cast<std::size_t>(length) * 4);
      const std::int32_t size =
          ucnv_fromUChars(converter, converted.data(), static_cast<std::int32_t>(converted.size()),
                          wide.data(), length, &status);
      CHECK(U_SUCCESS(status));
      write({converted.data(), static_cast<std::size_t>(size)});
    }
  }
};

TableFile::TableFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TableFile::TableFile(TableFile&&) noexcept = default;
TableFile& TableFile::operator=(TableFile&&) noexcept = default;
TableFile::~TableFile() = default;

const std::shared_ptr<const Layout>& TableFile::layout() const {
  return state_->layout;
}
std::int64_t TableFile::rows() const {
  return state_->rows + (state_->own ? state_->own->rows() : 0);
}

Chunk& TableFile::row() {
  State& state = *state_;
  if (state.own && state.own->bytes() < flush_bytes) return *state.own;
  if (state.own) append(*std::exchange(state.own, std::nullopt));
  // Chunks of the file's own are numbered from the far end, away from those of other threads.
  return state.own.emplace(state.layout, ~state.own_chunks++);
}

void TableFile::append(const Chunk& chunk) {
  State& state = *state_;
  CHECK(chunk.starts_.empty());
  for (const auto& spoiled : chunk.spoiled_) {
    state.spoiled.push_back({state.layout->file, state.rows + spoiled.row + 2, spoiled.kind});
  }
  state.encode_and_write(chunk.text_);
  state.rows += chunk.rows_;
}

Status TableFile::close() {
  State& state = *state_;
  if (state.own) append(*std::exchange(state.own, std::nullopt));
  if (state.layout->spoil_per_million > 0 && state.rows > 0) state.add_totals_row();
  if (::close(std::exchange(state.file, -1)) != 0 && !state.error) {
    state.error = Error{ErrorKind::unavailable, "file.unwritable",
                        state.path.string() + ": " + std::strerror(errno)};
  }
  if (state.error) return fail(*state.error);
  CityFolder::State& city = *state.city;
  city.rows += state.rows;
  city.bytes += state.bytes;
  const std::scoped_lock guard(city.lock);
  city.spoiled.insert(city.spoiled.end(), state.spoiled.begin(), state.spoiled.end());
  if (city.options.format == Format::csv) return {};

  if (!city.engine) {
    auto engine = lake::Engine::open({.threads = 1});
    if (!engine) return fail(engine.error());
    city.engine.emplace(std::move(*engine));
  }
  auto connection = city.engine->connect();
  if (!connection) return fail(connection.error());
  std::string columns;
  for (const Column* column : state.layout->columns) {
    if (!columns.empty()) columns += ", ";
    columns += sql_quoted(column->name) + ": " + sql_quoted(duckdb_type(*column));
  }
  std::filesystem::path parquet = state.path;
  parquet.replace_extension(".parquet");
  const auto copied = connection->run(
      "COPY (SELECT * FROM read_csv(" + sql_quoted(state.path.string()) +
      ", header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = "
      "{" +
      columns + "})) TO " + sql_quoted(parquet.string()) + " (FORMAT parquet, COMPRESSION zstd)");
  if (!copied) return fail(copied.error());
  std::error_code ignored;
  std::filesystem::remove(state.path, ignored);
  return {};
}

CityFolder::CityFolder(std::shared_ptr<State> state) : state_(std::move(state)) {}
CityFolder::CityFolder(CityFolder&&) noexcept = default;
CityFolder::~CityFolder() = default;

Result<CityFolder> CityFolder::make(const catalog::Catalog& catalog,
                                    const std::filesystem::path& path,
                                    const WriteOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return fail(ErrorKind::unavailable, "file.unwritable", path.string() + ": " + error.message());
  const bool empty = std::filesystem::is_empty(path, error);
  if (error)
    return fail(ErrorKind::unavailable, "file.unwritable", path.string() + ": " + error.message());
  if (!empty) return fail(ErrorKind::conflict, "sim.folder_not_empty", path.string());
  auto state = std::make_shared<State>();
  state->catalog = &catalog;
  state->path = path;
  state->options = options;
  if (options.format == Format::parquet) state->options.spoil_per_million = 0;
  return CityFolder(std::move(state));
}

Result<TableFile> CityFolder::open(std::string_view table_name,
                                   std::initializer_list<std::string_view> columns,
                                   std::string_view part) {
  const catalog::Table* table = state_->catalog->table(std::string(table_name));
  CHECK(table != nullptr);
  const WriteOptions& options = state_->options;

  auto layout = std::make_shared<Layout>();
  layout->file = std::string(table_name) + (part.empty() ? "" : "-" + std::string(part)) + ".csv";
  if (options.format == Format::csv && !options.plain) layout->style = style_of(*table);
  layout->seed = options.seed;
  for (const char c : layout->file)
    layout->seed = mix(layout->seed ^ static_cast<unsigned char>(c));
  layout->spoil_per_million = options.spoil_per_million;
  for (const auto name : columns) {
    const auto index = table->find(std::string(name));
    if (!index)
      std::fprintf(stderr, "%s.%.*s\n", layout->file.c_str(), static_cast<int>(name.size()),
                   name.data());
    CHECK(index.has_value());
    layout->columns.push_back(&table->columns[*index]);
  }
  for (const auto& column : table->columns) {
    if (!column.required) continue;
    CHECK(std::find(layout->columns.begin(), layout->columns.end(), &column) !=
          layout->columns.end());
  }
  layout->spoil_kinds = Spoiler::kinds(*layout, *state_->catalog);

  auto state = std::make_unique<TableFile::State>();
  state->city = state_;
  state->layout = layout;
  state->path = state_->path / layout->file;
  state->file = ::open(state->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (state->file < 0) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                state->path.string() + ": " + std::strerror(errno));
  }
  const FileStyle& style = layout->style;
  if (style.encoding == Encoding::gb18030) {
    UErrorCode status = U_ZERO_ERROR;
    state->converter = ucnv_open("gb18030", &status);
    CHECK(U_SUCCESS(status));
  }
  std::string header = style.encoding == Encoding::utf8_bom ? "\xEF\xBB\xBF" : "";
  for (std::size_t i = 0; i < layout->columns.size(); ++i) {
    if (i > 0) header += ',';
    header += csv_field(header_name(*layout->columns[i], style.header));
  }
  state->encode_and_write(header + (style.crlf ? "\r\n" : "\n"));
  return TableFile(std::move(state));
}

const std::filesystem::path& CityFolder::path() const {
  return state_->path;
}
std::int64_t CityFolder::rows() const {
  return state_->rows;
}
std::int64_t CityFolder::bytes() const {
  return state_->bytes;
}

Status CityFolder::finish() {
  auto& spoiled = state_->spoiled;
  if (spoiled.empty()) return {};
  std::sort(spoiled.begin(), spoiled.end(), [](const auto& a, const auto& b) {
    return a.file != b.file ? a.file < b.file : a.line < b.line;
  });
  std::string text = "file,line,kind\n";
  for (const auto& line : spoiled)
    text += line.file + "," + std::to_string(line.line) + "," + line.kind + "\n";
  return write_file(state_->path / "spoil.csv", text);
}

}  // namespace anlan::sim
