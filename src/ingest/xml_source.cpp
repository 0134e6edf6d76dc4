#include "ingest/xml_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.hpp"
#include "ingest/gb18030.hpp"
#include "ingest/sheet_cell.hpp"
#include "ingest/xml_parser.hpp"

namespace anlan::ingest {
namespace {

using Path = std::filesystem::path;

// Our choices, far above what the standard's 20 tables of up to 40 columns need.
constexpr std::size_t tables_max = 1000;
constexpr std::size_t columns_max = 4000;
constexpr std::size_t depth_max = 64;
constexpr std::size_t record_bytes_max = 16 << 20;
constexpr std::size_t batch_bytes_max = 64 << 20;

/// Names that say "a row" and not of what.
bool is_row_name(std::string_view name) {
  constexpr std::string_view names[] = {"记录",   "行",     "数据", "row",  "Row",  "ROW", "record",
                                        "Record", "RECORD", "item", "Item", "data", "DATA"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// catalog/xml/gbt40217.yaml
struct Elements {
  std::map<std::string, std::string, std::less<>> tables;   // element → canonical table
  std::map<std::string, std::string, std::less<>> columns;  // element → data-element code

  static Result<Elements> load(const Path& path) {
    Elements elements;
    if (path.empty()) return elements;
    try {
      const YAML::Node root = YAML::LoadFile(path.string());
      for (const auto& entry : root["tables"]) {
        elements.tables[entry["element"].as<std::string>()] = entry["table"].as<std::string>("");
      }
      for (const auto& entry : root["columns"]) {
        elements.columns[entry.first.as<std::string>()] = entry.second.as<std::string>();
      }
    } catch (const YAML::Exception& error) {
      return fail(ErrorKind::invalid_input, "xml.elements",
                  fmt::format("{}:{}: {}", path.string(), error.mark.line + 1, error.msg));
    }
    return elements;
  }
};

/// The bytes of an XML file as UTF-8 without its declaration, which would contradict the conversion
/// and in this standard names "GB 18030", a name that XML does not allow.
class XmlBytes {
 public:
  static Result<std::unique_ptr<XmlBytes>> open(const Path& path) {
    auto bytes = std::make_unique<XmlBytes>();
    bytes->origin_ = path.filename().string();
    bytes->file_.reset(std::fopen(path.c_str(), "rbe"));
    if (bytes->file_ == nullptr) {
      return fail(ErrorKind::not_found, "file.unreadable",
                  path.string() + ": " + std::strerror(errno));
    }
    std::error_code ignored;
    bytes->size_ = std::filesystem::file_size(path, ignored);
    bytes->head_.resize(1 << 18);
    bytes->head_.resize(
        std::fread(bytes->head_.data(), 1, bytes->head_.size(), bytes->file_.get()));
    bytes->done_ = bytes->head_.size();
    bytes->choose();
    return bytes;
  }

  /// "" where expat itself sees the encoding (UTF-16).
  const char* encoding() const { return utf16_ ? "" : "UTF-8"; }

  Result<std::size_t> read(char* buffer, std::size_t size) {
    while (at_ == ready_.size() && !ended_) {
      ready_.clear();
      at_ = 0;
      std::string raw = std::move(head_);
      head_.clear();
      if (raw.empty()) {
        raw.resize(1 << 16);
        raw.resize(std::fread(raw.data(), 1, raw.size(), file_.get()));
        if (std::ferror(file_.get()) != 0) {
          return fail(ErrorKind::not_found, "file.unreadable",
                      origin_ + ": " + std::strerror(errno));
        }
        done_ += raw.size();
        ended_ = raw.empty();
      }
      if (!decoder_) {
        ready_ = std::move(raw);
      } else if (!decoder_->decode(raw, ended_, ready_)) {
        return fail(ErrorKind::invalid_input, "file.damaged",
                    fmt::format("{}: near byte {}: no GB18030 text", origin_, done_));
      }
    }
    const auto count = std::min(size, ready_.size() - at_);
    std::memcpy(buffer, ready_.data() + at_, count);
    at_ += count;
    return count;
  }

  double progress() const {
    return size_ == 0 ? -1 : std::min(1.0, static_cast<double>(done_) / static_cast<double>(size_));
  }

 private:
  void choose() {
    if (head_.starts_with("\xFF\xFE") || head_.starts_with("\xFE\xFF") ||
        std::string_view(head_).substr(0, 4).find('\0') != std::string_view::npos) {
      utf16_ = true;
      return;
    }
    if (head_.starts_with("\xEF\xBB\xBF")) head_.erase(0, 3);
    std::string declaration;
    const auto start = head_.find_first_not_of(" \t\r\n");
    const auto end = head_.find("?>");
    if (start != std::string::npos && head_.compare(start, 5, "<?xml") == 0 && end < 1024) {
      declaration = head_.substr(start, end + 2 - start);
      // Line numbers in errors stay true: only what is not a line end goes.
      for (std::size_t i = start; i < end + 2; ++i) {
        if (head_[i] != '\n') head_[i] = ' ';
      }
    }
    const bool ascii =
        std::all_of(head_.begin(), head_.end(), [](char c) { return (c & 0x80) == 0; });
    const bool says_gb =
        declaration.find("GB") != std::string::npos || declaration.find("gb") != std::string::npos;
    if (ascii ? says_gb : !is_utf8(head_, true)) decoder_.emplace();
  }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string origin_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0;
  std::uint64_t done_ = 0;
  std::string head_;
  std::string ready_;
  std::size_t at_ = 0;
  bool ended_ = false;
  bool utf16_ = false;
  std::optional<Gb18030Decoder> decoder_;
};

struct Field {
  std::string name;
  std::string text;
};

/// Finds the records in a document; what to do with one is up to `on_record`.
class RecordFinder : private XmlListener {
 public:
  static Result<std::unique_ptr<RecordFinder>> open(const Path& path, const Elements& elements) {
    auto bytes = XmlBytes::open(path);
    if (!bytes) return fail(bytes.error());
    return std::make_unique<RecordFinder>(path.filename().string(), std::move(*bytes), elements);
  }

  RecordFinder(std::string origin, std::unique_ptr<XmlBytes> bytes, const Elements& elements)
      : elements_(elements),
        origin_(std::move(origin)),
        bytes_(std::move(bytes)),
        parser_(
            origin_, [this](char* buffer, std::size_t size) { return bytes_->read(buffer, size); },
            *this, bytes_->encoding()) {}
  ~RecordFinder() override = default;

  std::function<void(const std::string& table, std::int64_t line, const std::vector<Field>&)>
      on_record;

  Result<bool> run() { return parser_.run(); }
  void stop() { parser_.stop(); }
  double progress() const { return bytes_->progress(); }
  void refuse(std::string code, std::int64_t line, const std::string& why) {
    parser_.fail_with({ErrorKind::invalid_input, std::move(code),
                       fmt::format("{}, line {}: {}", origin_, line, why)});
  }

 private:
  struct Open {
    std::string name;
    std::int64_t line = 0;
    bool has_children = false;
    bool has_branches = false;  // a child with children of its own
    std::vector<Field> leaves;
    std::string text;
  };

  void start(std::string_view name, const char**) override {
    if (open_.size() == depth_max) {
      refuse("file.too_large", parser_.line(), "elements nested too deeply");
      return;
    }
    if (!open_.empty()) open_.back().has_children = true;
    open_.push_back({std::string(name), parser_.line(), false, false, {}, {}});
  }

  void text(std::string_view piece) override {
    if (open_.empty() || open_.back().has_children) return;
    record_bytes_ += piece.size();
    if (record_bytes_ > record_bytes_max) {
      refuse("file.too_large", parser_.line(), "a record of more than 16 MiB");
      return;
    }
    open_.back().text += piece;
  }

  void end(std::string_view) override {
    if (open_.empty()) return;
    Open element = std::move(open_.back());
    open_.pop_back();
    if (!element.has_children) {
      if (open_.empty()) return;
      auto& leaves = open_.back().leaves;
      if (leaves.size() == columns_max) {
        refuse("file.too_large", element.line, "too many columns in one record");
        return;
      }
      leaves.push_back({std::move(element.name), std::string(trim(element.text))});
      return;
    }
    if (!open_.empty()) open_.back().has_branches = true;
    // A known table is a record even with structured parts inside; they are left out.
    const bool known = elements_.tables.contains(element.name);
    if (element.leaves.empty() || (element.has_branches && !known)) return;
    record_bytes_ = 0;
    const bool by_parent = is_row_name(element.name) && !known && !open_.empty();
    on_record(by_parent ? open_.back().name : element.name, element.line, element.leaves);
  }

  const Elements& elements_;
  std::string origin_;
  std::unique_ptr<XmlBytes> bytes_;
  XmlParser parser_;
  std::vector<Open> open_;
  std::size_t record_bytes_ = 0;
};

struct FoundTable {
  XmlTable table;
  std::vector<std::string> columns;  // in order of first appearance
  std::map<std::string, std::size_t, std::less<>> index;
};

Result<std::vector<FoundTable>> find_tables(const Path& path, const Elements& elements) {
  auto finder = RecordFinder::open(path, elements);
  if (!finder) return fail(finder.error());
  std::vector<FoundTable> tables;
  std::map<std::string, std::size_t, std::less<>> index;
  (*finder)->on_record = [&](const std::string& name, std::int64_t line,
                             const std::vector<Field>& fields) {
    const auto [known, is_new] = index.try_emplace(name, tables.size());
    if (is_new) {
      if (tables.size() == tables_max) {
        (*finder)->refuse("file.too_large", line, "more than 1000 kinds of records");
        return;
      }
      const auto canonical = elements.tables.find(name);
      tables.push_back(
          {{name, canonical == elements.tables.end() ? "" : canonical->second, 0}, {}, {}});
    }
    auto& table = tables[known->second];
    ++table.table.records;
    for (const auto& field : fields) {
      if (table.index.try_emplace(field.name, table.columns.size()).second) {
        if (table.columns.size() == columns_max) {
          (*finder)->refuse("file.too_large", line, "more than 4000 columns in " + name);
          return;
        }
        table.columns.push_back(field.name);
      }
    }
  };
  const auto done = (*finder)->run();
  if (!done) return fail(done.error());
  if (tables.empty()) {
    return fail(ErrorKind::invalid_input, "file.no_cells",
                path.filename().string() + ": no element whose children hold only text");
  }
  return tables;
}

class XmlSource : public RecordSource {
 public:
  XmlSource(Elements elements, FoundTable table)
      : elements_(std::move(elements)), table_(std::move(table)) {}

  Status open(const Path& path) {
    auto finder = RecordFinder::open(path, elements_);
    if (!finder) return fail(finder.error());
    finder_ = std::move(*finder);
    finder_->on_record = [this](const std::string& name, std::int64_t line,
                                const std::vector<Field>& fields) { add(name, line, fields); };
    return {};
  }

  Result<bool> next(RecordBatch& batch, std::size_t records_max) override {
    batch.clear();
    if (done_) return false;
    batch_ = &batch;
    records_max_ = records_max;
    if (!header_given_) {
      header_given_ = true;
      for (const auto& column : table_.columns) {
        const auto code = elements_.columns.find(column);
        batch.arena += code == elements_.columns.end() ? column : code->second;
        end_cell(batch, CellKind::text);
      }
      end_record(batch, 0);
      return true;
    }
    const auto done = finder_->run();
    if (!done) {
      done_ = true;
      return fail(done.error());
    }
    done_ = *done;
    return batch.records() > 0;
  }

  double progress() const override { return finder_->progress(); }

 private:
  void add(const std::string& name, std::int64_t line, const std::vector<Field>& fields) {
    if (name != table_.table.element) return;
    std::vector<const std::string*> cells(table_.columns.size(), nullptr);
    for (const auto& field : fields) {
      const auto column = table_.index.find(field.name);
      if (column == table_.index.end()) {
        finder_->refuse("file.damaged", line, "the file changed while it was read");
        return;
      }
      if (cells[column->second] != nullptr) {
        finder_->refuse("file.damaged", line, field.name + " stands twice in one record");
        return;
      }
      cells[column->second] = &field.text;
    }
    for (const auto* cell : cells) {
      if (cell != nullptr) batch_->arena += *cell;
      end_cell(*batch_, CellKind::text);
    }
    end_record(*batch_, line);
    if (batch_->records() >= records_max_ || batch_->arena.size() >= batch_bytes_max)
      finder_->stop();
  }

  Elements elements_;
  FoundTable table_;
  std::unique_ptr<RecordFinder> finder_;
  RecordBatch* batch_ = nullptr;
  std::size_t records_max_ = 0;
  bool header_given_ = false;
  bool done_ = false;
};

}  // namespace

Result<std::vector<XmlTable>> list_xml_tables(const Path& path, const Path& elements_file) {
  const auto elements = Elements::load(elements_file);
  if (!elements) return fail(elements.error());
  const auto found = find_tables(path, *elements);
  if (!found) return fail(found.error());
  std::vector<XmlTable> tables;
  for (const auto& table : *found) tables.push_back(table.table);
  return tables;
}

Result<std::unique_ptr<RecordSource>> open_xml(const Path& path, const std::string& table_element,
                                               const Path& elements_file) {
  auto elements = Elements::load(elements_file);
  if (!elements) return fail(elements.error());
  auto found = find_tables(path, *elements);
  if (!found) return fail(found.error());
  std::vector<std::string> names;
  FoundTable* chosen = table_element.empty() && found->size() == 1 ? &found->front() : nullptr;
  for (auto& table : *found) {
    names.push_back(table.table.element);
    if (table.table.element == table_element) chosen = &table;
  }
  if (chosen == nullptr) {
    return fail(ErrorKind::invalid_input, "file.table_missing",
                fmt::format("{}: {}; there are: {}", path.filename().string(),
                            table_element.empty() ? "which table?" : "no table " + table_element,
                            fmt::join(names, ", ")));
  }
  auto source = std::make_unique<XmlSource>(std::move(*elements), std::move(*chosen));
  if (const auto opened = source->open(path); !opened) return fail(opened.error());
  return source;
}

}  // namespace anlan::ingest
