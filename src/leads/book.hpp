#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "lake/workspace.hpp"
#include "leads/list.hpp"

namespace anlan::leads {

/// Which leads are wanted; an empty list lets all through.
struct BookFilter {
  std::vector<std::string> codes;
  std::vector<std::string> severities;
  std::vector<std::string> subject_kinds;
  std::vector<std::string> amount_kinds;
  std::vector<std::string> changes;  ///< "first", "fresh" …
  std::optional<int> score_tenths_min;
  std::optional<std::int64_t> amount_fen_min, amount_fen_max;
};

enum class BookOrder { score_down, amount_down, amount_up, lead_id };

/// Where a page begins: behind this lead. What the order looks at is kept with it, so that the
/// place is known even when the lead itself is gone.
struct BookPlace {
  std::int64_t value = 0;  ///< tenths of the score, or fen; 0 if the order is by id
  std::string lead_id;
};

struct BookPage {
  std::vector<const LeadRow*> rows;
  std::int64_t total = 0;         ///< all that the filter lets through
  std::int64_t amount_fen = 0;    ///< summed over them
  std::optional<BookPlace> next;  ///< nothing on the last page
};

std::string change_name(Change change);

/// The leads of the current runs, all rows in memory, for many readers. Never changes.
class LeadBook {
 public:
  /// Errors: as LeadList::open.
  static Result<std::shared_ptr<const LeadBook>> load(const lake::Workspace& workspace);

  static std::shared_ptr<const LeadBook> empty();

  /// `limit` is at least 1.
  BookPage page(const BookFilter& filter, BookOrder order, const std::optional<BookPlace>& after,
                std::size_t limit) const;
  std::int64_t count(const BookFilter& filter) const;
  /// Heaviest first, until `take` fails.
  Status each(const BookFilter& filter, const std::function<Status(const LeadRow&)>& take) const;
  /// The lead's line of JSON as its run wrote it. Errors: not_found "lead.not_found"; corrupted
  /// "runs.damaged".
  Result<std::string> line(const std::string& lead_id) const;
  const Totals& totals() const { return totals_; }
  const std::vector<DetectionSummary>& by_detection() const { return summaries_; }

 private:
  LeadBook() = default;
  const std::vector<std::uint32_t>& in(BookOrder order) const;

  std::vector<LeadRow> rows_;  ///< heaviest first
  std::vector<std::uint32_t> by_score_, by_amount_down_, by_amount_up_, by_id_;
  std::vector<std::pair<std::string, std::filesystem::path>> files_;  ///< code → its lines
  Totals totals_;
  std::vector<DetectionSummary> summaries_;
};

/// The newest LeadBook of a workspace, read again after another run became current. Thread-safe.
class CurrentLeads {
 public:
  explicit CurrentLeads(const lake::Workspace& workspace) : workspace_(workspace) {}

  /// Before the first run: a book without leads. Errors: as LeadBook::load.
  Result<std::shared_ptr<const LeadBook>> book();
  /// Changes when another run has become current.
  std::string stamp() const;

 private:
  lake::Workspace workspace_;
  std::mutex mutex_;
  std::string read_at_;
  std::shared_ptr<const LeadBook> book_;
};

/// The line of a file of lines sorted by lead id; "" if there is none. Errors: corrupted
/// "runs.damaged".
Result<std::string> line_of_lead(const std::filesystem::path& file, const std::string& lead_id);

}  // namespace anlan::leads
