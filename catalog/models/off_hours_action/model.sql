with act as (
  select l.operator_id, l.ts, cast(l.ts as date) as day, year(l.ts) * 100 + month(l.ts) as month,
    hour(l.ts) * 60 + minute(l.ts) as minute_of_day,
    l.action, l.obj_table, l.obj_key, l.case_id, l.row_key, l.seq
  from op_log l
  left join operator o on o.operator_id = l.operator_id
  where l.action in ('C', 'U', 'D', 'A')
    and (l.obj_table in ('benefit_payment', 'pay_batch', 'benefit_grant', 'benefit_suspend', 'death_settlement',
                         'subsidy_claim', 'person_bank_account', 'bank_account', 'personal_account', 'contrib_person',
                         'contrib_unit', 'operator_role', 'role_perm', 'policy_param')
         or l.biz_type in ('SUP', 'RFD', 'ACM', 'PEN', 'UNE', 'INJ', 'MAT', 'MED', 'SUB', 'ACC', 'RES', 'DTH', 'PAY',
                           'FIN', 'RGT', 'FIX'))
    and coalesce(l.result, '1') = '1'
    and coalesce(o.kind, '') not in ('4', '5')
    and cast(l.ts as date) <= :as_of
), off as (
  select a.*
  from act a
  left join v_work_day w on w.day = a.day
  left join duty_plan d on d.operator_id = a.operator_id and d.duty_date = a.day
  where d.operator_id is null
    and (a.minute_of_day < :hour_from * 60
         or a.minute_of_day > :hour_to * 60
         -- 1900-01-01 was a Monday.
         or not coalesce(w.working, datediff(a.day, cast('1900-01-01' as date)) % 7 < 5))
), ticket as (
  select distinct f.row_key
  from off f
  join data_fix_ticket t on t.obj_table = f.obj_table
  where t.approved_at <= f.ts
    and coalesce(t.state, '2') in ('2', '3', '4')
    and locate(';' || f.obj_key || ';', ';' || replace(replace(t.keys, '；', ';'), ' ', '') || ';') > 0
  union
  select f.row_key
  from off f
  join data_fix_ticket t on t.ticket_id = f.case_id
  where t.approved_at <= f.ts and coalesce(t.state, '2') in ('2', '3', '4')
  union
  select f.row_key
  from off f
  join workflow_step s on s.case_id = f.case_id
  where s.step = 'SP' and s.result = '1' and s.ts <= f.ts and s.operator_id <> f.operator_id
), left_over as (
  select f.*,
    row_number() over (partition by f.operator_id, f.obj_table, f.obj_key
                       order by f.ts nulls first, f.seq nulls first) as nth
  from off f
  left join ticket t on t.row_key = f.row_key
  where t.row_key is null
)
select
  f.operator_id as subject_id,
  f.month,
  case when f.nth = 1 then coalesce(p.amount, b.total, g.granted_amount) end as amount_fen,
  f.row_key as ev_op_log,
  substr(cast(f.ts as string), 1, 16) as moment,
  f.action,
  coalesce(f.obj_table, f.case_id, '') as obj_table
from left_over f
left join benefit_payment p on f.obj_table = 'benefit_payment' and p.pay_id = f.obj_key
left join pay_batch b on f.obj_table = 'pay_batch' and b.batch_id = f.obj_key
left join benefit_grant g on f.obj_table = 'benefit_grant' and g.grant_id = f.obj_key
