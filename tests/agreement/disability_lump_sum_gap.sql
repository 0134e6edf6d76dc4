-- WI-05: a disability lump sum (400021) that differs by more than a yuan from months by grade times own wage, the wage between 60 % and
-- 300 % of the local average. People with one graded injury only; accidents since 2011.
with injury as (
  select coalesce(p.id_no, i.person_id) as id_no, i.accident_date, i.grade, i.own_wage, i.row_key,
    fen_on('average_wage', null, i.accident_date) as average
  from injury_case i
  left join v_person p on p.person_id = i.person_id
  where i.grade is not null
  qualify count(*) over (partition by coalesce(p.id_no, i.person_id)) = 1
),
due as (
  select id_no, accident_date, row_key,
    least(greatest(own_wage, cast(round(average * 0.6) as bigint)), average * 3)
      * [27, 25, 23, 21, 18, 16, 13, 11, 9, 7][grade] as entitled
  from injury
  where own_wage is not null and grade between 1 and 10 and accident_date >= date '2011-01-01'
    and id_no not in (select id_no from listed where model_code = 'WI-05')
)
select d.id_no as subject_id, mon(d.accident_date) as month, cast(greatest(sum(p.amount) - d.entitled, 0) as bigint) as amount_fen,
  d.row_key as key
from due d
join v_pay p on p.id_no = d.id_no and p.scheme = '410' and p.item = '400021' and p.benefit_month >= mon(d.accident_date)
group by d.id_no, d.accident_date, d.entitled, d.row_key
having abs(sum(p.amount) - d.entitled) > 100
