-- reads: v_person, biz_case, operator, workflow_step
-- One row per step of a case, with the person behind the operator's account. kin: the operator declared the person whom the
-- case is about as kin.
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
  coalesce(
    locate(
      ';' || coalesce(p.id_no, c.person_id) || ';',
      ';' || upper(replace(replace(replace(o.kin_ids, '；', ';'), ',', ';'), ' ', '')) || ';'
    ) > 0,
    false
  ) as kin,
  nullif(trim(o.phone), '') as phone,
  nullif(trim(o.addr), '') as addr,
  nullif(trim(o.acct_no), '') as acct_no,
  s.row_key
from workflow_step s
left join operator o on o.operator_id = s.operator_id
left join biz_case c on c.case_id = s.case_id
left join v_person p on p.person_id = c.person_id
