-- depends: 0004-jobs
-- What people correct of an upload before it is stored, and what they once said that columns of such a file mean.

CREATE TABLE column_mapping (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shape text NOT NULL,
  region_id integer NOT NULL REFERENCES region,
  meanings jsonb NOT NULL,
  upload_id uuid NOT NULL REFERENCES upload,
  person_id uuid NOT NULL REFERENCES person,
  made_at timestamptz NOT NULL DEFAULT now(),
  forgotten_at timestamptz,
  forgotten_by uuid REFERENCES person,
  CONSTRAINT "a shape is 64 hex digits" CHECK (shape ~ '^[0-9a-f]{64}$'),
  CONSTRAINT "meanings are a list" CHECK (jsonb_typeof(meanings) = 'array')
);
COMMENT ON COLUMN column_mapping.region_id IS 'applies to files sent for this region and for those below it';
COMMENT ON COLUMN column_mapping.meanings IS
  'by the place of the column: what a person said it means, empty for nothing, null where nobody said anything';
CREATE UNIQUE INDEX "a region remembers one mapping of a shape" ON column_mapping (shape, region_id)
  WHERE forgotten_at IS NULL;
CREATE INDEX column_mapping_region ON column_mapping (region_id);
CREATE INDEX column_mapping_upload ON column_mapping (upload_id);
CREATE INDEX column_mapping_person ON column_mapping (person_id);
CREATE INDEX column_mapping_forgotten_by ON column_mapping (forgotten_by);

ALTER TABLE upload ADD COLUMN batch uuid, ADD COLUMN mapping_id bigint REFERENCES column_mapping;
COMMENT ON COLUMN upload.batch IS 'files that one person sent together share it';
COMMENT ON COLUMN upload.mapping_id IS 'the remembered mapping by which the columns were understood';
CREATE INDEX upload_batch ON upload (batch);
CREATE INDEX upload_mapping ON upload (mapping_id);
CREATE INDEX upload_sha256 ON upload (sha256);

ALTER TABLE upload_row ADD COLUMN corrected jsonb, ADD COLUMN shape bytea, ADD COLUMN told jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN upload_row.corrected IS
  '{cells: {column: value}, shape: WKT, how: text, left_out: true}: read in place of raw, which stays as it was typed';
COMMENT ON COLUMN upload_row.shape IS 'WKB of the geometry that the file itself gave, before anything was judged of it';
COMMENT ON COLUMN upload_row.told IS 'the problems of this row that reading the file told, before it was understood';

CREATE TABLE upload_correction (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  upload_id uuid NOT NULL REFERENCES upload,
  kind text NOT NULL,
  pattern jsonb NOT NULL DEFAULT '{}',
  rows integer NOT NULL,
  made_by uuid NOT NULL REFERENCES person,
  made_at timestamptz NOT NULL DEFAULT now(),
  undone_at timestamptz,
  undone_by uuid REFERENCES person,
  CONSTRAINT "a correction is suggested, typed or left_out" CHECK (kind IN ('suggested', 'typed', 'left_out')),
  CONSTRAINT "a correction changes a row" CHECK (rows > 0)
);
COMMENT ON COLUMN upload_correction.pattern IS '{reason, how, column, text}: what the corrected rows have in common';
CREATE INDEX upload_correction_upload ON upload_correction (upload_id);
CREATE INDEX upload_correction_made_by ON upload_correction (made_by);
CREATE INDEX upload_correction_undone_by ON upload_correction (undone_by);

CREATE TABLE upload_correction_row (
  correction_id bigint NOT NULL REFERENCES upload_correction,
  number integer NOT NULL,
  before jsonb,
  PRIMARY KEY (correction_id, number)
);
COMMENT ON COLUMN upload_correction_row.number IS 'the line as the person sees it: it outlives another reading';
COMMENT ON COLUMN upload_correction_row.before IS 'what upload_row.corrected was, for undoing; the row is then read anew';

-- A file on disk is removed with the last upload that has it, whoever sent that one: only the door can see them all.
CREATE FUNCTION content_is_wanted(content bytea, without_upload uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM upload WHERE sha256 = content AND id <> without_upload AND state <> 'dropped')
$$;
SELECT make_door('content_is_wanted(bytea,uuid)');

ALTER TABLE column_mapping ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE upload_correction ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE upload_correction_row ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Read where one works and from above; made and forgotten by those who may enter works in its region.
CREATE POLICY column_mapping_read ON column_mapping FOR SELECT
  USING (EXISTS (SELECT FROM region r WHERE r.id = ANY ((SELECT own_regions())::int[])
                  AND column_mapping.region_id = ANY (r.lineage)));
CREATE POLICY column_mapping_enter ON column_mapping FOR INSERT
  WITH CHECK (person_id = (SELECT current_person())
              AND region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]));
CREATE POLICY column_mapping_forget ON column_mapping FOR UPDATE
  USING (region_id = ANY ((SELECT regions_for('{field,head,planner,admin}'))::int[]));
-- Whoever may see an upload may see what was corrected of it; its sender alone corrects.
CREATE POLICY upload_correction_read ON upload_correction FOR SELECT
  USING (EXISTS (SELECT FROM upload u WHERE u.id = upload_id));
CREATE POLICY upload_correction_enter ON upload_correction FOR INSERT
  WITH CHECK (made_by = (SELECT current_person())
              AND EXISTS (SELECT FROM upload u WHERE u.id = upload_id AND u.person_id = (SELECT current_person())));
CREATE POLICY upload_correction_undo ON upload_correction FOR UPDATE
  USING (EXISTS (SELECT FROM upload u WHERE u.id = upload_id AND u.person_id = (SELECT current_person())));
CREATE POLICY upload_correction_row_read ON upload_correction_row FOR SELECT
  USING (EXISTS (SELECT FROM upload_correction c WHERE c.id = correction_id));
CREATE POLICY upload_correction_row_enter ON upload_correction_row FOR INSERT
  WITH CHECK (EXISTS (SELECT FROM upload_correction c WHERE c.id = correction_id
                       AND c.made_by = (SELECT current_person())));

SELECT allow_web('SELECT, INSERT, UPDATE', 'column_mapping');
SELECT allow_web('SELECT, INSERT, UPDATE', 'upload_correction');
SELECT allow_web('SELECT, INSERT', 'upload_correction_row');
