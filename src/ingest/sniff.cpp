#include "ingest/sniff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <vector>

#include "ingest/parquet_source.hpp"
#include "ingest/xls_source.hpp"
#include "ingest/xlsx_source.hpp"
#include "ingest/xml_source.hpp"
#include "ingest/zip_reader.hpp"

namespace anlan::ingest {
namespace {

using Path = std::filesystem::path;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

tl::unexpected<Error> unsupported(const Path& path, std::string_view what) {
  return fail(ErrorKind::invalid_input, "file.unsupported",
              fmt::format("{}: {}", path.filename().string(), what));
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

/// Looks for the names of streams in the directory of an OLE compound file ([MS-CFB] 2.2, 2.6).
Result<FileFormat> sniff_ole(const Path& path, std::FILE* file) {
  const auto damaged = [&](std::string_view why) {
    return fail(ErrorKind::invalid_input, "file.damaged",
                fmt::format("{}: {}", path.filename().string(), why));
  };
  std::string header(512, '\0');
  if (std::fseek(file, 0, SEEK_SET) != 0 ||
      std::fread(header.data(), 1, header.size(), file) != header.size()) {
    return damaged("cut off inside its header");
  }
  const auto shift = little_endian(header, 30, 2);
  if (shift != 9 && shift != 12) return damaged("its header is wrong");
  const std::size_t sector_size = std::size_t{1} << shift;
  std::string sector(sector_size, '\0');
  const auto read_sector = [&](std::uint32_t number) {
    const auto at = static_cast<long>((std::uint64_t{number} + 1) << shift);
    return std::fseek(file, at, SEEK_SET) == 0 &&
           std::fread(sector.data(), 1, sector_size, file) == sector_size;
  };

  constexpr std::uint32_t last_number = 0xFFFFFFF9;  // above it: marks, not sectors
  constexpr int directory_sectors_max = 256;         // our choice: workbooks have one to ten
  std::uint32_t directory = little_endian(header, 48, 4);
  for (int i = 0; i < directory_sectors_max && directory <= last_number; ++i) {
    if (!read_sector(directory)) return damaged("cut off before its directory");
    for (std::size_t entry = 0; entry + 128 <= sector_size; entry += 128) {
      const auto bytes = std::min<std::uint32_t>(little_endian(sector, entry + 64, 2), 64);
      std::string name;
      for (std::uint32_t at = 0; at + 2 < bytes + 1 && at < 64; at += 2) {
        const char c = sector[entry + at];
        if (c != '\0') name += c;
      }
      if (name == "EncryptedPackage") {
        return fail(ErrorKind::invalid_input, "file.xlsx_password", path.filename().string());
      }
      if (name == "Workbook" || name == "Book") return FileFormat::xls;
    }
    // The next directory sector, through the allocation table; its first 109 parts cover 6 MB and
    // more.
    const std::size_t per_sector = sector_size / 4;
    const std::size_t part = directory / per_sector;
    if (part >= 109) break;
    const auto table = little_endian(header, 76 + part * 4, 4);
    if (table > last_number || !read_sector(table)) return damaged("its directory is wrong");
    directory = little_endian(sector, directory % per_sector * 4, 4);
  }
  return unsupported(path, "an Office file without a workbook, such as .doc or .ppt");
}

Result<FileFormat> sniff_zip(const Path& path) {
  auto zip = ZipArchive::open(
      path, {.bytes_max = 1 << 20, .ratio_max = 1000, .ratio_from_bytes = 1 << 20});
  if (!zip) return fail(zip.error());
  if ((*zip)->find("xl/workbook.xml") >= 0) return FileFormat::xlsx;
  if ((*zip)->find("xl/workbook.bin") >= 0) {
    return unsupported(path, "a binary workbook (.xlsb); save it as .xlsx or CSV");
  }
  if ((*zip)->find("word/document.xml") >= 0) return unsupported(path, "a Word document (.docx)");
  if (const auto mime = (*zip)->find("mimetype"); mime >= 0) {
    return unsupported(path, "an OpenDocument file; save it as .xlsx or CSV");
  }
  for (std::int64_t i = 0; i < std::min<std::int64_t>((*zip)->count(), 10'000); ++i) {
    if ((*zip)->raw_name(i).starts_with("xl/worksheets/")) return FileFormat::xlsx;
  }
  return FileFormat::zip;
}

/// The start of a text file in lower-case ASCII: bytes of other characters become '?', UTF-16 loses
/// its zeros.
std::string ascii_start(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) head.remove_prefix(2);
  std::string text;
  for (const char c : head) {
    if (c == '\0') continue;
    text += static_cast<unsigned char>(c) < 0x80
                ? static_cast<char>(std::tolower(static_cast<unsigned char>(c)))
                : '?';
  }
  text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

Result<FileFormat> sniff_text(const Path& path, std::string_view head) {
  const std::string text = ascii_start(head);
  const auto has = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorKind::invalid_input, "file.html_as_xls",
                fmt::format("{}: {}", path.filename().string(), what));
  };
  if (has("urn:schemas-microsoft-com:office:spreadsheet")) return refuse("XML Spreadsheet 2003");
  if (text.starts_with("mime-version:")) return refuse("MHTML");
  if (!text.starts_with('<')) return FileFormat::text;
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body", "<table", "<meta",
                                     "<style", "<div", "<font"}) {
    // After a declaration or a comment the first tag may stand anywhere near.
    const auto at = text.find(tag);
    const bool first = at == 0 || ((text.starts_with("<?xml") || text.starts_with("<!--")) &&
                                   at != std::string::npos);
    if (!first) continue;
    const char after = at + tag.size() < text.size() ? text[at + tag.size()] : '>';
    if (std::string_view(" \t\r\n>/").find(after) != std::string_view::npos) return refuse("HTML");
  }
  return FileFormat::xml;
}

}  // namespace

std::string_view format_name(FileFormat format) {
  switch (format) {
    case FileFormat::text:
      return "csv";
    case FileFormat::xlsx:
      return "xlsx";
    case FileFormat::xls:
      return "xls";
    case FileFormat::xml:
      return "xml";
    case FileFormat::parquet:
      return "parquet";
    case FileFormat::gzip:
      return "gzip";
    case FileFormat::zip:
      return "zip";
  }
  return "";
}

Result<FileFormat> sniff(const Path& path) {
  std::error_code cause;
  if (std::filesystem::is_directory(path, cause)) {
    return fail(ErrorKind::not_found, "file.unreadable", path.string() + ": is a folder");
  }
  const File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(errno));
  }
  std::string head(4096, '\0');
  head.resize(std::fread(head.data(), 1, head.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(errno));
  }
  const std::string_view start = head;
  using namespace std::string_view_literals;
  if (start.starts_with("PK\x03\x04"sv) || start.starts_with("PK\x05\x06"sv))
    return sniff_zip(path);
  if (start.starts_with("\x1F\x8B"sv)) return FileFormat::gzip;
  if (start.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv)) return sniff_ole(path, file.get());
  if (start.starts_with("PAR1"sv)) return FileFormat::parquet;
  // A workbook of Excel 2 to 5 without a container: its first record, of 4 to 16 bytes.
  for (const auto bof : {"\x09\x00\x04\x00"sv, "\x09\x02\x06\x00"sv, "\x09\x04\x06\x00"sv,
                         "\x09\x08\x08\x00"sv, "\x09\x08\x10\x00"sv}) {
    if (start.starts_with(bof)) return FileFormat::xls;
  }
  if (start.starts_with("7z\xBC\xAF\x27\x1C"sv)) return unsupported(path, "a 7z archive; use zip");
  if (start.starts_with("Rar!\x1A\x07"sv)) return unsupported(path, "a RAR archive; use zip");
  if (start.starts_with("%PDF-"sv)) return unsupported(path, "a PDF");
  if (start.starts_with("BZh"sv) ||
      start.starts_with("\xFD"
                        "7zXZ"sv) ||
      start.starts_with("\x28\xB5\x2F\xFD"sv)) {
    return unsupported(path, "packed by bzip2, xz or zstd; use gzip or zip");
  }
  if (start.size() >= 262 && start.substr(257, 5) == "ustar"sv) {
    return unsupported(path, "a tar archive; use zip");
  }
  return sniff_text(path, start);
}

Result<std::unique_ptr<RecordSource>> open_records(const Path& path, const OpenOptions& options) {
  const auto format = sniff(path);
  if (!format) return fail(format.error());
  switch (*format) {
    case FileFormat::xlsx:
      return open_xlsx(path, options.sheet);
    case FileFormat::xls:
      return open_xls(path, options.sheet, options.xls_reader);
    case FileFormat::xml:
      return open_xml(path, options.table_element, options.xml_elements);
    case FileFormat::parquet:
      return open_parquet(path);
    case FileFormat::text:
      return fail(ErrorKind::invalid_input, "file.is_text", path.string());
    case FileFormat::gzip:
    case FileFormat::zip:
      return fail(ErrorKind::invalid_input, "file.is_archive", path.string());
  }
  return fail(ErrorKind::invalid_input, "file.unsupported", path.string());
}

}  // namespace anlan::ingest
