-- reads: data_fix_ticket, op_log, operator
-- One row per data-change ticket. …_person is the ID number behind each operator's account, or the account itself: one
-- human may hold several accounts. keys_beyond: how many rows the log shows changed under this ticket (which it names as its
-- case) in another table or under a key that the ticket does not list.
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
  coalesce(b.n, 0) as keys_beyond,
  t.emergency,
  t.state,
  t.row_key
from data_fix_ticket t
left join operator a on a.operator_id = t.applicant
left join operator b on b.operator_id = t.biz_approver
left join operator i on i.operator_id = t.it_approver
left join operator e on e.operator_id = t.executor
left join operator v on v.operator_id = t.verifier
left join (
  select k.ticket_id, cast(count(distinct l.obj_table || '|' || coalesce(l.obj_key, '')) as int) as n
  from data_fix_ticket k
  join op_log l on l.case_id = k.ticket_id
  where l.action in ('C', 'U', 'D')
    and coalesce(l.result, '1') = '1'
    and (l.obj_table <> k.obj_table
         or locate(';' || coalesce(l.obj_key, '') || ';', ';' || replace(replace(k.keys, '；', ';'), ' ', '') || ';') = 0)
  group by k.ticket_id
) b on b.ticket_id = t.ticket_id
