-- reads: v_person, ext_death, ext_cremation, person
-- One row per id_no known to be dead: the report of the best (lowest) rank, the earliest date within a rank.
-- A report counts only if its name, where it gives one, is the registered name (identity, E1). n_src counts ranks that
-- report; firm: rank 1, 2, 4 or 5, or two sources at least; date_conflict: reported dates lie more than 31 days apart.
with report as (
  select p.id_no, d.death_date, cast(d.death_rank as int) as death_rank
  from ext_death d
  join v_person p on p.id_no = d.id_no and (d.name is null or trim(d.name) = trim(p.name))
  union all
  select p.id_no, cast(c.cremated_at as date) as death_date, 3 as death_rank
  from ext_cremation c
  join v_person p on p.id_no = c.id_no and (c.name is null or trim(c.name) = trim(p.name))
  union all
  select p.id_no, o.death_date, 5 as death_rank
  from person o
  join v_person p on p.person_id = o.person_id
  where o.death_date is not null
),
summed as (
  select
    id_no,
    min(death_rank) as death_rank,
    count(distinct death_rank) as n_src,
    datediff(max(death_date), min(death_date)) > 31 as date_conflict
  from report
  group by id_no
)
select
  s.id_no,
  min(r.death_date) as death_date,
  s.death_rank,
  s.n_src,
  s.date_conflict,
  s.death_rank in (1, 2, 4, 5) or s.n_src >= 2 as firm
from summed s
join report r on r.id_no = s.id_no and r.death_rank = s.death_rank
group by s.id_no, s.death_rank, s.n_src, s.date_conflict
