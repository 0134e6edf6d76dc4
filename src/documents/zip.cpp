#include "documents/zip.hpp"

#include <zip.h>

#include <array>
#include <memory>

namespace anlan::documents {
namespace {

// 2018-01-01, as MS-DOS writes a day.
constexpr zip_uint16_t fixed_day = 0x4C21;

std::string words_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string words = zip_error_strerror(&error);
  zip_error_fini(&error);
  return words;
}

zip_source_t* source_of(zip_t* archive, const ZipPart& part) {
  if (const auto* bytes = std::get_if<std::string>(&part.content))
    return zip_source_buffer(archive, bytes->data(), bytes->size(), 0);
  return zip_source_file(archive, std::get<std::filesystem::path>(part.content).c_str(), 0, -1);
}

/// Adds the parts and closes the archive; "" or what went wrong.
std::string fill(zip_t* archive, const std::vector<ZipPart>& parts) {
  for (const auto& part : parts) {
    zip_source_t* source = source_of(archive, part);
    const auto index =
        source == nullptr ? -1 : zip_file_add(archive, part.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      if (source != nullptr) zip_source_free(source);
      std::string cause = zip_strerror(archive);
      zip_discard(archive);
      return cause;
    }
    zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, fixed_day, 0);
  }
  if (zip_close(archive) == 0) return {};
  std::string cause = zip_strerror(archive);
  zip_discard(archive);
  return cause.empty() ? "unknown" : cause;
}

}  // namespace

Status write_zip(const std::vector<ZipPart>& parts, const std::filesystem::path& path) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  const auto cause = archive == nullptr ? words_of(code) : fill(archive, parts);
  if (cause.empty()) return {};
  return fail(ErrorKind::unavailable, "file.unwritable", path.string() + ": " + cause);
}

Result<std::string> zip_bytes(const std::vector<ZipPart>& parts) {
  const auto broken = [](const std::string& cause) {
    return fail(ErrorKind::unavailable, "file.unwritable", "archive in memory: " + cause);
  };
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (buffer == nullptr) return broken(zip_error_strerror(&error));
  zip_source_keep(buffer);  // one hold is the archive's, one is ours
  zip_t* archive = zip_open_from_source(buffer, ZIP_CREATE | ZIP_TRUNCATE, &error);
  if (archive == nullptr) {
    zip_source_free(buffer);
    zip_source_free(buffer);
    return broken(zip_error_strerror(&error));
  }
  if (const auto cause = fill(archive, parts); !cause.empty()) {
    zip_source_free(buffer);
    return broken(cause);
  }
  zip_stat_t stat;
  zip_stat_init(&stat);
  std::string bytes;
  const bool read = zip_source_stat(buffer, &stat) == 0 && zip_source_open(buffer) == 0;
  if (read) {
    bytes.resize(stat.size);
    const auto got = zip_source_read(buffer, bytes.data(), bytes.size());
    zip_source_close(buffer);
    if (got != static_cast<zip_int64_t>(bytes.size())) bytes.clear();
  }
  zip_source_free(buffer);
  if (bytes.empty()) return broken("it cannot be read back");
  return bytes;
}

Status read_zip(const std::filesystem::path& path, const TakePiece& take) {
  if (!std::filesystem::exists(path))
    return fail(ErrorKind::not_found, "file.unreadable", path.string() + ": no such file");
  const auto damaged = [&](const std::string& cause) {
    return fail(ErrorKind::invalid_input, "zip.damaged", path.string() + ": " + cause);
  };
  int code = 0;
  const std::unique_ptr<zip_t, decltype(&zip_discard)> archive(
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code), &zip_discard);
  if (archive == nullptr) return damaged(words_of(code));
  const auto parts = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < parts; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* name = zip_get_name(archive.get(), index, ZIP_FL_ENC_GUESS);
    if (name == nullptr) return damaged(zip_strerror(archive.get()));
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
        zip_fopen_index(archive.get(), index, 0), &zip_fclose);
    if (file == nullptr) return damaged(std::string(name) + ": " + zip_strerror(archive.get()));
    std::array<char, 1 << 16> piece;
    for (;;) {
      const auto got = zip_fread(file.get(), piece.data(), piece.size());
      if (got < 0) return damaged(std::string(name) + ": " + zip_file_strerror(file.get()));
      if (auto taken = take(name, {piece.data(), static_cast<std::size_t>(got)}); !taken)
        return taken;
      if (got == 0) break;
    }
  }
  return {};
}

}  // namespace anlan::documents
