-- EP-05: resident pension in a month in which an employee or government pension was paid too. E8: the first month of one of the
-- pensions does not count if the resident pension stops with it.
with resident as (
  select id_no, benefit_month, amount, pay_key
  from pension
  where scheme = '170'
),
both_paid as (
  select r.id_no, r.benefit_month, r.amount, r.pay_key
  from resident r
  where exists (
    select 1
    from pension e
    where e.id_no = r.id_no and e.benefit_month = r.benefit_month and e.scheme in ('110', '120')
  )
),
switched as (
  select distinct b.id_no, b.benefit_month
  from both_paid b
  join first_grant g on g.id_no = b.id_no and g.start_month = b.benefit_month and g.scheme in ('110', '120', '170')
  left join resident n on n.id_no = b.id_no and n.benefit_month = plus_months(b.benefit_month, 1)
  where n.id_no is null
)
select b.id_no as subject_id, b.benefit_month as month, b.amount as amount_fen, b.pay_key as key
from both_paid b
left join switched s on s.id_no = b.id_no and s.benefit_month = b.benefit_month
where s.id_no is null and b.id_no not in (select id_no from listed where model_code = 'EP-05')
