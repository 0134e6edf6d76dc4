-- UE-04: unemployment benefit drawn on fewer than twelve months of unemployment insurance since the spell before. Where the person was
-- insured before the first contribution on record, the months between count as paid.
with spell as (
  select coalesce(p.id_no, s.person_id) as id_no, s.leave_date, s.start_month, s.end_month, s.row_key
  from unemp_spell s
  left join v_person p on p.person_id = s.person_id
),
term as (
  select s.id_no, s.start_month, coalesce(s.end_month, mon(as_of())) as end_month, s.row_key, mon(s.leave_date) as left_in,
    coalesce(mon(max(b.leave_date)), 190001) as since
  from spell s
  left join spell b on b.id_no = s.id_no and b.leave_date < s.leave_date
  where s.id_no not in (select id_no from listed where model_code = 'UE-04')
  group by all
),
paid as (
  select t.row_key, count(distinct c.due_month) filter (c.scheme = '210' and c.due_month > t.since and c.due_month <= t.left_in) as months,
    min(c.due_month) as known_from
  from term t
  join v_contrib c on c.id_no = t.id_no
  group by t.row_key
),
insured as (
  select t.row_key, min(mon(e.start_date)) as month
  from term t
  join (
    select coalesce(p.id_no, n.person_id) as id_no, n.start_date
    from enrolment n
    left join v_person p on p.person_id = n.person_id
    where n.scheme = '210'
  ) e on e.id_no = t.id_no and mon(e.start_date) > t.since and mon(e.start_date) <= t.left_in
  group by t.row_key
),
short as (
  select t.*
  from term t
  left join paid p on p.row_key = t.row_key
  left join insured i on i.row_key = t.row_key
  where coalesce(p.months, 0) + greatest(
      0, month_index(coalesce(p.known_from, t.left_in)) - month_index(coalesce(i.month, t.left_in))) < 12
)
select s.id_no as subject_id, s.start_month as month, cast(sum(b.amount) as bigint) as amount_fen, s.row_key as key
from short s
join v_pay b on b.id_no = s.id_no and b.scheme = '210' and b.item in ('200011', '200013')
  and b.benefit_month between s.start_month and s.end_month
group by s.id_no, s.start_month, s.row_key
