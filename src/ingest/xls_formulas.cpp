#include "ingest/xls_formulas.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "ingest/gb18030.hpp"
#include "ingest/sheet_cell.hpp"

namespace anlan::ingest {
namespace {

/// Little-endian numbers out of bytes; beyond the end they are 0 and `ok` turns false.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t at, std::size_t size) {
    if (at > bytes_.size() || bytes_.size() - at < size) {
      ok = false;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at + i])) << (8 * i);
    }
    return value;
  }
  std::uint32_t u32(std::size_t at) { return static_cast<std::uint32_t>(number(at, 4)); }
  std::uint16_t u16(std::size_t at) { return static_cast<std::uint16_t>(number(at, 2)); }
  std::uint8_t u8(std::size_t at) { return static_cast<std::uint8_t>(number(at, 1)); }
  std::string_view rest(std::size_t at) const {
    return at < bytes_.size() ? bytes_.substr(at) : "";
  }
  bool ok = true;

 private:
  std::string_view bytes_;
};

/// The stream of records out of its compound file.
class CompoundFile {
 public:
  explicit CompoundFile(std::string_view file) : file_(file), header_(file) {}

  std::optional<std::string> workbook() {
    const auto shift = header_.u16(30);
    if (shift != 9 && shift != 12) return std::nullopt;
    sector_size_ = std::size_t{1} << shift;
    if (!read_table()) return std::nullopt;
    const auto directory = chain(header_.u32(48), table_, file_, sector_size_, sector_size_);
    if (!directory) return std::nullopt;
    std::uint32_t start = 0;
    std::uint64_t size = 0;
    std::string mini;
    for (std::size_t at = 0; at + 128 <= directory->size(); at += 128) {
      Bytes entry(std::string_view(*directory).substr(at, 128));
      const auto type = entry.u8(66);
      if (type == 5) {  // the root holds the small streams
        if (const auto content = chain(entry.u32(116), table_, file_, sector_size_, sector_size_))
          mini = *content;
      }
      std::string name;
      for (std::size_t i = 0; i + 2 < entry.u16(64) && i < 64; i += 2)
        name += static_cast<char>(entry.u8(i));
      if (type == 2 && (name == "Workbook" || (name == "Book" && size == 0))) {
        start = entry.u32(116);
        size = entry.u32(120);
      }
    }
    std::optional<std::string> content;
    if (size >= header_.u32(56)) {
      content = chain(start, table_, file_, sector_size_, sector_size_);
    } else {
      const auto packed = chain(header_.u32(60), table_, file_, sector_size_, sector_size_);
      if (!packed) return std::nullopt;
      Bytes numbers(*packed);
      std::vector<std::uint32_t> small(packed->size() / 4);
      for (std::size_t i = 0; i < small.size(); ++i) small[i] = numbers.u32(i * 4);
      content = chain(start, small, mini, 64, 0);
    }
    if (!content || content->size() < size) return std::nullopt;
    content->resize(size);
    return content;
  }

 private:
  static constexpr std::uint32_t last_number = 0xFFFFFFF9;  // above it: marks, not sectors

  bool read_table() {
    std::vector<std::uint32_t> parts;
    for (std::size_t i = 0; i < 109; ++i) parts.push_back(header_.u32(76 + i * 4));
    std::uint32_t more = header_.u32(68);
    for (std::size_t rounds = 0; more <= last_number; ++rounds) {
      if (rounds > file_.size() / sector_size_) return false;
      const std::size_t at = (std::size_t{more} + 1) * sector_size_;
      for (std::size_t i = 0; i + 1 < sector_size_ / 4; ++i)
        parts.push_back(header_.u32(at + i * 4));
      more = header_.u32(at + sector_size_ - 4);
      if (!header_.ok) return false;
    }
    for (const auto part : parts) {
      if (part > last_number) continue;
      const std::size_t at = (std::size_t{part} + 1) * sector_size_;
      if (at + sector_size_ > file_.size()) return false;
      for (std::size_t i = 0; i < sector_size_ / 4; ++i) table_.push_back(header_.u32(at + i * 4));
    }
    return header_.ok;
  }

  static std::optional<std::string> chain(std::uint32_t sector,
                                          const std::vector<std::uint32_t>& table,
                                          std::string_view from, std::size_t size,
                                          std::size_t offset) {
    std::string content;
    for (std::size_t rounds = 0; sector <= last_number; ++rounds) {
      const std::size_t at = sector * size + offset;
      if (rounds > table.size() || sector >= table.size() || at >= from.size()) return std::nullopt;
      content += from.substr(at, size);  // the last sector of a file may be short
      sector = table[sector];
    }
    return content;
  }

  std::string_view file_;
  Bytes header_;
  std::size_t sector_size_ = 512;
  std::vector<std::uint32_t> table_;
};

std::string_view error_name(std::uint8_t code) {
  switch (code) {
    case 0x00:
      return "#NULL!";
    case 0x07:
      return "#DIV/0!";
    case 0x0F:
      return "#VALUE!";
    case 0x17:
      return "#REF!";
    case 0x1D:
      return "#NAME?";
    case 0x24:
      return "#NUM!";
    default:
      return "#N/A";
  }
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

class RecordWalker {
 public:
  RecordWalker(std::string_view stream, std::vector<XlsExtraSheet>& sheets)
      : stream_(stream), sheets_(sheets) {}

  bool run() {
    Bytes start(stream_);
    const auto first = start.u16(0);
    if (!start.ok || (first & 0xFF) != 0x09) return false;
    version_ = first == 0x0809   ? (start.u16(4) >= 0x0600 ? 8 : 5)
               : first == 0x0409 ? 4
               : first == 0x0209 ? 3
                                 : 2;
    if (version_ < 5) {  // one sheet, and nothing before it
      sheets_.emplace_back();
      return walk_sheet(0, sheets_.back());
    }
    std::vector<std::size_t> offsets;
    std::size_t at = 0;
    while (next(at)) {
      Bytes record(content_);
      if (id_ == 0x0A) break;
      if (id_ == 0x22) from_1904_ = record.u16(0) != 0;
      if (id_ == 0x41E) read_format(record);
      if (id_ == 0xE0) looks_.push_back(look_of(record.u16(2)));
      if (id_ == 0x85) {
        offsets.push_back(record.u32(0));
        sheets_.emplace_back();
        sheets_.back().visible = (record.u8(4) & 3) == 0;
        if (record.u8(5) != 0) offsets.back() = stream_.size();  // a chart or macros: no cells
      }
      if (!record.ok) return false;
    }
    for (std::size_t i = 0; i < sheets_.size(); ++i) {
      if (offsets[i] >= stream_.size()) continue;
      if (!walk_sheet(offsets[i], sheets_[i])) return false;
    }
    return true;
  }

 private:
  bool next(std::size_t& at) {
    Bytes head(stream_);
    if (at + 4 > stream_.size()) return false;
    id_ = head.u16(at);
    const std::size_t size = head.u16(at + 2);
    if (stream_.size() - at - 4 < size) return false;
    content_ = stream_.substr(at + 4, size);
    at += 4 + size;
    return true;
  }

  void read_format(Bytes& record) {
    const auto id = record.u16(0);
    std::string code;
    if (version_ == 8) {
      const bool wide = (record.u8(4) & 1) != 0;
      for (std::size_t i = 0; i < record.u16(2) && record.ok; ++i) {
        const auto c = wide ? record.u16(5 + i * 2) : record.u8(5 + i);
        code += c < 0x80 ? static_cast<char>(c) : '?';
      }
    } else {
      code = record.rest(3).substr(0, record.u8(2));
    }
    formats_.emplace_back(id, look_of_format(code));
  }

  NumberLook look_of(std::uint16_t format) const {
    for (const auto& [id, look] : formats_) {
      if (id == format) return look;
    }
    return look_of_builtin(format);
  }

  bool walk_sheet(std::size_t at, XlsExtraSheet& sheet) {
    int depth = 0;
    XlsExtraCell* waits_for_text = nullptr;
    std::size_t text_units = 0;
    bool in_text = false;
    while (next(at)) {
      Bytes record(content_);
      const bool is_begin =
          (id_ & 0xFF) == 0x09 && (id_ == 0x09 || id_ == 0x209 || id_ == 0x409 || id_ == 0x809);
      if (is_begin) ++depth;
      if (id_ == 0x0A && --depth == 0) {
        sort(sheet);
        return true;
      }
      if (depth != 1) continue;  // a chart inside the sheet
      if (id_ == 0x3C && in_text && waits_for_text != nullptr) {
        append_units(record, 1, (record.u8(0) & 1) != 0, text_units, *waits_for_text);
        continue;
      }
      if (in_text) waits_for_text = nullptr;
      in_text = false;
      if (id_ == 0x06 || id_ == 0x206 || id_ == 0x406) {
        sheet.cells.push_back(formula(record));
        waits_for_text = &sheet.cells.back();
        if (sheet.cells.back().kind != CellKind::formula_error ||
            !sheet.cells.back().text.empty()) {
          waits_for_text = nullptr;
        }
      } else if ((id_ == 0x207 || id_ == 0x07) && waits_for_text != nullptr) {
        waits_for_text->kind = CellKind::text;
        in_text = true;
        if (version_ == 8) {
          text_units = record.u16(0);
          append_units(record, 3, (record.u8(2) & 1) != 0, text_units, *waits_for_text);
        } else {
          const std::string_view raw = version_ == 2 ? record.rest(1) : record.rest(2);
          if (!Gb18030Decoder().decode(raw, true, waits_for_text->text)) return false;
        }
      } else if (id_ == 0x205) {
        waits_for_text = nullptr;
        const auto value = record.u8(6);
        const bool is_error = record.u8(7) != 0;
        sheet.cells.push_back({record.u16(0), record.u16(2),
                               is_error ? CellKind::formula_error : CellKind::boolean,
                               std::string(is_error     ? error_name(value)
                                           : value != 0 ? "1"
                                                        : "0")});
      }
      if (!record.ok) return false;
    }
    return false;  // cut off
  }

  XlsExtraCell formula(Bytes& record) {
    const std::size_t at = version_ == 2 ? 7 : 6;
    XlsExtraCell cell{record.u16(0), record.u16(2), CellKind::formula_error, {}};
    if (record.u16(at + 6) != 0xFFFF) {
      std::array<char, 64> digits;
      const auto value = std::bit_cast<double>(record.number(at, 8));
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
      const std::size_t style = version_ >= 5 ? record.u16(4) : looks_.size();
      const auto look = style < looks_.size() ? looks_[style] : NumberLook::number;
      cell.kind = append_date({digits.data(), static_cast<std::size_t>(end - digits.data())}, look,
                              from_1904_, cell.text);
      return cell;
    }
    switch (record.u8(at)) {
      case 1:
        cell.kind = CellKind::boolean;
        cell.text = record.u8(at + 2) != 0 ? "1" : "0";
        break;
      case 2:
        cell.text = error_name(record.u8(at + 2));
        break;
      case 3:
        cell.kind = CellKind::text;
        break;  // an empty text
      default:
        break;  // the text follows in a record of its own
    }
    return cell;
  }

  /// Appends up to `units` characters, and takes them off `units`.
  static void append_units(Bytes& record, std::size_t at, bool wide, std::size_t& units,
                           XlsExtraCell& cell) {
    const std::size_t size = wide ? 2 : 1;
    std::size_t count = std::min(units, record.rest(at).size() / size);
    for (std::size_t i = 0; i < count; ++i) {
      char32_t c = wide ? record.u16(at + i * 2) : record.u8(at + i);
      if (c >= 0xD800 && c < 0xDC00 && i + 1 < count) {
        const char32_t low = record.u16(at + (i + 1) * 2);
        if (low >= 0xDC00 && low < 0xE000) {
          c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
          ++i;
        }
      }
      append_utf8(cell.text, c >= 0xD800 && c < 0xE000 ? U'\uFFFD' : c);
    }
    units -= count;
  }

  static void sort(XlsExtraSheet& sheet) {
    const auto place = [](const XlsExtraCell& cell) { return std::pair(cell.row, cell.column); };
    std::stable_sort(sheet.cells.begin(), sheet.cells.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    const auto same = [&](const auto& a, const auto& b) { return place(a) == place(b); };
    sheet.cells.erase(std::unique(sheet.cells.begin(), sheet.cells.end(), same), sheet.cells.end());
  }

  std::string_view stream_;
  std::vector<XlsExtraSheet>& sheets_;
  std::string_view content_;
  std::uint16_t id_ = 0;
  int version_ = 8;
  bool from_1904_ = false;
  std::vector<std::pair<std::uint16_t, NumberLook>> formats_;
  std::vector<NumberLook> looks_;
};

}  // namespace

bool read_xls_extras(std::string_view file, std::vector<XlsExtraSheet>& sheets) {
  if (!file.starts_with("\xD0\xCF\x11\xE0")) return RecordWalker(file, sheets).run();
  const auto stream = CompoundFile(file).workbook();
  return stream && RecordWalker(*stream, sheets).run();
}

}  // namespace anlan::ingest
