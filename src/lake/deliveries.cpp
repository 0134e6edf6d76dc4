#include "lake/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "lake/engine.hpp"

namespace anlan::lake {
namespace {

constexpr const char* manifest_name = "manifest.json";

void order(std::vector<Delivery>& deliveries) {
  std::sort(deliveries.begin(), deliveries.end(), [](const Delivery& a, const Delivery& b) {
    const auto& x = a.manifest;
    const auto& y = b.manifest;
    return std::tie(x.table, x.received_at, x.id) < std::tie(y.table, y.received_at, y.id);
  });
}

Snapshot make_snapshot(std::vector<Delivery> deliveries) {
  std::sort(deliveries.begin(), deliveries.end(),
            [](const Delivery& a, const Delivery& b) { return a.manifest.id < b.manifest.id; });
  Sha256 hash;
  for (const auto& delivery : deliveries) hash.add(delivery.manifest.id + "\n");
  return {hash.hex().substr(0, 16), std::move(deliveries)};
}

}  // namespace

std::string delivery_id(const Manifest& manifest) {
  Sha256 hash;
  for (const std::string& part :
       {manifest.table, manifest.source_sha256, manifest.mapping_sha256, manifest.period}) {
    hash.add(part);
    hash.add("\n");
  }
  for (const auto& id : manifest.replaces) hash.add(id + "\n");
  return hash.hex().substr(0, 16);
}

std::string manifest_json(const Manifest& m) {
  nlohmann::ordered_json json = {
      {"id", m.id},
      {"table", m.table},
      {"source", m.source},
      {"source_sha256", m.source_sha256},
      {"format", m.format},
      {"encoding", m.encoding},
      {"mapping_sha256", m.mapping_sha256},
      {"period", m.period},
      {"received_at", m.received_at},
      {"catalog_hash", m.catalog_hash},
      {"rows_read", m.rows_read},
      {"rows_loaded", m.rows_loaded},
      {"rows_rejected", m.rows_rejected},
      {"rows_marked", m.rows_marked},
      {"replaces", m.replaces},
      {"parts", m.parts},
  };
  if (!m.parts_sha256.empty()) json["parts_sha256"] = m.parts_sha256;
  return json.dump(2) + "\n";
}

Result<Manifest> parse_manifest(const std::string& text, const std::string& origin) {
  try {
    const auto json = nlohmann::json::parse(text);
    Manifest m;
    json.at("id").get_to(m.id);
    json.at("table").get_to(m.table);
    json.at("source").get_to(m.source);
    json.at("source_sha256").get_to(m.source_sha256);
    json.at("format").get_to(m.format);
    json.at("encoding").get_to(m.encoding);
    json.at("mapping_sha256").get_to(m.mapping_sha256);
    json.at("period").get_to(m.period);
    json.at("received_at").get_to(m.received_at);
    json.at("catalog_hash").get_to(m.catalog_hash);
    json.at("rows_read").get_to(m.rows_read);
    json.at("rows_loaded").get_to(m.rows_loaded);
    json.at("rows_rejected").get_to(m.rows_rejected);
    json.at("rows_marked").get_to(m.rows_marked);
    json.at("replaces").get_to(m.replaces);
    json.at("parts").get_to(m.parts);
    if (const auto hashes = json.find("parts_sha256"); hashes != json.end()) {
      hashes->get_to(m.parts_sha256);
    }
    return m;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorKind::corrupted, "delivery.manifest", origin + ": " + error.what());
  }
}

Result<std::vector<Delivery>> list_deliveries(const Workspace& workspace) {
  std::vector<Delivery> deliveries;
  std::set<std::string> replaced;
  std::error_code error;
  for (const auto& table : std::filesystem::directory_iterator(workspace.lake(), error)) {
    if (!table.is_directory() || table.path().filename().string().starts_with(".")) continue;
    for (const auto& entry : std::filesystem::directory_iterator(table.path(), error)) {
      const auto text = read_file(entry.path() / manifest_name);
      if (!text) return fail(ErrorKind::corrupted, "delivery.manifest", text.error().detail);
      auto manifest = parse_manifest(*text, (entry.path() / manifest_name).string());
      if (!manifest) return fail(manifest.error());
      replaced.insert(manifest->replaces.begin(), manifest->replaces.end());
      deliveries.push_back({std::move(*manifest), entry.path(), true});
    }
  }
  if (error) {
    return fail(ErrorKind::unavailable, "file.unreadable",
                workspace.lake().string() + ": " + error.message());
  }
  for (auto& delivery : deliveries) delivery.active = !replaced.contains(delivery.manifest.id);
  order(deliveries);
  return deliveries;
}

Result<Snapshot> current_snapshot(const Workspace& workspace) {
  auto deliveries = list_deliveries(workspace);
  if (!deliveries) return fail(deliveries.error());
  std::erase_if(*deliveries, [](const Delivery& delivery) { return !delivery.active; });
  return make_snapshot(std::move(*deliveries));
}

Result<Snapshot> snapshot_of(const Workspace& workspace, const std::vector<std::string>& ids) {
  auto deliveries = list_deliveries(workspace);
  if (!deliveries) return fail(deliveries.error());
  std::vector<Delivery> chosen;
  for (const auto& id : ids) {
    const auto found =
        std::find_if(deliveries->begin(), deliveries->end(),
                     [&](const Delivery& delivery) { return delivery.manifest.id == id; });
    if (found == deliveries->end()) return fail(ErrorKind::not_found, "delivery.missing", id);
    chosen.push_back(*found);
  }
  return make_snapshot(std::move(chosen));
}

Status verify_deliveries(const Workspace& workspace) {
  const auto snapshot = current_snapshot(workspace);
  if (!snapshot) return fail(snapshot.error());
  auto engine = Engine::open({.threads = workspace.settings().threads});
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  for (const auto& delivery : snapshot->deliveries) {
    std::int64_t rows = 0;
    for (const auto& part : delivery.manifest.parts) {
      const auto file = delivery.folder / part;
      // Counting distinct rows of one column is not needed: reading every column's pages checks
      // them.
      const auto count = connection->query_int(
          fmt::format("SELECT count(*) FROM (SELECT hash(COLUMNS(*)) FROM read_parquet({}))",
                      sql_quoted(file.string())));
      if (!count) {
        return fail(ErrorKind::corrupted, "delivery.damaged",
                    file.string() + ": " + count.error().detail);
      }
      rows += *count;
    }
    if (rows != delivery.manifest.rows_loaded) {
      return fail(ErrorKind::corrupted, "delivery.damaged",
                  fmt::format("{}: {} rows, its manifest says {}", delivery.folder.string(), rows,
                              delivery.manifest.rows_loaded));
    }
  }
  return {};
}

}  // namespace anlan::lake
