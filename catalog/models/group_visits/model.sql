-- One hit per claim of a group: the same ids_min or more persons at one institution on each of three dates within
-- days_span days. Counting persons per triple of dates finds every such group, its size unknown beforehand, without
-- comparing each person with each other.
with claim as (
  select
    m.inst_id,
    coalesce(p.id_no, m.person_id) as id_no,
    coalesce(p.addr, p.id_no, m.person_id) as household,
    m.admit_date as at_day,
    m.pool_pay,
    m.row_key
  from medical_claim m
  left join v_person p on p.person_id = m.person_id
  where m.inst_id is not null
    and m.admit_date <= :as_of
    and not coalesce(m.reversed_flag, false)
    and coalesce(m.kind, '11') not in ('14', '21', '22', '23', '24', '52', '53')
    and not (coalesce(substr(m.dx_code, 1, 3), '') between 'Z00' and 'Z13')
    and coalesce(substr(m.dx_code, 1, 3), '') not in ('N17', 'N18', 'N19', 'Z49', 'Z50', 'Z51')
),
visit as (
  select inst_id, id_no, min(household) as household, at_day
  from claim
  group by inst_id, id_no, at_day
),
busy as (
  select inst_id, at_day, count(*) as n_visitors
  from visit
  group by inst_id, at_day
  having count(*) >= :ids_min
),
seen as (
  select v.inst_id, v.id_no, v.household, v.at_day, b.n_visitors
  from visit v
  join busy b on b.inst_id = v.inst_id and b.at_day = v.at_day
),
pair as (
  select a.inst_id, a.at_day as day_1, b.at_day as day_2
  from seen a
  join seen b on b.inst_id = a.inst_id and b.id_no = a.id_no
    and b.at_day > a.at_day and datediff(b.at_day, a.at_day) < :days_span
  group by a.inst_id, a.at_day, b.at_day
  having count(*) >= :ids_min
    and count(*) >= :day_share * max(a.n_visitors)
    and count(*) >= :day_share * max(b.n_visitors)
),
meeting as (
  select p.inst_id, p.day_1, p.day_2, q.day_2 as day_3
  from pair p
  join pair q on q.inst_id = p.inst_id and q.day_1 = p.day_2
  join pair o on o.inst_id = p.inst_id and o.day_1 = p.day_1 and o.day_2 = q.day_2
),
together as (
  select m.inst_id, m.day_1, m.day_2, m.day_3
  from meeting m
  join seen a on a.inst_id = m.inst_id and a.at_day = m.day_1
  join seen b on b.inst_id = m.inst_id and b.at_day = m.day_2 and b.id_no = a.id_no
  join seen c on c.inst_id = m.inst_id and c.at_day = m.day_3 and c.id_no = a.id_no
  group by m.inst_id, m.day_1, m.day_2, m.day_3
  having count(*) >= :ids_min
    and count(distinct a.household) > 1
    and count(*) >= :day_share * max(a.n_visitors)
    and count(*) >= :day_share * max(b.n_visitors)
    and count(*) >= :day_share * max(c.n_visitors)
),
companion as (
  select t.inst_id, a.id_no, t.day_1, t.day_2, t.day_3
  from together t
  join seen a on a.inst_id = t.inst_id and a.at_day = t.day_1
  join seen b on b.inst_id = t.inst_id and b.at_day = t.day_2 and b.id_no = a.id_no
  join seen c on c.inst_id = t.inst_id and c.at_day = t.day_3 and c.id_no = a.id_no
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
