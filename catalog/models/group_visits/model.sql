-- One hit per claim of a group: the same ids_min or more persons at one institution on each of three dates within
-- days_span days. Counting persons per triple of dates finds every such group, its size unknown beforehand, without
-- comparing each person with each other.
-- The time of a visit is that of its first item. Times fall into two grids of slots, each slot twice minutes_max wide and
-- the grids half a slot apart: any two visits at most minutes_max apart share a slot, and none twice as far apart do.
-- Visits without a time share the whole day as their slot, -1.
with started as (
  select claim_id, min(used_at) as used_at
  from medical_item
  group by claim_id
),
claim as (
  select
    m.inst_id,
    coalesce(p.id_no, m.person_id) as id_no,
    coalesce(p.addr, p.id_no, m.person_id) as household,
    m.admit_date as at_day,
    case
      when cast(s.used_at as date) = m.admit_date then hour(s.used_at) * 60 + minute(s.used_at)
    end as at_minute,
    m.pool_pay,
    m.row_key
  from medical_claim m
  left join v_person p on p.person_id = m.person_id
  left join started s on s.claim_id = m.claim_id
  where m.inst_id is not null
    and m.admit_date <= :as_of
    and not coalesce(m.reversed_flag, false)
    and coalesce(m.kind, '11') not in ('14', '21', '22', '23', '24', '52', '53')
    and not (coalesce(substr(m.dx_code, 1, 3), '') between 'Z00' and 'Z13')
    and coalesce(substr(m.dx_code, 1, 3), '') not in ('N17', 'N18', 'N19', 'Z49', 'Z50', 'Z51')
),
visit as (
  select
    c.inst_id,
    c.id_no,
    c.household,
    c.at_day,
    case
      when c.at_minute is null then -1
      when g.grid = 0 then 2 * cast(floor(c.at_minute / (2 * :minutes_max)) as int)
      else 2 * cast(floor((c.at_minute + :minutes_max) / (2 * :minutes_max)) as int) + 1
    end as slot
  from claim c
  cross join (values (0), (1)) as g(grid)
  where g.grid = 0 or c.at_minute is not null
),
present as (
  select inst_id, id_no, min(household) as household, at_day, slot
  from visit
  group by inst_id, id_no, at_day, slot
),
busy as (
  select inst_id, at_day, slot, count(*) as n_visitors
  from present
  group by inst_id, at_day, slot
  having count(*) >= :ids_min
),
seen as (
  select v.inst_id, v.id_no, v.household, v.at_day, v.slot, b.n_visitors
  from present v
  join busy b on b.inst_id = v.inst_id and b.at_day = v.at_day and b.slot = v.slot
),
pair as (
  select a.inst_id, a.at_day as day_1, a.slot as slot_1, b.at_day as day_2, b.slot as slot_2
  from seen a
  join seen b on b.inst_id = a.inst_id and b.id_no = a.id_no
    and b.at_day > a.at_day and datediff(b.at_day, a.at_day) < :days_span
  group by a.inst_id, a.at_day, a.slot, b.at_day, b.slot
  having count(*) >= :ids_min
    and count(*) >= :visitor_share * max(a.n_visitors)
    and count(*) >= :visitor_share * max(b.n_visitors)
),
meeting as (
  select p.inst_id, p.day_1, p.slot_1, p.day_2, p.slot_2, q.day_2 as day_3, q.slot_2 as slot_3
  from pair p
  join pair q on q.inst_id = p.inst_id and q.day_1 = p.day_2 and q.slot_1 = p.slot_2
  join pair o on o.inst_id = p.inst_id and o.day_1 = p.day_1 and o.slot_1 = p.slot_1
    and o.day_2 = q.day_2 and o.slot_2 = q.slot_2
),
attendance as (
  select
    m.inst_id,
    m.day_1,
    m.slot_1,
    m.day_2,
    m.slot_2,
    m.day_3,
    m.slot_3,
    a.id_no,
    a.household,
    greatest(a.n_visitors, b.n_visitors, c.n_visitors) as n_visitors
  from meeting m
  join seen a on a.inst_id = m.inst_id and a.at_day = m.day_1 and a.slot = m.slot_1
  join seen b on b.inst_id = m.inst_id and b.at_day = m.day_2 and b.slot = m.slot_2 and b.id_no = a.id_no
  join seen c on c.inst_id = m.inst_id and c.at_day = m.day_3 and c.slot = m.slot_3 and c.id_no = a.id_no
),
together as (
  select inst_id, day_1, slot_1, day_2, slot_2, day_3, slot_3
  from attendance
  group by inst_id, day_1, slot_1, day_2, slot_2, day_3, slot_3
  having count(*) >= :ids_min
    and count(distinct household) > 1
    and count(*) >= :visitor_share * max(n_visitors)
),
companion as (
  select a.inst_id, a.id_no, a.day_1, a.day_2, a.day_3
  from attendance a
  join together t on t.inst_id = a.inst_id and t.day_1 = a.day_1 and t.slot_1 = a.slot_1 and t.day_2 = a.day_2
    and t.slot_2 = a.slot_2 and t.day_3 = a.day_3 and t.slot_3 = a.slot_3
),
companion_day as (
  select inst_id, id_no, day_1 as at_day from companion
  union
  select inst_id, id_no, day_2 as at_day from companion
  union
  select inst_id, id_no, day_3 as at_day from companion
),
size as (
  select inst_id, count(distinct id_no) as n_ids, count(distinct at_day) as n_days
  from companion_day
  group by inst_id
)
select
  c.inst_id as subject_id,
  year(c.at_day) * 100 + month(c.at_day) as month,
  c.pool_pay as amount_fen,
  c.row_key as ev_medical_claim,
  coalesce(i.name, c.inst_id) as inst_name,
  s.n_ids,
  s.n_days,
  :ids_min as ids_min
from claim c
join companion_day d on d.inst_id = c.inst_id and d.id_no = c.id_no and d.at_day = c.at_day
join size s on s.inst_id = c.inst_id
left join medical_inst i on i.inst_id = c.inst_id
