-- depends: 0010-queue
-- What an inspector begins with: signals that a machine counts over all public works, figures by village, and samples
-- that anyone can draw again. A signal is a reason to look; nothing here says that somebody did wrong.

CREATE TABLE anomaly_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  version bigint NOT NULL,
  works integer NOT NULL,
  direct_limit numeric(18, 2) NOT NULL,
  means jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN anomaly_run.version IS 'data_version() that was counted: another one now means that works have changed';
COMMENT ON COLUMN anomaly_run.means IS 'the share of each part of the village ranking over all works together';

CREATE TABLE anomaly (
  kind text NOT NULL,
  project_id uuid NOT NULL REFERENCES project,
  region_id integer NOT NULL REFERENCES region,
  measure double precision NOT NULL,
  amount numeric(18, 2),
  money numeric(18, 2),
  bunch text,
  reason jsonb NOT NULL,
  PRIMARY KEY (kind, project_id),
  CONSTRAINT "a kind of anomaly is on the one list"
    CHECK (kind IN ('unit_cost', 'split', 'stale', 'outside', 'crowded'))
);
COMMENT ON COLUMN anomaly.measure IS 'what the list is ordered by: robust z, times the limit, days, metres, works';
COMMENT ON COLUMN anomaly.amount IS 'the work''s own amount when it was counted, for sums that need not read the works';
COMMENT ON COLUMN anomaly.money IS 'what the signal is about: the cost above the middle, the sum of the packages, the amount';
COMMENT ON COLUMN anomaly.bunch IS 'works that share it make one signal together: the packages, the one point';
CREATE INDEX anomaly_order ON anomaly (kind, measure, project_id);
CREATE INDEX anomaly_project ON anomaly (project_id);
CREATE INDEX anomaly_region ON anomaly (region_id);
CREATE INDEX anomaly_bunch ON anomaly (bunch) WHERE bunch IS NOT NULL;

CREATE TABLE village_figures (
  region_id integer PRIMARY KEY REFERENCES region,
  works integer NOT NULL,
  money numeric(20, 2) NOT NULL,
  indicated_money numeric(20, 2) NOT NULL,
  confirmed integer NOT NULL,
  unit_cost integer NOT NULL,
  split integer NOT NULL,
  stale integer NOT NULL,
  outside integer NOT NULL,
  crowded integer NOT NULL,
  pointless integer NOT NULL,
  begun integer NOT NULL,
  unvisited integer NOT NULL
);
COMMENT ON COLUMN village_figures.unvisited IS 'of the works that have begun: nobody has stood there and said so';

-- Works that everybody who signed in may read: proposals stay out, so that a signal tells nobody of a foreign draft.
CREATE FUNCTION inspected_works() RETURNS SETOF project LANGUAGE sql STABLE AS $$
  SELECT * FROM project WHERE withdrawn_at IS NULL AND NOT draft AND coalesce(stage, '') <> 'cancelled'
$$;

-- Cost of one unit against works of the same category and unit, a year more or less. Logarithms, because twice as dear
-- and half as dear are equally odd; median and MAD, because a few odd works must not hide each other.
CREATE FUNCTION note_unit_cost() RETURNS void LANGUAGE sql AS $$
  WITH cost AS MATERIALIZED (
    SELECT id, region_id, category, lower(btrim(unit)) AS unit, year, volume, amount,
           ln((amount / volume)::float8) AS log_cost
      FROM inspected_works() WHERE amount > 0 AND volume > 0 AND category IS NOT NULL AND unit ~ '\S' AND year IS NOT NULL),
  around AS MATERIALIZED (
    SELECT category, unit, year + away AS year, log_cost FROM cost CROSS JOIN generate_series(-1, 1) AS away),
  middle AS MATERIALIZED (
    SELECT category, unit, year, count(*) AS works, percentile_cont(0.5) WITHIN GROUP (ORDER BY log_cost) AS log_median
      FROM around GROUP BY 1, 2, 3 HAVING count(*) >= 20),
  spread AS MATERIALIZED (
    SELECT category, unit, year, works, log_median,
           greatest(1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(log_cost - log_median)), 0.1) AS width
      FROM middle JOIN around USING (category, unit, year) GROUP BY 1, 2, 3, 4, 5)
  INSERT INTO anomaly (kind, project_id, region_id, measure, amount, money, reason)
  SELECT 'unit_cost', id, region_id, abs(log_cost - log_median) / width, amount,
         CASE WHEN log_cost > log_median THEN round(volume * (exp(log_cost) - exp(log_median))::numeric, 2) END,
         jsonb_build_object(
           'id', CASE WHEN log_cost > log_median THEN 'anomaly.unit_cost.high' ELSE 'anomaly.unit_cost.low' END,
           'values', jsonb_build_object(
             'cost', round(exp(log_cost)), 'unit', unit, 'median', round(exp(log_median)), 'works', works,
             'times', round(exp(abs(log_cost - log_median))::numeric, 1), 'category', 'category.' || category,
             'first', year - 1, 'last', year + 1, 'z', round((abs(log_cost - log_median) / width)::numeric, 1)))
    FROM cost JOIN spread USING (category, unit, year)
   WHERE abs(log_cost - log_median) / width >= 3.5 AND abs(log_cost - log_median) >= ln(1.5)
$$;

-- Packages of one village and year, of one contractor or named alike but for numbers, each just under the limit.
CREATE FUNCTION note_split(direct_limit numeric) RETURNS void LANGUAGE sql AS $$
  WITH package AS MATERIALIZED (
    SELECT id, region_id, year, amount, nullif(regexp_replace(lower(contractor), '[^a-z0-9]', '', 'g'), '') AS firm,
           nullif(regexp_replace(lower(name), '\m(paket|tahap|lanjutan|rt|rw|i|ii|iii|iv|v|vi|[a-e])\M|[^a-z]', '', 'g'),
                  '') AS words
      FROM inspected_works() WHERE amount >= 0.75 * direct_limit AND amount < direct_limit AND year IS NOT NULL),
  keyed AS MATERIALIZED (
    SELECT *, 'firm' AS shared, firm AS mark FROM package WHERE firm IS NOT NULL
    UNION ALL SELECT *, 'words', words FROM package WHERE words IS NOT NULL),
  bunch AS (
    SELECT region_id, year, shared, mark, count(*) AS works, sum(amount) AS money
      FROM keyed GROUP BY 1, 2, 3, 4 HAVING count(*) >= 2 AND sum(amount) > direct_limit)
  INSERT INTO anomaly (kind, project_id, region_id, measure, amount, money, bunch, reason)
  SELECT DISTINCT ON (k.id) 'split', k.id, k.region_id, b.money / direct_limit, k.amount, b.money,
         md5(concat_ws('|', b.region_id, b.year, b.shared, b.mark)),
         jsonb_build_object('id', 'anomaly.split.' || b.shared, 'values', jsonb_build_object(
           'works', b.works, 'money', b.money, 'limit', direct_limit, 'year', b.year))
    FROM keyed k JOIN bunch b USING (region_id, year, shared, mark)
   ORDER BY k.id, b.money DESC, b.shared
$$;

CREATE FUNCTION note_stale() RETURNS void LANGUAGE sql AS $$
  INSERT INTO anomaly (kind, project_id, region_id, measure, amount, money, reason)
  SELECT 'stale', id, region_id, current_date - due, amount, amount,
         jsonb_build_object(
           'id', CASE WHEN end_date IS NULL THEN 'anomaly.stale.year' ELSE 'anomaly.stale.end' END,
           'values', jsonb_build_object('due', due, 'year', year, 'days', current_date - due))
    FROM (SELECT *, coalesce(end_date, make_date(year, 12, 31)) AS due FROM inspected_works() WHERE stage = 'running') w
   WHERE current_date - due > 60
$$;

-- Beyond the border by more than the accuracy of the point; where the border is only approximate, a kilometre more.
CREATE FUNCTION note_outside() RETURNS void LANGUAGE sql AS $$
  WITH beyond AS (
    SELECT s.project_id, w.region_id, w.amount, r.approximate, r.name,
           max(ST_Distance(r.geom::geography, s.geom::geography)) AS away_m, max(coalesce(s.accuracy_m, 0)) AS accuracy_m
      FROM inspected_works() w
      JOIN region r ON r.id = w.region_id AND r.level = 'village' AND r.geom IS NOT NULL
      JOIN site s ON s.project_id = w.id AND s.superseded_at IS NULL
     WHERE w.village_known AND NOT ST_Intersects(r.geom, s.geom)
     GROUP BY 1, 2, 3, 4, 5)
  INSERT INTO anomaly (kind, project_id, region_id, measure, amount, money, reason)
  SELECT 'outside', project_id, region_id, away_m, amount, amount,
         jsonb_build_object(
           'id', CASE WHEN approximate THEN 'anomaly.outside.approximate' ELSE 'anomaly.outside.border' END,
           'values', jsonb_build_object('away_m', round(away_m), 'accuracy_m', round(accuracy_m), 'village', name))
    FROM beyond WHERE away_m > greatest(accuracy_m, 50) + CASE WHEN approximate THEN 1000 ELSE 0 END
$$;

-- One coordinate, to about a metre, for four works or more that are not one record.
CREATE FUNCTION note_crowded() RETURNS void LANGUAGE sql AS $$
  WITH point AS MATERIALIZED (
    SELECT w.id, w.region_id, w.amount, coalesce(w.record, w.id::text) AS record,
           round(ST_X(s.geom)::numeric, 5) AS lon, round(ST_Y(s.geom)::numeric, 5) AS lat
      FROM inspected_works() w JOIN site s ON s.project_id = w.id AND s.superseded_at IS NULL
     WHERE GeometryType(s.geom) = 'POINT'),
  spot AS (
    SELECT lon, lat, count(DISTINCT id) AS works, sum(amount) AS money FROM point GROUP BY 1, 2
    HAVING count(DISTINCT record) >= 4)
  INSERT INTO anomaly (kind, project_id, region_id, measure, amount, money, bunch, reason)
  SELECT DISTINCT ON (p.id) 'crowded', p.id, p.region_id, s.works, p.amount, p.amount, lon || ' ' || lat,
         jsonb_build_object('id', 'anomaly.crowded.point', 'values', jsonb_build_object(
           'works', s.works, 'point', jsonb_build_array(lon, lat), 'money', s.money))
    FROM point p JOIN spot s USING (lon, lat) ORDER BY p.id, s.works DESC
$$;

-- A work under indication counts once, with its own amount, however many pairs it is in.
CREATE FUNCTION note_village_figures() RETURNS void LANGUAGE sql AS $$
  WITH standing AS MATERIALIZED (
    SELECT x.left_project, x.right_project, x.to_look_at,
           (SELECT v.verdict FROM verdict v WHERE v.pair_id = x.id AND v.facts_hash = x.facts_hash
             ORDER BY v.id DESC LIMIT 1) AS verdict
      FROM pair x WHERE x.retired_at IS NULL AND x.draft_regions = '{}'),
  side AS (
    SELECT project_id, bool_or(to_look_at AND coalesce(verdict, 'withdrawn') IN ('withdrawn', 'needs_visit')) AS waits,
           bool_or(coalesce(verdict, '') IN ('same_record', 'double_funding', 'repeat_funding', 'partial_overlap'))
             AS confirmed
      FROM standing CROSS JOIN LATERAL unnest(ARRAY[left_project, right_project]) AS project_id GROUP BY 1),
  signal AS (
    SELECT region_id, count(*) FILTER (WHERE kind = 'unit_cost') AS unit_cost,
           count(*) FILTER (WHERE kind = 'split') AS split, count(*) FILTER (WHERE kind = 'stale') AS stale,
           count(*) FILTER (WHERE kind = 'outside') AS outside, count(*) FILTER (WHERE kind = 'crowded') AS crowded
      FROM anomaly GROUP BY 1),
  stood AS (
    SELECT project_id, bool_or(role = 'visited') AS visited FROM site WHERE superseded_at IS NULL GROUP BY 1)
  INSERT INTO village_figures
  SELECT w.region_id, count(*), coalesce(sum(w.amount), 0),
         coalesce(sum(w.amount) FILTER (WHERE side.waits OR side.confirmed), 0), count(*) FILTER (WHERE side.confirmed),
         coalesce(max(s.unit_cost), 0), coalesce(max(s.split), 0), coalesce(max(s.stale), 0),
         coalesce(max(s.outside), 0), coalesce(max(s.crowded), 0), count(*) FILTER (WHERE stood.project_id IS NULL),
         count(*) FILTER (WHERE w.stage IN ('running', 'done')),
         count(*) FILTER (WHERE w.stage IN ('running', 'done') AND NOT coalesce(stood.visited, false))
    FROM inspected_works() w
    JOIN region r ON r.id = w.region_id AND r.level = 'village'
    LEFT JOIN side ON side.project_id = w.id
    LEFT JOIN signal s ON s.region_id = w.region_id
    LEFT JOIN stood ON stood.project_id = w.id
   GROUP BY w.region_id
$$;

-- Counts all of it anew, in one transaction: a reader sees the old signals or the new ones, never half of them.
-- Without nested loops: just after a large load there are no statistics yet, and a loop over all works never ends.
CREATE FUNCTION refresh_anomalies(direct_limit numeric) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = off AS $$
DECLARE
  run bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('refresh_anomalies'));
  DELETE FROM anomaly;
  DELETE FROM village_figures;
  PERFORM note_unit_cost(), note_stale();
  PERFORM note_split(direct_limit);
  PERFORM note_outside();
  PERFORM note_crowded();
  PERFORM note_village_figures();
  INSERT INTO anomaly_run (version, works, direct_limit, means)
  SELECT data_version(), coalesce(sum(works), 0), direct_limit, jsonb_build_object(
           'indicated_money', coalesce(sum(indicated_money) / nullif(sum(money), 0), 0),
           'confirmed', coalesce(sum(confirmed)::float8 / nullif(sum(works), 0), 0),
           'unit_cost', coalesce(sum(unit_cost)::float8 / nullif(sum(works), 0), 0),
           'split', coalesce(sum(split)::float8 / nullif(sum(works), 0), 0),
           'stale', coalesce(sum(stale)::float8 / nullif(sum(works), 0), 0),
           'outside', coalesce(sum(outside)::float8 / nullif(sum(works), 0), 0),
           'crowded', coalesce(sum(crowded)::float8 / nullif(sum(works), 0), 0),
           'pointless', coalesce(sum(pointless)::float8 / nullif(sum(works), 0), 0),
           'unvisited', coalesce(sum(unvisited)::float8 / nullif(sum(begun), 0), 0))
    FROM village_figures
  RETURNING id INTO run;
  RETURN run;
END
$$;

-- Works that somebody has stood at are few: claimed against visited asks for these alone.
CREATE INDEX site_visited ON site (project_id) WHERE role = 'visited' AND superseded_at IS NULL;

-- A sample with the frame it was drawn from: the very lines whose sum is written on its paper.
CREATE TABLE sample (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region_id integer NOT NULL REFERENCES region,
  person_id uuid NOT NULL REFERENCES person,
  drawn_at timestamptz NOT NULL DEFAULT now(),
  purpose text NOT NULL DEFAULT '',
  seed text NOT NULL,
  method text NOT NULL,
  strata_of text NOT NULL,
  filter text NOT NULL,
  size integer NOT NULL,
  works integer NOT NULL,
  money numeric(20, 2) NOT NULL,
  frame_sum text NOT NULL,
  frame bytea NOT NULL,
  strata jsonb NOT NULL,
  CONSTRAINT "a sample is drawn by count or by money" CHECK (method IN ('count', 'money')),
  CONSTRAINT "strata are funds or villages, or there are none" CHECK (strata_of IN ('fund', 'village', 'none')),
  CONSTRAINT "a seed is 1 to 80 characters" CHECK (length(seed) BETWEEN 1 AND 80),
  CONSTRAINT "a purpose has at most 400 characters" CHECK (length(purpose) <= 400),
  CONSTRAINT "a sample takes 1 to 1,000 works of its frame" CHECK (size BETWEEN 1 AND 1000 AND size <= works)
);
COMMENT ON COLUMN sample.frame IS 'gzip of the lines "uuid,amount,stratum" in the order of the uuid';
COMMENT ON COLUMN sample.frame_sum IS 'sha256 of these lines, in hex';
CREATE INDEX sample_region ON sample (region_id, id);
CREATE INDEX sample_person ON sample (person_id);

CREATE TABLE sample_work (
  sample_id bigint NOT NULL REFERENCES sample,
  position integer NOT NULL,
  project_id uuid NOT NULL REFERENCES project,
  stratum text NOT NULL,
  amount numeric(18, 2),
  ticket text NOT NULL,
  certain boolean NOT NULL DEFAULT false,
  PRIMARY KEY (sample_id, position)
);
COMMENT ON COLUMN sample_work.ticket IS 'sha256 of "seed:uuid": what decided';
CREATE INDEX sample_work_project ON sample_work (project_id);

-- What an auditor finds, in the four parts of a working paper, and what follows: events that nobody changes.
CREATE TABLE finding (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  regions integer[] NOT NULL,
  pair_id bigint REFERENCES pair,
  title text NOT NULL,
  condition text NOT NULL,
  criteria text NOT NULL,
  cause text NOT NULL DEFAULT '',
  effect text NOT NULL DEFAULT '',
  recommendation text NOT NULL,
  amount numeric(18, 2),
  responsible text NOT NULL DEFAULT '',
  due_on date NOT NULL,
  state text NOT NULL DEFAULT 'open',
  written_by uuid NOT NULL REFERENCES person,
  written_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a finding is open, answered, followed up or closed"
    CHECK (state IN ('open', 'answered', 'followed_up', 'closed')),
  CONSTRAINT "a finding is about a region" CHECK (cardinality(regions) > 0),
  CONSTRAINT "a finding says condition, criteria and recommendation" CHECK (
    title ~ '\S' AND condition ~ '\S' AND criteria ~ '\S' AND recommendation ~ '\S'
    AND greatest(length(title), length(responsible)) <= 400
    AND greatest(length(condition), length(criteria), length(cause), length(effect), length(recommendation)) <= 8000),
  CONSTRAINT "an amount of a finding is not negative" CHECK (amount >= 0)
);
COMMENT ON COLUMN finding.regions IS 'the regions of its works when it was written: their villages read and answer it';
CREATE INDEX finding_regions ON finding USING gin (regions);
CREATE INDEX finding_pair ON finding (pair_id);
CREATE INDEX finding_written_by ON finding (written_by);
CREATE INDEX finding_due ON finding (due_on, id) WHERE state <> 'closed';

CREATE TABLE finding_project (
  finding_id bigint NOT NULL REFERENCES finding,
  project_id uuid NOT NULL REFERENCES project,
  PRIMARY KEY (finding_id, project_id)
);
CREATE INDEX finding_project_project ON finding_project (project_id);

CREATE TABLE finding_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  finding_id bigint NOT NULL REFERENCES finding,
  person_id uuid NOT NULL REFERENCES person,
  kind text NOT NULL,
  text text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a finding is answered, followed up, closed or opened again"
    CHECK (kind IN ('answered', 'followed_up', 'closed', 'reopened')),
  CONSTRAINT "an event of a finding says something" CHECK (text ~ '\S' AND length(text) <= 4000)
);
CREATE INDEX finding_event_finding ON finding_event (finding_id, id);
CREATE INDEX finding_event_person ON finding_event (person_id);

-- The state follows from the events alone; four eyes: it is closed by somebody who neither wrote it nor followed it up.
CREATE FUNCTION finding_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  known finding;
BEGIN
  SELECT * INTO STRICT known FROM finding WHERE id = NEW.finding_id FOR UPDATE;
  IF NOT coalesce(NEW.kind = ANY (CASE known.state
       WHEN 'open' THEN '{answered,followed_up}' WHEN 'answered' THEN '{answered,followed_up}'
       WHEN 'followed_up' THEN '{answered,followed_up,closed,reopened}' WHEN 'closed' THEN '{reopened}'
       END::text[]), false) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a finding is followed up before it is closed',
      MESSAGE = 'not from this state';
  END IF;
  IF NEW.kind = 'closed' AND (known.written_by = NEW.person_id OR EXISTS (
       SELECT FROM finding_event e WHERE e.finding_id = known.id AND e.person_id = NEW.person_id
                                     AND e.kind IN ('answered', 'followed_up'))) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a finding is closed by another person',
      MESSAGE = 'the person wrote or followed up the finding';
  END IF;
  UPDATE finding SET state = CASE NEW.kind WHEN 'reopened' THEN 'open'
           WHEN 'answered' THEN CASE known.state WHEN 'followed_up' THEN 'followed_up' ELSE 'answered' END
           ELSE NEW.kind END WHERE id = known.id;
  RETURN NEW;
END
$$;
CREATE TRIGGER finding_moves BEFORE INSERT ON finding_event FOR EACH ROW EXECUTE FUNCTION finding_moves();

ALTER TABLE anomaly_run ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE anomaly ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE village_figures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sample ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sample_work ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE finding ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE finding_project ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE finding_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- A village sees the signals about its own works; samples are the inspection's own until the visit.
CREATE POLICY anomaly_run_read ON anomaly_run FOR SELECT USING (true);
CREATE POLICY anomaly_read ON anomaly FOR SELECT USING (region_id = ANY ((SELECT own_regions())::int[]));
CREATE POLICY village_figures_read ON village_figures FOR SELECT
  USING (region_id = ANY ((SELECT own_regions())::int[]));
CREATE POLICY sample_read ON sample FOR SELECT
  USING (region_id = ANY ((SELECT regions_for('{planner,auditor,admin}'))::int[]));
CREATE POLICY sample_draw ON sample FOR INSERT
  WITH CHECK (person_id = (SELECT current_person())
              AND region_id = ANY ((SELECT regions_for('{planner,auditor,admin}'))::int[]));
CREATE POLICY sample_work_read ON sample_work FOR SELECT USING (EXISTS (SELECT FROM sample s WHERE s.id = sample_id));
CREATE POLICY sample_work_draw ON sample_work FOR INSERT
  WITH CHECK (EXISTS (SELECT FROM sample s WHERE s.id = sample_id AND s.person_id = (SELECT current_person())));

-- Auditors of all its regions write and close a finding; the villages whose works it is about read and answer it.
CREATE POLICY finding_read ON finding FOR SELECT
  USING (regions && (SELECT regions_for('{auditor,field,head}'))::int[]);
CREATE POLICY finding_write ON finding FOR INSERT
  WITH CHECK (written_by = (SELECT current_person()) AND state = 'open'
              AND regions <@ (SELECT regions_for('{auditor}'))::int[]);
CREATE POLICY finding_project_read ON finding_project FOR SELECT
  USING (EXISTS (SELECT FROM finding f WHERE f.id = finding_id));
CREATE POLICY finding_project_write ON finding_project FOR INSERT
  WITH CHECK (EXISTS (SELECT FROM finding f JOIN project p ON p.id = project_id
                       WHERE f.id = finding_id AND f.written_by = (SELECT current_person())
                         AND p.region_id = ANY (f.regions)));
CREATE POLICY finding_event_read ON finding_event FOR SELECT
  USING (EXISTS (SELECT FROM finding f WHERE f.id = finding_id));
CREATE POLICY finding_event_add ON finding_event FOR INSERT
  WITH CHECK (person_id = (SELECT current_person()) AND EXISTS (
    SELECT FROM finding f WHERE f.id = finding_id AND CASE kind
      WHEN 'answered' THEN f.regions && (SELECT regions_for('{field,head}'))::int[]
      WHEN 'followed_up' THEN f.regions && (SELECT regions_for('{auditor,field,head}'))::int[]
      ELSE f.regions <@ (SELECT regions_for('{auditor}'))::int[] END));

SELECT allow_web('SELECT, INSERT', 'finding');
SELECT allow_web('SELECT, INSERT', 'finding_project');
SELECT allow_web('SELECT, INSERT', 'finding_event');
SELECT allow_web('SELECT', 'anomaly_run');
SELECT allow_web('SELECT', 'anomaly');
SELECT allow_web('SELECT', 'village_figures');
SELECT allow_web('SELECT, INSERT', 'sample');
SELECT allow_web('SELECT, INSERT', 'sample_work');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON anomaly_run, anomaly, village_figures TO %I', door_role());
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON finding, finding_project, finding_event TO %I', door_role());
END
$$;
SELECT make_door('refresh_anomalies(numeric)');
SELECT make_door('finding_moves()');
