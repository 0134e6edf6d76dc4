#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/session.hpp"
#include "catalog/catalog.hpp"
#include "sim/city.hpp"

namespace anlan::app {
namespace {

struct SimOptions {
  std::string folder;
  std::int64_t people = 200'000;
  std::uint64_t seed = 1;
  std::string start = "2017-01";
  int months = 24;
  std::string format = "csv";
  double spoil = 0;
  unsigned threads = 0;
  bool plain = false;
};

void make(const SimOptions& options, Session& session) {
  const auto start = parse_month(options.start);
  if (!start) return session.report(start.error());
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return session.report(catalog.error());

  sim::CityOptions city;
  city.people = options.people;
  city.seed = options.seed;
  city.start = *start;
  city.months = options.months;
  city.threads = options.threads;
  city.format = options.format == "parquet" ? sim::Format::parquet : sim::Format::csv;
  // A share given by people, not money; rounded to a millionth.
  city.spoil_per_million = static_cast<std::uint32_t>(std::lround(options.spoil * 1e6));
  city.plain = options.plain;

  const bool terminal = isatty(STDERR_FILENO) != 0;
  int told = -1;
  const auto counts = sim::make_city(*catalog, city, options.folder, [&](int per_mille) {
    const int step = terminal ? per_mille : per_mille / 100 * 100;
    if (step == told) return;
    told = step;
    fmt::print(stderr, "{}{}{}%{}", terminal ? "\r" : "",
               session.say("正在生成城市 ", "making the city "), step / 10, terminal ? "" : "\n");
    std::fflush(stderr);
  });
  if (terminal) fmt::print(stderr, "\n");
  if (!counts) return session.report(counts.error());
  if (session.json) {
    fmt::print("{{\"rows\": {}, \"bytes\": {}, \"planted\": {}, \"lookalikes\": {}}}\n",
               counts->rows, counts->bytes, counts->planted, counts->lookalikes);
    return;
  }
  fmt::print("{}: {} {}, {} MB; {} {}, {} {} (truth.csv)\n", options.folder, counts->rows,
             session.say("行", "rows"), counts->bytes / 1'000'000,
             session.say("植入疑点", "planted"), counts->planted,
             session.say("相似而无辜", "look-alikes"), counts->lookalikes);
}

}  // namespace

void add_sim_command(CLI::App& app, Session& session) {
  auto options = std::make_shared<SimOptions>();
  auto* verb = app.add_subcommand(
      "sim", session.say("生成合成城市的数据文件", "make the extracts of a synthetic city"));
  verb->add_option("OUT", options->folder,
                   session.say("输出文件夹（新建或为空）", "folder to write, new or empty"))
      ->required();
  verb->add_option("--people", options->people, session.say("人数", "people"))
      ->capture_default_str();
  verb->add_option("--seed", options->seed, session.say("随机种子", "seed"))->capture_default_str();
  verb->add_option("--start", options->start, session.say("首月", "first month"))
      ->capture_default_str();
  verb->add_option("--months", options->months, session.say("月数", "months"))
      ->capture_default_str();
  verb->add_option("--format", options->format, session.say("文件格式 csv|parquet", "csv|parquet"))
      ->check(CLI::IsMember({"csv", "parquet"}))
      ->capture_default_str();
  verb->add_option(
          "--spoil", options->spoil,
          session.say("坏行比例，如 0.01（仅 csv）", "share of spoiled rows, as 0.01 (csv only)"))
      ->check(CLI::Range(0.0, 0.5));
  verb->add_option("--threads", options->threads,
                   session.say("线程数，0 为全部", "threads, 0 for all cores"));
  verb->add_flag("--plain", options->plain,
                 session.say("全部用 UTF-8 与英文表头", "UTF-8 and English headers everywhere"));
  verb->callback([options, &session] { make(*options, session); });
}

}  // namespace anlan::app
