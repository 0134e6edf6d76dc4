#include "ledger/content.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace anlan::ledger {
namespace {

using nlohmann::json;

// Lengths in characters; a form with longer texts is no longer a form.
constexpr std::size_t text_max = 2000;
constexpr std::size_t name_max = 60;
constexpr std::size_t rows_max = 2000;
constexpr std::size_t measures_max = 30;

json to_json(const Owner& owner) {
  return {{"name", owner.name}, {"person", owner.person}};
}

json to_json(const RiskPoint& point) {
  auto measures = json::array();
  for (const auto& one : point.measures)
    measures.push_back({{"measure", one.measure}, {"text", one.text}});
  return {{"node", point.node},
          {"department", point.department},
          {"risk", point.risk},
          {"stage", point.stage},
          {"phase", point.phase},
          {"origin", point.origin},
          {"domain", point.domain},
          {"subject", point.subject},
          {"likelihood", point.likelihood},
          {"impact", point.impact},
          {"measures", std::move(measures)},
          {"direct", to_json(point.direct)},
          {"department_head", to_json(point.department_head)},
          {"unit_head", to_json(point.unit_head)}};
}

/// Keys sorted, no spaces. What is not UTF-8 is refused before it is kept; here it must not throw.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Owner owner_of(const json& value) {
  return {value.at("person").get<std::int64_t>(), value.at("name").get<std::string>()};
}

RiskPoint point_of(const json& value) {
  RiskPoint point;
  const auto text = [&](const char* key) { return value.at(key).get<std::string>(); };
  point.node = text("node");
  point.department = text("department");
  point.risk = text("risk");
  point.stage = text("stage");
  point.phase = text("phase");
  point.origin = text("origin");
  point.domain = text("domain");
  point.subject = text("subject");
  point.likelihood = value.at("likelihood").get<int>();
  point.impact = value.at("impact").get<int>();
  for (const auto& one : value.at("measures"))
    point.measures.push_back(
        {one.at("measure").get<std::string>(), one.at("text").get<std::string>()});
  point.direct = owner_of(value.at("direct"));
  point.department_head = owner_of(value.at("department_head"));
  point.unit_head = owner_of(value.at("unit_head"));
  return point;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// No control characters but line ends: they would break XML and printing.
bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
  });
}

class Checker {
 public:
  explicit Checker(const catalog::Catalog& catalog) : catalog_(catalog) {}

  void check_row(int row, const RiskPoint& point) {
    row_ = row;
    text("部门（岗位）", point.department, 200, true);
    text("风险点", point.risk, text_max, true);
    if (!point.node.empty() && catalog_.node(point.node) == nullptr)
      say("node", "unknown risk node " + point.node);
    word("stage", point.stage, catalog::node_stages());
    word("phase", point.phase, catalog::node_phases());
    word("origin", point.origin, catalog::node_origins());
    word("domain", point.domain, catalog::node_domains());
    word("subject", point.subject, catalog::node_subjects());
    score("likelihood", point.likelihood);
    score("impact", point.impact);
    if (point.measures.size() > measures_max)
      say("风险防控措施", fmt::format("more than {} measures", measures_max));
    for (const auto& one : point.measures) {
      text("风险防控措施", one.text, text_max, true);
      // A line is how the form tells one measure from the next.
      if (one.text.find('\n') != std::string::npos) say("风险防控措施", "a measure is one line");
      if (!one.measure.empty() && catalog_.measure(one.measure) == nullptr)
        say("风险防控措施", "unknown measure " + one.measure);
    }
    owner("直接责任人", point.direct);
    owner("部门负责人", point.department_head);
    owner("单位负责人", point.unit_head);
  }

  void say(const std::string& column, const std::string& problem) {
    if (problems_.size() < 100) problems_.push_back({row_, column, problem});
  }

  std::vector<RowProblem> take() { return std::move(problems_); }

 private:
  void text(const std::string& column, const std::string& value, std::size_t max, bool needed) {
    if (needed && trim(value).empty()) say(column, "empty");
    if (value != trim(value)) say(column, "spaces at its ends");
    if (characters(value) > max) say(column, fmt::format("longer than {} characters", max));
    if (!printable(value)) say(column, "holds a control character");
  }

  void word(const std::string& column, const std::string& value,
            const std::vector<std::string>& words) {
    if (!value.empty() && !contains(words, value))
      say(column, fmt::format("{}, expected {}", value, fmt::join(words, ", ")));
  }

  void score(const std::string& column, int value) {
    if (value < 0 || value > 5) say(column, fmt::format("{}, expected 1 to 5", value));
  }

  void owner(const std::string& column, const Owner& who) {
    text(column, who.name, name_max, false);
    if (who.name.find('\n') != std::string::npos) say(column, "a name is one line");
    if (who.person < 0 || (who.person != 0 && who.name.empty())) say(column, "a person, no name");
  }

  const catalog::Catalog& catalog_;
  int row_ = 0;
  std::vector<RowProblem> problems_;
};

}  // namespace

std::string canonical(const Content& content) {
  auto points = json::array();
  for (const auto& point : content.points) points.push_back(to_json(point));
  const json all = {{"organisation", content.organisation},
                    {"unit", content.unit},
                    {"year", content.year},
                    {"points", std::move(points)}};
  return text_of(all);
}

Result<Content> content_of(const std::string& canonical_text) {
  try {
    const auto all = json::parse(canonical_text);
    Content content;
    content.organisation = all.at("organisation").get<std::string>();
    content.unit = all.at("unit").get<std::string>();
    content.year = all.at("year").get<int>();
    for (const auto& one : all.at("points")) content.points.push_back(point_of(one));
    return content;
  } catch (const json::exception& error) {
    return fail(ErrorKind::corrupted, "ledger.content", error.what());
  }
}

std::string hash_of(const Content& content) {
  return sha256_hex(canonical(content));
}

std::string hash_of(const RiskPoint& point) {
  return sha256_hex(text_of(to_json(point)));
}

Content draft_from(const catalog::Catalog& catalog, std::string organisation, std::string unit,
                   int year) {
  Content content{std::move(organisation), std::move(unit), year, {}};
  for (const auto& process : catalog.processes) {
    for (const auto& step : process.steps) {
      for (const auto& node : step.nodes) {
        RiskPoint point;
        point.node = node.code;
        point.department = fmt::format("{}（{}）", process.department.zh, step.title.zh);
        point.risk = node.title.zh;
        point.stage = node.stage;
        point.phase = node.phase;
        point.origin = node.origin;
        point.domain = node.domain;
        point.subject = node.subject;
        point.likelihood = node.likelihood;
        point.impact = node.impact;
        for (const auto& code : node.measures) {
          const auto* measure = catalog.measure(code);
          if (measure != nullptr)
            point.measures.push_back({code, measure->title.zh + "：" + measure->meaning.zh});
        }
        content.points.push_back(std::move(point));
      }
    }
  }
  return content;
}

std::vector<RowProblem> problems_of(const Content& content, const catalog::Catalog& catalog) {
  Checker checker(catalog);
  if (trim(content.unit).empty() || characters(content.unit) > 100 || !printable(content.unit) ||
      content.unit.find('\n') != std::string::npos)
    checker.say("填报单位", "expected a name of 1 to 100 characters");
  if (content.year < 2018 || content.year > 2999)
    checker.say("year", fmt::format("{}, expected 2018 or later", content.year));
  if (content.points.size() > rows_max)
    checker.say("序号", fmt::format("more than {} rows", rows_max));
  int row = 0;
  for (const auto& point : content.points) checker.check_row(++row, point);
  return checker.take();
}

Status check(const Content& content, const catalog::Catalog& catalog) {
  const auto problems = problems_of(content, catalog);
  if (problems.empty()) return {};
  std::vector<std::string> lines;
  for (const auto& one : problems)
    lines.push_back(fmt::format("row {}, {}: {}", one.row, one.column, one.problem));
  return fail(ErrorKind::invalid_input, "ledger.row", fmt::format("{}", fmt::join(lines, "\n")));
}

std::vector<Gap> gaps_of(const Content& content, const catalog::Catalog& catalog) {
  std::vector<Gap> gaps;
  std::vector<Gap> later;
  std::set<std::string> nodes;
  std::set<std::string> measures;
  if (content.points.empty()) gaps.push_back({"empty", 0, "", true});
  int row = 0;
  for (const auto& point : content.points) {
    ++row;
    nodes.insert(point.node);
    for (const auto& one : point.measures) measures.insert(one.measure);
    const auto stop = [&](const char* kind) { gaps.push_back({kind, row, point.node, true}); };
    if (point.measures.empty()) stop("no_measure");
    if (point.direct.person == 0) stop("no_direct");
    if (point.department_head.person == 0) stop("no_department_head");
    if (point.unit_head.person == 0) stop("no_unit_head");
    const auto same = [](const Owner& a, const Owner& b) {
      return a.person != 0 && a.person == b.person;
    };
    if (same(point.direct, point.department_head) || same(point.direct, point.unit_head) ||
        same(point.department_head, point.unit_head))
      stop("same_person");
    if (!same(point.unit_head, content.points.front().unit_head) && point.unit_head.person != 0)
      stop("unit_heads_differ");
    if (point.stage.empty() || point.phase.empty() || point.origin.empty() ||
        point.domain.empty() || point.subject.empty() || point.inherent_score() == 0)
      later.push_back({"not_classified", row, point.node, false});
  }
  for (const auto& process : catalog.processes) {
    for (const auto& step : process.steps) {
      for (const auto& node : step.nodes) {
        if (!nodes.contains(node.code)) later.push_back({"node_missing", 0, node.code, false});
      }
    }
  }
  for (const auto& measure : catalog.measures) {
    if (!measures.contains(measure.code) && measure.no_node.zh.empty())
      later.push_back({"measure_missing", 0, measure.code, false});
  }
  gaps.insert(gaps.end(), later.begin(), later.end());
  return gaps;
}

}  // namespace anlan::ledger
