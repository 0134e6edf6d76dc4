select
  r.acct_id as subject_id,
  r.month,
  abs(r.amount) as amount_fen,
  r.row_key as ev_recon_item,
  b.row_key as ev_bank_account,
  r.side,
  r.opened,
  datediff(:as_of, r.opened) as open_days,
  r.reason
from recon_item r
left join bank_account b on b.acct_id = r.acct_id
where (r.cleared is null or r.cleared > :as_of)
  and datediff(:as_of, r.opened) > :open_days_max
  and not regexp_like(coalesce(r.reason, ''), :freeze_words)
