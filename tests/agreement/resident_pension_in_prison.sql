-- RP-02: resident pension for months between the one of imprisonment and the one of release.
select p.id_no as subject_id, p.benefit_month as month, p.amount as amount_fen, p.pay_key as key
from pension p
join v_jail j on j.id_no = p.id_no and p.benefit_month > mon(j.start_date) and p.benefit_month < mon(j.end_date)
where p.scheme = '170' and p.id_no not in (select id_no from listed where model_code = 'RP-02')
