-- depends: 0009-checks
-- The queue of indications as people work through it: what they leave for later, judging without the machine's
-- opinion, several pairs judged in one go, two records that become one work, and photos beside the village's answer.

-- LATER. Whoever leaves a pair for later meets it again at the end of the working day, not sooner.
CREATE TABLE pair_later (
  person_id uuid NOT NULL REFERENCES person,
  pair_id bigint NOT NULL REFERENCES pair,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, pair_id)
);
CREATE INDEX pair_later_pair ON pair_later (pair_id);
ALTER TABLE pair_later ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY pair_later_read ON pair_later FOR SELECT USING (person_id = (SELECT current_person()));
CREATE POLICY pair_later_leave ON pair_later FOR INSERT
  WITH CHECK (person_id = (SELECT current_person()) AND EXISTS (SELECT FROM pair x WHERE x.id = pair_id));
CREATE POLICY pair_later_again ON pair_later FOR UPDATE
  USING (person_id = (SELECT current_person())) WITH CHECK (person_id = (SELECT current_person()));
SELECT allow_web('SELECT, INSERT, UPDATE', 'pair_later');

-- BLIND. Of a sample that an administrator demands, a judge sees the facts and not what the machine makes of them.
CREATE TABLE blind_sample (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region_id integer NOT NULL REFERENCES region,
  per_mille smallint NOT NULL,
  reason text NOT NULL,
  set_by uuid NOT NULL REFERENCES person,
  set_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT "a blind sample is 1 to 1,000 of a thousand pairs" CHECK (per_mille BETWEEN 1 AND 1000),
  CONSTRAINT "a blind sample has a reason" CHECK (reason ~ '\S' AND length(reason) <= 1000)
);
CREATE INDEX blind_sample_region ON blind_sample (region_id);
CREATE INDEX blind_sample_set_by ON blind_sample (set_by);
ALTER TABLE blind_sample ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY blind_sample_read ON blind_sample FOR SELECT USING ((SELECT current_person()) IS NOT NULL);
CREATE POLICY blind_sample_set ON blind_sample FOR INSERT
  WITH CHECK (set_by = (SELECT current_person()) AND region_id = ANY ((SELECT regions_for('{admin}'))::int[]));
CREATE POLICY blind_sample_end ON blind_sample FOR UPDATE
  USING (region_id = ANY ((SELECT regions_for('{admin}'))::int[]));
SELECT allow_web('SELECT, INSERT', 'blind_sample');
SELECT allow_web('UPDATE (ended_at)', 'blind_sample');

-- Whether the person asking is to judge this pair without the machine's opinion. The sum decides, not the order of
-- arrival, so nobody can choose what falls into a sample; whoever has answered once has seen it all.
CREATE FUNCTION blind_for_asking(asked bigint, regions integer[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM blind_sample b
                  WHERE b.ended_at IS NULL
                    AND ('x' || substr(md5(b.id || ':' || asked), 1, 8))::bit(32)::bigint % 1000 < b.per_mille
                    AND EXISTS (SELECT FROM region r WHERE r.id = ANY (regions) AND b.region_id = ANY (r.lineage)))
     AND regions && (SELECT regions_for('{planner,auditor,admin}'))::int[]
     AND NOT EXISTS (SELECT FROM verdict v WHERE v.pair_id = asked AND v.person_id = (SELECT current_person()))
$$;

ALTER TABLE verdict
  ADD COLUMN blind text,
  ADD COLUMN together uuid,
  ADD CONSTRAINT "a verdict is blind by choice or by demand" CHECK (blind IN ('chosen', 'demanded'));
COMMENT ON COLUMN verdict.blind IS 'given without seeing the machine''s strength, kind and reasons; NULL: these were seen';
COMMENT ON COLUMN verdict.together IS 'the same for all verdicts that were given in one go, so that one step takes all back';

-- ONE WORK. Two records of one work: one stays, the other keeps its row, its history and its key, and leads there.
ALTER TABLE project
  ADD COLUMN said jsonb,
  ADD COLUMN merged_into uuid REFERENCES project,
  ADD CONSTRAINT "a work that became part of another is withdrawn"
    CHECK (merged_into IS NULL OR (withdrawn_at IS NOT NULL AND merged_into <> id));
COMMENT ON COLUMN project.said IS 'what the source of this record last said of it, facts and sites, where the work has '
  'facts of another record too: a new file is compared with this, so that only what it says anew is changed';
CREATE INDEX project_merged_into ON project (merged_into);

CREATE OR REPLACE FUNCTION project_facts(p project) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT to_jsonb(p) - '{id,number,source,source_key,draft,version,upload_id,entered_by,entered_at,changed_at,said}'::text[]
$$;

-- The current sites of a work as app/queries/projects.py compares them with a file.
CREATE FUNCTION project_sites(asked uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('geom', encode(ST_AsBinary(s.geom), 'hex'), 'method', s.method,
                                               'accuracy_m', s.accuracy_m, 'role', s.role, 'part', s.part)
                            ORDER BY s.id), '[]')
    FROM site s WHERE s.project_id = asked AND s.superseded_at IS NULL
$$;

CREATE TABLE merging (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pair_id bigint NOT NULL REFERENCES pair,
  kept_project uuid NOT NULL REFERENCES project,
  gone_project uuid NOT NULL REFERENCES project,
  filled jsonb NOT NULL DEFAULT '{}',
  sites bigint[] NOT NULL DEFAULT '{}',
  merged_by uuid NOT NULL REFERENCES person,
  merged_at timestamptz NOT NULL DEFAULT now(),
  parted_by uuid REFERENCES person,
  parted_at timestamptz,
  reason text,
  CONSTRAINT "taking works apart has a reason" CHECK (parted_at IS NULL OR (reason ~ '\S' AND length(reason) <= 4000))
);
COMMENT ON COLUMN merging.filled IS 'facts that the kept record did not know and took from the other';
COMMENT ON COLUMN merging.sites IS 'sites that were copied from the other record';
CREATE INDEX merging_pair ON merging (pair_id);
CREATE INDEX merging_kept ON merging (kept_project);
CREATE INDEX merging_gone ON merging (gone_project);
CREATE INDEX merging_merged_by ON merging (merged_by);
CREATE INDEX merging_parted_by ON merging (parted_by);
CREATE UNIQUE INDEX "a work becomes part of one other" ON merging (gone_project) WHERE parted_at IS NULL;
ALTER TABLE merging ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY merging_read ON merging FOR SELECT USING (EXISTS (SELECT FROM pair x WHERE x.id = pair_id));
SELECT allow_web('SELECT', 'merging');

-- Versions that merging or parting wrote: they are nobody's entry, and keep nobody from judging.
ALTER TABLE project_fact ADD COLUMN merging_id bigint REFERENCES merging;
CREATE INDEX project_fact_merging ON project_fact (merging_id);

CREATE OR REPLACE FUNCTION keep_project_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE project_fact SET superseded_at = now() WHERE project_id = NEW.id AND superseded_at IS NULL;
  END IF;
  INSERT INTO project_fact (project_id, version, facts, recorded_by, upload_id, merging_id)
  VALUES (NEW.id, NEW.version, project_facts(NEW), current_person(), NEW.upload_id,
          nullif(current_setting('pantau.merging', true), '')::bigint);
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
                           AND f.recorded_by = NEW.person_id AND f.merging_id IS NULL))) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a verdict is given by another person',
      MESSAGE = 'the person entered one of the two works';
  END IF;
  RETURN NEW;
END
$$;

-- The record that a work lives on in; itself where it became part of no other.
CREATE FUNCTION stands_for(asked uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  WITH RECURSIVE onward (id, into_id, step) AS (
    SELECT p.id, p.merged_into, 0 FROM project p WHERE p.id = asked
    UNION ALL
    SELECT p.id, p.merged_into, step + 1 FROM onward JOIN project p ON p.id = onward.into_id WHERE step < 100)
  SELECT id FROM onward ORDER BY step DESC LIMIT 1
$$;

-- Only the doors below make two records one or part them: there is no other way past the four eyes.
CREATE FUNCTION merged_by_its_door() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = web_role() THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'works become one by a verdict only';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER merged_by_its_door BEFORE UPDATE ON project FOR EACH ROW
  WHEN (OLD.merged_into IS DISTINCT FROM NEW.merged_into) EXECUTE FUNCTION merged_by_its_door();
CREATE TRIGGER merged_by_its_door_from_the_start BEFORE INSERT ON project FOR EACH ROW
  WHEN (NEW.merged_into IS NOT NULL) EXECUTE FUNCTION merged_by_its_door();

-- Who may make two records one: a planner or administrator of the region.
CREATE FUNCTION plans_for(whose uuid, place integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM person_grant g JOIN person p ON p.id = g.person_id JOIN region r ON r.id = place
                  WHERE g.person_id = whose AND p.active AND g.role IN ('planner', 'admin')
                    AND g.region_id = ANY (r.lineage)
                    AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to))
$$;

-- Makes the two works of a pair one, once all who must have said so have: the latest word of everybody on the facts as
-- they are is same_record, and between them they plan for both regions. NULL where that is not so (yet).
-- Kept is what says most: no draft before a draft, a visited place before a claimed one, the later stage, the older.
CREATE FUNCTION merge_pair(asked bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  x pair;
  kept project;
  gone project;
  made bigint;
  unknown jsonb;
  copied bigint[];
BEGIN
  SELECT * INTO x FROM pair WHERE id = asked AND retired_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM FROM project WHERE id IN (x.left_project, x.right_project) ORDER BY id FOR UPDATE;
  SELECT * INTO kept FROM project p WHERE p.id IN (x.left_project, x.right_project)
   ORDER BY p.draft, NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL
                                  AND s.role = 'visited'),
            NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL),
            array_position('{done,running,planned,proposed,cancelled}', p.stage), p.number LIMIT 1;
  SELECT * INTO gone FROM project p WHERE p.id IN (x.left_project, x.right_project) AND p.id <> kept.id;
  IF kept.withdrawn_at IS NOT NULL OR gone.withdrawn_at IS NOT NULL OR NOT decided_as_one(x) THEN
    RETURN NULL;
  END IF;
  UPDATE project SET said = project_facts(kept) || jsonb_build_object('sites', project_sites(kept.id))
   WHERE id = kept.id AND said IS NULL;
  INSERT INTO merging (pair_id, kept_project, gone_project, merged_by)
  VALUES (x.id, kept.id, gone.id, current_person()) RETURNING id INTO made;
  PERFORM set_config('pantau.merging', made::text, true);
  SELECT coalesce(jsonb_object_agg(fact.key, fact.value), '{}') INTO unknown FROM jsonb_each(to_jsonb(gone)) AS fact
   WHERE fact.key = ANY ('{category,activity_code,year,stage,fund,amount,place,rt,rw,contractor,contract,start_date,end_date}')
     AND fact.value <> 'null' AND to_jsonb(kept) -> fact.key = 'null';
  WITH taken AS (
    INSERT INTO site (project_id, region_id, draft, part, role, method, accuracy_m, geom, found_region_id, outside_m,
                      reason, entered_by, upload_id)
    SELECT kept.id, kept.region_id, kept.draft, s.part, s.role, s.method, s.accuracy_m, s.geom, s.found_region_id,
           s.outside_m, s.reason, s.entered_by, s.upload_id
      FROM site s
     WHERE s.project_id = gone.id AND s.superseded_at IS NULL
       AND NOT EXISTS (SELECT FROM site own WHERE own.project_id = kept.id AND own.superseded_at IS NULL
                        AND own.role = s.role)
    RETURNING id)
  SELECT coalesce(array_agg(id), '{}') INTO copied FROM taken;
  UPDATE project p SET
         category = coalesce(p.category, t.category), activity_code = coalesce(p.activity_code, t.activity_code),
         year = coalesce(p.year, t.year), stage = coalesce(p.stage, t.stage), fund = coalesce(p.fund, t.fund),
         amount = coalesce(p.amount, t.amount), place = coalesce(p.place, t.place), rt = coalesce(p.rt, t.rt),
         rw = coalesce(p.rw, t.rw), contractor = coalesce(p.contractor, t.contractor),
         contract = coalesce(p.contract, t.contract), start_date = coalesce(p.start_date, t.start_date),
         end_date = coalesce(p.end_date, t.end_date)
    FROM jsonb_populate_record(NULL::project, unknown) AS t WHERE p.id = kept.id AND unknown <> '{}';
  UPDATE project SET withdrawn_at = now(), merged_into = kept.id WHERE id = gone.id;
  UPDATE merging SET filled = unknown, sites = copied WHERE id = made;
  PERFORM set_config('pantau.merging', '', true);
  RETURN made;
END
$$;

CREATE FUNCTION decided_as_one(x pair) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH word AS (
    SELECT DISTINCT ON (v.person_id) v.person_id, v.verdict FROM verdict v
     WHERE v.pair_id = x.id AND v.facts_hash = x.facts_hash ORDER BY v.person_id, v.id DESC)
  SELECT NOT EXISTS (SELECT FROM word WHERE verdict NOT IN ('same_record', 'withdrawn'))
     AND EXISTS (SELECT FROM word WHERE person_id = current_person() AND verdict = 'same_record')
     AND NOT EXISTS (SELECT FROM project p WHERE p.id IN (x.left_project, x.right_project)
                      AND NOT EXISTS (SELECT FROM word WHERE verdict = 'same_record'
                                       AND plans_for(person_id, p.region_id)))
$$;

-- Parts what merge_pair made one: what was only taken over goes back, what was learned since stays. Allowed to those
-- whose word it rested on, and to whoever plans for both regions; false where the works have gone on since.
CREATE FUNCTION part_works(asked bigint, why text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  m merging;
BEGIN
  SELECT * INTO m FROM merging WHERE id = asked AND parted_at IS NULL FOR UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM project WHERE id = m.kept_project AND withdrawn_at IS NOT NULL) THEN
    RETURN false;
  END IF;
  IF NOT EXISTS (SELECT FROM verdict v WHERE v.pair_id = m.pair_id AND v.person_id = current_person()
                  AND v.verdict = 'same_record')
     AND EXISTS (SELECT FROM project p WHERE p.id IN (m.kept_project, m.gone_project)
                  AND NOT plans_for(current_person(), p.region_id)) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'neither of those who decided nor of both regions';
  END IF;
  PERFORM set_config('pantau.merging', m.id::text, true);
  UPDATE project p SET
         category = CASE WHEN p.category = f->>'category' THEN NULL ELSE p.category END,
         activity_code = CASE WHEN p.activity_code = f->>'activity_code' THEN NULL ELSE p.activity_code END,
         year = CASE WHEN p.year = (f->>'year')::smallint THEN NULL ELSE p.year END,
         stage = CASE WHEN p.stage = f->>'stage' THEN NULL ELSE p.stage END,
         fund = CASE WHEN p.fund = f->>'fund' THEN NULL ELSE p.fund END,
         amount = CASE WHEN p.amount = (f->>'amount')::numeric THEN NULL ELSE p.amount END,
         place = CASE WHEN p.place = f->>'place' THEN NULL ELSE p.place END,
         rt = CASE WHEN p.rt = f->>'rt' THEN NULL ELSE p.rt END,
         rw = CASE WHEN p.rw = f->>'rw' THEN NULL ELSE p.rw END,
         contractor = CASE WHEN p.contractor = f->>'contractor' THEN NULL ELSE p.contractor END,
         contract = CASE WHEN p.contract = f->>'contract' THEN NULL ELSE p.contract END,
         start_date = CASE WHEN p.start_date = (f->>'start_date')::date THEN NULL ELSE p.start_date END,
         end_date = CASE WHEN p.end_date = (f->>'end_date')::date THEN NULL ELSE p.end_date END
    FROM (SELECT m.filled AS f) filled WHERE p.id = m.kept_project AND m.filled <> '{}';
  UPDATE site SET superseded_at = now() WHERE id = ANY (m.sites) AND superseded_at IS NULL;
  UPDATE project SET withdrawn_at = NULL, merged_into = NULL WHERE id = m.gone_project;
  UPDATE project SET said = NULL
   WHERE id = m.kept_project
     AND NOT EXISTS (SELECT FROM merging o WHERE o.kept_project = m.kept_project AND o.parted_at IS NULL AND o.id <> m.id);
  UPDATE merging SET parted_by = current_person(), parted_at = now(), reason = why WHERE id = m.id;
  PERFORM set_config('pantau.merging', '', true);
  RETURN true;
END
$$;

-- What a source says anew of a record that became part of another is true of the work: passed on, fact by fact.
CREATE FUNCTION pass_merged_facts_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE project s SET
         name = CASE WHEN NEW.name IS DISTINCT FROM OLD.name THEN NEW.name ELSE s.name END,
         category = CASE WHEN NEW.category IS DISTINCT FROM OLD.category THEN NEW.category ELSE s.category END,
         activity_code = CASE WHEN NEW.activity_code IS DISTINCT FROM OLD.activity_code THEN NEW.activity_code
                              ELSE s.activity_code END,
         year = CASE WHEN NEW.year IS DISTINCT FROM OLD.year THEN NEW.year ELSE s.year END,
         stage = CASE WHEN NEW.stage IS DISTINCT FROM OLD.stage THEN NEW.stage ELSE s.stage END,
         fund = CASE WHEN NEW.fund IS DISTINCT FROM OLD.fund THEN NEW.fund ELSE s.fund END,
         fund_shares = CASE WHEN NEW.fund_shares IS DISTINCT FROM OLD.fund_shares THEN NEW.fund_shares
                            ELSE s.fund_shares END,
         amount = CASE WHEN NEW.amount IS DISTINCT FROM OLD.amount THEN NEW.amount ELSE s.amount END,
         volume = CASE WHEN NEW.volume IS DISTINCT FROM OLD.volume THEN NEW.volume ELSE s.volume END,
         unit = CASE WHEN NEW.unit IS DISTINCT FROM OLD.unit THEN NEW.unit ELSE s.unit END,
         place = CASE WHEN NEW.place IS DISTINCT FROM OLD.place THEN NEW.place ELSE s.place END,
         rt = CASE WHEN NEW.rt IS DISTINCT FROM OLD.rt THEN NEW.rt ELSE s.rt END,
         rw = CASE WHEN NEW.rw IS DISTINCT FROM OLD.rw THEN NEW.rw ELSE s.rw END,
         contractor = CASE WHEN NEW.contractor IS DISTINCT FROM OLD.contractor THEN NEW.contractor ELSE s.contractor END,
         contract = CASE WHEN NEW.contract IS DISTINCT FROM OLD.contract THEN NEW.contract ELSE s.contract END,
         start_date = CASE WHEN NEW.start_date IS DISTINCT FROM OLD.start_date THEN NEW.start_date
                           ELSE s.start_date END,
         end_date = CASE WHEN NEW.end_date IS DISTINCT FROM OLD.end_date THEN NEW.end_date ELSE s.end_date END
   WHERE s.id = NEW.merged_into;
  RETURN NULL;
END
$$;
CREATE TRIGGER pass_merged_facts_on AFTER UPDATE ON project FOR EACH ROW
  WHEN (OLD.merged_into IS NOT NULL AND NEW.merged_into IS NOT NULL AND OLD.version IS DISTINCT FROM NEW.version)
  EXECUTE FUNCTION pass_merged_facts_on();

CREATE FUNCTION pass_merged_site_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  onward uuid := (SELECT merged_into FROM project WHERE id = NEW.project_id);
BEGIN
  IF onward IS NOT NULL THEN
    -- Those of this very transaction are other parts of the same work.
    UPDATE site SET superseded_at = now()
     WHERE project_id = onward AND role = NEW.role AND superseded_at IS NULL AND valid_from < now();
    INSERT INTO site (project_id, region_id, draft, part, role, method, accuracy_m, geom, found_region_id, outside_m,
                      reason, entered_by, upload_id)
    SELECT onward, p.region_id, p.draft, NEW.part, NEW.role, NEW.method, NEW.accuracy_m, NEW.geom,
           NEW.found_region_id, NEW.outside_m, NEW.reason, NEW.entered_by, NEW.upload_id
      FROM project p WHERE p.id = onward;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER pass_merged_site_on AFTER INSERT ON site FOR EACH ROW EXECUTE FUNCTION pass_merged_site_on();

-- PHOTOS beside the village's answer. The original lies sealed under its own sum and is never served; what is shown
-- was written anew, without what the camera noted about place and person.
CREATE TABLE answer_photo (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  answer_id bigint NOT NULL REFERENCES answer,
  sha256 bytea NOT NULL,
  shown_sha256 bytea NOT NULL,
  bytes bigint NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a photo is known by its 32 byte sums" CHECK (octet_length(sha256) = 32 AND octet_length(shown_sha256) = 32)
);
CREATE INDEX answer_photo_answer ON answer_photo (answer_id);
ALTER TABLE answer_photo ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY answer_photo_read ON answer_photo FOR SELECT USING (EXISTS (SELECT FROM answer t WHERE t.id = answer_id));
CREATE POLICY answer_photo_give ON answer_photo FOR INSERT
  WITH CHECK (EXISTS (SELECT FROM answer t WHERE t.id = answer_id AND t.person_id = (SELECT current_person())));
SELECT allow_web('SELECT, INSERT', 'answer_photo');

DO $$
DECLARE
  door text;
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON pair_later, blind_sample, merging, answer_photo TO %I', door_role());
  FOREACH door IN ARRAY ARRAY['keep_project_facts()', 'verdict_by_another_person()', 'plans_for(uuid, integer)',
    'merge_pair(bigint)', 'decided_as_one(pair)', 'part_works(bigint, text)',
    'pass_merged_facts_on()', 'pass_merged_site_on()']
  LOOP
    PERFORM make_door(door);
  END LOOP;
END
$$;
