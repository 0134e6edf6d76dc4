-- EP-20: a funeral or survivor grant whose death no register but our own knows within 90 days of the day claimed, or after which the
-- person was seen alive. Registers get 90 days to report. E12: not where a legal document is filed in the case of the death.
with paid as (
  select id_no, benefit_month, amount, pay_key
  from v_pay
  where item in ('800011', '800012') and scheme in ('110', '120', '170', '210', '410')
    and last_day(first_day(benefit_month)) + 90 <= as_of()
    and id_no not in (select id_no from listed where model_code = 'EP-20')
    and id_no not in (
      select coalesce(p.id_no, c.person_id)
      from biz_case c
      join archive_file f on f.case_id = c.case_id
      left join v_person p on p.person_id = c.person_id
      where c.biz_type = 'DTH' and f.category = '18' and c.person_id is not null
    )
),
settled as (
  select coalesce(p.id_no, s.person_id) as id_no, min(s.death_date) as death_date
  from death_settlement s
  left join v_person p on p.person_id = s.person_id
  group by all
),
own_record as (
  select id_no, min(death_date) as death_date
  from v_death_report
  where death_rank = 5
  group by id_no
),
claimed as (
  select i.id_no, coalesce(s.death_date, o.death_date) as death_date
  from (select distinct id_no from paid) i
  left join settled s on s.id_no = i.id_no
  left join own_record o on o.id_no = i.id_no
),
proven as (
  select c.id_no
  from claimed c
  where exists (
      select 1
      from v_death_report r
      where r.id_no = c.id_no and r.death_rank <= 4 and coalesce(abs(r.death_date - c.death_date) <= 90, true)
    )
    and not exists (select 1 from live_sign s where s.id_no = c.id_no and s.seen_on > c.death_date)
)
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from paid p
where p.id_no not in (select id_no from proven)
