-- EP-12: employee pension contributions for months since the pension began, or earlier months bought after it was granted. Not those
-- refunded to the same employer, nor those a court or an arbitrator ordered in a named document. In question is what each brought to the
-- personal account.
select b.id_no as subject_id, b.due_month as month, b.to_acct as amount_fen, b.row_key as key
from bill b
join first_grant g on g.id_no = b.id_no and g.scheme = '110'
where b.scheme = '110' and b.paid_in_full and b.levy_type <> '20'
  and (b.due_month >= g.start_month or b.levy_type in ('31', '32', '33') and b.settle_month > g.granted_in)
  and not coalesce(b.doc_basis in ('1', '2') and b.doc_no is not null, false)
  and b.id_no not in (select id_no from listed where model_code = 'EP-12')
  and not exists (
    select 1
    from bill r
    where r.id_no = b.id_no and r.scheme = '110' and r.due_month = b.due_month and r.employer_id = b.employer_id
      and r.levy_type = '20'
  )
