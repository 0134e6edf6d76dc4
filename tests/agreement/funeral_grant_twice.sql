-- EP-19: funeral grants from several schemes for one death. The scheme that paid most stays, of equal ones that with the smallest code;
-- what the others paid goes back.
with paid as (
  select id_no, scheme, benefit_month, amount, pay_key,
    sum(amount) over (partition by id_no, scheme) as scheme_amount
  from v_pay
  where item = '800011' and scheme in ('110', '120', '170', '210', '410')
)
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from paid p
where p.id_no not in (select id_no from listed where model_code = 'EP-19')
qualify p.scheme <> first_value(p.scheme) over (partition by p.id_no order by p.scheme_amount desc, p.scheme)
