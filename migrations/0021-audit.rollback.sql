-- The record goes with its tables: export it first (./pantau verify-audit --export FOLDER).
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT t.tgname, t.tgrelid::regclass AS place FROM pg_trigger t WHERE t.tgname LIKE 'zz\_audit\_%' LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.place);
  END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS door FROM pg_proc p
              WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^audit_(insert|update|delete)_of_' LOOP
    EXECUTE format('DROP FUNCTION %s', one.door);
  END LOOP;
END
$$;
DROP FUNCTION audit_table(regclass, text[], text[], text, text[]), note_reading(text, text, text), audit_truncate();
DROP TABLE audit_block, audit_salt, audit;
DROP FUNCTION audit_note(text, text, text, jsonb);
DROP FUNCTION audit_sum(bigint, bigint, xid8, uuid, text, text, text, text, text, jsonb), audit_part(text),
  audit_short(jsonb), audit_salted(text, bytea), audit_stays(), reads_the_record();
