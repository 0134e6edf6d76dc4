-- MD-06: from the twentieth visit or purchase within thirty days on; or one that brings a medicine which within thirty days five
-- institutions or more dispensed. Illness treated in courses (tumours, dialysis) does not count.
with claim as (
  select coalesce(p.id_no, c.person_id) as id_no, c.claim_id, c.kind, c.inst_id, c.admit_date, c.dx_code, c.pool_pay, c.row_key
  from medical_claim c
  left join v_person p on p.person_id = c.person_id
  where not coalesce(c.reversed_flag, false)
),
visit as (
  select *, count(*) over (partition by id_no order by admit_date range between interval 29 days preceding and current row) as visits
  from claim
  where kind in ('11', '13', '14', '41')
),
dispensed as (
  select c.id_no, c.inst_id, c.claim_id, i.item_code, coalesce(cast(i.used_at as date), c.admit_date) as used_on
  from medical_item i
  join claim c on c.claim_id = i.claim_id
  where i.days_supply > 0 or i.cat in ('09', '10', '11')
),
-- Whoever got a medicine from fewer than five institutions at all need not be looked at.
wide as (
  select id_no, item_code
  from dispensed
  group by id_no, item_code
  having count(distinct inst_id) >= 5
),
shopped as (
  select d.claim_id
  from dispensed d
  join wide w on w.id_no = d.id_no and w.item_code = d.item_code
  qualify count(distinct d.inst_id) over (
    partition by d.id_no, d.item_code order by d.used_on range between interval 29 days preceding and current row
  ) >= 5
)
select v.id_no as subject_id, mon(v.admit_date) as month, v.pool_pay as amount_fen, v.row_key as key
from visit v
where (v.visits >= 20 or v.claim_id in (select claim_id from shopped))
  and not coalesce(regexp_matches(v.dx_code, '^(C[0-9]|D0|D3[7-9]|D4[0-8]|N18|Z49|Z51)'), false)
  and v.id_no not in (select id_no from listed where model_code = 'MD-06')
