-- Fund supervision decides on a submission as on every other matter. One that still waited for a decision of the older kind
-- goes back to its unit, signed as it is, to be submitted again; the day it was first submitted stays.
ALTER TABLE ledger_submission ADD COLUMN matter_id {int} REFERENCES matter (matter_id);
ALTER TABLE ledger_submission ADD COLUMN withdrawn_at {int};
DROP INDEX ledger_submission_open;
UPDATE ledger_submission SET withdrawn_at = submitted_at WHERE outcome IS NULL;
UPDATE ledger SET state = 'draft' WHERE state = 'submitted';
CREATE UNIQUE INDEX ledger_submission_open ON ledger_submission (ledger_id) WHERE outcome IS NULL AND withdrawn_at IS NULL;
CREATE INDEX ledger_submission_matter ON ledger_submission (matter_id);
