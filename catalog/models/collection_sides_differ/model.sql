with flow as (
  select scheme, arrive_date as day, coalesce(unit_paid, 0) + coalesce(person_paid, 0) as c,
    case when levy_mode in ('1', '4') then coalesce(unit_paid, 0) + coalesce(person_paid, 0) else 0 end as t, 0 as b,
    row_key as c_key, cast(null as string) as t_key, cast(null as string) as b_key,
    case when levy_mode in ('1', '4') then 1 else 0 end as t_row
  from contrib_unit
  where full_flag and levy_type <> '20'
  union all
  select scheme, treasury_date as day, 0 as c, amount as t, 0 as b,
    cast(null as string) as c_key, row_key as t_key, cast(null as string) as b_key, 1 as t_row
  from ext_tax_collect
  where amount > 0
  union all
  select a.scheme, cast(t.txn_time as date) as day, 0 as c, 0 as t, t.amount as b,
    cast(null as string) as c_key, cast(null as string) as t_key, t.row_key as b_key, 0 as t_row
  from bank_txn t
  join bank_account a on a.acct_id = t.acct_id
  left join (select distinct scheme from bank_account where kind = '4') g on g.scheme = a.scheme
  where t.dir = 'R'
    and a.kind in ('1', '4')
    and (t.cp_kind is null or t.cp_kind = '04' or (t.cp_kind = '09' and a.kind = '1' and g.scheme is null))
), by_day as (
  select scheme, day, year(day) * 100 + month(day) as month,
    cast(sum(c) as bigint) as c, cast(sum(t) as bigint) as t, cast(sum(b) as bigint) as b,
    count(c_key) as c_rows, sum(t_row) as t_rows, count(b_key) as b_rows,
    min(c_key) as c_key, min(t_key) as t_key, min(b_key) as b_key
  from flow
  where day <= :as_of
  group by scheme, day, year(day) * 100 + month(day)
), schemes as (
  select scheme
  from by_day
  group by scheme
  having sum(c_rows) > 0 and sum(t_rows) > 0 and sum(b_rows) > 0
), covered as (
  select month, make_date(cast(floor(month / 100) as int), month % 100, 1) as first_day
  from by_day
  group by month
  having sum(c_rows) > 0 and sum(t_rows) > 0 and sum(b_rows) > 0
), cover_end as (
  select max(w.n) as n
  from (select max(last_day(first_day)) as day from covered) m
  join v_work_day w on w.day <= m.day and w.day <= :as_of
), pair as (
  select 'ct' as pair union all select 'tb' as pair union all select 'cb' as pair
), pair_day as (
  select p.pair, d.scheme, d.month, d.day,
    case when p.pair = 'tb' then d.t else d.c end as x,
    case when p.pair = 'ct' then d.t else d.b end as y
  from by_day d
  cross join pair p
), pair_month as (
  select p.pair, p.scheme, p.month, cast(sum(p.x - p.y) as bigint) as apart
  from pair_day p
  join schemes s on s.scheme = p.scheme
  join covered m on m.month = p.month
  where last_day(m.first_day) <= :as_of
  group by p.pair, p.scheme, p.month
), edge as (
  -- The last day of every covered month and of the month before each.
  select year(e.day) * 100 + month(e.day) as month,
    year(date_add(e.day, 1)) * 100 + month(date_add(e.day, 1)) as next_month, max(e.known) as known, max(w.n) as n
  from (
    select case when k.known = 1 then last_day(c.first_day) else date_sub(c.first_day, 1) end as day, k.known
    from covered c
    cross join (select 1 as known union all select 0 as known) k) e
  join v_work_day w on w.day = e.day
  group by year(e.day) * 100 + month(e.day), year(date_add(e.day, 1)) * 100 + month(date_add(e.day, 1))
), way as (
  select 1 as way union all select 2 as way union all select 3 as way union all select 4 as way
  union all select 5 as way union all select 6 as way union all select 7 as way union all select 8 as way
), after_edge as (
  -- The first working days after a month's end: y - x is what y catches up, below zero what x does.
  select p.pair, p.scheme, e.month, e.known, p.x, p.y,
    cast(sum(p.x) over (partition by p.pair, p.scheme, e.month order by p.day nulls first) as bigint) as x_so_far,
    cast(sum(p.y) over (partition by p.pair, p.scheme, e.month order by p.day nulls first) as bigint) as y_so_far,
    cast(sum(greatest(p.y - p.x, 0)) over (partition by p.pair, p.scheme, e.month) as bigint) as y_all,
    cast(sum(least(p.y - p.x, 0)) over (partition by p.pair, p.scheme, e.month) as bigint) as x_all
  from pair_day p
  join edge e on e.next_month = p.month
  join v_work_day w on w.day = p.day
  where w.n - e.n <= :transit_days
), caught_up as (
  select distinct a.pair, a.scheme, a.month, a.known,
    case w.way
      when 1 then a.y_so_far - a.x_so_far
      when 2 then a.y_so_far
      when 3 then -a.x_so_far
      when 4 then a.y - a.x
      when 5 then a.y
      when 6 then -a.x
      when 7 then a.y_all
      else a.x_all
    end as fen
  from after_edge a
  cross join way w
), before_edge as (
  -- The last working days of a month: how far x is ahead of y on some of them, and y of x on others.
  select p.pair, p.scheme, p.month, p.day, p.x, p.y, w.n
  from pair_day p
  join edge e on e.month = p.month
  join v_work_day w on w.day = p.day
  where e.n - w.n < :transit_days
), ahead as (
  select pair, scheme, month,
    cast(sum(greatest(x - y, 0)) as bigint) as x_ahead, cast(sum(greatest(y - x, 0)) as bigint) as y_ahead
  from before_edge
  group by pair, scheme, month
), at_end as (
  -- Of those, the days whose money may still come after the end of what is delivered.
  select b.pair, b.scheme, b.month, b.x, b.y,
    cast(sum(b.x - b.y) over (partition by b.pair, b.scheme, b.month order by b.day desc nulls last) as bigint) as since,
    cast(sum(greatest(b.x - b.y, 0)) over (partition by b.pair, b.scheme, b.month) as bigint) as x_all,
    cast(sum(least(b.x - b.y, 0)) over (partition by b.pair, b.scheme, b.month) as bigint) as y_all
  from before_edge b
  cross join cover_end d
  where d.n - b.n < :transit_days
), in_transit as (
  -- All that may be on its way from x to y at a month's end (from y to x below zero): nothing; what was caught up, if
  -- the other side was as far ahead before (of the month before the first one covered nobody knows); what may still come.
  select p.pair, s.scheme, e.month, cast(0 as bigint) as fen
  from schemes s
  cross join pair p
  cross join edge e
  union
  select u.pair, u.scheme, u.month, u.fen
  from caught_up u
  left join ahead h on h.pair = u.pair and h.scheme = u.scheme and h.month = u.month
  where u.known = 0 or u.fen between -coalesce(h.y_ahead, 0) and coalesce(h.x_ahead, 0)
  union
  select a.pair, a.scheme, a.month,
    case w.way when 1 then a.since when 2 then a.x - a.y when 3 then a.x_all else a.y_all end as fen
  from at_end a
  cross join way w
  where w.way <= 4
), agreed as (
  select distinct p.pair, p.scheme, p.month
  from pair_month p
  join edge e on e.next_month = p.month
  join in_transit o on o.pair = p.pair and o.scheme = p.scheme and o.month = p.month
  join in_transit i on i.pair = p.pair and i.scheme = p.scheme and i.month = e.month
  where abs(p.apart - (o.fen - i.fen)) <= :difference_max_fen
), differing as (
  select p.scheme, p.month, max(abs(p.apart)) as fen
  from pair_month p
  left join agreed a on a.pair = p.pair and a.scheme = p.scheme and a.month = p.month
  where a.pair is null and abs(p.apart) > :difference_max_fen
  group by p.scheme, p.month
), day_of as (
  select f.scheme, f.month, f.fen, d.day, d.c_key, d.t_key, d.b_key,
    row_number() over (
      partition by d.scheme, d.month
      order by greatest(abs(d.c - d.t), abs(d.t - d.b), abs(d.c - d.b)) desc nulls last, d.day nulls first) as place,
    cast(sum(d.c) over (partition by d.scheme, d.month) as bigint) as c_month,
    cast(sum(d.t) over (partition by d.scheme, d.month) as bigint) as t_month,
    cast(sum(d.b) over (partition by d.scheme, d.month) as bigint) as b_month
  from differing f
  join by_day d on d.scheme = f.scheme and d.month = f.month
)
select
  scheme as subject_id,
  month,
  fen as amount_fen,
  c_key as ev_contrib_unit,
  t_key as ev_ext_tax_collect,
  b_key as ev_bank_txn,
  c_month as credited,
  t_month as tax,
  b_month as bank,
  day as worst_day
from day_of
where place = 1
