-- depends: 0015-home-pages
-- Changing threshold and weights: as a draft, whose effect is shown before it is saved, by an administrator of the
-- whole territory. What decides has one door that asks who; counting anew what is common has another that changes
-- nothing else.

-- Whether the person asking administers the whole territory: the root, or every region just below it.
CREATE FUNCTION administers_everything() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(bool_or(r.level = 'root' AND held.so) OR bool_and(held.so) FILTER (WHERE r.level <> 'root'), false)
    FROM region r CROSS JOIN LATERAL (SELECT r.id = ANY ((SELECT regions_for('{admin}'))::int[])) AS held (so)
   WHERE r.valid_to IS NULL
     AND (r.level = 'root' OR r.parent_id = (SELECT id FROM region WHERE level = 'root'))
$$;

-- The weights that come with the version that is installed; app/installation/migrate.py writes them here.
CREATE FUNCTION shipped_model() RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT NULL::jsonb';

-- What of a kept model decides about a pair: its weights, prior and threshold, not what was counted.
CREATE FUNCTION what_decides(content jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT content - '{frequencies,version,notes}'::text[]
$$;
-- Which evidence it knows, with how many levels: weights made for other evidence cannot be used.
CREATE FUNCTION evidence_of(content jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('format', content->'format', 'levels',
                            (SELECT jsonb_object_agg(key, jsonb_array_length(value)) FROM jsonb_each(content->'weights')))
$$;
CREATE FUNCTION decision_hash(content jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT encode(sha256(convert_to(what_decides(content)::text, 'UTF8')), 'hex')
$$;

-- The owner is under the policies as everybody is, but for this line.
ALTER TABLE model NO FORCE ROW LEVEL SECURITY;
UPDATE model SET content = content || '{"flagged_from": 0.5}' WHERE NOT content ? 'flagged_from';
ALTER TABLE model FORCE ROW LEVEL SECURITY;
ALTER TABLE model
  ADD COLUMN decision_hash text NOT NULL GENERATED ALWAYS AS (decision_hash(content)) STORED,
  ADD COLUMN kept_by uuid REFERENCES person,
  ADD COLUMN reason text,
  ADD CONSTRAINT "a changed model says who and why" CHECK ((kept_by IS NULL) = (reason IS NULL));
COMMENT ON COLUMN model.kept_by IS 'who changed what decides; NULL: what is common was counted anew, nothing else';
CREATE INDEX model_kept_by ON model (kept_by);

CREATE TABLE model_draft (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  person_id uuid NOT NULL REFERENCES person,
  based_on bigint NOT NULL REFERENCES model,
  origin text NOT NULL,
  earlier_id bigint REFERENCES model,
  content jsonb NOT NULL,
  content_hash text NOT NULL GENERATED ALWAYS AS (decision_hash(content)) STORED,
  learned jsonb,
  result jsonb,
  made_at timestamptz NOT NULL DEFAULT now(),
  measured_at timestamptz,
  shown_at timestamptz,
  reason text,
  saved_as bigint REFERENCES model,
  CONSTRAINT "a draft is edited, learned from verdicts or an earlier model"
    CHECK (origin IN ('edited', 'verdicts', 'earlier') AND (origin = 'earlier') = (earlier_id IS NOT NULL)),
  CONSTRAINT "a change of the model has a reason" CHECK (reason ~ '\S' AND length(reason) <= 1000)
);
COMMENT ON TABLE model_draft IS 'what decides, as somebody would have it; its content never changes';
COMMENT ON COLUMN model_draft.result IS 'what would change, measured with this draft against the model it is based on';
CREATE INDEX model_draft_person ON model_draft (person_id, made_at);
CREATE INDEX model_draft_based_on ON model_draft (based_on);
CREATE INDEX model_draft_earlier ON model_draft (earlier_id);
CREATE INDEX model_draft_saved_as ON model_draft (saved_as);
ALTER TABLE model_draft ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY model_draft_read ON model_draft FOR SELECT USING ((SELECT administers_everything()));
CREATE POLICY model_draft_make ON model_draft FOR INSERT
  WITH CHECK (person_id = (SELECT current_person()) AND (SELECT administers_everything()));
CREATE POLICY model_draft_show ON model_draft FOR UPDATE
  USING (person_id = (SELECT current_person()) AND saved_as IS NULL AND (SELECT administers_everything()));
SELECT allow_web('SELECT', 'model_draft');
SELECT allow_web('INSERT (person_id, based_on, origin, earlier_id, content, learned)', 'model_draft');
SELECT allow_web('UPDATE (result, measured_at, shown_at, reason)', 'model_draft');

ALTER TABLE job ADD COLUMN draft_id uuid REFERENCES model_draft;
CREATE INDEX job_draft ON job (draft_id);
CREATE UNIQUE INDEX "a draft has one unfinished job" ON job (draft_id) WHERE state IN ('queued', 'running');

DROP FUNCTION matching_keep_model(text, integer, jsonb);

-- Whoever stores works may find that what is common must be counted anew. What decides stays that of the model in
-- force; only before the first one, or where a new version of the software measures other evidence, is it the shipped.
CREATE FUNCTION matching_renew_snapshot(new_version text, counted integer, new_content jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  last jsonb := (SELECT m.content FROM model m ORDER BY m.id DESC LIMIT 1);
  kept jsonb := last;
BEGIN
  IF what_decides(new_content) IS DISTINCT FROM what_decides(kept)
     AND (kept IS NULL OR evidence_of(kept) IS DISTINCT FROM evidence_of(shipped_model())) THEN
    kept := shipped_model();
  END IF;
  IF kept IS NULL OR what_decides(new_content) IS DISTINCT FROM what_decides(kept)
     OR new_content->>'version' IS DISTINCT FROM new_version
     OR split_part(new_version, '+', 1) IS DISTINCT FROM split_part(kept->>'version', '+', 1) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = 'counting anew changes neither weights nor threshold';
  END IF;
  INSERT INTO model (version, works, content) VALUES (new_version, counted, new_content);
END
$$;

-- The only way to other weights or another threshold: one's own draft, after what would change was shown for exactly
-- this draft and the model that is still in force.
CREATE FUNCTION matching_save_model(asked uuid, new_version text, counted integer, new_content jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  d model_draft;
  new_id bigint;
BEGIN
  SELECT * INTO d FROM model_draft WHERE id = asked FOR UPDATE;
  IF d.person_id IS DISTINCT FROM current_person() OR NOT administers_everything() THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = 'only an administrator of the whole territory saves their own draft';
  END IF;
  IF d.result IS NULL OR d.shown_at IS NULL OR d.shown_at < d.measured_at OR d.reason IS NULL OR d.saved_as IS NOT NULL
     OR d.based_on <> (SELECT max(id) FROM model) OR what_decides(new_content) IS DISTINCT FROM what_decides(d.content)
     OR new_content->>'version' IS DISTINCT FROM new_version THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a model is saved as it was shown',
      MESSAGE = 'what would change was not shown for this draft and the model in force';
  END IF;
  INSERT INTO model (version, works, content, kept_by, reason)
  VALUES (new_version, counted, new_content, d.person_id, d.reason) RETURNING id INTO new_id;
  UPDATE model_draft SET saved_as = new_id WHERE id = asked;
  RETURN new_id;
END
$$;

-- The facts on which somebody's verdict about these works stands: such a pair is measured whatever it scores, so that
-- no weight takes what a person has said out of the lists.
CREATE FUNCTION matching_judged(touched uuid[]) RETURNS TABLE (left_project uuid, right_project uuid, facts_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT x.left_project, x.right_project, v.facts_hash
    FROM (SELECT l.id, l.left_project, l.right_project
            FROM unnest(touched) AS t (project) JOIN pair l ON l.left_project = t.project
           UNION ALL
          SELECT r.id, r.left_project, r.right_project
            FROM unnest(touched) AS t (project) JOIN pair r ON r.right_project = t.project) x
    JOIN verdict v ON v.pair_id = x.id
   WHERE v.verdict <> 'withdrawn'
     AND NOT EXISTS (SELECT FROM verdict back WHERE back.pair_id = v.pair_id AND back.person_id = v.person_id
                      AND back.id > v.id AND back.verdict = 'withdrawn')
$$;

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON model_draft TO %I', door_role());
END
$$;
SELECT make_door('matching_renew_snapshot(text, integer, jsonb)');
SELECT make_door('matching_save_model(uuid, text, integer, jsonb)');
SELECT make_door('matching_judged(uuid[])');
