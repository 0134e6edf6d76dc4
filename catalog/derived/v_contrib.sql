-- reads: v_person, contrib_person, employer
-- One row per (id_no, scheme, due_month) whose fully received contributions outweigh its refunds (levy_type 20).
-- Refund rows carry their sums positive or negative, depending on the system: only the size counts.
-- employer_id is NULL if several paid; by_employer: one of them is no handler of self-payers (93) or residents (94), so somebody
-- else employed the person; contrib_key is the smallest evidence row that is not a refund.
select
  coalesce(p.id_no, c.person_id) as id_no,
  c.scheme,
  c.due_month,
  cast(max(case when c.levy_type <> '20' then c.base end) as bigint) as base,
  cast(sum(case when c.levy_type = '20' then -abs(coalesce(c.to_acct, 0)) else coalesce(c.to_acct, 0) end) as bigint)
    as to_acct,
  case
    when min(case when c.levy_type <> '20' then c.employer_id end)
      = max(case when c.levy_type <> '20' then c.employer_id end)
    then min(case when c.levy_type <> '20' then c.employer_id end)
  end as employer_id,
  max(case when c.levy_type <> '20' and coalesce(e.employer_type, '') not in ('93', '94') then 1 else 0 end) = 1
    as by_employer,
  min(case when c.levy_type <> '20' then c.row_key end) as contrib_key
from contrib_person c
left join v_person p on p.person_id = c.person_id
left join (
  select employer_id, max(employer_type) as employer_type
  from employer
  group by employer_id
) e on e.employer_id = c.employer_id
where c.full_flag
group by coalesce(p.id_no, c.person_id), c.scheme, c.due_month
having max(case when c.levy_type = '20' then 1 else 0 end) = 0
  or sum(case when c.levy_type = '20' then -1 else 1 end
    * abs(coalesce(c.unit_due, 0) + coalesce(c.person_due, c.person_paid, 0))) > 0
