-- What has to be decided by others than who asks for it.
--
-- A matter goes through rounds: a change of its content begins a new one, and what was decided in earlier rounds counts no
-- more. In one round a person takes one part: that is the key of matter_person, so that not even two requests at the same
-- moment, on two accounts, can let who made a matter decide it, or let one person decide twice.

CREATE TABLE matter (
  matter_id       {id},
  chain           {text} NOT NULL,
  chain_version   {text} NOT NULL,
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  about           {text} NOT NULL,
  content_hash    {text} NOT NULL,
  round           {int}  NOT NULL CHECK (round >= 1),
  step            {int}  NOT NULL CHECK (step >= 0),
  seats_taken     {int}  NOT NULL CHECK (seats_taken >= 0),
  reached_at      {int}  NOT NULL,
  state           {text} NOT NULL CHECK (state IN ('open', 'returned', 'approved', 'rejected', 'withdrawn')),
  version         {int}  NOT NULL
) {strict};
CREATE INDEX matter_of_organisation ON matter (organisation_id);
CREATE INDEX matter_about ON matter (about);

-- Whom a matter is about, by the keyed hash of their ID number: they and their kin take no part in it.
CREATE TABLE matter_subject (
  matter_id   {int}   NOT NULL REFERENCES matter (matter_id),
  id_no_blind {bytes} NOT NULL,
  PRIMARY KEY (matter_id, id_no_blind)
) {strict};

-- maker: wrote or changed the content; handler: worked on it otherwise; decider: decided a step. Makers and handlers stay
-- what they are in every later round. Keys begin with the person: a serializable PostgreSQL locks pages of the index that is
-- read, and people who decide neighbouring matters at once should not meet there.
CREATE TABLE matter_person (
  matter_id {int}  NOT NULL REFERENCES matter (matter_id),
  round     {int}  NOT NULL,
  person_id {int}  NOT NULL REFERENCES person (person_id),
  part      {text} NOT NULL CHECK (part IN ('maker', 'handler', 'decider')),
  post      {text} NOT NULL,
  PRIMARY KEY (person_id, matter_id, round),
  UNIQUE (person_id, matter_id, round, part)
) {strict};
CREATE INDEX matter_person_of_matter ON matter_person (matter_id, round);

-- Each decision, of every round. `part` is always decider: through it the reference says that no maker is here.
CREATE TABLE matter_decision (
  decision_id     {id},
  matter_id       {int}  NOT NULL,
  round           {int}  NOT NULL,
  step            {int}  NOT NULL CHECK (step >= 0),
  step_name       {text} NOT NULL,
  seat            {int}  NOT NULL CHECK (seat >= 1),
  person_id       {int}  NOT NULL,
  part            {text} NOT NULL CHECK (part = 'decider'),
  account_id      {int}  NOT NULL,
  post            {text} NOT NULL,
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  under_cover     {int}  NOT NULL CHECK (under_cover IN (0, 1)),
  verdict         {text} NOT NULL CHECK (verdict IN ('approve', 'reject', 'send_back')),
  opinion         {text} NOT NULL,
  late            {int}  NOT NULL CHECK (late IN (0, 1)),
  content_hash    {text} NOT NULL,
  decided_at      {int}  NOT NULL,
  UNIQUE (matter_id, round, step, seat),
  UNIQUE (matter_id, round, person_id),
  FOREIGN KEY (person_id, matter_id, round, part) REFERENCES matter_person (person_id, matter_id, round, part),
  FOREIGN KEY (account_id, person_id) REFERENCES account (account_id, person_id)
) {strict};
CREATE INDEX matter_decision_person ON matter_decision (person_id);
