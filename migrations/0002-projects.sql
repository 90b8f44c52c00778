-- depends: 0001-identity
-- What is built where: uploads and their rows, projects with versioned facts, sites.

CREATE TABLE upload (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY,
  person_id uuid NOT NULL REFERENCES person,
  region_id integer NOT NULL REFERENCES region,
  file_name text NOT NULL,
  sha256 bytea NOT NULL,
  bytes bigint NOT NULL,
  format text,
  sheet text,
  mapping jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'received',
  refusal jsonb,
  problems jsonb NOT NULL DEFAULT '[]',
  rows integer,
  good_rows integer,
  outcome jsonb,
  received_at timestamptz NOT NULL DEFAULT now(),
  stored_at timestamptz,
  undone_at timestamptz,
  undone_by uuid REFERENCES person,
  CONSTRAINT "an upload is received, read, refused, stored, undone or dropped"
    CHECK (state IN ('received', 'read', 'refused', 'stored', 'undone', 'dropped')),
  CONSTRAINT "a file is known by its 32 byte sum" CHECK (octet_length(sha256) = 32)
);
COMMENT ON COLUMN upload.outcome IS '{stored, updated, unchanged, left_out, pairs}: what storing it did';
CREATE INDEX upload_person ON upload (person_id, received_at);
CREATE INDEX upload_region ON upload (region_id);
CREATE INDEX upload_undone_by ON upload (undone_by);

CREATE TABLE upload_row (
  upload_id uuid NOT NULL REFERENCES upload ON DELETE CASCADE,
  number integer NOT NULL,
  position integer NOT NULL,
  raw jsonb NOT NULL,
  facts jsonb,
  problems jsonb NOT NULL DEFAULT '[]',
  good boolean NOT NULL,
  method text,
  accuracy_m real,
  geom geometry(Geometry, 4326),
  source_key text,
  outcome text,
  project_id uuid,
  before jsonb,
  PRIMARY KEY (upload_id, position),
  CONSTRAINT "a row is stored, updated, unchanged or left out"
    CHECK (outcome IN ('stored', 'updated', 'unchanged', 'left_out'))
);
COMMENT ON COLUMN upload_row.number IS 'the line as the person sees it (contracts, "Rows and ids")';
COMMENT ON COLUMN upload_row.before IS 'facts and site that an update replaced, so that the upload can be undone';
CREATE INDEX upload_row_project ON upload_row (project_id);
CREATE INDEX upload_row_geom ON upload_row USING gist (geom);

CREATE TABLE project (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY,
  source text NOT NULL,
  source_key text NOT NULL,
  region_id integer NOT NULL REFERENCES region,
  village_known boolean NOT NULL,
  claimed_region text,
  name text NOT NULL,
  category text,
  activity_code text,
  year smallint,
  stage text,
  fund text,
  fund_shares jsonb,
  amount numeric(18, 2),
  volume numeric,
  unit text,
  place text,
  rt text,
  rw text,
  contractor text,
  contract text,
  record text,
  start_date date,
  end_date date,
  draft boolean GENERATED ALWAYS AS (coalesce(stage = 'proposed', false)) STORED,
  version integer NOT NULL DEFAULT 1,
  upload_id uuid REFERENCES upload,
  entered_by uuid NOT NULL REFERENCES person,
  entered_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  withdrawn_at timestamptz,
  CONSTRAINT "a project has a name" CHECK (name ~ '\S'),
  CONSTRAINT "a name has at most 1,000 characters" CHECK (length(name) <= 1000),
  CONSTRAINT "a budget year lies between 1990 and 2100" CHECK (year BETWEEN 1990 AND 2100),
  CONSTRAINT "an amount is not negative" CHECK (amount >= 0),
  CONSTRAINT "a stage is one of the five"
    CHECK (stage IN ('proposed', 'planned', 'running', 'done', 'cancelled')),
  CONSTRAINT "fund shares are a list" CHECK (jsonb_typeof(fund_shares) = 'array')
);
ALTER TABLE upload_row ADD FOREIGN KEY (project_id) REFERENCES project;
COMMENT ON COLUMN project.region_id IS 'the responsible region: the village where known, else where the sender works';
COMMENT ON COLUMN project.claimed_region IS 'what the sheet said where that names no known region';
COMMENT ON COLUMN project.fund_shares IS '[{"fund": "DDS", "amount": 1000000}]: openly shared between funds';
CREATE UNIQUE INDEX "a source key stands once" ON project (source, source_key) WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX project_number ON project (number);
CREATE INDEX project_region ON project (region_id, year);
CREATE INDEX project_upload ON project (upload_id);
CREATE INDEX project_entered_by ON project (entered_by);
CREATE INDEX project_recent ON project (year DESC NULLS LAST, number DESC) WHERE withdrawn_at IS NULL;
CREATE INDEX project_name ON project USING gin (name gin_trgm_ops);

-- Every version of a project's facts, the present one included, written by the trigger below and by nobody else.
CREATE TABLE project_fact (
  project_id uuid NOT NULL REFERENCES project,
  version integer NOT NULL,
  facts jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  recorded_by uuid REFERENCES person,
  upload_id uuid REFERENCES upload,
  superseded_at timestamptz,
  PRIMARY KEY (project_id, version)
);
CREATE INDEX project_fact_recorded_by ON project_fact (recorded_by);
CREATE INDEX project_fact_upload ON project_fact (upload_id);

CREATE FUNCTION project_facts(p project) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT to_jsonb(p) - '{id,number,source,source_key,draft,version,upload_id,entered_by,entered_at,changed_at}'::text[]
$$;

CREATE FUNCTION keep_project_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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

CREATE FUNCTION number_project_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF project_facts(OLD) IS DISTINCT FROM project_facts(NEW) THEN
    NEW.version := OLD.version + 1;
    NEW.changed_at := now();
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER a_number_project_version BEFORE UPDATE ON project
  FOR EACH ROW EXECUTE FUNCTION number_project_version();
CREATE TRIGGER keep_new_project_facts AFTER INSERT ON project
  FOR EACH ROW EXECUTE FUNCTION keep_project_facts();
CREATE TRIGGER keep_changed_project_facts AFTER UPDATE ON project
  FOR EACH ROW WHEN (OLD.version IS DISTINCT FROM NEW.version) EXECUTE FUNCTION keep_project_facts();

CREATE TABLE site (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id uuid NOT NULL REFERENCES project,
  region_id integer NOT NULL REFERENCES region,
  draft boolean NOT NULL,
  part smallint NOT NULL DEFAULT 1,
  role text NOT NULL DEFAULT 'claimed',
  method text,
  accuracy_m real,
  geom geometry(Geometry, 4326) NOT NULL,
  found_region_id integer REFERENCES region,
  outside_m real,
  reason text,
  entered_by uuid NOT NULL REFERENCES person,
  upload_id uuid REFERENCES upload,
  valid_from timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz,
  superseded_by bigint REFERENCES site,
  CONSTRAINT "a site is planned, claimed or visited" CHECK (role IN ('planned', 'claimed', 'visited')),
  CONSTRAINT "a site's method is known to us" CHECK (method IN ('gps', 'exif', 'file', 'drawn', 'chord')),
  CONSTRAINT "an accuracy lies between 0 and 10,000 m" CHECK (accuracy_m BETWEEN 0 AND 10000),
  CONSTRAINT "a geometry is not empty and lies on earth" CHECK (
    NOT ST_IsEmpty(geom) AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180
    AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90)
);
COMMENT ON COLUMN site.region_id IS 'with draft a copy of the project''s, kept by triggers: a policy that looks them up '
  'for every site costs a thousand times more on a map';
COMMENT ON COLUMN site.found_region_id IS 'the village the position lies in; NULL where borders are approximate or unknown';
COMMENT ON COLUMN site.outside_m IS 'metres outside the claimed village, 0 inside, NULL where it cannot be told';
CREATE INDEX site_geom ON site USING gist (geom) WHERE superseded_at IS NULL;
CREATE INDEX site_region ON site (region_id);
CREATE INDEX site_project ON site (project_id);
-- Without its own index a lookup of current sites is paired with a walk through all of site_geom, before statistics.
CREATE INDEX site_current ON site (project_id) WHERE superseded_at IS NULL;
CREATE INDEX site_found_region ON site (found_region_id);
CREATE INDEX site_entered_by ON site (entered_by);
CREATE INDEX site_upload ON site (upload_id);
CREATE INDEX site_superseded_by ON site (superseded_by);

CREATE FUNCTION copy_territory() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  SELECT p.region_id, p.draft INTO STRICT NEW.region_id, NEW.draft FROM project p WHERE p.id = NEW.project_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER copy_territory BEFORE INSERT OR UPDATE OF project_id, region_id, draft ON site
  FOR EACH ROW EXECUTE FUNCTION copy_territory();
CREATE FUNCTION pass_territory_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE site SET region_id = NEW.region_id, draft = NEW.draft WHERE project_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER pass_territory_on AFTER UPDATE ON project FOR EACH ROW
  WHEN ((OLD.region_id, OLD.draft) IS DISTINCT FROM (NEW.region_id, NEW.draft)) EXECUTE FUNCTION pass_territory_on();

-- The version of what the maps show. Rows appear with the transaction that changed something, so the count that a
-- reader sees belongs to the very snapshot its tile is made from, whatever the order of commits.
CREATE TABLE data_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION data_version() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT count(*) FROM data_change
$$;
CREATE FUNCTION note_data_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO data_change DEFAULT VALUES;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE ON project
  FOR EACH STATEMENT EXECUTE FUNCTION note_data_change();
CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE ON site
  FOR EACH STATEMENT EXECUTE FUNCTION note_data_change();
CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE ON region
  FOR EACH STATEMENT EXECUTE FUNCTION note_data_change();

ALTER TABLE upload ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE upload_row ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE project ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE project_fact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE site ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE data_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Public works are readable by everyone who signed in; drafts only where one has a role. Territory governs writing.
CREATE POLICY project_read ON project FOR SELECT
  USING ((NOT draft AND (SELECT current_person()) IS NOT NULL) OR region_id = ANY ((SELECT own_regions())::int[]));
CREATE POLICY project_enter ON project FOR INSERT
  WITH CHECK (entered_by = (SELECT current_person())
              AND region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]));
CREATE POLICY project_change ON project FOR UPDATE
  USING (region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]))
  WITH CHECK (region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]));
CREATE POLICY project_fact_read ON project_fact FOR SELECT
  USING (EXISTS (SELECT FROM project p WHERE p.id = project_id));
CREATE POLICY site_read ON site FOR SELECT
  USING ((NOT draft AND (SELECT current_person()) IS NOT NULL) OR region_id = ANY ((SELECT own_regions())::int[]));
CREATE POLICY site_enter ON site FOR INSERT
  WITH CHECK (entered_by = (SELECT current_person())
              AND region_id = ANY ((SELECT regions_for('{field,head,planner,auditor,admin}'))::int[]));
CREATE POLICY site_change ON site FOR UPDATE
  USING (region_id = ANY ((SELECT regions_for('{field,head,planner,auditor,admin}'))::int[]));
CREATE POLICY upload_read ON upload FOR SELECT
  USING (person_id = (SELECT current_person())
         OR region_id = ANY ((SELECT regions_for('{head,planner,auditor,admin}'))::int[]));
CREATE POLICY upload_enter ON upload FOR INSERT
  WITH CHECK (person_id = (SELECT current_person())
              AND region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]));
CREATE POLICY upload_change ON upload FOR UPDATE
  USING ((person_id = (SELECT current_person()) AND region_id = ANY ((SELECT own_regions())::int[]))
         OR region_id = ANY ((SELECT regions_for('{admin}'))::int[]));
CREATE POLICY upload_row_read ON upload_row FOR SELECT USING (EXISTS (SELECT FROM upload u WHERE u.id = upload_id));
CREATE POLICY upload_row_enter ON upload_row FOR INSERT
  WITH CHECK (EXISTS (SELECT FROM upload u WHERE u.id = upload_id AND u.person_id = (SELECT current_person())));
CREATE POLICY upload_row_change ON upload_row FOR UPDATE
  USING (EXISTS (SELECT FROM upload u WHERE u.id = upload_id
                  AND (u.person_id = (SELECT current_person())
                       OR u.region_id = ANY ((SELECT regions_for('{admin}'))::int[]))));
CREATE POLICY upload_row_drop ON upload_row FOR DELETE
  USING (EXISTS (SELECT FROM upload u WHERE u.id = upload_id AND u.person_id = (SELECT current_person())
                  AND u.stored_at IS NULL));

SELECT allow_web('SELECT, INSERT, UPDATE', 'upload');
SELECT allow_web('SELECT, INSERT, UPDATE, DELETE', 'upload_row');
SELECT allow_web('SELECT, INSERT, UPDATE', 'project');
SELECT allow_web('SELECT', 'project_fact');
SELECT allow_web('SELECT, INSERT, UPDATE', 'site');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON upload, upload_row, project, project_fact, site, data_change TO %I',
                 door_role());
END
$$;
SELECT make_door('data_version()');
SELECT make_door('keep_project_facts()');
SELECT make_door('note_data_change()');
SELECT make_door('copy_territory()');
SELECT make_door('pass_territory_on()');
