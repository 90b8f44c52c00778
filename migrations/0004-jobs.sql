-- depends: 0003-pairs
-- The progress of what takes longer than a request. The queue itself is procrastinate's; this is what a person sees.

CREATE TABLE job (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  person_id uuid NOT NULL REFERENCES person,
  upload_id uuid REFERENCES upload,
  task text NOT NULL,
  state text NOT NULL DEFAULT 'queued',
  doing text,
  done integer NOT NULL DEFAULT 0,
  total integer,
  cancel_asked boolean NOT NULL DEFAULT false,
  refusal jsonb,
  queued_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz,
  CONSTRAINT "a job is queued, running, done, failed or cancelled"
    CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled'))
);
COMMENT ON COLUMN job.doing IS 'a message id; the page words it';
CREATE INDEX job_person ON job (person_id, queued_at);
CREATE INDEX job_upload ON job (upload_id);
CREATE UNIQUE INDEX "an upload has one unfinished job" ON job (upload_id) WHERE state IN ('queued', 'running');

ALTER TABLE job ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY job_own ON job USING (person_id = (SELECT current_person()))
  WITH CHECK (person_id = (SELECT current_person()));
SELECT allow_web('SELECT, INSERT, UPDATE', 'job');
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON job TO %I', door_role());
END
$$;
