-- reads: biz_case, policy_param
-- One row per case and category of papers that its business type needed on the day it was accepted: the rows of policy_param
-- whose code is required_paper.<business type>.<category> and whose value is 1, of whatever scheme and region.
select c.case_id, split_part(p.code, '.', 3) as category, min(p.row_key) as param_key
from policy_param p
join biz_case c on c.biz_type = split_part(p.code, '.', 2)
  and p.valid_from <= cast(c.accepted_at as date)
  and coalesce(p.valid_to, cast('9999-12-31' as date)) >= cast(c.accepted_at as date)
where p.code like 'required_paper.%' and p.value = '1'
group by c.case_id, split_part(p.code, '.', 3)
