#include "journal/repair.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/journal.hpp"

namespace anlan::journal {
namespace {

/// Keeps a copy of the file, named after it and its hash; the hash.
Result<std::string> keep_aside(const std::filesystem::path& folder, Suite suite,
                               const std::filesystem::path& file, Repair& done) {
  const auto content = read_file(file);
  if (!content) return fail(content.error());
  const std::string hash = hex(hash_of(suite, *content).view());
  std::error_code error;
  std::filesystem::create_directories(folder / "damaged", error);
  if (!error) {
    std::filesystem::permissions(folder / "damaged", std::filesystem::perms::owner_all, error);
  }
  if (error) return fail(ErrorKind::unavailable, "file.unwritable", error.message());
  const auto kept = folder / "damaged" / (file.filename().string() + "-" + hash);
  if (!std::filesystem::exists(kept)) {
    if (auto written = write_file(kept, *content); !written) return fail(written.error());
    if (auto synced = sync_path(folder); !synced) return fail(synced.error());
    done.kept.push_back(kept);
  }
  return hash;
}

}  // namespace

Result<Repair> repair(const std::filesystem::path& folder, const Act& why) {
  Repair done;
  {
    auto log = Log::open_for_repair(folder);
    if (!log) return fail(log.error());
    const WallTime wall =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    for (;;) {
      const auto left = Wal::inspect(folder / "wal", log->published());
      if (!left) return fail(left.error());
      if (!left->damage) break;
      const auto hash = keep_aside(folder, log->settings().suite, left->damage->file, done);
      if (!hash) return fail(hash.error());
      // The log's time stands still here, since it may not overtake the entries that follow.
      WallTime at = log->last_time();
      if (!left->records.empty()) {
        const auto time = time_of_entry(left->records.back().entry);
        if (!time) return fail(time.error());
        at = *time;
      }
      const auto stand_in = [&](std::uint64_t index, std::size_t bytes) -> Result<Placed> {
        Act act = why;
        act.act = "journal.repair";
        act.subject = fmt::format("entry:{}", index);
        act.refs["kept"] = *hash;
        act.counts["bytes"] = static_cast<std::int64_t>(bytes);
        const auto prepared = prepare(log->settings().suite, act);
        if (!prepared) return fail(prepared.error());
        done.lost.push_back(index);
        return Placed{index, prepared->entry(at, wall), prepared->personal};
      };
      if (auto mended = Wal::mend(*left->damage, folder / "damaged" / "mended", stand_in);
          !mended) {
        return fail(mended.error());
      }
    }
  }
  if (done.lost.empty()) return fail(ErrorKind::invalid_input, "journal.nothing_to_repair", "");
  // Opening puts what is in the wal now under a checkpoint.
  if (const auto opened = Journal::open(folder); !opened) return fail(opened.error());
  return done;
}

}  // namespace anlan::journal
