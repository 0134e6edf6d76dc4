-- MD-03: admitted to the same hospital within ten days of discharge with the same diagnosis (three characters), but for illness treated in
-- courses. In question is the share of the second stay that policy names, else all of it.
with stay as (
  select coalesce(p.id_no, c.person_id) as id_no, c.claim_id, c.inst_id, c.admit_date, c.discharge_date, c.dx_code,
    left(c.dx_code, 3) as dx, c.pool_pay, c.row_key
  from medical_claim c
  left join v_person p on p.person_id = c.person_id
  where c.kind in ('21', '22', '23', '24') and not coalesce(c.reversed_flag, false)
)
select s.id_no as subject_id, mon(s.admit_date) as month,
  cast(round(s.pool_pay * coalesce(cast(policy_on('split_stay_share', null, s.admit_date) as decimal(9, 6)), 1)) as bigint) as amount_fen,
  s.row_key as key
from stay s
where not regexp_matches(s.dx_code, '^(C[0-9]|D0|D3[7-9]|D4[0-8]|N18|Z49|Z51)')
  and s.id_no not in (select id_no from listed where model_code = 'MD-03')
  and exists (
    select 1
    from stay o
    where o.id_no = s.id_no and o.inst_id = s.inst_id and o.dx = s.dx and o.claim_id <> s.claim_id
      and o.admit_date < s.admit_date and s.admit_date - o.discharge_date between 0 and 10
  )
