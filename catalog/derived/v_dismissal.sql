-- reads: v_person, ext_estab
-- One row per person and day of dismissal from an establishment, by the earliest roster that tells it. A roster counts only if
-- its name, where it gives one, is the registered name (identity, E1).
select
  p.id_no,
  e.dismissal_date,
  min(e.month) as month,
  min(e.employer) as employer,
  cast(min(e.recv_at) as date) as recv_date,
  min(e.row_key) as estab_key
from ext_estab e
join v_person p on p.id_no = e.id_no and (e.name is null or trim(e.name) = trim(p.name))
where e.dismissal_date is not null
group by p.id_no, e.dismissal_date
