-- reads: v_person, medical_claim, medical_item
-- One row per medicine dispensed: an item of a claim that says for how many days it suffices, or whose category is a
-- medicine (09 western, 10 herbal, 11 Chinese patent), of claims not taken back.
select
  coalesce(p.id_no, m.person_id) as id_no,
  m.scheme,
  m.inst_id,
  coalesce(cast(i.used_at as date), m.admit_date) as used_date,
  i.item_code,
  i.cat,
  i.qty,
  i.amount,
  i.days_supply,
  i.claim_id,
  i.row_key
from medical_item i
join medical_claim m on m.claim_id = i.claim_id
left join v_person p on p.person_id = m.person_id
where (i.days_supply > 0 or i.cat in ('09', '10', '11')) and not coalesce(m.reversed_flag, false)
