with fix as (
  select l.operator_id, l.ts, year(l.ts) * 100 + month(l.ts) as month, l.action, l.obj_table, l.obj_key, l.row_key, l.seq,
    datediff(cast(l.ts as date), cast('2000-01-01' as date)) as day_no,
    hour(l.ts) * 3600 + minute(l.ts) * 60 + second(l.ts) as second_of_day
  from op_log l
  left join operator o on o.operator_id = l.operator_id
  where l.channel = '2'
    and l.action in ('C', 'U', 'D', 'A')
    and coalesce(l.result, '1') = '1'
    and cast(l.ts as date) <= :as_of
    and not (coalesce(o.kind, '') in ('4', '5') and trim(coalesce(l.case_id, '')) <> '')
), executed as (
  select t.obj_table, ';' || replace(replace(t.keys, '；', ';'), ' ', '') || ';' as keys,
    datediff(cast(t.executed_at as date), cast('2000-01-01' as date)) as day_no,
    hour(t.executed_at) * 3600 + minute(t.executed_at) * 60 + second(t.executed_at) as second_of_day
  from data_fix_ticket t
  where t.executed_at is not null and coalesce(t.state, '3') in ('3', '4')
), covered as (
  select distinct f.row_key
  from fix f
  join executed t on t.obj_table = f.obj_table
  where abs((cast(t.day_no as bigint) - f.day_no) * 86400 + t.second_of_day - f.second_of_day) <= :hours_max * 3600
    and locate(';' || f.obj_key || ';', t.keys) > 0
), bare as (
  select f.*,
    row_number() over (partition by f.operator_id, f.obj_table, f.obj_key
                       order by f.ts nulls first, f.seq nulls first) as nth
  from fix f
  left join covered c on c.row_key = f.row_key
  where c.row_key is null
)
select
  f.operator_id as subject_id,
  f.month,
  case when f.nth = 1 then coalesce(p.amount, b.total, g.granted_amount) end as amount_fen,
  f.row_key as ev_op_log,
  substr(cast(f.ts as string), 1, 16) as moment,
  f.action,
  coalesce(f.obj_table, '') as obj_table
from bare f
left join benefit_payment p on f.obj_table = 'benefit_payment' and p.pay_id = f.obj_key
left join pay_batch b on f.obj_table = 'pay_batch' and b.batch_id = f.obj_key
left join benefit_grant g on f.obj_table = 'benefit_grant' and g.grant_id = f.obj_key
