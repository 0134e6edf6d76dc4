-- reads: v_death_report
-- One row per id_no known to be dead: the report of the best (lowest) rank, the earliest date within a rank.
-- n_src counts ranks that report; firm: rank 1, 2, 4 or 5, or two sources at least; date_conflict: reported dates lie
-- more than 31 days apart. source, recv_date, death_table and death_key are those of the chosen report.
with report as (
  select
    id_no,
    death_date,
    death_rank,
    source,
    recv_date,
    death_table,
    death_key,
    row_number() over (
      partition by id_no
      order by death_rank nulls last, death_date nulls last, death_table nulls last, death_key nulls last,
        recv_date nulls last
    ) as nth
  from v_death_report
),
summed as (
  select
    id_no,
    count(distinct death_rank) as n_src,
    datediff(max(death_date), min(death_date)) > 31 as date_conflict
  from report
  group by id_no
)
select
  r.id_no,
  r.death_date,
  r.death_rank,
  s.n_src,
  s.date_conflict,
  r.death_rank in (1, 2, 4, 5) or s.n_src >= 2 as firm,
  r.source,
  r.recv_date,
  r.death_table,
  r.death_key
from report r
join summed s on s.id_no = r.id_no
where r.nth = 1
