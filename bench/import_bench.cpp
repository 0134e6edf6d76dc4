// Import of a benefit_payment CSV against the engine's own COPY of the same file to Parquet, which
// checks nothing. Usage: import_bench FOLDER [ROWS] [RUNS]

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "fund/id_number.hpp"
#include "ingest/import.hpp"
#include "lake/engine.hpp"

namespace anlan {
namespace {

struct Measured {
  double seconds = 0;
  double cpu_seconds = 0;
  double peak_mb = 0;
};

/// Runs `work` in a process of its own, so that its memory is its own.
Measured measure(const std::function<bool()>& work) {
  const auto begun = std::chrono::steady_clock::now();
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(work() ? 0 : 1);
  int status = 0;
  struct rusage used {};
  ::wait4(child, &status, 0, &used);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fmt::print(stderr, "a run failed\n");
    std::exit(1);
  }
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(),
          seconds(used.ru_utime) + seconds(used.ru_stime),
          static_cast<double>(used.ru_maxrss) / 1024};
}

/// Payments of 200,000 people, month after month; numbers of the region reserved for samples.
void write_payments(const std::filesystem::path& file, std::int64_t rows) {
  constexpr std::int64_t people = 200'000;
  const char* const names[] = {"张三丰", "李小龙", "王五", "赵敏", "欧阳建国", "陈桂花"};
  std::ofstream out(file, std::ios::binary);
  out << "pay_id,person_id,employer_id,scheme,settle_month,benefit_month,item,amount,acct_part,"
         "payee_name,"
         "payee_id,payee_rel,bank_name,acct_name,acct_no,pay_mode,pay_kind,pool_kind,batch_id,"
         "result,op_id,op_date\n";
  std::string line;
  std::uint64_t noise = 20181130;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t person = i % people;
    noise = noise * 6364136223846793005u + 1442695040888963407u;
    const Month month = Month::of(2010, 1).plus(static_cast<int>(i / people));
    std::string id = fmt::format("990000{}{:02}{:02}{:03}", 1940 + person % 30, 1 + person / 7 % 12,
                                 1 + person / 11 % 28, person % 996);
    id += fund::id_check_digit(id.data());
    const char* const name = names[person % 6];
    line.clear();
    fmt::format_to(std::back_inserter(line),
                   "P{:012},R{:08},E{:06},110,{},{},100011,{}.{:02},{}.{:02},{},{},本人,"
                   "中国工商银行和平支行,{},"
                   "6222{:015},11,0,1,B{},1,op{:02},{}-10\n",
                   i, person, person % 997, month.value, month.value, 1500 + (noise >> 40) % 5000,
                   (noise >> 30) % 100, 100 + (noise >> 20) % 900, (noise >> 10) % 100, name, id,
                   name, person * 7919, month.value, person % 50, format_month(month));
    out << line;
  }
}

bool copy_unchecked(const std::filesystem::path& csv, const std::filesystem::path& parquet) {
  auto engine = lake::Engine::open({});
  if (!engine) return false;
  auto connection = engine->connect();
  return connection &&
         connection->run(fmt::format("COPY (SELECT * FROM read_csv({})) TO {} (FORMAT parquet)",
                                     sql_quoted(csv.string()), sql_quoted(parquet.string())));
}

bool import_checked(const std::filesystem::path& csv, const std::filesystem::path& folder) {
  const auto workspace = lake::Workspace::init(folder, "bench");
  const auto catalog = catalog::Catalog::load(std::filesystem::path(ANLAN_SOURCE_DIR) / "catalog");
  if (!workspace || !catalog) return false;
  const auto lock = workspace->lock_for_writing();
  ingest::ImportOptions options;
  options.today = Date::of(2026, 1, 1);
  options.received_at = "2026-01-01T08:00:00+08:00";
  const auto report =
      ingest::import_file(*workspace, *catalog, ingest::received_file(csv), options, &*lock);
  if (!report) fmt::print(stderr, "{} {}\n", report.error().code, report.error().detail);
  return report && report->manifest.rows_rejected == 0;
}

Measured median(std::vector<Measured> runs) {
  std::sort(runs.begin(), runs.end(),
            [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
  return runs[runs.size() / 2];
}

}  // namespace
}  // namespace anlan

int main(int argc, char** argv) {
  using namespace anlan;
  if (argc < 2) {
    fmt::print(stderr, "usage: import_bench FOLDER [ROWS] [RUNS]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const std::int64_t rows = argc > 2 ? std::atoll(argv[2]) : 5'000'000;
  const int runs = argc > 3 ? std::atoi(argv[3]) : 3;
  const auto csv = folder / "benefit_payment.csv";
  write_payments(csv, rows);

  std::vector<Measured> copies;
  std::vector<Measured> imports;
  for (int run = 0; run < runs; ++run) {
    std::filesystem::remove_all(folder / "workspace");
    copies.push_back(measure([&] { return copy_unchecked(csv, folder / "copy.parquet"); }));
    imports.push_back(measure([&] { return import_checked(csv, folder / "workspace"); }));
  }
  const Measured copy = median(copies);
  const Measured import = median(imports);
  fmt::print("benefit_payment.csv: {} rows, {:.0f} MB; {} cores; medians of {}, alternating\n",
             rows, static_cast<double>(std::filesystem::file_size(csv)) / 1e6,
             std::thread::hardware_concurrency(), runs);
  fmt::print("{:<28}{:>9}{:>9}{:>14}{:>10}\n", "", "wall s", "cpu s", "rows/s", "peak MB");
  const auto print = [&](const char* name, const Measured& m) {
    fmt::print("{:<28}{:>9.2f}{:>9.2f}{:>14.0f}{:>10.0f}\n", name, m.seconds, m.cpu_seconds,
               static_cast<double>(rows) / m.seconds, m.peak_mb);
  };
  print("DuckDB COPY, unchecked", copy);
  print("anlan import, checked", import);
  fmt::print("ratio: {:.2f} of wall time (goal: at most 2), {:.2f} of cpu time\n",
             import.seconds / copy.seconds, import.cpu_seconds / copy.cpu_seconds);
}
