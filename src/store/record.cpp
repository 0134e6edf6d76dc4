#include "store/record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"

namespace anlan::store {
namespace {

std::string key_text(const Value& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key.held()))
    return fmt::format("{}", *number);
  const auto* text = std::get_if<std::string>(&key.held());
  CHECK(text != nullptr);
  return *text;
}

std::string names_of(const Fields& fields) {
  std::string names;
  for (const auto& [name, value] : fields) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

Status note_change(Transaction& transaction, std::string_view table, const std::string& key,
                   std::int64_t version, const Fields& fields, const Stamp& stamp) {
  const auto noted = transaction.run(
      "INSERT INTO record_change (table_name, record_key, version, changed_by, changed_at_ms,"
      " changed_fields) VALUES (?, ?, ?, ?, ?, ?)",
      {table, key, version, stamp.by, stamp.at.ms, names_of(fields)});
  if (!noted) return fail(noted.error());
  return {};
}

Result<Value> insert(Transaction& transaction, std::string_view table, std::string_view key_column,
                     const Fields& fields, const Stamp& stamp) {
  std::vector<Value> values;
  for (const auto& [name, value] : fields) values.push_back(value);
  values.push_back(1);
  const auto row = transaction.query_one(
      fmt::format("INSERT INTO {} ({}, version) VALUES ({}) RETURNING {}", table, names_of(fields),
                  placeholders(values.size()), key_column),
      values);
  if (!row) return fail(row.error());
  CHECK(row->has_value());
  const Value key = (*row)->values().front();
  if (auto noted = note_change(transaction, table, key_text(key), 1, fields, stamp); !noted) {
    return fail(noted.error());
  }
  return key;
}

/// Why an update met no row at its version.
tl::unexpected<Error> stale_error(Transaction& transaction, const RecordKey& record,
                                  std::int64_t version) {
  const auto changes = record_changes(transaction, record, version);
  if (!changes) return fail(changes.error());
  const auto name = fmt::format("{} {}", record.table, key_text(record.key));
  std::string detail = name;
  if (changes->empty()) {
    // Nobody was faster: the version named is one that never was, or the record itself is none.
    const auto there = transaction.query_one(
        fmt::format("SELECT version FROM {} WHERE {} = ?", record.table, record.key_column),
        {record.key});
    if (!there) return fail(there.error());
    if (!*there) return fail(ErrorKind::not_found, "store.record_missing", name);
    detail += fmt::format(" is at version {}", (*there)->integer("version"));
  }
  for (const auto& change : *changes) {
    detail += fmt::format("; version {} by {} at {}: {}", change.version, change.stamp.by,
                          format_instant(change.stamp.at), change.fields);
  }
  return fail(ErrorKind::conflict, "store.stale", detail);
}

}  // namespace

Result<std::string> insert_record(Transaction& transaction, std::string_view table,
                                  std::string_view key_column, const Fields& fields,
                                  const Stamp& stamp) {
  const auto key = insert(transaction, table, key_column, fields, stamp);
  if (!key) return fail(key.error());
  return key_text(*key);
}

Result<std::int64_t> insert_numbered(Transaction& transaction, std::string_view table,
                                     std::string_view key_column, const Fields& fields,
                                     const Stamp& stamp) {
  const auto key = insert(transaction, table, key_column, fields, stamp);
  if (!key) return fail(key.error());
  const auto* number = std::get_if<std::int64_t>(&key->held());
  CHECK(number != nullptr);
  return *number;
}

Status update_record(Transaction& transaction, const RecordKey& record, std::int64_t version,
                     const Fields& fields, const Stamp& stamp) {
  CHECK(!fields.empty());
  std::string set;
  std::vector<Value> values;
  for (const auto& [name, value] : fields) {
    set += fmt::format("{} = ?, ", name);
    values.push_back(value);
  }
  values.push_back(record.key);
  values.push_back(version);
  const auto changed = transaction.run(
      fmt::format("UPDATE {} SET {}version = version + 1 WHERE {} = ? AND version = ?",
                  record.table, set, record.key_column),
      values);
  if (!changed) return fail(changed.error());
  if (*changed == 0) return stale_error(transaction, record, version);
  return note_change(transaction, record.table, key_text(record.key), version + 1, fields, stamp);
}

Result<std::vector<RecordChange>> record_changes(Transaction& transaction, const RecordKey& record,
                                                 std::int64_t version) {
  const auto rows = transaction.query(
      "SELECT version, changed_by, changed_at_ms, changed_fields FROM record_change"
      " WHERE table_name = ? AND record_key = ? AND version > ? ORDER BY version",
      {record.table, key_text(record.key), version});
  if (!rows) return fail(rows.error());
  std::vector<RecordChange> changes;
  for (const auto& row : *rows) {
    changes.push_back({row.integer("version"),
                       {row.text("changed_by"), {row.integer("changed_at_ms")}},
                       row.text("changed_fields")});
  }
  return changes;
}

namespace {

/// The key column of a table; "" if there is no such table.
Result<std::string> key_column_of(Transaction& transaction, const std::string& table) {
  const auto row = transaction.query_one(
      transaction.engine() == Engine::sqlite
          ? "SELECT name AS key_column FROM pragma_table_info(?) WHERE pk = 1"
          : "SELECT CAST(u.column_name AS TEXT) AS key_column"
            " FROM information_schema.table_constraints c"
            " JOIN information_schema.key_column_usage u"
            " ON u.constraint_name = c.constraint_name AND u.table_schema = c.table_schema"
            " WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = current_schema()"
            " AND c.table_name = ? ORDER BY u.ordinal_position LIMIT 1",
      {table});
  if (!row) return fail(row.error());
  return *row ? (*row)->text("key_column") : std::string();
}

bool is_word_of_the_program(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

Result<std::vector<std::string>> record_damage(Transaction& transaction) {
  std::vector<std::string> found;
  const auto tables =
      transaction.query("SELECT DISTINCT table_name FROM record_change ORDER BY table_name");
  if (!tables) return fail(tables.error());
  for (const auto& row : *tables) {
    const auto& table = row.text("table_name");
    const auto key = is_word_of_the_program(table) ? key_column_of(transaction, table)
                                                   : Result<std::string>(std::string());
    if (!key) return fail(key.error());
    if (!is_word_of_the_program(*key)) {
      found.push_back(fmt::format("changes of {}, which is no table of records", table));
      continue;
    }
    const auto wrong = transaction.query_one(
        fmt::format("SELECT count(*) AS records, min(CAST(r.{0} AS TEXT)) AS first FROM {1} r"
                    " WHERE r.version <> coalesce((SELECT max(c.version) FROM record_change c"
                    " WHERE c.table_name = ? AND c.record_key = CAST(r.{0} AS TEXT)), 0)",
                    *key, table),
        {table});
    if (!wrong) return fail(wrong.error());
    const auto gaps = transaction.query_one(
        "SELECT count(*) AS records, min(record_key) AS first FROM (SELECT record_key FROM"
        " record_change WHERE table_name = ? GROUP BY record_key"
        " HAVING count(*) <> max(version) OR min(version) <> 1) AS gap",
        {table});
    if (!gaps) return fail(gaps.error());
    for (const auto& [answer, words] :
         {std::pair{*wrong, "whose version is not that of their last change"},
          std::pair{*gaps, "of which a change is missing"}}) {
      if (answer->integer("records") == 0) continue;
      found.push_back(fmt::format("{}: {} records {}, the first is {}", table,
                                  answer->integer("records"), words, answer->text("first")));
    }
  }
  return found;
}

}  // namespace anlan::store
