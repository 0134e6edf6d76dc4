with act as (
  select l.operator_id, year(l.ts) as year, month(l.ts) as month, l.case_id, l.row_key,
    case when l.biz_type = 'RES' then 1 else 0 end as is_back_pay,
    case when l.biz_type = 'ACC' or l.obj_table = 'person_bank_account' then 1 else 0 end as is_account
  from op_log l
  where l.action in ('C', 'U', 'D', 'A')
    and coalesce(l.result, '1') = '1'
    and cast(l.ts as date) <= :as_of
), step as (
  select s.operator_id, year(s.ts) as year, month(s.ts) as month, s.case_id, s.step, s.row_key,
    coalesce(s.result, '1') as result, c.state, c.row_key as case_key,
    min(case when s.result = '3' then s.ts end) over (partition by s.case_id, s.step) as refused_at, s.ts
  from workflow_step s
  left join biz_case c on c.case_id = s.case_id
  where cast(s.ts as date) <= :as_of
), event as (
  select operator_id, year, month, '1' as kind, is_back_pay as special, case_id, row_key as log_key,
    cast(null as string) as step_key, cast(null as string) as case_key
  from act
  union all
  select operator_id, year, month, '2' as kind, is_account as special, case_id, row_key as log_key,
    cast(null as string) as step_key, cast(null as string) as case_key
  from act
  union all
  select operator_id, year, month, '3' as kind, case when refused_at < ts then 1 else 0 end as special, case_id,
    cast(null as string) as log_key, row_key as step_key, cast(null as string) as case_key
  from step
  where result = '1'
  union all
  select operator_id, year, month, '4' as kind, case when state = '5' then 1 else 0 end as special, case_id,
    cast(null as string) as log_key, cast(null as string) as step_key, case_key
  from step
  where step = 'SL'
), done as (
  select operator_id, year, kind, count(*) as n, cast(sum(special) as bigint) as n_special,
    cast(floor(cast(sum(special) as bigint) * 100000 / count(*)) as bigint) as part,
    max(case when special = 1 then month end) as month,
    min(case when special = 1 then log_key end) as log_key,
    min(case when special = 1 then step_key end) as step_key,
    min(case when special = 1 then case_key end) as case_key
  from event
  group by operator_id, year, kind
  having count(*) >= :acts_min
), holder as (
  select operator_id, agency_id, dept, split_part(replace(posts, ' ', ''), ';', 1) as post from operator
  union
  select operator_id, agency_id, dept, split_part(replace(posts, ' ', ''), ';', 2) as post from operator
  union
  select operator_id, agency_id, dept, split_part(replace(posts, ' ', ''), ';', 3) as post from operator
  union
  select operator_id, agency_id, dept, split_part(replace(posts, ' ', ''), ';', 4) as post from operator
), member as (
  select l.operator_id, l.year, l.kind, l.n, l.n_special, l.part, l.month, l.log_key, l.step_key, l.case_key,
    h.agency_id, h.dept, h.post
  from done l
  join holder h on h.operator_id = l.operator_id
  where h.post <> ''
), peers as (
  select post, year, kind, count(*) as n_peers, cast(sum(part) as bigint) as s, cast(sum(part * part) as bigint) as q
  from member
  group by post, year, kind
  having count(*) >= :peers_min
), desk as (
  select post, agency_id, dept, year, kind, count(*) as n_desk, cast(sum(n) as bigint) as n,
    cast(sum(n_special) as bigint) as n_special
  from member
  group by post, agency_id, dept, year, kind
), measured as (
  select m.operator_id, m.year, m.month, m.kind, m.post, m.n, m.n_special, m.part, m.log_key, m.step_key, m.case_key,
    p.n_peers, p.s, cast(p.s as double) / p.n_peers as mean_part,
    -- (share - mean) / sd with sums of whole numbers: every number is exact up to the one root.
    cast(m.part * p.n_peers - p.s as double)
      / sqrt(cast(p.n_peers * p.q - p.s * p.s as double) * p.n_peers / (p.n_peers - 1)) as z,
    d.n_desk - 1 as n_others, d.n - m.n as others_n, d.n_special - m.n_special as others_special
  from member m
  join peers p on p.post = m.post and p.year = m.year and p.kind = m.kind
  join desk d on d.post = m.post and d.year = m.year and d.kind = m.kind
    and coalesce(d.agency_id, '') = coalesce(m.agency_id, '') and coalesce(d.dept, '') = coalesce(m.dept, '')
  where p.n_peers * p.q > p.s * p.s
), outlier as (
  select o.*, row_number() over (
      partition by o.operator_id, o.year, o.kind order by o.z desc nulls last, o.post nulls first) as place
  from measured o
  where o.z > :z_min
    and o.n_special >= :count_min
    and o.part * o.n_peers >= :share_min_times * o.s
    and o.n_special - o.mean_part * o.n / 100000 > :noise_sd * sqrt(o.mean_part * o.n / 100000)
    and not (o.n_others >= 2 and cast(o.others_special as double) / o.others_n * 200000 >= o.part)
), granted as (
  select e.operator_id, e.year, e.kind, cast(sum(g.fen) as bigint) as fen
  from (select distinct operator_id, year, kind, case_id from event where special = 1 and case_id is not null) e
  join (select distinct operator_id, year, kind from outlier) o
    on o.operator_id = e.operator_id and o.year = e.year and o.kind = e.kind
  join (select case_id, sum(coalesce(granted_amount, 0) + coalesce(backpay_amount, 0)) as fen
        from benefit_grant where case_id is not null group by case_id) g on g.case_id = e.case_id
  group by e.operator_id, e.year, e.kind
)
select
  o.operator_id as subject_id,
  cast(o.year * 100 + o.month as int) as month,
  g.fen as amount_fen,
  o.log_key as ev_op_log,
  o.step_key as ev_workflow_step,
  o.case_key as ev_biz_case,
  o.kind,
  o.post,
  round(cast(o.part as double) / 100000, 4) as share,
  round(o.mean_part / 100000, 4) as mean_share,
  round(o.z, 1) as z,
  o.n_special,
  o.n_peers
from outlier o
left join granted g on g.operator_id = o.operator_id and g.year = o.year and g.kind = o.kind
where o.place = 1
