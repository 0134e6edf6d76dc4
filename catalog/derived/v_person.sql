-- reads: person
-- One row per person_id. id_no is normalised on import (15 to 18 digits, upper case); empty text counts as unknown.
select
  person_id,
  coalesce(nullif(trim(id_no), ''), person_id) as id_no,
  name,
  sex,
  birth_date,
  nullif(trim(addr), '') as addr,
  row_key
from person
