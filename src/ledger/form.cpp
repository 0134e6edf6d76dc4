#include "ledger/form.hpp"

#include <fmt/format.h>

namespace anlan::ledger {

const std::array<std::string_view, form_columns> form_headings = {
    "序号", "部门（岗位）", "风险点", "风险防控措施", "直接责任人", "部门负责人", "单位负责人"};
const std::string_view form_unit_heading = "填报单位（盖章）";
const std::string_view form_title = "社会保险基金风险防控台账";
const std::string_view extra_sheet_name = "登记信息（不打印）";
const std::string_view form_sheet_name = "风险防控台账";

std::vector<FormRow> form_rows(const Content& content) {
  std::vector<FormRow> rows;
  for (const auto& point : content.points) {
    std::string measures;
    for (const auto& one : point.measures) measures += (measures.empty() ? "" : "\n") + one.text;
    rows.push_back({std::to_string(rows.size() + 1), point.department, point.risk,
                    std::move(measures), point.direct.name, point.department_head.name,
                    point.unit_head.name});
  }
  return rows;
}

std::string form_version_line(const Form& form) {
  return fmt::format("{}年度　第{}版　{}", form.content.year, form.version, form.state);
}

}  // namespace anlan::ledger
