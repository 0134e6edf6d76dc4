-- reads: v_person, ext_death, ext_cremation, person
-- One row per report that somebody known by id_no is dead. It counts only if its name, where it gives one, is the
-- registered name (identity, E1). death_table and death_key say which row reports it, recv_date when we got it.
select
  p.id_no,
  d.death_date,
  cast(d.death_rank as int) as death_rank,
  d.source,
  cast(d.recv_at as date) as recv_date,
  'ext_death' as death_table,
  d.row_key as death_key
from ext_death d
join v_person p on p.id_no = d.id_no and (d.name is null or trim(d.name) = trim(p.name))
union all
select
  p.id_no,
  cast(c.cremated_at as date) as death_date,
  3 as death_rank,
  '3' as source,
  cast(c.recv_at as date) as recv_date,
  'ext_cremation' as death_table,
  c.row_key as death_key
from ext_cremation c
join v_person p on p.id_no = c.id_no and (c.name is null or trim(c.name) = trim(p.name))
union all
select
  p.id_no,
  o.death_date,
  5 as death_rank,
  '5' as source,
  cast(null as date) as recv_date,
  'person' as death_table,
  o.row_key as death_key
from person o
join v_person p on p.person_id = o.person_id
where o.death_date is not null
