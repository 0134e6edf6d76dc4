-- EP-16: an employee pension still paid to somebody of ninety or more, with neither a passed check nor a medical claim in twelve months
-- and no firm death; the payments of those months.
with aged as (
  select id_no
  from human
  where age_on(birth_date, as_of()) >= 90
    and id_no not in (select id_no from v_death where firm)
    and id_no not in (select id_no from listed where model_code = 'EP-16')
),
seen as (
  select p.id_no
  from qualification_check q
  join v_person p on p.person_id = q.person_id
  where q.result = '1' and mon(q.checked_at) > plus_months(mon(as_of()), -12)
  union all
  select p.id_no
  from medical_claim c
  join v_person p on p.person_id = c.person_id
  where not coalesce(c.reversed_flag, false) and mon(c.admit_date) > plus_months(mon(as_of()), -12)
)
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from pension p
join aged a on a.id_no = p.id_no
where p.scheme = '110' and p.benefit_month > plus_months(mon(as_of()), -12)
  and p.id_no not in (select id_no from seen)
  and p.id_no in (select id_no from pension where scheme = '110' and benefit_month >= mon(as_of()))
