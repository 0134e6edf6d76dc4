-- MD-02: two stays in different hospitals that overlap by a full day or more; the shorter is in question, of equal ones the later,
-- then the one with the greater number. A day's surgery without a night overlaps nothing.
with stay as (
  select coalesce(p.id_no, c.person_id) as id_no, c.claim_id, c.inst_id, c.admit_date, c.discharge_date,
    c.discharge_date - c.admit_date as days, c.pool_pay, c.row_key
  from medical_claim c
  left join v_person p on p.person_id = c.person_id
  where is_stay(c.kind) and not coalesce(c.reversed_flag, false) and c.discharge_date > c.admit_date
)
select s.id_no as subject_id, mon(s.admit_date) as month, s.pool_pay as amount_fen, s.row_key as key
from stay s
where s.id_no not in (select id_no from listed where model_code = 'MD-02')
  and exists (
    select 1
    from stay o
    where o.id_no = s.id_no and o.inst_id <> s.inst_id
      and s.admit_date < o.discharge_date and o.admit_date < s.discharge_date
      and (o.days > s.days or o.days = s.days
        and (o.admit_date < s.admit_date or o.admit_date = s.admit_date and o.claim_id < s.claim_id))
  )
