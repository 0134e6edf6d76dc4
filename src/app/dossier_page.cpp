#include "app/dossier_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "app/masking.hpp"
#include "base/fen.hpp"
#include "base/month.hpp"
#include "base/text.hpp"

namespace anlan::app {
namespace {

using catalog::FieldType;
using dossier::Bucket;
using Json = nlohmann::ordered_json;
using Lists = std::map<std::string, catalog::CodeList>;

/// One value of a row; nullopt is missing.
struct Value {
  std::int64_t number = 0;
  std::string_view text;
};

std::optional<Value> value_of(const Bucket& bucket, std::size_t list_index, std::size_t field,
                              std::size_t row) {
  const auto& list = bucket.lists[list_index];
  const auto& column = list.columns[field];
  switch (column.type) {
    case FieldType::month:
    case FieldType::date: {
      const auto value = column.int32(list.rows())[row];
      if (value == dossier::missing_int32) return std::nullopt;
      return Value{value, {}};
    }
    case FieldType::integer:
    case FieldType::fen:
    case FieldType::ratio: {
      const auto value = column.int64(list.rows())[row];
      if (value == dossier::missing_int64) return std::nullopt;
      return Value{value, {}};
    }
    case FieldType::flag: {
      const auto value = column.flags(list.rows())[row];
      if (value == dossier::missing_flag) return std::nullopt;
      return Value{value, {}};
    }
    case FieldType::text: {
      const auto value = column.texts(list.rows())[row];
      if (value >= bucket.text_ends.size()) return std::nullopt;
      return Value{0, bucket.word(value)};
    }
  }
  return std::nullopt;
}

std::string ratio_text(std::int64_t millionths) {
  const bool negative = millionths < 0;
  const auto size = negative ? 0 - static_cast<std::uint64_t>(millionths)
                             : static_cast<std::uint64_t>(millionths);
  std::string text =
      fmt::format("{}{}.{:06}", negative ? "-" : "", size / 1'000'000, size % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string date_text(std::int64_t days) {
  return format_date(Date{static_cast<std::int32_t>(days)});
}

std::string month_text(std::int64_t month) {
  return format_month(Month{static_cast<std::int32_t>(month)});
}

class Page {
 public:
  Page(const dossier::Dossier& dossier, const Lists& lists, const PageOptions& options)
      : bucket_(*dossier.bucket),
        subject_(dossier.subject),
        kind_(*dossier.bucket->kind),
        lists_(lists),
        options_(options) {}

  std::string text() const {
    std::string out = head();
    for (const auto& line : lines())
      out += fmt::format("{}  {}  {}\n", pad_right(line.when, when_width),
                         pad_right(line.title, title_width()), line.words);
    return out;
  }

  Json json() const {
    const std::string id(bucket_.id(subject_));
    Json json = {{"subject", kind_.subject}, {"id", shown_id(kind_.subject, id, options_.reveal)}};
    json["lists"] = Json::object();
    for (std::size_t i = 0; i < bucket_.lists.size(); ++i) {
      const auto& list = kind_.lists[i];
      const auto& offsets = bucket_.lists[i].offsets;
      if (offsets[subject_] == offsets[subject_ + 1]) continue;
      auto& rows = json["lists"][list.name] = Json::array();
      for (auto row = offsets[subject_]; row < offsets[subject_ + 1]; ++row)
        rows.push_back(json_row(i, row));
    }
    return json;
  }

 private:
  static constexpr std::size_t when_width = 17;  // 2018-01 ~ 2018-12

  struct Line {
    std::int64_t time;  // days; unknown ones last
    std::string when;
    std::string title;
    std::string words;
  };

  const catalog::DossierList& list(std::size_t i) const { return kind_.lists[i]; }

  std::string label(const catalog::Field& field, std::string_view code) const {
    const auto list = lists_.find(field.list);
    if (list == lists_.end()) return std::string(code);
    const auto& values = list->second.values;
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& one) { return one.code == code; });
    return value == values.end() ? std::string(code) : value->title.in(options_.lang);
  }

  std::string shown(const catalog::Field& field, const Value& value) const {
    switch (field.type) {
      case FieldType::month:
        return month_text(value.number);
      case FieldType::date:
        return date_text(value.number);
      case FieldType::integer:
        return fmt::format("{}", value.number);
      case FieldType::fen:
        return format_yuan(Fen{value.number});
      case FieldType::ratio:
        return ratio_text(value.number);
      case FieldType::flag:
        return std::string(value.number != 0 ? say(options_.lang, "是", "yes")
                                             : say(options_.lang, "否", "no"));
      case FieldType::text:
        if (!field.list.empty()) return label(field, value.text);
        return options_.reveal ? std::string(value.text) : masked_text(field.name, value.text);
    }
    return {};
  }

  /// Which fields stand in the words of a line: not its time, not a time again in seconds.
  bool in_words(const catalog::DossierList& of, const catalog::Field& field) const {
    if (field.name == of.time || field.name == of.table_field) return false;
    return !(field.type == FieldType::integer &&
             (field.name.ends_with("_at") || field.name.ends_with("_sec") || field.name == "at"));
  }

  std::string words(std::size_t list_index, std::size_t row, bool without_times) const {
    std::string out;
    const auto& of = list(list_index);
    for (std::size_t f = 0; f < of.fields.size(); ++f) {
      const auto& field = of.fields[f];
      if (!in_words(of, field)) continue;
      if (without_times && (field.type == FieldType::date || field.type == FieldType::month))
        continue;
      const auto value = value_of(bucket_, list_index, f, row);
      if (!value) continue;
      if (!out.empty()) out += say(options_.lang, "，", ", ");
      out += field.title.in(options_.lang) + " " + shown(field, *value);
    }
    return out;
  }

  /// Rows of a list as lines; like rows of successive months become one.
  void add_lines(std::size_t list_index, std::vector<Line>& lines) const {
    const auto& of = list(list_index);
    const auto& offsets = bucket_.lists[list_index].offsets;
    const auto time = of.find(of.time);
    const bool by_month = time && of.fields[*time].type == FieldType::month;
    struct Run {
      std::size_t line;
      Month first;
      Month last;
    };
    std::map<std::string, Run> runs;
    for (auto row = offsets[subject_]; row < offsets[subject_ + 1]; ++row) {
      const auto when = time ? value_of(bucket_, list_index, *time, row) : std::nullopt;
      const auto& title = of.title.in(options_.lang);
      if (!when) {
        lines.push_back({no_time, "", title, words(list_index, row, false)});
        continue;
      }
      if (!by_month) {
        lines.push_back(
            {when->number, date_text(when->number), title, words(list_index, row, false)});
        continue;
      }
      const Month month{static_cast<std::int32_t>(when->number)};
      const auto like = options_.each_row ? std::string() : words(list_index, row, true);
      if (const auto run = runs.find(like);
          !options_.each_row && run != runs.end() && months_between(run->second.last, month) == 1) {
        run->second.last = month;
        auto& line = lines[run->second.line];
        line.when =
            month_text(run->second.first.value) + " ~ " +
            month_text(month.value).substr(run->second.first.year() == month.year() ? 5 : 0);
        line.words = fmt::format("{}{}{} {}", like, say(options_.lang, "，共 ", ", "),
                                 months_between(run->second.first, month) + 1,
                                 say(options_.lang, "个月", "months"));
        continue;
      }
      runs[like] = {lines.size(), month, month};
      lines.push_back({Date::of(month.year(), month.month(), 1).days, month_text(month.value),
                       title, words(list_index, row, false)});
    }
  }

  std::vector<Line> lines() const {
    std::vector<Line> all;
    for (std::size_t i = 0; i < bucket_.lists.size(); ++i) {
      if (list(i).name != kind_.subject) add_lines(i, all);
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Line& a, const Line& b) { return a.time < b.time; });
    return all;
  }

  std::size_t title_width() const {
    std::size_t width = 0;
    for (std::size_t i = 0; i < bucket_.lists.size(); ++i) {
      const auto& offsets = bucket_.lists[i].offsets;
      if (offsets[subject_] < offsets[subject_ + 1])
        width = std::max(width, display_width(list(i).title.in(options_.lang)));
    }
    return width;
  }

  std::string head() const {
    const std::string id(bucket_.id(subject_));
    std::string out = fmt::format("{}  {}\n", kind_.title.in(options_.lang),
                                  shown_id(kind_.subject, id, options_.reveal));
    std::size_t rows = 0;
    for (std::size_t i = 0; i < bucket_.lists.size(); ++i) {
      const auto& offsets = bucket_.lists[i].offsets;
      rows += offsets[subject_ + 1] - offsets[subject_];
      if (list(i).name != kind_.subject || offsets[subject_] == offsets[subject_ + 1]) continue;
      out += words(i, offsets[subject_], false) + "\n";
    }
    if (const auto death = kind_.find("death")) {
      const auto& offsets = bucket_.lists[*death].offsets;
      if (offsets[subject_] < offsets[subject_ + 1]) {
        out += fmt::format("{}  {}\n", say(options_.lang, "已死亡", "dead"),
                           words_with_time(*death, offsets[subject_]));
      }
    }
    out += fmt::format("{}{}\n\n", rows, say(options_.lang, " 行记录", " rows"));
    return out;
  }

  std::string words_with_time(std::size_t list_index, std::size_t row) const {
    const auto& of = list(list_index);
    const auto time = of.find(of.time);
    const auto when = time ? value_of(bucket_, list_index, *time, row) : std::nullopt;
    return (when ? shown(of.fields[*time], *when) + "  " : "") + words(list_index, row, false);
  }

  Json json_row(std::size_t list_index, std::size_t row) const {
    Json json = Json::object();
    const auto& of = list(list_index);
    for (std::size_t f = 0; f < of.fields.size(); ++f) {
      const auto& field = of.fields[f];
      const auto value = value_of(bucket_, list_index, f, row);
      if (!value) {
        json[field.name] = nullptr;
      } else if (field.type == FieldType::flag) {
        json[field.name] = value->number != 0;
      } else if (field.type == FieldType::integer || field.type == FieldType::fen) {
        json[field.name + (field.type == FieldType::fen ? "_fen" : "")] = value->number;
      } else if (field.type == FieldType::text && !field.list.empty()) {
        json[field.name] = std::string(value->text);
        json[field.name + "_label"] = label(field, value->text);
      } else {
        json[field.name] = shown(field, *value);
      }
    }
    const auto evidence = dossier::evidence_of(bucket_, list_index, row);
    if (!evidence.key.empty()) {
      json["evidence"] = {{"table", evidence.table},
                          {"key", options_.reveal ? evidence.key : masked_within(evidence.key)}};
    }
    return json;
  }

  static constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::max();

  const Bucket& bucket_;
  std::size_t subject_;
  const catalog::DossierKind& kind_;
  const Lists& lists_;
  const PageOptions& options_;
};

}  // namespace

std::string dossier_page(const dossier::Dossier& dossier, const Lists& lists,
                         const PageOptions& options) {
  return Page(dossier, lists, options).text();
}

nlohmann::ordered_json dossier_json(const dossier::Dossier& dossier, const Lists& lists,
                                    const PageOptions& options) {
  return Page(dossier, lists, options).json();
}

}  // namespace anlan::app
