-- EP-14: a granted employee pension that differs from the formula of 国发〔2005〕38号 by more than a yuan and 0.5 %. What is too much
-- counts for each month drawn; months of age between the table's ages are interpolated.
with granted as (
  select g.id_no, g.start_month, g.granted_amount, g.avg_index, g.total_months, coalesce(g.deemed_months, 0) as deemed_months,
    coalesce(g.deemed_index, 1) as deemed_index, g.acct_at_retire, g.row_key,
    least(greatest(month_index(mon(g.retire_date)) - month_index(mon(h.birth_date)), 480), 840) as age_months
  from first_grant g
  join human h on h.id_no = g.id_no
  where g.scheme = '110' and g.retire_kind in ('2', '6', '7') and g.start_month >= 200601
    and g.id_no not in (select id_no from listed where model_code = 'EP-14')
),
policy as (
  select start_month, fen_on('average_wage', '110', first_day(start_month)) as wage,
    cast(policy_on('transit_rate', '110', first_day(start_month)) as double) as rate
  from (select distinct start_month from granted)
),
divisors as (
  select [233, 230, 226, 223, 220, 216, 212, 208, 204, 199, 195, 190, 185, 180, 175, 170, 164, 158, 152, 145, 139, 132, 125, 117, 109,
    101, 93, 84, 75, 65, 56, 56] as months
),
computed as (
  select g.*,
    cast(round(
      p.wage * (1 + cast(g.avg_index as double)) / 2 * g.total_months / 12 * 0.01
      + p.wage * cast(g.deemed_index as double) * g.deemed_months / 12 * p.rate
      + g.acct_at_retire / (d.months[g.age_months // 12 - 39]
        - (d.months[g.age_months // 12 - 39] - d.months[g.age_months // 12 - 38]) * (g.age_months % 12) / 12)) as bigint) as formula
  from granted g
  join policy p on p.start_month = g.start_month
  cross join divisors d
),
wrong as (
  select *
  from computed
  where abs(granted_amount - formula) > greatest(100, round(cast(formula as decimal(18, 0)) * 0.005))
),
drawn as (
  select w.row_key, count(distinct p.benefit_month) as months
  from wrong w
  join pension p on p.id_no = w.id_no and p.scheme = '110' and p.benefit_month >= w.start_month
  group by w.row_key
)
select w.id_no as subject_id, w.start_month as month, greatest(w.granted_amount - w.formula, 0) * coalesce(d.months, 0) as amount_fen,
  w.row_key as key
from wrong w
left join drawn d on d.row_key = w.row_key
