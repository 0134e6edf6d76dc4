#include "leads/book.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "base/check.hpp"
#include "leads/run_leads.hpp"

namespace anlan::leads {
namespace {

bool among(const std::vector<std::string>& wanted, const std::string& one) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), one) != wanted.end();
}

bool fits(const LeadRow& row, const BookFilter& filter) {
  return among(filter.codes, row.code) && among(filter.severities, row.severity) &&
         among(filter.subject_kinds, row.subject_kind) &&
         among(filter.amount_kinds, row.amount_kind) &&
         (filter.changes.empty() || among(filter.changes, change_name(row.change))) &&
         (!filter.score_tenths_min || score_tenths(row) >= *filter.score_tenths_min) &&
         (!filter.amount_fen_min || row.amount_fen >= *filter.amount_fen_min) &&
         (!filter.amount_fen_max || row.amount_fen <= *filter.amount_fen_max);
}

BookPlace place_of(const LeadRow& row, BookOrder order) {
  switch (order) {
    case BookOrder::score_down:
      return {score_tenths(row), row.lead_id};
    case BookOrder::amount_down:
    case BookOrder::amount_up:
      return {row.amount_fen, row.lead_id};
    case BookOrder::lead_id:
      break;
  }
  return {0, row.lead_id};
}

bool comes_before(const BookPlace& a, const BookPlace& b, BookOrder order) {
  if (a.value != b.value)
    return order == BookOrder::amount_up ? a.value < b.value : a.value > b.value;
  return a.lead_id < b.lead_id;
}

tl::unexpected<Error> damaged(const std::filesystem::path& file) {
  return fail(ErrorKind::corrupted, "runs.damaged", file.string());
}

/// The first place at or behind `from` at which a line begins; the file's end if none does.
std::int64_t line_start(std::ifstream& in, std::int64_t from, std::int64_t size) {
  if (from == 0) return 0;
  in.clear();
  in.seekg(from - 1);
  std::int64_t at = from - 1;
  char piece[4096];
  while (at < size) {
    in.read(piece, static_cast<std::streamsize>(std::min<std::int64_t>(sizeof piece, size - at)));
    const auto got = in.gcount();
    if (got <= 0) break;
    const char* end = std::find(piece, piece + got, '\n');
    if (end != piece + got) return at + (end - piece) + 1;
    at += got;
  }
  return size;
}

}  // namespace

std::string change_name(Change change) {
  switch (change) {
    case Change::first:
      return "first";
    case Change::fresh:
      return "fresh";
    case Change::grown:
      return "grown";
    case Change::shrunk:
      return "shrunk";
    case Change::same:
      return "same";
    case Change::gone:
      return "gone";
  }
  return "";
}

Result<std::shared_ptr<const LeadBook>> LeadBook::load(const lake::Workspace& workspace) {
  std::shared_ptr<LeadBook> book(new LeadBook());
  const auto runs = current_runs(workspace);
  if (!runs) return fail(runs.error());
  if (runs->empty()) return std::shared_ptr<const LeadBook>(std::move(book));
  auto list = LeadList::open(workspace, {});
  if (!list) return fail(list.error());
  auto read = list->each([&](const LeadRow& row) -> Status {
    book->rows_.push_back(row);
    return {};
  });
  if (!read) return fail(read.error());
  auto totals = list->totals();
  if (!totals) return fail(totals.error());
  book->totals_ = *totals;
  auto summaries = list->by_detection();
  if (!summaries) return fail(summaries.error());
  book->summaries_ = std::move(*summaries);
  for (const auto& [code, run] : *runs) {
    book->files_.emplace_back(code, leads_file(workspace, run.run_id, code));
  }
  const auto sorted = [&](std::vector<std::uint32_t>& to, BookOrder order) {
    std::vector<BookPlace> places;
    places.reserve(book->rows_.size());
    for (const auto& row : book->rows_) places.push_back(place_of(row, order));
    to.resize(book->rows_.size());
    std::iota(to.begin(), to.end(), 0U);
    std::sort(to.begin(), to.end(), [&](std::uint32_t a, std::uint32_t b) {
      return comes_before(places[a], places[b], order);
    });
  };
  sorted(book->by_score_, BookOrder::score_down);
  sorted(book->by_amount_down_, BookOrder::amount_down);
  sorted(book->by_amount_up_, BookOrder::amount_up);
  sorted(book->by_id_, BookOrder::lead_id);
  return std::shared_ptr<const LeadBook>(std::move(book));
}

std::shared_ptr<const LeadBook> LeadBook::empty() {
  return std::shared_ptr<const LeadBook>(new LeadBook());
}

const std::vector<std::uint32_t>& LeadBook::in(BookOrder order) const {
  switch (order) {
    case BookOrder::score_down:
      return by_score_;
    case BookOrder::amount_down:
      return by_amount_down_;
    case BookOrder::amount_up:
      return by_amount_up_;
    case BookOrder::lead_id:
      break;
  }
  return by_id_;
}

BookPage LeadBook::page(const BookFilter& filter, BookOrder order,
                        const std::optional<BookPlace>& after, std::size_t limit) const {
  CHECK(limit > 0);
  BookPage page;
  for (const std::uint32_t index : in(order)) {
    const LeadRow& row = rows_[index];
    if (!fits(row, filter)) continue;
    ++page.total;
    page.amount_fen += row.amount_fen;
    if (page.rows.size() > limit) continue;
    if (after && !comes_before(*after, place_of(row, order), order)) continue;
    page.rows.push_back(&row);
  }
  if (page.rows.size() > limit) {
    page.rows.pop_back();
    page.next = place_of(*page.rows.back(), order);
  }
  return page;
}

std::int64_t LeadBook::count(const BookFilter& filter) const {
  return std::count_if(rows_.begin(), rows_.end(),
                       [&](const LeadRow& row) { return fits(row, filter); });
}

Status LeadBook::each(const BookFilter& filter,
                      const std::function<Status(const LeadRow&)>& take) const {
  for (const auto& row : rows_) {
    if (!fits(row, filter)) continue;
    if (auto taken = take(row); !taken) return taken;
  }
  return {};
}

Result<std::string> LeadBook::line(const std::string& lead_id) const {
  const auto code = lead_id.substr(0, lead_id.rfind('-'));
  for (const auto& [own, file] : files_) {
    if (own != code) continue;
    auto line = line_of_lead(file, lead_id);
    if (!line || !line->empty()) return line;
  }
  return fail(ErrorKind::not_found, "lead.not_found", lead_id);
}

Result<std::string> line_of_lead(const std::filesystem::path& file, const std::string& lead_id) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return damaged(file);
  const auto size = static_cast<std::int64_t>(in.tellg());
  std::int64_t low = 0;
  std::int64_t high = size;
  constexpr std::string_view begin = "{\"lead_id\":\"";
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const std::int64_t start = line_start(in, middle, size);
    if (start >= high) {
      high = middle;
      continue;
    }
    in.clear();
    in.seekg(start);
    std::string head(begin.size() + lead_id.size(), '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (!head.starts_with(begin)) return damaged(file);
    const int order = head.compare(begin.size(), std::string::npos, lead_id);
    if (order == 0) {
      in.clear();
      in.seekg(start);
      std::string line;
      std::getline(in, line);
      return line;
    }
    if (order < 0) {
      low = start + 1;
    } else {
      high = middle;
    }
  }
  return std::string();
}

std::string CurrentLeads::stamp() const {
  struct stat about {};
  const auto file = workspace_.runs() / "current.json";
  if (::stat(file.c_str(), &about) != 0) return "";
  return fmt::format("{}.{}.{}.{}", about.st_ino, about.st_size, about.st_mtim.tv_sec,
                     about.st_mtim.tv_nsec);
}

Result<std::shared_ptr<const LeadBook>> CurrentLeads::book() {
  const std::lock_guard lock(mutex_);
  const auto now = stamp();
  if (book_ && now == read_at_) return book_;
  auto fresh = LeadBook::load(workspace_);
  if (!fresh) return fail(fresh.error());
  book_ = std::move(*fresh);
  read_at_ = now;
  return book_;
}

}  // namespace anlan::leads
