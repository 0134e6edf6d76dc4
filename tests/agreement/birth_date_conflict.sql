-- EP-07: a normal pension granted by a birth date in the file that differs from the ID's, before the pension age by the ID, with no form
-- (认定表) that decides between the two. In question is what was paid up to the pension age.
with early as (
  select g.id_no, g.start_month, g.row_key, stat_month(h.sex, h.id_birth, coalesce(h.post_class, 'W')) as due
  from first_grant g
  join human h on h.id_no = g.id_no
  where g.scheme = '110' and g.retire_kind = '2' and h.id_birth <> h.archive_birth
    and mon(g.retire_date) < stat_month(h.sex, h.id_birth, coalesce(h.post_class, 'W'))
    and g.id_no not in (select id_no from listed where model_code = 'EP-07')
    and g.id_no not in (
      select coalesce(p.id_no, c.person_id)
      from biz_case c
      join archive_file f on f.case_id = c.case_id
      left join v_person p on p.person_id = c.person_id
      where c.biz_type in ('PEN', 'CHG') and f.title like '%认定表%' and c.person_id is not null
    )
)
select e.id_no as subject_id, e.start_month as month, cast(coalesce(sum(p.amount), 0) as bigint) as amount_fen, e.row_key as key
from early e
left join pension p on p.id_no = e.id_no and p.scheme = '110' and p.benefit_month between e.start_month and e.due
group by e.id_no, e.start_month, e.row_key
