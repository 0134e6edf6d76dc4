-- CC-06: contributions for months after the month of a firm death, net of refunds. The amount is all that was due and paid for the month.
with late as (
  select c.id_no, c.scheme, c.due_month, c.contrib_key
  from v_contrib c
  join dead d on d.id_no = c.id_no
  where c.due_month > mon(d.death_date) and c.id_no not in (select id_no from listed where model_code = 'CC-06')
)
select l.id_no as subject_id, l.due_month as month, cast(sum(b.due) as bigint) as amount_fen, l.contrib_key as key
from late l
join bill b on b.id_no = l.id_no and b.scheme = l.scheme and b.due_month = l.due_month and b.paid_in_full
group by l.id_no, l.scheme, l.due_month, l.contrib_key
