-- UE-02: unemployment benefit in a month in which a pension was paid too. E8: the first month of the pension does not count if the
-- benefit stops with it.
with benefit as (
  select id_no, benefit_month, amount, pay_key
  from v_pay
  where scheme = '210' and item in ('200011', '200012', '200013')
),
both_paid as (
  select b.id_no, b.benefit_month, b.amount, b.pay_key
  from benefit b
  where exists (select 1 from pension p where p.id_no = b.id_no and p.benefit_month = b.benefit_month)
),
switched as (
  select distinct b.id_no, b.benefit_month
  from both_paid b
  join first_grant g on g.id_no = b.id_no and g.start_month = b.benefit_month and g.scheme in ('110', '120', '170')
  left join benefit n on n.id_no = b.id_no and n.benefit_month = plus_months(b.benefit_month, 1)
  where n.id_no is null
)
select b.id_no as subject_id, b.benefit_month as month, b.amount as amount_fen, b.pay_key as key
from both_paid b
left join switched s on s.id_no = b.id_no and s.benefit_month = b.benefit_month
where s.id_no is null and b.id_no not in (select id_no from listed where model_code = 'UE-02')
