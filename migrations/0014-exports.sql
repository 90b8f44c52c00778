-- depends: 0013-working-papers
-- Who took which list out of the installation, when, and what it held. The file of a large one lies on disk for a day.

CREATE TABLE export (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  person_id uuid NOT NULL REFERENCES person,
  job_id uuid REFERENCES job,
  source text NOT NULL,
  asked text NOT NULL,
  format text NOT NULL,
  language text NOT NULL,
  rows bigint,
  without_point bigint,
  bytes bigint,
  draft_regions integer[],
  asked_at timestamptz NOT NULL DEFAULT now(),
  made_at timestamptz,
  CONSTRAINT "what is exported is asked for in at most 400,000 characters" CHECK (length(asked) <= 400000),
  CONSTRAINT "an export that was made says what it holds"
    CHECK (made_at IS NULL OR (rows > 0 AND without_point BETWEEN 0 AND rows AND bytes > 0 AND draft_regions IS NOT NULL))
);
COMMENT ON COLUMN export.source IS 'which list: a name of app/jobs/exporting.py';
COMMENT ON COLUMN export.asked IS 'filter, area and selection as a query string; read again when the file is made';
COMMENT ON COLUMN export.draft_regions IS 'regions whose drafts the file holds: delivered only to whoever may still read them';
CREATE INDEX export_person ON export (person_id, asked_at);
CREATE INDEX export_job ON export (job_id);

ALTER TABLE export ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY export_own ON export USING (person_id = (SELECT current_person()))
  WITH CHECK (person_id = (SELECT current_person()));
SELECT allow_web('SELECT, INSERT, UPDATE', 'export');
