#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "sim/population.hpp"
#include "sim/table_writer.hpp"

namespace anlan::sim {

/// The tables whose rows come from people, one file each …
enum class PersonTable : std::uint8_t {
  person,
  enrolment,
  personal_account,
  benefit_grant,
  benefit_suspend,
  person_bank_account,
  qualification_check,
  death_settlement,
  unemp_spell,
  injury_case,
  medical_claim,
  medical_item,
  maternity_claim,
  transfer,
  info_change,
  ext_death,
  ext_cremation,
  ext_household,
  ext_custody,
  ext_lowincome,
  ext_exit_entry,
  appraisal,
  survivor,
  ext_other_region,
  ext_military,
  ext_estab,
  count
};
/// … and one file a month.
enum class MonthTable : std::uint8_t { contrib_person, ext_tax_wage, benefit_payment, count };

/// The open files, in the order of the two lists.
class PersonFiles {
 public:
  static Result<PersonFiles> open(CityFolder& folder, const City& city);
  std::size_t size() const { return files_.size(); }
  std::size_t at(PersonTable table) const { return static_cast<std::size_t>(table); }
  std::size_t at(MonthTable table, int month) const {
    return static_cast<std::size_t>(PersonTable::count) +
           static_cast<std::size_t>(table) * static_cast<std::size_t>(months_) +
           static_cast<std::size_t>(month);
  }
  TableFile& file(std::size_t at) { return files_[at]; }
  const TableFile& file(std::size_t at) const { return files_[at]; }
  Status close();

 private:
  std::vector<TableFile> files_;
  int months_ = 0;
};

}  // namespace anlan::sim
