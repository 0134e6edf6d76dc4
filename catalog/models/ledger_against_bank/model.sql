with ledger as (
  select g.acct_id, cast(b.year * 100 + b.period as int) as month,
    cast(sum(case when g.dir = '2' then -b.close_bal else b.close_bal end) as bigint) as fen,
    min(b.row_key) as balance_key
  from gl_balance b
  join gl_account g on g.ledger_id = b.ledger_id and g.year = b.year and g.code = b.code
  where g.acct_id is not null and b.period between 1 and 12
  group by g.acct_id, cast(b.year * 100 + b.period as int)
), bank as (
  select c.acct_id, c.scheme, c.month, c.month_end, c.balance, c.txn_key, l.fen as ledger, l.balance_key
  from v_bank_close c
  join ledger l on l.acct_id = c.acct_id and l.month = c.month
  where c.month_end <= :as_of
), listed as (
  select k.acct_id, k.month,
    cast(sum(case r.side when '1' then r.amount when '2' then -r.amount when '3' then -r.amount
             when '4' then r.amount else 0 end) as bigint) as fen
  from bank k
  join recon_item r on r.acct_id = k.acct_id
  where r.month <= k.month
    and r.opened <= k.month_end
    and (r.cleared is null or r.cleared > k.month_end)
  group by k.acct_id, k.month
), late as (
  select k.acct_id, k.month, cast(sum(case when t.dir = 'R' then t.amount else -t.amount end) as bigint) as fen
  from bank k
  join bank_txn t on t.acct_id = k.acct_id and cast(t.txn_time as date) = k.month_end
  where hour(t.txn_time) >= :cutoff_hour
  group by k.acct_id, k.month
), compared as (
  select k.acct_id, k.scheme, k.month, k.ledger, k.balance, k.balance_key, k.txn_key, coalesce(i.fen, 0) as listed,
    k.ledger + coalesce(i.fen, 0) - k.balance as apart,
    case when abs(k.ledger + coalesce(i.fen, 0) - k.balance) > :difference_max_fen
          and abs(k.ledger + coalesce(i.fen, 0) - (k.balance - coalesce(c.fen, 0))) > :difference_max_fen
         then k.ledger + coalesce(i.fen, 0) - k.balance else 0 end as unexplained
  from bank k
  left join listed i on i.acct_id = k.acct_id and i.month = k.month
  left join late c on c.acct_id = k.acct_id and c.month = k.month
), in_turn as (
  select d.*, coalesce(lag(d.unexplained) over (partition by d.acct_id order by d.month nulls first), 0) as before_it
  from compared d
)
select
  acct_id as subject_id,
  month,
  case when unexplained > 0 then greatest(unexplained - greatest(before_it, 0), 0)
       else greatest(least(before_it, 0) - unexplained, 0) end as amount_fen,
  balance_key as ev_gl_balance,
  txn_key as ev_bank_txn,
  scheme as fund_scheme,
  ledger,
  balance as bank,
  listed,
  abs(apart) as difference
from in_turn
where unexplained <> 0
