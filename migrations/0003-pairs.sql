-- depends: 0002-projects
-- What may be one work paid twice: pairs with their evidence, people's verdicts, the village's answers, and the door
-- through which the matching engine alone sees every work, drafts and foreign territory included.

-- Weights with their snapshot of what is common and crowded: each stored pair names the version that measured it.
CREATE TABLE model (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version text NOT NULL,
  works integer NOT NULL,
  content jsonb NOT NULL,
  kept_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE model IS 'the latest row decides; older ones stay, for pairs and verdicts that rest on them';

CREATE TABLE pair (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  left_project uuid NOT NULL REFERENCES project,
  right_project uuid NOT NULL REFERENCES project,
  left_site bigint REFERENCES site,
  right_site bigint REFERENCES site,
  touching smallint NOT NULL DEFAULT 0,
  kind text NOT NULL,
  to_look_at boolean NOT NULL,
  score real NOT NULL,
  probability real NOT NULL,
  distance_m real,
  overlap_m real,
  overlap_share real,
  levels jsonb NOT NULL,
  weights jsonb NOT NULL,
  reason jsonb NOT NULL,
  money numeric(18, 2),
  group_id uuid,
  model text NOT NULL,
  facts_hash text NOT NULL,
  draft_regions integer[] NOT NULL DEFAULT '{}',
  measured_at timestamptz NOT NULL DEFAULT now(),
  retired_at timestamptz,
  CONSTRAINT "a pair is written once, smaller id left" CHECK (left_project < right_project),
  CONSTRAINT "a pair stands once" UNIQUE (left_project, right_project),
  CONSTRAINT "a probability lies between 0 and 1" CHECK (probability BETWEEN 0 AND 1),
  CONSTRAINT "a share lies between 0 and 1" CHECK (overlap_share BETWEEN 0 AND 1),
  CONSTRAINT "a kind is on the one list" CHECK (kind IN (
    'same_record', 'double_funding', 'repeat_funding', 'partial_overlap', 'continuation', 'two_sides', 'one_contract',
    'asset_set', 'shared_funding', 'carried_over', 'maintenance', 'neighbours'))
);
COMMENT ON COLUMN pair.money IS 'money to look at: the smaller amount times the overlap share';
COMMENT ON COLUMN pair.facts_hash IS 'what a verdict rests on: the facts and sites of both works when measured';
COMMENT ON COLUMN pair.draft_regions IS 'regions whose draft takes part: only they may read the pair';
CREATE INDEX pair_right ON pair (right_project);
CREATE INDEX pair_left_site ON pair (left_site);
CREATE INDEX pair_right_site ON pair (right_site);
CREATE INDEX pair_to_look_at ON pair ((money * probability::numeric) DESC NULLS LAST, id)
  WHERE to_look_at AND retired_at IS NULL;
CREATE INDEX pair_group ON pair (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE verdict (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pair_id bigint NOT NULL REFERENCES pair,
  person_id uuid NOT NULL REFERENCES person,
  verdict text NOT NULL,
  note text,
  facts_hash text NOT NULL,
  machine_kind text NOT NULL,
  machine_probability real NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a verdict is a kind, not_related, needs_visit or withdrawn" CHECK (verdict IN (
    'same_record', 'double_funding', 'repeat_funding', 'partial_overlap', 'continuation', 'two_sides', 'one_contract',
    'asset_set', 'shared_funding', 'carried_over', 'maintenance', 'neighbours',
    'not_related', 'needs_visit', 'withdrawn')),
  CONSTRAINT "a note has at most 4,000 characters" CHECK (length(note) <= 4000)
);
CREATE INDEX verdict_pair ON verdict (pair_id, id DESC);
CREATE INDEX verdict_person ON verdict (person_id);

CREATE TABLE answer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pair_id bigint NOT NULL REFERENCES pair,
  region_id integer NOT NULL REFERENCES region,
  person_id uuid NOT NULL REFERENCES person,
  text text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "an answer says something" CHECK (text ~ '\S' AND length(text) <= 4000)
);
CREATE INDEX answer_pair ON answer (pair_id);
CREATE INDEX answer_region ON answer (region_id);
CREATE INDEX answer_person ON answer (person_id);

-- Four eyes, in the database: nobody judges a pair with a work that they entered themselves, or whose site they sent.
CREATE FUNCTION verdict_by_another_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
CREATE TRIGGER verdict_by_another_person BEFORE INSERT ON verdict
  FOR EACH ROW EXECUTE FUNCTION verdict_by_another_person();

CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE ON pair
  FOR EACH STATEMENT EXECUTE FUNCTION note_data_change();
CREATE TRIGGER note_data_change AFTER INSERT ON verdict FOR EACH STATEMENT EXECUTE FUNCTION note_data_change();

ALTER TABLE model ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE pair ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE verdict ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE answer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY model_read ON model FOR SELECT USING ((SELECT current_person()) IS NOT NULL);
CREATE POLICY pair_read ON pair FOR SELECT
  USING ((SELECT current_person()) IS NOT NULL AND draft_regions <@ (SELECT own_regions())::int[]);
CREATE POLICY verdict_read ON verdict FOR SELECT USING (EXISTS (SELECT FROM pair x WHERE x.id = pair_id));
CREATE POLICY verdict_give ON verdict FOR INSERT
  WITH CHECK (person_id = (SELECT current_person()) AND EXISTS (
    SELECT FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
     WHERE x.id = pair_id AND p.region_id = ANY ((SELECT regions_for('{planner,auditor,admin}'))::int[])));
CREATE POLICY answer_read ON answer FOR SELECT USING (EXISTS (SELECT FROM pair x WHERE x.id = pair_id));
CREATE POLICY answer_give ON answer FOR INSERT
  WITH CHECK (person_id = (SELECT current_person())
              AND region_id = ANY ((SELECT regions_for('{field,head}'))::int[])
              AND EXISTS (SELECT FROM pair x JOIN project p ON p.id IN (x.left_project, x.right_project)
                           WHERE x.id = pair_id AND p.region_id = ANY ((SELECT regions_for('{field,head}'))::int[])));

SELECT allow_web('SELECT', 'model');
SELECT allow_web('SELECT', 'pair');
SELECT allow_web('SELECT, INSERT', 'verdict');
SELECT allow_web('SELECT, INSERT', 'answer');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON model, pair, verdict, answer TO %I', door_role());
END
$$;

-- THE MATCHING DOOR. Only app/queries/matching.py calls these (a test keeps it so), and nothing they return reaches
-- a page unless the person may read it.

-- The site that counts of each work: visited before claimed before planned.
CREATE FUNCTION matching_sites(projects uuid[])
RETURNS TABLE (project uuid, site bigint, region_id integer, region_code text, draft boolean, source text, record text,
               name text, category text, activity_code text, year smallint, stage text, fund text, fund_shares jsonb,
               amount numeric, place text, rt text, rw text, contractor text, contract text, start_date date,
               end_date date, role text, method text, accuracy_m real, geom geometry)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, s.id, p.region_id, CASE WHEN p.village_known THEN r.code END, p.draft, p.source, p.record, p.name,
         p.category, p.activity_code, p.year, p.stage, p.fund, p.fund_shares, p.amount, p.place, p.rt, p.rw,
         p.contractor, p.contract, p.start_date, p.end_date, s.role, s.method, s.accuracy_m, s.geom
    FROM project p
    JOIN region r ON r.id = p.region_id
    LEFT JOIN site s ON s.project_id = p.id AND s.superseded_at IS NULL
         AND NOT EXISTS (SELECT FROM site better WHERE better.project_id = p.id AND better.superseded_at IS NULL
                          AND array_position('{visited,claimed,planned}', better.role)
                              < array_position('{visited,claimed,planned}', s.role))
   WHERE p.id = ANY (projects) AND p.withdrawn_at IS NULL
   ORDER BY p.id, s.id
$$;

-- Works with a site whose box comes within reach_m of the given geometry's box: a superset, the engine decides.
CREATE FUNCTION matching_around(shape geometry, reach_m double precision)
RETURNS TABLE (project uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  south double precision := greatest(abs(ST_YMin(shape)), abs(ST_YMax(shape)));
  box geometry := ST_Expand(ST_Envelope(shape), reach_m / (111000 * greatest(cos(radians(least(south, 89))), 0.01)),
                            reach_m / 110000);
BEGIN
  RETURN QUERY SELECT DISTINCT s.project_id FROM site s JOIN project p ON p.id = s.project_id
    WHERE s.geom && box AND s.superseded_at IS NULL AND p.withdrawn_at IS NULL;
END
$$;

-- The same for the current sites of many works at once, each with its own reach.
CREATE FUNCTION matching_near(projects uuid[], reaches_m double precision[])
RETURNS TABLE (project uuid, other uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT a.project_id, b.project_id
    FROM unnest(projects, reaches_m) AS wanted (project_id, reach_m)
    JOIN site a ON a.project_id = wanted.project_id AND a.superseded_at IS NULL
    CROSS JOIN LATERAL (
      SELECT s.project_id FROM site s
       WHERE s.geom && ST_Expand(ST_Envelope(a.geom),
                 wanted.reach_m / (111000 * greatest(cos(radians(least(greatest(abs(ST_YMin(a.geom)), abs(ST_YMax(a.geom))), 89))), 0.01)),
                 wanted.reach_m / 110000)
         AND s.superseded_at IS NULL AND s.project_id <> a.project_id) b
    JOIN project p ON p.id = b.project_id AND p.withdrawn_at IS NULL
$$;

-- Works of the same region of which one has no point: compared by what they have.
CREATE FUNCTION matching_without_point(projects uuid[])
RETURNS TABLE (project uuid, other uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH wanted AS (
    SELECT p.id, p.region_id, EXISTS (SELECT FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL) AS located
      FROM project p WHERE p.id = ANY (projects) AND p.withdrawn_at IS NULL AND p.village_known)
  SELECT w.id, o.id
    FROM wanted w JOIN project o ON o.region_id = w.region_id AND o.id <> w.id AND o.withdrawn_at IS NULL
                                AND o.village_known
   WHERE NOT w.located
      OR NOT EXISTS (SELECT FROM site s WHERE s.project_id = o.id AND s.superseded_at IS NULL)
$$;

-- Every work that counts: to count what is common, and to measure anew when the snapshot has become too old.
CREATE FUNCTION matching_everyone() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT id FROM project WHERE withdrawn_at IS NULL ORDER BY id
$$;

CREATE FUNCTION matching_keep_model(new_version text, counted integer, weights jsonb) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO model (version, works, content) VALUES (new_version, counted, weights)
$$;

-- Writes what the engine measured. Pairs of touched works that were not measured again are no longer near: retired,
-- never deleted, because a verdict may stand on them. Answers with the ids of pairs that are new or changed.
CREATE FUNCTION matching_store(touched uuid[], measured jsonb)
RETURNS TABLE (pair_id bigint, is_new boolean) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE pair x SET retired_at = now()
   WHERE (x.left_project = ANY (touched) OR x.right_project = ANY (touched)) AND x.retired_at IS NULL
     AND NOT EXISTS (SELECT FROM jsonb_to_recordset(measured) AS m (left_project uuid, right_project uuid)
                      WHERE m.left_project = x.left_project AND m.right_project = x.right_project);
  RETURN QUERY
  INSERT INTO pair AS x (left_project, right_project, left_site, right_site, touching, kind, to_look_at, score,
                         probability, distance_m, overlap_m, overlap_share, levels, weights, reason, money, model,
                         facts_hash, draft_regions)
  SELECT m.left_project, m.right_project, m.left_site, m.right_site, m.touching, m.kind, m.to_look_at, m.score,
         m.probability, m.distance_m, m.overlap_m, m.overlap_share, m.levels, m.weights, m.reason, m.money, m.model,
         m.facts_hash,
         coalesce((SELECT array_agg(DISTINCT p.region_id) FROM project p
                    WHERE p.id IN (m.left_project, m.right_project) AND p.draft), '{}')
    FROM jsonb_to_recordset(measured) AS m (
           left_project uuid, right_project uuid, left_site bigint, right_site bigint, touching smallint, kind text,
           to_look_at boolean, score real, probability real, distance_m real, overlap_m real, overlap_share real,
           levels jsonb, weights jsonb, reason jsonb, money numeric, model text, facts_hash text)
  ON CONFLICT ON CONSTRAINT "a pair stands once" DO UPDATE SET
         left_site = excluded.left_site, right_site = excluded.right_site, touching = excluded.touching,
         kind = excluded.kind, to_look_at = excluded.to_look_at, score = excluded.score,
         probability = excluded.probability, distance_m = excluded.distance_m, overlap_m = excluded.overlap_m,
         overlap_share = excluded.overlap_share, levels = excluded.levels, weights = excluded.weights,
         reason = excluded.reason, money = excluded.money, model = excluded.model, facts_hash = excluded.facts_hash,
         draft_regions = excluded.draft_regions, measured_at = now(), retired_at = NULL
  RETURNING x.id, x.xmax = 0;
END
$$;

-- The pairs to look at that hang together with the touched works, to group them anew.
CREATE FUNCTION matching_component(touched uuid[])
RETURNS TABLE (pair_id bigint, left_project uuid, right_project uuid, probability real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE reached (project) AS (
    SELECT unnest(touched)
    UNION
    SELECT CASE WHEN x.left_project = reached.project THEN x.right_project ELSE x.left_project END
      FROM reached JOIN pair x ON reached.project IN (x.left_project, x.right_project)
     WHERE x.to_look_at AND x.retired_at IS NULL)
  SELECT x.id, x.left_project, x.right_project, x.probability
    FROM pair x
   WHERE x.to_look_at AND x.retired_at IS NULL AND x.left_project IN (SELECT project FROM reached)
   ORDER BY x.id
$$;

CREATE FUNCTION matching_group(pairs bigint[], groups uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE pair x SET group_id = g.group_id
    FROM unnest(pairs, groups) AS g (pair_id, group_id)
   WHERE x.id = g.pair_id AND x.group_id IS DISTINCT FROM g.group_id
$$;

-- A foreign draft that resembles a work one may read is shown as its village and the kind, and nothing else.
CREATE FUNCTION hidden_pairs(own_project uuid)
RETURNS TABLE (kind text, village text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT x.kind, r.name
    FROM pair x
    JOIN project mine ON mine.id = own_project
    JOIN project other ON other.id = CASE WHEN x.left_project = own_project THEN x.right_project ELSE x.left_project END
    JOIN region r ON r.id = other.region_id
   WHERE own_project IN (x.left_project, x.right_project) AND x.to_look_at AND x.retired_at IS NULL
     AND other.draft AND NOT other.region_id = ANY (own_regions())
     AND mine.region_id = ANY (own_regions())
$$;

DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY['matching_everyone()', 'matching_keep_model(text, integer, jsonb)',
    'matching_sites(uuid[])', 'matching_around(geometry, double precision)',
    'matching_near(uuid[], double precision[])', 'matching_without_point(uuid[])', 'matching_store(uuid[], jsonb)',
    'matching_component(uuid[])', 'matching_group(bigint[], uuid[])', 'hidden_pairs(uuid)',
    'verdict_by_another_person()']
  LOOP
    PERFORM make_door(door);
  END LOOP;
END
$$;
