-- RP-03: a resident pension that begins no later than the month of the sixtieth birthday. In question is what was paid up to that month.
with early as (
  select g.id_no, g.start_month, g.row_key, plus_months(mon(h.birth_date), 720) as due
  from first_grant g
  join human h on h.id_no = g.id_no
  where g.scheme = '170' and g.start_month <= plus_months(mon(h.birth_date), 720)
    and g.id_no not in (select id_no from listed where model_code = 'RP-03')
)
select e.id_no as subject_id, e.start_month as month, cast(coalesce(sum(p.amount), 0) as bigint) as amount_fen, e.row_key as key
from early e
left join pension p on p.id_no = e.id_no and p.scheme = '170' and p.benefit_month between e.start_month and e.due
group by e.id_no, e.start_month, e.row_key
