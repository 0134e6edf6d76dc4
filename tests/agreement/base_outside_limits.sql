-- CC-02: a contribution base below the floor or above the ceiling of its month. Owed is what the part missing to the floor would have
-- brought at the rates of that month.
with policy as (
  select due_month, fen_on('base_floor', '110', first_day(due_month)) as floor_fen,
    fen_on('base_ceiling', '110', first_day(due_month)) as ceiling_fen,
    cast(policy_on('unit_rate', '110', first_day(due_month)) as decimal(9, 6))
      + cast(policy_on('person_rate', '110', first_day(due_month)) as decimal(9, 6)) as rate
  from (select distinct due_month from v_contrib where scheme = '110')
)
select c.id_no as subject_id, c.due_month as month,
  cast(round(greatest(p.floor_fen - c.base, 0) * p.rate) as bigint) as amount_fen, c.contrib_key as key
from v_contrib c
join policy p on p.due_month = c.due_month
where c.scheme = '110' and (c.base < p.floor_fen or c.base > p.ceiling_fen)
  and c.id_no not in (select id_no from listed where model_code = 'CC-02')
