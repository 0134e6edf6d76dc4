-- WI-01: insured against injury through the employer of the accident at most three days before it, or after it: by the first day on which
-- the enrolment that covers the accident was handled; where that is unknown, by the first arrival of money, else by any enrolment. In
-- question are lump sums, and what was paid for months up to that day.
with injury as (
  select coalesce(p.id_no, i.person_id) as id_no, i.employer_id, i.accident_date, i.row_key
  from injury_case i
  left join v_person p on p.person_id = i.person_id
  where coalesce(p.id_no, i.person_id) not in (select id_no from listed where model_code = 'WI-01')
),
insured as (
  select i.row_key,
    min(e.op_date) filter (e.start_date <= i.accident_date and coalesce(e.end_date >= i.accident_date, true)) as covered_on,
    min(e.op_date) as any_on,
    min(e.start_date) as any_start
  from injury i
  join (
    select coalesce(p.id_no, n.person_id) as id_no, n.employer_id, n.start_date, n.end_date, n.op_date
    from enrolment n
    left join v_person p on p.person_id = n.person_id
    where n.scheme = '410'
  ) e on e.id_no = i.id_no and e.employer_id = i.employer_id
  group by i.row_key
),
arrived as (
  select i.row_key, min(b.arrive_date) as arrived_on
  from injury i
  join bill b on b.id_no = i.id_no and b.employer_id = i.employer_id and b.scheme = '410'
  group by i.row_key
),
late as (
  select i.id_no, i.accident_date, i.row_key, coalesce(n.covered_on, a.arrived_on, n.any_on, n.any_start) as handled
  from injury i
  join insured n on n.row_key = i.row_key
  left join arrived a on a.row_key = i.row_key
  where i.accident_date - coalesce(n.covered_on, a.arrived_on, n.any_on, n.any_start) <= 3
)
select l.id_no as subject_id, mon(l.accident_date) as month, cast(coalesce(sum(p.amount), 0) as bigint) as amount_fen, l.row_key as key
from late l
left join v_pay p on p.id_no = l.id_no and p.scheme = '410' and p.benefit_month >= mon(l.accident_date)
  and (p.item in ('400021', '400022') or p.benefit_month <= mon(l.handled))
group by l.id_no, l.accident_date, l.row_key
