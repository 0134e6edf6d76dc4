-- One hit per retiree in question of an employer that retires more people than it employs.
-- The median is over the months in which the employer insured anybody, retired persons not counted: a young shell is
-- judged by its own life, and a bankrupt enterprise whose former staff retire one by one has none.
with months as (
  select year(add_months(:as_of, -x.n)) * 100 + month(add_months(:as_of, -x.n)) as at_month
  from (
    select a.d + 10 * b.d as n
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as a(d)
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11)) as b(d)
  ) x
  where x.n < :headcount_months
),
retiree as (
  select g.employer_id, g.id_no, g.grant_month, g.row_key
  from v_grant g
  join employer e on e.employer_id = g.employer_id
  where g.scheme = '110'
    and g.grant_month <= :as_of_month
    and coalesce(g.retire_kind, '2') <> '1'
    and coalesce(e.employer_type, '10') not in ('93', '94')
),
counted as (
  select
    employer_id,
    count(*) as n_all,
    sum(case
      when grant_month >= year(add_months(:as_of, cast(1 - :months as int))) * 100 + month(add_months(:as_of, cast(1 - :months as int))) then 1
      else 0
    end) as n_recent
  from retiree
  group by employer_id
),
insured as (
  select e.employer_id, e.id_no, e.from_month, e.to_month, coalesce(g.start_month, 999912) as retired_from
  from v_enrol e
  join counted c on c.employer_id = e.employer_id
  left join v_grant g on g.id_no = e.id_no and g.scheme = e.scheme
  where e.scheme = '110'
),
monthly as (
  select i.employer_id, m.at_month, count(distinct i.id_no) as n
  from insured i
  join counted c on c.employer_id = i.employer_id and c.n_recent > :grants_min
  join months m on m.at_month between i.from_month and i.to_month and m.at_month < i.retired_from
  group by i.employer_id, m.at_month
),
median as (
  select employer_id, percentile_cont(0.5) within group (order by n) as headcount
  from monthly
  group by employer_id
),
present as (
  select employer_id, count(distinct id_no) as headcount
  from insured
  where :as_of_month between from_month and to_month and :as_of_month < retired_from
  group by employer_id
),
last_wage as (
  select max(month) as at_month from ext_tax_wage where month <= :as_of_month
),
payroll as (
  select e.employer_id, count(distinct w.id_no) as n
  from ext_tax_wage w
  join employer e on e.uscc = w.uscc
  cross join last_wage l
  where w.wage > 0
    and w.month <= l.at_month
    and w.month - 88 * cast(floor(w.month / 100) as int)
      > l.at_month - 88 * cast(floor(l.at_month / 100) as int) - :wage_months
  group by e.employer_id
),
judged as (
  select
    c.employer_id,
    e.employer_name,
    c.n_recent,
    c.n_all,
    cast(round(m.headcount, 1) as double) as median_headcount,
    coalesce(p.headcount, 0) as headcount,
    coalesce(w.n, 0) as n_payroll,
    coalesce(c.n_recent > :grants_min and c.n_recent > :headcount_share * m.headcount, false) as many_recent,
    coalesce(e.uscc is not null and p.headcount > 0 and c.n_all > :retiree_ratio * p.headcount
      and coalesce(w.n, 0) < :payroll_share * p.headcount, false) as few_staff
  from counted c
  join employer e on e.employer_id = c.employer_id
  left join median m on m.employer_id = c.employer_id
  left join present p on p.employer_id = c.employer_id
  left join payroll w on w.employer_id = c.employer_id
),
asked as (
  select r.employer_id, r.id_no, r.grant_month, r.row_key
  from retiree r
  join judged j on j.employer_id = r.employer_id
  where j.few_staff
    or (j.many_recent
      and r.grant_month >= year(add_months(:as_of, cast(1 - :months as int))) * 100 + month(add_months(:as_of, cast(1 - :months as int))))
),
-- What they drew, netted as v_pay nets it: these are few, and v_pay would net the payments of everybody first.
asked_person as (
  select p.person_id, a.id_no
  from asked a
  join v_person p on p.id_no = a.id_no
  union
  select a.id_no as person_id, a.id_no
  from asked a
  where not exists (select 1 from v_person p where p.person_id = a.id_no)
),
netted as (
  select a.id_no, b.item, b.benefit_month, sum(b.amount) as amount
  from asked_person a
  join benefit_payment b on b.person_id = a.person_id
  where b.scheme = '110' and b.benefit_month <= :as_of_month and coalesce(b.result, '1') = '1'
  group by a.id_no, b.item, b.benefit_month
  having sum(b.amount) > 0
),
drawn as (
  select id_no, cast(sum(amount) as bigint) as amount
  from netted
  group by id_no
)
select
  a.employer_id as subject_id,
  a.grant_month as month,
  d.amount as amount_fen,
  a.row_key as ev_benefit_grant,
  j.employer_name,
  cast(j.n_recent as bigint) as n_recent,
  j.n_all,
  coalesce(j.median_headcount, 0) as median_headcount,
  j.headcount,
  j.n_payroll
from asked a
join judged j on j.employer_id = a.employer_id
left join drawn d on d.id_no = a.id_no
