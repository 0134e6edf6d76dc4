-- Who changed which fields of which record, and when: one row for each version of each record. It holds no values.
CREATE TABLE record_change (
  table_name     {text} NOT NULL,
  record_key     {text} NOT NULL,
  version        {int}  NOT NULL CHECK (version >= 1),
  changed_by     {text} NOT NULL,
  changed_at_ms  {int}  NOT NULL,
  changed_fields {text} NOT NULL,
  PRIMARY KEY (table_name, record_key, version)
) {strict};
