-- Work that the program does by itself, when it was asked to or when a calendar says so.

CREATE TABLE schedule (
  schedule_id {id},
  name        {text} NOT NULL,
  kind        {text} NOT NULL CHECK (kind IN ('import', 'detect')),
  work        {text} NOT NULL,
  rule        {text} NOT NULL,
  catch_up    {int}  NOT NULL CHECK (catch_up IN (0, 1)),
  next_due_at {int}  NOT NULL,
  set_by      {text} NOT NULL,
  set_at      {int}  NOT NULL,
  ended_at    {int},
  version     {int}  NOT NULL
) {strict};
CREATE UNIQUE INDEX schedule_in_force ON schedule (name) WHERE ended_at IS NULL;

-- A scheduled job names the moment it was due: once for each, whatever the clock does.
CREATE TABLE job (
  job_id      {id},
  kind        {text} NOT NULL CHECK (kind IN ('import', 'detect')),
  work        {text} NOT NULL,
  state       {text} NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'lost')),
  asked_by    {text} NOT NULL,
  asked_at    {int}  NOT NULL,
  schedule_id {int}  REFERENCES schedule (schedule_id),
  due_at      {int},
  missed      {int}  NOT NULL CHECK (missed >= 0),
  again_of    {int}  REFERENCES job (job_id),
  started_at  {int},
  ended_at    {int},
  exit_code   {int},
  error       {text},
  cancel_by   {text},
  cancel_at   {int},
  result      {text},
  version     {int}  NOT NULL,
  UNIQUE (schedule_id, due_at),
  CHECK ((schedule_id IS NULL) = (due_at IS NULL)),
  CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL))
) {strict};
CREATE INDEX job_state ON job (state, job_id);

-- How far a running job is: what it said last. No record, since nobody changes it but the job.
CREATE TABLE job_progress (
  job_id  {int}  PRIMARY KEY REFERENCES job (job_id),
  step    {text} NOT NULL,
  done    {int}  NOT NULL CHECK (done >= 0),
  total   {int}  NOT NULL CHECK (total >= 0),
  told_at {int}  NOT NULL
) {strict};

-- What was really agreed with a source, in the place of the catalog's template. Without a frequency: the template again.
CREATE TABLE source_agreement (
  source_table {text} PRIMARY KEY,
  frequency    {text} CHECK (frequency IN ('daily', 'weekly', 'monthly', 'quarterly', 'yearly')),
  grace_days   {int}  NOT NULL CHECK (grace_days BETWEEN 0 AND 365),
  document     {text} NOT NULL,
  agreed_on    {int}  NOT NULL,
  set_by       {text} NOT NULL,
  version      {int}  NOT NULL
) {strict};
