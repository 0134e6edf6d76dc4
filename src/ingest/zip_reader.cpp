#include "ingest/zip_reader.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <system_error>

namespace anlan::ingest {
namespace {

tl::unexpected<Error> damaged(const std::string& file, const std::string& why) {
  return fail(ErrorKind::invalid_input, "file.damaged", file + ": " + why);
}

}  // namespace

void ZipArchive::Close::operator()(zip* archive) const {
  zip_discard(archive);
}
void ZipMember::Close::operator()(zip_file* file) const {
  zip_fclose(file);
}

Result<std::unique_ptr<ZipArchive>> ZipArchive::open(const std::filesystem::path& path,
                                                     const ZipLimits& limits) {
  auto archive = std::make_unique<ZipArchive>();
  archive->limits_ = limits;
  archive->file_name_ = path.filename().string();
  std::error_code cause;
  archive->file_size_ = std::filesystem::file_size(path, cause);
  if (cause) {
    return fail(ErrorKind::not_found, "file.unreadable", path.string() + ": " + cause.message());
  }
  int code = 0;
  archive->zip_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive->zip_ == nullptr) {
    if (code == ZIP_ER_OPEN || code == ZIP_ER_READ) {
      return fail(ErrorKind::not_found, "file.unreadable", path.string());
    }
    return damaged(archive->file_name_,
                   "the list of contents at its end is missing or wrong; it was cut off or changed "
                   "on the way");
  }
  return archive;
}

std::int64_t ZipArchive::count() const {
  return zip_get_num_entries(zip_.get(), 0);
}

std::string ZipArchive::raw_name(std::int64_t index) const {
  const char* name = zip_get_name(zip_.get(), static_cast<zip_uint64_t>(index), ZIP_FL_ENC_RAW);
  return name == nullptr ? "" : name;
}

bool ZipArchive::encrypted(std::int64_t index) const {
  zip_stat_t stat;
  return zip_stat_index(zip_.get(), static_cast<zip_uint64_t>(index), 0, &stat) == 0 &&
         (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE;
}

std::int64_t ZipArchive::find(const std::string& name) const {
  return zip_name_locate(zip_.get(), name.c_str(), ZIP_FL_NOCASE | ZIP_FL_ENC_RAW);
}

Result<ZipMember> ZipArchive::open_member(std::int64_t index) {
  ZipMember member;
  member.archive_ = this;
  member.name_ = raw_name(index);
  if (encrypted(index)) {
    return fail(ErrorKind::invalid_input, "file.zip_password", file_name_);
  }
  zip_stat_t stat;
  if (zip_stat_index(zip_.get(), static_cast<zip_uint64_t>(index), 0, &stat) != 0) {
    return damaged(file_name_, fmt::format("entry {} is unreadable", index + 1));
  }
  member.size_ = stat.size;
  member.packed_ = std::min<std::uint64_t>(stat.comp_size, file_size_);
  member.file_.reset(zip_fopen_index(zip_.get(), static_cast<zip_uint64_t>(index), 0));
  if (member.file_ == nullptr) {
    return damaged(file_name_, member.name_ + ": " + zip_strerror(zip_.get()));
  }
  return member;
}

Result<std::size_t> ZipMember::read(char* buffer, std::size_t size) {
  const zip_int64_t got = zip_fread(file_.get(), buffer, size);
  if (got < 0) {
    return damaged(archive_->file_name_, fmt::format("{}: {} after {} bytes", name_,
                                                     zip_file_strerror(file_.get()), done_));
  }
  done_ += static_cast<std::uint64_t>(got);
  archive_->unpacked_ += static_cast<std::uint64_t>(got);
  const auto& limits = archive_->limits_;
  if (archive_->unpacked_ > limits.bytes_max) {
    return fail(ErrorKind::invalid_input, "file.too_large",
                fmt::format("{}: more than {} bytes once unpacked", archive_->file_name_,
                            limits.bytes_max));
  }
  if (done_ > limits.ratio_from_bytes && done_ / limits.ratio_max > packed_) {
    return fail(ErrorKind::invalid_input, "file.zip_bomb",
                fmt::format("{}: {} grows from {} to more than {} bytes, over {}:1",
                            archive_->file_name_, name_, packed_, done_, limits.ratio_max));
  }
  return static_cast<std::size_t>(got);
}

double ZipMember::progress() const {
  if (size_ == 0) return -1;
  return std::min(1.0, static_cast<double>(done_) / static_cast<double>(size_));
}

Result<std::string> ZipArchive::read_all(std::int64_t index, std::uint64_t bytes_max) {
  auto member = open_member(index);
  if (!member) return fail(member.error());
  std::string content;
  char buffer[16384];
  for (;;) {
    const auto got = member->read(buffer, sizeof buffer);
    if (!got) return fail(got.error());
    if (*got == 0) return content;
    content.append(buffer, *got);
    if (content.size() > bytes_max) {
      return fail(
          ErrorKind::invalid_input, "file.too_large",
          fmt::format("{}: {} is larger than {} bytes", file_name_, raw_name(index), bytes_max));
    }
  }
}

}  // namespace anlan::ingest
