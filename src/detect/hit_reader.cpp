#include "detect/hit_reader.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "detect/model_query.hpp"
#include "lake/engine.hpp"

namespace anlan::detect {
namespace {

tl::unexpected<Error> damaged(const std::filesystem::path& file, const std::string& cause) {
  return fail(ErrorKind::corrupted, "runs.damaged", file.string() + ": " + cause);
}

/// Adds the current row's value of one column to `hit`; the column is not NULL.
void add_value(Hit& hit, const lake::Rows& rows, std::size_t at, const HitColumn& column) {
  switch (column.role) {
    case HitRole::subject_id:
      hit.subject_id = rows.display(at);
      return;
    case HitRole::month:
      hit.month = static_cast<std::int32_t>(rows.int64(at));
      return;
    case HitRole::amount_fen:
      hit.amount_fen = rows.int64(at);
      return;
    case HitRole::evidence:
      hit.evidence.push_back({column.table, rows.display(at)});
      return;
    case HitRole::identity_quality:
      hit.identity_quality = rows.number(at);
      return;
    case HitRole::source_quality:
      hit.source_quality = rows.number(at);
      return;
    case HitRole::person_id_no:
      hit.person_id_no = rows.display(at);
      break;
    case HitRole::scheme:
      hit.scheme = rows.display(at);
      break;
    case HitRole::item:
      hit.item = rows.display(at);
      break;
    case HitRole::value:
      break;
  }
  hit.values.emplace_back(column.name, rows.display(at));
}

/// A hit of a rule: its evidence and values are lists of any length.
Hit rule_hit(const lake::Rows& rows) {
  Hit hit;
  for (std::size_t i = 0; i < rows.columns(); ++i) {
    if (rows.is_null(i)) continue;
    const auto& name = rows.name(i);
    if (name == "subject_id") hit.subject_id = rows.text(i);
    if (name == "month") hit.month = static_cast<std::int32_t>(rows.int64(i));
    if (name == "amount_fen") hit.amount_fen = rows.int64(i);
    if (name == "person_id_no") hit.person_id_no = rows.text(i);
    if (name == "scheme") hit.scheme = rows.text(i);
    if (name == "item") hit.item = rows.text(i);
    if (name == "evidence") {
      for (const auto& one : nlohmann::json::parse(rows.text(i)))
        hit.evidence.push_back({one.at(0), one.at(1)});
    }
    if (name == "hit_values") {
      for (const auto& one : nlohmann::json::parse(rows.text(i)))
        hit.values.emplace_back(one.at(0), one.at(1));
    }
  }
  return hit;
}

Status read_rule_hits(lake::Rows& rows, const std::filesystem::path& file,
                      const std::function<Status(const Hit&)>& take) {
  for (;;) {
    const auto more = rows.next();
    if (!more) return damaged(file, more.error().detail);
    if (!*more) return {};
    Hit hit;
    try {
      hit = rule_hit(rows);
    } catch (const nlohmann::json::exception& problem) {
      return damaged(file, problem.what());
    }
    if (auto taken = take(hit); !taken) return taken;
  }
}

}  // namespace

Status read_hits(const std::filesystem::path& file, const catalog::Catalog& catalog,
                 const std::function<Status(const Hit&)>& take) {
  lake::EngineOptions options;
  options.threads = 1;  // the order of rows is the file's
  options.memory_bytes = 500'000'000;
  auto engine = lake::Engine::open(options);
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  auto rows =
      connection->query(fmt::format("SELECT * FROM read_parquet({})", sql_quoted(file.string())));
  if (!rows) return damaged(file, rows.error().detail);
  std::vector<std::pair<std::string, std::string>> types;
  for (std::size_t i = 0; i < rows->columns(); ++i)
    types.emplace_back(rows->name(i), rows->type_name(i));
  if (types.back().first == "hit_values") return read_rule_hits(*rows, file, take);
  const auto columns = hit_columns(catalog, types);
  if (!columns) return damaged(file, columns.error().detail);
  for (;;) {
    const auto more = rows->next();
    if (!more) return damaged(file, more.error().detail);
    if (!*more) return {};
    Hit hit;
    for (std::size_t i = 0; i < columns->size(); ++i) {
      if (!rows->is_null(i)) add_value(hit, *rows, i, (*columns)[i]);
    }
    if (auto taken = take(hit); !taken) return taken;
  }
}

}  // namespace anlan::detect
