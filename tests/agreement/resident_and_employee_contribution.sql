-- RP-04: a resident contribution in a year with six months or more of employee or government contributions; its subsidy was not due. Not
-- when it was refunded, nor in a year in which the person began or left the employee schemes (E8).
with employee_year as (
  select id_no, due_month // 100 as year
  from v_contrib
  where scheme in ('110', '120')
  group by id_no, due_month // 100
  having count(distinct due_month) >= 6
),
changed as (
  select coalesce(p.id_no, e.person_id) as id_no, e.start_date, e.end_date
  from enrolment e
  left join v_person p on p.person_id = e.person_id
  where e.scheme in ('110', '120')
),
transition as (
  select id_no, year(start_date) as year
  from changed
  union
  select id_no, year(end_date)
  from changed
  where end_date is not null
)
select b.id_no as subject_id, b.due_month as month, b.subsidy as amount_fen, b.row_key as key
from bill b
join employee_year y on y.id_no = b.id_no and y.year = b.due_month // 100
where b.scheme = '170' and b.paid_in_full and b.levy_type <> '20'
  and b.id_no not in (select id_no from listed where model_code = 'RP-04')
  and not exists (select 1 from transition t where t.id_no = b.id_no and t.year = b.due_month // 100)
  and not exists (
    select 1 from bill r where r.id_no = b.id_no and r.scheme = '170' and r.due_month = b.due_month and r.levy_type = '20'
  )
