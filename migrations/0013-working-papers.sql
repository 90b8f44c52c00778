-- depends: 0012-map-counts
-- The inspectorate's working paper on a pair or a group: every version stays, and another person reviews it.

CREATE TABLE working_paper (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pair_id bigint REFERENCES pair,
  group_id uuid,
  version integer NOT NULL,
  number text NOT NULL DEFAULT '',
  assignment text NOT NULL DEFAULT '',
  condition text NOT NULL DEFAULT '',
  criteria text NOT NULL DEFAULT '',
  cause text NOT NULL DEFAULT '',
  effect text NOT NULL DEFAULT '',
  recommendation text NOT NULL DEFAULT '',
  draft_regions integer[] NOT NULL DEFAULT '{}',
  person_id uuid NOT NULL REFERENCES person,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a working paper is of a pair or of a group" CHECK (num_nonnulls(pair_id, group_id) = 1),
  CONSTRAINT "a number has at most 200 characters" CHECK (length(number) <= 200 AND length(assignment) <= 200),
  CONSTRAINT "a part of a working paper has at most 8,000 characters" CHECK (greatest(
    length(condition), length(criteria), length(cause), length(effect), length(recommendation)) <= 8000)
);
COMMENT ON COLUMN working_paper.assignment IS 'the surat tugas it is written under';
COMMENT ON COLUMN working_paper.draft_regions IS 'regions whose draft it may speak of, when written: only they may read it';
CREATE UNIQUE INDEX "a version of a pair's paper stands once" ON working_paper (pair_id, version)
  WHERE pair_id IS NOT NULL;
CREATE UNIQUE INDEX "a version of a group's paper stands once" ON working_paper (group_id, version)
  WHERE group_id IS NOT NULL;
CREATE INDEX working_paper_pair ON working_paper (pair_id);
CREATE INDEX working_paper_person ON working_paper (person_id);

CREATE TABLE working_paper_review (
  working_paper_id bigint PRIMARY KEY REFERENCES working_paper,
  person_id uuid NOT NULL REFERENCES person,
  note text,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a review's note has at most 4,000 characters" CHECK (length(note) <= 4000)
);
CREATE INDEX working_paper_review_person ON working_paper_review (person_id);

-- A group's paper may speak of every member, so it is closed to whoever may not read one of them.
CREATE FUNCTION note_draft_regions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  NEW.draft_regions := coalesce((SELECT array_agg(DISTINCT region) FROM pair x, unnest(x.draft_regions) AS region
                                  WHERE x.id = NEW.pair_id OR x.group_id = NEW.group_id), '{}');
  RETURN NEW;
END
$$;
CREATE TRIGGER note_draft_regions BEFORE INSERT ON working_paper
  FOR EACH ROW EXECUTE FUNCTION note_draft_regions();

-- Four eyes: whoever wrote any version of a paper up to this one does not review it.
CREATE FUNCTION paper_reviewed_by_another() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
CREATE TRIGGER paper_reviewed_by_another BEFORE INSERT ON working_paper_review
  FOR EACH ROW EXECUTE FUNCTION paper_reviewed_by_another();

-- How many works of a group the reader may not see, counted only for whoever sees one of its pairs.
CREATE FUNCTION hidden_in_group(wanted uuid) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT count(DISTINCT p.id)::integer
    FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
   WHERE x.group_id = wanted AND x.retired_at IS NULL AND p.draft AND NOT p.region_id = ANY (own_regions())
     AND EXISTS (SELECT FROM pair seen
                   JOIN project mine ON mine.id IN (seen.left_project, seen.right_project)
                  WHERE seen.group_id = wanted AND seen.retired_at IS NULL AND seen.draft_regions <@ own_regions()
                    AND mine.region_id = ANY (own_regions()))
$$;

ALTER TABLE working_paper ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE working_paper_review ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Readable and writable by auditors with territory over one of the works: the village gets the facts, not the draft.
CREATE POLICY working_paper_read ON working_paper FOR SELECT
  USING (draft_regions <@ (SELECT own_regions())::int[] AND EXISTS (
    SELECT FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
     WHERE (x.id = pair_id OR x.group_id = working_paper.group_id)
       AND p.region_id = ANY ((SELECT regions_for('{auditor,admin}'))::int[])));
CREATE POLICY working_paper_write ON working_paper FOR INSERT
  WITH CHECK (person_id = (SELECT current_person()) AND draft_regions <@ (SELECT own_regions())::int[] AND EXISTS (
    SELECT FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
     WHERE (x.id = pair_id OR x.group_id = working_paper.group_id)
       AND p.region_id = ANY ((SELECT regions_for('{auditor,admin}'))::int[])));
CREATE POLICY working_paper_review_read ON working_paper_review FOR SELECT
  USING (EXISTS (SELECT FROM working_paper w WHERE w.id = working_paper_id));
CREATE POLICY working_paper_review_give ON working_paper_review FOR INSERT
  WITH CHECK (person_id = (SELECT current_person())
              AND EXISTS (SELECT FROM working_paper w WHERE w.id = working_paper_id));

SELECT allow_web('SELECT, INSERT', 'working_paper');
SELECT allow_web('SELECT, INSERT', 'working_paper_review');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT ON working_paper, working_paper_review TO %I', door_role());
END
$$;
SELECT make_door('note_draft_regions()');
SELECT make_door('paper_reviewed_by_another()');
SELECT make_door('hidden_in_group(uuid)');
