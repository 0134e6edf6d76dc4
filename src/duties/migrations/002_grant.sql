-- Posts and covers that were asked for. The matter that decides one says "grant:<id>" in its `about`; what it brought about stands here
-- once it is approved.
CREATE TABLE grant_request (
  grant_id        {id},
  kind            {text} NOT NULL CHECK (kind IN ('post', 'cover')),
  person_id       {int}  NOT NULL REFERENCES person (person_id),
  account_id      {int},
  organisation_id {text} NOT NULL REFERENCES organisation (organisation_id),
  post            {text} NOT NULL,
  from_at         {int}  NOT NULL,
  to_at           {int},
  control         {text} NOT NULL,
  instead_of      {int}  REFERENCES person (person_id),
  granted         {text},
  version         {int}  NOT NULL,
  CHECK (kind <> 'cover' OR (account_id IS NOT NULL AND to_at IS NOT NULL)),
  FOREIGN KEY (account_id, person_id) REFERENCES account (account_id, person_id)
) {strict};
CREATE INDEX grant_request_person ON grant_request (person_id);
