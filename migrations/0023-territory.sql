-- depends: 0022-people
-- Territory in each layer alone. What people have said of works, and what they have sent, is read where they hold a
-- role; whoever entered something neither judges nor closes nor reviews what is said of it.

-- Of a pair that lies elsewhere everybody sees that it is there and how it stands (pair_standing), not the words.
ALTER POLICY verdict_read ON verdict USING (
  person_id = (SELECT current_person()) AND EXISTS (SELECT FROM pair x WHERE x.id = pair_id)
  OR EXISTS (SELECT FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
              WHERE x.id = pair_id AND p.region_id = ANY ((SELECT own_regions())::int[])));
ALTER POLICY answer_read ON answer USING (
  EXISTS (SELECT FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
           WHERE x.id = pair_id AND p.region_id = ANY ((SELECT own_regions())::int[])));

-- A file that somebody sent holds what their region wrote down: it is theirs while they work there.
ALTER POLICY upload_read ON upload USING (
  person_id = (SELECT current_person()) AND region_id = ANY ((SELECT own_regions())::int[])
  OR region_id = ANY ((SELECT regions_for('{head,planner,auditor,admin}'))::int[]));

-- Whether a person entered one of these works: as a work, a place, a version of its facts, or in a file of theirs,
-- also where they only corrected it. Versions that making two records one has written are nobody's.
CREATE FUNCTION has_entered(works uuid[], whose uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM project p WHERE p.id = ANY (works) AND p.entered_by = whose)
      OR EXISTS (SELECT FROM site s WHERE s.project_id = ANY (works) AND s.entered_by = whose)
      OR EXISTS (SELECT FROM project_fact f WHERE f.project_id = ANY (works) AND f.recorded_by = whose
                                              AND f.merging_id IS NULL)
      OR EXISTS (SELECT FROM upload_row r JOIN upload u ON u.id = r.upload_id
                  WHERE r.project_id = ANY (works) AND r.outcome IN ('stored', 'updated')
                    AND (u.person_id = whose
                         OR EXISTS (SELECT FROM upload_correction c WHERE c.upload_id = u.id AND c.made_by = whose)))
$$;
DO $$
BEGIN
  EXECUTE format('GRANT SELECT ON upload_correction TO %I', door_role());
END
$$;
SELECT make_door('has_entered(uuid[], uuid)');

CREATE OR REPLACE FUNCTION verdict_by_another_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.verdict <> 'withdrawn'
     AND has_entered((SELECT ARRAY[x.left_project, x.right_project] FROM pair x WHERE x.id = NEW.pair_id), NEW.person_id)
  THEN
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
  IF NEW.kind = 'closed' AND (known.written_by = NEW.person_id
       OR EXISTS (SELECT FROM finding_event e WHERE e.finding_id = known.id AND e.person_id = NEW.person_id
                                                AND e.kind IN ('answered', 'followed_up'))
       OR has_entered(ARRAY(SELECT project_id FROM finding_project WHERE finding_id = known.id), NEW.person_id)) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a finding is closed by another person',
      MESSAGE = 'the person wrote or followed up the finding, or entered one of its works';
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
              WHERE this.id = NEW.working_paper_id AND w.person_id = NEW.person_id)
     OR EXISTS (SELECT FROM working_paper this JOIN pair x ON x.id = this.pair_id OR x.group_id = this.group_id
                 WHERE this.id = NEW.working_paper_id
                   AND has_entered(ARRAY[x.left_project, x.right_project], NEW.person_id)) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a working paper is reviewed by another person',
      MESSAGE = 'the person wrote a version of this paper, or entered one of its works';
  END IF;
  RETURN NEW;
END
$$;
SELECT make_door('verdict_by_another_person()'), make_door('finding_moves()'), make_door('paper_reviewed_by_another()');
