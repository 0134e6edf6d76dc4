-- reads: v_person, biz_case, person
-- One row per business case, with the person it is about.
select
  c.case_id,
  c.biz_type,
  coalesce(p.id_no, c.person_id) as id_no,
  nullif(trim(n.phone), '') as phone,
  nullif(trim(n.addr), '') as addr,
  c.employer_id,
  c.accepted_at,
  c.closed_at,
  c.state,
  c.risk_level,
  c.row_key
from biz_case c
left join v_person p on p.person_id = c.person_id
left join person n on n.person_id = c.person_id
