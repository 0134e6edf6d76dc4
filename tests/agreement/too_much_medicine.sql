-- MD-05: more than 135 days of supply of one medicine within 90 days. What exceeds is shared among the packages of its day by their days,
-- and of each the fund bore what it bore of the claim.
with dispensed as (
  select coalesce(p.id_no, c.person_id) as id_no, i.item_code, coalesce(cast(i.used_at as date), c.admit_date) as used_on, i.days_supply,
    i.amount, c.pool_pay, c.total, i.row_key
  from medical_item i
  join medical_claim c on c.claim_id = i.claim_id
  left join v_person p on p.person_id = c.person_id
  where i.days_supply > 0 and not coalesce(c.reversed_flag, false)
),
supplied as (
  select *,
    sum(days_supply) over (
      partition by id_no, item_code order by used_on range between interval 89 days preceding and current row
    ) as in_window,
    sum(days_supply) over (partition by id_no, item_code, used_on) as that_day
  from dispensed
)
select id_no as subject_id, mon(used_on) as month,
  cast(round(round(cast(amount as decimal(18, 0)) * cast(round(least(in_window - 135, that_day) / that_day, 6) as decimal(9, 6)))
    * case when total > 0 then cast(round(pool_pay / total, 6) as decimal(9, 6)) else 0 end) as bigint) as amount_fen,
  row_key as key
from supplied
where in_window > 135 and id_no not in (select id_no from listed where model_code = 'MD-05')
