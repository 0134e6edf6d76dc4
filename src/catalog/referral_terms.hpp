#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/fen.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"
#include "catalog/duties.hpp"

namespace anlan::catalog {

/// One threshold of an offence. Inside the band of the law a city chooses its own figure.
struct OffenceLevel {
  std::string name;  ///< "large"
  Title title;
  Fen from;
  std::optional<Fen> to;     ///< none: the law has one figure, and nobody chooses
  std::optional<Fen> local;  ///< the city's own; none: not set
  bool only_if_aggravated = false;
  std::vector<std::string> basis;
  std::string sure;

  /// What an amount is measured by: the city's figure, else the lower end of the band, so that
  /// rather too much is assessed than too little.
  Fen threshold() const { return local ? *local : from; }
  bool local_not_set() const { return to && !local; }
};

struct Offence {
  std::string name;  ///< "fraud"
  Title title;
  std::string article;
  bool official = false;             ///< of public officials: the clue goes to the 监察机关
  std::vector<OffenceLevel> levels;  ///< lowest threshold first
};

/// Something that happens to a referral.
struct ReferralEvent {
  std::string name;
  Title title;
  std::string by;            ///< us, leader, police, procuratorate, organ
  bool from_matter = false;  ///< comes from a decision of its matter alone
  bool document = false;     ///< a paper goes with it
  bool pack = false;         ///< the pack goes with it
  bool ends = false;
  std::string who;                 ///< anyone or official: for such offences only; "" for all
  std::vector<std::string> after;  ///< what came last before it; none: it is the first
};

/// The limit of a step.
struct ReferralClock {
  std::string name;
  Title title;
  std::string by;  ///< who has to keep it
  std::string from;
  std::vector<std::string> to;
  StepLimit within;             ///< count 0: no limit
  bool only_once_done = false;  ///< nobody has to do it
  std::vector<std::string> basis;
  std::string sure;
};

/// catalog/params/referral.yaml.
struct ReferralTerms {
  int near_percent = 100;
  std::string near_sure;
  std::vector<Offence> offences;
  std::vector<ReferralEvent> events;
  std::vector<ReferralClock> clocks;

  const Offence* offence(const std::string& name) const;
  const ReferralEvent* event(const std::string& name) const;
};

}  // namespace anlan::catalog
