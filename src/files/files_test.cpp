#include "files/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zip.h>

#include "base/file.hpp"
#include "journal/outbox.hpp"
#include "store/test_database.hpp"

namespace anlan::files {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string path = (fs::temp_directory_path() / "anlan-files-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }
  fs::path with(const std::string& name, const std::string& content) const {
    EXPECT_TRUE(write_file(path_ / name, content));
    return path_ / name;
  }
  fs::path with_zip(const std::string& name, const std::vector<std::string>& members) const {
    const auto path = path_ / name;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
    for (const auto& member : members) {
      zip_source_t* source = zip_source_buffer(archive, "x", 1, 0);
      EXPECT_GE(zip_file_add(archive, member.c_str(), source, 0), 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return path;
  }

 private:
  fs::path path_;
};

std::string kind_of(const fs::path& path) {
  const auto media = media_of(path);
  return media ? std::string(word_of(*media)) : media.error().code;
}

TEST(Media, IsKnownByBytesAndNotByName) {
  const Folder folder;
  const struct {
    std::string bytes, expected;
  } rows[] = {
      {"%PDF-1.7\n…", "pdf"},
      {"%PD", "text"},
      {std::string("\x89PNG\r\n\x1a\n\0", 9), "png"},
      {std::string("\x89PNG\r\n\x1a", 7), "file.kind_refused"},
      {"\xFF\xD8\xFF\xE0 JFIF", "jpeg"},
      {"姓名,金额\r\n张三,1\r\n", "text"},
      {"\xEF\xBB\xBF姓名", "text"},
      {std::string("a\0b", 3), "file.kind_refused"},
      {"a\x1b[2J", "file.kind_refused"},
      {"\xD0\xD5\xC3\xFB", "file.kind_refused"},  // GB18030
      {"\xC0\x80", "file.kind_refused"},          // overlong
      {"\xED\xA0\x80", "file.kind_refused"},      // a surrogate
      {"\xF4\x90\x80\x80", "file.kind_refused"},  // behind U+10FFFF
      {"cut off \xE5\xBC", "file.kind_refused"},
      {"", "file.empty"},
      {"MZ\x90\x01", "file.kind_refused"},
      {std::string("PK\x03\x04 no archive at all"), "file.damaged"},
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "file.kind_refused"},  // an office file before 2007
  };
  for (const auto& row : rows) {
    EXPECT_EQ(kind_of(folder.with("report.pdf", row.bytes)), row.expected) << row.bytes;
  }
  EXPECT_EQ(kind_of(folder.with_zip("a", {"[Content_Types].xml", "word/document.xml"})), "docx");
  EXPECT_EQ(kind_of(folder.with_zip("b", {"[Content_Types].xml", "xl/workbook.xml"})), "xlsx");
  EXPECT_EQ(kind_of(folder.with_zip("c", {"OFD.xml", "Doc_0/Document.xml"})), "ofd");
  EXPECT_EQ(kind_of(folder.with_zip("d", {"票据/1.jpg"})), "zip");
  EXPECT_EQ(kind_of(folder.with_zip("e", {"[Content_Types].xml", "ppt/presentation.xml"})),
            "file.kind_refused");
  EXPECT_EQ(kind_of(folder.with_zip(
                "f", {"[Content_Types].xml", "word/document.xml", "word/VBAProject.bin"})),
            "file.macros");
  EXPECT_EQ(kind_of(folder.path() / "none"), "file.unreadable");
  for (const auto* word : {"pdf", "png", "jpeg", "docx", "xlsx", "text", "zip", "ofd"}) {
    ASSERT_TRUE(media_named(word));
    EXPECT_EQ(word_of(*media_named(word)), word);
  }
}

TEST(Names, AreLastPartsWithoutControlCharacters) {
  const struct {
    std::string given, expected;
  } rows[] = {
      {"核查情况说明.docx", "核查情况说明.docx"},
      {"C:\\Users\\王\\说明.pdf", "说明.pdf"},
      {"../../etc/passwd", "passwd"},
      {"a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"},
      {"a\"b", "ab"},
      {std::string(500, 'x'), std::string(120, 'x')},
      {"..", "file.name"},
      {"", "file.name"},
      {"\xff", "file.name"},
  };
  for (const auto& row : rows) {
    const auto kept = name_kept(row.given);
    EXPECT_EQ(kept ? *kept : kept.error().code, row.expected);
  }
}

class FilesTest : public store::EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    database_.emplace(open({journal::schema(), schema()}));
  }

  fs::path files() const { return folder_.path() / "files"; }
  Incoming incoming(const std::string& bytes, std::uint64_t bytes_max = 1000) {
    auto made = Incoming::begin(files(), bytes_max);
    EXPECT_TRUE(made) << made.error().detail;
    EXPECT_TRUE(made->take(bytes));
    return std::move(*made);
  }
  Result<KeptFile> keep_file(Incoming& file, const std::string& name, const std::string& by) {
    const auto media = file.put_in_place();
    if (!media) return fail(media.error());
    return database_->write([&](store::Transaction& transaction) {
      return keep(transaction, file, *media, name, {by, Instant{5}});
    });
  }
  std::vector<std::string> damage_found(bool whole = true) {
    const auto found = database_->read(
        [&](store::Transaction& transaction) { return damage(transaction, files(), whole); });
    EXPECT_TRUE(found);
    std::vector<std::string> codes;
    for (const auto& one : *found) codes.push_back(one.code);
    return codes;
  }
  std::uint64_t told() {
    return database_
        ->read([](store::Transaction& transaction) { return journal::outbox_state(transaction); })
        ->waiting;
  }

  const Folder folder_;
  std::optional<store::Database> database_;
};
INSTANTIATE_TEST_SUITE_P(Engines, FilesTest, store::both_engines, store::engine_name);

TEST_P(FilesTest, TheSameBytesAreKeptOnceWhoeverGivesThem) {
  auto first = incoming("%PDF-1.7 one");
  const auto kept = keep_file(first, "说明.pdf", "account:1");
  ASSERT_TRUE(kept) << kept.error().code;
  EXPECT_EQ(kept->sha256, sha256_hex("%PDF-1.7 one"));
  EXPECT_EQ(kept->media, Media::pdf);
  EXPECT_EQ(*read_file(path_of(files(), kept->sha256)), "%PDF-1.7 one");
  struct stat about {};
  ASSERT_EQ(::stat(path_of(files(), kept->sha256).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(files().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);

  auto again = incoming("%PDF-1.7 one");
  ASSERT_TRUE(keep_file(again, "other name.pdf", "account:2"));
  auto renamed = incoming("%PDF-1.7 one");
  ASSERT_TRUE(keep_file(renamed, "third name.pdf", "account:1"));
  const auto names = database_->read([&](store::Transaction& tx) -> Result<std::string> {
    return (*given_by(tx, kept->sha256, "account:1"))->name + " " +
           (*given_by(tx, kept->sha256, "account:2"))->name + " " +
           std::to_string(given_by(tx, kept->sha256, "account:3")->has_value()) + " " +
           std::to_string(all_given_by(tx, "account:1")->size()) + " " +
           find(tx, std::string(64, '0')).error().code;
  });
  EXPECT_EQ(*names, "third name.pdf other name.pdf 0 1 file.not_kept");
  EXPECT_EQ(told(), 3U);
  EXPECT_THAT(damage_found(), IsEmpty());
}

TEST_P(FilesTest, NothingIsLeftOfWhatIsTooLargeOrOfNoKnownKind) {
  {
    auto large = *Incoming::begin(files(), 10);
    EXPECT_TRUE(large.take("0123456789"));
    EXPECT_EQ(large.take("x").error().code, "file.too_large");
    auto unknown = incoming("MZ\x90\x01");
    EXPECT_EQ(keep_file(unknown, "a.pdf", "account:1").error().code, "file.kind_refused");
    EXPECT_EQ(std::distance(fs::directory_iterator(files() / ".incoming"), {}), 2);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(files() / ".incoming"), {}), 0);
  EXPECT_EQ(told(), 0U);
  EXPECT_THAT(damage_found(), IsEmpty());
}

TEST_P(FilesTest, DamageIsNamed) {
  for (const auto* text : {"one", "two", "three"}) {
    auto file = incoming(text);
    ASSERT_TRUE(keep_file(file, "a.txt", "account:1"));
  }
  EXPECT_THAT(damage_found(), IsEmpty());
  ASSERT_TRUE(write_file(path_of(files(), sha256_hex("one")), "ONE"));
  EXPECT_THAT(damage_found(false), IsEmpty());  // as long as before
  EXPECT_THAT(damage_found(), ElementsAre("files.changed"));
  fs::remove(path_of(files(), sha256_hex("two")));
  ASSERT_TRUE(write_file(files() / "aa" / std::string(64, 'a'), "x") ||
              (fs::create_directories(files() / "aa") &&
               write_file(files() / "aa" / std::string(64, 'a'), "x")));
  auto left = incoming("half");
  ::chmod(files().c_str(), 0755);
  EXPECT_THAT(damage_found(),
              ::testing::UnorderedElementsAre("files.changed", "files.missing", "files.unknown",
                                              "files.incoming_left", "files.rights"));
}

}  // namespace
}  // namespace anlan::files
