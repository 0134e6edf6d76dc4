-- UE-03: months of unemployment benefit (200011) beyond the term: what was granted, and never more than the law gives for the months paid
-- before (12 months from one year on, 18 from five, 24 from ten, with those carried over, at most 24). E7: from December 2019 benefit goes
-- on for those within a year of pension age.
with paid as (
  select id_no, benefit_month, amount, pay_key
  from v_pay
  where scheme = '210' and item = '200011'
),
spell as (
  select coalesce(p.id_no, s.person_id) as id_no, s.leave_date, s.start_month, s.row_key,
    coalesce(least(s.entitled_months, case
      when s.paid_months_before >= 12
        then least(24, coalesce(s.carried_months, 0)
          + case when s.paid_months_before < 60 then 12 when s.paid_months_before < 120 then 18 else 24 end)
      when s.paid_months_before < 12 then coalesce(s.carried_months, 0)
    end), 24) as term
  from unemp_spell s
  left join v_person p on p.person_id = s.person_id
),
drawn as (
  select p.id_no, p.benefit_month, p.amount, p.pay_key, s.start_month, s.term
  from paid p
  join spell s on s.id_no = p.id_no and s.start_month <= p.benefit_month
  qualify row_number() over (partition by p.pay_key order by s.leave_date desc, s.start_month desc, s.row_key desc) = 1
),
numbered as (
  select d.*, (
      select count(distinct n.benefit_month)
      from paid n
      where n.id_no = d.id_no and n.benefit_month between d.start_month and d.benefit_month
    ) as nth
  from drawn d
)
select n.id_no as subject_id, n.benefit_month as month, n.amount as amount_fen, n.pay_key as key
from numbered n
left join human h on h.id_no = n.id_no
where n.nth > n.term
  and not coalesce(n.benefit_month >= 201912
    and month_index(stat_month(h.sex, h.birth_date, h.post_class)) - month_index(n.benefit_month) between 0 and 11, false)
  and n.id_no not in (select id_no from listed where model_code = 'UE-03')
