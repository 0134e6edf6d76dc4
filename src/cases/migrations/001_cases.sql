-- What people do with leads. A run keeps leads as the program found them; here is one row for each, brought up to date from the
-- current runs, and what became of it. A row nobody has acted on has version 0; acts of people count from 1.

-- Leads of one subject, worked on together until they are closed.
CREATE TABLE case_file (
  case_id            {id},
  number             {text}  NOT NULL UNIQUE,
  subject_kind       {text}  NOT NULL,
  subject_shown      {text}  NOT NULL,
  subject_blind      {bytes} NOT NULL,
  organisation_id    {text}  NOT NULL REFERENCES organisation (organisation_id),
  state              {text}  NOT NULL,
  state_before       {text},
  verifier_person    {int}   REFERENCES person (person_id),
  opened_at          {int}   NOT NULL,
  dispatched_at      {int},
  concluded_at       {int},
  closed_at          {int},
  due_on             {int}   NOT NULL,
  due_weekends_only  {int}   NOT NULL CHECK (due_weekends_only IN (0, 1)),
  suspended_at       {int},
  suspended_until_on {int},
  days_left          {int},
  matter_id          {int}   REFERENCES matter (matter_id),
  reopened_times     {int}   NOT NULL CHECK (reopened_times >= 0),
  version            {int}   NOT NULL,
  CHECK ((state = 'suspended') = (state_before IS NOT NULL)),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL))
) {strict};
-- One open case a subject.
CREATE UNIQUE INDEX case_file_open_subject ON case_file (subject_blind) WHERE state <> 'closed';
CREATE INDEX case_file_subject ON case_file (subject_blind);
CREATE INDEX case_file_due ON case_file (organisation_id, state, due_on, case_id);
CREATE INDEX case_file_verifier ON case_file (verifier_person);

-- month_from and month_to are YYYYMM, 0 if none. due_on is 9999-12-31 where nothing is due. queue_key is the place in the queue
-- as one text: expected amount and score downwards, then due day, then id.
CREATE TABLE lead (
  lead_id            {text}  PRIMARY KEY,
  code               {text}  NOT NULL,
  detection          {text}  NOT NULL,
  severity           {text}  NOT NULL CHECK (severity IN ('high', 'medium', 'low')),
  score_tenths       {int}   NOT NULL,
  verify_within_days {int}   NOT NULL,
  subject_kind       {text}  NOT NULL,
  subject_shown      {text}  NOT NULL,
  subject_blind      {bytes} NOT NULL,
  month_from         {int}   NOT NULL,
  month_to           {int}   NOT NULL,
  amount_kind        {text}  NOT NULL CHECK (amount_kind IN ('recoverable', 'difference', 'exposure')),
  amount_fen         {int}   NOT NULL,
  n_hits             {int}   NOT NULL,
  expected_fen       {int}   NOT NULL,
  first_run          {text}  NOT NULL,
  last_run           {text}  NOT NULL,
  found_at           {int}   NOT NULL,
  change             {text}  NOT NULL CHECK (change IN ('first', 'fresh', 'grown', 'shrunk', 'same', 'gone')),
  present            {int}   NOT NULL CHECK (present IN (0, 1)),
  state              {text}  NOT NULL,
  organisation_id    {text}  NOT NULL REFERENCES organisation (organisation_id),
  case_id            {int}   REFERENCES case_file (case_id),
  due_on             {int}   NOT NULL,
  due_weekends_only  {int}   NOT NULL CHECK (due_weekends_only IN (0, 1)),
  matter_id          {int}   REFERENCES matter (matter_id),
  result             {text}  CHECK (result IN ('confirmed', 'partly', 'unfounded', 'unverifiable')),
  confirmed_fen      {int}   CHECK (confirmed_fen >= 0),
  ended_at           {int},
  reopened_times     {int}   NOT NULL CHECK (reopened_times >= 0),
  queue_key          {text}  NOT NULL,
  version            {int}   NOT NULL,
  CHECK ((state IN ('closed', 'dismissed')) = (ended_at IS NOT NULL))
) {strict};
CREATE INDEX lead_queue ON lead (organisation_id, state, queue_key);
CREATE INDEX lead_score ON lead (organisation_id, state, score_tenths, lead_id);
CREATE INDEX lead_amount ON lead (organisation_id, state, amount_fen, lead_id);
CREATE INDEX lead_due ON lead (organisation_id, state, due_on, lead_id);
CREATE INDEX lead_code ON lead (code, state, queue_key);
CREATE INDEX lead_case ON lead (case_id);
CREATE INDEX lead_subject ON lead (subject_blind);

-- How many leads there are of each kind, and their money: the sum over the rows of a kind. Each act adds a row of differences
-- instead of changing one, so that two acts at once do not stand in each other's way; they are folded together now and then.
CREATE TABLE lead_count (
  count_id        {id},
  organisation_id {text} NOT NULL,
  state           {text} NOT NULL,
  code            {text} NOT NULL,
  severity        {text} NOT NULL,
  leads           {int}  NOT NULL,
  amount_fen      {int}  NOT NULL,
  expected_fen    {int}  NOT NULL
) {strict};
CREATE INDEX lead_count_place ON lead_count (organisation_id, state);

-- What came and went in each month, in the same way: stock at the end of a month is the sum of all before.
CREATE TABLE lead_flow (
  flow_id         {id},
  month           {int}  NOT NULL,
  organisation_id {text} NOT NULL,
  kind            {text} NOT NULL CHECK (kind IN ('found', 'reopened', 'regrown', 'moved_in', 'moved_out', 'closed', 'dismissed')),
  leads           {int}  NOT NULL,
  amount_fen      {int}  NOT NULL
) {strict};
CREATE INDEX lead_flow_place ON lead_flow (organisation_id, month);

-- Which run of each detection the leads were brought up to date from; unfinished: it was cut off and is gone through again.
CREATE TABLE lead_run (
  code        {text} PRIMARY KEY,
  run_id      {text} NOT NULL,
  finished    {int}  NOT NULL CHECK (finished IN (0, 1)),
  added       {int}  NOT NULL,
  changed     {int}  NOT NULL,
  gone        {int}  NOT NULL,
  reopened    {int}  NOT NULL,
  precision_mille {int},
  at          {int}  NOT NULL
) {strict};

-- How the concluded leads of each detection ended, summed.
CREATE TABLE detection_outcome (
  code         {text} PRIMARY KEY,
  confirmed    {int}  NOT NULL CHECK (confirmed >= 0),
  partly       {int}  NOT NULL CHECK (partly >= 0),
  unfounded    {int}  NOT NULL CHECK (unfounded >= 0),
  unverifiable {int}  NOT NULL CHECK (unverifiable >= 0)
) {strict};

-- Every transition and what else was done, of a case, of a lead, or of a lead in a case. Never changed.
CREATE TABLE case_event (
  event_id    {id},
  case_id     {int}  REFERENCES case_file (case_id),
  lead_id     {text} REFERENCES lead (lead_id),
  act         {text} NOT NULL,
  from_state  {text},
  to_state    {text},
  person_id   {int}  REFERENCES person (person_id),
  done_by     {text} NOT NULL,
  post        {text} NOT NULL,
  reason      {text} NOT NULL,
  document_id {int},
  at          {int}  NOT NULL,
  CHECK (case_id IS NOT NULL OR lead_id IS NOT NULL)
) {strict};
CREATE INDEX case_event_case ON case_event (case_id);
CREATE INDEX case_event_lead ON case_event (lead_id);

-- Papers of a case: a file kept elsewhere under its SHA-256, or a text made here, whose SHA-256 it is.
CREATE TABLE case_document (
  document_id    {id},
  case_id        {int}  NOT NULL REFERENCES case_file (case_id),
  kind           {text} NOT NULL,
  number         {text} NOT NULL,
  sha256         {text} NOT NULL,
  text           {text},
  made_by        {text} NOT NULL,
  made_by_person {int}  REFERENCES person (person_id),
  made_at        {int}  NOT NULL,
  UNIQUE (case_id, number)
) {strict};
CREATE INDEX case_document_sha256 ON case_document (sha256);

-- Who stands aside in a case, and why.
CREATE TABLE case_recusal (
  recusal_id  {id},
  case_id     {int}  NOT NULL REFERENCES case_file (case_id),
  person_id   {int}  NOT NULL REFERENCES person (person_id),
  ground      {text} NOT NULL CHECK (ground IN ('handler', 'kin', 'kin_of_handler', 'shared_phone', 'shared_account', 'shared_address', 'other')),
  source      {text} NOT NULL CHECK (source IN ('declared', 'found')),
  reason      {text} NOT NULL,
  entered_by  {text} NOT NULL,
  entered_at  {int}  NOT NULL,
  UNIQUE (case_id, person_id, ground)
) {strict};

-- What is put to a matter's decision, in words: whose hash the matter carries.
CREATE TABLE case_proposal (
  matter_id      {int}  PRIMARY KEY REFERENCES matter (matter_id),
  kind           {text} NOT NULL CHECK (kind IN ('conclusion', 'closing', 'dismissal')),
  case_id        {int}  REFERENCES case_file (case_id),
  lead_id        {text} REFERENCES lead (lead_id),
  content        {text} NOT NULL,
  content_hash   {text} NOT NULL,
  made_by_person {int}  NOT NULL REFERENCES person (person_id),
  made_at        {int}  NOT NULL,
  outcome        {text} CHECK (outcome IN ('approved', 'rejected', 'withdrawn')),
  CHECK ((case_id IS NULL) <> (lead_id IS NULL))
) {strict};
CREATE INDEX case_proposal_case ON case_proposal (case_id);
CREATE INDEX case_proposal_lead ON case_proposal (lead_id);
