-- CC-08: two employers or more pay contributions of one scheme and month (injury insurance allows it); all bills but those of the
-- employer with the smallest code are in question. What an employer got refunded does not count. E8: an overlap of a single month does
-- not count.
with
-- Few bills are of a month with two employers: only those are looked at closely.
suspect as (
  select id_no, scheme, due_month
  from bill
  where paid_in_full and scheme in ('110', '120', '210', '310', '510')
  group by id_no, scheme, due_month
  having min(employer_id) <> max(employer_id)
),
kept as (
  select b.*
  from bill b
  join suspect s on s.id_no = b.id_no and s.scheme = b.scheme and s.due_month = b.due_month
  where b.paid_in_full and b.levy_type in ('10', '31', '32', '33')
    and not exists (
      select 1
      from bill r
      where r.id_no = b.id_no and r.scheme = b.scheme and r.due_month = b.due_month
        and r.employer_id = b.employer_id and r.levy_type = '20'
    )
),
doubled as (
  select id_no, scheme, due_month, min(employer_id) as first_employer
  from kept
  group by id_no, scheme, due_month
  having min(employer_id) <> max(employer_id)
),
overlap as (
  select d.id_no, d.scheme, d.due_month, d.first_employer
  from doubled d
  where exists (
    select 1
    from doubled o
    where o.id_no = d.id_no and o.scheme = d.scheme
      and o.due_month in (plus_months(d.due_month, 1), plus_months(d.due_month, -1))
  )
)
select k.id_no as subject_id, k.due_month as month, k.due as amount_fen, k.row_key as key
from kept k
join overlap o on o.id_no = k.id_no and o.scheme = k.scheme and o.due_month = k.due_month
where k.employer_id > o.first_employer
  and k.id_no not in (select id_no from listed where model_code = 'CC-08')
