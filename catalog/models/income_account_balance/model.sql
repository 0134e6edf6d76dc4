with named as (
  select r.acct_id, r.month, cast(sum(r.amount) as bigint) as fen
  from recon_item r
  left join v_work_day w1 on w1.day = r.opened
  left join v_work_day w2 on w2.day = r.cleared
  where r.side in ('1', '4')
    and trim(coalesce(r.reason, '')) <> ''
    and r.opened <= last_day(make_date(cast(floor(r.month / 100) as int), r.month % 100, 1))
    and r.cleared > last_day(make_date(cast(floor(r.month / 100) as int), r.month % 100, 1))
    -- Without a calendar of those days, days count.
    and coalesce(w2.n - w1.n, datediff(r.cleared, r.opened)) <= :transit_days
  group by r.acct_id, r.month
), left_over as (
  select b.acct_id, b.month, b.scheme, b.balance, b.txn_key, coalesce(n.fen, 0) as in_transit,
    greatest(b.balance - coalesce(n.fen, 0), 0) as fen,
    lag(greatest(b.balance - coalesce(n.fen, 0), 0)) over (
      partition by b.acct_id order by b.month nulls first) as fen_before
  from v_bank_close b
  left join named n on n.acct_id = b.acct_id and n.month = b.month
  where b.kind = '1' and b.month_end <= :as_of
)
select
  acct_id as subject_id,
  month,
  greatest(fen - coalesce(fen_before, 0), 0) as amount_fen,
  txn_key as ev_bank_txn,
  acct_id as ev_bank_account,
  scheme as fund_scheme,
  balance,
  in_transit
from left_over
where fen > 0
