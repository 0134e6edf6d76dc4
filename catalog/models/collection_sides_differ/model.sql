with flow as (
  select 'c' as side, scheme, arrive_date as day, coalesce(unit_paid, 0) + coalesce(person_paid, 0) as fen, row_key
  from contrib_unit
  where full_flag and levy_type <> '20'
  union all
  select 't' as side, scheme, arrive_date as day, coalesce(unit_paid, 0) + coalesce(person_paid, 0) as fen,
    cast(null as string) as row_key
  from contrib_unit
  where full_flag and levy_type <> '20' and levy_mode in ('1', '4')
  union all
  select 't' as side, scheme, treasury_date as day, amount as fen, row_key
  from ext_tax_collect
  where amount > 0
  union all
  select 'b' as side, a.scheme, cast(t.txn_time as date) as day, t.amount as fen, t.row_key
  from bank_txn t
  join bank_account a on a.acct_id = t.acct_id
  left join (select distinct scheme from bank_account where kind = '4') g on g.scheme = a.scheme
  where t.dir = 'R'
    and a.kind in ('1', '4')
    and (t.cp_kind is null or t.cp_kind = '04' or (t.cp_kind = '09' and a.kind = '1' and g.scheme is null))
), by_day as (
  select scheme, day, year(day) * 100 + month(day) as month,
    cast(sum(case when side = 'c' then fen else 0 end) as bigint) as c,
    cast(sum(case when side = 't' then fen else 0 end) as bigint) as t,
    cast(sum(case when side = 'b' then fen else 0 end) as bigint) as b,
    count(case when side = 'c' then 1 end) as c_rows,
    count(case when side = 't' then 1 end) as t_rows,
    count(case when side = 'b' then 1 end) as b_rows,
    min(case when side = 'c' then row_key end) as c_key,
    min(case when side = 't' then row_key end) as t_key,
    min(case when side = 'b' then row_key end) as b_key
  from flow
  where day <= :as_of
  group by scheme, day, year(day) * 100 + month(day)
), schemes as (
  select scheme
  from by_day
  group by scheme
  having sum(c_rows) > 0 and sum(t_rows) > 0 and sum(b_rows) > 0
), covered as (
  select month, last_day(make_date(cast(floor(month / 100) as int), month % 100, 1)) as month_end,
    case when month % 100 = 12 then month + 89 else month + 1 end as next_month
  from by_day
  group by month
  having sum(c_rows) > 0 and sum(t_rows) > 0 and sum(b_rows) > 0
), cover_end as (
  select max(w.n) as n
  from (select max(month_end) as day from covered) m
  join v_work_day w on w.day <= m.day and w.day <= :as_of
), pair_day as (
  select 'ct' as pair, scheme, month, day, c as x, t as y from by_day
  union all
  select 'tb' as pair, scheme, month, day, t as x, b as y from by_day
  union all
  select 'cb' as pair, scheme, month, day, c as x, b as y from by_day
), pair_month as (
  select p.pair, p.scheme, p.month, cast(sum(p.x - p.y) as bigint) as apart
  from pair_day p
  join schemes s on s.scheme = p.scheme
  join covered m on m.month = p.month
  where m.month_end <= :as_of
  group by p.pair, p.scheme, p.month
), edge as (
  select m.month, m.next_month, w.n
  from covered m
  join v_work_day w on w.day = m.month_end
  union all
  -- The end of the month before the first one covered.
  select case when f.month % 100 = 1 then f.month - 89 else f.month - 1 end as month, f.month as next_month, w.n
  from (select min(month) as month from covered) f
  join v_work_day w on w.day = date_sub(make_date(cast(floor(f.month / 100) as int), f.month % 100, 1), 1)
), after_edge as (
  -- The first working days after a month's end: y - x is what y catches up, below zero what x does.
  select p.pair, p.scheme, e.month, p.day, p.x, p.y,
    cast(sum(p.x) over (partition by p.pair, p.scheme, e.month order by p.day nulls first) as bigint) as x_so_far,
    cast(sum(p.y) over (partition by p.pair, p.scheme, e.month order by p.day nulls first) as bigint) as y_so_far
  from pair_day p
  join edge e on e.next_month = p.month
  join v_work_day w on w.day = p.day
  where w.n - e.n <= :transit_days
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
    cast(sum(b.x - b.y) over (partition by b.pair, b.scheme, b.month order by b.day desc nulls last) as bigint) as since
  from before_edge b
  cross join cover_end d
  where d.n - b.n < :transit_days
), caught_up as (
  select pair, scheme, month, y_so_far - x_so_far as fen from after_edge
  union
  select pair, scheme, month, y_so_far as fen from after_edge
  union
  select pair, scheme, month, -x_so_far as fen from after_edge
  union
  select pair, scheme, month, y - x as fen from after_edge
  union
  select pair, scheme, month, y as fen from after_edge
  union
  select pair, scheme, month, -x as fen from after_edge
  union
  select pair, scheme, month, cast(sum(greatest(y - x, 0)) as bigint) as fen from after_edge
  group by pair, scheme, month
  union
  select pair, scheme, month, cast(sum(least(y - x, 0)) as bigint) as fen from after_edge
  group by pair, scheme, month
), in_transit as (
  -- All that may be on its way from x to y at a month's end (from y to x below zero): nothing; what was caught up, if
  -- the other side was as far ahead before (of the month before the first one covered nobody knows); what may still come.
  select p.pair, p.scheme, e.month, cast(0 as bigint) as fen
  from (select distinct pair, scheme from pair_month) p
  cross join edge e
  union
  select u.pair, u.scheme, u.month, u.fen
  from caught_up u
  left join ahead h on h.pair = u.pair and h.scheme = u.scheme and h.month = u.month
  left join covered m on m.month = u.month
  where m.month is null or u.fen between -coalesce(h.y_ahead, 0) and coalesce(h.x_ahead, 0)
  union
  select pair, scheme, month, since as fen from at_end
  union
  select pair, scheme, month, x - y as fen from at_end
  union
  select pair, scheme, month, cast(sum(greatest(x - y, 0)) as bigint) as fen from at_end
  group by pair, scheme, month
  union
  select pair, scheme, month, cast(sum(least(x - y, 0)) as bigint) as fen from at_end
  group by pair, scheme, month
), agreed as (
  select p.pair, p.scheme, p.month
  from pair_month p
  join edge e on e.next_month = p.month
  join in_transit o on o.pair = p.pair and o.scheme = p.scheme and o.month = p.month
  join in_transit i on i.pair = p.pair and i.scheme = p.scheme and i.month = e.month
  where abs(p.apart - (o.fen - i.fen)) <= :difference_max_fen
  group by p.pair, p.scheme, p.month
), differing as (
  select p.scheme, p.month, max(abs(p.apart)) as fen
  from pair_month p
  left join agreed a on a.pair = p.pair and a.scheme = p.scheme and a.month = p.month
  where a.pair is null and abs(p.apart) > :difference_max_fen
  group by p.scheme, p.month
), day_of as (
  select d.scheme, d.month, d.day, d.c_key, d.t_key, d.b_key,
    row_number() over (
      partition by d.scheme, d.month
      order by greatest(abs(d.c - d.t), abs(d.t - d.b), abs(d.c - d.b)) desc nulls last, d.day nulls first) as place,
    cast(sum(d.c) over (partition by d.scheme, d.month) as bigint) as c_month,
    cast(sum(d.t) over (partition by d.scheme, d.month) as bigint) as t_month,
    cast(sum(d.b) over (partition by d.scheme, d.month) as bigint) as b_month
  from by_day d
  join differing f on f.scheme = d.scheme and f.month = d.month
)
select
  f.scheme as subject_id,
  f.month,
  f.fen as amount_fen,
  d.c_key as ev_contrib_unit,
  d.t_key as ev_ext_tax_collect,
  d.b_key as ev_bank_txn,
  d.c_month as credited,
  d.t_month as tax,
  d.b_month as bank,
  d.day as worst_day
from differing f
join day_of d on d.scheme = f.scheme and d.month = f.month and d.place = 1
