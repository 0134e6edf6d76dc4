with approval as (
  select s.operator_id, cast(s.ts as date) as day, s.ts, s.case_id, s.row_key,
    hour(s.ts) * 3600 + minute(s.ts) * 60 + second(s.ts) as second_of_day
  from workflow_step s
  left join operator o on o.operator_id = s.operator_id
  where s.step in ('CS', 'FH', 'SP', 'ZQ')
    and coalesce(s.result, '1') = '1'
    and coalesce(o.kind, '') not in ('4', '5')
    and cast(s.ts as date) <= :as_of
), paced as (
  select operator_id, day, row_key,
    second_of_day - lag(second_of_day) over (
      partition by operator_id, day order by ts nulls first, row_key nulls first) as gap,
    count(*) over (
      partition by operator_id, day order by second_of_day nulls first
      range between 3599 preceding and current row) as n_hour,
    row_number() over (partition by operator_id, day order by ts nulls first, row_key nulls first) as nth
  from approval
), per_day as (
  select operator_id, day, count(*) as n_approvals, max(n_hour) as n_hour,
    percentile_cont(0.5) within group (order by gap) as median_gap,
    min(case when nth = 1 then row_key end) as first_key
  from paced
  group by operator_id, day
  having count(*) >= :day_min or max(n_hour) > :hour_max
), fast as (
  select d.*
  from per_day d
  where ((d.n_approvals >= :day_min and d.median_gap < :gap_max_s) or d.n_hour > :hour_max)
    and not exists (
      select 1
      from policy_event e
      where e.kind in ('1', '2', '3', '5')
        and d.day >= e.from_date
        and d.day <= coalesce(e.to_date, e.from_date)
        and datediff(coalesce(e.to_date, e.from_date), e.from_date) < :event_days_max)
), granted as (
  select f.operator_id, f.day, cast(sum(g.fen) as bigint) as fen
  from fast f
  join (select distinct operator_id, day, case_id from approval) a on a.operator_id = f.operator_id and a.day = f.day
  join (select case_id, sum(coalesce(granted_amount, 0) + coalesce(backpay_amount, 0)) as fen
        from benefit_grant where case_id is not null group by case_id) g on g.case_id = a.case_id
  group by f.operator_id, f.day
)
select
  f.operator_id as subject_id,
  year(f.day) * 100 + month(f.day) as month,
  g.fen as amount_fen,
  f.first_key as ev_workflow_step,
  f.day,
  f.n_approvals,
  f.median_gap as median_gap_s,
  f.n_hour
from fast f
left join granted g on g.operator_id = f.operator_id and g.day = f.day
