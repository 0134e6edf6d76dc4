#include "server/upload.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/check.hpp"

namespace anlan::server {
namespace {

class Upload : public BodySink {
 public:
  explicit Upload(files::Incoming into) : incoming(std::move(into)) {}
  Status take(std::string_view piece) override { return incoming.take(piece); }
  const std::string& sha256() override { return incoming.sha256(); }

  files::Incoming incoming;
};

/// As RFC 8187 wants it: all but letters, digits and a few marks as %XX.
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// The name for programs that know no more than ASCII.
std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = c > 0x20 && c < 0x7F && c != '"' && c != '\\' && c != ';';
    if (plain) {
      out += c;
    } else if (out.empty() || out.back() != '_') {
      out += '_';
    }
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<BodySink>> make_upload(const std::filesystem::path& folder,
                                              std::size_t bytes_max) {
  auto incoming = files::Incoming::begin(folder, bytes_max);
  if (!incoming) return fail(incoming.error());
  return std::shared_ptr<BodySink>(std::make_shared<Upload>(std::move(*incoming)));
}

files::Incoming& upload_of(const Call& call) {
  auto* upload = dynamic_cast<Upload*>(call.request.sink.get());
  CHECK(upload != nullptr);  // only a request with its sink comes this far
  return upload->incoming;
}

Result<std::string> upload_name(Call& call) {
  const std::string given = call.text("x-file-name");
  if (given.empty()) return std::string();
  auto name = percent_decoded(given, false);
  if (!name) {
    return call.wrong("header", "/x-file-name",
                      {ErrorKind::invalid_input, "request.file_name", "UTF-8, percent-encoded"});
  }
  return std::move(*name);
}

Result<Answer> attachment(const std::filesystem::path& path, std::string_view mime,
                          const std::string& name, bool temporary) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (temporary) ::unlink(path.c_str());
  if (file < 0) return fail(ErrorKind::unavailable, "file.unreadable", path.string());
  const std::shared_ptr<void> closer(nullptr, [file](void*) { ::close(file); });
  Answer answer{.media = std::string(mime)};
  answer.fields.emplace_back("content-disposition",
                             fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}",
                                         plain_name(name), percent_encoded(name)));
  answer.pieces = [file, closer]() -> Result<std::string> {
    constexpr std::size_t piece_bytes = 64 * 1024;
    std::string piece(piece_bytes, '\0');
    const auto got = ::read(file, piece.data(), piece.size());
    if (got < 0) return fail(ErrorKind::unavailable, "file.unreadable", "attachment");
    piece.resize(static_cast<std::size_t>(got));
    return piece;
  };
  return answer;
}

Result<std::filesystem::path> temporary_file() {
  std::string path = (std::filesystem::temp_directory_path() / "anlan-answer-XXXXXX").string();
  const int made = ::mkostemp(path.data(), O_CLOEXEC);
  if (made < 0) return fail(ErrorKind::unavailable, "file.unwritable", "answer");
  ::close(made);
  return std::filesystem::path(path);
}

}  // namespace anlan::server
