#include "app/import_files.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "app/count_text.hpp"
#include "app/error_words.hpp"
#include "app/import_summary.hpp"
#include "app/journal_acts.hpp"
#include "app/session.hpp"
#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "ingest/header_match.hpp"
#include "ingest/text_encoding.hpp"

namespace anlan::app {
namespace {

using ingest::ImportOptions;
using ingest::ImportReport;
using ingest::ReceivedFile;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

std::atomic<bool> interrupted{false};

/// While it lives, Ctrl-C and a polite kill only set `interrupted`, so that an import can clean up
/// behind itself.
class CatchInterrupt {
 public:
  CatchInterrupt() {
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    ::sigaction(SIGINT, &action, &before_int_);
    ::sigaction(SIGTERM, &action, &before_term_);
  }
  ~CatchInterrupt() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
  }
  CatchInterrupt(const CatchInterrupt&) = delete;
  CatchInterrupt& operator=(const CatchInterrupt&) = delete;

 private:
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

/// "2018-12-01T08:00:00+08:00": Chinese time, the same everywhere.
std::string now_text(std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  const auto local = floor<seconds>(now + hours{8});
  const auto day = floor<days>(local);
  const hh_mm_ss time{local - day};
  return fmt::format("{}T{:02}:{:02}:{:02}+08:00",
                     format_date(Date{static_cast<std::int32_t>(day.time_since_epoch().count())}),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

Date today_of(std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  return {static_cast<std::int32_t>(floor<days>(now + hours{8}).time_since_epoch().count())};
}

/// One line that is overwritten on a terminal; plain lines now and then otherwise.
class ProgressLine {
 public:
  /// `before` of `files` files were read already.
  ProgressLine(std::string file, std::size_t before, std::size_t files, Session& session)
      : file_(std::move(file)),
        before_(static_cast<double>(before)),
        files_(static_cast<double>(files)),
        session_(session),
        terminal_(::isatty(STDERR_FILENO) == 1) {
    tell(0);
  }

  void show(const ingest::ImportProgress& now) {
    tell(std::clamp(now.fraction, 0.0, 1.0));
    if (now.rows == 0 || (!terminal_ && now.seconds < next_seconds_)) return;
    next_seconds_ = now.seconds + 10;
    const double rate = now.seconds > 0 ? static_cast<double>(now.rows) / now.seconds : 0;
    std::string line =
        fmt::format("{}  {} {}  {} {}", file_, count_text(now.rows), session_.say("行", "rows"),
                    count_text(static_cast<std::int64_t>(rate)), session_.say("行/秒", "rows/s"));
    if (now.fraction > 0.001) {
      const double left = now.seconds / now.fraction - now.seconds;
      line += fmt::format("  {:.0f} %  {} {:.0f} {}", std::min(now.fraction, 1.0) * 100,
                          session_.say("约剩", "about"), std::max(left, 0.0),
                          session_.say("秒", "s left"));
    }
    if (terminal_) {
      fmt::print(stderr, "\r{}\x1b[K", line);
      shown_ = true;
    } else {
      fmt::print(stderr, "{}\n", line);
    }
    std::fflush(stderr);
  }
  ~ProgressLine() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  /// In thousandths of all files: how large those are that come is not known.
  void tell(double fraction) {
    constexpr double parts = 1000;
    session_.progress.tell(file_, static_cast<std::int64_t>((before_ + fraction) / files_ * parts),
                           static_cast<std::int64_t>(parts));
  }

  std::string file_;
  double before_;
  double files_;
  Session& session_;
  bool terminal_;
  bool shown_ = false;
  double next_seconds_ = 10;
};

struct Outcome {
  std::string file;
  std::optional<ImportReport> report;
  std::optional<Error> error;
};

/// The files below the paths asked for, and those of a folder that are no table.
struct Found {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> no_table;
};

bool looks_like_data(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::string_view endings[] = {".csv", ".txt", ".tsv", ".dat", ".xlsx",
                                          ".xls", ".xml", ".gz",  ".zip", ".parquet"};
  return std::find(std::begin(endings), std::end(endings), ending) != std::end(endings);
}

/// Whether something says which table the file is of.
bool names_table(const ReceivedFile& file, const ImportRequest& request,
                 const catalog::Catalog& catalog) {
  return !request.options.table.empty() || !request.options.map_file.empty() ||
         !file.table.empty() || !file.xml_element.empty() ||
         ingest::table_of_file(catalog, file.name) != nullptr;
}

Found find_files(const ImportRequest& request, const catalog::Catalog& catalog) {
  Found found;
  for (const auto& path : request.paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      found.files.emplace_back(path);
      continue;
    }
    std::vector<std::filesystem::path> inside;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file() && !entry.path().filename().string().starts_with(".")) {
        inside.push_back(entry.path());
      }
    }
    std::sort(inside.begin(), inside.end());
    for (auto& file : inside) {
      // An archive or XML file says inside what it holds.
      const std::string ending = file.extension().string();
      const bool says_inside = ending == ".zip" || ending == ".xml";
      const bool named = !request.options.table.empty() || !request.options.map_file.empty() ||
                         says_inside || ingest::table_of_file(catalog, file) != nullptr;
      (looks_like_data(file) && named ? found.files : found.no_table).push_back(std::move(file));
    }
  }
  return found;
}

Json json_of(const Outcome& outcome, const Session& session) {
  Json json = {{"file", outcome.file}};
  if (outcome.error) {
    json["error"] = {{"code", outcome.error->code},
                     {"words", error_words(outcome.error->code, session.lang)},
                     {"detail", outcome.error->detail}};
    return json;
  }
  const auto& report = *outcome.report;
  const auto& m = report.manifest;
  json["delivery"] = m.id;
  json["already_there"] = report.already_there;
  json["table"] = m.table;
  json["period"] = m.period;
  json["format"] = m.format;
  json["encoding"] = m.encoding;
  if (report.delimiter != '\0') json["delimiter"] = std::string(1, report.delimiter);
  json["mapping"] = report.mapping;
  json["replaces"] = m.replaces;
  json["rows_read"] = m.rows_read;
  json["rows_loaded"] = m.rows_loaded;
  json["rows_rejected"] = m.rows_rejected;
  json["rows_marked"] = m.rows_marked;
  json["seconds"] = report.seconds;
  json["rejects"] = report.rejects.string();
  json["ignored_columns"] = report.ignored;
  json["columns"] = Json::array();
  for (const auto& [theirs, ours] : report.columns) {
    json["columns"].push_back({{"header", theirs}, {"column", ours}});
  }
  json["reasons"] = Json::array();
  for (const auto& [reason, rows] : report.reasons) {
    json["reasons"].push_back({{"code", ingest::reason_code(reason)}, {"rows", rows}});
  }
  if (!report.preview.empty()) json["preview"] = report.preview;
  return json;
}

std::string delimiter_words(char delimiter, const Session& session) {
  return delimiter == '\t' ? session.say("制表符", "tab") : std::string(1, delimiter);
}

/// What a dry run is for: how the file was understood, and its first rows as they would be.
void print_understanding(const ImportReport& report, const Session& session) {
  const auto& m = report.manifest;
  fmt::print("  {}: {}   {}: {}{}{}\n", session.say("表", "table"), m.table,
             session.say("格式", "format"), m.format, m.encoding.empty() ? "" : ", " + m.encoding,
             report.delimiter == '\0' ? ""
                                      : fmt::format(", {} {}", session.say("分隔符", "delimiter"),
                                                    delimiter_words(report.delimiter, session)));
  std::string columns;
  for (const auto& [theirs, ours] : report.columns) {
    columns += fmt::format("{}{} → {}", columns.empty() ? "" : ", ", theirs, ours);
  }
  fmt::print("  {}: {}\n", session.say("列", "columns"), columns);
  if (report.preview.size() < 2) return;  // only the names
  std::vector<std::size_t> shown;
  for (std::size_t c = 0; c < report.preview.front().size(); ++c) {
    const bool filled = std::any_of(report.preview.begin() + 1, report.preview.end(),
                                    [&](const auto& row) { return !row[c].empty(); });
    if (filled) shown.push_back(c);
  }
  std::vector<std::size_t> widths(shown.size());
  for (const auto& row : report.preview) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[shown[i]]));
    }
  }
  for (const auto& row : report.preview) {
    std::string line = "  ";
    for (std::size_t i = 0; i < shown.size(); ++i) line += pad_right(row[shown[i]], widths[i] + 2);
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void print_outcome(const Outcome& outcome, const ImportRequest& request, const Session& session) {
  const auto& report = *outcome.report;
  const auto& m = report.manifest;
  if (report.already_there) {
    fmt::print("{}\n  {} {}\n", outcome.file,
               session.say("已接收过，未作改动：", "received before, nothing changed:"), m.id);
    return;
  }
  fmt::print("{}\n", outcome.file);
  fmt::print("  {} {}{}   {} {}   {} {}   {} {}   {} {}   {:.1f} {}\n", m.table,
             m.period.empty() ? "" : m.period + " ",
             request.options.dry_run ? session.say("试导入", "dry run") : m.id,
             session.say("读取", "read"), count_text(m.rows_read), session.say("载入", "loaded"),
             count_text(m.rows_loaded), session.say("拒收", "rejected"),
             count_text(m.rows_rejected), session.say("标记", "marked"), count_text(m.rows_marked),
             report.seconds, session.say("秒", "s"));
  if (!m.replaces.empty()) {
    fmt::print("  {} {}\n", session.say("替换", "replaces"), fmt::join(m.replaces, ", "));
  }
  if (!report.ignored.empty()) {
    fmt::print("  {} {}\n", session.say("未用的列：", "columns not used:"),
               fmt::join(report.ignored, ", "));
  }
  constexpr std::size_t reasons_max = 8;
  for (std::size_t i = 0; i < report.reasons.size() && i < reasons_max; ++i) {
    const auto& [reason, rows] = report.reasons[i];
    fmt::print("  {}  {}  {}\n", pad_left(count_text(rows), 12),
               ingest::reason_words(reason, session.lang), ingest::reason_code(reason));
  }
  if (!report.rejects.empty()) {
    fmt::print("  {} {}\n", session.say("明细：", "each row:"), report.rejects.string());
  }
  if (!report.preview.empty()) print_understanding(report, session);
}

}  // namespace

void import_files(const ImportRequest& request, Session& session) {
  const auto now = std::chrono::system_clock::now();
  ImportOptions options = request.options;
  options.received_at = now_text(now);
  options.today = today_of(now);
  options.stop = &interrupted;
  options.xml_elements = session.catalog / "xml" / "gbt40217.yaml";
  if (!std::filesystem::exists(options.xml_elements)) options.xml_elements.clear();
  const auto wrong_use = [&](const std::string& detail) {
    session.report({ErrorKind::invalid_input, "import.option", detail});
    session.exit_code = exit_usage;
  };
  if (!request.delimiter.empty()) {
    if (request.delimiter != "\\t" && request.delimiter.size() != 1) {
      return wrong_use("--delimiter " + request.delimiter + ": expected one character, or \\t");
    }
    options.delimiter = request.delimiter == "\\t" ? '\t' : request.delimiter.front();
  }
  if (!options.encoding.empty() && !ingest::encoding_called(options.encoding)) {
    return wrong_use("--encoding " + options.encoding +
                     ": expected UTF-8, UTF-16LE, UTF-16BE or GB18030");
  }
  if (!options.period.empty()) {
    const auto month = parse_month(options.period);
    if (!month) return wrong_use("--period " + options.period + ": expected a month like 2018-11");
    options.period = format_month(*month);
  }
  for (const auto& id : request.replace) {
    if (id == "period") {
      options.replaces_period = true;
    } else {
      options.replaces.push_back(id);
    }
  }

  const auto workspace = lake::Workspace::open(request.workspace);
  if (!workspace) return session.report(workspace.error());
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return session.report(catalog.error());
  if (!options.table.empty() && ingest::table_called(*catalog, options.table) == nullptr) {
    return session.report({ErrorKind::invalid_input, "import.table_unknown",
                           options.table + ingest::table_meant(*catalog, options.table)});
  }

  const CatchInterrupt guard;
  std::optional<FileLock> lock;
  auto temp = std::filesystem::temp_directory_path();
  if (!options.dry_run) {
    auto taken = workspace->lock_for_writing();
    if (!taken) return session.report(taken.error());
    lock.emplace(std::move(*taken));
    temp = workspace->staging();
    std::error_code error;
    std::filesystem::create_directories(temp, error);
    if (error) {
      return session.report(
          {ErrorKind::unavailable, "file.unwritable", temp.string() + ": " + error.message()});
    }
  }

  std::optional<VerbJournal> told;
  if (!options.dry_run) {
    auto begun =
        VerbJournal::begin(*workspace, request.replace.empty() ? "import" : "replace", *catalog);
    if (!begun) return session.report(begun.error());
    told.emplace(std::move(*begun));
  }
  const Found found = find_files(request, *catalog);
  // A folder of a hundred files is told on one screen at the end; a few files each at once.
  constexpr std::size_t files_told_each = 8;
  const bool each = request.each || options.dry_run || found.files.size() <= files_told_each;
  auto no_table = found.no_table;
  auto told_at = Clock::now();
  std::vector<Outcome> outcomes;
  const auto failed = [&](const std::string& file, const Error& error) {
    outcomes.push_back({file, std::nullopt, error});
    if (told) told->failed(file, error);
    session.json ? session.progress.fails(error.code) : session.report(error);
  };
  for (const auto& path : found.files) {
    if (interrupted) break;
    const auto files = ingest::received_files(path, temp, options.xml_elements);
    if (!files) {
      failed(path.string(), files.error());
      continue;
    }
    for (const auto& file : *files) {
      if (interrupted) break;
      // An archive may hold a README too; as in a folder, it is named and left out.
      if (file.unpacked != nullptr && files->size() > 1 && !names_table(file, request, *catalog)) {
        no_table.push_back(file.shown);
        continue;
      }
      auto report = [&] {
        const auto count = std::max(outcomes.size() + 1, found.files.size());
        ProgressLine line(
            each ? file.shown : fmt::format("[{}/{}] {}", outcomes.size() + 1, count, file.shown),
            outcomes.size(), count, session);
        return ingest::import_file(*workspace, *catalog, file, options, lock ? &*lock : nullptr,
                                   [&](const auto& progress) { line.show(progress); });
      }();
      if (!report) {
        failed(file.shown, report.error());
        continue;
      }
      outcomes.push_back({file.shown, std::move(*report), std::nullopt});
      // What a person is told was done is in the journal by then.
      if (told) {
        told->imported(file.shown, *outcomes.back().report);
        if (each || Clock::now() - told_at > std::chrono::seconds(1)) {
          if (auto flushed = told->flush(); !flushed) return session.report(flushed.error());
          told_at = Clock::now();
        }
      }
      if (!session.json && each) print_outcome(outcomes.back(), request, session);
    }
  }
  if (interrupted && outcomes.empty())
    failed(request.workspace, {ErrorKind::unavailable, "import.interrupted", ""});

  if (found.files.empty()) {
    std::string folders;
    for (const auto& path : request.paths) folders += (folders.empty() ? "" : ", ") + path;
    failed(folders, {ErrorKind::invalid_input, "import.nothing", folders});
  }

  if (told) {
    if (auto ended = told->end(); !ended) return session.report(ended.error());
  }

  std::int64_t read = 0, loaded = 0, rejected = 0, marked = 0;
  bool any_failed = interrupted;
  for (const auto& outcome : outcomes) {
    any_failed = any_failed || outcome.error.has_value();
    if (!outcome.report || outcome.report->already_there) continue;
    read += outcome.report->manifest.rows_read;
    loaded += outcome.report->manifest.rows_loaded;
    rejected += outcome.report->manifest.rows_rejected;
    marked += outcome.report->manifest.rows_marked;
  }
  if (session.json) {
    Json json = {{"files", Json::array()}, {"not_a_table", Json::array()}, {"rows_read", read},
                 {"rows_loaded", loaded},  {"rows_rejected", rejected},    {"rows_marked", marked}};
    for (const auto& outcome : outcomes) json["files"].push_back(json_of(outcome, session));
    for (const auto& file : no_table) json["not_a_table"].push_back(file.string());
    fmt::print("{}\n", json.dump(2));
  } else {
    for (const auto& file : no_table) {
      fmt::print("{}  {}\n", file.string(),
                 session.say("不是标准表，未导入", "not a table, left out"));
    }
    if (!each) {
      std::vector<const ImportReport*> reports;
      std::size_t already_there = 0;
      for (const auto& outcome : outcomes) {
        if (!outcome.report) continue;
        if (outcome.report->already_there) {
          ++already_there;
        } else {
          reports.push_back(&*outcome.report);
        }
      }
      print_import_summary(reports, *catalog, workspace->rejects().string(), session);
      if (already_there > 0) {
        fmt::print(
            "{} {}\n", already_there,
            session.say("个文件已接收过，未作改动", "files were received before; nothing changed"));
      }
    } else if (outcomes.size() > 1) {
      fmt::print("{} {}   {} {}   {} {}   {} {}   {} {}\n", session.say("文件", "files"),
                 outcomes.size(), session.say("读取", "read"), count_text(read),
                 session.say("载入", "loaded"), count_text(loaded), session.say("拒收", "rejected"),
                 count_text(rejected), session.say("标记", "marked"), count_text(marked));
    }
  }
  session.exit_code = any_failed ? exit_failed : rejected > 0 ? exit_rejected : exit_done;
}

}  // namespace anlan::app
