#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/table.hpp"

namespace anlan::catalog {
struct Catalog;
}

namespace anlan::sim {

enum class Format { csv, parquet };
enum class Header { english, chinese, code };
enum class Encoding { utf8, utf8_bom, gb18030 };
enum class DateForm {
  dashes,
  compact,
  slashes
};  ///< 2018-11-30, 20181130, 2018/11/30; times: dashes or slashes

/// How one table's files look. Parquet files are always plain: English names and typed columns.
struct FileStyle {
  Header header = Header::english;
  Encoding encoding = Encoding::utf8;
  DateForm dates = DateForm::dashes;
  bool crlf = false;
};

struct WriteOptions {
  Format format = Format::csv;
  std::uint64_t seed = 1;
  std::uint32_t spoil_per_million = 0;  ///< spoiled rows put between the good ones; CSV only
  bool plain = false;  ///< all files as FileStyle{}; else each table has the look of its department
};

/// The columns a generator gives, in its order, and how they are written. Shared by all chunks of a
/// file.
struct Layout;

/// Finished rows of one file, as text. Values are given in the layout's order and CHECKed against
/// the column's type; a chunk is filled by one thread, chunks are appended to their file in any
/// fixed order.
class Chunk {
 public:
  /// `number` tells the chunks of a file apart: the spoiled rows depend on it.
  Chunk(std::shared_ptr<const Layout> layout, std::uint64_t number);

  Chunk& text(std::string_view value);  ///< text, code, id_no, uscc; "" is no value
  Chunk& integer(std::int64_t value);   ///< integer columns
  Chunk& fen(std::int64_t value);
  Chunk& ratio(std::int64_t millionths);
  Chunk& month(Month value);  ///< Month{} is no value
  Chunk& date(Date value);    ///< no_date is no value
  Chunk& time(Date day, int second_of_day);
  Chunk& flag(bool value);
  Chunk& none();  ///< no value
  /// Prefix and number as one text: "P" 17 → "P00000017". Cheaper than making a string.
  Chunk& numbered(std::string_view prefix, std::uint64_t number, int digits);
  void end();  ///< the row is complete; CHECKs that it is

  std::int64_t rows() const { return rows_; }
  std::size_t bytes() const { return text_.size(); }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

 private:
  friend class TableFile;
  friend struct Spoiler;
  struct Spoiled {
    std::int64_t row;  ///< within the chunk, from 0
    const char* kind;
  };
  void separate(int kinds);

  std::shared_ptr<const Layout> layout_;
  std::uint64_t number_;
  std::string text_;
  std::vector<std::uint32_t> starts_;  ///< of the values of the row being written
  std::size_t row_start_ = 0;
  std::int64_t rows_ = 0;   ///< good and spoiled
  std::int64_t drawn_ = 0;  ///< good rows only
  std::vector<Spoiled> spoiled_;
};

inline constexpr Date no_date{INT32_MIN};

/// One file of one table. Errors of the disk are remembered and told by close().
class TableFile {
 public:
  TableFile(TableFile&&) noexcept;
  TableFile& operator=(TableFile&&) noexcept;
  ~TableFile();

  const std::shared_ptr<const Layout>& layout() const;
  /// For a file written by one thread: the chunk to put rows into. Call it anew for each row: it
  /// writes what is there when that has become large.
  Chunk& row();
  void append(const Chunk& chunk);
  /// Good and spoiled rows so far.
  std::int64_t rows() const;
  /// Errors: unavailable "file.unwritable".
  Status close();

 private:
  friend class CityFolder;
  struct State;
  explicit TableFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The folder a city is written into. Borrows the catalog, which must outlive it.
class CityFolder {
 public:
  /// Makes the folder. Errors: conflict "sim.folder_not_empty", unavailable "file.unwritable".
  static Result<CityFolder> make(const catalog::Catalog& catalog, const std::filesystem::path& path,
                                 const WriteOptions& options);
  CityFolder(CityFolder&&) noexcept;
  ~CityFolder();

  /// `part` ends the file's name: open("benefit_payment", {…}, "2018-11") →
  /// benefit_payment-2018-11.csv. CHECKs that the catalog knows the table and its columns and that
  /// required ones are given. May be called from several threads. Errors: unavailable
  /// "file.unwritable".
  Result<TableFile> open(std::string_view table, std::initializer_list<std::string_view> columns,
                         std::string_view part = {});
  const std::filesystem::path& path() const;
  std::int64_t rows() const;   ///< of all closed files
  std::int64_t bytes() const;  ///< of all closed files, as CSV

  /// Writes spoil.csv (file, line, kind) when rows were spoiled. All files must be closed.
  Status finish();

 private:
  friend class TableFile;
  struct State;
  explicit CityFolder(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace anlan::sim
