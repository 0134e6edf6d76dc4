-- reads: bank_account, bank_txn
-- Balance of each fund account at the end of each month that has bank transactions of any account, from the account's
-- first one on: the balance after its last transaction so far, that of an earlier month if the month has none.
-- Transactions of one moment are told apart by serial number, a longer one being later. Closed accounts end.
with txn as (
  select t.acct_id, year(t.txn_time) * 100 + month(t.txn_time) as month, t.balance, t.row_key,
    row_number() over (
      partition by t.acct_id, year(t.txn_time) * 100 + month(t.txn_time)
      order by t.txn_time desc nulls last, length(t.serial) desc nulls last, t.serial desc nulls last) as back
  from bank_txn t
  where t.balance is not null
), closing as (
  select acct_id, month, balance, row_key,
    lead(month) over (partition by acct_id order by month nulls first) as next_month
  from txn
  where back = 1
), months as (
  select distinct m.month, last_day(make_date(cast(floor(m.month / 100) as int), m.month % 100, 1)) as month_end
  from closing m
)
select a.acct_id, a.kind, a.scheme, m.month, m.month_end, c.balance, c.row_key as txn_key
from bank_account a
join closing c on c.acct_id = a.acct_id
join months m on m.month >= c.month and (c.next_month is null or m.month < c.next_month)
where a.closed is null or a.closed > m.month_end
