#include "sim/city.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/file.hpp"
#include "base/text.hpp"
#include "sim/books.hpp"
#include "sim/parameters.hpp"
#include "sim/person_rows.hpp"
#include "sim/population.hpp"
#include "sim/random.hpp"

namespace anlan::sim {
namespace {

constexpr std::int64_t people_per_chunk = 2048;
constexpr int per_mille_population = 20;
constexpr int per_mille_people = 900;

/// Everything the chunks of people add up to.
struct PeopleSums {
  std::vector<BatchSum> batches;
  std::vector<CaseSeed> cases;
  std::vector<ExtraBill> bills;
};

/// Makes the chunks on all threads and appends them in their order.
PeopleSums write_all_people(const City& city, PersonFiles& files, Totals& totals,
                            const CityProgress& progress) {
  const auto people = static_cast<std::int64_t>(city.people.size());
  const std::int64_t chunks = (people + people_per_chunk - 1) / people_per_chunk;
  PeopleSums sums;
  sums.batches.resize(paid_schemes.size() * static_cast<std::size_t>(city.options.months) *
                      batch_kinds);

  std::atomic<std::int64_t> next{0};
  std::mutex lock;
  std::condition_variable turned;
  std::int64_t turn = 0;
  const auto work = [&] {
    for (;;) {
      const std::int64_t number = next.fetch_add(1);
      if (number >= chunks) return;
      const std::int64_t from = number * people_per_chunk;
      PeopleChunk made =
          write_people(city, files, totals, from, std::min(people, from + people_per_chunk),
                       static_cast<std::uint64_t>(number));
      std::unique_lock guard(lock);
      turned.wait(guard, [&] { return turn == number; });
      // Only the thread whose turn it is passes here, so the files need no lock of their own.
      guard.unlock();
      for (std::size_t i = 0; i < made.chunks.size(); ++i) {
        if (made.chunks[i]) files.file(i).append(*made.chunks[i]);
      }
      for (std::size_t i = 0; i < sums.batches.size(); ++i) {
        sums.batches[i].n += made.batches[i].n;
        sums.batches[i].total += made.batches[i].total;
        sums.batches[i].returned += made.batches[i].returned;
      }
      std::move(made.cases.begin(), made.cases.end(), std::back_inserter(sums.cases));
      std::move(made.bills.begin(), made.bills.end(), std::back_inserter(sums.bills));
      if (progress) {
        progress(per_mille_population + static_cast<int>((per_mille_people - per_mille_population) *
                                                         (number + 1) / chunks));
      }
      guard.lock();
      ++turn;
      turned.notify_all();
    }
  };
  const unsigned wanted =
      city.options.threads > 0 ? city.options.threads : std::thread::hardware_concurrency();
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < std::max(1U, wanted); ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return sums;
}

void file_special_job(TableFile& file, const std::string& employer_id, char kind) {
  file.row()
      .text(employer_id)
      .numbered("TG0", static_cast<std::uint64_t>(kind - '0'), 2)
      .text({&kind, 1})
      .date(Date::of(1980, 1, 1))
      .end();
}

Status write_employers(const City& city, CityFolder& folder) {
  auto file = folder.open(
      "employer", {"employer_id", "employer_name", "uscc", "employer_type", "econ_type",
                   "affiliation", "industry", "legal_name", "legal_phone", "enrol_month",
                   "pay_status", "injury_class", "injury_rate", "agency_id", "region_code"});
  if (!file) return fail(file.error());
  auto business = folder.open("ext_business", {"source", "uscc", "name", "state", "reg_date",
                                               "cancel_date", "industry", "addr", "phone"});
  if (!business) return fail(business.error());
  for (std::uint32_t i = 0; i < city.employers.size(); ++i) {
    const Employer& employer = city.employers[i];
    const std::string name = employer_name_of(city, i);
    const std::string uscc = uscc_of(city, i);
    const std::string industry = employer.industry == 0 ? "" : std::to_string(employer.industry);
    Chunk& row = file->row();
    row.text(employer_id_of(i))
        .text(name)
        .text(uscc)
        .text(employer.type)
        .text(employer.type == "10" ? "159" : "")
        .text("40")
        .text(industry)
        .text(name_of(city, 10'000'000'000 + i))
        .numbered("10000", employer.phone, 9)
        .month(employer.registered.month())
        .text("1");
    if (i < 2 * n_districts) {
      row.none().none();
    } else {
      row.integer(employer.injury_class).ratio(injury_rate_millionths(employer));
    }
    row.text(agency_id_of(employer.district)).text(region_code_of(employer.district)).end();
    if (i < 2 * n_districts) continue;  // the agency's own handlers, no businesses
    business->row()
        .text("市场监管")
        .text(uscc)
        .text(name)
        .text("1")
        .date(employer.registered)
        .date(no_date)
        .text(industry)
        .text(fmt::format("合成园区{}号楼{}室", i / 30 + 1, 100 + i % 30))
        .numbered("10000", employer.phone, 9)
        .end();
  }
  if (const auto closed = file->close(); !closed) return closed;
  if (const auto closed = business->close(); !closed) return closed;

  auto filing = folder.open("special_job_filing", {"employer_id", "job_code", "kind", "from_date"});
  if (!filing) return fail(filing.error());
  for (std::uint32_t i = 2 * n_districts; i < city.employers.size(); ++i) {
    const Employer& employer = city.employers[i];
    // Heavy industry files its heavy and its poisonous work.
    const bool heavy = !employer.cast && employer.industry != 0 && employer.industry < 50;
    for (const char kind : {'2', '3'}) {
      if (!heavy && employer.special_job != kind) continue;
      file_special_job(*filing, employer_id_of(i), kind);
    }
  }
  return filing->close();
}

/// The bills of all payers, and what of them arrived.
Status write_bills(const City& city, CityFolder& folder, Totals& totals,
                   const std::vector<ExtraBill>& extra, std::vector<Collected>& collected) {
  auto file = folder.open(
      "contrib_unit", {"settle_no",   "employer_id", "scheme",     "settle_month",   "due_month",
                       "levy_type",   "levy_mode",   "headcount",  "total_due",      "unit_base",
                       "person_base", "unit_due",    "person_due", "person_to_acct", "late_fee",
                       "unit_paid",   "person_paid", "full_flag",  "arrive_date",    "due_date"});
  if (!file) return fail(file.error());
  for (int m = 0; m < city.options.months; ++m) {
    const Month month = city.month(m);
    for (std::uint32_t payer = 0; payer < city.employers.size(); ++payer) {
      for (std::size_t slot = 0; slot < levied.size(); ++slot) {
        const Levy& levy = totals.levy(payer, m, slot);
        if (levy.n == 0) continue;
        const bool full = !in_arrears(city, payer, m);
        const Date arrived = full ? arrive_day(city, payer, m) : no_date;
        file->row()
            .text(settle_no_of(month, payer))
            .text(employer_id_of(payer))
            .text(std::to_string(levied[slot]))
            .month(month)
            .month(month)
            .text("10")
            .text("2")
            .integer(levy.n)
            .fen(levy.unit + levy.person)
            .fen(levy.base)
            .fen(levy.base)
            .fen(levy.unit)
            .fen(levy.person)
            .fen(levied[slot] == 110 && full ? levy.person.load() : 0)
            .fen(0)
            .fen(full ? levy.unit.load() : 0)
            .fen(full ? levy.person.load() : 0)
            .flag(full)
            .date(arrived)
            .date(last_day(month))
            .end();
        if (full)
          collected.push_back({payer, levied[slot], month, arrived, levy.unit + levy.person});
      }
    }
  }
  for (const ExtraBill& bill : extra) {
    file->row()
        .text(bill.settle_no)
        .text(employer_id_of(bill.payer))
        .text(std::to_string(bill.scheme))
        .month(bill.settled)
        .month(bill.due)
        .text(bill.type)
        .text("2")
        .integer(1)
        .fen(bill.unit + bill.person)
        .fen(bill.base)
        .fen(bill.base)
        .fen(bill.unit)
        .fen(bill.person)
        .fen(bill.to_account)
        .fen(0)
        .fen(bill.unit)
        .fen(bill.person)
        .flag(true)
        .date(bill.arrived)
        .date(last_day(bill.settled))
        .end();
    if (std::string_view{bill.type} != "20")
      collected.push_back(
          {bill.payer, bill.scheme, bill.settled, bill.arrived, bill.unit + bill.person});
  }
  return file->close();
}

Status write_institutions(City& city, CityFolder& folder, Totals& totals) {
  auto file = folder.open("medical_inst", {"inst_id", "name", "level", "beds", "contract_from",
                                           "contract_to", "region_code"});
  if (!file) return fail(file.error());
  for (std::uint32_t i = 0; i < city.institutions.size(); ++i) {
    Institution& inst = city.institutions[i];
    if (inst.beds == 0) {
      // As many beds as leave some free on the fullest day.
      std::int32_t most = 0;
      for (std::size_t day = 0; day < totals.days; ++day) {
        most = std::max(most, totals.census(i, static_cast<std::int32_t>(day)).load());
      }
      inst.beds = most * 5 / 4 + 20;
    }
    const std::string level = std::to_string(inst.level);
    file->row()
        .text(inst_id_of(i))
        .text(fmt::format("合成第{}医院", i))
        .text(level)
        .integer(inst.beds)
        .date(Date::of(2015, 1, 1))
        .date(Date::of(2035, 12, 31))
        .text(region_code_of(inst.district))
        .end();
  }
  return file->close();
}

Status write_exceptions(const City& city, CityFolder& folder) {
  auto file = folder.open("exception_list", {"exception_id", "id_no", "subject_kind", "subject_id",
                                             "model_code", "reason", "doc_no", "from_date",
                                             "expiry_date", "approver_1", "approver_2"});
  if (!file) return fail(file.error());
  std::uint64_t number = 0;
  for (const auto& entry : city.exceptions) {
    const std::string person = entry.person >= 0
                                   ? id_no_of(city.people[static_cast<std::size_t>(entry.person)])
                                   : std::string();
    const std::string document =
        fmt::format("合成例外〔{}〕{}号", city.options.start.year(), number + 1);
    file->row()
        .numbered("EX", ++number, 6)
        .text(person)
        .text(entry.subject_kind)
        .text(entry.subject_id)
        .text(entry.model)
        .text(entry.reason)
        .text(document)
        .date(city.first_day())
        .date(Date::of(9999, 12, 31))
        .text("OP900001")
        .text("OP900002")
        .end();
  }
  return file->close();
}

BooksInput books_input(const City& city, PeopleSums& sums, std::vector<Collected>&& collected) {
  BooksInput input;
  input.seed = city.options.seed;
  input.people = city.options.people;
  input.start = city.options.start;
  input.months = city.options.months;
  for (std::uint32_t i = 0; i < n_districts; ++i) {
    const auto district = static_cast<std::uint8_t>(i);
    input.districts.push_back(
        {region_code_of(district), agency_id_of(district), region_code_of(district)});
  }
  for (std::uint32_t i = 0; i < city.employers.size(); ++i) {
    input.payers.push_back({employer_id_of(i), uscc_of(city, i), employer_name_of(city, i),
                            city.employers[i].district});
  }
  input.collected = std::move(collected);
  for (std::size_t scheme = 0; scheme < paid_schemes.size(); ++scheme) {
    for (int m = 0; m < city.options.months; ++m) {
      for (int kind = 0; kind < batch_kinds; ++kind) {
        const BatchSum& sum = sums.batches[batch_slot(scheme, m, city.options.months, kind)];
        if (sum.n == 0) continue;
        const Month month = city.month(m);
        input.batches.push_back({batch_id_of(paid_schemes[scheme], month, kind),
                                 paid_schemes[scheme], month, static_cast<char>('1' + kind),
                                 pay_day(month, kind), sum.n, sum.total, sum.returned});
      }
    }
  }
  input.cases = std::move(sums.cases);
  return input;
}

Status write_truth(const City& city, const std::vector<BookTruth>& books,
                   const std::filesystem::path& path) {
  std::string text =
      "detection,kind,variant,subject_kind,subject_id,month_from,month_to,amount_fen,note\n";
  for (const auto& truth : city.truth) {
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{}\n", truth.detection, truth.planted ? "planted" : "lookalike",
        truth.variant, truth.subject_kind, truth.subject_id, truth.from.value, truth.to.value,
        truth.amount_fen < 0 ? "" : std::to_string(truth.amount_fen), csv_field(truth.note));
  }
  for (const auto& truth : books) {
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{}\n", truth.detection, truth.planted ? "planted" : "lookalike",
        truth.variant, truth.subject_kind, truth.subject_id, truth.from.value, truth.to.value,
        truth.amount_fen < 0 ? "" : std::to_string(truth.amount_fen), csv_field(truth.note));
  }
  return write_file(path / "truth.csv", text);
}

}  // namespace

Result<CityCounts> make_city(const catalog::Catalog& catalog, const CityOptions& options,
                             const std::filesystem::path& out, const CityProgress& progress) {
  if (options.people < 2'000 || options.people > 50'000'000) {
    return fail(ErrorKind::invalid_input, "sim.people",
                fmt::format("{}: expected 2000 to 50000000", options.people));
  }
  if (options.months < 6 || options.months > 120) {
    return fail(ErrorKind::invalid_input, "sim.months",
                fmt::format("{}: expected 6 to 120", options.months));
  }
  if (options.start < Month::of(2000, 1) ||
      options.start.plus(options.months) > Month::of(2050, 1)) {
    return fail(ErrorKind::invalid_input, "sim.start",
                format_month(options.start) + ": expected 2000-01 to 2049-12");
  }
  auto folder = CityFolder::make(
      catalog, out, {options.format, options.seed, options.spoil_per_million, options.plain});
  if (!folder) return fail(folder.error());
  if (progress) progress(0);

  City city = make_population(options);
  if (progress) progress(per_mille_population);
  Totals totals(city);
  auto files = PersonFiles::open(*folder, city);
  if (!files) return fail(files.error());
  PeopleSums sums = write_all_people(city, *files, totals, progress);
  if (const auto closed = files->close(); !closed) return fail(closed.error());

  std::vector<Collected> collected;
  for (const auto& step :
       {write_employers(city, *folder), write_bills(city, *folder, totals, sums.bills, collected),
        write_institutions(city, *folder, totals), write_exceptions(city, *folder),
        write_policy(*folder, options.start, city.last_month())}) {
    if (!step) return fail(step.error());
  }
  const BooksInput input = books_input(city, sums, std::move(collected));
  city.people.clear();
  city.people.shrink_to_fit();
  std::vector<BookTruth> books;
  if (const auto made = make_books(input, *folder, books); !made) return fail(made.error());
  if (const auto told = write_truth(city, books, out); !told) return fail(told.error());
  if (const auto finished = folder->finish(); !finished) return fail(finished.error());
  if (progress) progress(1000);

  CityCounts counts{.rows = folder->rows(), .bytes = folder->bytes()};
  for (const auto& truth : city.truth) ++(truth.planted ? counts.planted : counts.lookalikes);
  for (const auto& truth : books) ++(truth.planted ? counts.planted : counts.lookalikes);
  return counts;
}

}  // namespace anlan::sim
