-- reads: v_person, medical_claim
-- One row per stretch of days a person occupied a bed of an institution, first and last included: claims of one stay
-- (part bills, a second fund paying) are merged, so that nobody lies in two beds. The day of discharge frees the bed,
-- except when it is the day of admission. A claim without discharge date lasts to its settlement.
with claim as (
  select
    m.inst_id,
    coalesce(p.id_no, m.person_id) as id_no,
    m.admit_date as first_day,
    case
      when coalesce(m.discharge_date, m.settle_date, m.admit_date) <= m.admit_date then m.admit_date
      else date_sub(coalesce(m.discharge_date, m.settle_date, m.admit_date), 1)
    end as last_day,
    m.row_key
  from medical_claim m
  left join v_person p on p.person_id = m.person_id
  where m.kind in ('21', '22', '23', '24', '52') and m.inst_id is not null and not coalesce(m.reversed_flag, false)
),
reached as (
  select
    inst_id,
    id_no,
    first_day,
    last_day,
    max(last_day) over (
      partition by inst_id, id_no
      order by first_day nulls last, last_day nulls last, row_key nulls last
      rows between unbounded preceding and 1 preceding
    ) as last_before,
    row_key
  from claim
),
stretch as (
  select
    inst_id,
    id_no,
    first_day,
    last_day,
    sum(case when last_before is null or datediff(first_day, last_before) > 1 then 1 else 0 end) over (
      partition by inst_id, id_no
      order by first_day nulls last, last_day nulls last, row_key nulls last
      rows between unbounded preceding and current row
    ) as nth
  from reached
)
select inst_id, id_no, min(first_day) as first_day, max(last_day) as last_day
from stretch
group by inst_id, id_no, nth
