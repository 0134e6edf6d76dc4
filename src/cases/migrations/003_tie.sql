-- Who works the core system and has to do with a subject, as the data say; both by the keyed hash of their number. Found again
-- whenever leads are taken in. Whether such a person works at this desk shows when somebody acts.
CREATE TABLE subject_tie (
  subject_blind {bytes} NOT NULL,
  staff_blind   {bytes} NOT NULL,
  ground        {text}  NOT NULL CHECK (ground IN ('self', 'handler', 'kin', 'kin_of_handler', 'shared_phone', 'shared_account', 'shared_address')),
  found_at      {int}   NOT NULL,
  PRIMARY KEY (subject_blind, staff_blind, ground)
) {strict};
