-- reads: v_person, enrolment
-- One row per enrolment row: the months, first and last included, in which a person was insured through an employer.
-- to_month is 999912 while it lasts. A row without an end date lasts only if its states say insured and paying:
-- systems often leave the date of stopped or retired people empty; without a date such a row proves nothing.
select
  coalesce(p.id_no, e.person_id) as id_no,
  e.person_id,
  e.employer_id,
  e.scheme,
  year(e.start_date) * 100 + month(e.start_date) as from_month,
  case when e.end_date is null then 999912 else year(e.end_date) * 100 + month(e.end_date) end as to_month,
  e.row_key
from enrolment e
left join v_person p on p.person_id = e.person_id
where (e.end_date is null or e.end_date >= e.start_date)
  and coalesce(e.enrol_status, '1') <> '0'
  and (e.end_date is not null
    or (coalesce(e.enrol_status, '1') not in ('2', '4') and coalesce(e.pay_status, '1') not in ('2', '3')))
