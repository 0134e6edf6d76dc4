-- MD-12: a claim by hand whose invoice stands in another claim of the person, of any scheme. Of two claims by hand the later one is in
-- question.
with claim as (
  select coalesce(p.id_no, c.person_id) as id_no, c.claim_id, c.invoice_no, coalesce(c.manual_flag, false) as by_hand,
    coalesce(c.settle_date, c.admit_date) as settled, c.pool_pay, c.row_key
  from medical_claim c
  left join v_person p on p.person_id = c.person_id
  where c.invoice_no <> '' and not coalesce(c.reversed_flag, false)
)
select c.id_no as subject_id, mon(c.settled) as month, c.pool_pay as amount_fen, c.row_key as key
from claim c
where c.by_hand
  and c.id_no not in (select id_no from listed where model_code = 'MD-12')
  and exists (
    select 1
    from claim o
    where o.id_no = c.id_no and o.invoice_no = c.invoice_no and o.claim_id <> c.claim_id
      and (not o.by_hand or o.settled < c.settled or o.settled = c.settled and o.claim_id < c.claim_id)
  )
