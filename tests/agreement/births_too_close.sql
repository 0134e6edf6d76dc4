-- MT-02: a birth claimed less than 210 days after another birth of the same person; twins on one day are one birth.
with birth as (
  select coalesce(p.id_no, m.person_id) as id_no, m.event_date, coalesce(m.allowance, 0) + coalesce(m.med_amount, 0) as paid, m.row_key
  from maternity_claim m
  left join v_person p on p.person_id = m.person_id
  where m.event = '1'
)
select b.id_no as subject_id, mon(b.event_date) as month, b.paid as amount_fen, b.row_key as key
from birth b
where b.id_no not in (select id_no from listed where model_code = 'MT-02')
  and exists (
    select 1
    from birth o
    where o.id_no = b.id_no and o.event_date < b.event_date and b.event_date - o.event_date < 210
  )
