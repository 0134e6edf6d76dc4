-- EP-11: an employee pension that began since July 2011 on fewer contribution months than the law of that year asks: 180, from 2030 on six
-- more each year up to 240. In question is all that was drawn.
with short as (
  select id_no, start_month, row_key
  from first_grant
  where scheme = '110' and retire_kind in ('2', '6', '7') and start_month >= 201107
    and total_months < 180 + 6 * least(greatest(start_month // 100 - 2029, 0), 10)
    and id_no not in (select id_no from listed where model_code = 'EP-11')
)
select s.id_no as subject_id, s.start_month as month, cast(coalesce(sum(p.amount), 0) as bigint) as amount_fen, s.row_key as key
from short s
left join pension p on p.id_no = s.id_no and p.scheme = '110' and p.benefit_month >= s.start_month
group by s.id_no, s.start_month, s.row_key
