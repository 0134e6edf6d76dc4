-- reads: v_person, enrolment, special_job_filing
-- One row per filed special job of an employer through which a person was insured for pension, while the filing held.
select distinct
  coalesce(p.id_no, e.person_id) as id_no,
  s.employer_id,
  s.kind,
  s.from_date,
  s.to_date,
  s.row_key
from enrolment e
join special_job_filing s on s.employer_id = e.employer_id
  and (s.to_date is null or s.to_date >= e.start_date)
  and (e.end_date is null or s.from_date <= e.end_date)
left join v_person p on p.person_id = e.person_id
where e.scheme = '110'
