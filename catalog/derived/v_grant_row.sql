-- reads: v_person, benefit_grant, policy_event
-- One row per grant, with the person's number; first_one marks the first grant of a person and scheme, which decides
-- when and on what terms the benefit began: later ones correct or adjust it (as in v_grant). in_campaign: granted in a
-- month of a mass adjustment or back-payment (policy_event kinds 1 and 2).
select
  coalesce(p.id_no, g.person_id) as id_no,
  g.scheme,
  coalesce(g.grant_month, g.start_month) as grant_month,
  g.start_month,
  g.retire_kind,
  g.retire_date,
  g.deemed_months,
  g.actual_months,
  g.gap_months,
  g.total_months,
  g.special_type,
  g.special_job_months,
  g.acct_at_retire,
  g.avg_index,
  g.deemed_index,
  g.acct_setup,
  g.base_pension,
  g.transit_pension,
  g.acct_pension,
  g.divisor,
  g.granted_amount,
  g.backpay_months,
  g.backpay_amount,
  g.case_id,
  g.op_id,
  g.check_id,
  g.approve_id,
  row_number() over (
    partition by coalesce(p.id_no, g.person_id), g.scheme
    order by coalesce(g.grant_month, g.start_month) nulls last, g.row_key nulls last
  ) = 1 as first_one,
  c.row_key is not null as in_campaign,
  g.row_key
from benefit_grant g
left join v_person p on p.person_id = g.person_id
left join (
  select distinct b.row_key
  from benefit_grant b
  join policy_event v on coalesce(v.scheme, b.scheme) = b.scheme
    and coalesce(b.grant_month, b.start_month) >= year(v.from_date) * 100 + month(v.from_date)
    and (v.to_date is null or coalesce(b.grant_month, b.start_month) <= year(v.to_date) * 100 + month(v.to_date))
  where v.kind in ('1', '2')
) c on c.row_key = g.row_key
