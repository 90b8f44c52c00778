DROP TRIGGER pass_merged_site_on ON site;
DROP TRIGGER pass_merged_facts_on ON project;
DROP TRIGGER merged_by_its_door ON project;
DROP TRIGGER merged_by_its_door_from_the_start ON project;
DROP FUNCTION pass_merged_site_on(), pass_merged_facts_on(), merged_by_its_door(), part_works(bigint, text),
  merge_pair(bigint), decided_as_one(pair), plans_for(uuid, integer), stands_for(uuid), project_sites(uuid),
  blind_for_asking(bigint, integer[]);
CREATE OR REPLACE FUNCTION keep_project_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE project_fact SET superseded_at = now() WHERE project_id = NEW.id AND superseded_at IS NULL;
  END IF;
  INSERT INTO project_fact (project_id, version, facts, recorded_by, upload_id)
  VALUES (NEW.id, NEW.version, project_facts(NEW), current_person(), NEW.upload_id);
  RETURN NULL;
END
$$;

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
                           AND f.recorded_by = NEW.person_id))) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a verdict is given by another person',
      MESSAGE = 'the person entered one of the two works';
  END IF;
  RETURN NEW;
END
$$;
ALTER TABLE project_fact DROP COLUMN merging_id;
DROP TABLE answer_photo, merging, blind_sample, pair_later;
ALTER TABLE project DROP COLUMN merged_into, DROP COLUMN said;
CREATE OR REPLACE FUNCTION project_facts(p project) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT to_jsonb(p) - '{id,number,source,source_key,draft,version,upload_id,entered_by,entered_at,changed_at}'::text[]
$$;
ALTER TABLE verdict DROP COLUMN blind, DROP COLUMN together;
