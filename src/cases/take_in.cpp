#include "cases/take_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cases/desk_rows.hpp"
#include "cases/outcomes.hpp"
#include "cases/ties.hpp"
#include "fund/masking.hpp"
#include "journal/outbox.hpp"
#include "leads/book.hpp"
#include "leads/run_leads.hpp"

namespace anlan::cases {
namespace {

/// Leads of one transaction. Our choice: some 50 ms on a small machine.
constexpr std::size_t batch_leads = 1000;
/// Rows of one INSERT; the rest of a batch goes in smaller ones, so that few statements are
/// prepared.
constexpr std::size_t insert_rows[] = {200, 20, 1};

std::int32_t month_number(const std::string& text) {
  const auto month = text.empty() ? Result<Month>(Month{0}) : parse_month(text);
  return month ? month->value : 0;
}

std::int64_t expected_of(const leads::LeadRow& row, std::optional<int> precision_mille) {
  if (row.amount_kind != "recoverable") return 0;
  // An amount is far below the limit of 64 bits, also times a thousand.
  return precision_mille ? row.amount_fen / 1000 * *precision_mille +
                               row.amount_fen % 1000 * *precision_mille / 1000
                         : row.amount_fen;
}

/// One detection's leads, brought up to date batch by batch.
class Detection {
 public:
  Detection(const access::IdentityKey& key, const catalog::Catalog& catalog, const FoundRun& run,
            std::string top, std::string who, Instant now)
      : key_(key),
        catalog_(catalog),
        run_(run),
        top_(std::move(top)),
        who_(std::move(who)),
        now_(now),
        rows_(run.leads) {
    std::sort(rows_.begin(), rows_.end(),
              [](const auto* a, const auto* b) { return a->lead_id < b->lead_id; });
    screen_due_ = due_after(catalog.calendar, now.day(),
                            std::max(catalog.procedure.start_due_working_days, 1));
    const auto& recur = catalog.procedure.transition("recur")->due;
    recur_due_ = due_after(catalog.calendar, now.day(), std::max(recur.working_days, 1));
  }

  /// False: this run was taken in already, under the weight it has now.
  Result<bool> begin(store::Transaction& tx) {
    const auto known = known_precision(tx);
    if (!known) return fail(known.error());
    precision_.reset();
    if (const auto found = known->find(run_.code); found != known->end())
      precision_ = found->second;
    const auto row = tx.query_one("SELECT * FROM lead_run WHERE code = ?", {run_.code});
    if (!row) return fail(row.error());
    const auto mille = precision_ ? std::optional<std::int64_t>(*precision_) : std::nullopt;
    if (*row && (*row)->text("run_id") == run_.run_id &&
        (*row)->maybe_integer("precision_mille") == mille) {
      if ((*row)->flag("finished")) return false;
      return true;  // begun before and cut off: its counts go on
    }
    if (*row && !(*row)->flag("finished")) {
      // An earlier run was cut off and is taken in no more: what it changed is told all the same.
      if (auto told = tell_counts(tx, **row); !told) return fail(told.error());
    }
    const auto begun = tx.run(
        "INSERT INTO lead_run (code, run_id, finished, added, changed, gone, reopened,"
        " precision_mille, at) VALUES (?, ?, 0, 0, 0, 0, 0, ?, ?) ON CONFLICT (code) DO UPDATE SET"
        " run_id = excluded.run_id, finished = 0, added = 0, changed = 0, gone = 0, reopened = 0,"
        " precision_mille = excluded.precision_mille, at = excluded.at",
        {run_.code, run_.run_id, mille, now_.ms});
    if (!begun) return fail(begun.error());
    return true;
  }

  /// The leads from `from` on, and what the desk has of the same range of ids. How far it came;
  /// nothing behind the last.
  Result<std::optional<std::size_t>> batch(store::Transaction& tx, std::size_t from,
                                           TakenIn& taken) {
    const std::size_t to = std::min(from + batch_leads, rows_.size());
    const bool last = to == rows_.size();
    // Ids are the code, a dash and hex digits: '.' comes right behind the dash.
    const auto low = from == 0 ? run_.code + "-" : rows_[from - 1]->lead_id;
    const auto high = last ? run_.code + "." : rows_[to - 1]->lead_id;
    const auto there = tx.query(
        "SELECT * FROM lead WHERE lead_id > ? AND lead_id <= ? ORDER BY lead_id", {low, high});
    if (!there) return fail(there.error());
    TakenIn here;
    Tally tally(now_);
    std::vector<DeskLead> fresh;
    auto known = there->begin();
    for (std::size_t i = from; i < to; ++i) {
      const auto& row = *rows_[i];
      for (; known != there->end() && known->text("lead_id") < row.lead_id; ++known) {
        if (auto went = gone(tx, lead_from(*known), tally, here); !went) return fail(went.error());
      }
      if (known == there->end() || known->text("lead_id") != row.lead_id) {
        fresh.push_back(new_lead(row));
        continue;
      }
      if (auto seen = again(tx, lead_from(*known), row, tally, here); !seen)
        return fail(seen.error());
      ++known;
    }
    for (; known != there->end(); ++known) {
      if (auto went = gone(tx, lead_from(*known), tally, here); !went) return fail(went.error());
    }
    if (auto inserted = insert(tx, fresh, tally); !inserted) return fail(inserted.error());
    here.added = static_cast<std::int64_t>(fresh.size());
    if (auto counted = tally.write(tx); !counted) return fail(counted.error());
    const auto noted = tx.run(
        "UPDATE lead_run SET added = added + ?, changed = changed + ?, gone = gone + ?,"
        " reopened = reopened + ? WHERE code = ?",
        {here.added, here.changed, here.gone, here.reopened, run_.code});
    if (!noted) return fail(noted.error());
    taken = here;
    return last ? std::optional<std::size_t>() : std::optional<std::size_t>(to);
  }

  /// Tells the journal what this run changed, also what it did before it was cut off.
  Status finish(store::Transaction& tx) {
    const auto row = tx.query_one("SELECT * FROM lead_run WHERE code = ?", {run_.code});
    if (!row) return fail(row.error());
    const auto done =
        tx.run("UPDATE lead_run SET finished = 1, at = ? WHERE code = ?", {now_.ms, run_.code});
    if (!done) return fail(done.error());
    return tell_counts(tx, **row);
  }

 private:
  Status tell_counts(store::Transaction& tx, const store::Row& row) const {
    journal::Act act{.act = "leads.taken_in",
                     .who = who_,
                     .subject = "run:" + row.text("run_id"),
                     .refs = {{"detection", run_.code}}};
    bool any = false;
    for (const auto* count : {"added", "changed", "gone", "reopened"}) {
      act.counts[count] = row.integer(count);
      any = any || act.counts[count] != 0;
    }
    if (!any) return {};
    return journal::tell(tx, act, now_);
  }

  /// What the run says of a lead, over what the desk has.
  void take_figures(DeskLead& lead, const leads::LeadRow& row) const {
    lead.severity = row.severity;
    lead.score_tenths = leads::score_tenths(row);
    lead.verify_within_days = row.verify_within_days;
    lead.month_from = month_number(row.month_from);
    lead.month_to = month_number(row.month_to);
    lead.amount_kind = row.amount_kind;
    lead.amount_fen = row.amount_fen;
    lead.n_hits = row.n_hits;
    lead.expected_fen = expected_of(row, precision_);
    lead.present = true;
  }

  DeskLead new_lead(const leads::LeadRow& row) const {
    DeskLead lead;
    lead.lead_id = row.lead_id;
    lead.code = row.code;
    lead.detection = row.detection;
    lead.subject_kind = row.subject_kind;
    lead.subject_shown = fund::shown_subject(row.subject_kind, row.subject_id);
    lead.subject_blind = blind_of(key_, {row.subject_kind, row.subject_id});
    lead.first_run = run_.run_id;
    lead.last_run = run_.run_id;
    lead.found_at = now_;
    lead.change = leads::change_name(row.change == leads::Change::first ? leads::Change::first
                                                                        : leads::Change::fresh);
    lead.state = "new";
    lead.organisation = top_;
    lead.due = screen_due_;
    take_figures(lead, row);
    return lead;
  }

  Status again(store::Transaction& tx, const DeskLead& before, const leads::LeadRow& row,
               Tally& tally, TakenIn& taken) {
    auto lead = before;
    take_figures(lead, row);
    const bool back = !before.present;
    const bool grew = lead.amount_fen > before.amount_fen || lead.n_hits > before.n_hits;
    const bool shrank =
        !grew && (lead.amount_fen < before.amount_fen || lead.n_hits < before.n_hits);
    const bool figures = grew || shrank || back || lead.severity != before.severity ||
                         lead.score_tenths != before.score_tenths ||
                         lead.verify_within_days != before.verify_within_days ||
                         lead.month_from != before.month_from || lead.month_to != before.month_to ||
                         lead.amount_kind != before.amount_kind;
    if (!figures && lead.expected_fen == before.expected_fen) {
      ++taken.unchanged;
      return {};
    }
    if (figures) {
      lead.last_run = run_.run_id;
      lead.change = leads::change_name(back     ? leads::Change::fresh
                                       : grew   ? leads::Change::grown
                                       : shrank ? leads::Change::shrunk
                                                : leads::Change::same);
    }
    if (before.ended_at && (back || grew)) {
      ++taken.reopened;
      return recur(tx, before, lead, tally);
    }
    ++taken.changed;
    if (auto saved = save(tx, before, lead, tally); !saved) return saved;
    if (before.ended_at || !before.case_id || !(back || grew || shrank)) return {};
    return tell_people(tx, lead, back ? "back" : grew ? "grown" : "shrunk", "", "");
  }

  /// A lead that was closed or dismissed begins anew at the top; its case stays closed, with a word
  /// of it in its history.
  Status recur(store::Transaction& tx, const DeskLead& before, DeskLead& lead, Tally& tally) {
    lead.state = catalog_.procedure.transition("recur")->to;
    lead.organisation = top_;
    lead.case_id.reset();
    lead.due = recur_due_;
    lead.result.reset();
    lead.confirmed_fen.reset();
    lead.ended_at.reset();
    ++lead.reopened_times;
    if (auto saved = save(tx, before, lead, tally); !saved) return saved;
    return tell_people(tx, before, "recur", before.state, lead.state);
  }

  Status gone(store::Transaction& tx, const DeskLead& before, Tally& tally, TakenIn& taken) {
    if (!before.present) {
      ++taken.unchanged;
      return {};
    }
    auto lead = before;
    lead.present = false;
    lead.change = leads::change_name(leads::Change::gone);
    lead.last_run = run_.run_id;
    ++taken.gone;
    if (auto saved = save(tx, before, lead, tally); !saved) return saved;
    if (before.ended_at || !before.case_id) return {};
    return tell_people(tx, lead, "gone", "", "");
  }

  /// A lead nobody has acted on is brought up to date in silence; of others everybody who looked
  /// before must look anew.
  Status save(store::Transaction& tx, const DeskLead& before, DeskLead& lead, Tally& tally) const {
    if (before.version > 0) return save_lead(tx, before, lead, {who_, now_}, tally);
    const auto saved = tx.run(
        "UPDATE lead SET severity = ?, score_tenths = ?, verify_within_days = ?, month_from = ?,"
        " month_to = ?, amount_kind = ?, amount_fen = ?, n_hits = ?, expected_fen = ?, last_run = "
        "?,"
        " change = ?, present = ?, queue_key = ? WHERE lead_id = ? AND version = 0",
        {lead.severity, lead.score_tenths, lead.verify_within_days, lead.month_from, lead.month_to,
         lead.amount_kind, lead.amount_fen, lead.n_hits, lead.expected_fen, lead.last_run,
         lead.change, lead.present, queue_key(lead), lead.lead_id});
    if (!saved) return fail(saved.error());
    tally.changed(before, lead);
    return {};
  }

  Status tell_people(store::Transaction& tx, const DeskLead& lead, const std::string& act,
                     const std::string& from, const std::string& to) const {
    return add_event(tx, {0,
                          lead.case_id,
                          lead.lead_id,
                          act,
                          from,
                          to,
                          {},
                          who_,
                          "",
                          fmt::format("run {}", run_.run_id),
                          {},
                          now_});
  }

  Status insert(store::Transaction& tx, const std::vector<DeskLead>& fresh, Tally& tally) const {
    std::size_t at = 0;
    for (const auto size : insert_rows) {
      for (; fresh.size() - at >= size; at += size) {
        std::string sql;
        std::vector<store::Value> values;
        for (std::size_t i = at; i < at + size; ++i) {
          const auto fields = new_lead_fields(fresh[i]);
          if (sql.empty()) {
            std::string names;
            for (const auto& [name, value] : fields)
              names += (names.empty() ? "" : ", ") + std::string(name);
            sql = "INSERT INTO lead (" + names + ") VALUES ";
          } else {
            sql += ", ";
          }
          sql += "(" + store::placeholders(fields.size()) + ")";
          for (const auto& [name, value] : fields) values.push_back(value);
          tally.found(fresh[i]);
        }
        if (const auto inserted = tx.run(sql, values); !inserted) return fail(inserted.error());
      }
    }
    return {};
  }

  const access::IdentityKey& key_;
  const catalog::Catalog& catalog_;
  const FoundRun& run_;
  std::string top_;
  std::string who_;
  Instant now_;
  std::vector<const leads::LeadRow*> rows_;
  Due screen_due_;
  Due recur_due_;
  std::optional<int> precision_;
};

void add(TakenIn& sum, const TakenIn& more) {
  sum.added += more.added;
  sum.changed += more.changed;
  sum.gone += more.gone;
  sum.reopened += more.reopened;
  sum.unchanged += more.unchanged;
}

}  // namespace

Result<TakenIn> take_in(store::Database& database, const access::IdentityKey& key,
                        const catalog::Catalog& catalog, const std::vector<FoundRun>& runs,
                        const std::string& who, Instant now) {
  if (catalog.procedure.states.empty())
    return fail(ErrorKind::not_found, "case.no_procedure", "catalog/procedures/lead.yaml");
  const auto top = database.read([](store::Transaction& tx) { return top_organisation(tx); });
  if (!top) return fail(top.error());
  TakenIn sum;
  for (const auto& run : runs) {
    Detection detection(key, catalog, run, *top, who, now);
    const auto begun = database.write([&](store::Transaction& tx) { return detection.begin(tx); });
    if (!begun) return fail(begun.error());
    if (!*begun) {
      sum.unchanged += static_cast<std::int64_t>(run.leads.size());
      continue;
    }
    for (std::optional<std::size_t> from = 0; from;) {
      TakenIn taken;
      const auto next =
          database.write([&](store::Transaction& tx) { return detection.batch(tx, *from, taken); });
      if (!next) return fail(next.error());
      add(sum, taken);
      from = *next;
    }
    const auto ended = database.write([&](store::Transaction& tx) { return detection.finish(tx); });
    if (!ended) return fail(ended.error());
  }
  if (sum.added + sum.changed + sum.gone + sum.reopened > 0) {
    const auto folded = database.write([](store::Transaction& tx) { return fold_sums(tx); });
    if (!folded) return fail(folded.error());
  }
  return sum;
}

Result<TakenIn> take_in(store::Database& database, const access::IdentityKey& key,
                        const catalog::Catalog& catalog, const lake::Workspace& workspace,
                        const std::string& who, Instant now) {
  const auto current = leads::current_runs(workspace);
  if (!current) return fail(current.error());
  if (current->empty()) return TakenIn{};
  auto list = leads::LeadList::open(workspace, {});
  if (!list) return fail(list.error());
  std::vector<leads::LeadRow> rows;
  auto read = list->each([&](const leads::LeadRow& row) -> Status {
    rows.push_back(row);
    rows.back().reason = {};  // long, and of no use here
    return {};
  });
  if (!read) return fail(read.error());
  std::map<std::string, FoundRun> by_code;
  for (const auto& [code, run] : *current) by_code[code] = {code, run.run_id, {}};
  for (const auto& row : rows) {
    if (const auto found = by_code.find(row.code); found != by_code.end())
      found->second.leads.push_back(&row);
  }
  std::vector<FoundRun> runs;
  for (auto& [code, run] : by_code) runs.push_back(std::move(run));
  auto taken = take_in(database, key, catalog, runs, who, now);
  if (!taken) return taken;
  std::set<Subject> subjects;
  for (const auto& row : rows) subjects.insert({row.subject_kind, row.subject_id});
  const auto ties = find_ties(workspace, catalog, key, {subjects.begin(), subjects.end()});
  if (!ties) return fail(ties.error());
  const auto kept =
      database.write([&](store::Transaction& tx) { return keep_ties(tx, *ties, who, now); });
  if (!kept) return fail(kept.error());
  return taken;
}

}  // namespace anlan::cases
