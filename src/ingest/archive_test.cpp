#include "ingest/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "ingest/test_files.hpp"

namespace anlan::ingest {
namespace {

using ::testing::HasSubstr;

std::string gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string lines(int count) {
  std::mt19937 random(1);
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(random()) + ",张三\n";
  return text;
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(Unpack, JoinsTheMembersOfAGzipFileAndRemovesWhatItMade) {
  const TestFolder folder;
  const TestFolder temp;
  const std::string first = lines(100'000);
  const auto path =
      folder.write("person-2018.csv.gz",
                   gzipped(first) + gzipped("") + gzipped("end\n") + std::string(1000, '\0'));
  {
    const auto files = unpack(path, temp.path());
    ASSERT_TRUE(files) << files.error().detail;
    ASSERT_EQ(files->size(), 1u);
    EXPECT_EQ(files->front().name, "person-2018.csv");
    EXPECT_TRUE(bytes_of(files->front().file.path()) == first + "end\n");
    EXPECT_EQ(files_in(temp.path()), 1u);
  }
  EXPECT_EQ(files_in(temp.path()), 0u);
}

TEST(Unpack, RefusesDamagedGzipFiles) {
  const TestFolder folder;
  const TestFolder temp;
  const std::string whole = gzipped(lines(2000));
  std::string changed = whole;
  changed[changed.size() / 2] ^= 0x40;
  std::string wrong_sum = whole;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  const struct {
    std::string bytes;
    std::string_view what;
  } rows[] = {
      {whole.substr(0, 2), "cut off"},
      {whole.substr(0, whole.size() / 2), "cut off"},
      {whole.substr(0, whole.size() - 1), "cut off"},
      {changed, "wrong data"},
      {wrong_sum, "wrong data"},
      {whole + "x", "cut off"},
      {whole + "garbage", "wrong data"},
      {whole + whole.substr(0, 100), "cut off"},
  };
  for (const auto& row : rows) {
    const auto files = unpack(folder.write("a.csv.gz", row.bytes), temp.path());
    ASSERT_FALSE(files) << row.what;
    EXPECT_EQ(files.error().code, "file.damaged");
    EXPECT_THAT(files.error().detail, HasSubstr(std::string(row.what)));
  }
  EXPECT_EQ(files_in(temp.path()), 0u);
}

TEST(Unpack, RefusesBombsAndOversize) {
  const TestFolder folder;
  const TestFolder temp;
  const std::string zeros(4 << 20, '0');
  const auto gz = folder.write("a.gz", gzipped(zeros));
  const auto zip = folder.write_zip("a.zip", {{"a.csv", zeros}});
  for (const auto& path : {gz, zip}) {
    EXPECT_EQ(unpack(path, temp.path(), {.ratio_from_bytes = 1 << 20}).error().code,
              "file.zip_bomb");
    EXPECT_EQ(unpack(path, temp.path(), {.bytes_max = 1 << 20}).error().code, "file.too_large");
    EXPECT_TRUE(unpack(path, temp.path()));  // below 64 MiB emptiness is no crime
  }
  EXPECT_EQ(
      unpack(folder.write_zip("b.zip", {{"a", "1"}, {"b", "2"}}), temp.path(), {.files_max = 1})
          .error()
          .code,
      "file.too_large");
  EXPECT_EQ(files_in(temp.path()), 0u);
}

TEST(Unpack, GivesTheFilesOfAZipUnderTheirOwnNames) {
  const TestFolder folder;
  const TestFolder temp;
  // 数据/人员.csv in GB18030, as zip writers in China leave it.
  const std::string gb = "\xCA\xFD\xBE\xDD/\xC8\xCB\xD4\xB1.csv";
  const auto path = folder.write_zip("月报.zip", {{"../../etc/单位.csv", "a"},
                                                  {gb, "b"},
                                                  {"/abs.csv", ""},
                                                  {"__MACOSX/._x.csv", "junk"},
                                                  {"x/.DS_Store", "junk"},
                                                  {"x/", ""}});
  const auto files = unpack(path, temp.path());
  ASSERT_TRUE(files) << files.error().detail;
  ASSERT_EQ(files->size(), 3u);
  EXPECT_EQ((*files)[0].name, "../../etc/单位.csv");
  EXPECT_EQ((*files)[1].name, "数据/人员.csv");
  EXPECT_EQ((*files)[2].name, "/abs.csv");
  EXPECT_EQ(bytes_of((*files)[1].file.path()), "b");
  for (const auto& file : *files) EXPECT_EQ(file.file.path().parent_path(), temp.path());
}

TEST(Unpack, RefusesArchivesInsideArchives) {
  const TestFolder folder;
  const TestFolder temp;
  const auto inner = bytes_of(folder.write_zip("inner.zip", {{"a.csv", "x"}}));
  for (const auto& path :
       {folder.write_zip("a.zip", {{"inner", inner}}),
        folder.write_zip("b.zip", {{"a.csv.gz", gzipped("x")}}),
        folder.write("c.gz", gzipped(gzipped("x"))), folder.write("d.gz", gzipped(inner))}) {
    EXPECT_EQ(unpack(path, temp.path()).error().code, "file.nested_archive") << path;
  }
  // A workbook is a zip file too, but one to be read.
  EXPECT_TRUE(unpack(
      folder.write_zip("e.zip",
                       {{"表.xlsx", bytes_of(folder.write_zip("x", {{"xl/workbook.xml", ""}}))}}),
      temp.path()));
}

TEST(Unpack, RefusesDamagedZipFilesAndPasswords) {
  const TestFolder folder;
  const TestFolder temp;
  const std::string whole =
      bytes_of(folder.write_zip("a.zip", {{"a.csv", lines(5000)}, {"b.csv", "x"}}));
  std::string changed = whole;
  changed[whole.size() / 3] ^= 0x11;
  EXPECT_EQ(unpack(folder.write("b.zip", changed), temp.path()).error().code, "file.damaged");
  EXPECT_EQ(
      unpack(folder.write("b.zip", whole.substr(0, whole.size() - 30)), temp.path()).error().code,
      "file.damaged");
  const auto locked = folder.write_zip("c.zip", {{"a.csv", "secret"}});
  int code = 0;
  zip_t* zip = zip_open(locked.c_str(), 0, &code);
  ASSERT_NE(zip, nullptr);
  ASSERT_EQ(zip_file_set_encryption(zip, 0, ZIP_EM_AES_256, "pw"), 0);
  ASSERT_EQ(zip_close(zip), 0);
  EXPECT_EQ(unpack(locked, temp.path()).error().code, "file.zip_password");
  EXPECT_EQ(unpack(locked, temp.path() / "missing").error().code, "file.zip_password");
  EXPECT_EQ(unpack(folder.write("a.gz", gzipped("x")), temp.path() / "missing").error().code,
            "file.unwritable");
}

TEST(Unpack, SurvivesFlippedBytes) {
  const TestFolder folder;
  const TestFolder temp;
  const std::string gz = gzipped(lines(500));
  const std::string zip =
      bytes_of(folder.write_zip("a.zip", {{"a.csv", lines(500)}, {"b.csv", lines(5)}}));
  std::mt19937 random(42);
  for (int round = 0; round < 400; ++round) {
    std::string bytes = round % 2 == 0 ? gz : zip;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    (void)unpack(folder.write("x", bytes), temp.path());
  }
  EXPECT_EQ(files_in(temp.path()), 0u);
}

}  // namespace
}  // namespace anlan::ingest
