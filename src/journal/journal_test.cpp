#include "journal/journal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.hpp"
#include "journal/encoding.hpp"
#include "journal/proof.hpp"
#include "journal/repair.hpp"
#include "journal/tiles.hpp"
#include "journal/verify.hpp"

namespace anlan::journal {
namespace {

namespace fs = std::filesystem;

class JournalTest : public testing::Test {
 protected:
  JournalTest() : folder_(fs::temp_directory_path() / ("anlan-journal-" + hex(random_bytes(8)))) {
    EXPECT_TRUE(Log::make(folder_, Suite::sha256_ed25519, "example.org/log"));
  }
  ~JournalTest() override { fs::remove_all(folder_); }

  static Act act(std::uint64_t number) {
    Act made;
    made.act = "test";
    made.who = "uid:1";
    made.subject = "thing:" + std::to_string(number);
    if (number % 3 == 0) made.personal = {{"name", "某人" + std::to_string(number)}};
    return made;
  }

  std::unique_ptr<Journal> opened(JournalOptions options = {}) {
    auto journal = Journal::open(folder_, std::move(options));
    EXPECT_TRUE(journal) << journal.error().code << " " << journal.error().detail;
    return std::move(*journal);
  }

  /// Records that many acts, in groups of up to `group`.
  static void record(Journal& journal, std::uint64_t count, std::size_t group = 1000) {
    std::vector<Act> acts;
    for (std::uint64_t i = 0; i < count; ++i) {
      acts.push_back(act(i));
      if (acts.size() == group || i + 1 == count) {
        ASSERT_TRUE(journal.record(acts));
        acts.clear();
      }
    }
  }

  VerifyReport verified(const VerifyOptions& options = {}) {
    auto report = verify(folder_, options);
    EXPECT_TRUE(report) << report.error().code;
    return std::move(*report);
  }

  /// "code index" of the first finding, or "sound".
  std::string first_finding(const VerifyOptions& options = {}) {
    const auto report = verified(options);
    if (report.sound()) return "sound";
    const auto& first = report.findings.front();
    return first.code + (first.index ? " " + std::to_string(*first.index) : "");
  }

  static void change(const fs::path& file, const std::function<void(std::string&)>& how) {
    auto content = *read_file(file);
    how(content);
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    ASSERT_TRUE(write_file(file, content));
  }

  fs::path folder_;
};

TEST_F(JournalTest, IsSoundAtEverySizeAndAfterEveryOpening) {
  std::uint64_t size = 0;
  for (const std::uint64_t more : {0, 1, 1, 5, 248, 1, 1, 255, 256, 700, 64'500}) {
    {
      auto journal = opened();
      record(*journal, more);
    }
    size += more;
    const auto report = verified();
    EXPECT_TRUE(report.sound()) << size << ": " << report.findings.front().code << " "
                                << report.findings.front().detail;
    EXPECT_EQ(report.entries, size);
    EXPECT_EQ(report.unpublished, 0U);
    TileReader tiles(folder_ / "public", Suite::sha256_ed25519, size);
    EXPECT_EQ(*tiles.root(), report.root);
    for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
      if (index >= size) continue;
      const auto leaf = *tiles.leaf(index);
      const auto proof = *tiles.inclusion(index, size);
      EXPECT_EQ(root_of_inclusion(Suite::sha256_ed25519, index, size, leaf, proof), report.root);
      const auto older = *tiles.consistency(index, size);
      EXPECT_TRUE(proves_consistency(Suite::sha256_ed25519, index, size, *tiles.root_at(index),
                                     report.root, older));
    }
  }
  EXPECT_TRUE(fs::exists(folder_ / "public/tile/1/000"));  // 65,536 entries and more
  EXPECT_FALSE(fs::exists(folder_ / "public/tile/0/000.p"));
}

TEST_F(JournalTest, NeedsNoCheckpointToKeepWhatWasAcknowledged) {
  const auto crashed = folder_.string() + "-crashed";
  {
    auto journal = opened();
    record(*journal, 3);
    ASSERT_TRUE(journal->publish());
    record(*journal, 300, 7);
    fs::copy(folder_, crashed, fs::copy_options::recursive);  // as a kill would leave it
  }
  fs::remove_all(folder_);
  fs::rename(crashed, folder_);
  auto report = verified();
  EXPECT_TRUE(report.sound()) << report.findings.front().detail;
  EXPECT_EQ(report.entries, 3U);
  EXPECT_EQ(report.unpublished, 300U);
  opened();
  report = verified();
  EXPECT_TRUE(report.sound()) << report.findings.front().detail;
  EXPECT_EQ(report.entries, 303U);
}

TEST_F(JournalTest, TakesATornEndForWhatItIsAndDamageForDamage) {
  std::string whole;
  fs::path file;
  const auto crashed = folder_.string() + "-crashed";
  {
    auto journal = opened();
    record(*journal, 5, 1);
    fs::copy(folder_, crashed, fs::copy_options::recursive);
  }
  fs::remove_all(folder_);
  fs::rename(crashed, folder_);
  file = folder_ / "wal" / std::string(20, '0');
  whole = *read_file(file);
  const auto left = Wal::read(folder_ / "wal", 0);
  ASSERT_EQ(left->size(), 5U);
  const std::size_t last = 36 + left->back().entry.size() + left->back().personal.size();
  // Cut anywhere within the last record: the four before it stay.
  for (std::size_t cut = 1; cut < last; ++cut) {
    ASSERT_TRUE(write_file(file, whole.substr(0, whole.size() - cut)));
    const auto read = Wal::read(folder_ / "wal", 0);
    ASSERT_TRUE(read) << cut;
    EXPECT_EQ(read->size(), 4U) << cut;
  }
  ASSERT_TRUE(write_file(file, whole.substr(0, whole.size() - last) + std::string(100, '\0')));
  EXPECT_EQ(Wal::read(folder_ / "wal", 0)->size(), 4U);
  // One bit anywhere: the entry is named, and nothing is dropped in silence.
  std::size_t start = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] ^= 4;
    ASSERT_TRUE(write_file(file, flipped));
    const auto read = Wal::read(folder_ / "wal", 0);
    ASSERT_FALSE(read) << i;
    std::size_t entry = 0, end = 0;
    for (const auto& placed : *left) {
      end += 36 + placed.entry.size() + placed.personal.size();
      if (i < end) break;
      ++entry;
    }
    EXPECT_TRUE(read.error().detail.starts_with("entry " + std::to_string(entry))) << i;
    EXPECT_EQ(first_finding(), "journal.damaged " + std::to_string(entry));
    if (i > start + 400) break;  // the first two records show it
  }
  ASSERT_TRUE(write_file(file, whole));
  opened();
  EXPECT_EQ(verified().entries, 5U);
}

TEST_F(JournalTest, TellsAWriteThatMissedSomeSectorsFromDamage) {
  const auto wal = folder_ / "wal";
  const auto file = wal / std::string(20, '0');
  std::size_t begin = 0;
  std::string whole, later;
  {
    auto journal = opened();
    record(*journal, 5, 1);
    begin = read_file(file)->size();
    record(*journal, 100, 100);
    whole = *read_file(file);
    record(*journal, 1);
    later = *read_file(file);
  }
  // Whatever sectors the last write left unwritten: its first records may be there, all before are.
  const auto without = [](std::string bytes, std::size_t from, std::size_t to) {
    return bytes.replace(from, to - from, to - from, '\0');
  };
  for (std::size_t sector = begin / 512; sector * 512 < whole.size(); ++sector) {
    const std::size_t from = std::max(begin, sector * 512);
    const std::size_t to = std::min(whole.size(), (sector + 1) * 512);
    ASSERT_TRUE(write_file(file, without(whole, from, to)));
    const auto read = Wal::read(wal, 0);
    ASSERT_TRUE(read) << sector << " " << read.error().detail;
    EXPECT_GE(read->size(), 5U);
    EXPECT_LT(read->size(), 105U);
    // A write came after it, so this one had been whole.
    ASSERT_TRUE(write_file(file, without(later, from, to)));
    EXPECT_FALSE(Wal::read(wal, 0)) << sector;
  }
  // Zeros that are not a sector's are nobody's unfinished write.
  ASSERT_TRUE(write_file(file, without(whole, begin + 8, begin + 30)));
  EXPECT_TRUE(Wal::read(wal, 0).error().detail.starts_with("entry 5:"));
}

TEST_F(JournalTest, ReadsTheRecordsOfEarlierPrograms) {
  const std::string entry = R"({"act":"test","at":"2024-01-01T00:00:00.000Z","who":"uid:1"})";
  const auto crc = [](const std::string& bytes) {
    return big_endian32(static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()))));
  };
  std::string records;
  for (std::uint64_t index = 0; index < 2; ++index) {
    const std::string head = "AJR1" + big_endian64(index) +
                             big_endian32(static_cast<std::uint32_t>(entry.size())) +
                             big_endian32(0) + crc(entry);
    records += head + crc(head) + entry;
  }
  const auto file = folder_ / "wal" / std::string(20, '0');
  ASSERT_TRUE(write_file(file, records));
  EXPECT_EQ(Wal::read(folder_ / "wal", 0)->size(), 2U);
  ASSERT_TRUE(write_file(file, records.substr(0, records.size() - 1)));
  EXPECT_EQ(Wal::read(folder_ / "wal", 0)->size(), 1U);
  records[3 + 28] ^= 1;
  ASSERT_TRUE(write_file(file, records));
  EXPECT_TRUE(Wal::read(folder_ / "wal", 0).error().detail.starts_with("entry 0:"));
}

TEST_F(JournalTest, AnOpeningEndsTheErasureThatACrashCutShort) {
  {
    auto journal = opened();
    record(*journal, 10);
  }
  const auto personal = folder_ / "personal/000";
  const std::string was = *read_file(personal);
  { ASSERT_TRUE(opened()->erase(6, act(0))); }
  // As if the process had died behind the entry, before the content was overwritten.
  change(personal,
         [&](std::string& content) { content = was + content.substr(content.find("10 ")); });
  EXPECT_EQ(first_finding(), "journal.erase_unfinished 6");
  ASSERT_TRUE(write_file(folder_ / "erasing", "6 10\n"));
  EXPECT_EQ(first_finding(), "sound");  // the next opening knows what to do
  opened();
  EXPECT_EQ(first_finding(), "sound");
  EXPECT_FALSE(fs::exists(folder_ / "erasing"));
  EXPECT_EQ(read_file(personal)->find("某人6"), std::string::npos);
  // Begun, but never put on record: nothing is erased.
  ASSERT_TRUE(write_file(folder_ / "erasing", "9 11\n"));
  opened();
  EXPECT_EQ(first_finding(), "sound");
  EXPECT_NE(read_file(personal)->find("某人9"), std::string::npos);
}

TEST_F(JournalTest, WhatNoCheckpointNamesIsNoFinding) {
  {
    auto journal = opened();
    record(*journal, 5);
    ASSERT_TRUE(journal->publish());
    record(*journal, 5);
  }
  // A full disk or a crash left the beginning of a tree of seven that was never signed.
  ASSERT_TRUE(write_file(folder_ / "public/tile/0/000.p/7", std::string(100, '\0')));
  ASSERT_TRUE(write_file(folder_ / "public/tile/entries/000.p/7", "torn"));
  EXPECT_EQ(first_finding(), "sound");
  change(folder_ / "public/tile/0/000.p/5", [](std::string& content) { content[33] ^= 1; });
  EXPECT_EQ(first_finding(), "journal.partial_wrong 1");
}

TEST_F(JournalTest, ARepairLosesWhatCannotBeReadAndNothingElse) {
  EXPECT_EQ(repair(folder_, act(0)).error().code, "journal.nothing_to_repair");
  const auto crashed = folder_.string() + "-crashed";
  {
    auto journal = opened();
    record(*journal, 3);
    ASSERT_TRUE(journal->publish());
    record(*journal, 6, 1);  // entries 3 to 8
    fs::copy(folder_, crashed, fs::copy_options::recursive);
  }
  fs::remove_all(folder_);
  const auto file_name = std::string(19, '0') + "3";
  const std::string whole = *read_file(fs::path(crashed) / "wal" / file_name);
  const auto left = *Wal::read(fs::path(crashed) / "wal", 3);
  std::vector<std::size_t> starts = {0};
  for (const auto& placed : left) {
    starts.push_back(starts.back() + 36 + placed.entry.size() + placed.personal.size());
  }
  struct Case {
    std::size_t from, to;  // records that are spoiled
    std::vector<std::uint64_t> lost;
    std::uint64_t entries;
  };
  for (const auto& [from, to, lost, entries] :
       {Case{5, 6, {8}, 9}, Case{0, 1, {3}, 9}, Case{2, 4, {5, 6}, 9}, Case{4, 6, {7}, 8},
        Case{0, 6, {3}, 4}}) {
    fs::copy(crashed, folder_, fs::copy_options::recursive);
    std::string spoiled = whole;
    for (std::size_t i = starts[from] + 5; i < starts[to]; i += 20) spoiled[i] ^= 1;
    const auto file = folder_ / "wal" / file_name;
    ASSERT_TRUE(write_file(file, spoiled));
    EXPECT_EQ(Journal::open(folder_).error().code, "journal.damaged");
    EXPECT_EQ(first_finding(), "journal.damaged " + std::to_string(lost.front()));
    const auto done = repair(folder_, act(1));
    ASSERT_TRUE(done) << done.error().code << done.error().detail;
    EXPECT_EQ(done->lost, lost);
    ASSERT_EQ(done->kept.size(), 1U);
    EXPECT_EQ(*read_file(done->kept.front()), spoiled);
    EXPECT_EQ(first_finding(), "sound");
    EXPECT_EQ(verified().entries, entries);
    for (std::uint64_t index = 3; index < entries; ++index) {
      const auto found = read_entry(folder_, index);
      ASSERT_TRUE(found);
      const bool was_lost = std::find(lost.begin(), lost.end(), index) != lost.end();
      EXPECT_EQ(word_of_entry(found->entry, "act"), was_lost ? "journal.repair" : "test");
      if (was_lost) {
        EXPECT_EQ(word_of_entry(found->entry, "subject"), "entry:" + std::to_string(index));
      } else {
        EXPECT_EQ(found->entry, left[index - 3].entry);
      }
    }
    { record(*opened(), 1); }  // and on it goes
    EXPECT_EQ(first_finding(), "sound");
    fs::remove_all(folder_);
  }
  // A whole file between two others is gone: as many entries as were in it are replaced.
  fs::copy(crashed, folder_, fs::copy_options::recursive);
  for (const auto& [name, from, to] : {std::tuple(3, 0, 2), std::tuple(7, 4, 6)}) {
    ASSERT_TRUE(write_file(folder_ / "wal" / (std::string(19, '0') + std::to_string(name)),
                           whole.substr(starts[static_cast<std::size_t>(from)],
                                        starts[static_cast<std::size_t>(to)] -
                                            starts[static_cast<std::size_t>(from)])));
  }
  EXPECT_EQ(first_finding(), "journal.damaged 5");
  EXPECT_EQ(repair(folder_, act(1))->lost, (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(verified().entries, 9U);
  EXPECT_EQ(first_finding(), "sound");
  // What is under a checkpoint is not its business.
  change(folder_ / "public/tile/0/000.p/9", [](std::string& content) { content[1] ^= 1; });
  EXPECT_EQ(repair(folder_, act(1)).error().code, "journal.damaged");
  EXPECT_EQ(first_finding(), "journal.entry_changed 0");
  fs::remove_all(crashed);
}

TEST_F(JournalTest, NamesTheFirstEntryThatIsNotAsSigned) {
  {
    auto journal = opened();
    record(*journal, 1000);
  }
  const auto tile = folder_ / "public/tile/0/001";
  const auto bundle = folder_ / "public/tile/entries/001";
  const std::string bundle_was = *read_file(bundle);
  const auto entries = entries_of_bundle(bundle_was);
  const auto rebundled = [](const std::vector<std::string_view>& all) {
    std::string made;
    for (const auto entry : all) add_to_bundle(made, entry);
    return made;
  };
  const auto tried = [&](const std::string& content) {
    EXPECT_TRUE(write_file(bundle, content));
    const auto found = first_finding();
    EXPECT_TRUE(write_file(bundle, bundle_was));
    return found;
  };
  EXPECT_EQ(first_finding(), "sound");
  // An edit.
  std::string edited = bundle_was;
  edited[edited.find("thing:300")] = 'T';
  EXPECT_EQ(tried(edited), "journal.entry_changed 300");
  // A removal: what follows moves up.
  auto fewer = entries;
  fewer.erase(fewer.begin() + 20);
  EXPECT_EQ(tried(rebundled(fewer)), "journal.entry_changed 276");
  // Two in the other order.
  auto swapped = entries;
  std::swap(swapped[7], swapped[9]);
  EXPECT_EQ(tried(rebundled(swapped)), "journal.entry_changed 263");
  // The end cut off, the whole gone.
  EXPECT_EQ(tried(bundle_was.substr(0, bundle_was.size() - 1)), "journal.entry_missing 511");
  EXPECT_EQ(tried(bundle_was + "x"), "journal.entry_changed 511");
  fs::remove(bundle);
  EXPECT_EQ(first_finding(), "journal.entry_missing 256");
  ASSERT_TRUE(write_file(bundle, bundle_was));
  // The leaf hashes.
  const std::string tile_was = *read_file(tile);
  change(tile, [](std::string& content) { content[32 * 4 + 3] ^= 1; });
  EXPECT_EQ(first_finding(), "journal.entry_changed 260");
  ASSERT_TRUE(write_file(tile, tile_was));
  change(folder_ / "public/tile/1/000.p/3", [](std::string& content) { content[40] ^= 1; });
  EXPECT_EQ(first_finding(), "journal.tile_wrong 256");
}

TEST_F(JournalTest, FindsATreeRewrittenWithoutTheKey) {
  std::string kept;
  {
    auto journal = opened();
    for (std::uint64_t i = 0; i < 6; ++i) {
      ASSERT_TRUE(journal->record(act(i)));
      ASSERT_TRUE(journal->publish());
      if (i == 2) kept = *read_file(folder_ / "public/checkpoint");
    }
  }
  EXPECT_EQ(first_finding({.against = {kept}}), "sound");
  // Entry 3 and everything that hangs on it, but for the signatures.
  const std::string bundle = *read_file(folder_ / "public/tile/entries/000.p/6");
  std::string rewritten = bundle;
  rewritten[rewritten.find("thing:3") + 6] = '9';
  std::string tile;
  for (const auto entry : entries_of_bundle(rewritten)) {
    tile += leaf_hash(Suite::sha256_ed25519, entry).view();
  }
  ASSERT_TRUE(write_file(folder_ / "public/tile/entries/000.p/6", rewritten));
  ASSERT_TRUE(write_file(folder_ / "public/tile/0/000.p/6", tile));
  for (const int width : {4, 5}) {
    fs::remove(folder_ / "public/tile/0/000.p" / std::to_string(width));
    fs::remove(folder_ / "public/tile/entries/000.p" / std::to_string(width));
  }
  EXPECT_EQ(first_finding(), "journal.entry_changed 3");
  EXPECT_FALSE(Journal::open(folder_, {})) << "a log with a wrong tree went on";
}

TEST_F(JournalTest, FindsATruncatedLog) {
  std::string kept, older;
  {
    auto journal = opened();
    record(*journal, 4);
    ASSERT_TRUE(journal->publish());
    older = *read_file(folder_ / "public/checkpoint");
    record(*journal, 4);
    ASSERT_TRUE(journal->publish());
    kept = *read_file(folder_ / "public/checkpoint");
  }
  ASSERT_TRUE(write_file(folder_ / "public/checkpoint", older));
  EXPECT_EQ(first_finding(), "journal.truncated 4");
  // A careful hand also takes the history's last line, and the tiles.
  change(folder_ / "public/history", [](std::string& content) {
    content.pop_back();
    content.resize(content.rfind('\n') + 1);
  });
  EXPECT_EQ(first_finding(), "journal.truncated 4");
  for (const char* file : {"public/tile/0/000.p/8", "public/tile/entries/000.p/8"}) {
    fs::remove(folder_ / file);
  }
  change(folder_ / "personal/000", [](std::string& content) {
    content.resize(content.find('\n', content.find("\n3 ") + 1) + 1);
  });
  EXPECT_EQ(first_finding(), "sound");  // within the machine nothing is left that knows more …
  EXPECT_EQ(first_finding({.against = {kept}}), "journal.truncated 4");  // … but outside it
}

TEST_F(JournalTest, IsNotPublishedBeforeTheCheckpointIsThere) {
  auto journal = opened();
  record(*journal, 3);
  fs::create_directory(folder_ / "public/checkpoint.tmp");  // where the new one is written aside
  for (int tries = 0; tries < 2; ++tries) {
    EXPECT_EQ(journal->publish().error().code, "file.unwritable");
    EXPECT_EQ(verified().entries, 0U);
  }
  fs::remove(folder_ / "public/checkpoint.tmp");
  ASSERT_TRUE(journal->publish());
  EXPECT_EQ(verified().entries, 3U);
}

TEST_F(JournalTest, AHistoryThatAPowerCutLeftTornGoesOn) {
  for (const auto& torn : {std::string("501 abc"), std::string(90, '\0') + "vIQM=\n"}) {
    {
      auto journal = opened();
      record(*journal, 4);
      ASSERT_TRUE(journal->publish());
    }
    const auto whole = *read_file(folder_ / "public/history");
    change(folder_ / "public/history", [&](std::string& content) { content += torn; });
    EXPECT_TRUE(first_finding().starts_with("journal.history"));
    {
      auto journal = opened();
      record(*journal, 1);
      ASSERT_TRUE(journal->publish());
    }
    EXPECT_EQ(first_finding(), "sound");
    EXPECT_TRUE(read_file(folder_ / "public/history")->starts_with(whole));
  }
}

TEST_F(JournalTest, TimeNeverGoesBackAndTheWallClockIsKept) {
  std::int64_t wall = 1'700'000'000'000;
  const JournalOptions options{.clock = [&] { return WallTime(std::chrono::milliseconds(wall)); }};
  {
    auto journal = opened(options);
    ASSERT_TRUE(journal->record(act(1)));
    wall -= 3'600'000;
    const auto receipt = journal->record(act(2));
    EXPECT_EQ(receipt->at, WallTime(std::chrono::milliseconds(1'700'000'000'000)));
  }
  {
    auto journal = opened(options);  // also after a new start
    ASSERT_TRUE(journal->record(act(3)));
  }
  EXPECT_EQ(first_finding(), "sound");
  std::vector<nlohmann::json> entries;
  VerifyOptions reading;
  reading.visit = [&](std::uint64_t, std::string_view entry) {
    entries.push_back(nlohmann::json::parse(entry));
  };
  verified(reading);
  EXPECT_FALSE(entries[0].contains("at_wall"));
  EXPECT_EQ(entries[1]["at"], entries[0]["at"]);
  EXPECT_EQ(entries[2]["at"], entries[0]["at"]);
  EXPECT_EQ(entries[2]["at_wall"], "2023-11-14T21:13:20.000Z");
}

TEST_F(JournalTest, ManyWritersShareSyncsAndLoseNothing) {
  constexpr int writers = 16, each = 20;
  std::vector<std::uint64_t> indexes[writers];
  {
    auto journal = opened({.publish_after = std::chrono::milliseconds(1)});
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < each; ++i) {
          const auto receipt = journal->record(act(static_cast<std::uint64_t>(writer * each + i)));
          ASSERT_TRUE(receipt);
          indexes[writer].push_back(receipt->index);
        }
      });
    }
  }
  std::vector<bool> seen(writers * each);
  for (const auto& mine : indexes) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    for (const auto index : mine) {
      ASSERT_LT(index, seen.size());
      EXPECT_FALSE(seen[index]);
      seen[index] = true;
    }
  }
  const auto report = verified();
  EXPECT_TRUE(report.sound()) << report.findings.front().detail;
  EXPECT_EQ(report.entries, static_cast<std::uint64_t>(writers * each));
}

TEST_F(JournalTest, PersonalPartsAreCommittedTo) {
  {
    auto journal = opened();
    record(*journal, 10);
  }
  const auto file = folder_ / "personal/000";
  struct stat rights {};
  ASSERT_EQ(::stat((folder_ / "personal").c_str(), &rights), 0);
  EXPECT_EQ(rights.st_mode & 0777, 0700U);
  const std::string was = *read_file(file);
  EXPECT_NE(was.find("某人3"), std::string::npos);
  change(file, [](std::string& content) { content[content.find("某人3") + 6] = '8'; });
  EXPECT_EQ(first_finding(), "journal.personal_changed 3");
  ASSERT_TRUE(write_file(file, was));
  change(file, [](std::string& content) { content.resize(content.rfind("\n9 ") + 1); });
  EXPECT_EQ(first_finding(), "journal.personal_missing 9");
}

TEST_F(JournalTest, GoesOffLineAndEveryProofStands) {
  const auto archive = fs::path(folder_.string() + "-archive");
  {
    auto journal = opened();
    record(*journal, 700);
    EXPECT_EQ(journal->archive(100, archive, act(0)).error().code, "journal.archive_limit");
    EXPECT_EQ(journal->archive(768, archive, act(0)).error().code, "journal.archive_limit");
    const auto done = journal->archive(512, archive, act(0));
    ASSERT_TRUE(done) << done.error().detail;
    ASSERT_TRUE(journal->record(act(1)));
  }
  auto report = verified();
  EXPECT_TRUE(report.sound()) << report.findings.front().code;
  EXPECT_EQ(report.archived, 512U);
  EXPECT_EQ(report.entries, 702U);
  EXPECT_FALSE(fs::exists(folder_ / "public/tile/entries/000"));
  EXPECT_FALSE(fs::exists(folder_ / "personal/000"));
  EXPECT_EQ(prove(folder_, 3)->hashes.size(), 10U);
  EXPECT_EQ(read_entry(folder_, 3).error().code, "journal.archived");
  report = verified({.archives = {archive}});
  EXPECT_TRUE(report.sound()) << report.findings.front().code;
  EXPECT_EQ(report.archived, 0U);
  change(archive / "tile/entries/001", [](std::string& content) { content[9] ^= 1; });
  EXPECT_EQ(first_finding({.archives = {archive}}), "journal.entry_changed 256");
  // More than what an entry tells of was taken away.
  ASSERT_TRUE(write_file(folder_ / "archived", "256\n"));
  EXPECT_EQ(verified().findings.front().code, "journal.entry_missing");
  fs::remove_all(archive);
}

TEST_F(JournalTest, IsMadeOnceAndNeverOverAnother) {
  EXPECT_EQ(Log::make(folder_, Suite::sha256_ed25519, "x").error().code, "journal.exists");
  { record(*opened(), 1); }
  fs::remove(folder_ / "log.json");
  EXPECT_EQ(Log::make(folder_, Suite::sha256_ed25519, "x").error().code, "journal.settings");
  EXPECT_EQ(Journal::open(folder_, {}).error().code, "journal.missing");
}

TEST(JournalSm3, WorksAlikeInTheChineseSuite) {
  const auto folder = fs::temp_directory_path() / ("anlan-journal-" + hex(random_bytes(8)));
  ASSERT_TRUE(Log::make(folder, Suite::sm3_sm2, "example.org/log"));
  {
    auto journal = Journal::open(folder, {});
    ASSERT_TRUE(journal);
    Act act;
    act.act = "test";
    act.who = "uid:1";
    act.personal = {{"name", "某人"}};
    ASSERT_TRUE((*journal)->record(std::vector<Act>(300, act)));
  }
  const auto report = verify(folder);
  EXPECT_TRUE(report->sound()) << report->findings.front().detail;
  EXPECT_EQ(report->entries, 300U);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace anlan::journal
