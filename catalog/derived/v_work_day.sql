-- reads: work_calendar
-- Working days as a count: between two days lie n(later) - n(earlier) working days. A day that two deliveries of the
-- calendar name is working if either says so.
select
  c.day,
  c.working,
  cast(sum(case when c.working then 1 else 0 end)
       over (order by c.day nulls first rows between unbounded preceding and current row) as int) as n
from (select day, bool_or(working) as working from work_calendar group by day) c
