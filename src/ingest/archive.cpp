#include "ingest/archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "ingest/gb18030.hpp"
#include "ingest/sniff.hpp"
#include "ingest/zip_reader.hpp"

namespace anlan::ingest {
namespace {

using Path = std::filesystem::path;

constexpr std::size_t buffer_size = 1 << 16;

tl::unexpected<Error> unwritable(const Path& path, int cause) {
  return fail(ErrorKind::unavailable, "file.unwritable",
              path.string() + ": " + std::strerror(cause));
}

tl::unexpected<Error> damaged(const Path& path, const std::string& why) {
  return fail(ErrorKind::invalid_input, "file.damaged", path.filename().string() + ": " + why);
}

class InputFile {
 public:
  explicit InputFile(const Path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~InputFile() {
    if (file_ >= 0) ::close(file_);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  bool is_open() const { return file_ >= 0; }
  ssize_t read(void* buffer, std::size_t size) {
    ssize_t got = 0;
    do got = ::read(file_, buffer, size);
    while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int file_;
};

struct Inflater {
  z_stream stream{};
  // 16 beside the window: a gzip header and checksum are expected.
  bool ok = inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK;
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

Result<TempFile> gunzip(const Path& path, const Path& temp_folder, const UnpackLimits& limits) {
  InputFile input(path);
  if (!input.is_open()) {
    return fail(ErrorKind::not_found, "file.unreadable",
                path.string() + ": " + std::strerror(errno));
  }
  auto output = TempFile::make(temp_folder);
  if (!output) return output;
  Inflater inflater;
  if (!inflater.ok) return fail(ErrorKind::unavailable, "file.unreadable", "out of memory");
  auto& stream = inflater.stream;

  std::array<unsigned char, buffer_size> in;
  std::array<unsigned char, buffer_size> out;
  std::uint64_t packed = 0;
  std::uint64_t unpacked = 0;
  bool between_members = false;  // a member has ended and no other begun
  for (;;) {
    const ssize_t got = input.read(in.data(), in.size());
    if (got < 0) {
      return fail(ErrorKind::not_found, "file.unreadable",
                  path.string() + ": " + std::strerror(errno));
    }
    if (got == 0) break;
    packed += static_cast<std::uint64_t>(got);
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(got);
    while (stream.avail_in > 0) {
      if (between_members) {
        if (*stream.next_in == 0) {  // tapes and some systems fill the end with zeros
          ++stream.next_in;
          --stream.avail_in;
          continue;
        }
        inflateReset(&stream);
        between_members = false;
      }
      int state = Z_OK;
      do {
        stream.next_out = out.data();
        stream.avail_out = static_cast<uInt>(out.size());
        state = inflate(&stream, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
          return damaged(path, fmt::format("wrong data near byte {} ({})", packed - stream.avail_in,
                                           stream.msg == nullptr ? "gzip" : stream.msg));
        }
        const std::size_t made = out.size() - stream.avail_out;
        unpacked += made;
        if (unpacked > limits.bytes_max) {
          return fail(ErrorKind::invalid_input, "file.too_large",
                      fmt::format("{}: more than {} bytes once unpacked", path.filename().string(),
                                  limits.bytes_max));
        }
        if (unpacked > limits.ratio_from_bytes && unpacked / limits.ratio_max > packed) {
          return fail(ErrorKind::invalid_input, "file.zip_bomb",
                      fmt::format("{}: grows from {} to more than {} bytes, over {}:1",
                                  path.filename().string(), packed, unpacked, limits.ratio_max));
        }
        const auto put = output->write(reinterpret_cast<const char*>(out.data()), made);
        if (!put) return fail(put.error());
      } while (state == Z_OK && stream.avail_out == 0);
      if (state == Z_STREAM_END) {
        between_members = true;
      } else if (state == Z_BUF_ERROR && stream.avail_in > 0) {
        return damaged(path, fmt::format("wrong data near byte {}", packed));
      }
    }
  }
  if (!between_members) return damaged(path, fmt::format("cut off after {} bytes", packed));
  output->close();
  return output;
}

/// Zip writers in China put names down in GB18030 without saying so.
std::string name_text(const std::string& raw) {
  if (is_utf8(raw)) return raw;
  std::string text;
  return Gb18030Decoder().decode(raw, true, text) ? text : std::string("?");
}

bool is_clutter(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  const auto last = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return last.empty() || name.starts_with("__MACOSX/") || last == ".DS_Store" ||
         last == "Thumbs.db" || last == "desktop.ini" || last.starts_with("~$");
}

Status refuse_nested(const UnpackedFile& unpacked, const Path& archive) {
  const auto format = sniff(unpacked.file.path());
  // A file that cannot be used is reported when it is opened, under its own name.
  if (!format || (*format != FileFormat::gzip && *format != FileFormat::zip)) return {};
  return fail(ErrorKind::invalid_input, "file.nested_archive",
              fmt::format("{}: {} is itself packed; unpack it first", archive.filename().string(),
                          unpacked.name));
}

Result<std::vector<UnpackedFile>> unzip(const Path& path, const Path& temp_folder,
                                        const UnpackLimits& limits) {
  auto zip = ZipArchive::open(path, {limits.bytes_max, limits.ratio_max, limits.ratio_from_bytes});
  if (!zip) return fail(zip.error());
  std::vector<UnpackedFile> files;
  std::vector<char> buffer(buffer_size);
  for (std::int64_t i = 0; i < (*zip)->count(); ++i) {
    const std::string name = name_text((*zip)->raw_name(i));
    if (is_clutter(name)) continue;
    if (files.size() == limits.files_max) {
      return fail(
          ErrorKind::invalid_input, "file.too_large",
          fmt::format("{}: more than {} files", path.filename().string(), limits.files_max));
    }
    auto member = (*zip)->open_member(i);
    if (!member) return fail(member.error());
    auto file = TempFile::make(temp_folder);
    if (!file) return fail(file.error());
    for (;;) {
      const auto got = member->read(buffer.data(), buffer.size());
      if (!got) return fail(got.error());
      if (*got == 0) break;
      if (const auto put = file->write(buffer.data(), *got); !put) return fail(put.error());
    }
    file->close();
    files.push_back({name, std::move(*file)});
    if (const auto plain = refuse_nested(files.back(), path); !plain) return fail(plain.error());
  }
  return files;
}

}  // namespace

Result<TempFile> TempFile::make(const Path& folder) {
  std::string name = (folder / "unpacked-XXXXXX").string();
  const int file = ::mkostemp(name.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return unwritable(folder, errno);
  return TempFile(name, file);
}

TempFile& TempFile::operator=(TempFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  return *this;
}

TempFile::~TempFile() {
  close();
  if (!path_.empty()) ::unlink(path_.c_str());
}

Status TempFile::write(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t put = ::write(file_, bytes, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return unwritable(path_, errno);
    bytes += put;
    size -= static_cast<std::size_t>(put);
  }
  return {};
}

void TempFile::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

Result<std::vector<UnpackedFile>> unpack(const Path& path, const Path& temp_folder,
                                         const UnpackLimits& limits) {
  const auto format = sniff(path);
  if (!format) return fail(format.error());
  if (*format == FileFormat::zip) return unzip(path, temp_folder, limits);
  if (*format != FileFormat::gzip) {
    return fail(ErrorKind::invalid_input, "file.unsupported",
                path.filename().string() + ": neither gzip nor zip");
  }
  auto file = gunzip(path, temp_folder, limits);
  if (!file) return fail(file.error());
  std::vector<UnpackedFile> files;
  const Path name = path.filename();
  files.push_back({(name.extension() == ".gz" ? name.stem() : name).string(), std::move(*file)});
  if (const auto plain = refuse_nested(files.back(), path); !plain) return fail(plain.error());
  return files;
}

}  // namespace anlan::ingest
