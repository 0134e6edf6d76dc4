-- One hit per payment of a month on an account that served too many persons in it.
-- Items that may lawfully go to an employer, an institution or the medical fund say nothing about persons sharing cards.
with paid as (
  select id_no, benefit_month, amount, acct_no, payee_rel, row_key
  from v_pay_row
  where benefit_month
      between year(add_months(:as_of, cast(1 - :months_back as int))) * 100 + month(add_months(:as_of, cast(1 - :months_back as int)))
      and :as_of_month
    and acct_no is not null
    and item not in ('200013', '200016', '300011', '400024', '400025', '400026', '500011', '500012')
),
shared as (
  select
    acct_no,
    benefit_month,
    count(distinct id_no) as n_ids,
    -- spouse, son, daughter, parent
    max(case when payee_rel in ('1', '2', '3', '5') then 1 else 0 end) as kin
  from paid
  group by acct_no, benefit_month
)
select
  p.acct_no as subject_id,
  p.benefit_month as month,
  p.amount as amount_fen,
  p.row_key as ev_benefit_payment,
  s.n_ids
from paid p
join shared s on s.acct_no = p.acct_no and s.benefit_month = p.benefit_month
where s.n_ids >= :ids_min or (s.n_ids = 2 and s.kin = 0)
