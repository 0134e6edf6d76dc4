#include "catalog/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "catalog/calendar_reader.hpp"
#include "catalog/duties_reader.hpp"
#include "catalog/measure_reader.hpp"
#include "catalog/monitoring_reader.hpp"
#include "catalog/near_name.hpp"
#include "catalog/params_reader.hpp"
#include "catalog/procedure_reader.hpp"
#include "catalog/readers.hpp"
#include "catalog/rule_reader.hpp"
#include "catalog/spec.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

namespace fs = std::filesystem;

/// Reads the files of a catalog one kind after the other, then checks what ties them together.
class Loader {
 public:
  explicit Loader(const fs::path& folder) : folder_(folder) {}

  Result<Catalog> load(const Catalog::CheckMore& more) {
    if (!fs::is_directory(folder_ / "tables")) {
      return fail(ErrorKind::not_found, "file.unreadable",
                  (folder_ / "tables").string() + ": no such folder");
    }
    try {
      read_tables();
      read_lists();
      read_views();
      read_dossiers();
      read_models();
      read_rules();
      read_duties();
      read_procedures();
      read_calendar();
      read_params();
      read_monitoring();
      read_measures();
      read_processes();
    } catch (const fs::filesystem_error& error) {
      return fail(ErrorKind::not_found, "file.unreadable",
                  error.path1().string() + ": " + error.code().message());
    }
    if (unreadable_) return fail(*unreadable_);
    check_lists();
    order_views();
    check_views();
    for (auto& read_one : dossiers_) finish_dossier(read_one);
    for (auto& read : models_) finish_model(read);
    for (auto& rule : catalog_.rules) finish_rule(rule);
    check_measures();
    if (!problems_.empty()) {
      if (more && rules_can_be_checked()) {
        for (const auto& message : more(catalog_)) problems_.add_whole("catalog.rule", message);
      }
      return fail(problems_.error());
    }
    catalog_.hash = whole_hash();
    return std::move(catalog_);
  }

 private:
  bool rules_can_be_checked() const {
    return !problems_.has_code("catalog.table") && !problems_.has_code("catalog.codes") &&
           !problems_.has_code("catalog.view") && !problems_.has_code("catalog.dossier");
  }

  Source source(const fs::path& path, std::string code) {
    return {path.generic_string(), std::move(code), &problems_};
  }

  /// What a folder holds, sorted; hidden files and README.md do not count.
  std::vector<fs::path> entries(const fs::path& folder) {
    std::vector<fs::path> paths;
    if (!fs::is_directory(folder)) return paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with('.') && name != "README.md") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  std::vector<fs::path> files(const std::string& folder, const std::string& ending) {
    auto paths = entries(folder_ / folder);
    std::erase_if(paths, [&](const fs::path& path) {
      const bool fits = path.extension() == ending && fs::is_regular_file(path);
      if (!fits)
        source(path, "catalog.file").problem(1, "expected only files *" + ending + " in " + folder);
      return !fits;
    });
    return paths;
  }

  std::string read(const fs::path& path) {
    auto text = read_file(path);
    if (!text) {
      if (!unreadable_) unreadable_ = text.error();
      return {};
    }
    contents_.emplace(path.lexically_relative(folder_).generic_string(), *text);
    return *text;
  }

  void read_tables() {
    for (const auto& path : files("tables", ".yaml")) {
      tables_.push_back(
          read_table(read(path), path.stem().string(), source(path, "catalog.table")));
      catalog_.tables.push_back(tables_.back().table);
      table_names_.push_back(tables_.back().table.name);
    }
  }

  void read_lists() {
    for (const auto& path : files("codes", ".yaml")) {
      auto list = read_code_list(read(path), path.stem().string(), source(path, "catalog.codes"));
      list_names_.push_back(list.name);
      catalog_.lists.emplace(list.name, std::move(list));
    }
  }

  void read_views() {
    for (const auto& path : files("derived", ".sql")) {
      const auto name = path.stem().string();
      const auto from = source(path, "catalog.view");
      if (contains(table_names_, name)) from.problem(1, "view " + name + " is called like a table");
      views_.push_back(read_view(read(path), name, from));
      view_names_.push_back(name);
    }
  }

  void read_dossiers() {
    for (const auto& path : files("dossiers", ".yaml")) {
      dossiers_.push_back(read_dossier(read(path), path.stem().string(), catalog_.tables,
                                       source(path, "catalog.dossier")));
    }
  }

  void read_models() {
    const std::vector<std::string> names = {"model.yaml", "model.sql", "model.spec"};
    for (const auto& folder : entries(folder_ / "models")) {
      if (!fs::is_directory(folder)) {
        source(folder, "catalog.file").problem(1, "expected only folders in models");
        continue;
      }
      for (const auto& path : entries(folder)) {
        if (!contains(names, path.filename().string())) {
          source(path, "catalog.file")
              .problem(1, "expected only model.yaml, model.sql and model.spec");
        }
      }
      bool whole = true;
      for (const auto& name : names) {
        if (fs::exists(folder / name)) continue;
        source(folder, "catalog.file").problem(1, "has no " + name);
        whole = false;
      }
      if (whole) read_model_folder(folder);
    }
    std::sort(models_.begin(), models_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.model.code, a.model.name) < std::pair(b.model.code, b.model.name);
    });
  }

  void read_model_folder(const fs::path& folder) {
    const auto from = source(folder / "model.yaml", "catalog.model");
    auto read_one =
        read_model(folder.filename().string(), read(folder / "model.yaml"),
                   read(folder / "model.sql"), from, source(folder / "model.sql", "catalog.model"));
    read_one.model.spec = read(folder / "model.spec");
    for (const auto& other : models_) {
      if (other.model.code == read_one.model.code) {
        from.problem(read_one.code_line, fmt::format("code {} is also the code of {}",
                                                     other.model.code, other.model.name));
      }
    }
    models_.push_back(std::move(read_one));
  }

  void read_rules() {
    if (const auto path = folder_ / "rules" / "exclusions.yaml"; fs::exists(path))
      catalog_.exclusions = read_exclusions(read(path), source(path, "catalog.rule"));
    for (const auto& folder : entries(folder_ / "rules")) {
      if (folder.filename() == "exclusions.yaml") continue;
      if (!fs::is_directory(folder)) {
        source(folder, "catalog.file")
            .problem(1, "expected only folders and exclusions.yaml in rules");
        continue;
      }
      bool whole = true;
      for (const auto* name : {"rule.yaml", "rule.spec"}) {
        if (fs::exists(folder / name)) continue;
        source(folder, "catalog.file").problem(1, std::string("has no ") + name);
        whole = false;
      }
      for (const auto& path : entries(folder)) {
        const auto name = path.filename();
        if (name != "rule.yaml" && name != "rule.spec")
          source(path, "catalog.file").problem(1, "expected only rule.yaml and rule.spec");
      }
      if (whole) read_rule_folder(folder);
    }
    std::sort(catalog_.rules.begin(), catalog_.rules.end(), [](const auto& a, const auto& b) {
      return std::pair(a.code, a.name) < std::pair(b.code, b.name);
    });
  }

  void read_rule_folder(const fs::path& folder) {
    const auto from = source(folder / "rule.yaml", "catalog.rule");
    auto rule = read_rule(folder.filename().string(), read(folder / "rule.yaml"), from);
    rule.spec = read(folder / "rule.spec");
    const auto taken = [&](const std::string& code, const std::string& name) {
      if (code == rule.code)
        from.problem(1, fmt::format("code {} is also the code of {}", code, name));
      if (name == rule.name) from.problem(1, fmt::format("a model is called {} too", name));
    };
    for (const auto& other : catalog_.rules) taken(other.code, other.name);
    for (const auto& other : models_) taken(other.model.code, other.model.name);
    catalog_.rules.push_back(std::move(rule));
  }

  void read_duties() {
    const auto folder = folder_ / "duties";
    if (!fs::is_directory(folder)) return;
    for (const auto& path : entries(folder)) {
      if (!contains({std::begin(duty_files), std::end(duty_files)}, path.filename().string()))
        source(path, "catalog.file").problem(1, "expected only posts, pairs, chains and rights");
    }
    std::vector<DutyFile> read_ones;
    for (const auto* name : duty_files) {
      if (!fs::exists(folder / name)) {
        source(folder, "catalog.file").problem(1, std::string("has no ") + name);
      } else {
        read_ones.push_back({read(folder / name), source(folder / name, "catalog.duties")});
      }
    }
    if (read_ones.size() != std::size(duty_files)) return;
    catalog_.duties = catalog::read_duties(read_ones[0], read_ones[1], read_ones[2], read_ones[3]);
  }

  void read_procedures() {
    for (const auto& path : files("procedures", ".yaml")) {
      if (path.filename() != "lead.yaml") {
        source(path, "catalog.file").problem(1, "expected only lead.yaml in procedures");
        continue;
      }
      catalog_.procedure =
          read_procedure(read(path), catalog_.duties, source(path, "catalog.procedure"));
    }
  }

  void read_calendar() {
    for (const auto& path : files("calendar", ".yaml")) {
      if (path.filename() != "work_days.yaml")
        source(path, "catalog.file").problem(1, "expected only work_days.yaml in calendar");
    }
    const auto path = folder_ / "calendar" / "work_days.yaml";
    if (fs::exists(path))
      catalog_.calendar = read_work_calendar(read(path), source(path, "catalog.calendar"));
  }

  void read_params() {
    for (const auto& path : files("params", ".yaml")) {
      const auto from = source(path, "catalog.params");
      if (path.filename() == "recovery.yaml") {
        catalog_.recovery_terms = read_recovery_terms(read(path), from);
      } else if (path.filename() == "referral.yaml") {
        catalog_.referral_terms = read_referral_terms(read(path), from);
      } else {
        source(path, "catalog.file")
            .problem(1, "expected only recovery.yaml and referral.yaml in params");
      }
    }
  }

  void read_monitoring() {
    for (const auto& path : files("monitoring", ".yaml")) {
      const auto from = source(path, "catalog.monitoring");
      if (path.filename() == "schedule.yaml") {
        catalog_.monitoring.schedules = read_schedules(read(path), from);
      } else if (path.filename() == "sources.yaml") {
        catalog_.monitoring.sources = read_sources(read(path), catalog_.tables, from);
      } else {
        source(path, "catalog.file")
            .problem(1, "expected only schedule.yaml and sources.yaml in monitoring");
      }
    }
  }

  void read_measures() {
    std::vector<ReadAspect> aspects;
    for (const auto& path : files("measures", ".yaml")) {
      aspects.push_back(
          read_aspect(read(path), path.stem().string(), source(path, "catalog.measure")));
    }
    std::stable_sort(aspects.begin(), aspects.end(),
                     [](const auto& a, const auto& b) { return a.aspect.order < b.aspect.order; });
    for (auto& one : aspects) {
      catalog_.aspects.push_back(std::move(one.aspect));
      for (auto& measure : one.measures) catalog_.measures.push_back(std::move(measure));
    }
  }

  void read_processes() {
    for (const auto& path : files("processes", ".yaml")) {
      const auto from = source(path, "catalog.process");
      auto process = read_process(read(path), path.stem().string(), from);
      for (const auto& other : catalog_.processes) {
        if (other.code == process.code)
          from.problem(1, fmt::format("code {} is also the code of {}", other.code, other.name));
      }
      catalog_.processes.push_back(std::move(process));
    }
  }

  static std::vector<std::string> param_names(const Rule& rule) {
    std::vector<std::string> names;
    for (const auto& one : rule.params) names.push_back(one.param.name);
    return names;
  }

  void finish_rule(Rule& rule) {
    check_spec(rule.spec, param_names(rule),
               source(folder_ / "rules" / rule.name / "rule.spec", "catalog.spec"));
    const auto* kind = catalog_.dossier(rule.about);
    if (kind == nullptr && !rule.about.empty()) {
      source(rule.file, "catalog.rule")
          .problem(1, "the rule is about " + rule.about + ", of which there is no dossier");
    }
    rule.version = catalog::version_of(rule, catalog_.exclusions,
                                       kind == nullptr ? std::string() : kind->version);
  }

  /// Every measure that a detection or node names is there; a catalog without measures says nothing
  /// of them.
  void check_measures() {
    std::vector<std::string> codes;
    for (const auto& measure : catalog_.measures) codes.push_back(measure.code);
    const auto check = [&](const std::vector<std::string>& named, const Source& from, int line) {
      for (const auto& code : named) {
        if (!contains(codes, code))
          from.problem(line, "unknown measure " + code + did_you_mean(code, codes));
      }
    };
    if (!codes.empty()) {
      for (const auto& model : catalog_.models) {
        check(model.measures,
              source(folder_ / "models" / model.name / "model.yaml", "catalog.model"),
              measures_line(model.yaml));
      }
      for (const auto& rule : catalog_.rules)
        check(rule.measures, source(rule.file, "catalog.rule"), measures_line(rule.yaml));
    }
    const auto posts = catalog_.lists.find("post");
    for (const auto& process : catalog_.processes) {
      const auto path = folder_ / "processes" / (process.name + ".yaml");
      const auto from = source(path, "catalog.process");
      for (const auto& step : process.steps) {
        for (const auto& node : step.nodes) check(node.measures, from, node.line);
        if (step.post.empty() || posts == catalog_.lists.end()) continue;
        const auto& values = posts->second.values;
        if (std::none_of(values.begin(), values.end(),
                         [&](const CodeValue& value) { return value.code == step.post; }))
          from.problem(step.line, "unknown post " + step.post);
      }
    }
  }

  /// Where a detection's text names its measures.
  static int measures_line(const std::string& yaml) {
    const auto at = yaml.starts_with("measures:") ? 0 : yaml.find("\nmeasures:");
    if (at == std::string::npos || at == 0) return 1;
    return 2 + static_cast<int>(
                   std::count(yaml.begin(), yaml.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }

  void check_lists() {
    for (const auto& read_one : tables_) {
      for (const auto& [list, line] : read_one.list_lines) {
        if (catalog_.lists.contains(list)) continue;
        read_one.source.problem(line,
                                "unknown code list " + list + did_you_mean(list, list_names_));
      }
    }
  }

  /// Names that are no table (or view), and known names read without being declared.
  void check_uses(const ReadSql& uses) {
    std::set<std::string> declared;
    for (const auto& use : uses.tables) {
      declared.insert(use.name);
      if (contains(table_names_, use.name)) continue;
      use.source.problem(use.line,
                         "unknown table " + use.name + did_you_mean(use.name, table_names_));
    }
    for (const auto& use : uses.reads) {
      declared.insert(use.name);
      if (contains(table_names_, use.name) || contains(view_names_, use.name)) continue;
      auto names = table_names_;
      names.insert(names.end(), view_names_.begin(), view_names_.end());
      use.source.problem(use.line,
                         "unknown table or view " + use.name + did_you_mean(use.name, names));
    }
    for (const auto& use : uses.lists) {
      if (catalog_.lists.contains(use.name)) continue;
      use.source.problem(use.line,
                         "unknown code list " + use.name + did_you_mean(use.name, list_names_));
    }
    for (const auto& use : uses.sources) {
      const bool known = contains(table_names_, use.name) || contains(view_names_, use.name);
      if (known && declared.insert(use.name).second) {
        use.source.problem(use.line, "reads " + use.name + ", which is not declared");
      }
    }
  }

  /// Each view after those it reads; equal choices by name, so that the order never depends on
  /// chance.
  void order_views() {
    std::set<std::string> placed;
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& read_one : views_) {
        const auto& view = read_one.view;
        if (placed.contains(view.name)) continue;
        const bool ready =
            std::all_of(view.reads.begin(), view.reads.end(), [&](const std::string& name) {
              return placed.contains(name) || !contains(view_names_, name);
            });
        if (!ready) continue;
        placed.insert(view.name);
        catalog_.derived.push_back(view);
        moved = true;
      }
    }
    for (const auto& read_one : views_) {
      if (placed.contains(read_one.view.name)) continue;
      for (const auto& use : read_one.uses.reads) {
        if (contains(view_names_, use.name) && !placed.contains(use.name)) {
          use.source.problem(
              use.line, fmt::format("view {} reads {} in a circle", read_one.view.name, use.name));
        }
      }
    }
  }

  void check_views() {
    for (const auto& read_one : views_) check_uses(read_one.uses);
  }

  /// What views give only the engine knows: their columns are checked when the files are built.
  void finish_dossier(ReadDossier& read_one) {
    DossierKind& kind = read_one.kind;
    const auto unknown = [&](int line, const std::string& what, const std::string& name,
                             const std::vector<std::string>& names) {
      read_one.source.problem(
          line, fmt::format("unknown {} {}{}", what, name, did_you_mean(name, names)));
    };
    if (!contains(table_names_, kind.count_table))
      unknown(1, "table", kind.count_table, table_names_);
    if (!kind.through_view.empty() && !contains(view_names_, kind.through_view))
      unknown(1, "view", kind.through_view, view_names_);
    Sha256 whole;
    for (auto& list : kind.lists) {
      const Table* table = table_named(list.from);
      if (table == nullptr && !contains(view_names_, list.from)) {
        auto names = table_names_;
        names.insert(names.end(), view_names_.begin(), view_names_.end());
        unknown(list.line, "table or view", list.from, names);
      }
      if (!list.key_table.empty() && !contains(table_names_, list.key_table))
        unknown(list.line, "table", list.key_table, table_names_);
      for (const auto& field : list.fields) {
        if (!field.list.empty() && !catalog_.lists.contains(field.list))
          unknown(field.line, "code list", field.list, list_names_);
      }
      if (table != nullptr) check_dossier_columns(kind, list, *table, read_one.source);
      list.version = version_of(kind, list);
      if (table == nullptr) {
        for (const auto& field : list.fields) check_origin(list, field, read_one.source);
      }
      whole.add(list.version);
    }
    kind.version = whole.hex().substr(0, 16);
    catalog_.dossiers.push_back(std::move(kind));
  }

  static void check_dossier_columns(const DossierKind& kind, const DossierList& list,
                                    const Table& table, const Source& from) {
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(column.name);
    const auto need = [&](const std::string& column, int line) {
      if (table.find(column)) return;
      from.problem(line, fmt::format("{} has no column {}{}", table.name, column,
                                     did_you_mean(column, names)));
    };
    if (!table.find(list.subject) &&
        (kind.through_column.empty() || !table.find(kind.through_column))) {
      from.problem(list.line, fmt::format("{} has no column {} that names the subject", table.name,
                                          list.subject));
    }
    for (const auto& [column, value] : list.only) need(column, list.line);
    if (list.key_column != "row_key") need(list.key_column, list.line);
    for (const auto& field : list.fields) {
      need(field.from, field.line);
    }
  }

  /// The columns that a field comes from are columns of tables that its list reads.
  void check_origin(const DossierList& list, const Field& field, const Source& from) const {
    for (const auto& origin : field.of) {
      const auto dot = origin.find('.');
      const auto* table = table_named(origin.substr(0, dot));
      if (dot == std::string::npos || table == nullptr || !table->find(origin.substr(dot + 1))) {
        from.problem(field.line, fmt::format("field {} is of {}, expected a column such as "
                                             "benefit_payment.amount",
                                             field.name, origin));
      } else if (!contains(list.tables, table->name)) {
        from.problem(field.line, fmt::format("field {} is of {}, but {} does not read {}",
                                             field.name, origin, list.from, table->name));
      }
    }
  }

  /// The tables and views that `names` read, themselves included, also indirectly.
  std::set<std::string> all_read(std::set<std::string> names) const {
    for (auto view = catalog_.derived.rbegin(); view != catalog_.derived.rend(); ++view) {
      if (names.contains(view->name)) names.insert(view->reads.begin(), view->reads.end());
    }
    return names;
  }

  /// Fills in the tables `list` reads too.
  std::string version_of(const DossierKind& kind, DossierList& list) const {
    std::set<std::string> names = {list.from};
    const Table* table = table_named(list.from);
    const bool through =
        table != nullptr && !kind.through_view.empty() && !table->find(list.subject);
    if (through) names.insert(kind.through_view);
    names = all_read(std::move(names));

    Sha256 hash;
    const auto add = [&](const std::string& text) {
      hash.add(std::to_string(text.size()) + ":" + text);
    };
    for (const auto& text :
         {list.subject, list.name, list.from, list.key_column, list.key_table, list.table_field})
      add(text);
    add(list.single ? "single" : "list");
    add(through ? kind.through_column : "");
    for (const auto& [column, value] : list.only) add(column + "=" + value);
    for (const auto& field : list.order) add(field);
    for (const auto& field : list.fields) {
      add(field.name);
      add(field.from);
      add(type_name(field.type));
    }
    for (const auto& view : catalog_.derived) {
      if (names.contains(view.name)) add(view.sql);
    }
    for (const auto& read_table : catalog_.tables) {
      if (!names.contains(read_table.name)) continue;
      list.tables.push_back(read_table.name);
      add(read_table.name);
      for (const auto& column : read_table.key) add(column);
      for (const auto& column : read_table.columns) {
        add(column.name);
        add(type_name(column.type));
      }
    }
    return hash.hex().substr(0, 16);
  }

  const Table* table_named(const std::string& name) const {
    for (const auto& table : catalog_.tables) {
      if (table.name == name) return &table;
    }
    return nullptr;
  }

  void finish_model(ReadModel& read_one) {
    check_uses(read_one.uses);
    Model& model = read_one.model;
    std::vector<std::string> params;
    for (const auto& param : model.params) params.push_back(param.name);
    check_spec(model.spec, params,
               source(folder_ / "models" / model.name / "model.spec", "catalog.spec"));
    model.version = version_of(model);
    catalog_.models.push_back(std::move(model));
  }

  void check_spec(const std::string& text, const std::vector<std::string>& params,
                  const Source& from) {
    const auto spec = parse_spec(text, from.file, problems_);
    for (const auto& one : spec.cases) {
      for (const auto& param : one.params) {
        if (!contains(params, param.name))
          from.problem(param.line, "unknown parameter " + param.name);
      }
      for (const auto& given : one.given) check_given(given, from);
    }
  }

  void check_given(const SpecTable& given, const Source& from) {
    const auto* table = catalog_.table(given.name);
    if (table == nullptr) {
      from.problem(given.line,
                   "unknown table " + given.name + did_you_mean(given.name, table_names_));
      return;
    }
    std::vector<std::string> names;
    for (const auto& column : table->columns) names.push_back(column.name);
    for (const auto& column : given.columns) {
      if (!is_snake_case(column) || contains(names, column)) continue;  // told already, or right
      from.problem(given.line, fmt::format("{} has no column {}{}", given.name, column,
                                           did_you_mean(column, names)));
    }
  }

  std::string version_of(const Model& model) const {
    std::set<std::string> read_names(model.reads.begin(), model.reads.end());
    for (auto view = catalog_.derived.rbegin(); view != catalog_.derived.rend(); ++view) {
      if (read_names.contains(view->name))
        read_names.insert(view->reads.begin(), view->reads.end());
    }
    Sha256 hash;
    const auto add = [&](const std::string& text) {
      hash.add(std::to_string(text.size()) + ":" + text);
    };
    add(model.yaml);
    add(model.sql);
    for (const auto& view : catalog_.derived) {
      if (!read_names.contains(view.name)) continue;
      add(view.name);
      add(view.sql);
    }
    return hash.hex().substr(0, 16);
  }

  std::string whole_hash() const {
    Sha256 hash;
    for (const auto& [path, text] : contents_) hash.add(path + "\n" + sha256_hex(text) + "\n");
    return hash.hex();
  }

  static bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  fs::path folder_;
  Problems problems_;
  std::optional<Error> unreadable_;
  std::map<std::string, std::string> contents_;  // by path
  std::vector<ReadTable> tables_;
  std::vector<ReadView> views_;
  std::vector<ReadDossier> dossiers_;
  std::vector<ReadModel> models_;
  std::vector<std::string> table_names_, list_names_, view_names_;
  Catalog catalog_;
};

}  // namespace

std::optional<std::size_t> Table::find(const std::string& column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return i;
  }
  return std::nullopt;
}

Result<Catalog> Catalog::load(const std::filesystem::path& folder) {
  return Loader(folder).load({});
}

Result<Catalog> Catalog::load(const std::filesystem::path& folder, const CheckMore& more) {
  return Loader(folder).load(more);
}

Result<Duties> load_duties(const std::filesystem::path& catalog_folder) {
  Problems problems;
  std::vector<DutyFile> files;
  for (const auto* name : duty_files) {
    const auto path = catalog_folder / "duties" / name;
    auto text = read_file(path);
    if (!text) return fail(text.error());
    files.push_back({std::move(*text), {path.generic_string(), "catalog.duties", &problems}});
  }
  auto duties = read_duties(files[0], files[1], files[2], files[3]);
  if (!problems.empty()) return fail(problems.error());
  return duties;
}

Result<fund::WorkCalendar> load_work_calendar(const std::filesystem::path& catalog_folder) {
  const auto path = catalog_folder / "calendar" / "work_days.yaml";
  if (!fs::exists(path)) return fund::WorkCalendar{};
  const auto text = read_file(path);
  if (!text) return fail(text.error());
  Problems problems;
  auto calendar = read_work_calendar(*text, {path.generic_string(), "catalog.calendar", &problems});
  if (!problems.empty()) return fail(problems.error());
  return calendar;
}

const Table* Catalog::table(const std::string& name) const {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const Table& one) { return one.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

const Model* Catalog::model(const std::string& name_or_code) const {
  const auto found = std::find_if(models.begin(), models.end(), [&](const Model& one) {
    return one.name == name_or_code || one.code == name_or_code;
  });
  return found == models.end() ? nullptr : &*found;
}

const Rule* Catalog::rule(const std::string& name_or_code) const {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& one) {
    return one.name == name_or_code || one.code == name_or_code;
  });
  return found == rules.end() ? nullptr : &*found;
}

const Detection* Catalog::detection(const std::string& name_or_code) const {
  if (const auto* found = model(name_or_code); found != nullptr) return found;
  return rule(name_or_code);
}

std::vector<std::string> Catalog::detection_names() const {
  std::vector<std::string> names;
  for (const auto& one : models) names.insert(names.end(), {one.name, one.code});
  for (const auto& one : rules) names.insert(names.end(), {one.name, one.code});
  return names;
}

const DossierKind* Catalog::dossier(const std::string& subject) const {
  const auto found = std::find_if(dossiers.begin(), dossiers.end(),
                                  [&](const DossierKind& one) { return one.subject == subject; });
  return found == dossiers.end() ? nullptr : &*found;
}

const Measure* Catalog::measure(const std::string& code) const {
  const auto found = std::find_if(measures.begin(), measures.end(),
                                  [&](const Measure& one) { return one.code == code; });
  return found == measures.end() ? nullptr : &*found;
}

const RiskNode* Catalog::node(const std::string& code) const {
  for (const auto& process : processes) {
    for (const auto& step : process.steps) {
      for (const auto& one : step.nodes) {
        if (one.code == code) return &one;
      }
    }
  }
  return nullptr;
}

Result<Model> parse_model(const std::string& name, const std::string& yaml, const std::string& sql,
                          const std::string& origin) {
  Problems problems;
  const Source source{origin, "catalog.model", &problems};
  auto read = read_model(name, yaml, sql, source, source);
  if (!problems.empty()) return fail(problems.error());
  return std::move(read.model);
}

Result<DerivedView> parse_view(const std::string& name, const std::string& sql,
                               const std::string& origin) {
  Problems problems;
  auto read = read_view(sql, name, {origin, "catalog.view", &problems});
  if (!problems.empty()) return fail(problems.error());
  return std::move(read.view);
}

Result<Rule> parse_rule(const std::string& name, const std::string& yaml,
                        const std::string& origin) {
  Problems problems;
  auto rule = read_rule(name, yaml, {origin, "catalog.rule", &problems});
  if (!problems.empty()) return fail(problems.error());
  return rule;
}

Result<RuleExclusions> parse_exclusions(const std::string& yaml, const std::string& origin) {
  Problems problems;
  auto exclusions = read_exclusions(yaml, {origin, "catalog.rule", &problems});
  if (!problems.empty()) return fail(problems.error());
  return exclusions;
}

Result<DossierKind> parse_dossier(const std::string& subject, const std::string& yaml,
                                  const std::vector<Table>& tables, const std::string& origin) {
  Problems problems;
  auto read = read_dossier(yaml, subject, tables, {origin, "catalog.dossier", &problems});
  if (!problems.empty()) return fail(problems.error());
  return std::move(read.kind);
}

}  // namespace anlan::catalog
