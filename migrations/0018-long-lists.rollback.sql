DROP INDEX project_search, map_project_dear, map_project_bare_recent, map_project_bare_dear,
  map_project_flagged_recent, map_project_flagged_dear;
DROP FUNCTION works_named(text[], integer);
CREATE INDEX project_name ON project USING gin (name gin_trgm_ops);
CREATE INDEX project_dear ON project (amount DESC NULLS LAST, number DESC) WHERE withdrawn_at IS NULL;
ALTER TABLE map_project DROP COLUMN number, DROP COLUMN hundredths;
CREATE OR REPLACE FUNCTION map_standing(projects uuid[]) RETURNS SETOF map_project LANGUAGE sql STABLE AS $$
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
CREATE OR REPLACE FUNCTION map_recount(projects uuid[]) RETURNS void LANGUAGE plpgsql
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
ALTER TABLE pair_standing DROP COLUMN group_id, DROP COLUMN probability, DROP COLUMN larger;
CREATE OR REPLACE FUNCTION pair_stands(pairs bigint[]) RETURNS SETOF pair_standing LANGUAGE sql STABLE AS $$
  SELECT x.id, a.region_id, b.region_id, x.draft_regions, x.kind, x.to_look_at,
         CASE WHEN coalesce(standing.verdict, 'withdrawn') = 'withdrawn' THEN 'open'
              WHEN standing.facts_hash <> x.facts_hash THEN 'reopened'
              WHEN standing.verdict = 'needs_visit' THEN 'visit' ELSE 'judged' END,
         standing.verdict, EXISTS (SELECT FROM answer t WHERE t.pair_id = x.id),
         coalesce(a.stage, '') NOT IN ('done', 'cancelled') OR coalesce(b.stage, '') NOT IN ('done', 'cancelled'),
         CASE WHEN (coalesce(a.amount, 'Infinity'), a.id) < (coalesce(b.amount, 'Infinity'), b.id)
              THEN a.id ELSE b.id END,
         x.money, coalesce(x.money * x.probability::numeric, -1), array_remove(ARRAY[a.year, b.year], NULL), array_remove(ARRAY[a.fund, b.fund], NULL), x.measured_at
    FROM unnest(pairs) AS wanted (id)
    JOIN pair x ON x.id = wanted.id AND x.retired_at IS NULL
    JOIN project a ON a.id = x.left_project
    JOIN project b ON b.id = x.right_project
    LEFT JOIN LATERAL (
      SELECT v.verdict, v.facts_hash FROM verdict v WHERE v.pair_id = x.id
       ORDER BY v.facts_hash = x.facts_hash DESC, v.id DESC LIMIT 1) AS standing ON true
$$;
CREATE OR REPLACE FUNCTION pair_restand(pairs bigint[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF pairs IS NULL THEN
    DELETE FROM pair_standing;
    pairs := ARRAY(SELECT id FROM pair WHERE retired_at IS NULL);
  END IF;
  PERFORM FROM pair_standing s WHERE s.pair_id = ANY (pairs) ORDER BY s.pair_id FOR UPDATE;
  DELETE FROM pair_standing s USING pair x
   WHERE s.pair_id = ANY (pairs) AND x.id = s.pair_id AND x.retired_at IS NOT NULL;
  INSERT INTO pair_standing AS s SELECT DISTINCT ON (pair_id) n.* FROM pair_stands(pairs) AS n
      ON CONFLICT (pair_id) DO UPDATE SET
         left_region = excluded.left_region, right_region = excluded.right_region,
         draft_regions = excluded.draft_regions, kind = excluded.kind, to_look_at = excluded.to_look_at,
         state = excluded.state, verdict = excluded.verdict, answered = excluded.answered,
         unfinished = excluded.unfinished, smaller = excluded.smaller, money = excluded.money, rank = excluded.rank, years = excluded.years,
         funds = excluded.funds, measured_at = excluded.measured_at
   WHERE s IS DISTINCT FROM excluded;
END
$$;
SELECT pair_restand(NULL);
