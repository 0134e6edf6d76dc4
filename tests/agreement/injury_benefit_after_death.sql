-- WI-03: periodic injury benefit for months after the month of a firm death. A survivor's pension (400013) counts for people who draw it
-- as survivors, not under the number of the one who died at work.
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from v_pay p
join dead d on d.id_no = p.id_no
where p.scheme = '410' and p.periodic and not starts_with(p.item, '8000') and p.benefit_month > mon(d.death_date)
  and (p.item <> '400013' or p.id_no in (select id_no from survivor))
  and p.id_no not in (select id_no from listed where model_code = 'WI-03')
