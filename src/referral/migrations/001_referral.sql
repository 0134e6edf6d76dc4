-- A case that is handed to the police, or whose clue goes to the supervisory organ, and each thing that happened to it.
CREATE TABLE referral (
  referral_id     {id},
  number          {text} NOT NULL UNIQUE,
  case_id         {int}  NOT NULL REFERENCES case_file (case_id),
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  offence         {text} NOT NULL,
  subject_kind    {text} NOT NULL CHECK (subject_kind IN ('individual', 'employer', 'institution', 'agency', 'official')),
  persons         {int}  NOT NULL CHECK (persons >= 1),
  amount_fen      {int}  NOT NULL CHECK (amount_fen >= 0),
  aggravated      {int}  NOT NULL CHECK (aggravated IN (0, 1)),
  addressee       {text} NOT NULL,
  facts           {text} NOT NULL,
  items           {text} NOT NULL,
  assessment      {text} NOT NULL CHECK (assessment IN ('must_assess', 'near', 'no')),
  first_officer   {int}  NOT NULL REFERENCES person (person_id),
  second_officer  {int}  NOT NULL REFERENCES person (person_id),
  content_hash    {text} NOT NULL,
  matter_id       {int}  NOT NULL UNIQUE REFERENCES matter (matter_id),
  state           {text} NOT NULL,
  over            {int}  NOT NULL CHECK (over IN (0, 1)),
  version         {int}  NOT NULL,
  CHECK (first_officer <> second_officer)
) {strict};
-- One at a time for a case.
CREATE UNIQUE INDEX referral_open ON referral (case_id) WHERE over = 0;
CREATE INDEX referral_case ON referral (case_id);
CREATE INDEX referral_organisation ON referral (organisation_id, over);

-- Never changed. happened_at is when it happened, told_at when somebody said so.
CREATE TABLE referral_event (
  event_id    {id},
  referral_id {int}  NOT NULL REFERENCES referral (referral_id),
  event       {text} NOT NULL,
  happened_at {int}  NOT NULL,
  document    {text} NOT NULL,
  file_sha256 {text},
  note        {text} NOT NULL,
  person_id   {int}  NOT NULL REFERENCES person (person_id),
  made_by     {text} NOT NULL,
  told_at     {int}  NOT NULL CHECK (told_at >= happened_at)
) {strict};
CREATE INDEX referral_event_referral ON referral_event (referral_id);
