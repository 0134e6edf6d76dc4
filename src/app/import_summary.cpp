#include "app/import_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "app/count_text.hpp"
#include "base/text.hpp"
#include "ingest/reason.hpp"

namespace anlan::app {
namespace {

struct TableSum {
  std::int64_t files = 0;
  std::int64_t read = 0;
  std::int64_t loaded = 0;
  std::int64_t rejected = 0;
  std::int64_t marked = 0;
  double seconds = 0;

  void add(const ingest::ImportReport& report) {
    ++files;
    read += report.manifest.rows_read;
    loaded += report.manifest.rows_loaded;
    rejected += report.manifest.rows_rejected;
    marked += report.manifest.rows_marked;
    seconds += report.seconds;
  }
};

void print_sum(const std::string& name, const std::string& title, std::size_t title_width,
               const TableSum& sum) {
  fmt::print("{} {} {:>6} {:>13} {:>13} {:>9} {:>9} {:>9.1f}\n", pad_right(name, 20),
             pad_right(title, title_width), sum.files, count_text(sum.read), count_text(sum.loaded),
             count_text(sum.rejected), count_text(sum.marked), sum.seconds);
}

}  // namespace

void print_import_summary(std::span<const ingest::ImportReport* const> reports,
                          const catalog::Catalog& catalog, const std::string& rejects_folder,
                          const Session& session) {
  std::map<std::string, TableSum> tables;
  std::map<std::string, std::pair<std::int64_t, ingest::Reason>> reasons;
  TableSum total;
  for (const auto* report : reports) {
    tables[report->manifest.table].add(*report);
    total.add(*report);
    for (const auto& [reason, rows] : report->reasons) {
      auto& entry = reasons[std::string(ingest::reason_code(reason))];
      entry.first += rows;
      entry.second = reason;
    }
  }
  std::size_t width = 12;
  for (const auto& [name, sum] : tables) {
    if (const auto* table = catalog.table(name))
      width = std::max(width, display_width(table->title.in(session.lang)));
  }
  fmt::print("{} {} {} {} {} {} {} {}\n", pad_right(session.say("表", "table"), 20),
             pad_right(session.say("名称", "title"), width),
             pad_left(session.say("文件", "files"), 6), pad_left(session.say("读取", "read"), 13),
             pad_left(session.say("载入", "loaded"), 13),
             pad_left(session.say("拒收", "rejected"), 9),
             pad_left(session.say("标记", "marked"), 9), pad_left(session.say("秒", "s"), 9));
  for (const auto& [name, sum] : tables) {
    const auto* table = catalog.table(name);
    print_sum(name, table == nullptr ? "" : table->title.in(session.lang), width, sum);
  }
  print_sum(session.say("合计", "total"), "", width, total);
  if (reasons.empty()) return;

  std::vector<std::pair<std::int64_t, ingest::Reason>> order;
  for (const auto& [code, entry] : reasons) order.push_back(entry);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  fmt::print("\n{}\n", session.say("拒收与标记的原因：", "reasons of rejection and marking:"));
  for (const auto& [rows, reason] : order) {
    fmt::print("  {}  {}  {}\n", pad_left(count_text(rows), 12),
               ingest::reason_words(reason, session.lang), ingest::reason_code(reason));
  }
  fmt::print("{}{}\n",
             session.say("逐行明细（原行、列、值、原因）：",
                         "each row, whole, with column, value and reason: "),
             rejects_folder);
}

}  // namespace anlan::app
