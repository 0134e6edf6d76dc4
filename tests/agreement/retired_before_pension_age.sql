-- EP-06: a normal employee pension that begins no later than the month of statutory retirement (a woman whose post class is unknown: 50).
-- In question is what was paid up to that month.
with early as (
  select g.id_no, g.start_month, g.row_key, stat_month(h.sex, h.birth_date, coalesce(h.post_class, 'W')) as due
  from first_grant g
  join human h on h.id_no = g.id_no
  where g.scheme = '110' and g.retire_kind = '2' and g.start_month <= stat_month(h.sex, h.birth_date, coalesce(h.post_class, 'W'))
    and g.id_no not in (select id_no from listed where model_code = 'EP-06')
)
select e.id_no as subject_id, e.start_month as month, cast(coalesce(sum(p.amount), 0) as bigint) as amount_fen, e.row_key as key
from early e
left join pension p on p.id_no = e.id_no and p.scheme = '110' and p.benefit_month between e.start_month and e.due
group by e.id_no, e.start_month, e.row_key
