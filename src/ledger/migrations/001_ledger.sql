-- One risk ledger of one unit for one year: what it says now is in risk_point, what it ever said in ledger_version.
CREATE TABLE ledger (
  ledger_id        {id},
  organisation_id  {text} NOT NULL REFERENCES organisation (organisation_id),
  unit_name        {text} NOT NULL,
  year             {int}  NOT NULL CHECK (year BETWEEN 2018 AND 2999),
  state            {text} NOT NULL CHECK (state IN ('draft', 'submitted', 'accepted', 'returned')),
  content_version  {int}  NOT NULL,
  sha256           {text} NOT NULL,
  in_force_version {int},
  in_force_on      {int},
  version          {int}  NOT NULL,
  UNIQUE (organisation_id, year)
) {strict};
CREATE INDEX ledger_year ON ledger (year, organisation_id);

-- Every version, whole, as it was hashed and signed. Never changed.
CREATE TABLE ledger_version (
  ledger_id       {int}  NOT NULL REFERENCES ledger (ledger_id),
  content_version {int}  NOT NULL,
  content         {text} NOT NULL,
  sha256          {text} NOT NULL,
  made_by         {text} NOT NULL,
  made_by_person  {int}  REFERENCES person (person_id),
  made_at         {int}  NOT NULL,
  PRIMARY KEY (ledger_id, content_version)
) {strict};

-- The rows of the current version. A classification that is unknown is NULL.
CREATE TABLE risk_point (
  ledger_id              {int}  NOT NULL REFERENCES ledger (ledger_id),
  row_no                 {int}  NOT NULL,
  node                   {text},
  department             {text} NOT NULL,
  risk                   {text} NOT NULL,
  stage                  {text} CHECK (stage IN ('collection', 'management', 'payment')),
  phase                  {text} CHECK (phase IN ('before', 'during', 'after')),
  origin                 {text} CHECK (origin IN ('internal', 'external')),
  domain                 {text} CHECK (domain IN ('business', 'finance', 'information', 'archive')),
  subject                {text} CHECK (subject IN ('administration', 'agency', 'institution', 'employer', 'individual')),
  likelihood             {int}  CHECK (likelihood BETWEEN 1 AND 5),
  impact                 {int}  CHECK (impact BETWEEN 1 AND 5),
  inherent_score         {int}  CHECK (inherent_score = likelihood * impact),
  direct_name            {text} NOT NULL,
  direct_person          {int}  REFERENCES person (person_id),
  department_head_name   {text} NOT NULL,
  department_head_person {int}  REFERENCES person (person_id),
  unit_head_name         {text} NOT NULL,
  unit_head_person       {int}  REFERENCES person (person_id),
  PRIMARY KEY (ledger_id, row_no)
) {strict};

CREATE TABLE measure_assignment (
  ledger_id {int}  NOT NULL,
  row_no    {int}  NOT NULL,
  line_no   {int}  NOT NULL,
  measure   {text},
  text      {text} NOT NULL,
  PRIMARY KEY (ledger_id, row_no, line_no),
  FOREIGN KEY (ledger_id, row_no) REFERENCES risk_point (ledger_id, row_no)
) {strict};
CREATE INDEX measure_assignment_measure ON measure_assignment (measure);

-- Who signed what: `scope_sha256` is of the rows the signature covers. An edit of them voids it for ever.
CREATE TABLE ledger_signature (
  signature_id    {id},
  ledger_id       {int}  NOT NULL,
  content_version {int}  NOT NULL,
  level           {text} NOT NULL CHECK (level IN ('direct', 'department', 'unit')),
  person_id       {int}  NOT NULL REFERENCES person (person_id),
  person_name     {text} NOT NULL,
  scope_sha256    {text} NOT NULL,
  signed_by       {text} NOT NULL,
  signed_at       {int}  NOT NULL,
  voided_at       {int},
  voided_by       {text},
  FOREIGN KEY (ledger_id, content_version) REFERENCES ledger_version (ledger_id, content_version)
) {strict};
CREATE UNIQUE INDEX ledger_signature_standing ON ledger_signature (ledger_id, level, person_id) WHERE voided_at IS NULL;

-- Each time a ledger went to fund supervision, and what became of it.
CREATE TABLE ledger_submission (
  submission_id   {id},
  ledger_id       {int}  NOT NULL,
  content_version {int}  NOT NULL,
  sha256          {text} NOT NULL,
  submitted_by    {text} NOT NULL,
  submitted_at    {int}  NOT NULL,
  due_on          {int}  NOT NULL,
  outcome         {text} CHECK (outcome IN ('accepted', 'returned')),
  reason          {text},
  decided_by      {text},
  decided_at      {int},
  CHECK ((outcome IS NULL) = (decided_at IS NULL)),
  CHECK (outcome <> 'returned' OR reason IS NOT NULL),
  FOREIGN KEY (ledger_id, content_version) REFERENCES ledger_version (ledger_id, content_version)
) {strict};
CREATE UNIQUE INDEX ledger_submission_open ON ledger_submission (ledger_id) WHERE outcome IS NULL;
