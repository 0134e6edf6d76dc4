-- reads: workflow_step, operator
-- One row per step of a case, with the person behind the operator's account.
select
  s.case_id,
  s.step,
  s.operator_id,
  s.terminal,
  s.ts,
  s.result,
  coalesce(nullif(trim(o.id_no), ''), s.operator_id) as operator_id_no,
  o.kind as operator_kind,
  nullif(trim(o.kin_ids), '') as kin_ids,
  nullif(trim(o.phone), '') as phone,
  nullif(trim(o.addr), '') as addr,
  nullif(trim(o.acct_no), '') as acct_no,
  s.row_key
from workflow_step s
left join operator o on o.operator_id = s.operator_id
