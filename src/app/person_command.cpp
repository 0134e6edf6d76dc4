#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/dossier_page.hpp"
#include "app/dossier_steps.hpp"
#include "app/session.hpp"
#include "dossier/build.hpp"
#include "dossier/description.hpp"
#include "fund/id_number.hpp"
#include "lake/workspace.hpp"

namespace anlan::app {
namespace {

struct Options {
  std::string folder;
  std::string id;
  bool reveal = false;
  bool each_row = false;
};

/// The number as dossiers keep it; anything that is no ID number as it is, since a person_id that
/// nobody registered stands for itself.
std::string subject_id(const std::string& given) {
  fund::IdDigits digits{};
  if (fund::normalise_id_no(given, digits) == fund::IdOutcome::malformed) return given;
  return {digits.begin(), digits.end()};
}

/// The description beside the files, if files and catalog agree with it: then the catalog need not
/// be read at all.
std::optional<dossier::Description> fresh_description(const lake::Workspace& workspace,
                                                      const lake::Snapshot& snapshot,
                                                      const std::string& stamp) {
  auto description = dossier::read_description(workspace.folder(), "person");
  if (!description || description->stamp != stamp) return std::nullopt;
  const auto files = dossier::DossierFiles::open(workspace.folder(), description->kind);
  if (!files || !files->agrees_with(snapshot)) return std::nullopt;
  return std::move(*description);
}

Result<dossier::Description> built_description(const lake::Workspace& workspace,
                                               const lake::Snapshot& snapshot,
                                               const std::string& stamp, const Session& session,
                                               bool from_scratch) {
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  const auto* kind = catalog->dossier("person");
  if (kind == nullptr) return fail(ErrorKind::not_found, "dossier.unknown_kind", "person");
  DossierSteps steps(*kind, session.lang);
  dossier::BuildOptions options;
  options.threads = workspace.settings().threads;
  options.memory_bytes = workspace.settings().memory_bytes;
  options.from_scratch = from_scratch;
  options.on_step = steps.teller();
  if (from_scratch) {
    if (auto built = dossier::build_dossiers(workspace, *catalog, snapshot, *kind, options); !built)
      return fail(built.error());
  }
  const auto files = dossier::open_or_build(workspace, *catalog, snapshot, *kind, options);
  steps.clear();
  if (!files) return fail(files.error());
  auto description = dossier::describe(*catalog, *kind, stamp);
  if (auto kept = dossier::keep_description(workspace.folder(), description); !kept)
    return fail(kept.error());
  return description;
}

Status show(const Options& options, Session& session) {
  const auto workspace = lake::Workspace::open(std::filesystem::absolute(options.folder));
  if (!workspace) return fail(workspace.error());
  const auto snapshot = lake::current_snapshot(*workspace);
  if (!snapshot) return fail(snapshot.error());
  const auto stamp = dossier::catalog_stamp(session.catalog);
  if (!stamp) return fail(stamp.error());
  auto description = fresh_description(*workspace, *snapshot, *stamp);
  const auto make = [&](bool from_scratch) -> Status {
    auto built = built_description(*workspace, *snapshot, *stamp, session, from_scratch);
    if (!built) return fail(built.error());
    description.emplace(std::move(*built));
    return {};
  };
  if (!description) {
    if (auto made = make(false); !made) return made;
  }
  const auto find = [&]() -> Result<std::pair<dossier::MappedBucket, std::size_t>> {
    const auto files = dossier::DossierFiles::open(workspace->folder(), description->kind);
    if (!files) return fail(files.error());
    return files->find(subject_id(options.id));
  };
  auto found = find();
  if (!found && found.error().kind != ErrorKind::not_found) {
    if (auto made = make(true); !made) return made;
    found = find();
  }
  if (!found) return fail(found.error());

  const PageOptions page{session.lang, options.reveal, options.each_row};
  const dossier::Dossier dossier{&found->first.bucket(), found->second};
  if (session.json) {
    fmt::print("{}\n", dossier_json(dossier, *description, page).dump(2));
  } else {
    fmt::print("{}", dossier_page(dossier, *description, page));
  }
  return {};
}

}  // namespace

void add_person_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "person",
      session.say("一个人的档案卷，按时间排列", "one person's dossier, in the order of time"));
  verb->add_option("DIR", options->folder, session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("ID_NO", options->id, session.say("社会保障号码", "identity number"))
      ->required();
  verb->add_flag("--reveal", options->reveal,
                 session.say("显示姓名、证件、账号、电话和地址",
                             "show names, ID numbers, accounts, phones and addresses"));
  verb->add_flag(
      "--each-row", options->each_row,
      session.say("逐行显示，不合并相同的月份", "every row, like months not drawn together"));
  verb->callback([options, &session] {
    if (auto done = show(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
