-- The desk database of a program that had only the store's own tables, with one change noted in it.
CREATE TABLE schema_version (owner TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL, PRIMARY KEY (owner, number)) STRICT;
INSERT INTO schema_version VALUES ('store', 1, 'record_change',
  '56d612d404478ca394b8d1e67792d5872a63b4747206058279d3219cda721689', 1543536000000);
CREATE TABLE record_change (
  table_name     TEXT NOT NULL,
  record_key     TEXT NOT NULL,
  version        INTEGER  NOT NULL CHECK (version >= 1),
  changed_by     TEXT NOT NULL,
  changed_at_ms  INTEGER  NOT NULL,
  changed_fields TEXT NOT NULL,
  PRIMARY KEY (table_name, record_key, version)
) STRICT;
INSERT INTO record_change VALUES ('schema_version', 'store', 1, 'actor:1', 1543536000000, 'name');
