-- EP-21: back-pay of more than twelve months, of more than the limit of review that policy sets (else 100,000 yuan), or at least the second
-- within twelve months; not in a month of a mass adjustment or campaign (E10).
with back_pay as (
  select id_no, scheme, granted_in, backpay_months, backpay_amount, row_key,
    count(*) over (
      partition by id_no, scheme order by month_index(granted_in) range between 11 preceding and current row
    ) as times,
    coalesce(fen_on('backpay_review_amount', null, first_day(granted_in)), 10000000) as limit_fen
  from all_grant
  where backpay_months > 0
)
select b.id_no as subject_id, b.granted_in as month, b.backpay_amount as amount_fen, b.row_key as key
from back_pay b
where (b.backpay_months > 12 or b.backpay_amount > b.limit_fen or b.times >= 2)
  and b.id_no not in (select id_no from listed where model_code = 'EP-21')
  and not exists (
    select 1
    from policy_event v
    where v.kind in ('1', '2') and coalesce(v.scheme = b.scheme, true) and b.granted_in >= mon(v.from_date)
      and coalesce(b.granted_in <= mon(v.to_date), true)
  )
