-- reads: v_person, info_change, op_log, benefit_grant
-- One row per recorded change of a person's data: a change form, or an entry of the operation log on the tables person,
-- personal_account and enrolment (whose key begins with person_id) or benefit_grant. change_table says which.
select
  coalesce(p.id_no, c.person_id) as id_no,
  c.changed_at,
  'info_change' as change_table,
  c.field,
  c.before,
  c.after,
  c.reason,
  cast(null as string) as channel,
  c.op_id,
  cast(null as string) as case_id,
  c.row_key
from info_change c
left join v_person p on p.person_id = c.person_id
where c.person_id is not null
union all
select
  coalesce(p.id_no, split_part(l.obj_key, '|', 1)) as id_no,
  l.ts as changed_at,
  'op_log' as change_table,
  l.field,
  l.before,
  l.after,
  cast(null as string) as reason,
  l.channel,
  l.operator_id as op_id,
  l.case_id,
  l.row_key
from op_log l
left join v_person p on p.person_id = split_part(l.obj_key, '|', 1)
where l.obj_table in ('person', 'personal_account', 'enrolment') and l.field is not null and l.obj_key is not null
union all
select
  coalesce(p.id_no, g.person_id) as id_no,
  l.ts as changed_at,
  'op_log' as change_table,
  l.field,
  l.before,
  l.after,
  cast(null as string) as reason,
  l.channel,
  l.operator_id as op_id,
  l.case_id,
  l.row_key
from op_log l
join benefit_grant g on g.grant_id = l.obj_key
left join v_person p on p.person_id = g.person_id
where l.obj_table = 'benefit_grant' and l.field is not null
