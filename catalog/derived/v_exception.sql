-- reads: exception_list
-- One row per subject that an entry of the exception list speaks of: by kind and id, and a person also by ID number.
-- approved: two different people approved it.
select
  x.subject_kind,
  x.subject_id,
  x.model_code,
  x.from_date,
  x.expiry_date,
  x.approver_1,
  x.approver_2,
  coalesce(trim(x.approver_1) <> '' and trim(x.approver_2) <> '' and trim(x.approver_1) <> trim(x.approver_2), false)
    as approved,
  x.doc_no,
  x.reason,
  x.row_key
from (
  select
    subject_kind,
    subject_id,
    model_code,
    from_date,
    expiry_date,
    approver_1,
    approver_2,
    doc_no,
    reason,
    row_key
  from exception_list
  where subject_id <> '' and (subject_kind <> 'person' or coalesce(id_no, '') <> subject_id)
  union all
  select
    'person' as subject_kind,
    id_no as subject_id,
    model_code,
    from_date,
    expiry_date,
    approver_1,
    approver_2,
    doc_no,
    reason,
    row_key
  from exception_list
  where id_no <> ''
) x
