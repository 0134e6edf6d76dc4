-- A file that people gave to the desk, under the hash of its bytes; the bytes lie beside the database. Never changed.
CREATE TABLE kept_file (
  sha256  {text} NOT NULL PRIMARY KEY CHECK (length(sha256) = 64),
  bytes   {int}  NOT NULL CHECK (bytes > 0),
  media   {text} NOT NULL CHECK (media IN ('pdf', 'png', 'jpeg', 'docx', 'xlsx', 'text', 'zip', 'ofd')),
  kept_at {int}  NOT NULL
) {strict};

-- Who gave it, under what name: two people may give the same bytes.
CREATE TABLE given_file (
  sha256   {text} NOT NULL REFERENCES kept_file (sha256),
  given_by {text} NOT NULL,
  name     {text} NOT NULL,
  given_at {int}  NOT NULL,
  PRIMARY KEY (given_by, sha256)
) {strict};
CREATE INDEX given_file_of ON given_file (sha256);
