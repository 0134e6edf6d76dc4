-- What is done about a finding: disposals, money that is due, orders to put right and to change, who answers for it, letters.

-- A paper that disposes of a lead, or (no lead) of all leads of a case. Withdrawn, never changed.
CREATE TABLE disposal (
  disposal_id      {id},
  case_id          {int}  NOT NULL REFERENCES case_file (case_id),
  lead_id          {text} REFERENCES lead (lead_id),
  kind             {text} NOT NULL CHECK (kind IN ('stop_payment', 'correction', 'order_to_return', 'repayment_agreement', 'referral',
                                                   'rectification_opinion', 'none_needed')),
  document         {text} NOT NULL,
  file_sha256      {text},
  amount_fen       {int}  NOT NULL CHECK (amount_fen >= 0),
  grounds          {text} NOT NULL,
  made_by          {text} NOT NULL,
  made_by_person   {int}  NOT NULL REFERENCES person (person_id),
  post             {text} NOT NULL,
  made_at          {int}  NOT NULL,
  withdrawn_at     {int},
  withdrawn_reason {text},
  version          {int}  NOT NULL,
  CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
) {strict};
CREATE INDEX disposal_case ON disposal (case_id);

-- What somebody owes because of a case. settled_fen and interest_settled_fen are the sums of the lines that stand: kept here so
-- that no two acts at once can settle more than is due.
CREATE TABLE recovery (
  recovery_id          {id},
  case_id              {int}  NOT NULL REFERENCES case_file (case_id),
  debtor               {text} NOT NULL CHECK (debtor IN ('person', 'employer', 'institution', 'agency')),
  debtor_shown         {text} NOT NULL,
  basis                {text} NOT NULL,
  due_fen              {int}  NOT NULL CHECK (due_fen > 0),
  due_on               {int}  NOT NULL,
  interest             {text} NOT NULL,
  settled_fen          {int}  NOT NULL CHECK (settled_fen >= 0),
  interest_settled_fen {int}  NOT NULL CHECK (interest_settled_fen >= 0),
  plan_no              {int}  NOT NULL CHECK (plan_no >= 0),
  plan_document        {text} NOT NULL,
  plan_covers_fen      {int}  NOT NULL CHECK (plan_covers_fen >= 0),
  made_by              {text} NOT NULL,
  made_by_person       {int}  NOT NULL REFERENCES person (person_id),
  made_at              {int}  NOT NULL,
  version              {int}  NOT NULL,
  CHECK (settled_fen <= due_fen)
) {strict};
CREATE INDEX recovery_case ON recovery (case_id);

-- What was agreed to be paid when. Plans before the newest stay to be seen.
CREATE TABLE recovery_instalment (
  recovery_id {int} NOT NULL REFERENCES recovery (recovery_id),
  plan_no     {int} NOT NULL CHECK (plan_no >= 1),
  part_no     {int} NOT NULL CHECK (part_no >= 1),
  due_on      {int} NOT NULL,
  amount_fen  {int} NOT NULL CHECK (amount_fen > 0),
  PRIMARY KEY (recovery_id, plan_no, part_no)
) {strict};

-- Something to be given up, once its matter is approved.
CREATE TABLE write_off (
  write_off_id  {id},
  recovery_id   {int}  NOT NULL REFERENCES recovery (recovery_id),
  matter_id     {int}  NOT NULL UNIQUE REFERENCES matter (matter_id),
  part          {text} NOT NULL CHECK (part IN ('principal', 'interest')),
  amount_fen    {int}  NOT NULL CHECK (amount_fen > 0),
  grounds       {text} NOT NULL,
  content_hash  {text} NOT NULL,
  state         {text} NOT NULL CHECK (state IN ('asked', 'approved', 'rejected', 'withdrawn')),
  version       {int}  NOT NULL
) {strict};
CREATE UNIQUE INDEX write_off_open ON write_off (recovery_id) WHERE state = 'asked';

-- What settles it. A written-off line has the matter that allowed it, and no other line has one.
CREATE TABLE recovery_line (
  line_id         {id},
  recovery_id     {int}  NOT NULL REFERENCES recovery (recovery_id),
  kind            {text} NOT NULL CHECK (kind IN ('received', 'offset', 'written_off')),
  part            {text} NOT NULL CHECK (part IN ('principal', 'interest')),
  amount_fen      {int}  NOT NULL CHECK (amount_fen > 0),
  happened_on     {int}  NOT NULL,
  document        {text} NOT NULL,
  matter_id       {int}  UNIQUE REFERENCES write_off (matter_id),
  by_person       {int}  NOT NULL REFERENCES person (person_id),
  made_by         {text} NOT NULL,
  made_at         {int}  NOT NULL,
  reversed_at     {int},
  reversed_reason {text},
  CHECK ((kind = 'written_off') = (matter_id IS NOT NULL)),
  CHECK ((reversed_at IS NULL) = (reversed_reason IS NULL)),
  CHECK (kind <> 'written_off' OR reversed_at IS NULL)
) {strict};
CREATE INDEX recovery_line_recovery ON recovery_line (recovery_id);

-- What has to be put right (rectification), and what has to change so that it cannot happen again (mechanism).
CREATE TABLE remedy (
  remedy_id          {id},
  case_id            {int}  NOT NULL REFERENCES case_file (case_id),
  kind               {text} NOT NULL CHECK (kind IN ('rectification', 'mechanism')),
  means              {text} CHECK (means IN ('regulation', 'control')),
  organisation_id    {text} NOT NULL REFERENCES organisation (organisation_id),
  owner_person       {int}  NOT NULL REFERENCES person (person_id),
  what               {text} NOT NULL,
  document           {text} NOT NULL,
  due_on             {int}  NOT NULL,
  state              {text} NOT NULL CHECK (state IN ('ordered', 'reported', 'checked', 'withdrawn')),
  report             {text} NOT NULL,
  evidence           {text} NOT NULL,
  reference          {text} NOT NULL,
  content_hash       {text} NOT NULL,
  matter_id          {int}  REFERENCES matter (matter_id),
  ordered_by_person  {int}  NOT NULL REFERENCES person (person_id),
  ordered_at         {int}  NOT NULL,
  reported_by_person {int}  REFERENCES person (person_id),
  reported_at        {int},
  checked_at         {int},
  withdrawn_reason   {text},
  version            {int}  NOT NULL,
  CHECK ((kind = 'mechanism') = (means IS NOT NULL)),
  CHECK ((state = 'checked') = (checked_at IS NOT NULL)),
  CHECK (state NOT IN ('reported', 'checked') OR matter_id IS NOT NULL)
) {strict};
CREATE INDEX remedy_case ON remedy (case_id);
CREATE INDEX remedy_organisation ON remedy (organisation_id, state, due_on);
CREATE UNIQUE INDEX remedy_matter ON remedy (matter_id);

-- Who answers for a loss, and what was decided on them by whoever may.
CREATE TABLE accountability (
  accountability_id   {id},
  case_id             {int}  NOT NULL REFERENCES case_file (case_id),
  person_id           {int}  NOT NULL REFERENCES person (person_id),
  role                {text} NOT NULL CHECK (role IN ('unit_head', 'department_head', 'direct')),
  ground              {text} NOT NULL,
  loss_fen            {int}  NOT NULL CHECK (loss_fen >= 0),
  proposed_by_person  {int}  NOT NULL REFERENCES person (person_id),
  proposed_at         {int}  NOT NULL,
  measure             {text},
  document            {text},
  file_sha256         {text},
  decided_on          {int},
  recorded_by_person  {int}  REFERENCES person (person_id),
  version             {int}  NOT NULL,
  CHECK (proposed_by_person <> person_id),
  CHECK (recorded_by_person IS NULL OR (recorded_by_person <> person_id AND recorded_by_person <> proposed_by_person)),
  CHECK ((decided_on IS NULL) = (measure IS NULL) AND (decided_on IS NULL) = (document IS NULL) AND
         (decided_on IS NULL) = (recorded_by_person IS NULL))
) {strict};
CREATE INDEX accountability_case ON accountability (case_id);

-- Letters that ask others (协查函), and what they answered.
CREATE TABLE case_request (
  request_id         {id},
  case_id            {int}  NOT NULL REFERENCES case_file (case_id),
  organisation_id    {text} NOT NULL REFERENCES organisation (organisation_id),
  to_organisation_id {text} REFERENCES organisation (organisation_id),
  to_department      {text},
  number             {text} NOT NULL,
  question           {text} NOT NULL,
  working_days       {int}  NOT NULL CHECK (working_days BETWEEN 1 AND 250),
  due_on             {int}  NOT NULL,
  state              {text} NOT NULL CHECK (state IN ('waiting', 'answered', 'withdrawn')),
  sent_by_person     {int}  NOT NULL REFERENCES person (person_id),
  sent_at            {int}  NOT NULL,
  answer             {text} NOT NULL,
  answer_document    {text} NOT NULL,
  file_sha256        {text},
  answered_at        {int},
  answered_by_person {int}  REFERENCES person (person_id),
  withdrawn_reason   {text},
  version            {int}  NOT NULL,
  CHECK ((to_organisation_id IS NULL) <> (to_department IS NULL)),
  CHECK ((state = 'answered') = (answered_at IS NOT NULL)),
  CHECK ((state = 'withdrawn') = (withdrawn_reason IS NOT NULL))
) {strict};
CREATE INDEX case_request_case ON case_request (case_id);
CREATE INDEX case_request_due ON case_request (state, due_on);
