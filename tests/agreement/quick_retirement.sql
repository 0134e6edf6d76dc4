-- EP-18: first insured for an employee pension at most 24 months before it was granted, with at least 80 % of the months bought or deemed.
-- Rights transferred in explain it (E8). In question is what the months bought brought to the account.
with first_insured as (
  select coalesce(p.id_no, e.person_id) as id_no, min(e.first_month) as month
  from enrolment e
  left join v_person p on p.person_id = e.person_id
  where e.scheme = '110'
  group by all
),
quick as (
  select g.id_no, g.granted_in, g.total_months, coalesce(g.deemed_months, 0) as deemed_months, g.row_key
  from first_grant g
  join first_insured f on f.id_no = g.id_no
  where g.scheme = '110' and g.retire_kind in ('2', '3', '4', '6') and g.total_months > 0
    and month_index(g.granted_in) - month_index(f.month) <= 24
    and g.id_no not in (select id_no from listed where model_code = 'EP-18')
    and g.id_no not in (
      select coalesce(p.id_no, t.person_id)
      from transfer t
      left join v_person p on p.person_id = t.person_id
      where t.dir = '2' and t.scheme in ('110', '120')
    )
),
bought as (
  select distinct b.id_no, b.due_month
  from bill b
  join quick q on q.id_no = b.id_no
  where b.scheme = '110' and b.levy_type in ('31', '32', '33') and b.paid_in_full
),
counted as (
  select b.id_no, count(*) as months, sum(c.to_acct) as to_acct
  from bought b
  left join v_contrib c on c.id_no = b.id_no and c.scheme = '110' and c.due_month = b.due_month
  group by b.id_no
)
select q.id_no as subject_id, q.granted_in as month, cast(coalesce(c.to_acct, 0) as bigint) as amount_fen, q.row_key as key
from quick q
left join counted c on c.id_no = q.id_no
where (coalesce(c.months, 0) + q.deemed_months) * 10 >= q.total_months * 8
