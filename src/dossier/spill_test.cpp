#include "dossier/spill.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "dossier/checksum.hpp"

namespace anlan::dossier {
namespace {

using catalog::FieldType;

catalog::DossierKind kind_of_one_list() {
  catalog::DossierKind kind;
  kind.subject = "person";
  kind.version = "0123456789abcdef";
  catalog::DossierList list;
  list.name = "payments";
  list.order = {"month"};
  list.fields = {{"month", {}, FieldType::month},
                 {"scheme", {}, FieldType::text},
                 {"number", {}, FieldType::text},
                 {"amount", {}, FieldType::fen}};
  kind.lists = {list};
  return kind;
}

struct Row {
  std::string id, scheme, number, key;
  std::int64_t month, amount;
};

/// Schemes that repeat, numbers that never do, both missing at times; amounts of every size and
/// sign; several rows of one person in turn.
std::vector<Row> rows_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Row> rows;
  std::string id;
  for (int i = 0; i < 40'000; ++i) {
    if (random() % 3 == 0 || id.empty()) id = "P" + std::to_string(random() % 900);
    const auto amount = static_cast<std::int64_t>(random() >> random() % 64);
    rows.push_back({id, random() % 9 == 0 ? "" : "scheme " + std::to_string(random() % 300),
                    random() % 9 == 0 ? "" : std::to_string(random()),
                    random() % 5 == 0 ? "" : id + "|" + std::to_string(i),
                    static_cast<std::int64_t>(201801 + random() % 12),
                    random() % 2 == 0 ? amount : -std::max<std::int64_t>(amount, 1)});
  }
  return rows;
}

template <class Put>
void each(std::span<const Row> rows, const Put& put) {
  const auto text = [](const std::string& value) {
    return value.empty() ? CellView{} : CellView::of(std::string_view(value));
  };
  for (const auto& row : rows) {
    const CellView cells[] = {CellView::of(row.month), text(row.scheme), text(row.number),
                              CellView::of(row.amount)};
    put(row.id, std::span(cells), row.key);
  }
}

TEST(Spill, GivesBackWhatSeveralThreadsPutAside) {
  constexpr std::size_t buckets = 4;
  const auto kind = kind_of_one_list();
  const auto rows = rows_of(5);
  auto spill = Spill::open(std::filesystem::temp_directory_path(), kind, buckets);
  ASSERT_TRUE(spill) << spill.error().detail;
  const auto write = [&](std::span<const Row> some) {
    Spill::Writer writer(*spill, 0, 1 << 16);  // small, so that there are many blocks
    each(some, [&](auto id, auto cells, auto key) { EXPECT_TRUE(writer.put(id, cells, key)); });
    EXPECT_TRUE(writer.flush());
  };
  {
    const std::jthread other([&] { write(std::span(rows).subspan(0, 15'000)); });
    write(std::span(rows).subspan(15'000));
  }
  std::uint64_t read = 0;
  for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
    BucketBuilder from_spill(kind);
    const auto count = spill->read(0, bucket, from_spill);
    ASSERT_TRUE(count) << count.error().detail;
    read += *count;
    BucketBuilder direct(kind);
    each(rows, [&](auto id, auto cells, auto key) {
      if (bucket_of(id, buckets) == bucket) direct.add(0, id, cells, key);
    });
    EXPECT_EQ(from_spill.finish(bucket, buckets).bytes(), direct.finish(bucket, buckets).bytes());
  }
  EXPECT_EQ(read, rows.size());
}

TEST(Texts, NumberEachTextOnceAndSortThem) {
  Texts texts;
  std::set<std::string> all;
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (auto left = random() % 40; left > 0; --left) text += static_cast<char>(random());
    EXPECT_EQ(texts.find(text).has_value(), all.contains(text));
    const auto number = texts.put(text);
    EXPECT_EQ(texts.at(number), text);
    EXPECT_EQ(texts.put(text), number);
    all.insert(text);
  }
  ASSERT_EQ(texts.size(), all.size());
  auto next = all.begin();
  for (const auto number : texts.sorted()) EXPECT_EQ(texts.at(number), *next++);
}

}  // namespace
}  // namespace anlan::dossier
