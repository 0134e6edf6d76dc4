#include "ingest/xlsx_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "ingest/sheet_cell.hpp"
#include "ingest/xml_parser.hpp"
#include "ingest/zip_reader.hpp"

namespace anlan::ingest {
namespace {

// The sheet's own limits (Excel's specification).
constexpr std::int64_t rows_max = 1'048'576;
constexpr std::int64_t columns_max = 16'384;
// Excel stores 32,767 characters in a cell; ours is above that, for other writers.
constexpr std::size_t cell_bytes_max = 1 << 20;
constexpr std::size_t formula_bytes_max = 200;  // only shown in an error
constexpr std::size_t styles_max = 1 << 20;
constexpr std::size_t sheets_max = 10'000;
// A batch stops at these even if more records were asked for.
constexpr std::size_t batch_fields_max = 2'000'000;
constexpr std::size_t batch_bytes_max = 64 << 20;

template <class T>
std::optional<T> to_integer(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_true(std::string_view text) {
  return text == "1" || text == "true" || text == "on";
}

/// "C5" → 3; 0 if it is no cell's name.
std::int64_t column_of(std::string_view reference) {
  std::int64_t column = 0;
  for (const char c : reference) {
    const int letter = c >= 'A' && c <= 'Z' ? c - 'A' + 1 : c >= 'a' && c <= 'z' ? c - 'a' + 1 : 0;
    if (letter == 0) return c >= '0' && c <= '9' ? column : 0;
    column = column * 26 + letter;
    if (column > columns_max) return column;
  }
  return column;
}

std::string column_name(std::int64_t column) {
  std::string name;
  for (; column > 0; column = (column - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (column - 1) % 26));
  }
  return name;
}

/// Turns _x000D_ and its like, as writers escape what XML cannot hold, into characters; in place,
/// from `from`.
void unescape(std::string& text, std::size_t from) {
  auto at = text.find("_x", from);
  if (at == std::string::npos) return;
  std::string rest = text.substr(at);
  text.resize(at);
  for (std::size_t i = 0; i < rest.size();) {
    unsigned code = 0;
    const bool escape = rest.size() - i >= 7 && rest[i] == '_' && rest[i + 1] == 'x' &&
                        rest[i + 6] == '_' &&
                        std::from_chars(&rest[i + 2], &rest[i + 6], code, 16).ptr == &rest[i + 6];
    // Half characters cannot stand in UTF-8; NUL would end texts early elsewhere.
    if (!escape || code == 0 || (code >= 0xD800 && code <= 0xDFFF)) {
      text += rest[i++];
      continue;
    }
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      text += static_cast<char>(0xE0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
    i += 7;
  }
}

struct SheetEntry {
  std::string name;
  std::string relation;
  bool visible = true;
};

class WorkbookListener : public XmlListener {
 public:
  std::vector<SheetEntry> sheets;
  bool from_1904 = false;

  void start(std::string_view name, const char** attributes) override {
    if (name == "workbookPr") from_1904 = is_true(xml_attribute(attributes, "date1904"));
    if (name != "sheet" || sheets.size() == sheets_max) return;
    SheetEntry entry;
    entry.name = xml_attribute(attributes, "name");
    const auto state = xml_attribute(attributes, "state");
    entry.visible = state.empty() || state == "visible";
    // Both `r:id` and `sheetId` could be meant by "id"; only the first has that local name.
    entry.relation = xml_attribute(attributes, "id");
    sheets.push_back(std::move(entry));
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}
};

struct Relation {
  std::string type;  // its last part: worksheet, sharedStrings, styles, officeDocument
  std::string target;
};

class RelationListener : public XmlListener {
 public:
  std::map<std::string, Relation, std::less<>> relations;

  void start(std::string_view name, const char** attributes) override {
    if (name != "Relationship" || relations.size() > sheets_max) return;
    const auto type = xml_attribute(attributes, "Type");
    relations[std::string(xml_attribute(attributes, "Id"))] = {
        std::string(type.substr(type.rfind('/') + 1)),
        std::string(xml_attribute(attributes, "Target"))};
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}
};

class StyleListener : public XmlListener {
 public:
  std::vector<NumberLook> looks;  // by the index cells name

  void start(std::string_view name, const char** attributes) override {
    if (name == "cellXfs") in_cell_formats_ = true;
    if (name == "numFmts") in_number_formats_ = true;
    if (name == "numFmt" && in_number_formats_ && custom_.size() < styles_max) {
      const auto id = to_integer<int>(xml_attribute(attributes, "numFmtId"));
      if (id) custom_[*id] = look_of_format(xml_attribute(attributes, "formatCode"));
    }
    if (name == "xf" && in_cell_formats_ && looks.size() < styles_max) {
      const int id = to_integer<int>(xml_attribute(attributes, "numFmtId")).value_or(0);
      const auto known = custom_.find(id);
      looks.push_back(known != custom_.end() ? known->second : look_of_builtin(id));
    }
  }
  void end(std::string_view name) override {
    if (name == "cellXfs") in_cell_formats_ = false;
    if (name == "numFmts") in_number_formats_ = false;
  }
  void text(std::string_view) override {}

 private:
  std::map<int, NumberLook> custom_;
  bool in_cell_formats_ = false;
  bool in_number_formats_ = false;
};

/// All shared strings, one after the other.
class SharedTexts : public XmlListener {
 public:
  SharedTexts(std::uint64_t bytes_max, std::string origin)
      : bytes_max_(std::min<std::uint64_t>(bytes_max, UINT32_MAX - 1)),
        origin_(std::move(origin)) {}
  XmlParser* parser = nullptr;

  std::optional<std::string_view> at(std::uint32_t index) const {
    if (index >= ends_.size()) return std::nullopt;
    const std::size_t from = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(arena_).substr(from, ends_[index] - from);
  }

  void start(std::string_view name, const char**) override {
    if (name == "t") in_text_ = true;
    if (name == "rPh") ++phonetic_;  // how to read the text aloud, not the text
  }
  void end(std::string_view name) override {
    if (name == "t") in_text_ = false;
    if (name == "rPh") --phonetic_;
    if (name != "si") return;
    unescape(arena_, ends_.empty() ? 0 : ends_.back());
    ends_.push_back(static_cast<std::uint32_t>(arena_.size()));
  }
  void text(std::string_view piece) override {
    if (!in_text_ || phonetic_ > 0) return;
    arena_ += piece;
    if (arena_.size() > bytes_max_) {
      parser->fail_with({ErrorKind::invalid_input, "file.too_large",
                         fmt::format("{}: more than {} bytes of text", origin_, bytes_max_)});
    }
  }

 private:
  std::uint64_t bytes_max_;
  std::string origin_;
  std::string arena_;
  std::vector<std::uint32_t> ends_;
  bool in_text_ = false;
  int phonetic_ = 0;
};

/// One sheet, streamed. Owns all it reads from.
class XlsxSource : public RecordSource, private XmlListener {
 public:
  struct Parts {
    std::unique_ptr<ZipArchive> zip;
    std::unique_ptr<SharedTexts> shared;
    std::vector<NumberLook> looks;
    bool from_1904 = false;
    std::string origin;
  };

  XlsxSource(const Parts& parts, ZipMember member, const std::string& sheet)
      : parts_(parts),
        member_(std::move(member)),
        origin_(parts.origin + ", " + sheet),
        parser_(
            origin_, [this](char* buffer, std::size_t size) { return member_.read(buffer, size); },
            *this) {}

  /// Reads ahead to the first row; false if there is none.
  Result<bool> has_rows() { return fill(ahead_, 1); }

  void own(std::unique_ptr<Parts> parts) { owned_ = std::move(parts); }

  Result<bool> next(RecordBatch& batch, std::size_t records_max) override {
    if (ahead_.records() > 0) {
      batch.clear();
      std::swap(batch, ahead_);
      return true;
    }
    return fill(batch, records_max);
  }

  double progress() const override { return done_ ? 1 : member_.progress(); }

 private:
  Result<bool> fill(RecordBatch& batch, std::size_t records_max) {
    batch.clear();
    if (done_) return false;
    batch_ = &batch;
    records_max_ = records_max;
    const auto done = parser_.run();
    if (!done) {
      done_ = true;
      return fail(done.error());
    }
    done_ = *done;
    return batch.records() > 0;
  }

  void refuse(std::string code, std::string_view why) {
    std::string where = fmt::format("{}, row {}", origin_, row_);
    if (column_ > 0) where += ", column " + column_name(column_);
    parser_.fail_with(
        {ErrorKind::invalid_input, std::move(code), fmt::format("{}: {}", where, why)});
  }

  void start(std::string_view name, const char** attributes) override {
    if (name == "sheetData") in_data_ = true;
    if (!in_data_) return;
    if (name == "c") {
      start_cell(attributes);
    } else if (name == "row") {
      start_row(attributes);
    } else if (name == "v" || (name == "t" && in_inline_)) {
      in_value_ = phonetic_ == 0;
    } else if (name == "f") {
      in_formula_ = true;
      has_formula_ = true;
    } else if (name == "is") {
      in_inline_ = true;
    } else if (name == "rPh") {
      ++phonetic_;
    }
  }

  void end(std::string_view name) override {
    if (name == "sheetData") in_data_ = false;
    if (!in_data_) return;
    if (name == "c") {
      end_cell_here();
    } else if (name == "row") {
      end_row();
    } else if (name == "v" || name == "t") {
      in_value_ = false;
    } else if (name == "f") {
      in_formula_ = false;
    } else if (name == "is") {
      in_inline_ = false;
    } else if (name == "rPh") {
      --phonetic_;
    }
  }

  void text(std::string_view piece) override {
    if (in_value_) {
      value_ += piece;
      if (value_.size() > cell_bytes_max) refuse("file.too_large", "the cell holds over 1 MiB");
    } else if (in_formula_ && formula_.size() < formula_bytes_max) {
      formula_ += piece.substr(0, formula_bytes_max - formula_.size());
    }
  }

  void start_row(const char** attributes) {
    const auto stated = xml_attribute(attributes, "r");
    const auto row = stated.empty() ? row_ + 1 : to_integer<std::int64_t>(stated).value_or(0);
    column_ = 0;
    filled_ = 0;
    in_row_ = true;
    if (row <= row_) {
      refuse("file.damaged", fmt::format("followed by row \"{}\"", stated.substr(0, 20)));
      return;
    }
    row_ = row;
    if (row_ > rows_max) refuse("file.too_large", "a sheet has at most 1,048,576 rows");
  }

  void start_cell(const char** attributes) {
    const auto reference = xml_attribute(attributes, "r");
    const auto column = reference.empty() ? column_ + 1 : column_of(reference);
    if (column <= column_ || !in_row_) {
      refuse("file.damaged", fmt::format("followed by cell \"{}\"", reference.substr(0, 20)));
      return;
    }
    column_ = column;
    if (column_ > columns_max) refuse("file.too_large", "a sheet has at most 16,384 columns");
    type_ = xml_attribute(attributes, "t");
    style_ = to_integer<std::uint32_t>(xml_attribute(attributes, "s")).value_or(0);
    value_.clear();
    formula_.clear();
    has_formula_ = false;
  }

  void end_cell_here() {
    if (batch_ == nullptr) return;
    const bool no_result = has_formula_ && value_.empty() && type_ != "str";
    if (value_.empty() && !no_result) return;  // filled by a later cell of the row, if any
    std::string_view shared;
    if (type_ == "s" && !no_result) {
      const auto index = to_integer<std::uint32_t>(value_);
      const auto found = index ? parts_.shared->at(*index) : std::nullopt;
      if (!found) {
        refuse("file.damaged", "its text is missing from the list of shared texts");
        return;
      }
      if (found->empty()) return;
      shared = *found;
    }
    for (; filled_ < column_ - 1; ++filled_) end_cell(*batch_, CellKind::text);
    ++filled_;
    end_cell(*batch_, no_result ? append_formula() : append_value(shared));
  }

  CellKind append_formula() {
    batch_->arena += '=';
    batch_->arena += formula_;
    return CellKind::formula_error;
  }

  CellKind append_value(std::string_view shared) {
    std::string& arena = batch_->arena;
    if (type_.empty() || type_ == "n") {
      const auto look = style_ < parts_.looks.size() ? parts_.looks[style_] : NumberLook::number;
      return append_date(value_, look, parts_.from_1904, arena);
    }
    if (type_ == "s") {
      arena += shared;
      return CellKind::text;
    }
    if (type_ == "b") {
      arena += is_true(value_) ? '1' : '0';
      return CellKind::boolean;
    }
    if (type_ == "e") {
      arena += value_;
      return CellKind::formula_error;
    }
    if (type_ == "d") {  // 2018-11-30T12:00:00.000Z
      std::string_view moment = value_;
      std::string_view clock;
      if (const auto t = moment.find('T'); t != std::string_view::npos) {
        clock = moment.substr(t + 1, 8);
        moment = moment.substr(0, t);
      }
      arena += moment;
      if (!clock.empty() && clock != "00:00:00") arena.append(" ").append(clock);
      return CellKind::date;
    }
    const auto from = arena.size();
    arena += value_;
    unescape(arena, from);
    return CellKind::text;
  }

  void end_row() {
    in_row_ = false;
    if (filled_ == 0 || batch_ == nullptr) return;
    end_record(*batch_, row_);
    filled_ = 0;
    if (batch_->records() >= records_max_ || batch_->field_ends.size() >= batch_fields_max ||
        batch_->arena.size() >= batch_bytes_max) {
      parser_.stop();
    }
  }

  const Parts& parts_;
  std::unique_ptr<Parts> owned_;
  ZipMember member_;
  std::string origin_;
  XmlParser parser_;
  RecordBatch ahead_;
  RecordBatch* batch_ = nullptr;
  std::size_t records_max_ = 0;
  bool done_ = false;

  std::int64_t row_ = 0;
  std::int64_t column_ = 0;  // of the cell being read, from 1
  std::int64_t filled_ = 0;  // cells of the row already in the batch
  std::string type_;
  std::uint32_t style_ = 0;
  std::string value_;
  std::string formula_;
  bool has_formula_ = false;
  bool in_data_ = false;
  bool in_row_ = false;
  bool in_value_ = false;
  bool in_formula_ = false;
  bool in_inline_ = false;
  int phonetic_ = 0;
};

/// Opens workbooks part by part.
class Workbook {
 public:
  explicit Workbook(std::unique_ptr<XlsxSource::Parts> parts) : parts_(std::move(parts)) {}

  Result<std::unique_ptr<RecordSource>> open(const std::string& wanted, const XlsxLimits& limits) {
    RelationListener root;
    if (const auto read = parse("_rels/.rels", root, false); !read) return fail(read.error());
    std::string path = "xl/workbook.xml";
    for (const auto& [id, relation] : root.relations) {
      if (relation.type == "officeDocument") path = resolve("", relation.target);
    }
    const auto slash = path.rfind('/');
    folder_ = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    WorkbookListener book;
    if (const auto read = parse(path, book, true); !read) return fail(read.error());
    parts_->from_1904 = book.from_1904;
    RelationListener links;
    const std::string file = path.substr(folder_.size());
    if (const auto read = parse(folder_ + "_rels/" + file + ".rels", links, true); !read) {
      return fail(read.error());
    }
    for (const auto& [id, relation] : links.relations) {
      if (relation.type == "styles") {
        StyleListener styles;
        const auto read = parse(resolve(folder_, relation.target), styles, false);
        if (!read) return fail(read.error());
        parts_->looks = std::move(styles.looks);
      } else if (relation.type == "sharedStrings") {
        shared_path_ = resolve(folder_, relation.target);
      }
    }
    return choose(book.sheets, links, wanted, limits);
  }

 private:
  Result<std::unique_ptr<RecordSource>> choose(const std::vector<SheetEntry>& sheets,
                                               const RelationListener& links,
                                               const std::string& wanted,
                                               const XlsxLimits& limits) {
    std::vector<std::string> names;
    bool shared_read = false;
    for (const auto& sheet : sheets) {
      names.push_back(sheet.name);
      if (wanted.empty() ? !sheet.visible : sheet.name != wanted) continue;
      const auto link = links.relations.find(sheet.relation);
      if (link == links.relations.end() || link->second.type != "worksheet") continue;
      const auto index = parts_->zip->find(resolve(folder_, link->second.target));
      if (index < 0) {
        return fail(ErrorKind::invalid_input, "file.damaged",
                    fmt::format("{}: sheet {} is missing", parts_->origin, sheet.name));
      }
      if (!shared_read) {
        if (const auto read = read_shared(limits); !read) return fail(read.error());
        shared_read = true;
      }
      auto member = parts_->zip->open_member(index);
      if (!member) return fail(member.error());
      auto source = std::make_unique<XlsxSource>(*parts_, std::move(*member), sheet.name);
      const auto rows = source->has_rows();
      if (!rows) return fail(rows.error());
      if (!*rows && wanted.empty()) continue;
      if (!*rows) break;
      source->own(std::move(parts_));
      return source;
    }
    if (!wanted.empty() && std::find(names.begin(), names.end(), wanted) == names.end()) {
      return fail(ErrorKind::invalid_input, "file.sheet_missing",
                  fmt::format("{}: no sheet {}; there are: {}", parts_->origin, wanted,
                              fmt::join(names, ", ")));
    }
    return fail(ErrorKind::invalid_input, "file.no_cells", parts_->origin);
  }

  Status read_shared(const XlsxLimits& limits) {
    parts_->shared = std::make_unique<SharedTexts>(limits.shared_text_max, parts_->origin);
    if (shared_path_.empty()) return {};
    return parse(shared_path_, *parts_->shared, false);
  }

  /// A part that need not be there is as good as empty.
  Status parse(const std::string& name, XmlListener& listener, bool required) {
    const auto index = parts_->zip->find(name);
    if (index < 0) {
      if (!required) return {};
      return fail(ErrorKind::invalid_input, "file.damaged",
                  fmt::format("{}: {} is missing", parts_->origin, name));
    }
    auto member = parts_->zip->open_member(index);
    if (!member) return fail(member.error());
    XmlParser parser(
        parts_->origin + ", " + name,
        [&](char* buffer, std::size_t size) { return member->read(buffer, size); }, listener);
    if (auto* shared = dynamic_cast<SharedTexts*>(&listener)) shared->parser = &parser;
    const auto done = parser.run();
    if (!done) return fail(done.error());
    return {};
  }

  static std::string resolve(const std::string& folder, const std::string& target) {
    if (target.starts_with('/')) return target.substr(1);
    return folder + (target.starts_with("./") ? target.substr(2) : target);
  }

  std::unique_ptr<XlsxSource::Parts> parts_;
  std::string folder_;  // of workbook.xml, "xl/"
  std::string shared_path_;
};

}  // namespace

Result<std::unique_ptr<RecordSource>> open_xlsx(const std::filesystem::path& path,
                                                const std::string& sheet,
                                                const XlsxLimits& limits) {
  auto zip = ZipArchive::open(path, {limits.bytes_max, limits.ratio_max, limits.ratio_from_bytes});
  if (!zip) return fail(zip.error());
  auto parts = std::make_unique<XlsxSource::Parts>();
  parts->zip = std::move(*zip);
  parts->origin = path.filename().string();
  return Workbook(std::move(parts)).open(sheet, limits);
}

}  // namespace anlan::ingest
