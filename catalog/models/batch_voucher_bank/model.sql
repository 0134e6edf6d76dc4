with detail as (
  select batch_id,
    cast(sum(amount) as bigint) as fen,
    cast(sum(greatest(amount, 0)) as bigint) as plus_fen,
    cast(sum(case when result = '2' then greatest(amount, 0) else 0 end) as bigint) as returned_fen,
    min(row_key) as payment_key
  from benefit_payment
  where batch_id is not null
  group by batch_id
), batch as (
  select b.batch_id, b.scheme, b.month, b.total, b.voucher_no, b.row_key,
    cast(coalesce(b.released_at, b.bank_ack_at) as date) as released,
    coalesce(d.fen, 0) as detail, coalesce(d.plus_fen, 0) as detail_plus, coalesce(d.returned_fen, 0) as returned,
    d.payment_key,
    cast(sum(b.total) over (partition by b.scheme, b.month, coalesce(b.voucher_no, b.batch_id)) as bigint) as voucher_total,
    cast(sum(coalesce(d.returned_fen, 0)) over (
      partition by b.scheme, b.month, coalesce(b.voucher_no, b.batch_id)) as bigint) as voucher_returned
  from pay_batch b
  left join detail d on d.batch_id = b.batch_id
  where b.month <= :as_of_month
    and (b.released_at is null or cast(b.released_at as date) <= :as_of)
), ledger as (
  select ledger_id, min(scheme) as scheme
  from gl_account
  where scheme is not null
  group by ledger_id
  having count(distinct scheme) = 1
), line as (
  select v.batch_id, v.voucher_no, l.scheme, v.date as day, coalesce(v.credit, 0) as credit, v.row_key,
    case when g.acct_id is not null then 1 else 0 end as of_bank
  from voucher_line v
  left join gl_account g on g.ledger_id = v.ledger_id and g.year = v.year and g.code = v.code
  left join ledger l on l.ledger_id = v.ledger_id
), by_batch as (
  select batch_id,
    cast(case when max(of_bank) = 1 then sum(credit * of_bank) else sum(credit) end as bigint) as fen,
    min(row_key) as line_key
  from line
  where batch_id is not null
  group by batch_id
), by_number as (
  select b.batch_id,
    cast(case when max(l.of_bank) = 1 then sum(l.credit * l.of_bank) else sum(l.credit) end as bigint) as fen,
    min(l.row_key) as line_key
  from batch b
  join line l on l.voucher_no = b.voucher_no and l.scheme = b.scheme
  where l.batch_id is null
    and l.day between date_sub(b.released, 3) and date_add(b.released, 10)
  group by b.batch_id
), paid as (
  select t.row_key, t.voucher_no, t.memo, t.amount, cast(t.txn_time as date) as day, a.scheme
  from bank_txn t
  join bank_account a on a.acct_id = t.acct_id
  where t.dir = 'P'
), bank_by_number as (
  select b.batch_id, cast(sum(p.amount) as bigint) as fen, min(p.row_key) as txn_key
  from batch b
  join paid p on p.scheme = b.scheme and p.voucher_no = b.voucher_no
  where p.day between date_sub(b.released, 3) and date_add(b.released, 10)
  group by b.batch_id
), bank_by_memo as (
  select b.batch_id, cast(sum(p.amount) as bigint) as fen, min(p.row_key) as txn_key
  from batch b
  left join bank_by_number n on n.batch_id = b.batch_id
  join paid p on p.scheme = b.scheme
  where n.batch_id is null
    and p.day between date_sub(b.released, 3) and date_add(b.released, 10)
    and locate(b.batch_id, p.memo) > 0
  group by b.batch_id
), bank_by_amount as (
  select b.batch_id, min(p.row_key) as txn_key
  from batch b
  join paid p on p.scheme = b.scheme and p.amount = b.total
  where p.day between date_sub(b.released, 3) and date_add(b.released, 10)
  group by b.batch_id
), delivered as (
  select month, max(vouchers) as vouchers, max(payments) as payments
  from (
    select distinct year(day) * 100 + month(day) as month, 1 as vouchers, 0 as payments from line
    union all
    select distinct year(day) * 100 + month(day) as month, 0 as vouchers, 1 as payments from paid) m
  group by month
), compared as (
  select b.batch_id, b.scheme, b.month, b.total, b.detail, b.row_key, b.payment_key,
    coalesce(vb.fen, vn.fen, 0) as voucher, coalesce(vb.line_key, vn.line_key) as line_key,
    coalesce(pn.fen, pm.fen, case when pa.batch_id is not null then b.total end, 0) as bank,
    coalesce(pn.txn_key, pm.txn_key, pa.txn_key) as txn_key,
    case when b.detail_plus = b.total then 0 else abs(b.detail - b.total) end as detail_apart,
    case
      when vb.batch_id is not null then least(abs(vb.fen - b.total), abs(vb.fen - (b.total - b.returned)))
      when vn.batch_id is not null
        then least(abs(vn.fen - b.voucher_total), abs(vn.fen - (b.voucher_total - b.voucher_returned)))
      when datediff(:as_of, b.released) >= :book_days and d.vouchers = 1 then abs(b.total)
      else 0
    end as voucher_apart,
    case
      when pn.batch_id is not null
        then least(abs(pn.fen - b.voucher_total), abs(pn.fen - (b.voucher_total - b.voucher_returned)))
      when pm.batch_id is not null then least(abs(pm.fen - b.total), abs(pm.fen - (b.total - b.returned)))
      when pa.batch_id is not null then 0
      when datediff(:as_of, b.released) >= :book_days and d.payments = 1 then abs(b.total)
      else 0
    end as bank_apart
  from batch b
  left join by_batch vb on vb.batch_id = b.batch_id
  left join by_number vn on vn.batch_id = b.batch_id
  left join bank_by_number pn on pn.batch_id = b.batch_id
  left join bank_by_memo pm on pm.batch_id = b.batch_id
  left join bank_by_amount pa on pa.batch_id = b.batch_id
  left join delivered d on d.month = year(b.released) * 100 + month(b.released)
)
select
  batch_id as subject_id,
  month,
  greatest(detail_apart, voucher_apart, bank_apart) as amount_fen,
  row_key as ev_pay_batch,
  payment_key as ev_benefit_payment,
  line_key as ev_voucher_line,
  txn_key as ev_bank_txn,
  scheme as fund_scheme,
  total,
  detail,
  voucher,
  bank
from compared
where greatest(detail_apart, voucher_apart, bank_apart) > :difference_max_fen
