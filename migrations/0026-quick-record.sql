-- depends: 0025-planned-once
-- The record costs less: what it says and what is summed stay as they were, byte for byte. Keys of forms are let go.

-- The length as text: joined as a number (|| of which is not immutable) it kept PostgreSQL from writing this function
-- into the queries that use it. It was called ten times for each record, and planned ten times in each statement.
CREATE OR REPLACE FUNCTION audit_part(part text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(octet_length(part)::text || ':' || part, '-')
$$;

-- The content of a record is worked out once: without a barrier PostgreSQL did so for the condition and once more. Here
-- in what writes the triggers, and in each that it has written.
DO $$
DECLARE
  before CONSTANT text := E') c\n                 WHERE c.content <> ';
  one record;
BEGIN
  FOR one IN SELECT p.oid::regproc AS name, pg_get_functiondef(p.oid) AS written FROM pg_proc p
              WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^audit_(table$|(insert|update|delete)_of_)'
  LOOP
    IF strpos(one.written, before) = 0 THEN
      RAISE EXCEPTION 'the function % does not write records as it did', one.name;
    END IF;
    EXECUTE replace(one.written, before, ' OFFSET 0' || before);
  END LOOP;
END
$$;

-- Keys of forms are let go after 180 days. A phone's token ends after 90: what was sent in the last hour of one is sent
-- again under the next one at most, and whoever comes back later than that finds the matcher instead.
CREATE INDEX sent_form_at ON sent_form (at);
CREATE FUNCTION prune_sent_forms() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sent_form WHERE (person_id, key) IN (
    SELECT person_id, key FROM sent_form WHERE at < now() - interval '180 days' ORDER BY at LIMIT 10000)
$$;
SELECT make_door('prune_sent_forms()');
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, DELETE ON sent_form TO %I', door_role());
END
$$;
