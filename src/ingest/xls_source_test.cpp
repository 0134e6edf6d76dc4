#include "ingest/xls_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "ingest/sniff.hpp"
#include "ingest/test_files.hpp"

namespace anlan::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// This very program is the child too; what main() does in `anlan` happens here before GoogleTest's
// main.
__attribute__((constructor)) void be_the_child_if_asked(int argc, char** argv, char**) {
  if (const auto code = run_xls_child_if_asked(argc, argv)) ::_exit(*code);
}

/// Writes a workbook by Debian's python3-xlwt; `script` finds it as `book`.
std::filesystem::path write_workbook(const TestFolder& folder, const std::string& script) {
  const auto path = folder.path() / "旧 表.xls";
  const auto program = folder.write(
      "make.py", "import datetime, sys, xlwt\nbook = xlwt.Workbook(encoding='utf-8')\n" + script +
                     "\nbook.save(sys.argv[1])\n");
  const std::string command = "/usr/bin/python3 '" + program.string() + "' '" + path.string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << "needs python3-xlwt (deps/debian.txt)";
  return path;
}

const std::string people =
    "book.add_sheet('空')\n"
    "sheet = book.add_sheet('人员')\n"
    "date = xlwt.easyxf(num_format_str='YYYY-MM-DD')\n"
    "time = xlwt.easyxf(num_format_str='YYYY-MM-DD HH:MM:SS')\n"
    "for i, name in enumerate(['姓名', '生日', '基数', '时间', '号码']): sheet.write(0, i, name)\n"
    "sheet.write(1, 0, '张三'); sheet.write(1, 1, datetime.date(1949, 12, 31), date)\n"
    "sheet.write(1, 2, 3120.4999999999995); sheet.write(1, 3, datetime.datetime(2018, 11, 30, 12, "
    "0, 1), time)\n"
    "sheet.write(1, 4, 110105194912310021)\n"
    "sheet.write(3, 0, '㛃䶮'); sheet.write(3, 2, 7)\n";

TEST(XlsSource, ReadsTheFirstSheetThatHoldsACell) {
  const TestFolder folder;
  const auto path = write_workbook(folder, people);
  ASSERT_EQ(sniff(path).value(), FileFormat::xls);
  auto source = open_records(path, {});
  ASSERT_TRUE(source) << source.error().detail;
  EXPECT_THAT(
      lines_of(**source),
      ElementsAre("1: 姓名|生日|基数|时间|号码",
                  "2: 张三|1949-12-31#d|3120.5#n|2018-11-30 12:00:01#d|110105194912310016#l",
                  "4: 㛃䶮||7#n"));
}

TEST(XlsSource, GivesResultsOfFormulasAndErrors) {
  const TestFolder folder;
  // xlwt stores 0 as the result of every formula; a chosen one is put in its place.
  const auto path = write_workbook(
      folder,
      "import struct\n"
      "from xlwt import BIFFRecords\n"
      "hidden = book.add_sheet('藏'); hidden.write(0, 0, 'x'); hidden.visibility = 1\n"
      "sheet = book.add_sheet('a'); book.set_active_sheet(1)\n"
      "date = xlwt.easyxf(num_format_str='YYYY-MM-DD')\n"
      "text = '结果€'.encode('utf-16-le')\n"
      "string = struct.pack('<HHHB', 0x0207, 3 + len(text), len(text) // 2, 1) + text\n"
      "results = [struct.pack('<d', 3120.4999999999995), struct.pack('<d', 43434), "
      "b'\\x01\\0\\x01\\0\\0\\0\\xff\\xff',\n"
      "           b'\\x02\\0\\x07\\0\\0\\0\\xff\\xff', b'\\x03\\0\\0\\0\\0\\0\\xff\\xff', "
      "b'\\0\\0\\0\\0\\0\\0\\xff\\xff']\n"
      "def put(self, row, column, style, rpn, calc_flags=0):\n"
      "  self._rec_data = struct.pack('<3H', row, column, style) + results[column - 1] + "
      "struct.pack('<HL', 0, 0) + rpn\n"
      "def bytes_with_text(self):\n"
      "  data = BIFFRecords.BiffRecord.get(self)\n"
      "  return data + string if data[6:8] == b'\\x06\\0' else data\n"
      "BIFFRecords.FormulaRecord.__init__ = put\n"
      "BIFFRecords.FormulaRecord.get = bytes_with_text\n"
      "sheet.write(0, 0, 'h')\n"
      "for i in range(6): sheet.write(1, i + 1, xlwt.Formula('1+1'), date if i == 1 else "
      "xlwt.Style.default_style)\n"
      "sheet.row(2).set_cell_error(0, 0x2A); sheet.row(2).set_cell_boolean(1, True)\n");
  auto source = open_xls(path, "");
  ASSERT_TRUE(source) << source.error().detail;
  EXPECT_THAT(
      lines_of(**source),
      ElementsAre("1: h", "2: |3120.5#n|2018-11-30#d|1#b|#DIV/0!#e||结果€", "3: #N/A#e|1#b"));
}

TEST(XlsSource, ChoosesSheetsByName) {
  const TestFolder folder;
  const auto path = write_workbook(folder, people);
  EXPECT_TRUE(open_xls(path, "人员"));
  EXPECT_EQ(open_xls(path, "空").error().code, "file.no_cells");
  const auto missing = open_xls(path, "乙");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "file.sheet_missing");
  EXPECT_THAT(missing.error().detail, HasSubstr("空, 人员"));
}

TEST(XlsSource, StreamsManyRowsAlsoBesideOtherThreads) {
  const TestFolder folder;
  const auto path = write_workbook(folder,
                                   "s = book.add_sheet('a')\n"
                                   "for i in range(20000):\n"
                                   "  for j in range(6): s.write(i, j, '行%d列%d' % (i, j))");
  std::vector<std::thread> readers;
  std::vector<std::size_t> counts(4);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    readers.emplace_back([&, i] {
      auto source = open_xls(path, "");
      if (source) counts[i] = lines_of(**source, 1000).size();
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_THAT(counts, ElementsAre(20000, 20000, 20000, 20000));
}

/// Lines of /proc/PID/status, of every child of this process.
std::vector<std::string> states_of_children() {
  std::vector<std::string> states;
  const std::string mine = "PPid:\t" + std::to_string(::getpid()) + "\n";
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto state = bytes_of(entry.path() / "status");
    if (state.find(mine) != std::string::npos) states.push_back(state);
  }
  return states;
}

TEST(XlsSource, ConfinesItsChildAndEndsItWhenLeftUnread) {
  const TestFolder folder;
  const auto path =
      write_workbook(folder,
                     "s = book.add_sheet('a')\n"
                     "for i in range(30000): s.write(i, 0, '一段不重复的文字 %d' % i)");
  {
    const auto source = open_xls(path, "");  // the child waits for somebody to read on
    ASSERT_TRUE(source) << source.error().detail;
    const auto states = states_of_children();
    ASSERT_EQ(states.size(), 1u);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_THAT(states[0], HasSubstr("Seccomp:\t2"));  // a filter
#endif
    EXPECT_THAT(states[0], HasSubstr("NoNewPrivs:\t1"));
  }
  EXPECT_TRUE(states_of_children().empty());
}

TEST(XlsSource, TurnsEveryEndOfItsChildIntoAnError) {
  const TestFolder folder;
  const auto path = folder.write("a.xls", "\xD0\xCF\x11\xE0");
  const auto child = [&](const std::string& script) {
    const auto program = folder.write("child.sh", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    auto source = open_xls(path, "", program);
    if (!source) return source.error().code + " " + source.error().detail;
    return lines_of(**source).back();
  };
  EXPECT_THAT(child("exit 0"), HasSubstr("ended with code 0"));
  EXPECT_THAT(child("kill -SEGV $$"), HasSubstr("stopped by signal 11"));
  EXPECT_THAT(child("printf 'X\\0\\0\\0\\0'"), HasSubstr("unknown frame"));
  EXPECT_THAT(child("printf 'R\\377\\377\\377\\377'"), HasSubstr("frame that is too long"));
  EXPECT_THAT(child("printf 'R\\4\\0\\0\\0abcd'"), HasSubstr("sent what is no row"));
  EXPECT_THAT(child("printf 'R\\10\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0'"),
              HasSubstr("sent what is no row"));
  EXPECT_THAT(child("printf 'E\\4\\0\\0\\0a.b'; printf '\\0'"), StartsWith("a.b a.xls"));
  EXPECT_EQ(open_xls(path, "", folder.path() / "none").error().code, "file.xls_reader");
}

TEST(XlsSource, SurvivesDamage) {
  const TestFolder folder;
  const std::string whole = bytes_of(write_workbook(folder, people));
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    std::string bytes = whole;
    if (round % 2 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      for (int i = 0; i < 20; ++i)
        bytes[512 + random() % (bytes.size() - 512)] = static_cast<char>(random());
    }
    auto source = open_xls(folder.write("a.xls", bytes), "");
    if (source) {
      (void)lines_of(**source);
      continue;
    }
    EXPECT_THAT(source.error().code, StartsWith("file."));
    ++refused;
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace anlan::ingest
