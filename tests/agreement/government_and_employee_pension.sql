-- GP-01: government and employee pension in one month; the lower side of that month is in question, of equal ones the employee
-- pension. Occupational annuity (100021) stands beside either. E8: a month of change
-- after which only one of the two is paid.
with paid as (
  select id_no, scheme, benefit_month, amount, pay_key
  from pension
  where scheme in ('110', '120') and item <> '100021'
),
both_paid as (
  select id_no, benefit_month,
    case when sum(amount) filter (scheme = '120') < sum(amount) filter (scheme = '110') then '120' else '110' end as lower_scheme
  from paid
  group by id_no, benefit_month
  having count(distinct scheme) = 2
),
switched as (
  select distinct b.id_no, b.benefit_month
  from both_paid b
  join first_grant g on g.id_no = b.id_no and g.start_month = b.benefit_month and g.scheme in ('110', '120', '170')
  left join paid n on n.id_no = b.id_no and n.benefit_month = plus_months(b.benefit_month, 1) and n.scheme = b.lower_scheme
  left join paid o on o.id_no = b.id_no and o.benefit_month = plus_months(b.benefit_month, 1) and o.scheme <> b.lower_scheme
  where n.id_no is null or o.id_no is null
)
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from paid p
join both_paid b on b.id_no = p.id_no and b.benefit_month = p.benefit_month and b.lower_scheme = p.scheme
left join switched s on s.id_no = b.id_no and s.benefit_month = b.benefit_month
where s.id_no is null and p.id_no not in (select id_no from listed where model_code = 'GP-01')
