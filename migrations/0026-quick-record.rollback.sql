DROP FUNCTION prune_sent_forms();
DROP INDEX sent_form_at;
DO $$
BEGIN
  EXECUTE format('REVOKE SELECT, DELETE ON sent_form FROM %I', door_role());
END
$$;
DO $$
DECLARE
  before CONSTANT text := E') c\n                 WHERE c.content <> ';
  one record;
BEGIN
  FOR one IN SELECT pg_get_functiondef(p.oid) AS written FROM pg_proc p
              WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^audit_(table$|(insert|update|delete)_of_)'
  LOOP
    EXECUTE replace(one.written, ' OFFSET 0' || before, before);
  END LOOP;
END
$$;
CREATE OR REPLACE FUNCTION audit_part(part text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(octet_length(part) || ':' || part, '-')
$$;
