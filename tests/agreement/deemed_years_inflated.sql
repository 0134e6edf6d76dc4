-- EP-10: more deemed months than lie between the start of work and the opening of the account, or before the sixteenth birthday, or where
-- contributions were paid. Too much was paid of the transitional pension: the share of the months that are too many.
with granted as (
  select g.id_no, g.start_month, g.deemed_months, g.transit_pension, g.row_key, mon(h.work_start) as begun,
    month_index(mon(g.acct_setup)) - month_index(mon(h.work_start)) as possible,
    month_index(mon(h.birth_date)) + 192 - month_index(mon(h.work_start)) as before_sixteen
  from first_grant g
  left join human h on h.id_no = g.id_no
  where g.scheme = '110' and g.deemed_months > 0 and g.id_no not in (select id_no from listed where model_code = 'EP-10')
),
doubled as (
  select g.row_key, count(distinct c.due_month) as months
  from granted g
  join v_contrib c on c.id_no = g.id_no and c.scheme = '110' and c.due_month >= g.begun
    and c.due_month < plus_months(g.begun, g.deemed_months)
  group by g.row_key
),
inflated as (
  select g.*,
    least(g.deemed_months, greatest(g.deemed_months - g.possible, g.before_sixteen, d.months, 0)) as excess
  from granted g
  left join doubled d on d.row_key = g.row_key
),
drawn as (
  select i.row_key, count(distinct p.benefit_month) as months
  from inflated i
  join pension p on p.id_no = i.id_no and p.scheme = '110' and p.benefit_month >= i.start_month
  where i.excess > 0
  group by i.row_key
)
select i.id_no as subject_id, i.start_month as month,
  cast(round(cast(i.transit_pension as decimal(18, 0)) * cast(round(i.excess / i.deemed_months, 6) as decimal(9, 6))) as bigint)
    * coalesce(d.months, 0) as amount_fen,
  i.row_key as key
from inflated i
left join drawn d on d.row_key = i.row_key
where i.excess > 0
