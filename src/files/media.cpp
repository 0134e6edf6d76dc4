#include "files/media.hpp"

#include <zip.h>

#include <array>
#include <fstream>
#include <memory>

namespace anlan::files {
namespace {

struct Kind {
  Media media;
  std::string_view word, mime, extension;
};
constexpr std::array<Kind, 8> kinds{{
    {Media::pdf, "pdf", "application/pdf", ".pdf"},
    {Media::png, "png", "image/png", ".png"},
    {Media::jpeg, "jpeg", "image/jpeg", ".jpg"},
    {Media::docx, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     ".docx"},
    {Media::xlsx, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     ".xlsx"},
    {Media::text, "text", "text/plain; charset=utf-8", ".txt"},
    {Media::zip, "zip", "application/zip", ".zip"},
    {Media::ofd, "ofd", "application/ofd", ".ofd"},
}};

const Kind& kind_of(Media media) {
  for (const auto& kind : kinds) {
    if (kind.media == media) return kind;
  }
  return kinds.front();
}

/// Takes bytes one by one and says whether they are UTF-8 without control characters but tab and
/// line ends.
class TextCheck {
 public:
  bool take(unsigned char c) {
    if (more_ > 0) {
      if (c < low_ || c > high_) return false;
      low_ = 0x80;
      high_ = 0xBF;
      --more_;
      return true;
    }
    if (c < 0x80) return (c >= 0x20 && c != 0x7F) || c == '\t' || c == '\n' || c == '\r';
    if (c < 0xC2 || c > 0xF4) return false;
    more_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    // Neither overlong forms, nor surrogates, nor what lies behind U+10FFFF.
    low_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    high_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    return true;
  }
  bool ends_well() const { return more_ == 0; }

 private:
  int more_ = 0;
  unsigned char low_ = 0x80, high_ = 0xBF;
};

Result<bool> is_text(std::ifstream& file, const std::filesystem::path& path) {
  TextCheck check;
  std::array<char, 64 * 1024> piece;
  file.clear();
  file.seekg(0);
  while (file) {
    file.read(piece.data(), piece.size());
    for (std::streamsize i = 0; i < file.gcount(); ++i) {
      if (!check.take(static_cast<unsigned char>(piece[static_cast<std::size_t>(i)]))) return false;
    }
  }
  if (file.bad()) return fail(ErrorKind::not_found, "file.unreadable", path.string());
  return check.ends_well();
}

/// An archive, or a document that is one inside.
Result<Media> archive_kind(const std::filesystem::path& path) {
  int code = 0;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code),
      [](zip_t* open) { zip_discard(open); });
  if (!archive) return fail(ErrorKind::invalid_input, "file.damaged", "zip");
  const auto has = [&](const char* name, zip_flags_t how = 0) {
    return zip_name_locate(archive.get(), name, how) >= 0;
  };
  // A macro lies in a member of this name, in whatever folder of the document.
  if (has("vbaProject.bin", ZIP_FL_NODIR | ZIP_FL_NOCASE)) {
    return fail(ErrorKind::invalid_input, "file.macros", "vbaProject.bin");
  }
  if (has("[Content_Types].xml")) {
    if (has("word/document.xml")) return Media::docx;
    if (has("xl/workbook.xml")) return Media::xlsx;
    return fail(ErrorKind::invalid_input, "file.kind_refused", "");
  }
  return has("OFD.xml") ? Media::ofd : Media::zip;
}

}  // namespace

std::string_view word_of(Media media) {
  return kind_of(media).word;
}
std::string_view mime_of(Media media) {
  return kind_of(media).mime;
}
std::string_view extension_of(Media media) {
  return kind_of(media).extension;
}

std::optional<Media> media_named(std::string_view word) {
  for (const auto& kind : kinds) {
    if (kind.word == word) return kind.media;
  }
  return std::nullopt;
}

Result<Media> media_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "file.unreadable", path.string());
  std::array<char, 8> bytes{};
  file.read(bytes.data(), bytes.size());
  const std::string_view head(bytes.data(), static_cast<std::size_t>(file.gcount()));
  if (head.empty()) return fail(ErrorKind::invalid_input, "file.empty");
  if (head.starts_with("%PDF-")) return Media::pdf;
  if (head == std::string_view("\x89PNG\r\n\x1a\n", 8)) return Media::png;
  if (head.starts_with("\xFF\xD8\xFF")) return Media::jpeg;
  if (head.starts_with(std::string_view("PK\x03\x04", 4))) return archive_kind(path);
  const auto text = is_text(file, path);
  if (!text) return fail(text.error());
  if (*text) return Media::text;
  return fail(ErrorKind::invalid_input, "file.kind_refused", "");
}

}  // namespace anlan::files
