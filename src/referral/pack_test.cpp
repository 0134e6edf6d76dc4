#include "referral/pack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "cases/test_follow.hpp"
#include "documents/zip.hpp"
#include "journal/journal.hpp"
#include "journal/log.hpp"
#include "referral/test_terms.hpp"

namespace anlan::referral {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class PackTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    // Not one letter over and over: of such a text a changed archive may unpack to the same bytes.
    std::mt19937 random(1);
    for (int i = 0; i < 100'000; ++i) evidence_ += static_cast<char>(random() % 256);
    ASSERT_TRUE(write_file(folder_ / "kept", evidence_));
  }
  void TearDown() override { fs::remove_all(folder_); }

  PackContent content() const {
    PackContent content;
    auto& referral = content.referral;
    referral.id = {1};
    referral.number = "2019-0001";
    referral.case_number = "2019-000007";
    referral.content_hash = std::string(64, 'c');
    referral.state = "approved";
    referral.made.offence = "fraud";
    referral.made.amount = Fen{12'345'600};
    referral.made.persons = 2;
    referral.made.addressee = "某市公安局";
    referral.made.facts = "当事人隐瞒其父死亡事实 <继续> 领取养老金。\n共计12个月。";
    referral.made.items = {{"存折", "1本", "尾号1234", "证物室"}};
    referral.events = {{"proposed", {1'546'300'800'000}, "", "", "", {1}, {}},
                       {"approved", {1'546'387'200'000}, "", "", "", {2}, {}}};
    content.organ = "某市人力资源和社会保障局";
    content.party = {"129900********1234", "", ""};
    content.first_officer = "甲某";
    content.second_officer = "乙某";
    content.answer = *referral_test(
        shipped_terms(), {"fraud", referral.made.amount, 2, SubjectKind::individual, false});
    content.offence = content.answer.offence;
    content.leads = {
        {"EP-01-000000000001", "死亡后继续领取职工养老金", "confirmed", Fen{12'345'600}}};
    content.money = {{"责令退回通知", "社稽追〔2019〕1号", Date::of(2019, 1, 2), Fen{12'345'600}},
                     {"尚欠", "社会保险法第八十八条", Date::of(2019, 1, 2), Fen{12'000'000}}};
    content.steps = {{Date::of(2018, 12, 3), "派发核查"},
                     {Date::of(2018, 12, 20), "核查结论经复核"}};
    content.evidence = {
        {sha256_hex(evidence_), "evidence", "2019-000007-02", {}},
        {sha256_hex("疑点核查通知单"), "notice", "2019-000007-01", "疑点核查通知单"}};
    return content;
  }
  FindFile finder(const std::string& name = "../../现场:照片.jpg") const {
    return [this, name](const std::string&) -> Result<KeptFile> {
      return KeptFile{folder_ / "kept", name};
    };
  }
  static std::vector<JournalProof> proofs() { return {{7, {{"entry.json", "{}"}}}}; }
  PackSummary written(const fs::path& out) const {
    const auto summary = write_pack(content(), finder(), proofs(), out);
    EXPECT_TRUE(summary) << summary.error().code << ": " << summary.error().detail;
    return *summary;
  }
  /// The archive's parts in their order.
  static std::vector<documents::ZipPart> parts_in(const fs::path& pack) {
    std::vector<documents::ZipPart> parts;
    const auto read =
        documents::read_zip(pack, [&](const std::string& name, std::string_view piece) -> Status {
          if (parts.empty() || parts.back().name != name) parts.push_back({name, std::string()});
          std::get<std::string>(parts.back().content) += piece;
          return {};
        });
    EXPECT_TRUE(read) << read.error().detail;
    return parts;
  }
  static std::string part(const std::vector<documents::ZipPart>& parts, std::string_view name) {
    for (const auto& one : parts) {
      if (one.name == name) return std::get<std::string>(one.content);
    }
    ADD_FAILURE() << "no " << name;
    return {};
  }

  const fs::path folder_ = fs::temp_directory_path() / ("anlan_pack_" + std::to_string(::getpid()));
  std::string evidence_;
};

TEST_F(PackTest, TheSameTwiceAndEveryHashIsRight) {
  const auto first = written(folder_ / "one.zip");
  const auto second = written(folder_ / "two.zip");
  EXPECT_EQ(first.sha256, second.sha256);
  EXPECT_EQ(*read_file(folder_ / "one.zip"), *read_file(folder_ / "two.zip"));
  EXPECT_EQ(first.sha256, *sha256_file_hex(folder_ / "one.zip"));
  EXPECT_EQ(first.evidence, 2);
  EXPECT_EQ(first.proofs, 1);

  const auto parts = parts_in(folder_ / "one.zip");
  EXPECT_EQ(static_cast<std::size_t>(first.files), parts.size());
  ASSERT_EQ(parts.front().name, "manifest.json");
  const auto manifest = nlohmann::json::parse(std::get<std::string>(parts.front().content));
  EXPECT_EQ(manifest.at("referral"), "2019-0001");
  EXPECT_EQ(manifest.at("names"), "masked");
  EXPECT_EQ(manifest.at("files").size() + 1, parts.size());
  for (const auto& one : manifest.at("files")) {
    const auto bytes = part(parts, one.at("path").get<std::string>());
    EXPECT_EQ(one.at("sha256"), sha256_hex(bytes)) << one.at("path");
    EXPECT_EQ(one.at("size"), bytes.size()) << one.at("path");
  }
  std::vector<std::string> names;
  for (const auto& one : parts) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("manifest.json", "01-涉嫌犯罪案件移送书.docx", "02-调查报告.docx",
                                 "03-涉案物品清单.xlsx", "04-资金与处置清单.xlsx",
                                 "05-证据目录.xlsx", "证据/001-现场_照片.jpg",
                                 "证据/002-2019-000007-01.txt", "journal/000007/entry.json"));
  EXPECT_THAT(*check_pack(folder_ / "one.zip"), IsEmpty());
  EXPECT_FALSE(fs::exists(folder_ / "one.zip.parts"));
  EXPECT_EQ(fs::status(folder_ / "one.zip").permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(PackTest, OneChangedByteIsFound) {
  written(folder_ / "one.zip");
  // In the archive itself, wherever it is: the first byte of the evidence's data among them.
  const auto bytes = *read_file(folder_ / "one.zip");
  const auto evidence = bytes.find("证据/001-");
  ASSERT_NE(evidence, std::string::npos);
  const auto name_end = bytes.find(".jpg", evidence) + 4;
  for (const auto at : {name_end + 10, name_end + 40}) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    ASSERT_TRUE(write_file(folder_ / "changed.zip", changed));
    const auto findings = check_pack(folder_ / "changed.zip");
    EXPECT_TRUE(!findings || !findings->empty()) << "byte " << at;
  }
  // Packed anew, so that the archive's own checksums hold again.
  auto parts = parts_in(folder_ / "one.zip");
  for (auto& one : parts) {
    auto& content = std::get<std::string>(one.content);
    if (one.name == "证据/001-现场_照片.jpg") content[0] = static_cast<char>(content[0] ^ 1);
  }
  ASSERT_TRUE(documents::write_zip(parts, folder_ / "again.zip"));
  auto findings = *check_pack(folder_ / "again.zip");
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].code, "pack.changed_file");
  EXPECT_EQ(findings[0].file, "证据/001-现场_照片.jpg");

  parts = parts_in(folder_ / "one.zip");
  parts.erase(parts.begin() + 6);
  parts.push_back({"证据/999-多出.txt", std::string("x")});
  ASSERT_TRUE(documents::write_zip(parts, folder_ / "again.zip"));
  findings = *check_pack(folder_ / "again.zip");
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].code, "pack.missing_file");
  EXPECT_EQ(findings[1].code, "pack.unlisted_file");

  for (const auto* manifest :
       {"{}", "[", "{\"format\":\"anlan-referral-pack/1\",\"files\":[{}]}"}) {
    parts = parts_in(folder_ / "one.zip");
    parts.front().content = std::string(manifest);
    ASSERT_TRUE(documents::write_zip(parts, folder_ / "again.zip"));
    findings = *check_pack(folder_ / "again.zip");
    ASSERT_FALSE(findings.empty()) << manifest;
    EXPECT_EQ(findings[0].code, "pack.manifest");
  }
}

TEST_F(PackTest, EvidenceThatIsNotWhatWasKeptStopsIt) {
  auto changed = evidence_;
  changed[5] = static_cast<char>(changed[5] ^ 1);
  ASSERT_TRUE(write_file(folder_ / "kept", changed));
  const auto summary = write_pack(content(), finder(), {}, folder_ / "one.zip");
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, "referral.evidence_changed");
  EXPECT_FALSE(fs::exists(folder_ / "one.zip"));
  EXPECT_FALSE(fs::exists(folder_ / "one.zip.parts"));
  const auto gone = write_pack(
      content(),
      [](const std::string&) -> Result<KeptFile> {
        return fail(ErrorKind::not_found, "file.not_kept", "");
      },
      {}, folder_ / "one.zip");
  EXPECT_EQ(gone.error().code, "file.not_kept");
  EXPECT_EQ(write_pack(content(), finder(), {}, folder_ / "none" / "one.zip").error().code,
            "referral.evidence_changed");
}

TEST_F(PackTest, TheLetterSaysWhatItMust) {
  written(folder_ / "one.zip");
  ASSERT_TRUE(write_file(folder_ / "letter.docx",
                         part(parts_in(folder_ / "one.zip"), "01-涉嫌犯罪案件移送书.docx")));
  const auto letter = part(parts_in(folder_ / "letter.docx"), "word/document.xml");
  for (const auto* words :
       {"某市人力资源和社会保障局", "移〔2019〕1号", "某市公安局：", "诈骗罪", "123,456.00元",
        "壹拾贰万叁仟肆佰伍拾陆元整", "涉案2人", "129900********1234", "第310号",
        "2019年1月2日批准", "自接受移送案件之日起3日内", "办案人员：甲某、乙某", "回　　执",
        "2019年1月2日"})
    EXPECT_THAT(letter, HasSubstr(words));
  EXPECT_THAT(letter, Not(HasSubstr("送审稿")));
  ASSERT_TRUE(
      write_file(folder_ / "report.docx", part(parts_in(folder_ / "one.zip"), "02-调查报告.docx")));
  const auto report = part(parts_in(folder_ / "report.docx"), "word/document.xml");
  EXPECT_THAT(report, HasSubstr("未设定"));  // the city's own figure
  EXPECT_THAT(report, HasSubstr("&lt;继续&gt;"));
  EXPECT_THAT(report, HasSubstr("死亡后继续领取职工养老金"));
}

TEST_F(PackTest, ADraftSaysThatItIsOne) {
  auto draft = content();
  draft.referral.state = "proposed";
  draft.referral.events.pop_back();
  draft.party.name = "丙某";
  draft.party.id_no = "1299";
  ASSERT_TRUE(write_pack(draft, finder(), {}, folder_ / "one.zip"));
  const auto parts = parts_in(folder_ / "one.zip");
  ASSERT_TRUE(write_file(folder_ / "letter.docx", part(parts, "01-涉嫌犯罪案件移送书.docx")));
  const auto letter = part(parts_in(folder_ / "letter.docx"), "word/document.xml");
  EXPECT_THAT(letter, HasSubstr("送审稿"));
  EXPECT_THAT(letter, HasSubstr("丙某（1299）"));
  EXPECT_EQ(nlohmann::json::parse(std::get<std::string>(parts.front().content)).at("names"),
            "shown");
}

TEST_F(PackTest, ProofsOfACaseAndOfNoOther) {
  const auto where = folder_ / "journal";
  ASSERT_TRUE(journal::Log::make(where, journal::Suite::sha256_ed25519, "example.org/log"));
  auto log = journal::Journal::open(where);
  ASSERT_TRUE(log) << log.error().code;
  const auto tell = [&](const std::string& subject, const std::string& of) {
    journal::Act act{.act = "test", .who = "account:1", .subject = subject};
    if (!of.empty()) act.refs["case"] = of;
    ASSERT_TRUE((*log)->record(act));
  };
  tell("case:12", "");
  tell("case:1", "");
  tell("recovery:7", "case:1");
  tell("recovery:8", "case:12");
  tell("run:1", "");
  ASSERT_TRUE((*log)->publish());
  const auto found = proofs_of(where, cases::CaseId{1});
  ASSERT_TRUE(found) << found.error().detail;
  std::vector<std::uint64_t> indexes;
  for (const auto& one : *found) indexes.push_back(one.index);
  EXPECT_THAT(indexes, ElementsAre(1, 2));
  EXPECT_TRUE(found->front().files.contains("entry.tlog-proof"));
  EXPECT_TRUE(found->front().files.contains("log.pem"));
  const auto newest = proofs_of(where, cases::CaseId{1}, 1);
  ASSERT_THAT(*newest, SizeIs(1));
  EXPECT_EQ(newest->front().index, 2U);
}

/// From the desk's tables into the content of a pack.
class GatherTest : public cases::FollowTest {
 protected:
  std::vector<store::Schema> schemas() const override {
    auto all = FollowTest::schemas();
    all.push_back(referral::schema());
    return all;
  }
};

TEST_P(GatherTest, WhatBelongsToTheCaseGoesAlong) {
  const auto first = staff("JD", "bureau");
  const auto second = staff("JD", "bureau");
  const auto accountant = staff("KJ");
  const auto of = make_case();
  add_lead(of, "EP-01-000000000001", "confirmed", 500'000);
  made([&] {
    return cases::add_disposal(tx(), who(first), catalog(),
                               {of, "", cases::DisposalKind::order_to_return, "追1号",
                                cases::some_sha256, Fen{500'000}, "查实"},
                               moment());
  });
  const auto owed = made([&] {
    return cases::add_recovery(tx(), who(accountant), terms(),
                               {of, cases::Debtor::person, "", "社会保险法第八十八条", Fen{500'000},
                                moment().day(), "none"},
                               moment());
  });
  made([&] {
    return cases::add_line(
        tx(), who(accountant), terms(), owed, 1,
        {cases::LineKind::received, cases::Part::principal, Fen{100'000}, moment().day(), "回单"},
        moment());
  });
  EXPECT_TRUE(
      tx().run("INSERT INTO case_document (case_id, kind, number, sha256, text, made_by,"
               " made_at) VALUES (?, 'evidence', '01', ?, NULL, 'a', 0)",
               {of.value, cases::some_sha256}));  // the same file: goes once
  const auto id = made([&] {
    return propose(tx(), rules(), who(first), shipped_terms(),
                   {of,
                    "fraud",
                    SubjectKind::individual,
                    1,
                    Fen{500'000},
                    false,
                    "某市公安局",
                    "事实",
                    {},
                    second.person},
                   "JD", moment());
  });
  const auto content = made([&] {
    return gather(tx(), who(first), shipped_terms(), terms(), {{"EP-01", "死亡后领取"}}, id,
                  moment());
  });
  EXPECT_EQ(content.organ, "bureau名");
  EXPECT_EQ(content.party.shown, "129900********1234");
  EXPECT_TRUE(content.party.id_no.empty());
  ASSERT_THAT(content.leads, SizeIs(1));
  EXPECT_EQ(content.leads[0].title, "死亡后领取");
  ASSERT_THAT(content.evidence, SizeIs(1));
  std::vector<std::string> money;
  for (const auto& one : content.money)
    money.push_back(one.kind + " " + std::to_string(one.amount ? one.amount->value : -1));
  EXPECT_THAT(money,
              ElementsAre("责令退回通知 500000", "应追回 500000", "已收回 100000", "尚欠 400000"));
  EXPECT_EQ(content.answer.assessment, Assessment::must_assess);
  // The same tomorrow, though interest and time go on.
  days_pass(3);
  const auto later =
      made([&] { return gather(tx(), who(first), shipped_terms(), terms(), {}, id, moment()); });
  EXPECT_EQ(later.money.back().on, content.money.back().on);
  EXPECT_EQ(code([&] {
              return gather(tx(), who(staff("DW", "bureau")), shipped_terms(), terms(), {}, id,
                            moment());
            }),
            "access.no_right");
  EXPECT_EQ(code([&] { return revealed(tx(), who(first), id, "", moment()); }), "referral.text");
  EXPECT_EQ(code([&] { return revealed(tx(), who(first), id, "移送需要", moment()); }), "");
}

INSTANTIATE_TEST_SUITE_P(Engines, GatherTest, store::both_engines, store::engine_name);

}  // namespace
}  // namespace anlan::referral
