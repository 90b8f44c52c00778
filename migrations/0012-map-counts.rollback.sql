DO $$
DECLARE
  of_table text;
BEGIN
  FOREACH of_table IN ARRAY ARRAY['project', 'site', 'pair', 'verdict'] LOOP
    EXECUTE format('DROP TRIGGER keep_map_counts_entered ON %I', of_table);
    EXECUTE format('DROP TRIGGER keep_map_counts_changed ON %I', of_table);
    EXECUTE format('DROP TRIGGER keep_map_counts_removed ON %I', of_table);
  END LOOP;
  EXECUTE format('REVOKE DELETE ON data_change FROM %I', door_role());
END
$$;
DROP FUNCTION keep_map_counts();
DROP FUNCTION map_fold();
DROP FUNCTION map_recount(uuid[]);
DROP FUNCTION map_standing(uuid[]);
DROP FUNCTION pair_flag(pair);
DROP SEQUENCE map_turn;
DROP INDEX pair_with_draft;
DROP TABLE region_count;
DROP TABLE map_count;
DROP TABLE map_project;
CREATE OR REPLACE FUNCTION data_version() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT count(*) FROM data_change
$$;
ALTER TABLE data_change DROP COLUMN changes;
