-- MD-01: a medical claim for an admission or visit after the day of a firm death. E5: signs of life from elsewhere only, since the
-- stays themselves are in question.
with gone as (
  select d.id_no, d.death_date
  from v_death d
  left join (
    select id_no, max(seen_on) as last_seen
    from live_sign
    where sign <> 'stay'
    group by id_no
  ) s on s.id_no = d.id_no
  where d.firm and (s.last_seen is null or s.last_seen <= d.death_date)
)
select g.id_no as subject_id, mon(c.admit_date) as month, c.pool_pay as amount_fen, c.row_key as key
from medical_claim c
left join v_person p on p.person_id = c.person_id
join gone g on g.id_no = coalesce(p.id_no, c.person_id)
where c.admit_date > g.death_date and not coalesce(c.reversed_flag, false)
  and g.id_no not in (select id_no from listed where model_code = 'MD-01')
