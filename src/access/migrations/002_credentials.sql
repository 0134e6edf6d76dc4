-- How accounts prove who they are. Tokens are random; only their SHA-256 lies here.

CREATE TABLE account_password (
  account_id  {int}  PRIMARY KEY REFERENCES account (account_id),
  hash        {text} NOT NULL,
  set_at      {int}  NOT NULL,
  must_change {int}  NOT NULL CHECK (must_change IN (0, 1)),
  expires_at  {int}
) {strict};

-- Hashes of passwords an account had before, so that none comes back at once.
CREATE TABLE account_password_before (
  position   {id},
  account_id {int}  NOT NULL REFERENCES account (account_id),
  hash       {text} NOT NULL
) {strict};
CREATE INDEX account_password_before_account ON account_password_before (account_id);

-- Attempts that did not succeed, by the hash of the login as it was typed, whether or not there is such an account:
-- otherwise the delay would tell which logins exist.
CREATE TABLE login_failure (
  login_sha256 {bytes} PRIMARY KEY,
  failures     {int}   NOT NULL,
  last_at      {int}   NOT NULL,
  allowed_at   {int}   NOT NULL
) {strict};
CREATE INDEX login_failure_last ON login_failure (last_at);

CREATE TABLE session (
  session_id    {id},
  token_sha256  {bytes} NOT NULL UNIQUE,
  account_id    {int}   NOT NULL REFERENCES account (account_id),
  address       {text}  NOT NULL,
  started_at    {int}   NOT NULL,
  last_seen_at  {int}   NOT NULL,
  ends_at       {int}   NOT NULL,
  ended_at      {int},
  ended_by      {text},
  failures_before {int} NOT NULL
) {strict};
CREATE INDEX session_account ON session (account_id);

CREATE TABLE api_token (
  token_id     {id},
  token_sha256 {bytes} NOT NULL UNIQUE,
  account_id   {int}   NOT NULL REFERENCES account (account_id),
  name         {text}  NOT NULL,
  scopes       {text}  NOT NULL,
  made_at      {int}   NOT NULL,
  made_by      {text}  NOT NULL,
  ends_at      {int}   NOT NULL,
  ended_at     {int},
  ended_by     {text},
  last_used_at {int}
) {strict};
CREATE INDEX api_token_account ON api_token (account_id);
