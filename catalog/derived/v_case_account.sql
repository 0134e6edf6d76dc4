-- reads: biz_case, person_bank_account
-- One row per case and bank account that its person has used.
select distinct c.case_id, a.acct_no, cast(a.from_t as date) as from_date, cast(a.to_t as date) as to_date, a.row_key
from biz_case c
join person_bank_account a on a.person_id = c.person_id
