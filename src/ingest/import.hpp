#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "ingest/part.hpp"
#include "ingest/reason.hpp"
#include "ingest/received_files.hpp"
#include "lake/deliveries.hpp"
#include "lake/workspace.hpp"

namespace anlan::ingest {

struct ImportOptions {
  std::string table;                  ///< name or Chinese title; empty: by the file's name
  std::filesystem::path map_file;     ///< empty: the one remembered for this header, if any
  std::string period;                 ///< "2018-11"; empty: by the file's name
  std::string encoding;               ///< empty: found out
  char delimiter = '\0';              ///< 0: found out
  std::vector<std::string> replaces;  ///< ids of active deliveries this file takes the place of
  bool replaces_period = false;       ///< … and all active ones of its table and period
  bool dry_run = false;               ///< check everything, write nothing
  std::string sheet;  ///< xlsx, xls: its name; empty: the first that holds something
  std::filesystem::path xml_elements;           ///< see OpenOptions
  unsigned threads = 0;                         ///< 0: as the workspace says
  Date today;                                   ///< for what dates are plausible
  std::size_t part_records = part_records_max;  ///< fewer only in tests
  std::string received_at;                      ///< RFC 3339
  const std::atomic<bool>* stop =
      nullptr;  ///< set from elsewhere to end as if nothing had been begun
};

struct ImportProgress {
  std::int64_t rows = 0;
  double fraction = -1;  ///< of the file; negative if unknown
  double seconds = 0;
};

/// What became of one file.
struct ImportReport {
  lake::Manifest manifest;     ///< in a dry run: as it would be
  bool already_there = false;  ///< the same file is an active delivery: nothing was done
  char delimiter = '\0';       ///< of text files
  std::string mapping;         ///< the mapping file used, "" if none
  std::vector<std::pair<std::string, std::string>> columns;  ///< their header → our column
  std::vector<std::string> ignored;                          ///< headers of no column
  std::vector<std::pair<Reason, std::int64_t>> reasons;      ///< rows by reason, most first
  std::vector<std::vector<std::string>>
      preview;  ///< dry run: our column names, then up to 20 rows as they would be
  std::filesystem::path rejects;  ///< "" if no row has a remark
  double seconds = 0;
};

/// Brings one file into the lake as a delivery, whole or not at all: whatever ends it early, kill
/// -9 included, the workspace is as before. Rows read = rows loaded + rows rejected, always. `lock`
/// is the workspace's lock_for_writing(); only a dry run does without. `progress` is called from
/// the calling thread, a few times a second. Cost: memory about 200 MB and 400 MB per thread, and 8
/// bytes per row; no file is ever held whole. Errors: invalid_input "import.table_unknown",
/// "import.empty", "import.column_missing", "import.column_twice", "import.map…", "csv.…",
/// "text.…", "file.…", "import.option"; not_found "file.unreadable", "delivery.missing"; conflict
/// "import.replaced_before", "import.file_changed"; unavailable "file.unwritable",
/// "import.interrupted".
Result<ImportReport> import_file(const lake::Workspace& workspace, const catalog::Catalog& catalog,
                                 const ReceivedFile& file, const ImportOptions& options,
                                 const FileLock* lock,
                                 const std::function<void(const ImportProgress&)>& progress = {});

}  // namespace anlan::ingest
