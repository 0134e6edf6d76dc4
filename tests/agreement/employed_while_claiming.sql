-- UE-01: unemployment benefit in a month for which an employer paid employee pension contributions, or a wage of the minimum or more was
-- taxed; not the late wages of the employer of before, for three months. E8: the first or last month of benefit does not count if the job
-- does not reach beyond it.
with benefit as (
  select id_no, benefit_month, amount, pay_key
  from v_pay
  where scheme = '210' and item in ('200011', '200012', '200013')
),
claimant as (
  select distinct b.id_no, h.name
  from benefit b
  left join human h on h.id_no = b.id_no
),
spell as (
  select coalesce(p.id_no, s.person_id) as id_no, mon(s.leave_date) as left_in, s.start_month
  from unemp_spell s
  left join v_person p on p.person_id = s.person_id
),
minimum as (
  select month, coalesce(fen_on('minimum_wage', null, first_day(month)), 100000) as wage
  from (select distinct month from ext_tax_wage)
),
waged as (
  select w.id_no, w.uscc, w.month, w.wage, w.name
  from ext_tax_wage w
  where w.id_no in (select id_no from claimant)
),
late as (
  select w.id_no, w.uscc, w.month
  from waged w
  join spell s on s.id_no = w.id_no and s.start_month <= w.month
  qualify row_number() over (partition by w.id_no, w.uscc, w.month order by s.left_in desc) = 1
    and w.month <= plus_months(s.left_in, 3)
    and exists (select 1 from waged o where o.id_no = w.id_no and o.uscc = w.uscc and o.month <= s.left_in)
),
employed as (
  select id_no, due_month as month
  from v_contrib
  where scheme = '110' and by_employer and id_no in (select id_no from claimant)
  union
  select w.id_no, w.month
  from waged w
  join claimant c on c.id_no = w.id_no and (w.name is null or w.name = c.name)
  join minimum m on m.month = w.month and w.wage >= m.wage
  left join late l on l.id_no = w.id_no and l.uscc = w.uscc and l.month = w.month
  where l.id_no is null
),
both_months as (
  select b.*
  from benefit b
  join employed e on e.id_no = b.id_no and e.month = b.benefit_month
)
select b.id_no as subject_id, b.benefit_month as month, b.amount as amount_fen, b.pay_key as key
from both_months b
left join (select distinct id_no, plus_months(benefit_month, 1) as month from benefit) bp
  on bp.id_no = b.id_no and bp.month = b.benefit_month
left join (select distinct id_no, plus_months(benefit_month, -1) as month from benefit) bn
  on bn.id_no = b.id_no and bn.month = b.benefit_month
left join (select distinct id_no, plus_months(month, 1) as month from employed) ep
  on ep.id_no = b.id_no and ep.month = b.benefit_month
left join (select distinct id_no, plus_months(month, -1) as month from employed) en
  on en.id_no = b.id_no and en.month = b.benefit_month
where not (bp.id_no is null and en.id_no is null) and not (bn.id_no is null and ep.id_no is null)
  and b.id_no not in (select id_no from listed where model_code = 'UE-01')
