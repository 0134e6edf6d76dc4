#include "app/lake_examination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "lake/deliveries.hpp"

namespace anlan::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* bring_back_zh = "从备份放回该次接收数据，或重新导入原文件";
constexpr const char* bring_back_en =
    "bring the delivery back from a backup, or import its file again";

class ExaminingLake {
 public:
  ExaminingLake(const lake::Workspace& workspace, const std::map<std::string, ToldDelivery>& told,
                bool quick, WorkLine& line)
      : workspace_(workspace), told_(told), quick_(quick), line_(line) {}

  LakeExamination run() {
    std::error_code error;
    std::vector<fs::path> folders;
    for (const auto& table : fs::directory_iterator(workspace_.lake(), error)) {
      if (table.path().filename().string().starts_with(".") || !table.is_directory(error)) continue;
      for (const auto& delivery : fs::directory_iterator(table.path(), error)) {
        folders.push_back(delivery.path());
      }
    }
    if (error) find("lake.unreadable", workspace_.lake().string() + ": " + error.message());
    std::sort(folders.begin(), folders.end());
    for (const auto& folder : folders) examine(folder);
    for (const auto& [id, told] : told_) {
      if (!seen_.contains(id)) {
        find("lake.delivery_missing", fmt::format("{}/delivery={}", told.table, id));
      }
    }
    if (!quick_) hash_parts();
    if (!quick_ && result_.unhashed > 0) read_unhashed();
    return std::move(result_);
  }

 private:
  struct Part {
    fs::path file;
    std::string sha256;
    std::uint64_t bytes = 0;
  };

  void find(std::string code, std::string place) {
    result_.found.push_back({std::move(code), std::move(place), bring_back_zh, bring_back_en});
  }

  void examine(const fs::path& folder) {
    const auto name = folder.filename().string();
    if (name.starts_with("delivery=")) seen_.insert(name.substr(9));
    const auto file = folder / "manifest.json";
    const auto text = read_file(file);
    if (!text) return find("lake.manifest_missing", file.string());
    const auto manifest = lake::parse_manifest(*text, file.string());
    if (!manifest) return find(manifest.error().code, manifest.error().detail);
    ++result_.deliveries;
    const auto told = told_.find(manifest->id);
    const bool changed = told != told_.end() && !told->second.manifest.empty() &&
                         told->second.manifest != sha256_hex(*text);
    if (changed || name != "delivery=" + manifest->id ||
        lake::delivery_id(*manifest) != manifest->id ||
        folder.parent_path().filename() != manifest->table) {
      find("lake.manifest_changed", file.string());
    }
    const bool hashed = manifest->parts_sha256.size() == manifest->parts.size();
    if (!hashed) ++result_.unhashed;
    for (std::size_t i = 0; i < manifest->parts.size(); ++i) {
      const auto part = folder / manifest->parts[i];
      std::error_code error;
      const auto bytes = fs::file_size(part, error);
      if (error) {
        find("lake.part_missing", part.string());
      } else if (hashed) {
        parts_.push_back({part, manifest->parts_sha256[i], bytes});
      }
    }
  }

  /// Largest first, a thread for each core; what is found is told in the order of files.
  void hash_parts() {
    std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : a.file < b.file;
    });
    std::uint64_t total = 0;
    for (const auto& part : parts_) total += part.bytes;
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::vector<std::string> changed;
    std::uint64_t done = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < parts_.size(); i = next++) {
        const auto hash = sha256_file_hex(parts_[i].file);
        const std::lock_guard lock(mutex);
        if (!hash || *hash != parts_[i].sha256) changed.push_back(parts_[i].file.string());
        done += parts_[i].bytes;
        line_.bytes(done, total);
      }
    };
    {
      std::vector<std::jthread> others;
      const auto threads = workspace_.settings().threads != 0
                               ? workspace_.settings().threads
                               : std::max(1U, std::thread::hardware_concurrency());
      for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
      work();
    }
    std::sort(changed.begin(), changed.end());
    for (auto& file : changed) find("lake.part_changed", std::move(file));
    result_.bytes = total;
  }

  /// Deliveries of an older program have no hashes: every page is read instead, which finds what
  /// cannot be decoded and rows that are missing.
  void read_unhashed() {
    if (const auto good = lake::verify_deliveries(workspace_); !good) {
      if (good.error().code == "delivery.damaged") find(good.error().code, good.error().detail);
    }
  }

  const lake::Workspace& workspace_;
  const std::map<std::string, ToldDelivery>& told_;
  const bool quick_;
  WorkLine& line_;
  std::set<std::string> seen_;
  std::vector<Part> parts_;
  LakeExamination result_;
};

}  // namespace

LakeExamination examine_lake(const lake::Workspace& workspace,
                             const std::map<std::string, ToldDelivery>& told, bool quick,
                             WorkLine& line) {
  return ExaminingLake(workspace, told, quick, line).run();
}

}  // namespace anlan::app
