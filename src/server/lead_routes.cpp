#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/sha256.hpp"
#include "fund/masking.hpp"
#include "journal/outbox.hpp"
#include "leads/export.hpp"
#include "server/desk.hpp"
#include "server/lead_present.hpp"
#include "server/page.hpp"
#include "server/present.hpp"
#include "server/upload.hpp"

namespace anlan::server {
namespace {

Json month_json(const std::string& month) {
  return month.empty() ? Json() : Json(month);
}

leads::LeadRow masked_row(leads::LeadRow row) {
  row.subject_id = fund::shown_subject(row.subject_kind, row.subject_id);
  row.reason = {fund::masked_numbers(row.reason.zh), fund::masked_numbers(row.reason.en)};
  return row;
}

Json row_json(const leads::LeadRow& given, const leads::Titles& titles) {
  const leads::LeadRow row = masked_row(given);
  return {{"lead_id", row.lead_id},
          {"code", row.code},
          {"detection", row.detection},
          {"title", text_json(title_of(titles, row.code, row.detection))},
          {"severity", row.severity},
          {"score", Json::parse(row.score)},
          {"verify_within_days", row.verify_within_days},
          {"subject_kind", row.subject_kind},
          {"subject_id", row.subject_id},
          {"month_from", month_json(row.month_from)},
          {"month_to", month_json(row.month_to)},
          {"amount_kind", row.amount_kind},
          {"amount_fen", row.amount_fen},
          {"n_hits", row.n_hits},
          {"reason", text_json(row.reason)},
          {"change", leads::change_name(row.change)}};
}

leads::BookFilter filter_of(const Call& call) {
  leads::BookFilter filter{.codes = call.texts("detection"),
                           .severities = call.texts("severity"),
                           .subject_kinds = call.texts("subject_kind"),
                           .amount_kinds = call.texts("amount_kind"),
                           .changes = call.texts("change")};
  if (call.has("score_min"))
    filter.score_tenths_min = static_cast<int>(call.number("score_min")) * 10;
  if (call.has("amount_fen_min")) filter.amount_fen_min = call.number("amount_fen_min");
  if (call.has("amount_fen_max")) filter.amount_fen_max = call.number("amount_fen_max");
  return filter;
}

leads::BookOrder order_of(const Call& call) {
  const std::string sort = call.text("sort", "-score");
  if (sort == "-amount") return leads::BookOrder::amount_down;
  if (sort == "amount") return leads::BookOrder::amount_up;
  if (sort == "lead_id") return leads::BookOrder::lead_id;
  return leads::BookOrder::score_down;
}

/// The book of all leads, or an empty one for an actor who sees none of them.
Result<std::shared_ptr<const leads::LeadBook>> book_for(Call& call, Desk& desk) {
  const auto all = over_all(call, call.operation.right);
  if (!all) return fail(all.error());
  if (!*all) return leads::LeadBook::empty();
  return desk.leads.book();
}

Result<Answer> list_leads(Call& call, Desk& desk, const leads::Titles& titles) {
  const auto book = book_for(call, desk);
  if (!book) return fail(book.error());
  const auto parts = cursor_parts(call, 2);
  if (!parts) return fail(parts.error());
  std::optional<leads::BookPlace> after;
  if (!parts->empty()) {
    leads::BookPlace place{0, (*parts)[1]};
    const auto& number = (*parts)[0];
    std::from_chars(number.data(), number.data() + number.size(), place.value);
    after = place;
  }
  const auto page = (*book)->page(filter_of(call), order_of(call), after,
                                  static_cast<std::size_t>(call.number("limit", page_usual)));
  Json rows = Json::array();
  for (const auto* row : page.rows) rows.push_back(row_json(*row, titles));
  Json next;
  if (page.next) {
    next = cursor_text({std::to_string(page.next->value), page.next->lead_id}, question_of(call));
  }
  return Answer{.body = {{"leads", std::move(rows)},
                         {"total", page.total},
                         {"amount_fen", page.amount_fen},
                         {"next", std::move(next)}}};
}

Result<Answer> get_lead_totals(Call& call, Desk& desk, const leads::Titles& titles) {
  const auto book = book_for(call, desk);
  if (!book) return fail(book.error());
  Json detections = Json::array();
  for (const auto& one : (*book)->by_detection()) {
    detections.push_back({{"code", one.code},
                          {"title", text_json(title_of(titles, one.code, one.code))},
                          {"leads", one.leads},
                          {"hits", one.hits},
                          {"amount_fen", one.amount_fen}});
  }
  const auto& totals = (*book)->totals();
  return Answer{.body = {{"leads", totals.leads},
                         {"recoverable_fen", totals.recoverable_fen},
                         {"difference_fen", totals.difference_fen},
                         {"exposure_fen", totals.exposure_fen},
                         {"detections", std::move(detections)}}};
}

Result<Answer> get_lead(Call& call, Desk& desk, const leads::Titles& titles) {
  const auto book = book_for(call, desk);
  if (!book) return fail(book.error());
  const auto line = (*book)->line(call.text("lead_id"));
  if (!line) return fail(line.error());
  Answer answer{.body = lead_json(*line, titles, false)};
  answer.etag = sha256_hex(*line).substr(0, 16);
  return answer;
}

Result<Answer> reveal_lead(Call& call, Desk& desk, const leads::Titles& titles) {
  const auto book = book_for(call, desk);
  if (!book) return fail(book.error());
  const std::string lead_id = call.text("lead_id");
  const auto line = (*book)->line(lead_id);
  if (!line) return fail(line.error());
  // Nothing is shown before what tells of it is durable.
  return call.write([&](store::Transaction& transaction) -> Result<Answer> {
    journal::Act act{.act = "lead.reveal", .who = call.actor().who(), .subject = "lead:" + lead_id};
    act.personal["reason"] = call.body["reason"].get<std::string>();
    if (auto told = journal::tell(transaction, act, call.at); !told) return fail(told.error());
    return Answer{.body = lead_json(*line, titles, true)};
  });
}

/// An export is an act: the journal knows who took how many leads away.
Status tell_export(Call& call, const std::string& format, std::int64_t rows) {
  const auto told = call.write([&](store::Transaction& transaction) -> Result<Answer> {
    journal::Act act{.act = "lead.export", .who = call.actor().who()};
    act.refs["format"] = format;
    act.counts["leads"] = rows;
    if (auto done = journal::tell(transaction, act, call.at); !done) return fail(done.error());
    return Answer{};
  });
  if (!told) return fail(told.error());
  return {};
}

Result<Answer> export_ndjson(Call& call, Desk& desk, const leads::Titles& titles) {
  const auto book = book_for(call, desk);
  if (!book) return fail(book.error());
  const auto filter = filter_of(call);
  const auto order = leads::BookOrder::lead_id;
  if (auto told = tell_export(call, "ndjson", (*book)->count(filter)); !told) {
    return fail(told.error());
  }
  Answer answer{.media = "application/x-ndjson"};
  answer.fields.emplace_back("content-disposition", "attachment; filename=\"leads.ndjson\"");
  // Each piece is one page of the book: memory stays bounded however slowly it is taken.
  struct Progress {
    std::optional<leads::BookPlace> after;
    bool ended = false;
  };
  auto progress = std::make_shared<Progress>();
  answer.pieces = [book = *book, filter, titles, progress]() -> Result<std::string> {
    constexpr std::size_t rows_a_piece = 500;
    std::string piece;
    if (progress->ended) return piece;
    const auto page = book->page(filter, order, progress->after, rows_a_piece);
    for (const auto* row : page.rows) {
      const auto line = book->line(row->lead_id);
      if (!line) return fail(line.error());
      piece += json_text(lead_json(*line, titles, false)) + "\n";
    }
    progress->after = page.next;
    progress->ended = !page.next.has_value();
    return piece;
  };
  return answer;
}

Result<Answer> export_xlsx(Call& call, Desk& desk, const leads::Titles& titles) {
  const auto book = book_for(call, desk);
  if (!book) return fail(book.error());
  const auto filter = filter_of(call);
  const auto total = (*book)->count(filter);
  constexpr std::int64_t sheet_rows_max = 1'048'575;
  if (total > sheet_rows_max) {
    return fail(ErrorKind::invalid_input, "lead.too_many_for_sheet", std::to_string(total));
  }
  if (auto told = tell_export(call, "xlsx", total); !told) return fail(told.error());
  const auto path = temporary_file();
  if (!path) return fail(path.error());
  const auto written = leads::write_xlsx(
      [&](const std::function<Status(const leads::LeadRow&)>& take) {
        return (*book)->each(filter, [&](const auto& row) { return take(masked_row(row)); });
      },
      {}, titles, call.lang, *path);
  auto answer = attachment(*path, files::mime_of(files::Media::xlsx), "leads.xlsx", true);
  if (!written) return fail(written.error());
  return answer;
}

}  // namespace

void add_lead_routes(Handlers& handlers, Desk& desk) {
  const auto add = [&](const char* id, auto route) {
    handlers[id] = [&desk, route](Call& call) { return route(call, desk, desk.titles); };
  };
  add("list_leads", list_leads);
  add("get_lead_totals", get_lead_totals);
  add("get_lead", get_lead);
  add("reveal_lead", reveal_lead);
  add("export_leads_ndjson", export_ndjson);
  add("export_leads_xlsx", export_xlsx);
}

}  // namespace anlan::server
