-- Answers of writes that named an idempotency key: the same request again gets the same answer and does nothing.
CREATE TABLE api_answer (
  actor           {text} NOT NULL,
  idempotency_key {text} NOT NULL,
  operation       {text} NOT NULL,
  request_hash    {text} NOT NULL,
  status          {int}  NOT NULL,
  etag            {text} NOT NULL,
  location        {text} NOT NULL,
  body            {text} NOT NULL,
  answered_at     {int}  NOT NULL,
  PRIMARY KEY (actor, idempotency_key)
) {strict};
CREATE INDEX api_answer_age ON api_answer (answered_at);
