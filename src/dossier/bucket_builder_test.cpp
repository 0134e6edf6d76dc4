#include "dossier/bucket_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "dossier/checksum.hpp"
#include "dossier/key_code.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

/// Payments with a field of each type, and a fact.
catalog::DossierKind small_kind() {
  catalog::DossierKind kind;
  kind.subject = "person";
  kind.version = "0123456789abcdef";
  catalog::DossierList payments;
  payments.name = "payments";
  payments.order = {"month", "scheme"};
  payments.key_table = "benefit_payment";
  payments.fields = {{"month", {}, FieldType::month},   {"scheme", {}, FieldType::text},
                     {"amount", {}, FieldType::fen},    {"periodic", {}, FieldType::flag},
                     {"op_date", {}, FieldType::date},  {"share", {}, FieldType::ratio},
                     {"months", {}, FieldType::integer}};
  catalog::DossierList death;
  death.name = "death";
  death.single = true;
  death.order = {"date"};
  death.table_field = "table";
  death.fields = {{"date", {}, FieldType::date}, {"table", {}, FieldType::text}};
  kind.lists = {payments, death};
  return kind;
}

struct Payment {
  std::string id;
  std::int64_t month;
  std::string scheme;  // "" missing
  std::int64_t amount;
  std::string key;
};

void add(BucketBuilder& builder, const Payment& payment) {
  const CellView cells[] = {
      CellView::of(payment.month),
      payment.scheme.empty() ? CellView{} : CellView::of(std::string_view(payment.scheme)),
      CellView::of(payment.amount),
      CellView::of(std::int64_t{1}),
      CellView{},
      CellView{},
      CellView{}};
  builder.add(0, payment.id, cells, payment.key);
}

std::vector<Payment> many_payments(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Payment> payments;
  for (int i = 0; i < 3000; ++i) {
    const auto scheme = random() % 4;
    payments.push_back(
        {"P" + std::to_string(random() % 50), static_cast<std::int64_t>(201801 + random() % 12),
         scheme == 0 ? "" : "1" + std::to_string(scheme), static_cast<std::int64_t>(random() % 3),
         "B" + std::to_string(random() % 900) + "|" + std::to_string(scheme)});
  }
  return payments;
}

TEST(BucketBuilder, EqualRowsInAnyOrderGiveEqualBytes) {
  const auto kind = small_kind();
  auto payments = many_payments(7);
  const auto image = [&] {
    BucketBuilder builder(kind);
    for (const auto& payment : payments) add(builder, payment);
    return builder.finish(3, 8);
  };
  const Image first = image();
  std::shuffle(payments.begin(), payments.end(), std::mt19937_64(11));
  const Image second = image();
  EXPECT_EQ(first.bytes(), second.bytes());
  const auto good = verify_bucket(first.bytes(), kind, "memory");
  EXPECT_TRUE(good) << good.error().detail;
}

TEST(BucketBuilder, ListsTakenFromAnotherBucketGiveEqualBytes) {
  const auto kind = small_kind();
  BucketBuilder builder(kind);
  for (const auto& payment : many_payments(8)) add(builder, payment);
  const Image image = builder.finish(0, 1);
  const auto bucket = open_bucket(image.bytes(), kind, "memory");
  ASSERT_TRUE(bucket);
  BucketBuilder again(kind);
  again.add_list(0, *bucket);
  again.add_list(1, *bucket);
  EXPECT_EQ(again.finish(0, 1).bytes(), image.bytes());
}

TEST(BucketBuilder, RowsStandInTheirOrderMissingOnesLast) {
  const auto kind = small_kind();
  BucketBuilder builder(kind);
  add(builder, {"P2", 201802, "", 5, "B1"});
  add(builder, {"P1", 201803, "110", 4, "B2"});
  add(builder, {"P2", 201802, "170", 3, "B3"});
  add(builder, {"P2", 201801, "170", 2, "B4"});
  add(builder, {"P2", 201802, "170", 1, "B0"});
  builder.add_subject("P0");
  const auto owned = builder.finish();
  const Bucket& bucket = owned.bucket();
  const List& list = bucket.lists[0];
  EXPECT_THAT(std::vector<std::uint32_t>(list.offsets.begin(), list.offsets.end()),
              ::testing::ElementsAre(0, 0, 1, 5));
  const auto amounts = list.columns[2].int64(5);
  EXPECT_THAT(std::vector<std::int64_t>(amounts.begin(), amounts.end()),
              ::testing::ElementsAre(4, 2, 1, 3, 5));
  EXPECT_EQ(list.columns[4].int32(5)[0], missing_int32);
  EXPECT_EQ(list.columns[5].int64(5)[0], missing_int64);
  EXPECT_EQ(list.columns[1].texts(5)[4], missing_text);
  EXPECT_EQ(bucket.find_word("170"), 1u);
  EXPECT_EQ(bucket.find_word("17"), std::nullopt);
  EXPECT_EQ(evidence_of(bucket, 0, 2).key, "B0");
  EXPECT_EQ(evidence_of(bucket, 0, 4).key, "B1");
  EXPECT_EQ(bucket.lists[1].rows(), 0u);
}

TEST(BucketBuilder, OfAFactOnlyTheFirstRowIsKept) {
  const auto kind = small_kind();
  BucketBuilder builder(kind);
  for (const std::int64_t day : {30, 10, 20}) {
    const CellView cells[] = {CellView::of(day), CellView::of(std::string_view("ext_death"))};
    builder.add(1, "P1", cells, "D" + std::to_string(day));
  }
  const auto owned = builder.finish();
  ASSERT_EQ(owned.bucket().lists[1].rows(), 1u);
  EXPECT_EQ(owned.bucket().lists[1].columns[0].int32(1)[0], 10);
  EXPECT_EQ(evidence_of(owned.bucket(), 1, 0).table, "ext_death");
  EXPECT_EQ(evidence_of(owned.bucket(), 1, 0).key, "D10");
  EXPECT_EQ(builder.dropped(1), 2u);
}

TEST(BucketBuilder, EveryFlippedByteIsNoticed) {
  const auto kind = small_kind();
  BucketBuilder builder(kind);
  for (int i = 0; i < 20; ++i)
    add(builder, {"P" + std::to_string(i % 4), 201801 + i % 5, "110", i, "B" + std::to_string(i)});
  const Image image = builder.finish(0, 1);
  std::string bytes(image.bytes());
  ASSERT_TRUE(verify_bucket(bytes, kind, "memory"));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
    EXPECT_FALSE(verify_bucket(bytes, kind, "memory")) << "byte " << i;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x10);
  }
}

/// All that a look at one subject's dossier reads, as text.
std::string read_whole(const Bucket& bucket, std::size_t subject) {
  std::string out(bucket.id(subject));
  for (std::size_t l = 0; l < bucket.lists.size(); ++l) {
    const auto& list = bucket.lists[l];
    for (std::size_t row = list.offsets[subject]; row < list.offsets[subject + 1]; ++row) {
      out += "\n" + std::to_string(l) + " " + evidence_of(bucket, l, row).key;
      for (const auto& column : list.columns) {
        const std::string_view values(static_cast<const char*>(column.values),
                                      (row + 1) * width_of(column.type));
        if (column.type == catalog::FieldType::text) {
          const auto word = column.texts(row + 1)[row];
          out += word == missing_text ? std::string("-") : std::string(bucket.word(word));
        } else {
          out += values.substr(row * width_of(column.type));
        }
      }
    }
  }
  return out;
}

TEST(BucketBuilder, DamageOfOneDossierIsNoticedAndOthersAreNotRead) {
  const auto kind = small_kind();
  BucketBuilder builder(kind);
  for (const auto& payment : many_payments(9)) add(builder, payment);
  // So long that its rows fill blocks of their own.
  for (int i = 0; i < 20'000; ++i)
    add(builder, {"Q", 201801 + i % 12, "110", i, "B" + std::to_string(i)});
  const Image image = builder.finish(0, 1);
  std::string bytes(image.bytes());
  const auto opened = open_bucket(bytes, kind, "memory");
  ASSERT_TRUE(opened);
  const auto place = verify_dossier(bytes, *opened, "P7", "memory");
  ASSERT_TRUE(place);
  ASSERT_TRUE(place->has_value());
  EXPECT_EQ(opened->id(**place), "P7");
  const auto nobody = verify_dossier(bytes, *opened, "P", "memory");
  ASSERT_TRUE(nobody);
  EXPECT_FALSE(nobody->has_value());
  const auto good = read_whole(*opened, **place);
  std::size_t unread = 0;
  std::mt19937_64 random(3);
  for (int round = 0; round < 3000; ++round) {
    const std::size_t i = random() % bytes.size();
    const char kept = bytes[i];
    bytes[i] = static_cast<char>(kept ^ (1 << random() % 8));
    const auto damaged = open_bucket(bytes, kind, "memory");
    const auto found = damaged ? verify_dossier(bytes, *damaged, "P7", "memory")
                               : Result<std::optional<std::size_t>>(fail(damaged.error()));
    if (found) {
      ++unread;
      ASSERT_TRUE(found->has_value());
      EXPECT_EQ(read_whole(*damaged, **found), good) << "byte " << i;
    } else {
      EXPECT_EQ(found.error().code, "dossier.damaged");
    }
    bytes[i] = kept;
  }
  EXPECT_GT(unread, 1000U);
}

TEST(BucketBuilder, EveryShorterFileIsNoticed) {
  const auto kind = small_kind();
  BucketBuilder builder(kind);
  add(builder, {"P1", 201801, "110", 1, "B1"});
  const Image image = builder.finish(0, 1);
  const std::string bytes(image.bytes());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto opened = open_bucket(std::string_view(bytes).substr(0, size), kind, "memory");
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code, "dossier.damaged");
  }
  auto other = kind;
  other.version = "fedcba9876543210";
  EXPECT_EQ(open_bucket(bytes, other, "memory").error().code, "dossier.outdated");
}

TEST(KeyCode, KeysComeBackAsTheyWere) {
  const std::vector<std::string> keys = {"",
                                         "B1",
                                         "B1",
                                         "ZS2018010000123|P000000001|E0001|110|201801|10",
                                         "ZS2018020000123|P000000001|E0001|110|201802|10",
                                         "|",
                                         "||",
                                         std::string(5000, 'x') + "|y",
                                         std::string(5000, 'x') + "z|y",
                                         "中|文"};
  std::string bytes;
  std::string_view before;
  for (const auto& key : keys) {
    append_key(bytes, before, key);
    before = key;
  }
  std::string_view left = bytes;
  std::string key;
  for (const auto& expected : keys) {
    ASSERT_TRUE(take_key(left, key));
    EXPECT_EQ(key, expected);
  }
  EXPECT_TRUE(left.empty());
  EXPECT_FALSE(take_key(left, key));
}

TEST(Checksum, SubjectsSpreadEvenly) {
  std::vector<int> counts(16, 0);
  for (int i = 0; i < 16'000; ++i)
    ++counts[bucket_of(
        "12990119500101" + std::to_string(1000 + i % 9000) + std::to_string(i / 9000), 16)];
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 800);
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 1200);
  EXPECT_EQ(bucket_of("anything", 1), 0u);
}

TEST(Checksum, IsTheOneTheFormatDescribes) {
  // Computed once from the words of docs/dossier-files.md by another program.
  EXPECT_EQ(checksum(""), 0xd0eafe1dd3b59469U);
  EXPECT_EQ(checksum("anlan"), 0x007ebd5d87215c89U);
  std::string longer;
  for (int i = 0; i < 20; ++i) longer += "anlan";
  EXPECT_EQ(checksum(longer), 0x5e70164b2a13565dU);
}

}  // namespace
}  // namespace anlan::dossier
