-- reads: v_person, contrib_person
-- One row per row of a contribution bill, as billed, paid or not. due is what employer and person owe together, below zero
-- for a refund however the system signs it, and so is to_acct, what the row brought to the personal account; subsidy is all public
-- money paid for the person.
select
  coalesce(p.id_no, c.person_id) as id_no,
  c.scheme,
  c.due_month,
  c.settle_month,
  c.levy_type,
  c.employer_id,
  case
    when c.levy_type = '20' then -abs(coalesce(c.unit_due, 0) + coalesce(c.person_due, 0))
    else coalesce(c.unit_due, 0) + coalesce(c.person_due, 0)
  end as due,
  c.person_paid,
  case when c.levy_type = '20' then -abs(c.to_acct) else c.to_acct end as to_acct,
  coalesce(c.sub_central, 0) + coalesce(c.sub_province, 0) + coalesce(c.sub_city, 0) + coalesce(c.sub_county, 0)
    as subsidy,
  c.full_flag,
  c.arrive_date,
  c.doc_basis,
  nullif(trim(c.doc_no), '') as doc_no,
  c.row_key
from contrib_person c
left join v_person p on p.person_id = c.person_id
