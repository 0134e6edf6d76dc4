with paper as (
  select f.file_hash, f.row_key, f.category, f.case_id, c.row_key as case_key, c.accepted_at,
    coalesce(p.id_no, c.person_id) as who,
    row_number() over (partition by f.file_hash, f.case_id order by f.row_key nulls first) as nth
  from archive_file f
  join biz_case c on c.case_id = f.case_id
  left join person p on p.person_id = c.person_id
  where c.person_id is not null
    and cast(c.accepted_at as date) <= :as_of
), shared as (
  select file_hash, count(distinct who) as n_persons, count(distinct case_id) as n_cases
  from paper
  group by file_hash
  having count(distinct who) > 1
), granted as (
  select case_id, cast(sum(coalesce(granted_amount, 0) + coalesce(backpay_amount, 0)) as bigint) as fen
  from benefit_grant
  where case_id is not null
  group by case_id
)
select
  p.file_hash as subject_id,
  year(p.accepted_at) * 100 + month(p.accepted_at) as month,
  case when p.nth = 1 then g.fen end as amount_fen,
  p.row_key as ev_archive_file,
  p.case_key as ev_biz_case,
  p.category,
  p.case_id,
  s.n_persons,
  s.n_cases
from paper p
join shared s on s.file_hash = p.file_hash
left join granted g on g.case_id = p.case_id
