-- Acts that were told and do not stand in the log yet; each row came with the change it tells of, in one transaction.
CREATE TABLE journal_outbox (
  position  {id},
  outbox_id {text} NOT NULL UNIQUE,
  told_at   {int}  NOT NULL,
  act       {text} NOT NULL
) {strict};

-- One row: of which log, and how many entries of it were there when rows were last taken out. No row that is still
-- here stands in an entry below that number.
CREATE TABLE journal_outbox_mark (
  one        {int}  PRIMARY KEY CHECK (one = 1),
  log_origin {text} NOT NULL,
  entries    {int}  NOT NULL CHECK (entries >= 0)
) {strict};

-- Migrations that an act has told of.
CREATE TABLE journal_told_migration (
  owner  {text} NOT NULL,
  number {int}  NOT NULL,
  PRIMARY KEY (owner, number)
) {strict};
