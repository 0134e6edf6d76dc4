-- What several statements share. as_of() is the day of the run.

-- Months are whole numbers, 201811.
create temp macro mon(d) as cast(year(d) * 100 + month(d) as integer);
create temp macro month_index(m) as (m // 100) * 12 + m % 100 - 1;
create temp macro of_index(i) as cast((i // 12) * 100 + i % 12 + 1 as integer);
create temp macro plus_months(m, k) as of_index(month_index(m) + k);

-- Months of one's life: the full years at a day; the month of statutory retirement, a woman's post class W for 50, G for 55.
create temp macro age_on(birth, day) as
  year(day) - year(birth) - case when (month(day), day(day)) < (month(birth), day(birth)) then 1 else 0 end;
create temp macro later_month(birth, years, first_raised, step, most) as plus_months(mon(birth), years * 12 + case
  when month_index(mon(birth)) < month_index(first_raised) then 0
  else least(most, (month_index(mon(birth)) - month_index(first_raised)) // step + 1) end);
create temp macro stat_month(sex, birth, post_class) as case
  when sex = '1' then later_month(birth, 60, 196501, 4, 36)
  when sex = '2' and post_class = 'G' then later_month(birth, 55, 197001, 4, 36)
  when sex = '2' and post_class = 'W' then later_month(birth, 50, 197501, 2, 60) end;

-- What the city's policy said on a day: its own value, else the province's, else the country's. NULL as the scheme: any.
create temp macro policy_on(the_code, the_scheme, day) as (
  select value
  from policy_param
  where code = the_code and coalesce(scheme = the_scheme, true) and region like '%00' and valid_from <= day
    and coalesce(valid_to >= day, true)
  order by case when region = '000000' then 0 when region like '%0000' then 1 else 2 end desc, valid_from desc
  limit 1
);
create temp macro fen_on(the_code, the_scheme, day) as
  cast(cast(policy_on(the_code, the_scheme, day) as decimal(18, 2)) * 100 as bigint);
create temp macro first_day(m) as make_date(m // 100, m % 100, 1);

-- Inpatient visits: hospital stays and births in hospital.
create temp macro is_stay(kind) as kind in ('21', '22', '23', '24', '52');

-- E6: subjects on the exception list: approved by two people, begun and not expired.
create temp view listed as
select distinct subject as id_no, model_code
from (
  select id_no as subject, model_code, from_date, expiry_date, approver_1, approver_2
  from exception_list
  union all
  select subject_id, model_code, from_date, expiry_date, approver_1, approver_2
  from exception_list
  where subject_kind = 'person'
)
where subject <> '' and trim(approver_1) <> '' and trim(approver_2) <> '' and trim(approver_1) <> trim(approver_2)
  and expiry_date >= as_of() and coalesce(from_date <= as_of(), true);

-- Who somebody is: the newest registration of the number, and the birth date that the number itself carries.
create temp view human as
select p.id_no, q.name, q.sex, q.birth_date, q.archive_birth, q.work_start, q.post_class,
  case when regexp_full_match(p.id_no, '[0-9]{17}[0-9X]') then try_cast(try_strptime(p.id_no[7:14], '%Y%m%d') as date) end as id_birth
from v_person p
join person q on q.person_id = p.person_id
qualify row_number() over (partition by p.id_no order by p.person_id desc) = 1;

-- E5: strong signs of life: a face check, a stay in hospital, a border crossing under the same name.
create temp view live_sign as
select p.id_no, 'face' as sign, cast(q.checked_at as date) as seen_on
from qualification_check q
join v_person p on p.person_id = q.person_id
where q.channel = '2' and q.result = '1'
union all
select p.id_no, 'stay', c.admit_date
from medical_claim c
join v_person p on p.person_id = c.person_id
where is_stay(c.kind) and not coalesce(c.reversed_flag, false)
union all
select x.id_no, 'border', cast(x.cross_at as date)
from ext_exit_entry x
join human h on h.id_no = x.id_no
where x.name is null or x.name = h.name;

-- Firm deaths that no later sign of life (E5) speaks against.
create temp view dead as
select d.id_no, d.death_date
from v_death d
left join live_sign s on s.id_no = d.id_no and s.seen_on > d.death_date
where d.firm and s.id_no is null;

-- Pensions month by month: survivors' items (8000xx) are no pension of one's own.
create temp view pension as
select id_no, scheme, item, benefit_month, amount, pay_key
from v_pay
where scheme in ('110', '120', '170') and periodic and not starts_with(item, '8000');

-- Grants; nth 1 is the first of a scheme: it says when and on what terms the benefit began, later ones correct or adjust it.
create temp view all_grant as
select coalesce(p.id_no, g.person_id) as id_no, coalesce(g.grant_month, g.start_month) as granted_in, g.*,
  row_number() over (
    partition by coalesce(p.id_no, g.person_id), g.scheme
    order by coalesce(g.grant_month, g.start_month), g.row_key
  ) as nth
from benefit_grant g
left join v_person p on p.person_id = g.person_id;

create temp view first_grant as
select *
from all_grant
where nth = 1;

-- Rows of contribution bills; due counts below zero for refunds (levy type 20), however they are signed.
create temp view bill as
select coalesce(p.id_no, c.person_id) as id_no, c.scheme, c.due_month, c.settle_month, c.levy_type, c.employer_id,
  coalesce(c.full_flag, false) as paid_in_full,
  case when c.levy_type = '20' then -1 else 1 end * abs(coalesce(c.unit_due, 0) + coalesce(c.person_due, 0)) as due,
  c.to_acct, c.doc_basis, nullif(trim(c.doc_no), '') as doc_no, c.arrive_date,
  coalesce(c.sub_central, 0) + coalesce(c.sub_province, 0) + coalesce(c.sub_city, 0) + coalesce(c.sub_county, 0) as subsidy,
  c.row_key
from contrib_person c
left join v_person p on p.person_id = c.person_id;
