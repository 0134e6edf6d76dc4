-- RP-01: resident pension for months after the month of a firm death.
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from pension p
join dead d on d.id_no = p.id_no
where p.scheme = '170' and p.benefit_month > mon(d.death_date)
  and p.id_no not in (select id_no from listed where model_code = 'RP-01')
