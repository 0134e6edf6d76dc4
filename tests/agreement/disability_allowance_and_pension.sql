-- WI-02: disability allowance (400011) in full in a month in which an employee pension was paid; only the difference is due, so the
-- smaller of the two is too much. E8: the first month of the pension does not count if the allowance stops with it.
with allowance as (
  select id_no, benefit_month, amount, periodic, pay_key
  from v_pay
  where scheme = '410' and item = '400011' and periodic
),
both_paid as (
  select a.id_no, a.benefit_month, a.amount, a.pay_key, sum(p.amount) as pension_amount
  from allowance a
  join pension p on p.id_no = a.id_no and p.benefit_month = a.benefit_month and p.scheme = '110'
  group by all
),
switched as (
  select distinct b.id_no, b.benefit_month
  from both_paid b
  join first_grant g on g.id_no = b.id_no and g.start_month = b.benefit_month and g.scheme in ('110', '120', '170')
  left join allowance n on n.id_no = b.id_no and n.benefit_month = plus_months(b.benefit_month, 1)
  where n.id_no is null
)
select b.id_no as subject_id, b.benefit_month as month, cast(least(b.amount, b.pension_amount) as bigint) as amount_fen,
  b.pay_key as key
from both_paid b
left join switched s on s.id_no = b.id_no and s.benefit_month = b.benefit_month
where s.id_no is null and b.id_no not in (select id_no from listed where model_code = 'WI-02')
