// A disk and a clock that fail on demand, put before the C library with LD_PRELOAD. Watches every
// change below one folder, writes what it saw to a trace, from which disk.py makes what a power cut
// would leave, and spoils chosen operations.
//
//   ANLAN_FAULTS_ROOT   the folder; without it everything passes untouched
//   ANLAN_FAULTS_TRACE  where the trace goes; outside of the folder
//   ANLAN_FAULTS        "AT:KIND[:ARGUMENT];…": at the AT-th change (from 1), or the first one
//   after
//                       it that can fail so:
//     eio               a change fails with EIO
//     full:N            of this and the next N-1 changes, those that need space fail with ENOSPC;
//                       a write that meets it first still writes its first half
//     short:P           a write writes P thousandths and says so
//     tear:P            a write writes P thousandths, then the process is killed
//     kill, killafter   the process is killed before or behind the change
//     lie               a sync does nothing and says it was done
//     clock:MS          from here on the wall clock is that much off

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

template <class Function>
Function* real(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

enum class Change { open, write, sync, truncate, rename, remove, folder };

struct Planned {
  std::uint64_t at = 0;
  std::string kind;
  std::int64_t argument = 0;
  bool used = false;

  bool fits(Change change) const {
    if (kind == "short" || kind == "tear") return change == Change::write;
    if (kind == "lie") return change == Change::sync;
    return true;
  }
};

/// What is to become of one change.
struct Fate {
  int error = 0;
  bool lie = false;
  bool die_before = false;
  bool die_after = false;
  std::int64_t thousandths = -1;  ///< of a write that are written
};

/// Numbers in a trace are the machine's own; it never leaves it.
struct TraceHead {
  std::uint32_t kind;
  std::uint32_t handle;
  std::uint64_t number;
  std::int32_t flags;
  std::uint32_t path;
  std::uint32_t path2;
  std::uint32_t data;
};

enum TraceKind : std::uint32_t {
  trace_open = 1,
  trace_write = 2,
  trace_truncate = 3,
  trace_sync_begin = 4,
  trace_sync_end = 5,
  trace_rename = 6,
  trace_remove = 7,
  trace_folder = 8,
  trace_fault = 9,
};
enum OpenFlags : std::int32_t { open_created = 1, open_emptied = 2 };

constexpr int files_max = 4096;
/// Where files lie in memory a sync is over at once, and nobody would ever wait for another's.
constexpr useconds_t sync_microseconds = 100;

class Shim {
 public:
  Shim() {
    const char* root = std::getenv("ANLAN_FAULTS_ROOT");
    if (root == nullptr) return;
    root_ = root;
    if (const char* trace = std::getenv("ANLAN_FAULTS_TRACE")) {
      trace_ = static_cast<int>(
          ::syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600));
    }
    if (const char* plan = std::getenv("ANLAN_FAULTS")) read_plan(plan);
  }

  bool watches(std::string_view path) const {
    return !root_.empty() && path.starts_with(root_) &&
           (path.size() == root_.size() || path[root_.size()] == '/');
  }
  std::uint32_t handle(int file) const {
    return file >= 0 && file < files_max ? handles_[static_cast<std::size_t>(file)].load() : 0;
  }
  std::uint32_t watch(int file) {
    if (file < 0 || file >= files_max) std::abort();
    handles_[static_cast<std::size_t>(file)] = ++last_handle_;
    return last_handle_;
  }
  void forget(int file) {
    if (file >= 0 && file < files_max) handles_[static_cast<std::size_t>(file)] = 0;
  }

  /// Counts a change and says what becomes of it. The caller holds `mutex`.
  Fate fate(Change change, bool needs_space) {
    ++changes_;
    Fate fate;
    for (auto& planned : plan_) {
      if (planned.at > changes_) continue;
      if (planned.kind == "full") {
        if (planned.used || changes_ >= planned.at + static_cast<std::uint64_t>(planned.argument)) {
          continue;
        }
        if (!needs_space) continue;
        fate.error = ENOSPC;
        if (!planned_full_begun_) fate.thousandths = 500;
        planned_full_begun_ = true;
        tell("full");
        continue;
      }
      if (planned.used || !planned.fits(change)) continue;
      planned.used = true;
      tell(planned.kind);
      if (planned.kind == "eio") fate.error = EIO;
      if (planned.kind == "short") fate.thousandths = planned.argument;
      if (planned.kind == "tear") {
        fate.thousandths = planned.argument;
        fate.die_after = true;
      }
      if (planned.kind == "kill") fate.die_before = true;
      if (planned.kind == "killafter") fate.die_after = true;
      if (planned.kind == "lie") fate.lie = true;
      if (planned.kind == "clock") clock_off_ms += planned.argument;
    }
    if (fate.die_before) die();
    return fate;
  }

  [[noreturn]] static void die() {
    ::syscall(SYS_kill, ::getpid(), SIGKILL);
    std::abort();
  }

  void trace(TraceKind kind, std::uint32_t handle, std::uint64_t number, std::int32_t flags = 0,
             std::string_view path = {}, std::string_view path2 = {}, std::string_view data = {}) {
    if (trace_ < 0) return;
    const TraceHead head{kind,
                         handle,
                         number,
                         flags,
                         static_cast<std::uint32_t>(path.size()),
                         static_cast<std::uint32_t>(path2.size()),
                         static_cast<std::uint32_t>(data.size())};
    record_.assign(reinterpret_cast<const char*>(&head), sizeof head);
    record_.append(path).append(path2).append(data);
    for (std::string_view rest = record_; !rest.empty();) {
      const long put = ::syscall(SYS_write, trace_, rest.data(), rest.size());
      if (put <= 0) std::abort();
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  std::mutex mutex;
  std::uint64_t syncs = 0;
  std::atomic<std::int64_t> clock_off_ms{0};

 private:
  void tell(const std::string& kind) { trace(trace_fault, 0, changes_, 0, kind); }

  void read_plan(std::string_view plan) {
    while (!plan.empty()) {
      const auto end = std::min(plan.find(';'), plan.size());
      std::string one(plan.substr(0, end));
      plan.remove_prefix(std::min(end + 1, plan.size()));
      const auto colon = one.find(':');
      if (colon == std::string::npos) std::abort();
      Planned planned;
      planned.at = std::strtoull(one.c_str(), nullptr, 10);
      planned.kind = one.substr(colon + 1);
      if (const auto second = planned.kind.find(':'); second != std::string::npos) {
        planned.argument = std::strtoll(planned.kind.c_str() + second + 1, nullptr, 10);
        planned.kind.resize(second);
      }
      plan_.push_back(std::move(planned));
    }
  }

  std::string root_;
  int trace_ = -1;
  std::vector<Planned> plan_;
  bool planned_full_begun_ = false;
  std::uint64_t changes_ = 0;
  std::array<std::atomic<std::uint32_t>, files_max> handles_{};
  std::uint32_t last_handle_ = 0;
  std::string record_;
};

Shim& shim() {
  static Shim* const one = new Shim;  // lives as long as the process, whatever ends first
  return *one;
}

int failed(int error) {
  errno = error;
  return -1;
}

std::string plain(std::string path) {
  path = std::filesystem::path(std::move(path)).lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string path_at(int folder, const char* path) {
  if (path[0] == '/') return plain(path);
  std::array<char, 4096> base{};
  if (folder == AT_FDCWD) {
    if (::getcwd(base.data(), base.size()) == nullptr) return path;
  } else {
    const std::string link = "/proc/self/fd/" + std::to_string(folder);
    const ssize_t size = ::readlink(link.c_str(), base.data(), base.size() - 1);
    if (size <= 0) return path;
  }
  return plain(std::string(base.data()) + "/" + path);
}

int open_watched(int folder, const char* name, int flags, unsigned mode) {
  using Open = int(int, const char*, int, ...);
  static Open* const open_now = real<Open>("openat");
  const std::string path = path_at(folder, name);
  Shim& all = shim();
  if (!all.watches(path)) return open_now(folder, name, flags, mode);
  const std::lock_guard lock(all.mutex);
  struct stat before {};
  const bool there = ::lstat(path.c_str(), &before) == 0;
  std::int32_t marks = 0;
  if (!there && (flags & O_CREAT) != 0) marks |= open_created;
  if (there && (flags & O_TRUNC) != 0) marks |= open_emptied;
  Fate fate;
  if (marks != 0) fate = all.fate(Change::open, (marks & open_created) != 0);
  if (fate.error != 0) return failed(fate.error);
  const int file = open_now(folder, name, flags, mode);
  const int cause = errno;
  if (file >= 0) {
    const auto handle = all.watch(file);
    all.trace(trace_open, handle, mode, marks, path);
  }
  if (fate.die_after) Shim::die();
  errno = cause;
  return file;
}

ssize_t write_watched(int file, const void* from, std::size_t count, off_t at) {
  using Write = ssize_t(int, const void*, std::size_t);
  using WriteAt = ssize_t(int, const void*, std::size_t, off_t);
  static Write* const write_now = real<Write>("write");
  static WriteAt* const write_at_now = real<WriteAt>("pwrite");
  Shim& all = shim();
  const auto handle = all.handle(file);
  const auto put = [&](std::size_t bytes) {
    return at < 0 ? write_now(file, from, bytes) : write_at_now(file, from, bytes, at);
  };
  if (handle == 0) return put(count);
  const std::lock_guard lock(all.mutex);
  const Fate fate = all.fate(Change::write, true);
  std::size_t bytes = count;
  if (fate.thousandths >= 0) {
    bytes = count * static_cast<std::size_t>(fate.thousandths) / 1000;
  } else if (fate.error != 0) {
    return failed(fate.error);
  }
  if (bytes == 0 && fate.error != 0) return failed(fate.error);
  if (bytes == 0 && count > 0 && !fate.die_after) bytes = 1;
  off_t where = at;
  if (where < 0) {
    struct stat now {};
    const bool appends = (::fcntl(file, F_GETFL) & O_APPEND) != 0 && ::fstat(file, &now) == 0;
    where = appends ? now.st_size : ::lseek(file, 0, SEEK_CUR);
  }
  const ssize_t done = put(bytes);
  const int cause = errno;
  if (done > 0) {
    all.trace(trace_write, handle, static_cast<std::uint64_t>(where), 0, {}, {},
              {static_cast<const char*>(from), static_cast<std::size_t>(done)});
  }
  if (fate.die_after) Shim::die();
  errno = cause;
  return done;
}

/// `everything`: the whole file system, which for the trace is all that is watched.
int sync_watched(int file, const char* name, bool everything) {
  auto* const sync_now = real<int(int)>(name);
  Shim& all = shim();
  const auto handle = all.handle(file);
  if (handle == 0) return sync_now(file);
  Fate fate;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(all.mutex);
    fate = all.fate(Change::sync, false);
    number = ++all.syncs;
    all.trace(trace_sync_begin, handle, number, everything ? 1 : 0);
  }
  int done = 0;
  int cause = fate.error;
  if (fate.error == 0 && !fate.lie) {
    done = sync_now(file);
    cause = done == 0 ? 0 : errno;
    ::usleep(sync_microseconds);
  }
  const std::lock_guard lock(all.mutex);
  if (!fate.lie) all.trace(trace_sync_end, handle, number, cause);
  if (fate.die_after) Shim::die();
  return cause == 0 ? 0 : failed(cause);
}

int truncate_watched(int file, off_t size) {
  static auto* const truncate_now = real<int(int, off_t)>("ftruncate");
  Shim& all = shim();
  const auto handle = all.handle(file);
  if (handle == 0) return truncate_now(file, size);
  const std::lock_guard lock(all.mutex);
  const Fate fate = all.fate(Change::truncate, false);
  if (fate.error != 0) return failed(fate.error);
  const int done = truncate_now(file, size);
  const int cause = errno;
  if (done == 0) all.trace(trace_truncate, handle, static_cast<std::uint64_t>(size));
  if (fate.die_after) Shim::die();
  errno = cause;
  return done;
}

int allocate_watched(int file, int mode, off_t from, off_t size) {
  static auto* const allocate_now = real<int(int, int, off_t, off_t)>("fallocate");
  Shim& all = shim();
  const auto handle = all.handle(file);
  if (handle == 0) return allocate_now(file, mode, from, size);
  const std::lock_guard lock(all.mutex);
  const Fate fate = all.fate(Change::truncate, true);
  if (fate.error != 0) return failed(fate.error);
  struct stat now {};
  const int done = allocate_now(file, mode, from, size);
  const int cause = errno;
  if (done == 0 && mode == 0 && ::fstat(file, &now) == 0) {
    all.trace(trace_truncate, handle, static_cast<std::uint64_t>(now.st_size));
  }
  if (fate.die_after) Shim::die();
  errno = cause;
  return done;
}

template <class Do>
int change_names(Change change, TraceKind kind, const std::string& path, const std::string& path2,
                 unsigned mode, const Do& act) {
  Shim& all = shim();
  if (!all.watches(path)) return act();
  const std::lock_guard lock(all.mutex);
  const Fate fate = all.fate(change, change != Change::remove);
  if (fate.error != 0) return failed(fate.error);
  const int done = act();
  const int cause = errno;
  if (done == 0) all.trace(kind, 0, mode, 0, path, path2);
  if (fate.die_after) Shim::die();
  errno = cause;
  return done;
}

unsigned mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, unsigned) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = mode_of(flags, rest);
  va_end(rest);
  return open_watched(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = mode_of(flags, rest);
  va_end(rest);
  return open_watched(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = mode_of(flags, rest);
  va_end(rest);
  return open_watched(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = mode_of(flags, rest);
  va_end(rest);
  return open_watched(folder, path, flags, mode);
}

int close(int file) {
  static auto* const close_now = real<int(int)>("close");
  shim().forget(file);
  return close_now(file);
}

ssize_t write(int file, const void* from, size_t count) {
  return write_watched(file, from, count, -1);
}

ssize_t pwrite(int file, const void* from, size_t count, off_t at) {
  return write_watched(file, from, count, at);
}

ssize_t pwrite64(int file, const void* from, size_t count, off64_t at) {
  return write_watched(file, from, count, at);
}

ssize_t writev(int file, const iovec* parts, int count) {
  static auto* const writev_now = real<ssize_t(int, const iovec*, int)>("writev");
  if (shim().handle(file) == 0) return writev_now(file, parts, count);
  std::string all;
  for (int i = 0; i < count; ++i) {
    all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return write_watched(file, all.data(), all.size(), -1);
}

int fsync(int file) {
  return sync_watched(file, "fsync", false);
}

int fdatasync(int file) {
  return sync_watched(file, "fdatasync", false);
}

int syncfs(int file) noexcept {
  return sync_watched(file, "syncfs", true);
}

int ftruncate(int file, off_t size) noexcept {
  return truncate_watched(file, size);
}

int ftruncate64(int file, off64_t size) noexcept {
  return truncate_watched(file, size);
}

int fallocate(int file, int mode, off_t from, off_t size) {
  return allocate_watched(file, mode, from, size);
}

int fallocate64(int file, int mode, off64_t from, off64_t size) {
  return allocate_watched(file, mode, from, size);
}

int posix_fallocate(int file, off_t from, off_t size) {
  return allocate_watched(file, 0, from, size) == 0 ? 0 : errno;
}

int posix_fallocate64(int file, off64_t from, off64_t size) {
  return allocate_watched(file, 0, from, size) == 0 ? 0 : errno;
}

int rename(const char* from, const char* to) noexcept {
  static auto* const rename_now = real<int(const char*, const char*)>("rename");
  return change_names(Change::rename, trace_rename, path_at(AT_FDCWD, from), path_at(AT_FDCWD, to),
                      0, [&] { return rename_now(from, to); });
}

int unlink(const char* path) noexcept {
  static auto* const unlink_now = real<int(const char*)>("unlink");
  return change_names(Change::remove, trace_remove, path_at(AT_FDCWD, path), {}, 0,
                      [&] { return unlink_now(path); });
}

int rmdir(const char* path) noexcept {
  static auto* const rmdir_now = real<int(const char*)>("rmdir");
  return change_names(Change::remove, trace_remove, path_at(AT_FDCWD, path), {}, 0,
                      [&] { return rmdir_now(path); });
}

int remove(const char* path) noexcept {
  static auto* const remove_now = real<int(const char*)>("remove");
  return change_names(Change::remove, trace_remove, path_at(AT_FDCWD, path), {}, 0,
                      [&] { return remove_now(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static auto* const unlinkat_now = real<int(int, const char*, int)>("unlinkat");
  return change_names(Change::remove, trace_remove, path_at(folder, path), {}, 0,
                      [&] { return unlinkat_now(folder, path, flags); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const mkdir_now = real<int(const char*, mode_t)>("mkdir");
  return change_names(Change::folder, trace_folder, path_at(AT_FDCWD, path), {}, mode,
                      [&] { return mkdir_now(path, mode); });
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* const clock_now = real<int(clockid_t, timespec*)>("clock_gettime");
  const int done = clock_now(clock, now);
  const std::int64_t off = shim().clock_off_ms;
  if (done != 0 || off == 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) {
    return done;
  }
  std::int64_t nanoseconds = now->tv_sec * 1'000'000'000 + now->tv_nsec + off * 1'000'000;
  now->tv_sec = nanoseconds / 1'000'000'000;
  now->tv_nsec = nanoseconds % 1'000'000'000;
  return done;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec fine{};
  const int done = clock_gettime(CLOCK_REALTIME, &fine);
  now->tv_sec = fine.tv_sec;
  now->tv_usec = fine.tv_nsec / 1000;
  return done;
}

time_t time(time_t* to) noexcept {
  timespec fine{};
  clock_gettime(CLOCK_REALTIME, &fine);
  if (to != nullptr) *to = fine.tv_sec;
  return fine.tv_sec;
}
}
