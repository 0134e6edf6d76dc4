-- MD-01: a medical claim for an admission or visit after the day of a firm death. E5: signs of life from elsewhere only, since the
-- stays themselves are in question.
with gone as (
  select d.id_no, d.death_date
  from v_death d
  left join live_sign s on s.id_no = d.id_no and s.seen_on > d.death_date and s.sign <> 'stay'
  where d.firm and s.id_no is null
)
select g.id_no as subject_id, mon(c.admit_date) as month, c.pool_pay as amount_fen, c.row_key as key
from medical_claim c
left join v_person p on p.person_id = c.person_id
join gone g on g.id_no = coalesce(p.id_no, c.person_id)
where c.admit_date > g.death_date and not coalesce(c.reversed_flag, false)
  and g.id_no not in (select id_no from listed where model_code = 'MD-01')
