-- One hit per inpatient claim that lies in a run of days with more inpatients than the beds allow.
-- Only insured persons are seen, so the true number is higher still. Between two days on which anybody comes or goes the
-- census stands still; stretch = [first_day, next_day).
with change as (
  select inst_id, at_day, sum(delta) as delta
  from (
    select inst_id, first_day as at_day, 1 as delta from v_inpatient where first_day <= :as_of
    union all
    select inst_id, date_add(last_day, 1) as at_day, -1 as delta from v_inpatient where first_day <= :as_of
  ) moves
  group by inst_id, at_day
),
stretch as (
  select
    inst_id,
    at_day as first_day,
    lead(at_day) over (partition by inst_id order by at_day nulls last) as next_day,
    sum(delta) over (
      partition by inst_id order by at_day nulls last rows between unbounded preceding and current row
    ) as census
  from change
),
marked as (
  select
    s.inst_id,
    i.name as inst_name,
    i.beds,
    s.first_day,
    s.next_day,
    s.census,
    case when s.census > i.beds * :beds_ratio then 1 else 0 end as over_limit,
    sum(case when s.census > i.beds * :beds_ratio then 0 else 1 end) over (
      partition by s.inst_id order by s.first_day nulls last rows between unbounded preceding and current row
    ) as run_no
  from stretch s
  join medical_inst i on i.inst_id = s.inst_id and i.beds > 0
),
crowded as (
  select
    inst_id,
    inst_name,
    beds,
    min(first_day) as first_day,
    date_sub(max(next_day), 1) as last_day,
    max(census) as census_max
  from marked
  where over_limit = 1
  group by inst_id, inst_name, beds, run_no
  having datediff(max(next_day), min(first_day)) >= :days_min
),
institution as (
  select
    inst_id,
    inst_name,
    beds,
    max(census_max) as census_max,
    sum(datediff(last_day, first_day) + 1) as n_days
  from crowded
  group by inst_id, inst_name, beds
)
select
  m.inst_id as subject_id,
  year(m.admit_date) * 100 + month(m.admit_date) as month,
  m.pool_pay as amount_fen,
  m.row_key as ev_medical_claim,
  n.inst_name,
  n.beds,
  cast(n.census_max as bigint) as census_max,
  cast(n.n_days as bigint) as n_days
from medical_claim m
join institution n on n.inst_id = m.inst_id
where m.kind in ('21', '22', '23', '24', '52')
  and not coalesce(m.reversed_flag, false)
  and exists (
    select 1
    from crowded c
    where c.inst_id = m.inst_id
      and m.admit_date <= c.last_day
      and c.first_day <= case
        when coalesce(m.discharge_date, m.settle_date, m.admit_date) <= m.admit_date then m.admit_date
        else date_sub(coalesce(m.discharge_date, m.settle_date, m.admit_date), 1)
      end
  )
