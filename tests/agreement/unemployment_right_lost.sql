-- UE-07: unemployment benefit for months after the one of death, or strictly within imprisonment or military service, or after emigration,
-- or after leaving the country for 90 days or more.
with benefit as (
  select id_no, benefit_month, amount, pay_key
  from v_pay
  where scheme = '210' and item in ('200011', '200012', '200013')
    and id_no not in (select id_no from listed where model_code = 'UE-07')
),
claimant as (
  select distinct b.id_no, h.name
  from benefit b
  left join human h on h.id_no = b.id_no
),
crossing as (
  select x.id_no, x.dir, x.cross_at, cast(x.cross_at as date) as day
  from ext_exit_entry x
  join claimant c on c.id_no = x.id_no
  where x.name is null or x.name = c.name
),
-- From an exit to the next entry, in which months one is away.
journey as (
  select o.id_no, o.day as left_on, min(i.cross_at) as back_at
  from crossing o
  left join ext_exit_entry i on i.id_no = o.id_no and i.dir = 'I' and i.cross_at > o.cross_at
  where o.dir = 'O'
  group by o.id_no, o.cross_at, o.day
),
lost as (
  select id_no, mon(death_date) as after_month, 999912 as before_month
  from dead
  union all
  select id_no, mon(start_date), mon(end_date)
  from v_jail
  union all
  select m.id_no, mon(m.from_date), coalesce(mon(m.to_date), 999912)
  from ext_military m
  join claimant c on c.id_no = m.id_no
  where m.name is null or m.name = c.name
  union all
  select r.id_no, mon(r.change_date), 999912
  from ext_household r
  join claimant c on c.id_no = r.id_no
  where r.state = '4' and r.name = c.name
  union all
  select id_no, mon(left_on), coalesce(mon(back_at), 999912)
  from journey
  where coalesce(cast(back_at as date), as_of()) - left_on >= 90
)
select b.id_no as subject_id, b.benefit_month as month, b.amount as amount_fen, b.pay_key as key
from benefit b
where exists (
  select 1
  from lost l
  where l.id_no = b.id_no and b.benefit_month > l.after_month and b.benefit_month < l.before_month
)
