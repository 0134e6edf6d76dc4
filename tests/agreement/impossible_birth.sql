-- MT-01: a birth claimed by a man, or by somebody below 15 or above 55, but not for a spouse.
select coalesce(p.id_no, m.person_id) as subject_id, mon(m.event_date) as month,
  coalesce(m.allowance, 0) + coalesce(m.med_amount, 0) as amount_fen, m.row_key as key
from maternity_claim m
left join v_person p on p.person_id = m.person_id
left join human h on h.id_no = p.id_no
where m.event = '1' and not coalesce(m.spouse_flag, false)
  and (h.sex = '1' or age_on(h.birth_date, m.event_date) not between 15 and 55)
  and coalesce(p.id_no, m.person_id) not in (select id_no from listed where model_code = 'MT-01')
