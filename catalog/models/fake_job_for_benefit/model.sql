-- One hit per claimant and month of benefit. A month counts as without wages only if taxed wages were delivered for it
-- at all; a wage from whichever payer is a wage (payroll centres). idx(m) = m - 88 * floor(m / 100) counts months.
with spell as (
  select
    coalesce(p.id_no, s.person_id) as id_no,
    s.last_employer_id as employer_id,
    year(s.leave_date) * 100 + month(s.leave_date) as leave_month,
    coalesce(s.start_month, year(s.reg_date) * 100 + month(s.reg_date), year(s.leave_date) * 100 + month(s.leave_date))
      as claim_month,
    coalesce(s.end_month, 999912) as end_month,
    s.row_key
  from unemp_spell s
  left join v_person p on p.person_id = s.person_id
  where s.last_employer_id is not null
),
recent as (
  select *
  from spell
  where claim_month
    between year(add_months(:as_of, cast(1 - :months as int))) * 100 + month(add_months(:as_of, cast(1 - :months as int))) and :as_of_month
),
job as (
  select r.row_key, r.id_no, r.leave_month, min(e.from_month) as from_month, max(e.to_month) as to_month
  from recent r
  join v_enrol e on e.id_no = r.id_no and e.employer_id = r.employer_id and e.from_month <= r.leave_month
    and e.scheme in ('110', '210')
  group by r.row_key, r.id_no, r.leave_month
),
short_job as (
  select row_key, id_no, from_month, least(to_month, leave_month) as to_month
  from job
  where least(to_month, leave_month) - 88 * cast(floor(least(to_month, leave_month) / 100) as int)
    - (from_month - 88 * cast(floor(from_month / 100) as int)) + 1 between :job_months_min and :job_months_max
),
delivered as (
  select distinct month as at_month from ext_tax_wage
),
waged as (
  select distinct w.id_no, w.month as at_month
  from ext_tax_wage w
  join short_job j on j.id_no = w.id_no
  where w.wage > 0
),
fake as (
  select j.row_key
  from short_job j
  join delivered d on d.at_month between j.from_month and j.to_month
  left join waged w on w.id_no = j.id_no and w.at_month = d.at_month
  group by j.row_key
  having sum(case when w.id_no is null then 1 else 0 end) >= :no_wage_months_min
),
member as (
  select r.employer_id, r.id_no, 1 as claims, case when f.row_key is null then 0 else 1 end as fake
  from recent r
  left join fake f on f.row_key = r.row_key
  union all
  select e.employer_id, e.id_no, 0 as claims, 0 as fake
  from v_enrol e
  where e.scheme in ('110', '210')
    and e.from_month <= :as_of_month
    and e.to_month >= year(add_months(:as_of, cast(1 - :months as int))) * 100 + month(add_months(:as_of, cast(1 - :months as int)))
),
ring as (
  select
    employer_id,
    count(distinct id_no) as n_insured,
    count(distinct case when claims = 1 then id_no end) as n_claimants,
    count(distinct case when fake = 1 then id_no end) as n_fake
  from member
  group by employer_id
)
select
  r.employer_id as subject_id,
  p.benefit_month as month,
  p.amount as amount_fen,
  p.pay_key as ev_benefit_payment,
  r.row_key as ev_unemp_spell,
  p.id_no as person_id_no,
  p.scheme,
  p.item,
  coalesce(e.employer_name, r.employer_id) as employer_name,
  g.n_claimants,
  g.n_insured,
  g.n_fake,
  :months as months
from recent r
join fake f on f.row_key = r.row_key
join ring g on g.employer_id = r.employer_id
  and (g.n_claimants >= :claimants_min or g.n_claimants >= :claimant_share * g.n_insured)
join v_pay p on p.id_no = r.id_no and p.scheme = '210' and p.item not in ('200015', '200016')
  and p.benefit_month between r.claim_month and r.end_month and p.benefit_month <= :as_of_month
left join employer e on e.employer_id = r.employer_id
