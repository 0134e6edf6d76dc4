#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "lake/workspace.hpp"

namespace anlan::lake {

/// What one received file became. Written as `manifest.json` beside its Parquet parts; never
/// changes.
struct Manifest {
  std::string id;  ///< 16 hex digits: hash of table, source_sha256, mapping and replaced deliveries
  std::string table;
  std::string source;  ///< name of the file as received
  std::string source_sha256;
  std::string format;          ///< csv | xlsx | xls | parquet | xml
  std::string encoding;        ///< UTF-8 | UTF-16LE | UTF-16BE | GB18030 | ""
  std::string mapping_sha256;  ///< of the mapping file used, or ""
  std::string period;          ///< "2018-11", or ""
  std::string received_at;     ///< RFC 3339; not part of the id
  std::string catalog_hash;
  std::int64_t rows_read = 0;
  std::int64_t rows_loaded = 0;
  std::int64_t rows_rejected = 0;
  std::int64_t rows_marked = 0;           ///< loaded with a remark, such as a wrong ID check digit
  std::vector<std::string> replaces;      ///< ids of the deliveries this one takes the place of
  std::vector<std::string> parts;         ///< names of the Parquet files, in row order
  std::vector<std::string> parts_sha256;  ///< of each; empty if an older program received it
};

struct Delivery {
  Manifest manifest;
  std::filesystem::path folder;
  bool active = true;  ///< false once another delivery replaces it
};

/// All deliveries of the workspace by table, then received_at, then id.
/// Errors: corrupted "delivery.manifest" naming the folder.
Result<std::vector<Delivery>> list_deliveries(const Workspace& workspace);

/// The delivery id for these contents.
std::string delivery_id(const Manifest& manifest);

std::string manifest_json(const Manifest& manifest);
Result<Manifest> parse_manifest(const std::string& json, const std::string& origin);

/// Which deliveries a run reads: the active ones, sorted by id.
struct Snapshot {
  std::string id;  ///< 16 hex digits over the delivery ids
  std::vector<Delivery> deliveries;
};

Result<Snapshot> current_snapshot(const Workspace& workspace);
/// The snapshot made of just these deliveries, active or not.
/// Errors: not_found "delivery.missing".
Result<Snapshot> snapshot_of(const Workspace& workspace, const std::vector<std::string>& ids);

/// Compares every active delivery with its manifest: parts present and readable, rows as counted.
/// Errors: corrupted "delivery.damaged" naming the file.
Status verify_deliveries(const Workspace& workspace);

}  // namespace anlan::lake
