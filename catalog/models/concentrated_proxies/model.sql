-- One hit per payment of a resident pension that a proxy of many took for somebody else.
with proxied as (
  select id_no, benefit_month, amount, payee_id, row_key
  from v_pay_row
  where scheme = '170'
    and benefit_month
      between year(add_months(:as_of, cast(1 - :months_back as int))) * 100 + month(add_months(:as_of, cast(1 - :months_back as int)))
      and :as_of_month
    and payee_id is not null
    and payee_id <> id_no
),
proxy as (
  select payee_id, benefit_month, count(distinct id_no) as n_ids
  from proxied
  group by payee_id, benefit_month
  having count(distinct id_no) >= :ids_min
)
select
  p.payee_id as subject_id,
  p.benefit_month as month,
  p.amount as amount_fen,
  p.row_key as ev_benefit_payment,
  x.n_ids
from proxied p
join proxy x on x.payee_id = p.payee_id and x.benefit_month = p.benefit_month
