-- One hit per payment beyond the first of one (person, scheme, item, month).
-- A row "may differ" if it is one-off, of a back-pay batch, or paid within a mass event (E10): such a row is excess only
-- where another payment of the month has the very same amount. Any second ordinary row is excess whatever its amount.
with crowded as (
  select id_no, scheme, item, benefit_month
  from v_pay_row
  where benefit_month <= :as_of_month
    and item not in ('300011', '400024', '400025', '400026', '500012')
  group by id_no, scheme, item, benefit_month
  having count(*) > 1
),
paid as (
  select
    r.row_key,
    r.id_no,
    r.scheme,
    r.item,
    r.benefit_month,
    r.amount,
    case
      when r.item in ('400013', '800012', '800013', '800014') then coalesce(r.payee_id, r.acct_no, '')
      else ''
    end as survivor,
    case
      when not r.periodic or b.kind = '2' then 1
      when exists (
        select 1
        from policy_event e
        where e.kind in ('1', '2')
          and (e.scheme is null or e.scheme = r.scheme)
          and r.op_date >= e.from_date
          and (e.to_date is null or r.op_date <= e.to_date)
      ) then 1
      else 0
    end as may_differ
  from v_pay_row r
  join crowded c on c.id_no = r.id_no and c.scheme = r.scheme and c.item = r.item
    and c.benefit_month = r.benefit_month
  left join pay_batch b on b.batch_id = r.batch_id
),
repeated as (
  select
    p.*,
    row_number() over (
      partition by p.id_no, p.scheme, p.item, p.benefit_month, p.survivor, p.may_differ
      order by p.row_key nulls last
    ) as nth,
    row_number() over (
      partition by p.id_no, p.scheme, p.item, p.benefit_month, p.survivor, p.amount
      order by p.may_differ nulls last, p.row_key nulls last
    ) as nth_equal
  from paid p
),
one_off as (
  select row_key, id_no, scheme, item, benefit_month, amount, acct_no, op_date
  from v_pay_row
  where benefit_month <= :as_of_month
    and item in ('200014', '400021', '400022', '400023', '800011', '800012', '800014')
),
excess as (
  select row_key
  from repeated
  where nth_equal > 1 or (nth > 1 and may_differ = 0)
  union
  -- A one-off grant keyed twice under different months.
  select later.row_key
  from one_off later
  join one_off earlier on earlier.id_no = later.id_no
    and earlier.scheme = later.scheme
    and earlier.item = later.item
    and earlier.amount = later.amount
    and earlier.acct_no = later.acct_no
    and earlier.benefit_month <> later.benefit_month
    and (earlier.op_date < later.op_date or (earlier.op_date = later.op_date and earlier.row_key < later.row_key))
    and datediff(later.op_date, earlier.op_date) <= :days_max
)
select
  p.id_no as subject_id,
  p.benefit_month as month,
  p.amount as amount_fen,
  p.row_key as ev_benefit_payment,
  p.id_no as person_id_no,
  p.scheme,
  p.item
from v_pay_row p
join excess x on x.row_key = p.row_key
