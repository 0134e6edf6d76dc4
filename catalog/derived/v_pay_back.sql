-- reads: v_person, benefit_payment
-- One row per payment row that v_pay does not count as money paid: negative (a reversal or a recovery), or returned by the
-- bank. What it came back from is the row of v_pay_row or v_pay with the same scheme, item and month, if any stayed. Two
-- plain conditions instead of one with OR: the few such rows are then found without reading all of the others.
select
  b.row_key,
  coalesce(p.id_no, b.person_id) as id_no,
  b.scheme,
  b.item,
  b.benefit_month,
  b.settle_month,
  b.amount,
  b.pay_kind = '0' as periodic,
  coalesce(b.result, '1') <> '1' as returned,
  nullif(trim(b.acct_no), '') as acct_no,
  nullif(trim(b.acct_name), '') as acct_name,
  nullif(trim(b.payee_id), '') as payee_id,
  b.payee_rel,
  b.batch_id,
  b.op_id,
  b.op_date
from (
  select * from benefit_payment where amount < 0
  union all
  select * from benefit_payment where result <> '1' and amount >= 0
) b
left join v_person p on p.person_id = b.person_id
