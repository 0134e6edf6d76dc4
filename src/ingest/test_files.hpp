#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/record_source.hpp"

namespace anlan::ingest {

/// A folder of one test, gone with it; its name holds a space and Chinese on purpose.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "接收 ingest-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }
  std::filesystem::path write_zip(
      const std::string& name,
      const std::vector<std::pair<std::string, std::string>>& members) const {
    int code = 0;
    zip_t* zip = zip_open((path_ / name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    EXPECT_NE(zip, nullptr);
    for (const auto& [member, content] : members) {
      zip_source_t* source = zip_source_buffer(zip, content.data(), content.size(), 0);
      EXPECT_GE(zip_file_add(zip, member.c_str(), source, ZIP_FL_ENC_RAW), 0);
    }
    EXPECT_EQ(zip_close(zip), 0);
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(content).str();
}

/// A cell that is not plain text is followed by #n(umber), #l(ossy), #d(ate), #b(oolean) or
/// #e(rror).
inline std::string cell_text(std::string text, CellKind kind) {
  switch (kind) {
    case CellKind::text:
      return text;
    case CellKind::number:
      return text + "#n";
    case CellKind::lossy_number:
      return text + "#l";
    case CellKind::date:
      return text + "#d";
    case CellKind::boolean:
      return text + "#b";
    case CellKind::formula_error:
      return text + "#e";
  }
  return text;
}

/// All that is left of a source, one line a record: "row: cell|cell|cell"; an error's code and
/// detail as the last.
inline std::vector<std::string> lines_of(RecordSource& source, std::size_t records_max = 3) {
  std::vector<std::string> lines;
  RecordBatch batch;
  for (;;) {
    const auto more = source.next(batch, records_max);
    if (!more) {
      lines.push_back(more.error().code + " " + more.error().detail);
      return lines;
    }
    if (!*more) return lines;
    EXPECT_LE(batch.records(), records_max);
    EXPECT_EQ(batch.row_nos.size(), batch.records());
    EXPECT_EQ(batch.kinds.size(), batch.field_ends.size());
    EXPECT_EQ(batch.record_ends.back(), batch.field_ends.size());
    std::uint32_t field = 0;
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < batch.records(); ++i) {
      std::string line = std::to_string(batch.row_nos[i]) + ": ";
      for (const auto first = field; field < batch.record_ends[i]; ++field) {
        if (field > first) line += '|';
        line += cell_text(batch.arena.substr(at, batch.field_ends[field] - at), batch.kinds[field]);
        at = batch.field_ends[field];
      }
      lines.push_back(line);
    }
  }
}

}  // namespace anlan::ingest
