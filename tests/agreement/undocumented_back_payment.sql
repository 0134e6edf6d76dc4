-- EP-13: 36 months or more of employee pension bought, without a judgment, award, order of inspection or audit (1 to 4) that stands in
-- the archive. Settled since December 2016; not those of a policy campaign (5) with its document (E10). In question is what each
-- brought to the personal account.
with bought as (
  select *
  from bill
  where scheme = '110' and levy_type in ('31', '32', '33') and paid_in_full
),
many as (
  select id_no
  from bought
  group by id_no
  having count(distinct due_month) >= 36
),
filed as (
  select coalesce(p.id_no, c.person_id) as id_no
  from biz_case c
  join archive_file f on f.case_id = c.case_id
  left join v_person p on p.person_id = c.person_id
  where c.biz_type = 'SUP' and f.category = '18' and c.person_id is not null
)
select b.id_no as subject_id, coalesce(b.settle_month, b.due_month) as month, b.to_acct as amount_fen, b.row_key as key
from bought b
join many m on m.id_no = b.id_no
where coalesce(b.settle_month, b.due_month) >= 201612
  and not (coalesce(b.doc_basis, '9') in ('1', '2', '3', '4') and b.id_no in (select id_no from filed))
  and not coalesce(b.doc_basis = '5' and b.doc_no is not null, false)
  and b.id_no not in (select id_no from listed where model_code = 'EP-13')
