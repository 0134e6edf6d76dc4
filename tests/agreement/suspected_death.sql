-- EP-02: employee pension for months after a death that only a weak source knows (v_death that is not firm, the household register, a
-- hospital's "died"), while it is still paid, with no firm death and no sign of life since the event within 180 days.
with event as (
  select id_no, min(day) as day
  from (
    select id_no, death_date as day
    from v_death
    where not firm
    union all
    select h.id_no, r.change_date
    from ext_household r
    join human h on h.id_no = r.id_no and r.name = h.name
    where r.state = '2'
    union all
    select p.id_no, c.discharge_date
    from medical_claim c
    join v_person p on p.person_id = c.person_id
    where c.discharge_state = '5' and not coalesce(c.reversed_flag, false)
  )
  where id_no not in (select id_no from v_death where firm)
    and id_no not in (select id_no from listed where model_code = 'EP-02')
  group by id_no
),
alive as (
  select e.id_no
  from event e
  join v_person p on p.id_no = e.id_no
  join qualification_check q on q.person_id = p.person_id
  where q.result = '1' and q.channel <> '1' and cast(q.checked_at as date) > e.day and cast(q.checked_at as date) >= as_of() - 180
  union all
  select e.id_no
  from event e
  join v_person p on p.id_no = e.id_no
  join medical_claim c on c.person_id = p.person_id
  where not coalesce(c.reversed_flag, false) and c.admit_date > e.day and c.admit_date >= as_of() - 180
  union all
  select e.id_no
  from event e
  join live_sign s on s.id_no = e.id_no
  where s.sign = 'border' and s.seen_on > e.day and s.seen_on >= as_of() - 180
)
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from pension p
join event e on e.id_no = p.id_no and p.benefit_month > mon(e.day)
where p.scheme = '110'
  and p.id_no not in (select id_no from alive)
  and p.id_no in (select id_no from pension where scheme = '110' and benefit_month >= mon(as_of()))
