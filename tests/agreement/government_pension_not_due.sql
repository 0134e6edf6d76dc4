-- GP-06: government pension for months after the month in which the right ended: by death, by imprisonment or by dismissal.
with ended as (
  select id_no, mon(death_date) as month
  from dead
  union all
  select id_no, mon(start_date)
  from v_jail
  union all
  select p.id_no, mon(e.dismissal_date)
  from ext_estab e
  join v_person p on p.id_no = e.id_no and (e.name is null or trim(e.name) = trim(p.name))
  where e.dismissal_date is not null
),
earliest as (
  select id_no, min(month) as month
  from ended
  group by id_no
)
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from pension p
join earliest e on e.id_no = p.id_no and p.benefit_month > e.month
where p.scheme = '120' and p.id_no not in (select id_no from listed where model_code = 'GP-06')
