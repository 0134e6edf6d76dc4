-- reads: v_person, person
-- One row per id_no: what the newest of its registrations (the greatest person_id) says, and how many there are.
-- id_birth is the date of birth that the ID number itself carries; NULL if it carries none.
select
  n.id_no,
  p.person_id,
  n.registrations,
  p.name,
  p.sex,
  p.birth_date,
  case
    when regexp_like(n.id_no, '^[0-9]{17}[0-9X]$')
    then try_cast(substr(n.id_no, 7, 4) || '-' || substr(n.id_no, 11, 2) || '-' || substr(n.id_no, 13, 2) as date)
  end as id_birth,
  p.archive_birth,
  p.work_start,
  p.hukou_kind,
  p.identity_class,
  p.work_status,
  p.post_class,
  p.retire_flag,
  p.retire_date,
  p.hardship,
  p.vet_class,
  nullif(trim(p.phone), '') as phone,
  nullif(trim(p.addr), '') as addr,
  p.row_key
from (
  select
    id_no,
    person_id,
    count(*) over (partition by id_no) as registrations,
    row_number() over (partition by id_no order by person_id desc nulls last, row_key desc nulls last) as nth
  from v_person
) n
join person p on p.person_id = n.person_id
where n.nth = 1
