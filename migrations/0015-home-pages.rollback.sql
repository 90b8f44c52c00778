ALTER POLICY pair_read ON pair
  USING ((SELECT current_person()) IS NOT NULL AND draft_regions <@ (SELECT own_regions())::int[]);
DO $$
DECLARE
  of_table text;
  event text;
BEGIN
  FOR of_table, event IN VALUES
    ('pair', 'insert'), ('pair', 'update'), ('verdict', 'insert'), ('answer', 'insert'), ('project', 'update')
  LOOP
    EXECUTE format('DROP TRIGGER keep_pair_standing_%s ON %I', event, of_table);
  END LOOP;
END
$$;
DROP TRIGGER drop_pair_standing ON pair;
DROP FUNCTION keep_pair_standing(), drop_pair_standing(), pair_restand(bigint[]), pair_stands(bigint[]);
DROP TABLE pair_standing;
DROP INDEX project_entered, verdict_at, answer_at, map_project_flagged, project_dear;
