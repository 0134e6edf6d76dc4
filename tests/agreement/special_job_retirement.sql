-- EP-08: early retirement from a special job with fewer months in it than the law asks (1 underground or hot 108, 2 at height or heavy
-- 120, 3 with poison 96), or no employer of the person with such a job on file, or more than 20 % of the months neither paid for nor
-- deemed. In question is what was paid up to normal pension age.
with granted as (
  select g.id_no, g.start_month, g.special_type, g.special_job_months, g.row_key,
    coalesce(g.actual_months, 0) + coalesce(g.deemed_months, 0) as covered,
    stat_month(h.sex, h.birth_date, coalesce(h.post_class, 'W')) as due
  from first_grant g
  left join human h on h.id_no = g.id_no
  where g.scheme = '110' and g.retire_kind = '3' and g.id_no not in (select id_no from listed where model_code = 'EP-08')
),
filed as (
  select distinct coalesce(p.id_no, e.person_id) as id_no, s.kind
  from enrolment e
  join special_job_filing s on s.employer_id = e.employer_id and coalesce(s.to_date >= e.start_date, true)
    and coalesce(s.from_date <= e.end_date, true)
  left join v_person p on p.person_id = e.person_id
  where e.scheme = '110'
),
doubtful as (
  select g.*
  from granted g
  where g.special_job_months < case g.special_type when '1' then 108 when '2' then 120 when '3' then 96 end
    or g.special_job_months > 0 and g.covered * 10 < g.special_job_months * 8
    or not exists (select 1 from filed f where f.id_no = g.id_no and coalesce(f.kind = g.special_type, true))
)
select d.id_no as subject_id, d.start_month as month, cast(coalesce(sum(p.amount), 0) as bigint) as amount_fen, d.row_key as key
from doubtful d
left join pension p on p.id_no = d.id_no and p.scheme = '110' and p.benefit_month between d.start_month and d.due
group by d.id_no, d.start_month, d.row_key
