#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "catalog/duties.hpp"

namespace anlan::catalog {

// What catalog/procedures/lead.yaml says: the states of leads and cases, and what leads from one to
// the next.

struct ProcedureState {
  enum class Kind { start, open, aside, end };
  std::string name;  ///< "screened"
  Title title;
  Kind kind = Kind::open;
};

struct ProcedureDocument {
  std::string name;  ///< "verification_notice"
  Title title;
};

/// How long until the step after this one is due.
struct ProcedureDue {
  enum class Kind {
    none,          ///< nothing is due
    keep,          ///< as it was
    score,         ///< as the heaviest lead's score says
    working_days,  ///< in so many
  };
  Kind kind = Kind::none;
  int working_days = 0;
};

struct Transition {
  std::string act;  ///< "dispatch"
  Title title;
  bool of_case = false;  ///< else of a lead alone
  std::vector<std::string> from;
  std::string to;     ///< a state, or "before": back to where it was
  std::string right;  ///< who has it does it …
  std::string chain;  ///< … or it follows from a matter of this chain; neither: the program does it
  ProcedureDue due;
  std::string document;  ///< that the act makes or needs; "" if none
  bool reason = false;   ///< why must be said

  bool leaves(std::string_view state) const;
};

struct Procedure {
  Title title;
  std::vector<ProcedureState> states;  ///< the first is where a new lead begins
  std::vector<ProcedureDocument> documents;
  std::vector<Transition> transitions;
  int start_due_working_days = 0;
  std::vector<std::string> basis;
  std::string sure;

  const ProcedureState* state(std::string_view name) const;
  const ProcedureDocument* document(std::string_view name) const;
  const Transition* transition(std::string_view act) const;
  /// What may be done in a state, in the order of the file.
  std::vector<const Transition*> from(std::string_view state, bool of_case) const;
};

}  // namespace anlan::catalog
