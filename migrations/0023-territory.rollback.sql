ALTER POLICY verdict_read ON verdict USING (EXISTS (SELECT FROM pair x WHERE x.id = pair_id));
ALTER POLICY answer_read ON answer USING (EXISTS (SELECT FROM pair x WHERE x.id = pair_id));
ALTER POLICY upload_read ON upload USING (
  person_id = (SELECT current_person()) OR region_id = ANY ((SELECT regions_for('{head,planner,auditor,admin}'))::int[]));
CREATE OR REPLACE FUNCTION verdict_by_another_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.verdict <> 'withdrawn' AND EXISTS (
       SELECT FROM pair x
        WHERE x.id = NEW.pair_id
          AND (EXISTS (SELECT FROM project p WHERE p.id IN (x.left_project, x.right_project)
                        AND p.entered_by = NEW.person_id)
               OR EXISTS (SELECT FROM site s WHERE s.project_id IN (x.left_project, x.right_project)
                           AND s.entered_by = NEW.person_id)
               OR EXISTS (SELECT FROM project_fact f WHERE f.project_id IN (x.left_project, x.right_project)
                           AND f.recorded_by = NEW.person_id AND f.merging_id IS NULL))) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a verdict is given by another person',
      MESSAGE = 'the person entered one of the two works';
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE FUNCTION finding_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  known finding;
BEGIN
  SELECT * INTO STRICT known FROM finding WHERE id = NEW.finding_id FOR UPDATE;
  IF NOT coalesce(NEW.kind = ANY (CASE known.state
       WHEN 'open' THEN '{answered,followed_up}' WHEN 'answered' THEN '{answered,followed_up}'
       WHEN 'followed_up' THEN '{answered,followed_up,closed,reopened}' WHEN 'closed' THEN '{reopened}'
       END::text[]), false) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a finding is followed up before it is closed',
      MESSAGE = 'not from this state';
  END IF;
  IF NEW.kind = 'closed' AND (known.written_by = NEW.person_id OR EXISTS (
       SELECT FROM finding_event e WHERE e.finding_id = known.id AND e.person_id = NEW.person_id
                                     AND e.kind IN ('answered', 'followed_up'))) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a finding is closed by another person',
      MESSAGE = 'the person wrote or followed up the finding';
  END IF;
  UPDATE finding SET state = CASE NEW.kind WHEN 'reopened' THEN 'open'
           WHEN 'answered' THEN CASE known.state WHEN 'followed_up' THEN 'followed_up' ELSE 'answered' END
           ELSE NEW.kind END WHERE id = known.id;
  RETURN NEW;
END
$$;
CREATE OR REPLACE FUNCTION paper_reviewed_by_another() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM working_paper this JOIN working_paper w
                ON (w.pair_id = this.pair_id OR w.group_id = this.group_id) AND w.version <= this.version
              WHERE this.id = NEW.working_paper_id AND w.person_id = NEW.person_id) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a working paper is reviewed by another person',
      MESSAGE = 'the person wrote a version of this paper';
  END IF;
  RETURN NEW;
END
$$;
SELECT make_door('verdict_by_another_person()'), make_door('finding_moves()'), make_door('paper_reviewed_by_another()');
DROP FUNCTION has_entered(uuid[], uuid);
DO $$
BEGIN
  EXECUTE format('REVOKE SELECT ON upload_correction FROM %I', door_role());
END
$$;
