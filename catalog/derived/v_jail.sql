-- reads: v_person, ext_custody
-- One row per unbroken stretch of real imprisonment (custody kind 1): overlapping and adjoining terms are one.
-- It ends at the actual release if known, else at the end of the term; 9999-12-31 if neither is known. recv_date is the
-- day we first heard of it.
with term as (
  select
    p.id_no,
    c.start_date,
    coalesce(c.actual_release, c.end_date, cast('9999-12-31' as date)) as end_date,
    c.recv_at,
    c.row_key
  from ext_custody c
  join v_person p on p.id_no = c.id_no and (c.name is null or trim(c.name) = trim(p.name))
  where c.kind = '1' and coalesce(c.actual_release, c.end_date, cast('9999-12-31' as date)) >= c.start_date
),
reached as (
  select
    id_no,
    start_date,
    end_date,
    recv_at,
    row_key,
    max(end_date) over (
      partition by id_no
      order by start_date nulls last, end_date nulls last, row_key nulls last
      rows between unbounded preceding and 1 preceding
    ) as end_before
  from term
),
stretch as (
  select
    id_no,
    start_date,
    end_date,
    recv_at,
    row_key,
    sum(case when end_before is null or datediff(start_date, end_before) > 1 then 1 else 0 end) over (
      partition by id_no
      order by start_date nulls last, end_date nulls last, row_key nulls last
      rows between unbounded preceding and current row
    ) as nth
  from reached
)
select
  id_no,
  min(start_date) as start_date,
  max(end_date) as end_date,
  cast(min(recv_at) as date) as recv_date,
  min(row_key) as custody_key
from stretch
group by id_no, nth
