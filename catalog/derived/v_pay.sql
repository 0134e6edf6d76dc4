-- reads: v_person, benefit_payment
-- One row per (id_no, scheme, item, benefit_month) with money left after returned payments and reversals.
-- pay_key is the smallest evidence row; account, payee and relation are NULL where the rows disagree;
-- settle_month is the last month it was settled in, op_date the last day it was handled.
select
  coalesce(p.id_no, b.person_id) as id_no,
  b.scheme,
  b.item,
  b.benefit_month,
  cast(sum(b.amount) as bigint) as amount,
  max(case when b.pay_kind = '0' then 1 else 0 end) = 1 as periodic,
  min(case when b.amount > 0 then b.row_key end) as pay_key,
  case when min(b.acct_no) = max(b.acct_no) then min(b.acct_no) end as acct_no,
  case when min(b.payee_id) = max(b.payee_id) then min(b.payee_id) end as payee_id,
  case when min(b.payee_rel) = max(b.payee_rel) then min(b.payee_rel) end as payee_rel,
  max(b.settle_month) as settle_month,
  max(b.op_date) as op_date
from benefit_payment b
left join v_person p on p.person_id = b.person_id
where coalesce(b.result, '1') = '1'
group by coalesce(p.id_no, b.person_id), b.scheme, b.item, b.benefit_month
having sum(b.amount) > 0
