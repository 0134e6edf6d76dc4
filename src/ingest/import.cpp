#include "ingest/import.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include "base/check.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "ingest/csv.hpp"
#include "ingest/duplicates.hpp"
#include "ingest/part_records.hpp"
#include "ingest/part_runner.hpp"
#include "ingest/record_parts.hpp"
#include "ingest/sniff.hpp"

namespace anlan::ingest {
namespace {

constexpr std::size_t header_search_rows = 20;  // a sheet's title and notes stand above its header
constexpr std::size_t preview_rows = 20;
constexpr std::uint64_t bytes_per_thread =
    4 << 20;  // our choice: a smaller file is done before a thread starts

/// What of a file must be the same at the end as at the beginning.
struct FileFacts {
  std::uint64_t bytes = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

FileFacts facts_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return {};
  return {static_cast<std::uint64_t>(facts.st_size),
          std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

/// A file as it lies before us: what it is and how its parts are got, as often as needed.
struct Received {
  lake::Manifest manifest;
  Encoding encoding = Encoding::utf8;
  char delimiter = '\0';
  std::function<Result<std::unique_ptr<PartSource>>()> open;
};

struct Header {
  std::vector<std::string> names;
  std::int64_t row_no = 0;
};

/// The record among the first ones that names most columns of the table.
Result<Header> find_header(PartSource& source, char delimiter, const catalog::Table& table,
                           const Mapping* mapping, const std::string& file) {
  Part part;
  const auto some = source.next(part, header_search_rows);
  if (!some) return fail(some.error());
  std::optional<Header> best;
  std::size_t best_known = 0;
  PartRecords records;
  records.start(part, delimiter);
  while (records.next()) {
    Header header{{}, records.row_no()};
    for (std::size_t i = 0; i < records.count(); ++i)
      header.names.emplace_back(records.fields()[i]);
    const std::size_t known = known_headers(table, header.names, mapping);
    if (!best || known > best_known) {
      best = std::move(header);
      best_known = known;
    }
  }
  if (!best) {
    return fail(ErrorKind::invalid_input, "import.empty",
                fmt::format("{}: the file is empty; expected a header line", file));
  }
  return *std::move(best);
}

/// Mappings are remembered by table and header: the same source sends the same header again.
std::filesystem::path remembered_mapping(const lake::Workspace& workspace,
                                         const catalog::Table& table, const Header& header) {
  std::string line;
  for (const auto& name : header.names) line += header_form(name) + "\n";
  return workspace.mappings() /
         fmt::format("{}-{}.yaml", table.name, sha256_hex(line).substr(0, 16));
}

Result<char> delimiter_of(const std::filesystem::path& file, const std::string& name,
                          Encoding encoding) {
  auto bytes = open_file_bytes(file);
  if (!bytes) return fail(bytes.error());
  TextReader reader(**bytes, encoding, name);
  TextBuffer text;
  for (bool more = true; more && text.view().find('\n') == std::string_view::npos;) {
    const auto read = reader.read(text, 1);
    if (!read) return fail(read.error());
    more = *read && text.size() < record_bytes_max;
  }
  return guess_delimiter(text.view());
}

Result<Received> look_at_text(const ReceivedFile& received_file, const std::string& encoding_asked,
                              char delimiter_asked) {
  const std::filesystem::path& file = received_file.path;
  const std::string& name = received_file.shown;
  auto bytes = open_file_bytes(file);
  if (!bytes) return fail(bytes.error());
  const auto survey = survey_text(**bytes);
  if (!survey) return fail(survey.error());
  Received received;
  received.encoding = survey->encoding;
  if (!encoding_asked.empty()) {
    const auto asked = encoding_called(encoding_asked);
    if (!asked) {
      return fail(ErrorKind::invalid_input, "import.option",
                  fmt::format("encoding {}: expected UTF-8, UTF-16LE, UTF-16BE or GB18030",
                              encoding_asked));
    }
    received.encoding = *asked;
  }
  received.manifest.source_sha256 = survey->sha256;
  received.manifest.format = "csv";
  received.manifest.encoding = encoding_name(received.encoding);
  if (survey->bytes == 0) {
    return fail(ErrorKind::invalid_input, "import.empty",
                fmt::format("{}: the file is empty; expected a header line", name));
  }
  const auto delimiter = delimiter_asked != '\0' ? Result<char>(delimiter_asked)
                                                 : delimiter_of(file, name, received.encoding);
  if (!delimiter) return fail(delimiter.error());
  received.delimiter = *delimiter;
  received.open = [file, name, encoding = received.encoding,
                   separator = *delimiter]() -> Result<std::unique_ptr<PartSource>> {
    auto again = open_file_bytes(file);
    if (!again) return fail(again.error());
    return std::make_unique<CsvParts>(std::move(*again), encoding, separator, name);
  };
  return received;
}

Result<Received> look_at_records(const ReceivedFile& file, FileFormat format,
                                 const ImportOptions& options) {
  const auto hash = sha256_file_hex(file.path);
  if (!hash) return fail(hash.error());
  Received received;
  received.manifest.source_sha256 = *hash;
  received.manifest.format = format_name(format);
  OpenOptions open;
  open.sheet = options.sheet;
  open.table_element = file.xml_element;
  open.xml_elements = options.xml_elements;
  received.open = [path = file.path, open]() -> Result<std::unique_ptr<PartSource>> {
    auto records = open_records(path, open);
    if (!records) return fail(records.error());
    return std::make_unique<RecordParts>(std::move(*records));
  };
  return received;
}

/// The deliveries this one takes the place of. Errors: not_found "delivery.missing"; conflict
/// "import.replaced_before".
Result<std::vector<std::string>> replaced_by(const std::vector<lake::Delivery>& deliveries,
                                             const lake::Manifest& manifest,
                                             const ImportOptions& options) {
  std::vector<std::string> ids;
  for (const auto& id : options.replaces) {
    const auto found =
        std::find_if(deliveries.begin(), deliveries.end(),
                     [&](const auto& delivery) { return delivery.manifest.id == id; });
    if (found == deliveries.end()) return fail(ErrorKind::not_found, "delivery.missing", id);
    if (found->manifest.table != manifest.table) {
      return fail(ErrorKind::invalid_input, "import.option",
                  fmt::format("delivery {} is of table {}, the file of {}", id,
                              found->manifest.table, manifest.table));
    }
    if (!found->active) {
      return fail(ErrorKind::conflict, "import.replaced_before",
                  fmt::format("delivery {} has been replaced already", id));
    }
    ids.push_back(id);
  }
  if (options.replaces_period) {
    if (manifest.period.empty()) {
      return fail(ErrorKind::invalid_input, "import.option",
                  manifest.source + ": no period is known to replace; give --period YYYY-MM");
    }
    for (const auto& delivery : deliveries) {
      if (delivery.active && delivery.manifest.table == manifest.table &&
          delivery.manifest.period == manifest.period) {
        ids.push_back(delivery.manifest.id);
      }
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

/// Removes what was prepared unless it has been committed.
class Staging {
 public:
  explicit Staging(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~Staging() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  void committed() { folder_.clear(); }

 private:
  std::filesystem::path folder_;
};

/// A second name for the delivery's rejects.csv in the folder where people look for it.
void show_rejects(const lake::Workspace& workspace, const std::filesystem::path& delivery,
                  ImportReport& report) {
  std::error_code error;
  if (!std::filesystem::exists(delivery / "rejects.csv", error)) return;
  report.rejects = delivery / "rejects.csv";
  const auto shown = workspace.rejects() / (report.manifest.id + ".csv");
  if (!std::filesystem::exists(shown, error)) {
    std::filesystem::create_hard_link(report.rejects, shown, error);
    if (error) std::filesystem::copy_file(report.rejects, shown, error);
  }
  if (!error) report.rejects = shown;
}

/// The SHA-256 of each part, so that a changed bit is found later; a thread for each of some.
Result<std::vector<std::string>> hashes_of(const std::filesystem::path& folder,
                                           const std::vector<std::string>& parts,
                                           unsigned threads) {
  std::vector<std::string> hashes(parts.size());
  std::vector<std::optional<Error>> errors(parts.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < parts.size(); i = next++) {
      auto hash = sha256_file_hex(folder / parts[i]);
      if (!hash) errors[i] = hash.error();
      if (hash) hashes[i] = std::move(*hash);
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, parts.size()); ++i) {
      others.emplace_back(work);
    }
    work();
  }
  for (const auto& error : errors) {
    if (error) return fail(*error);
  }
  return hashes;
}

}  // namespace

Result<ImportReport> import_file(const lake::Workspace& workspace, const catalog::Catalog& catalog,
                                 const ReceivedFile& received_file, const ImportOptions& options,
                                 const FileLock* lock,
                                 const std::function<void(const ImportProgress&)>& progress) {
  CHECK(lock != nullptr || options.dry_run);
  const auto begun = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  const std::filesystem::path& file = received_file.path;
  const std::string& name = received_file.shown;

  std::optional<Mapping> mapping;
  ImportReport report;
  if (!options.map_file.empty()) {
    auto read = read_mapping(options.map_file);
    if (!read) return fail(read.error());
    mapping = std::move(*read);
    report.mapping = options.map_file.string();
  }

  // Which table?
  std::string table_asked = options.table;
  if (table_asked.empty() && mapping) table_asked = mapping->table;
  if (table_asked.empty()) table_asked = received_file.table;
  const catalog::Table* table = table_asked.empty() ? table_of_file(catalog, received_file.name)
                                                    : table_called(catalog, table_asked);
  if (table == nullptr && table_asked.empty())
    table = table_called(catalog, received_file.xml_element);
  if (table == nullptr) {
    return fail(
        ErrorKind::invalid_input, "import.table_unknown",
        table_asked.empty()
            ? name + ": its name is no table's; give --table" +
                  table_meant(catalog, std::filesystem::path(received_file.name).stem().string())
            : name + ": " + table_asked + table_meant(catalog, table_asked));
  }

  // What kind of file?
  const FileFacts facts = facts_of(file);
  const auto format = sniff(file);
  if (!format) return fail(format.error());
  const auto received =
      *format == FileFormat::text
          ? look_at_text(
                received_file,
                !options.encoding.empty() || !mapping ? options.encoding : mapping->encoding,
                options.delimiter != '\0' || !mapping ? options.delimiter : mapping->delimiter)
          : look_at_records(received_file, *format, options);
  if (!received) return fail(received.error());
  report.delimiter = received->delimiter;
  lake::Manifest& manifest = report.manifest;
  manifest = received->manifest;
  manifest.table = table->name;
  manifest.source = received_file.name;
  manifest.period = options.period.empty() ? period_of_file(received_file.name) : options.period;
  manifest.received_at = options.received_at;
  manifest.catalog_hash = catalog.hash;

  // Which column is which?
  auto head = received->open();
  if (!head) return fail(head.error());
  const auto header =
      find_header(**head, received->delimiter, *table, mapping ? &*mapping : nullptr, name);
  if (!header) return fail(header.error());
  const auto remembered = remembered_mapping(workspace, *table, *header);
  if (!mapping && std::filesystem::exists(remembered)) {
    auto read = read_mapping(remembered);
    if (!read) return fail(read.error());
    mapping = std::move(*read);
    report.mapping = remembered.string();
  }
  if (mapping) manifest.mapping_sha256 = mapping->sha256;
  LoadPlan plan;
  plan.catalog = &catalog;
  plan.table = table;
  auto match = match_header(*table, header->names, mapping ? &*mapping : nullptr, name);
  if (!match) return fail(match.error());
  plan.header = std::move(*match);
  plan.header_row = header->row_no;
  plan.delimiter = received->delimiter;
  plan.fields_fixed = manifest.format == "csv";
  plan.dates = mapping ? mapping->dates : DateOrder::year_first;
  plan.id_check_rejects = workspace.settings().id_check_rejects;
  plan.today = options.today.days;
  plan.file = name;
  plan.part_records = options.part_records;
  plan.stop = options.stop;
  for (const auto& use : plan.header.uses)
    report.columns.emplace_back(use.header, table->columns[use.column].name);
  report.ignored = plan.header.ignored;

  // Is it here already, and what does it replace?
  const auto deliveries = lake::list_deliveries(workspace);
  if (!deliveries) return fail(deliveries.error());
  for (const auto& delivery : *deliveries) {
    const auto& known = delivery.manifest;
    if (!delivery.active || known.table != manifest.table ||
        known.source_sha256 != manifest.source_sha256 ||
        known.mapping_sha256 != manifest.mapping_sha256 || known.period != manifest.period) {
      continue;
    }
    report.manifest = known;
    report.already_there = true;
    if (!options.dry_run) show_rejects(workspace, delivery.folder, report);
    report.seconds = seconds();
    return report;
  }
  auto replaces = replaced_by(*deliveries, manifest, options);
  if (!replaces) return fail(replaces.error());
  manifest.replaces = std::move(*replaces);
  manifest.id = lake::delivery_id(manifest);
  for (const auto& delivery : *deliveries) {
    if (delivery.manifest.id == manifest.id) {
      return fail(ErrorKind::conflict, "import.replaced_before",
                  fmt::format("{}: received before as delivery {}, which has been replaced since",
                              name, manifest.id));
    }
  }

  // Load it.
  RunOptions run;
  run.threads = options.threads;
  if (run.threads == 0) {
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    const std::uint64_t wanted =
        workspace.settings().threads != 0 ? workspace.settings().threads : cores;
    run.threads = static_cast<unsigned>(std::min(wanted, facts.bytes / bytes_per_thread + 1));
  }
  run.memory_bytes = workspace.settings().memory_bytes;
  if (options.dry_run) run.preview_rows = preview_rows;
  const auto staged = options.dry_run ? std::filesystem::path() : workspace.staging() / manifest.id;
  Staging staging(staged);
  run.folder = staged;
  if (!options.dry_run) {
    std::error_code error;
    std::filesystem::create_directories(staged, error);
    if (error)
      return fail(ErrorKind::unavailable, "file.unwritable",
                  staged.string() + ": " + error.message());
  }
  auto source = received->open();
  if (!source) return fail(source.error());
  auto loaded = run_parts(**source, plan, run, [&](std::int64_t rows, double fraction) {
    if (progress) progress({rows, fraction, seconds()});
  });
  if (!loaded) return fail(loaded.error());
  if (auto checked =
          reject_duplicates(loaded->parts, plan, staged, run.memory_bytes, received->open);
      !checked) {
    return fail(checked.error());
  }
  if (facts_of(file) != facts) {
    return fail(ErrorKind::conflict, "import.file_changed", name + ": changed while it was read");
  }
  if (options.stop != nullptr && options.stop->load()) {
    return fail(ErrorKind::unavailable, "import.interrupted", name);
  }

  std::map<Reason, std::int64_t> reasons;
  for (std::size_t i = 0; i < loaded->parts.size(); ++i) {
    const auto& part = loaded->parts[i];
    manifest.rows_read += part.rows_read;
    manifest.rows_loaded += part.rows_loaded;
    manifest.rows_rejected += part.rows_rejected;
    manifest.rows_marked += static_cast<std::int64_t>(part.marked_rows.size());
    if (part.rows_loaded > 0) manifest.parts.push_back(part_name(i));
    for (std::size_t r = 0; r < reason_count; ++r) {
      if (part.reasons[r] > 0) reasons[static_cast<Reason>(r)] += part.reasons[r];
    }
  }
  report.reasons.assign(reasons.begin(), reasons.end());
  std::stable_sort(report.reasons.begin(), report.reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (options.dry_run) {
    std::vector<std::string> names;
    for (const auto& column : table->columns) names.push_back(column.name);
    names.emplace_back("row_no");
    report.preview.push_back(std::move(names));
    for (auto& row : loaded->preview) report.preview.push_back(std::move(row));
    report.seconds = seconds();
    return report;
  }

  auto hashes = hashes_of(staged, manifest.parts, run.threads);
  if (!hashes) return fail(hashes.error());
  manifest.parts_sha256 = std::move(*hashes);

  // Make it visible.
  if (auto written = write_file(staged / "manifest.json", lake::manifest_json(manifest));
      !written) {
    return fail(written.error());
  }
  const auto folder = workspace.lake() / table->name / ("delivery=" + manifest.id);
  if (auto done = commit_folder(staged, folder); !done) return fail(done.error());
  staging.committed();
  show_rejects(workspace, folder, report);
  if (!options.map_file.empty()) {
    if (auto kept = write_file(remembered, mapping->yaml); !kept) return fail(kept.error());
  }
  report.seconds = seconds();
  return report;
}

}  // namespace anlan::ingest
