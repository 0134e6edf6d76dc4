#include "sim/person_files.hpp"

#include "sim/population.hpp"

namespace anlan::sim {

Result<PersonFiles> PersonFiles::open(CityFolder& folder, const City& city) {
  PersonFiles files;
  files.months_ = city.options.months;
  Status failed;
  const auto add = [&](std::string_view table, std::initializer_list<std::string_view> columns,
                       const std::string& part = {}) {
    if (!failed) return;
    auto file = folder.open(table, columns, part);
    if (!file) {
      failed = fail(file.error());
      return;
    }
    files.files_.push_back(std::move(*file));
  };
  add("person", {"person_id",      "id_no",       "name",          "id_type",     "sex",
                 "ethnic",         "birth_date",  "archive_birth", "work_start",  "hukou_kind",
                 "identity_class", "work_status", "post_class",    "retire_flag", "retire_date",
                 "death_date",     "village",     "phone",         "addr",        "agency_id",
                 "region_code"});
  add("enrolment", {"person_id", "employer_id", "scheme", "first_month", "enrol_status",
                    "pay_status", "base", "start_date", "end_date", "end_reason", "op_date"});
  add("personal_account", {"person_id", "scheme", "year", "open_bal", "principal_in", "interest_in",
                           "paid_out", "close_bal", "months", "interest_date", "acct_status"});
  add("benefit_grant", {"grant_id",           "person_id",      "scheme",
                        "retire_kind",        "grant_month",    "start_month",
                        "retire_date",        "deemed_months",  "actual_months",
                        "gap_months",         "total_months",   "special_type",
                        "special_job_months", "acct_at_retire", "avg_index",
                        "deemed_index",       "acct_setup",     "base_pension",
                        "transit_pension",    "acct_pension",   "divisor",
                        "granted_amount",     "backpay_months", "backpay_amount",
                        "pay_state",          "case_id",        "op_id",
                        "check_id",           "approve_id",     "agency_id",
                        "region_code"});
  add("benefit_suspend", {"person_id", "scheme", "action", "reason", "effective_month", "op_id"});
  add("person_bank_account",
      {"person_id", "acct_no", "acct_name", "bank_name", "from_t", "to_t", "channel", "op_id"});
  add("qualification_check", {"person_id", "checked_at", "channel", "result"});
  add("death_settlement", {"person_id", "death_date", "acct_balance", "funeral", "survivor_grant"});
  add("unemp_spell",
      {"spell_id", "person_id", "last_employer_id", "leave_date", "leave_reason", "reg_date",
       "paid_months_before", "entitled_months", "carried_months", "remaining", "start_month",
       "end_month", "stop_reason", "agency_id", "region_code"});
  add("injury_case",
      {"case_id", "person_id", "employer_id", "accident_date", "apply_date", "applicant",
       "decide_date", "decision_no", "kind", "grade", "appraisal_date", "own_wage", "stop_from",
       "stop_to", "third_party_flag", "death_flag", "agency_id", "region_code"});
  add("medical_claim",
      {"claim_id",    "person_id",      "scheme",          "inst_id",     "kind",
       "admit_date",  "discharge_date", "discharge_state", "dx_code",     "total",
       "pool_pay",    "acct_pay",       "cash_pay",        "settle_date", "manual_flag",
       "remote_flag", "invoice_no",     "reversed_flag",   "doctor_id",   "region_code"});
  add("medical_item", {"claim_id", "item_no", "item_code", "item_name", "cat", "qty", "price",
                       "amount", "used_at", "days_supply"});
  add("maternity_claim", {"claim_id", "person_id", "event", "event_date", "certificate_no",
                          "leave_days", "base_wage", "allowance", "med_amount", "spouse_flag"});
  add("transfer", {"person_id", "scheme", "dir", "other_region", "other_agency", "deemed_months",
                   "actual_months", "person_amt", "unit_amt", "pool_amt", "total_amt"});
  add("info_change", {"change_id", "object", "person_id", "change_type", "field", "before", "after",
                      "changed_at", "op_id"});
  add("ext_death",
      {"source", "id_no", "name", "death_date", "death_rank", "cause_code", "cert_no", "recv_at"});
  add("ext_cremation", {"source", "id_no", "name", "cremated_at", "cert_no", "parlour", "recv_at"});
  add("ext_household",
      {"source", "id_no", "name", "sex", "birth", "state", "change_date", "region"});
  add("ext_custody", {"source", "id_no", "name", "kind", "start_date", "end_date", "actual_release",
                      "charge", "recv_at"});
  add("ext_lowincome", {"source", "id_no", "name", "kind", "from_date", "to_date", "recv_at"});
  add("ext_exit_entry", {"source", "id_no", "name", "dir", "cross_at", "port"});
  add("appraisal", {"id_no", "kind", "result", "grade", "appraised_at"});
  add("survivor", {"case_id", "id_no", "relation", "birth_date", "share", "from_month"});
  add("ext_other_region",
      {"source", "id_no", "name", "region", "scheme", "kind", "from_month", "to_month", "amount"});
  add("ext_military", {"source", "id_no", "name", "from_date", "to_date", "recv_at"});
  add("ext_estab",
      {"source", "id_no", "name", "employer", "month", "on_roster", "dismissal_date", "recv_at"});
  for (int m = 0; m < city.options.months; ++m) {
    add("contrib_person",
        {"settle_no", "person_id", "employer_id", "scheme", "settle_month", "due_month",
         "levy_type", "base", "unit_rate", "person_rate", "unit_due", "person_due", "person_paid",
         "to_acct", "sub_city", "full_flag", "arrive_date", "doc_basis", "doc_no"},
        format_month(city.month(m)));
  }
  for (int m = 0; m < city.options.months; ++m) {
    add("ext_tax_wage", {"source", "id_no", "name", "uscc", "month", "wage"},
        format_month(city.month(m)));
  }
  for (int m = 0; m < city.options.months; ++m) {
    add("benefit_payment", {"pay_id",    "person_id", "scheme",    "settle_month", "benefit_month",
                            "item",      "amount",    "acct_part", "payee_name",   "payee_id",
                            "payee_rel", "bank_name", "acct_name", "acct_no",      "pay_mode",
                            "pay_kind",  "pool_kind", "batch_id",  "result",       "op_date"},
        format_month(city.month(m)));
  }
  if (!failed) return fail(failed.error());
  return files;
}

Status PersonFiles::close() {
  for (auto& file : files_) {
    if (const auto closed = file.close(); !closed) return closed;
  }
  return {};
}

}  // namespace anlan::sim
