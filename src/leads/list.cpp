#include "leads/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/text.hpp"

namespace anlan::leads {
namespace {

/// A view over the JSON Lines of some runs.
std::string lead_view(const std::string& name, const std::vector<std::string>& files,
                      std::size_t longest_line_bytes) {
  if (files.empty()) {
    return fmt::format("CREATE VIEW {} AS SELECT * FROM lead_now WHERE false", name);
  }
  std::string list;
  for (const auto& file : files) list += (list.empty() ? "" : ", ") + sql_quoted(file);
  constexpr std::size_t default_bytes = 16'777'216;
  return fmt::format(
      "CREATE VIEW {} AS SELECT * FROM read_json([{}], format='newline_delimited', "
      "maximum_object_size={}, columns={{lead_id: 'VARCHAR', code: 'VARCHAR', detection: "
      "'VARCHAR', "
      "severity: 'VARCHAR', score: 'DECIMAL(5,1)', verify_within_days: 'BIGINT', subject_kind: "
      "'VARCHAR', "
      "subject_id: 'VARCHAR', month_from: 'VARCHAR', month_to: 'VARCHAR', amount_kind: 'VARCHAR', "
      "amount_fen: 'BIGINT', n_hits: 'BIGINT', reason: 'STRUCT(zh VARCHAR, en VARCHAR)', "
      "hits: 'STRUCT(months VARCHAR[], amount_fen BIGINT, person VARCHAR, scheme VARCHAR, item "
      "VARCHAR, "
      "evidence STRUCT(\"table\" VARCHAR, \"key\" VARCHAR)[])[]'}})",
      name, list, std::max(default_bytes, longest_line_bytes + 1024));
}

Change change_named(std::string_view name) {
  if (name == "fresh") return Change::fresh;
  if (name == "grown") return Change::grown;
  if (name == "shrunk") return Change::shrunk;
  if (name == "same") return Change::same;
  if (name == "gone") return Change::gone;
  return Change::first;
}

}  // namespace

int score_tenths(const LeadRow& row) {
  const auto point = row.score.find('.');
  std::string digits = row.score.substr(0, point);
  digits += point == std::string::npos ? '0' : row.score.at(point + 1);
  int tenths = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), tenths);
  return tenths;
}

Result<LeadList> LeadList::open(const lake::Workspace& workspace, const LeadFilter& filter) {
  const auto runs = current_runs(workspace);
  if (!runs) return fail(runs.error());
  if (runs->empty()) return fail(ErrorKind::not_found, "leads.none", workspace.folder().string());

  auto engine = lake::Engine::open({.threads = workspace.settings().threads,
                                    .memory_bytes = workspace.settings().memory_bytes,
                                    .read_only_folders = {workspace.runs()}});
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return fail(connection.error());
  LeadList list(std::move(*engine), std::move(*connection));
  list.limit_ = filter.limit;

  std::vector<std::string> now;
  std::vector<std::string> before;
  std::string compared;  // codes that have a run before
  std::size_t longest = 0;
  for (const auto& [code, run] : *runs) {
    if (!filter.codes.empty() &&
        std::find(filter.codes.begin(), filter.codes.end(), code) == filter.codes.end()) {
      continue;
    }
    auto summary = read_summary(workspace, run.run_id, code);
    if (!summary) return fail(summary.error());
    longest = std::max(longest, summary->longest_line_bytes);
    list.summaries_.push_back(std::move(*summary));
    list.files_.push_back(leads_file(workspace, run.run_id, code));
    now.push_back(std::filesystem::absolute(list.files_.back()).string());
    if (run.previous.empty()) continue;
    const auto old = read_summary(workspace, run.previous, code);
    if (!old) return fail(old.error());
    longest = std::max(longest, old->longest_line_bytes);
    before.push_back(std::filesystem::absolute(leads_file(workspace, run.previous, code)).string());
    compared += (compared.empty() ? "" : ", ") + sql_quoted(code);
  }
  if (now.empty()) return fail(ErrorKind::not_found, "leads.none", "no run of this detection");

  const std::string gone =
      filter.gone ? "UNION ALL SELECT b.*, 'gone' AS change FROM lead_before b "
                    "WHERE NOT EXISTS (SELECT 1 FROM lead_now n WHERE n.lead_id = b.lead_id)"
                  : "";
  for (const std::string& sql :
       {lead_view("lead_now", now, longest), lead_view("lead_before", before, longest),
        fmt::format(
            "CREATE VIEW lead AS SELECT n.*, CASE WHEN n.code NOT IN ({}) THEN 'first' "
            "WHEN b.lead_id IS NULL THEN 'fresh' "
            "WHEN n.amount_fen > b.amount_fen OR (n.amount_fen = b.amount_fen AND n.n_hits > "
            "b.n_hits) THEN 'grown' "
            "WHEN n.amount_fen < b.amount_fen OR n.n_hits < b.n_hits THEN 'shrunk' "
            "ELSE 'same' END AS change FROM lead_now n LEFT JOIN lead_before b "
            "ON n.lead_id = b.lead_id {}",
            compared.empty() ? "''" : compared, gone)}) {
    if (auto made = list.connection_.run(sql); !made) {
      return fail(ErrorKind::corrupted, "runs.damaged", made.error().detail);
    }
  }
  return list;
}

Status LeadList::each(const std::function<Status(const LeadRow&)>& take) {
  auto rows = connection_.query(
      fmt::format("SELECT lead_id, code, detection, severity, cast(score AS VARCHAR), "
                  "verify_within_days, subject_kind, "
                  "subject_id, month_from, month_to, amount_kind, amount_fen, n_hits, reason.zh, "
                  "reason.en, change "
                  "FROM lead ORDER BY change = 'gone', score DESC, amount_fen DESC, lead_id {}",
                  limit_ > 0 ? fmt::format("LIMIT {}", limit_) : ""));
  if (!rows) return fail(rows.error());
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    LeadRow row;
    row.lead_id = rows->display(0);
    row.code = rows->display(1);
    row.detection = rows->display(2);
    row.severity = rows->display(3);
    row.score = rows->display(4);
    row.verify_within_days = static_cast<int>(rows->int64(5));
    row.subject_kind = rows->display(6);
    row.subject_id = rows->display(7);
    row.month_from = rows->display(8);
    row.month_to = rows->display(9);
    row.amount_kind = rows->display(10);
    row.amount_fen = rows->int64(11);
    row.n_hits = rows->int64(12);
    row.reason = {rows->display(13), rows->display(14)};
    row.change = change_named(rows->text(15));
    if (auto taken = take(row); !taken) return taken;
  }
}

Status LeadList::each_evidence(const std::function<Status(const EvidenceRow&)>& take) {
  auto rows = connection_.query(
      "SELECT lead_id, month, amount_fen, e.\"table\", e.\"key\" FROM ("
      "SELECT lead_id, h.months[1] AS month, h.amount_fen AS amount_fen, unnest(h.evidence) AS e "
      "FROM ("
      "SELECT lead_id, unnest(hits) AS h FROM lead)) ORDER BY ALL");
  if (!rows) return fail(rows.error());
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    EvidenceRow row;
    row.lead_id = rows->display(0);
    row.month = rows->display(1);
    if (!rows->is_null(2)) row.amount_fen = rows->int64(2);
    row.table = rows->display(3);
    row.key = rows->display(4);
    if (auto taken = take(row); !taken) return taken;
  }
}

Result<Totals> LeadList::totals() {
  Totals totals;
  const auto sum = [&](const char* kind) {
    return connection_.query_int(fmt::format(
        "SELECT sum(amount) FROM ("
        "SELECT max(h.amount_fen) AS amount FROM (SELECT unnest(hits) AS h FROM lead_now WHERE "
        "amount_kind "
        "= '{0}') WHERE h.person <> '' GROUP BY h.person, h.scheme, h.item, h.months[1] "
        "UNION ALL SELECT h.amount_fen FROM (SELECT unnest(hits) AS h FROM lead_now WHERE "
        "amount_kind = "
        "'{0}') WHERE h.person = '')",
        kind));
  };
  const std::pair<const char*, std::int64_t*> kinds[] = {{"recoverable", &totals.recoverable_fen},
                                                         {"difference", &totals.difference_fen},
                                                         {"exposure", &totals.exposure_fen}};
  for (const auto& [kind, amount] : kinds) {
    const auto value = sum(kind);
    if (!value) return fail(value.error());
    *amount = *value;
  }
  for (const auto& summary : summaries_) totals.leads += summary.leads;
  return totals;
}

Result<std::vector<DetectionSummary>> LeadList::by_detection() {
  return summaries_;
}

Status LeadList::each_line(const std::function<Status(const std::string&)>& take) const {
  // Lead ids begin with the code, and the files come in order of code: one after the other they are
  // sorted.
  for (const auto& path : files_) {
    std::ifstream in(path);
    if (!in) return fail(ErrorKind::corrupted, "runs.damaged", path.string());
    std::string line;
    while (std::getline(in, line)) {
      if (auto taken = take(line); !taken) return taken;
    }
  }
  return {};
}

}  // namespace anlan::leads
