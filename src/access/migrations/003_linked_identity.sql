-- Logins at a provider of the authority's own (OpenID Connect): whoever the provider calls `subject` is this account. An
-- administrator links them; nothing is made by itself.
CREATE TABLE linked_identity (
  issuer     {text} NOT NULL,
  subject    {text} NOT NULL,
  account_id {int}  NOT NULL REFERENCES account (account_id),
  linked_by  {text} NOT NULL,
  linked_at  {int}  NOT NULL,
  PRIMARY KEY (issuer, subject)
) {strict};
CREATE INDEX linked_identity_account ON linked_identity (account_id);

-- How a session was begun: by the desk's own password, which may have to be changed first, or at a provider.
ALTER TABLE session ADD COLUMN begun_by {text} NOT NULL DEFAULT 'password' CHECK (begun_by IN ('password', 'oidc'));
