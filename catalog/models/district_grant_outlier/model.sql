-- One hit per class of comparable grants of a district whose mean lies above its peers'. Each class (year, sex, months,
-- index) is compared with the same class of all other districts, where those have peers_min grants and their spread is not
-- zero (E9); the differences are then added up over the district, which must have peers_min grants compared itself.
-- With n own grants of sum s, peers' n_p, mean m and spread d:  z = sum((s - n m) / d) / sqrt(sum(n + n^2 / n_p)).
-- Sums are whole numbers and terms rounded before they are added, so that no order of rows shows.
with comparable as (
  select
    g.region_code,
    cast(floor(g.start_month / 100) as int) as start_year,
    coalesce(p.sex, '0') as sex,
    cast(floor(g.total_months / :class_months) as int) as months_class,
    -- whole millionths: 1.2 / 0.2 as fractions would fall just short of 6
    cast(floor(cast(g.avg_index * 1000000 as bigint) / cast(:class_index * 1000000 as bigint)) as int) as index_class,
    g.start_month,
    g.granted_amount as granted,
    g.row_key
  from benefit_grant g
  left join v_person p on p.person_id = g.person_id
  where g.scheme = '110'
    and g.retire_kind = '2'
    and g.granted_amount > 0
    and g.total_months is not null
    and g.avg_index is not null
    and g.region_code is not null
    and g.start_month
      between year(add_months(:as_of, cast(1 - :months as int))) * 100 + month(add_months(:as_of, cast(1 - :months as int))) and :as_of_month
),
own as (
  select
    region_code,
    start_year,
    sex,
    months_class,
    index_class,
    count(*) as n,
    cast(sum(granted) as bigint) as total,
    sum(cast(granted * granted as decimal(38, 0))) as squares,
    max(granted) as highest,
    max(start_month) as last_month
  from comparable
  group by region_code, start_year, sex, months_class, index_class
),
city as (
  select
    start_year,
    sex,
    months_class,
    index_class,
    cast(sum(n) as bigint) as n,
    cast(sum(total) as bigint) as total,
    sum(squares) as squares
  from own
  group by start_year, sex, months_class, index_class
),
peers as (
  select
    o.region_code,
    o.start_year,
    o.sex,
    o.months_class,
    o.index_class,
    o.n,
    o.total,
    o.highest,
    o.last_month,
    c.n - o.n as n_peers,
    cast(c.total - o.total as double) / (c.n - o.n) as mean_peers,
    (cast(c.squares - o.squares as double)
      - cast(c.total - o.total as double) * cast(c.total - o.total as double) / (c.n - o.n)) / (c.n - o.n - 1)
      as variance_peers
  from own o
  join city c on c.start_year = o.start_year and c.sex = o.sex and c.months_class = o.months_class
    and c.index_class = o.index_class
  where c.n - o.n >= :peers_min and c.n - o.n >= 2
),
compared as (
  select
    *,
    cast(round((cast(total as double) - n * mean_peers) / sqrt(variance_peers), 6) as decimal(28, 6)) as above,
    cast(round(n + cast(n as double) * n / n_peers, 6) as decimal(28, 6)) as spread,
    cast(round(n * mean_peers, 2) as decimal(28, 2)) as expected
  from peers
  -- Below one fen squared the peers are all equal, but for the last digit of the arithmetic.
  where variance_peers >= 1
),
district as (
  select
    region_code,
    cast(sum(n) as bigint) as n_compared,
    cast(sum(above) as double) / sqrt(cast(sum(spread) as double)) as z,
    (cast(sum(total) as double) - cast(sum(expected) as double)) / cast(sum(expected) as double) as gap
  from compared
  group by region_code
)
select
  c.region_code as subject_id,
  c.last_month as month,
  c.total as amount_fen,
  min(g.row_key) as ev_benefit_grant,
  d.n_compared,
  cast(round(d.z, 1) as double) as z,
  cast(round(d.gap, 4) as double) as gap
from compared c
join district d on d.region_code = c.region_code
join comparable g on g.region_code = c.region_code and g.start_year = c.start_year and g.sex = c.sex
  and g.months_class = c.months_class and g.index_class = c.index_class and g.granted = c.highest
where d.n_compared >= :peers_min
  and d.z > :z_min
  and d.gap >= :gap_min
  and c.above > 0
group by c.region_code, c.start_year, c.sex, c.months_class, c.index_class, c.total, c.last_month, d.n_compared, d.z, d.gap
