-- MD-11: a medical claim for an admission or visit within a term of imprisonment, its first and last day left out.
select j.id_no as subject_id, mon(c.admit_date) as month, c.pool_pay as amount_fen, c.row_key as key
from medical_claim c
left join v_person p on p.person_id = c.person_id
join v_jail j on j.id_no = coalesce(p.id_no, c.person_id) and c.admit_date > j.start_date and c.admit_date < j.end_date
where not coalesce(c.reversed_flag, false)
  and j.id_no not in (select id_no from listed where model_code = 'MD-11')
