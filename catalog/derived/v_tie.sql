-- reads: v_person, v_registered, v_case, operator, benefit_grant, benefit_suspend, info_change, person_bank_account, qualification_check, workflow_step
-- One row per way in which an operator has to do with a person, an employer, an account, a business case or an operator's
-- number. handler: they granted, stopped, changed or checked something of theirs, or took a step in their case;
-- shared_phone, shared_address, shared_account: both gave the same; self: it is about themselves. Payments and contributions
-- make no handler: their operators run whole batches.
select distinct
  t.subject_kind,
  t.subject_id,
  o.operator_id,
  trim(o.id_no) as staff_id_no,
  t.ground
from (
  select 'person' as subject_kind, coalesce(p.id_no, h.person_id) as subject_id, h.op_id as operator_id, 'handler' as ground
  from (
    select person_id, op_id from benefit_grant
    union all
    select person_id, op_id from benefit_suspend
    union all
    select person_id, op_id from person_bank_account
    union all
    select person_id, op_id from qualification_check
    union all
    select person_id, op_id from info_change where person_id is not null
  ) h
  left join v_person p on p.person_id = h.person_id
  union all
  select 'person', c.id_no, s.operator_id, 'handler'
  from workflow_step s
  join v_case c on c.case_id = s.case_id
  union all
  select 'case', s.case_id, s.operator_id, 'handler'
  from workflow_step s
  union all
  select 'employer', i.employer_id, i.op_id, 'handler'
  from info_change i
  union all
  select 'account', a.acct_no, a.op_id, 'handler'
  from person_bank_account a
  union all
  select 'person', r.id_no, o.operator_id, 'shared_phone'
  from v_registered r
  join operator o on trim(o.phone) = r.phone
  union all
  select 'person', r.id_no, o.operator_id, 'shared_address'
  from v_registered r
  join operator o on trim(o.addr) = r.addr
  union all
  select 'person', coalesce(p.id_no, a.person_id), o.operator_id, 'shared_account'
  from person_bank_account a
  join operator o on trim(o.acct_no) = a.acct_no
  left join v_person p on p.person_id = a.person_id
  union all
  select 'account', trim(o.acct_no), o.operator_id, 'shared_account'
  from operator o
  union all
  select 'operator', o.operator_id, o.operator_id, 'self'
  from operator o
) t
join operator o on o.operator_id = t.operator_id
where t.subject_id is not null
  and nullif(trim(o.id_no), '') is not null
