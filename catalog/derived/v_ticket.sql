-- reads: data_fix_ticket, operator
-- One row per data-change ticket. …_person is the ID number behind each operator's account, or the account itself: one
-- human may hold several accounts.
select
  t.ticket_id,
  t.applicant as operator_id,
  t.obj_table,
  t.keys,
  t.reason,
  t.biz_approver,
  t.it_approver,
  t.executor,
  t.verifier,
  coalesce(nullif(trim(a.id_no), ''), t.applicant) as applicant_person,
  coalesce(nullif(trim(b.id_no), ''), nullif(trim(t.biz_approver), '')) as biz_approver_person,
  coalesce(nullif(trim(i.id_no), ''), nullif(trim(t.it_approver), '')) as it_approver_person,
  coalesce(nullif(trim(e.id_no), ''), nullif(trim(t.executor), '')) as executor_person,
  coalesce(nullif(trim(v.id_no), ''), nullif(trim(t.verifier), '')) as verifier_person,
  t.approved_at,
  t.executed_at,
  t.verified_at,
  t.rows_expected,
  t.rows_affected,
  t.emergency,
  t.state,
  t.row_key
from data_fix_ticket t
left join operator a on a.operator_id = t.applicant
left join operator b on b.operator_id = t.biz_approver
left join operator i on i.operator_id = t.it_approver
left join operator e on e.operator_id = t.executor
left join operator v on v.operator_id = t.verifier
