-- reads: v_person, benefit_payment
-- One row per payment row that reached its payee: positive, not returned by the bank, not taken back by a reversal.
-- A row without a result is on its way and counts. A reversal is a negative row of equal size with the same person,
-- scheme, item and month; each takes back one row, the latest pay_id first. Partial reversals only lessen v_pay.
with reversal as (
  select person_id, scheme, item, benefit_month, -amount as amount, count(*) as n
  from benefit_payment
  where amount < 0 and coalesce(result, '1') = '1'
  group by person_id, scheme, item, benefit_month, -amount
),
reversible as (
  select
    b.row_key,
    r.n,
    row_number() over (
      partition by b.person_id, b.scheme, b.item, b.benefit_month, b.amount
      order by b.row_key desc nulls last
    ) as nth
  from benefit_payment b
  join reversal r on r.person_id = b.person_id and r.scheme = b.scheme and r.item = b.item
    and r.benefit_month = b.benefit_month and r.amount = b.amount
  where b.amount > 0 and coalesce(b.result, '1') = '1'
)
select
  b.row_key,
  coalesce(p.id_no, b.person_id) as id_no,
  b.scheme,
  b.item,
  b.benefit_month,
  b.amount,
  b.settle_month,
  b.pay_kind = '0' as periodic,
  nullif(trim(b.acct_no), '') as acct_no,
  nullif(trim(b.acct_name), '') as acct_name,
  nullif(trim(b.payee_id), '') as payee_id,
  b.payee_rel,
  b.batch_id,
  b.op_id,
  b.op_date
from benefit_payment b
left join v_person p on p.person_id = b.person_id
left join reversible x on x.row_key = b.row_key and x.nth <= x.n
where b.amount > 0
  and coalesce(b.result, '1') = '1'
  and x.row_key is null
