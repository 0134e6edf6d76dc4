-- What several statements share. as_of() is the day of the run.

-- Months are whole numbers, 201811.
create temp macro mon(d) as cast(year(d) * 100 + month(d) as integer);
create temp macro month_index(m) as (m // 100) * 12 + m % 100 - 1;
create temp macro of_index(i) as cast((i // 12) * 100 + i % 12 + 1 as integer);
create temp macro plus_months(m, k) as of_index(month_index(m) + k);

-- Inpatient visits: hospital stays and births in hospital.
create temp macro is_stay(kind) as kind in ('21', '22', '23', '24', '52');

-- E6: subjects on the exception list: approved by two people, begun and not expired.
create temp view listed as
select distinct subject as id_no, model_code
from (
  select id_no as subject, model_code, from_date, expiry_date, approver_1, approver_2
  from exception_list
  union all
  select subject_id, model_code, from_date, expiry_date, approver_1, approver_2
  from exception_list
  where subject_kind = 'person'
)
where subject <> '' and trim(approver_1) <> '' and trim(approver_2) <> '' and trim(approver_1) <> trim(approver_2)
  and expiry_date >= as_of() and coalesce(from_date <= as_of(), true);

-- E5: strong signs of life of people reported dead: a face check, a stay in hospital, a border crossing under the same name.
create temp view live_sign as
with reported as (
  select d.id_no, p.person_id, p.name
  from v_death d
  left join v_person p on p.id_no = d.id_no
)
select r.id_no, 'face' as sign, cast(q.checked_at as date) as seen_on
from qualification_check q
join reported r on r.person_id = q.person_id
where q.channel = '2' and q.result = '1'
union all
select r.id_no, 'stay', c.admit_date
from medical_claim c
join reported r on r.person_id = c.person_id
where is_stay(c.kind) and not coalesce(c.reversed_flag, false)
union all
select r.id_no, 'border', cast(x.cross_at as date)
from ext_exit_entry x
join reported r on r.id_no = x.id_no
where x.name is null or x.name = r.name;

-- Firm deaths that no later sign of life (E5) speaks against.
create temp view dead as
select d.id_no, d.death_date
from v_death d
left join (
  select id_no, max(seen_on) as last_seen
  from live_sign
  group by id_no
) s on s.id_no = d.id_no
where d.firm and (s.last_seen is null or s.last_seen <= d.death_date);

-- Pensions month by month: survivors' items (8000xx) are no pension of one's own.
create temp view pension as
select id_no, scheme, item, benefit_month, amount, pay_key
from v_pay
where scheme in ('110', '120', '170') and periodic and not starts_with(item, '8000');

-- When a benefit of a scheme began: its first grant; later ones correct or adjust it.
create temp view first_grant as
select coalesce(p.id_no, g.person_id) as id_no, g.scheme, g.start_month, coalesce(g.grant_month, g.start_month) as grant_month,
  g.retire_kind, g.total_months, g.row_key
from benefit_grant g
left join v_person p on p.person_id = g.person_id
qualify row_number() over (
  partition by coalesce(p.id_no, g.person_id), g.scheme
  order by coalesce(g.grant_month, g.start_month), g.row_key
) = 1;
