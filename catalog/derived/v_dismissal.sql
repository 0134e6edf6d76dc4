-- reads: ext_estab
-- One row per person and day of dismissal from an establishment, by the earliest roster that tells it.
select
  id_no,
  dismissal_date,
  min(month) as month,
  min(employer) as employer,
  cast(min(recv_at) as date) as recv_date,
  min(row_key) as estab_key
from ext_estab
where dismissal_date is not null
group by id_no, dismissal_date
