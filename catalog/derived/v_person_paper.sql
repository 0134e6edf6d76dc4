-- reads: v_person, biz_case, archive_file
-- One row per paper filed in a case of a person.
select
  coalesce(p.id_no, c.person_id) as id_no,
  c.case_id,
  c.biz_type,
  f.category,
  cast(f.created_at as date) as created_date,
  cast(f.filed_at as date) as filed_date,
  f.title,
  f.row_key
from biz_case c
join archive_file f on f.case_id = c.case_id
left join v_person p on p.person_id = c.person_id
where c.person_id is not null
