-- depends: 0008-crowds
-- Checks that are kept: an answer as it was shown, under a number that can be printed; and whole lists of proposals.

CREATE TABLE check_list (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY,
  person_id uuid NOT NULL REFERENCES person,
  region_id integer NOT NULL REFERENCES region,
  file_name text NOT NULL,
  sha256 bytea NOT NULL,
  bytes bigint NOT NULL,
  state text NOT NULL DEFAULT 'received',
  columns jsonb NOT NULL DEFAULT '[]',
  problems jsonb NOT NULL DEFAULT '[]',
  refusal jsonb,
  rows integer,
  received_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT "a list is received, checked, refused or cancelled"
    CHECK (state IN ('received', 'checked', 'refused', 'cancelled')),
  CONSTRAINT "a list is known by its 32 byte sum" CHECK (octet_length(sha256) = 32)
);
CREATE INDEX check_list_person ON check_list (person_id, received_at);
CREATE INDEX check_list_region ON check_list (region_id);
CREATE INDEX check_list_sha256 ON check_list (sha256) WHERE state = 'received';

-- Written once and never changed but for the work that came of it: reopened, it is what it was.
CREATE TABLE check_result (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  serial bigint GENERATED ALWAYS AS IDENTITY,
  year smallint NOT NULL DEFAULT extract(year FROM now()),
  person_id uuid NOT NULL REFERENCES person,
  region_id integer NOT NULL REFERENCES region,
  checked_at timestamptz NOT NULL DEFAULT now(),
  question jsonb NOT NULL,
  answer jsonb NOT NULL,
  model text NOT NULL,
  geom geometry(Geometry, 4326),
  strongest double precision,
  list_id uuid REFERENCES check_list,
  position integer,
  line integer,
  cells jsonb,
  project_id uuid REFERENCES project,
  CONSTRAINT "a check of a list stands at one position of it"
    CHECK ((list_id IS NULL) = (position IS NULL)),
  CONSTRAINT "a checked place is not empty" CHECK (NOT ST_IsEmpty(geom))
);
COMMENT ON COLUMN check_result.region_id IS 'the village where the place lies, else where the person works';
COMMENT ON COLUMN check_result.cells IS 'the row of the list as the file had it';
COMMENT ON COLUMN check_result.strongest IS 'the highest probability among what was found; NULL where nothing was';
CREATE UNIQUE INDEX "a check has a number of its own" ON check_result (serial);
CREATE UNIQUE INDEX "a row of a list is checked once" ON check_result (list_id, position) WHERE list_id IS NOT NULL;
CREATE UNIQUE INDEX "a check is registered as one work" ON check_result (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX check_result_list ON check_result (list_id);
CREATE INDEX check_result_project ON check_result (project_id);
CREATE INDEX check_result_person ON check_result (person_id, checked_at);
CREATE INDEX check_result_region ON check_result (region_id);
CREATE INDEX check_result_geom ON check_result USING gist (geom);

ALTER TABLE job ADD COLUMN check_list_id uuid REFERENCES check_list;
CREATE INDEX job_check_list ON job (check_list_id);
CREATE UNIQUE INDEX "a list has one unfinished job" ON job (check_list_id) WHERE state IN ('queued', 'running');

-- A file that an upload no longer wants may still wait to be checked as a list, and the other way round.
CREATE OR REPLACE FUNCTION content_is_wanted(content bytea, without_upload uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM upload WHERE sha256 = content AND id <> without_upload AND state <> 'dropped')
      OR EXISTS (SELECT FROM check_list WHERE sha256 = content AND id <> without_upload AND state = 'received')
$$;

-- Every work of a village, for a proposal that has no point: it may be any of them.
CREATE FUNCTION matching_village(village text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT p.id FROM project p
   WHERE p.region_id = (SELECT r.id FROM region r WHERE r.code = village AND r.valid_to IS NULL)
     AND p.village_known AND p.withdrawn_at IS NULL
$$;

ALTER TABLE check_list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE check_result ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- A check is for whoever asked and for those whose territory holds the place; a list, which may cross villages, for
-- whoever sent it and those above. What works say in an answer is narrowed again when it is shown (app/jobs/answers).
CREATE POLICY check_list_read ON check_list FOR SELECT
  USING (person_id = (SELECT current_person())
         OR region_id = ANY ((SELECT regions_for('{head,planner,auditor,admin}'))::int[]));
CREATE POLICY check_list_enter ON check_list FOR INSERT WITH CHECK (person_id = (SELECT current_person()));
CREATE POLICY check_list_change ON check_list FOR UPDATE USING (person_id = (SELECT current_person()));
CREATE POLICY check_result_read ON check_result FOR SELECT
  USING (person_id = (SELECT current_person())
         OR region_id = ANY ((SELECT regions_for('{field,head,planner,auditor,admin}'))::int[]));
CREATE POLICY check_result_enter ON check_result FOR INSERT WITH CHECK (person_id = (SELECT current_person()));
CREATE POLICY check_result_register ON check_result FOR UPDATE
  USING (person_id = (SELECT current_person())
         OR region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]));

SELECT allow_web('SELECT, INSERT, UPDATE', 'check_list');
SELECT allow_web('SELECT, INSERT, UPDATE (project_id)', 'check_result');
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON check_list, check_result TO %I', door_role());
END
$$;
SELECT make_door('content_is_wanted(bytea,uuid)');
SELECT make_door('matching_village(text)');
