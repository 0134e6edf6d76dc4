#include "ingest/xls_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <freexl.h>
#include <iconv.h>
#include <linux/landlock.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/sheet_cell.hpp"
#include "ingest/xls_formulas.hpp"

extern char** environ;

// The child and its parent speak over a pipe in frames: kind (1 byte), length of the rest (4
// bytes), the rest.
//   'R' rows        per row: row number (4), cells (4); per cell: kind (1), length (4), text
//   'P' progress    thousandths (4)
//   'E' error       code, NUL, detail
//   'D' done        nothing; without it the child has died early
// Numbers are in the machine's own byte order: both ends are the same program.
namespace anlan::ingest {
namespace {

using Path = std::filesystem::path;

constexpr std::string_view child_argument = "--anlan-xls-reader";
constexpr std::uint32_t frame_bytes_max = 32 << 20;
constexpr std::size_t frame_bytes_full = 256 << 10;
constexpr std::uint32_t rows_max = 65'536;  // a sheet of Excel 2003
constexpr std::uint32_t columns_max = 256;
// FreeXL holds the whole sheet; 65,536 x 256 cells of 24 bytes, and their texts.
constexpr rlim_t child_memory_bytes = rlim_t{3} << 30;
constexpr rlim_t child_seconds = 120;
constexpr std::uintmax_t file_bytes_max = 1u << 30;

// ---------------------------------------------------------------- the child

void put_bytes(std::string& out, const void* value, std::size_t size) {
  out.append(static_cast<const char*>(value), size);
}

void put_number(std::string& out, std::uint32_t value) {
  put_bytes(out, &value, sizeof value);
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool write_frame(char kind, std::string_view content) {
  std::string head(1, kind);
  put_number(head, static_cast<std::uint32_t>(content.size()));
  return write_all(head) && write_all(content);
}

int report(std::string_view code, std::string_view detail) {
  std::string content(code);
  content += '\0';
  content += detail;
  return write_frame('E', content) ? 0 : 1;
}

/// Leaves this process able to read one file, to write to its pipe and to end.
/// Landlock, where the kernel has it, narrows "open for reading" to that file.
bool confine(const char* path) {
  const auto limit = [](int what, rlim_t value) {
    const rlimit bounds{value, value};
    return setrlimit(what, &bounds) == 0;
  };
  if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_CPU, child_seconds) || !limit(RLIMIT_FSIZE, 0))
    return false;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (!limit(RLIMIT_AS, child_memory_bytes)) return false;
#endif
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return path != nullptr;  // a sanitizer needs far more than the parser does
#else
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  const auto rule_set =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0));
  if (rule_set >= 0) {
    landlock_path_beneath_attr only{};
    only.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    only.parent_fd = ::open(path, O_PATH | O_CLOEXEC);
    const bool done =
        only.parent_fd >= 0 &&
        syscall(SYS_landlock_add_rule, rule_set, LANDLOCK_RULE_PATH_BENEATH, &only, 0) == 0 &&
        syscall(SYS_landlock_restrict_self, rule_set, 0) == 0;
    if (only.parent_fd >= 0) ::close(only.parent_fd);
    ::close(rule_set);
    if (!done) return false;
  }

  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return false;
  bool ok = true;
  const auto allow = [&](int call, auto... conditions) {
    ok = ok &&
         seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...) == 0;
  };
  // As SCMP_A0 and SCMP_A2 make them, but in C++: argument, comparison, mask or value, value.
  allow(SCMP_SYS(openat),
        scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY});
  allow(SCMP_SYS(write), scmp_arg_cmp{0, SCMP_CMP_EQ, STDOUT_FILENO, 0});
  allow(SCMP_SYS(mmap), scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0});
  for (const int call :
       {SCMP_SYS(read), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close), SCMP_SYS(fstat),
        SCMP_SYS(newfstatat), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
        SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(exit), SCMP_SYS(exit_group)}) {
    allow(call);
  }
  ok = ok && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return ok;
#endif
}

/// Conversions load their tables from disk, which the confined process may not do.
void load_conversions() {
  for (const char* charset :
       {"UTF-16LE", "UCS-2LE", "UCS2",   "ASCII",  "CP936",  "CP950",  "CP932",
        "CP949",    "CP437",   "CP850",  "CP1250", "CP1251", "CP1252", "CP1253",
        "CP1254",   "CP1255",  "CP1256", "CP1257", "CP1258", "CP874"}) {
    (void)iconv_open("UTF-8", charset);  // kept open, so that the tables stay
  }
}

CellKind append_cell(const FreeXL_CellValue& cell, std::string& out) {
  switch (cell.type) {
    case FREEXL_CELL_INT:
      out += std::to_string(cell.value.int_value);
      return CellKind::number;
    case FREEXL_CELL_DOUBLE: {
      std::array<char, 64> digits;
      const auto end =
          std::to_chars(digits.data(), digits.data() + digits.size(), cell.value.double_value).ptr;
      return append_decimal({digits.data(), static_cast<std::size_t>(end - digits.data())}, out);
    }
    case FREEXL_CELL_TEXT:
    case FREEXL_CELL_SST_TEXT:
      if (cell.value.text_value != nullptr) out += cell.value.text_value;
      return CellKind::text;
    case FREEXL_CELL_DATE:
    case FREEXL_CELL_DATETIME: {
      std::string_view moment = cell.value.text_value;
      constexpr std::string_view midnight = " 00:00:00";
      if (moment.ends_with(midnight)) moment.remove_suffix(midnight.size());
      out += moment;
      return CellKind::date;
    }
    case FREEXL_CELL_TIME:
      out += cell.value.text_value;
      return CellKind::text;
    default:
      return CellKind::text;  // empty
  }
}

/// One sheet as FreeXL has it, and what FreeXL leaves out.
class ChildSheet {
 public:
  ChildSheet(const void* book, std::uint32_t rows, std::uint32_t columns,
             const XlsExtraSheet& extras)
      : book_(book), rows_(rows), columns_(columns), extras_(extras.cells) {
    all_rows_ = rows;
    all_columns_ = columns;
    for (const auto& cell : extras_) {
      all_rows_ = std::max(all_rows_, cell.row + 1);
      all_columns_ = std::max(all_columns_, cell.column + 1);
    }
  }

  bool too_large() const { return all_rows_ > rows_max || all_columns_ > columns_max; }

  bool has_cells() const {
    if (!extras_.empty()) return true;
    FreeXL_CellValue cell{};
    for (std::uint32_t row = 0; row < rows_; ++row) {
      for (std::uint32_t column = 0; column < columns_; ++column) {
        if (value(row, column, cell) && cell.type != FREEXL_CELL_NULL) return true;
      }
    }
    return false;
  }

  int send() {
    std::string out;
    for (std::uint32_t row = 0; row < all_rows_; ++row) {
      if (!append_row(row, out))
        return report("file.damaged", fmt::format("row {} is unreadable", row + 1));
      if (out.size() > frame_bytes_max / 2) return report("file.too_large", "a row of over 16 MiB");
      if (out.size() < frame_bytes_full && row + 1 < all_rows_) continue;
      std::string thousandths;
      put_number(thousandths,
                 static_cast<std::uint32_t>(std::uint64_t{row + 1} * 1000 / all_rows_));
      if (!write_frame('R', out) || !write_frame('P', thousandths)) return 1;
      out.clear();
    }
    return write_frame('D', "") ? 0 : 1;
  }

 private:
  bool value(std::uint32_t row, std::uint32_t column, FreeXL_CellValue& cell) const {
    return freexl_get_cell_value(book_, row, static_cast<unsigned short>(column), &cell) ==
           FREEXL_OK;
  }

  /// Appends a row's cells without the empty ones at its end, or nothing if all are empty; false if
  /// unreadable.
  bool append_row(std::uint32_t row, std::string& out) {
    const std::size_t start = out.size();
    std::uint32_t cells = 0;
    std::size_t end = start;
    put_number(out, row + 1);
    put_number(out, 0);
    for (std::uint32_t column = 0; column < all_columns_; ++column) {
      const std::size_t at = out.size();
      out.append(5, '\0');
      CellKind kind = CellKind::text;
      if (next_extra_ < extras_.size() && extras_[next_extra_].row == row &&
          extras_[next_extra_].column == column) {
        kind = extras_[next_extra_].kind;
        out += kind == CellKind::formula_error && extras_[next_extra_].text.empty()
                   ? "="
                   : extras_[next_extra_].text;
        ++next_extra_;
      } else if (row < rows_ && column < columns_) {
        FreeXL_CellValue cell{};
        if (!value(row, column, cell)) return false;
        kind = append_cell(cell, out);
      }
      const auto size = static_cast<std::uint32_t>(out.size() - at - 5);
      out[at] = static_cast<char>(kind);
      std::memcpy(&out[at + 1], &size, sizeof size);
      if (size > 0) {
        cells = column + 1;
        end = out.size();
      }
    }
    out.resize(cells == 0 ? start : end);
    if (cells > 0) std::memcpy(&out[start + 4], &cells, sizeof cells);
    return true;
  }

  const void* book_;
  std::uint32_t rows_;
  std::uint32_t columns_;
  const std::vector<XlsExtraCell>& extras_;
  std::uint32_t all_rows_ = 0;
  std::uint32_t all_columns_ = 0;
  std::size_t next_extra_ = 0;
};

/// Reads a file whole by the calls that the confined process may make.
bool read_whole(const char* path, std::string& content) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return false;
  std::array<char, 65536> buffer;
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;) {
    content.append(buffer.data(), got);
  }
  const bool ok = std::ferror(file) == 0;
  std::fclose(file);
  return ok;
}

int run_child(const char* path, std::string_view wanted) {
  load_conversions();
  if (!confine(path)) return report("file.xls_reader", "cannot confine the reader");
  const void* book = nullptr;
  const int opened = freexl_open(path, &book);
  if (opened == FREEXL_INSUFFICIENT_MEMORY)
    return report("file.too_large", "more than 3 GiB of memory");
  if (opened != FREEXL_OK)
    return report("file.damaged",
                  fmt::format("FreeXL refuses it ({}); save it as .xlsx or CSV", opened));
  unsigned int protection = 0;
  if (freexl_get_info(book, FREEXL_BIFF_PASSWORD, &protection) == FREEXL_OK &&
      protection == FREEXL_BIFF_OBFUSCATED) {
    return report("file.xls_password", "");
  }
  std::vector<XlsExtraSheet> extras;
  {
    std::string whole;
    if (!read_whole(path, whole) || !read_xls_extras(whole, extras)) {
      return report("file.damaged", "its records are cut off or wrong");
    }
  }
  unsigned int sheets = 0;
  freexl_get_info(book, FREEXL_BIFF_SHEET_COUNT, &sheets);
  std::string names;
  for (unsigned int i = 0; i < sheets; ++i) {
    const auto sheet = static_cast<unsigned short>(i);
    const char* name = nullptr;
    if (freexl_get_worksheet_name(book, sheet, &name) != FREEXL_OK || name == nullptr) name = "";
    names += (i == 0 ? "" : ", ") + std::string(name);
    const XlsExtraSheet extra = i < extras.size() ? extras[i] : XlsExtraSheet{};
    if (wanted.empty() ? !extra.visible : wanted != name) continue;
    unsigned int rows = 0;
    unsigned short columns = 0;
    if (freexl_select_active_worksheet(book, sheet) != FREEXL_OK ||
        freexl_worksheet_dimensions(book, &rows, &columns) != FREEXL_OK) {
      return report("file.damaged", fmt::format("sheet {} is unreadable", i + 1));
    }
    ChildSheet content(book, rows, columns, extra);
    if (content.too_large())
      return report("file.too_large", fmt::format("{} rows of {} columns", rows, columns));
    if (content.has_cells()) return content.send();
    if (!wanted.empty()) return report("file.no_cells", "");
  }
  if (wanted.empty()) return report("file.no_cells", "");
  return report("file.sheet_missing", fmt::format("no sheet {}; there are: {}", wanted, names));
}

// --------------------------------------------------------------- the parent

/// Takes pieces off the front; every length is checked, as the child may have been taken over by
/// its file.
class FrameReader {
 public:
  explicit FrameReader(std::string_view bytes) : bytes_(bytes) {}
  bool number(std::uint32_t& value) {
    if (bytes_.size() < sizeof value) return false;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return true;
  }
  bool take(std::size_t size, std::string_view& piece) {
    if (bytes_.size() < size) return false;
    piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

class XlsSource : public RecordSource {
 public:
  XlsSource(std::string origin, pid_t child, int pipe)
      : origin_(std::move(origin)), child_(child), pipe_(pipe) {}
  ~XlsSource() override {
    ::close(pipe_);
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      wait_for_child();
    }
  }

  /// Reads ahead to the first rows, so that what is wrong with the file is known on opening it.
  Status read_first() {
    const auto more = next_frame();
    if (!more) return fail(more.error());
    return {};
  }

  Result<bool> next(RecordBatch& batch, std::size_t records_max) override {
    batch.clear();
    while (batch.records() < records_max) {
      if (rows_.at_end()) {
        if (done_ || batch.records() > 0) break;
        const auto more = next_frame();
        if (!more) return fail(more.error());
        continue;
      }
      if (!take_row(batch)) {
        done_ = true;
        return broken("sent what is no row");
      }
    }
    return batch.records() > 0;
  }

  double progress() const override { return done_ ? 1 : progress_; }

 private:
  tl::unexpected<Error> broken(const std::string& how) const {
    return fail(ErrorKind::invalid_input, "file.damaged",
                fmt::format("{}: the reader {}; save the file as .xlsx or CSV", origin_, how));
  }

  int wait_for_child() {
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    return status;
  }

  bool read_exactly(char* to, std::size_t size) {
    while (size > 0) {
      const ssize_t got = ::read(pipe_, to, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      to += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  /// How the child ended that did not say so itself.
  tl::unexpected<Error> early_end() {
    done_ = true;
    const int status = wait_for_child();
    if (WIFSIGNALED(status)) {
      const int signal = WTERMSIG(status);
      if (signal == SIGXCPU) return broken(fmt::format("took over {} seconds", child_seconds));
      return broken(fmt::format("was stopped by signal {} ({})", signal, ::strsignal(signal)));
    }
    if (WEXITSTATUS(status) == 127) {
      return fail(ErrorKind::unavailable, "file.xls_reader",
                  origin_ + ": the reader cannot be started");
    }
    return broken(fmt::format("ended with code {}", WEXITSTATUS(status)));
  }

  Result<bool> next_frame() {
    for (;;) {
      std::array<char, 5> head;
      if (!read_exactly(head.data(), head.size())) return early_end();
      std::uint32_t size = 0;
      std::memcpy(&size, &head[1], sizeof size);
      if (size > frame_bytes_max) {
        done_ = true;
        return broken("sent a frame that is too long");
      }
      frame_.resize(size);
      if (!read_exactly(frame_.data(), size)) return early_end();
      switch (head[0]) {
        case 'R':
          rows_ = FrameReader(frame_);
          if (rows_.at_end()) continue;
          return true;
        case 'P': {
          std::uint32_t thousandths = 0;
          if (FrameReader(frame_).number(thousandths))
            progress_ = std::min(thousandths, 1000u) / 1000.0;
          continue;
        }
        case 'D':
          done_ = true;
          return false;
        case 'E': {
          done_ = true;
          const auto end = std::min(frame_.find('\0'), frame_.size());
          const std::string code = frame_.substr(0, end);
          const std::string detail = frame_.substr(std::min(end + 1, frame_.size()));
          const bool ours = code == "file.xls_reader";
          return fail(ours ? ErrorKind::unavailable : ErrorKind::invalid_input, code,
                      detail.empty() ? origin_ : origin_ + ": " + detail);
        }
        default:
          done_ = true;
          return broken("sent an unknown frame");
      }
    }
  }

  bool take_row(RecordBatch& batch) {
    std::uint32_t row = 0;
    std::uint32_t cells = 0;
    if (!rows_.number(row) || !rows_.number(cells) || cells > columns_max || row > rows_max)
      return false;
    for (; cells > 0; --cells) {
      std::string_view kind;
      std::uint32_t size = 0;
      std::string_view text;
      if (!rows_.take(1, kind) || !rows_.number(size) || !rows_.take(size, text)) return false;
      if (static_cast<unsigned char>(kind[0]) >
          static_cast<unsigned char>(CellKind::formula_error)) {
        return false;
      }
      batch.arena += text;
      end_cell(batch, static_cast<CellKind>(kind[0]));
    }
    end_record(batch, row);
    return true;
  }

  std::string origin_;
  pid_t child_;
  int pipe_;
  std::string frame_;
  FrameReader rows_{""};
  double progress_ = 0;
  bool done_ = false;
};

}  // namespace

std::optional<int> run_xls_child_if_asked(int argc, char** argv) {
  if (argc != 4 || argv[1] != child_argument) return std::nullopt;
  return run_child(argv[2], argv[3]);
}

Result<std::unique_ptr<RecordSource>> open_xls(const Path& path, const std::string& sheet,
                                               const Path& reader) {
  std::error_code cause;
  const auto size = std::filesystem::file_size(path, cause);
  if (cause) {
    return fail(ErrorKind::not_found, "file.unreadable", path.string() + ": " + cause.message());
  }
  const std::string origin = path.filename().string();
  if (size > file_bytes_max) {
    return fail(ErrorKind::invalid_input, "file.too_large",
                origin + ": an .xls of more than 1 GiB");
  }
  const char* from_environment = std::getenv("ANLAN_XLS_READER");
  const std::string program = !reader.empty()               ? reader.string()
                              : from_environment != nullptr ? from_environment
                                                            : "/proc/self/exe";
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorKind::unavailable, "file.xls_reader", std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::string arguments[] = {program, std::string(child_argument),
                             std::filesystem::absolute(path).string(), sheet};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                  arguments[3].data(), nullptr};
  pid_t child = -1;
  const int spawned = ::posix_spawn(&child, program.c_str(), &actions, &attributes, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (spawned != 0) {
    ::close(ends[0]);
    return fail(ErrorKind::unavailable, "file.xls_reader",
                fmt::format("{}: {}", origin, std::strerror(spawned)));
  }
  auto source = std::make_unique<XlsSource>(origin, child, ends[0]);
  if (const auto read = source->read_first(); !read) return fail(read.error());
  return source;
}

}  // namespace anlan::ingest
