-- Organisations, who works in them, their accounts, and the posts they hold.

CREATE TABLE organisation (
  organisation_id {text} PRIMARY KEY,
  parent_id       {text} REFERENCES organisation (organisation_id),
  name_zh         {text} NOT NULL,
  name_en         {text} NOT NULL,
  kind            {text} NOT NULL CHECK (kind IN ('bureau', 'division', 'district', 'agency', 'centre')),
  side            {text} NOT NULL CHECK (side IN ('policy', 'handling', 'information', 'supervision')),
  region_code     {text} NOT NULL,
  valid_from_on   {int}  NOT NULL,
  valid_to_on     {int}  CHECK (valid_to_on >= valid_from_on),
  version         {int}  NOT NULL,
  CHECK (parent_id <> organisation_id)
) {strict};
CREATE INDEX organisation_parent ON organisation (parent_id);

-- One row for one human being, whatever number of accounts they have.
CREATE TABLE person (
  person_id       {id},
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  name            {text} NOT NULL,
  staff_kind      {text} NOT NULL CHECK (staff_kind IN ('own', 'vendor')),
  left_on         {int},
  version         {int}  NOT NULL
) {strict};

-- What identifies them: keyed hashes to compare by, and ciphertexts. The key lies outside the database.
CREATE TABLE person_identity (
  person_id       {int}   PRIMARY KEY REFERENCES person (person_id),
  id_no_blind     {bytes} NOT NULL UNIQUE,
  id_no_sealed    {bytes} NOT NULL,
  phone_sealed    {bytes},
  bank_account_blind {bytes}
) {strict};

-- Kin of a person, by the keyed hash of the other's ID number, whether or not they work here.
CREATE TABLE kinship (
  person_id       {int}   NOT NULL REFERENCES person (person_id),
  kin_id_no_blind {bytes} NOT NULL,
  relation        {text}  NOT NULL CHECK (relation IN ('spouse', 'parent', 'child', 'sibling', 'in_law', 'other')),
  declared_at     {int}   NOT NULL,
  declared_by     {text}  NOT NULL,
  PRIMARY KEY (person_id, kin_id_no_blind)
) {strict};
CREATE INDEX kinship_kin ON kinship (kin_id_no_blind);

-- One row that tells whether the key at hand is the one this database was filled with.
CREATE TABLE identity_key (
  only_row    {int}   PRIMARY KEY CHECK (only_row = 1),
  fingerprint {bytes} NOT NULL
) {strict};

CREATE TABLE account (
  account_id      {id},
  person_id       {int}  NOT NULL REFERENCES person (person_id),
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  login           {text} NOT NULL UNIQUE,
  disabled        {int}  NOT NULL CHECK (disabled IN (0, 1)),
  valid_from_at   {int}  NOT NULL,
  valid_to_at     {int},
  version         {int}  NOT NULL,
  UNIQUE (account_id, person_id)
) {strict};
CREATE INDEX account_person ON account (person_id);

-- Posts, seals and keys held, from a moment up to but not including another. Without an account: a seal or key that
-- is held in person.
CREATE TABLE post_holding (
  holding_id      {id},
  person_id       {int}  NOT NULL REFERENCES person (person_id),
  account_id      {int},
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  post            {text} NOT NULL,
  held_from_at    {int}  NOT NULL,
  held_to_at      {int}  CHECK (held_to_at >= held_from_at),
  granted_by      {text} NOT NULL,
  approved_by     {text} NOT NULL,
  control         {text},
  version         {int}  NOT NULL,
  FOREIGN KEY (account_id, person_id) REFERENCES account (account_id, person_id)
) {strict};
CREATE INDEX post_holding_person ON post_holding (person_id);
CREATE INDEX post_holding_account ON post_holding (account_id);

-- Temporary cover of a post: 30 days at most.
CREATE TABLE post_cover (
  cover_id        {id},
  person_id       {int}  NOT NULL REFERENCES person (person_id),
  account_id      {int}  NOT NULL,
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  post            {text} NOT NULL,
  instead_of      {int}  REFERENCES person (person_id),
  starts_at       {int}  NOT NULL,
  ends_at         {int}  NOT NULL CHECK (ends_at >= starts_at AND ends_at - starts_at <= 2592000000),
  granted_by      {text} NOT NULL,
  approved_by     {text} NOT NULL,
  control         {text},
  version         {int}  NOT NULL,
  FOREIGN KEY (account_id, person_id) REFERENCES account (account_id, person_id)
) {strict};
CREATE INDEX post_cover_person ON post_cover (person_id);
