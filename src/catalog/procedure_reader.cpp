#include "catalog/procedure_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.hpp"
#include "catalog/near_name.hpp"
#include "catalog/yaml_map.hpp"

namespace anlan::catalog {
namespace {

/// What the program does with leads and cases. A file that leaves one out, or has another, is not
/// the one this program works by.
const std::vector<std::string> acts_of_leads = {"screen", "dismiss", "recur"};
const std::vector<std::string> acts_of_cases = {
    "dispatch", "accept",   "go_onsite", "leave_site", "release", "conclude", "dispose",
    "review",   "unreview", "close",     "suspend",    "resume",  "reopen",   "verify_again"};

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class ProcedureReader {
 public:
  ProcedureReader(const Duties& duties, const Source& source) : duties_(duties), source_(source) {}

  Procedure read(const std::string& text) {
    const auto node = parse_yaml(text, source_);
    if (!node) return {};
    const YamlMap top(
        *node, source_, "the procedure",
        {"title", "sure", "basis", "states", "start_due", "documents", "transitions"});
    procedure_.title = top.title("title");
    procedure_.sure = top.word("sure", {"seed", "found", "known", "assumed"});
    for (const auto& one : top.required_texts("basis")) procedure_.basis.push_back(one.text);
    for (const auto& one : top.list("states")) read_state(one);
    read_start_due(top);
    for (const auto& one : top.list("documents")) read_document(one);
    for (const auto& one : top.list("transitions")) read_transition(one);
    check_states(top);
    check_acts(top);
    return std::move(procedure_);
  }

 private:
  void read_state(const YAML::Node& node) {
    const YamlMap entry(node, source_, "a state", {"name", "zh", "en", "kind"});
    ProcedureState state;
    state.name = entry.name("name");
    if (procedure_.state(state.name) != nullptr)
      entry.problem("name", "state " + state.name + " stands twice");
    if (state.name == "before") entry.problem("name", "before is no name for a state");
    state.title = {entry.text("zh"), entry.text("en")};
    const auto kind = entry.word("kind", {"open", "start", "aside", "end"});
    state.kind = kind == "start"   ? ProcedureState::Kind::start
                 : kind == "aside" ? ProcedureState::Kind::aside
                 : kind == "end"   ? ProcedureState::Kind::end
                                   : ProcedureState::Kind::open;
    procedure_.states.push_back(std::move(state));
  }

  int days_of(const YAML::Node& node) const {
    const YamlMap due(node, source_, "due", {"working_days"});
    const auto days = due.integer("working_days");
    constexpr int days_max = 250;  // a working year
    if (days && *days >= 1 && *days <= days_max) return *days;
    due.problem("working_days", fmt::format("expected a whole number from 1 to {}", days_max));
    return 1;
  }

  void read_start_due(const YamlMap& top) {
    if (const auto due = top.map("start_due")) procedure_.start_due_working_days = days_of(*due);
  }

  void read_document(const YAML::Node& node) {
    const YamlMap entry(node, source_, "a document", {"name", "zh", "en"});
    ProcedureDocument document{entry.name("name"), {entry.text("zh"), entry.text("en")}};
    if (procedure_.document(document.name) != nullptr)
      entry.problem("name", "document " + document.name + " stands twice");
    procedure_.documents.push_back(std::move(document));
  }

  std::vector<std::string> state_names() const {
    std::vector<std::string> names;
    for (const auto& state : procedure_.states) names.push_back(state.name);
    return names;
  }

  void check_state(const std::string& name, int line) const {
    if (procedure_.state(name) != nullptr) return;
    source_.problem(line, "unknown state " + name + did_you_mean(name, state_names()));
  }

  void read_who(const YamlMap& entry, Transition& transition) const {
    const auto node = entry.map("who");
    if (!node) return;
    const YamlMap who(*node, source_, "who", {"right", "chain", "program"});
    const auto given = static_cast<int>(who.has("right")) + static_cast<int>(who.has("chain")) +
                       static_cast<int>(who.has("program"));
    if (given != 1) {
      entry.problem("who", "expected one of right, chain and program");
      return;
    }
    if (who.has("right")) {
      transition.right = who.text("right");
      std::vector<std::string> names;
      for (const auto& right : duties_.rights) names.push_back(right.name);
      if (!contains(names, transition.right))
        who.problem("right", fmt::format("unknown right {}{}", transition.right,
                                         did_you_mean(transition.right, names)));
    } else if (who.has("chain")) {
      transition.chain = who.text("chain");
      std::vector<std::string> names;
      for (const auto& chain : duties_.chains) names.push_back(chain.name);
      if (!contains(names, transition.chain))
        who.problem("chain", fmt::format("unknown chain {}{}", transition.chain,
                                         did_you_mean(transition.chain, names)));
    } else if (!who.flag("program", false)) {
      who.problem("program", "expected program: true");
    }
    // How an act comes about is the program's: what is decided is never a mere right.
    static const std::vector<std::string> decided = {"dismiss", "conclude", "review", "close",
                                                     "unreview"};
    static const std::vector<std::string> by_program = {"recur", "release"};
    const std::string wanted = contains(decided, transition.act)      ? "chain"
                               : contains(by_program, transition.act) ? "program"
                                                                      : "right";
    if (!who.has(wanted))
      entry.problem("who", fmt::format("act {}, expected a {}", transition.act, wanted));
  }

  void read_due(const YAML::Node& node, const YamlMap& entry, Transition& transition) const {
    const auto due = node["due"];
    if (due && due.IsMap()) {
      transition.due = {ProcedureDue::Kind::working_days, days_of(due)};
      return;
    }
    const auto word = entry.word("due", {"none", "keep", "score"});
    transition.due.kind = word == "keep"    ? ProcedureDue::Kind::keep
                          : word == "score" ? ProcedureDue::Kind::score
                                            : ProcedureDue::Kind::none;
  }

  void read_transition(const YAML::Node& node) {
    const YamlMap entry(
        node, source_, "a transition",
        {"act", "zh", "en", "of", "from", "to", "who", "due", "document", "reason"});
    Transition transition;
    transition.act = entry.name("act");
    transition.title = {entry.text("zh"), entry.text("en")};
    transition.of_case = entry.word("of", {"lead", "case"}) == "case";
    const auto& known = transition.of_case ? acts_of_cases : acts_of_leads;
    if (!contains(known, transition.act)) {
      entry.problem("act", fmt::format("unknown act {} of a {}{}", transition.act,
                                       transition.of_case ? "case" : "lead",
                                       did_you_mean(transition.act, known)));
    }
    if (procedure_.transition(transition.act) != nullptr)
      entry.problem("act", "act " + transition.act + " stands twice");
    for (const auto& one : entry.required_texts("from")) {
      check_state(one.text, one.line);
      if (contains(transition.from, one.text))
        source_.problem(one.line, one.text + " stands twice in from");
      transition.from.push_back(one.text);
    }
    transition.to = entry.text("to");
    if (transition.to == "before") {
      for (const auto& name : transition.from) {
        const auto* state = procedure_.state(name);
        if (state != nullptr && state->kind != ProcedureState::Kind::aside)
          entry.problem("to", fmt::format("before, but {} is no state aside", name));
      }
    } else if (!transition.to.empty()) {
      check_state(transition.to, entry.line("to"));
    }
    read_who(entry, transition);
    read_due(node, entry, transition);
    transition.document = entry.optional_text("document");
    if (!transition.document.empty() && procedure_.document(transition.document) == nullptr)
      entry.problem("document", "unknown document " + transition.document);
    transition.reason = entry.flag("reason", false);
    procedure_.transitions.push_back(std::move(transition));
  }

  /// One start, each state reached, and a way out of each that is no end.
  void check_states(const YamlMap& top) const {
    const auto& states = procedure_.states;
    const auto starts = std::count_if(states.begin(), states.end(), [](const auto& state) {
      return state.kind == ProcedureState::Kind::start;
    });
    if (starts != 1)
      top.problem("states", fmt::format("{} states of kind start, expected 1", starts));
    for (const auto& state : states) {
      const auto& ways = procedure_.transitions;
      const bool reached = state.kind == ProcedureState::Kind::start ||
                           std::any_of(ways.begin(), ways.end(),
                                       [&](const auto& way) { return way.to == state.name; });
      if (!reached) top.problem("states", "no transition leads to " + state.name);
      const bool left = state.kind == ProcedureState::Kind::end ||
                        std::any_of(ways.begin(), ways.end(),
                                    [&](const auto& way) { return way.leaves(state.name); });
      if (!left) top.problem("states", "no transition leads out of " + state.name);
    }
  }

  void check_acts(const YamlMap& top) const {
    for (const auto* acts : {&acts_of_leads, &acts_of_cases}) {
      for (const auto& act : *acts) {
        if (procedure_.transition(act) == nullptr)
          top.problem("transitions", "no transition " + act + ", which the program needs");
      }
    }
  }

  const Duties& duties_;
  const Source& source_;
  Procedure procedure_;
};

template <class All>
auto* named(All& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool Transition::leaves(std::string_view state) const {
  return std::find(from.begin(), from.end(), state) != from.end();
}

const ProcedureState* Procedure::state(std::string_view name) const {
  return named(states, name);
}

const ProcedureDocument* Procedure::document(std::string_view name) const {
  return named(documents, name);
}

const Transition* Procedure::transition(std::string_view act) const {
  const auto found = std::find_if(transitions.begin(), transitions.end(),
                                  [&](const auto& one) { return one.act == act; });
  return found == transitions.end() ? nullptr : &*found;
}

std::vector<const Transition*> Procedure::from(std::string_view state, bool of_case) const {
  std::vector<const Transition*> ways;
  for (const auto& one : transitions) {
    if (one.of_case == of_case && one.leaves(state)) ways.push_back(&one);
  }
  return ways;
}

Procedure read_procedure(const std::string& text, const Duties& duties, const Source& source) {
  return ProcedureReader(duties, source).read(text);
}

}  // namespace anlan::catalog
