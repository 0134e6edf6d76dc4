-- reads: v_person, benefit_grant, enrolment
-- One row per (id_no, scheme): the first grant, since later ones correct or adjust it. employer_id is the employer of the
-- last enrolment in that scheme begun no later than the month the pension starts; NULL if there is none.
with first_grant as (
  select * from (
    select
      coalesce(p.id_no, g.person_id) as id_no,
      g.scheme,
      coalesce(g.grant_month, g.start_month) as grant_month,
      g.start_month,
      g.retire_kind,
      g.total_months,
      g.granted_amount,
      g.row_key,
      row_number() over (
        partition by coalesce(p.id_no, g.person_id), g.scheme
        order by coalesce(g.grant_month, g.start_month) nulls last, g.row_key nulls last
      ) as nth
    from benefit_grant g
    left join v_person p on p.person_id = g.person_id
  ) numbered
  where nth = 1
),
last_employer as (
  select * from (
    select
      g.id_no,
      g.scheme,
      e.employer_id,
      row_number() over (
        partition by g.id_no, g.scheme
        order by e.start_date desc nulls last, e.row_key desc nulls last
      ) as nth
    from first_grant g
    join (
      select coalesce(p.id_no, n.person_id) as id_no, n.scheme, n.employer_id, n.start_date, n.row_key
      from enrolment n
      left join v_person p on p.person_id = n.person_id
    ) e on e.id_no = g.id_no and e.scheme = g.scheme
      and year(e.start_date) * 100 + month(e.start_date) <= g.start_month
  ) numbered
  where nth = 1
)
select
  g.id_no,
  g.scheme,
  g.grant_month,
  g.start_month,
  g.retire_kind,
  g.total_months,
  g.granted_amount,
  l.employer_id,
  g.row_key
from first_grant g
left join last_employer l on l.id_no = g.id_no and l.scheme = g.scheme
