-- Three ways to look like a seller of affiliations. The share of people without wages gives one hit per such person and
-- month credited; a new business with many insured and a contact shared by many employers give one hit per employer.
-- Wages are judged up to the newest month delivered; a wage from whichever payer is a wage; retired persons left on the
-- books and people insured too briefly to have been taxed are not judged.
with last_wage as (
  select max(month) as at_month from ext_tax_wage where month <= :as_of_month
),
working as (
  select e.employer_id, e.id_no, e.from_month, e.to_month, e.row_key
  from v_enrol e
  join employer u on u.employer_id = e.employer_id and coalesce(u.employer_type, '10') not in ('93', '94')
  left join v_grant g on g.id_no = e.id_no and g.scheme = e.scheme and g.start_month <= :as_of_month
  where e.scheme = '110' and g.id_no is null and e.from_month <= :as_of_month
),
judged as (
  select w.employer_id, w.id_no, min(w.row_key) as row_key
  from working w
  cross join last_wage l
  where w.from_month <= l.at_month and w.to_month >= l.at_month
  group by w.employer_id, w.id_no, l.at_month
  having l.at_month - 88 * cast(floor(l.at_month / 100) as int)
    - (min(w.from_month) - 88 * cast(floor(min(w.from_month) / 100) as int)) + 1 >= :insured_months_min
),
waged as (
  select distinct w.id_no
  from ext_tax_wage w
  cross join last_wage l
  where w.wage > 0
    and w.month <= l.at_month
    and w.month - 88 * cast(floor(w.month / 100) as int)
      > l.at_month - 88 * cast(floor(l.at_month / 100) as int) - :wage_months
),
no_wage as (
  select j.employer_id, j.id_no, j.row_key
  from judged j
  where not exists (select 1 from waged w where w.id_no = j.id_no)
),
counted as (
  select j.employer_id, count(*) as n_insured, sum(case when n.id_no is null then 0 else 1 end) as n_no_wage
  from judged j
  left join no_wage n on n.employer_id = j.employer_id and n.id_no = j.id_no
  group by j.employer_id
),
present as (
  select employer_id, count(distinct id_no) as headcount
  from working
  where to_month >= :as_of_month
  group by employer_id
),
contact as (
  select u.employer_id, 'phone ' || trim(u.legal_phone) as contact
  from employer u
  where length(trim(u.legal_phone)) >= 7
  union
  select u.employer_id, 'phone ' || trim(b.phone) as contact
  from employer u
  join ext_business b on b.uscc = u.uscc
  where length(trim(b.phone)) >= 7
  union
  select u.employer_id, 'addr ' || trim(b.addr) as contact
  from employer u
  join ext_business b on b.uscc = u.uscc
  where length(trim(b.addr)) >= 6
),
sharing as (
  select c.contact, count(*) as n_same
  from contact c
  join present p on p.employer_id = c.employer_id
  group by c.contact
  having count(*) >= :same_contact_min
),
shared as (
  select c.employer_id, max(s.n_same) as n_same
  from contact c
  join sharing s on s.contact = c.contact
  join present p on p.employer_id = c.employer_id
  group by c.employer_id
),
flagged as (
  select
    u.employer_id,
    u.employer_name,
    u.row_key as employer_key,
    b.row_key as business_key,
    coalesce(c.n_insured, 0) as n_insured,
    cast(coalesce(c.n_no_wage, 0) as bigint) as n_no_wage,
    coalesce(s.n_same, 0) as n_same,
    case
      when c.n_insured >= :headcount_min and c.n_no_wage >= :no_wage_share * c.n_insured then 1 else 0
    end as idle,
    case
      when b.reg_date > add_months(:as_of, cast(-:new_months as int)) and p.headcount >= :new_headcount_min then 1 else 0
    end as sudden
  from employer u
  left join counted c on c.employer_id = u.employer_id
  left join present p on p.employer_id = u.employer_id
  left join shared s on s.employer_id = u.employer_id
  left join ext_business b on b.uscc = u.uscc
),
worded as (
  select
    f.*,
    case
      when f.idle = 1 then '多数参保人员无工资申报'
      when f.sudden = 1 then '新注册即大量参保'
      else '与多家单位共用电话或地址'
    end as why_zh,
    case
      when f.idle = 1 then 'insures mostly people without taxed wages'
      when f.sudden = 1 then 'insures many soon after its registration'
      else 'shares its phone or address with many employers'
    end as why_en
  from flagged f
  where f.idle = 1 or f.sudden = 1 or f.n_same > 0
)
select
  w.employer_id as subject_id,
  v.due_month as month,
  v.to_acct as amount_fen,
  n.row_key as ev_enrolment,
  v.contrib_key as ev_contrib_person,
  cast(null as string) as ev_employer,
  cast(null as string) as ev_ext_business,
  n.id_no as person_id_no,
  '110' as scheme,
  w.employer_name,
  w.why_zh,
  w.why_en,
  w.n_insured,
  w.n_no_wage,
  w.n_same
from worded w
join no_wage n on n.employer_id = w.employer_id
cross join last_wage l
left join v_contrib v on v.id_no = n.id_no and v.scheme = '110' and v.employer_id = w.employer_id
  -- The second bound is for speed alone: wages are delivered within a year.
  and v.due_month between
    year(add_months(:as_of, cast(-12 - :wage_months as int))) * 100
      + month(add_months(:as_of, cast(-12 - :wage_months as int)))
    and :as_of_month
  and v.due_month <= l.at_month
  and v.due_month - 88 * cast(floor(v.due_month / 100) as int)
    > l.at_month - 88 * cast(floor(l.at_month / 100) as int) - :wage_months
where w.idle = 1
union all
select
  w.employer_id as subject_id,
  :as_of_month as month,
  cast(null as bigint) as amount_fen,
  cast(null as string) as ev_enrolment,
  cast(null as string) as ev_contrib_person,
  w.employer_key as ev_employer,
  w.business_key as ev_ext_business,
  cast(null as string) as person_id_no,
  cast(null as string) as scheme,
  w.employer_name,
  w.why_zh,
  w.why_en,
  w.n_insured,
  w.n_no_wage,
  w.n_same
from worded w
where w.sudden = 1 or w.n_same > 0
