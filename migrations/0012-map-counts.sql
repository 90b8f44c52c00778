-- depends: 0011-inspection
-- Maps of very many works: how each work is counted, and the counts by square and by region, kept by what changed.
-- A change appends what it adds and takes away, in its own transaction: no two people wait for one number, and a tile
-- is fresh with the commit. Rows are folded together now and then; a reader sees either all of them or their sum.

-- A copy, kept by the triggers below and by nobody else: hence no foreign keys.
CREATE TABLE map_project (
  project_id uuid PRIMARY KEY,
  region_id integer NOT NULL,
  draft boolean NOT NULL,
  year smallint,
  fund text,
  category text,
  stage text,
  flag smallint NOT NULL,
  amount numeric(18, 2),
  x integer,
  y integer,
  role text
);
COMMENT ON TABLE map_project IS 'each work as it is counted on maps; withdrawn works are not in it';
COMMENT ON COLUMN map_project.flag IS '1 an indication waits, 2 confirmed; by the pairs that every reader of the work may read';
COMMENT ON COLUMN map_project.role IS 'of the sites that count: visited before claimed before planned';
COMMENT ON COLUMN map_project.x IS 'of the middle of its first part: from the west in web mercator, the world is 2^31 wide; y from the north';
CREATE INDEX map_project_region ON map_project (region_id);

CREATE TABLE map_count (
  z smallint NOT NULL,
  tx integer NOT NULL,
  ty integer NOT NULL,
  facets smallint NOT NULL,
  cell smallint NOT NULL,
  region_id integer,
  year smallint,
  fund text,
  category text,
  stage text,
  flag smallint NOT NULL,
  works integer NOT NULL,
  x double precision NOT NULL,
  y double precision NOT NULL,
  folded boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN map_count.facets IS 'what the row is split by: 1 year, 2 fund, 4 category, 8 stage; 0, one of these, or all';
COMMENT ON COLUMN map_count.cell IS 'one of 8 by 8 in the tile, row by row';
COMMENT ON COLUMN map_count.region_id IS 'of drafts alone: only they have readers by region';
COMMENT ON COLUMN map_count.x IS 'sum of map_project.x; whole numbers below 2^53, so adding and taking away is exact';
CREATE INDEX map_count_tile ON map_count (z, tx, ty, facets);
CREATE INDEX map_count_loose ON map_count (z, tx, ty, facets) WHERE NOT folded;

CREATE TABLE region_count (
  facets smallint NOT NULL,
  region_id integer NOT NULL,
  draft boolean NOT NULL,
  year smallint,
  fund text,
  category text,
  stage text,
  flag smallint NOT NULL,
  works integer NOT NULL,
  without_point integer NOT NULL,
  priced integer NOT NULL,
  amount numeric NOT NULL,
  amount_without_point numeric NOT NULL,
  folded boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN region_count.facets IS 'as in map_count, and year with stage: what the first page draws';
COMMENT ON COLUMN region_count.priced IS 'works whose amount is known';
CREATE INDEX region_count_region ON region_count (facets, region_id);
CREATE INDEX region_count_loose ON region_count (facets, region_id) WHERE NOT folded;

-- Pairs with a draft have readers of their own: what they flag is added for these as a tile is made.
CREATE INDEX pair_with_draft ON pair (id) WHERE draft_regions <> '{}' AND retired_at IS NULL;

-- As app/queries/filters.py says it: 0 nothing, 1 waits for a verdict, 2 confirmed by a person.
CREATE FUNCTION pair_flag(x pair) RETURNS smallint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN standing.verdict IN ('same_record', 'double_funding', 'repeat_funding', 'partial_overlap') THEN 2
              WHEN x.to_look_at AND coalesce(standing.verdict, 'withdrawn') IN ('withdrawn', 'needs_visit') THEN 1
              ELSE 0 END::smallint
    FROM (SELECT (SELECT v.verdict FROM verdict v WHERE v.pair_id = x.id AND v.facts_hash = x.facts_hash
                   ORDER BY v.id DESC LIMIT 1) AS verdict) AS standing
$$;

-- How these works count now; a work stands where the first part of its best known site has its middle.
CREATE FUNCTION map_standing(projects uuid[]) RETURNS SETOF map_project LANGUAGE sql STABLE AS $$
  SELECT p.id, p.region_id, p.draft, p.year, p.fund, p.category, p.stage, coalesce(flagged.flag, 0::smallint), p.amount,
         floor((place.lon + 180) / 360 * 2147483647)::integer,
         floor((1 - ln(tan(place.lat) + 1 / cos(place.lat)) / pi()) / 2 * 2147483647)::integer, place.role
    FROM unnest(projects) AS wanted (id)
    JOIN project p ON p.id = wanted.id AND p.withdrawn_at IS NULL
    LEFT JOIN LATERAL (
      SELECT (ST_XMin(s.geom) + ST_XMax(s.geom)) / 2 AS lon,
             radians(greatest(least((ST_YMin(s.geom) + ST_YMax(s.geom)) / 2, 85), -85)) AS lat, s.role
        FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL
       ORDER BY array_position('{visited,claimed,planned}', s.role), s.part, s.id LIMIT 1) AS place ON true
    LEFT JOIN LATERAL (
      SELECT max(pair_flag(x)) AS flag
        FROM (SELECT o FROM pair o WHERE o.left_project = p.id
              UNION ALL SELECT o FROM pair o WHERE o.right_project = p.id) AS side (x)
       WHERE (x).retired_at IS NULL
         AND (x).draft_regions <@ CASE WHEN p.draft THEN ARRAY[p.region_id] ELSE '{}'::integer[] END) AS flagged ON true
$$;

-- Count these works anew and append what has changed. The rows are locked first and read afterwards, so that of two
-- transactions with one work in common the second takes away what the first has added. NULL counts all works, for a
-- database that was filled past the triggers.
CREATE FUNCTION map_recount(projects uuid[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  as_folded boolean := projects IS NULL;
BEGIN
  IF as_folded THEN
    DELETE FROM map_count;
    DELETE FROM region_count;
    DELETE FROM map_project;
    projects := ARRAY(SELECT id FROM project WHERE withdrawn_at IS NULL);
    PERFORM set_config('work_mem', '256MB', true);
  END IF;
  PERFORM FROM map_project m WHERE m.project_id = ANY (projects) ORDER BY m.project_id FOR UPDATE;
  WITH standing AS MATERIALIZED (SELECT * FROM map_standing(ARRAY(SELECT DISTINCT unnest(projects)))),
  before AS MATERIALIZED (SELECT m.* FROM map_project m WHERE m.project_id = ANY (projects)),
  change AS MATERIALIZED (
    SELECT -1 AS sign, b.* FROM before b LEFT JOIN standing s USING (project_id) WHERE s IS DISTINCT FROM b
    UNION ALL
    SELECT 1, s.* FROM standing s LEFT JOIN before b USING (project_id) WHERE b IS DISTINCT FROM s),
  fine AS MATERIALIZED (
    SELECT x >> 16 AS cx, y >> 16 AS cy, CASE WHEN draft THEN region_id END AS region_id, year, fund, category, stage,
           flag, sum(sign)::integer AS works, sum(sign * x::float8) AS x, sum(sign * y::float8) AS y
      FROM change WHERE x IS NOT NULL
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(sign) <> 0 OR sum(sign * x::float8) <> 0 OR sum(sign * y::float8) <> 0),
  squares AS (
    INSERT INTO map_count (z, tx, ty, facets, cell, region_id, year, fund, category, stage, flag, works, x, y, folded)
    SELECT level.z, cx >> (15 - level.z), cy >> (15 - level.z), 15 - grouping(stage, category, fund, year),
           (cx >> (12 - level.z) & 7) + 8 * (cy >> (12 - level.z) & 7), region_id, year, fund, category, stage, flag,
           sum(works), sum(x), sum(y), as_folded
      FROM fine CROSS JOIN generate_series(0, 12) AS level (z)
     GROUP BY 1, 2, 3, 5, region_id, flag,
              GROUPING SETS ((), (year), (fund), (category), (stage), (year, fund, category, stage))
     ORDER BY 1, 2, 3, 4, 5),
  regional AS (
    INSERT INTO region_count (facets, region_id, draft, year, fund, category, stage, flag, works, without_point, priced,
                              amount, amount_without_point, folded)
    SELECT 15 - grouping(stage, category, fund, year), region_id, draft, year, fund, category, stage, flag, sum(sign),
           coalesce(sum(sign) FILTER (WHERE x IS NULL), 0), coalesce(sum(sign) FILTER (WHERE amount IS NOT NULL), 0),
           coalesce(sum(sign * amount), 0), coalesce(sum(sign * amount) FILTER (WHERE x IS NULL), 0), as_folded
      FROM change
     GROUP BY region_id, draft, flag,
              GROUPING SETS ((), (year), (fund), (category), (stage), (year, stage), (year, fund, category, stage))
     ORDER BY 1, 2),
  dropped AS (
    DELETE FROM map_project m USING change c
     WHERE m.project_id = c.project_id AND c.sign = -1 AND m.project_id NOT IN (SELECT project_id FROM standing))
  INSERT INTO map_project AS m
  SELECT project_id, region_id, draft, year, fund, category, stage, flag, amount, x, y, role FROM change WHERE sign = 1
      ON CONFLICT (project_id) DO UPDATE SET
         region_id = excluded.region_id, draft = excluded.draft, year = excluded.year, fund = excluded.fund,
         category = excluded.category, stage = excluded.stage, flag = excluded.flag, amount = excluded.amount,
         x = excluded.x, y = excluded.y, role = excluded.role;
END
$$;

-- Sums in place of what was appended. One at a time; whoever comes meanwhile leaves it to the next.
CREATE FUNCTION map_fold() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('map_fold')) THEN
    RETURN;
  END IF;
  WITH loose AS (SELECT DISTINCT z, tx, ty, facets FROM map_count WHERE NOT folded),
  gone AS (
    DELETE FROM map_count m USING loose l
     WHERE m.z = l.z AND m.tx = l.tx AND m.ty = l.ty AND m.facets = l.facets RETURNING m.*)
  INSERT INTO map_count
  SELECT z, tx, ty, facets, cell, region_id, year, fund, category, stage, flag, sum(works), sum(x), sum(y), true
    FROM gone GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 HAVING sum(works) <> 0
   ORDER BY 1, 2, 3, 4, 5;
  WITH loose AS (SELECT DISTINCT facets, region_id FROM region_count WHERE NOT folded),
  gone AS (
    DELETE FROM region_count m USING loose l WHERE m.facets = l.facets AND m.region_id = l.region_id RETURNING m.*)
  INSERT INTO region_count
  SELECT facets, region_id, draft, year, fund, category, stage, flag, sum(works), sum(without_point), sum(priced),
         sum(amount), sum(amount_without_point), true
    FROM gone GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(works) <> 0;
  WITH gone AS (DELETE FROM data_change RETURNING changes)
  INSERT INTO data_change (changes) SELECT sum(changes) FROM gone HAVING count(*) > 0;
END
$$;

-- What a map depends on was a count of rows, one a change, and would have become the slowest part of every tile.
ALTER TABLE data_change ADD COLUMN changes bigint NOT NULL DEFAULT 1;
CREATE OR REPLACE FUNCTION data_version() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT coalesce(sum(changes), 0)::bigint FROM data_change
$$;

CREATE SEQUENCE map_turn;

-- The argument says which works the changed rows speak of.
CREATE FUNCTION keep_map_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  touched uuid[];
BEGIN
  EXECUTE TG_ARGV[0] INTO touched;
  IF cardinality(touched) > 0 THEN
    PERFORM map_recount(touched);
    IF nextval('map_turn') % 100 = 0 THEN
      PERFORM map_fold();
    END IF;
  END IF;
  RETURN NULL;
END
$$;

DO $$
DECLARE
  of_table text;
  touched text;
BEGIN
  FOR of_table, touched IN VALUES
    ('project', 'SELECT array_agg(id) FROM changed'),
    ('site', 'SELECT array_agg(DISTINCT project_id) FROM changed'),
    ('pair', 'SELECT array_agg(DISTINCT side.id) FROM changed, '
             'LATERAL (VALUES (left_project), (right_project)) AS side (id)'),
    ('verdict', 'SELECT array_agg(DISTINCT side.id) FROM changed c JOIN pair x ON x.id = c.pair_id, '
                'LATERAL (VALUES (x.left_project), (x.right_project)) AS side (id)')
  LOOP
    EXECUTE format('CREATE TRIGGER keep_map_counts_entered AFTER INSERT ON %I REFERENCING NEW TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION keep_map_counts(%L)', of_table, touched);
    EXECUTE format('CREATE TRIGGER keep_map_counts_changed AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION keep_map_counts(%L)', of_table, touched);
    EXECUTE format('CREATE TRIGGER keep_map_counts_removed AFTER DELETE ON %I REFERENCING OLD TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION keep_map_counts(%L)', of_table, touched);
  END LOOP;
END
$$;

REVOKE ALL ON FUNCTION pair_flag(pair), map_standing(uuid[]) FROM PUBLIC;

ALTER TABLE map_project ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE map_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE region_count ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- As the works themselves are read.
CREATE POLICY map_project_read ON map_project FOR SELECT
  USING ((NOT draft AND (SELECT current_person()) IS NOT NULL) OR region_id = ANY ((SELECT own_regions())::int[]));
CREATE POLICY map_count_read ON map_count FOR SELECT
  USING ((region_id IS NULL AND (SELECT current_person()) IS NOT NULL) OR region_id = ANY ((SELECT own_regions())::int[]));
CREATE POLICY region_count_read ON region_count FOR SELECT
  USING ((NOT draft AND (SELECT current_person()) IS NOT NULL) OR region_id = ANY ((SELECT own_regions())::int[]));

SELECT allow_web('SELECT', 'map_project');
SELECT allow_web('SELECT', 'map_count');
SELECT allow_web('SELECT', 'region_count');
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON map_project, map_count, region_count TO %I', door_role());
  EXECUTE format('GRANT DELETE ON data_change TO %I', door_role());
  EXECUTE format('GRANT USAGE ON SEQUENCE map_turn TO %I', door_role());
  EXECUTE format('GRANT EXECUTE ON FUNCTION pair_flag(pair), map_standing(uuid[]) TO %I', door_role());
END
$$;
SELECT make_door('keep_map_counts()');
SELECT make_door('map_fold()');
SELECT make_door('map_recount(uuid[])');
SELECT map_recount(NULL);
