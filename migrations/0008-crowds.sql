-- depends: 0007-checks
-- Crowds that come and go between two counts, and neighbourhoods that cost what they hold, not its square.

-- Which coordinates have become crowded since a model was counted, or are no longer. A row is never changed: the last
-- word on a coordinate holds, and which rows somebody sees says which model they measure with.
CREATE TABLE crowd (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model_id bigint NOT NULL REFERENCES model,
  lon double precision NOT NULL,
  lat double precision NOT NULL,
  crowded boolean NOT NULL,
  works integer NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN crowd.works IS 'works on the coordinate when this was noted';
CREATE INDEX crowd_model ON crowd (model_id, id);
ALTER TABLE crowd ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY crowd_read ON crowd FOR SELECT USING ((SELECT current_person()) IS NOT NULL);
SELECT allow_web('SELECT', 'crowd');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT ON crowd TO %I', door_role());
END
$$;

CREATE FUNCTION matching_note_crowds(lons double precision[], lats double precision[], are_crowded boolean[],
                                     how_many integer[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  INSERT INTO crowd (model_id, lon, lat, crowded, works)
  SELECT (SELECT max(id) FROM model), x.* FROM unnest(lons, lats, are_crowded, how_many) x
$$;

-- Where works stand and have ever stood: what a work leaves behind is compared anew as well.
CREATE FUNCTION matching_places(projects uuid[])
RETURNS TABLE (region_id integer, west double precision, south double precision, east double precision,
               north double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.region_id, NULL::float8, NULL::float8, NULL::float8, NULL::float8
    FROM project p WHERE p.id = ANY (projects)
  UNION
  SELECT (f.facts ->> 'region_id')::integer, NULL, NULL, NULL, NULL
    FROM project_fact f WHERE f.project_id = ANY (projects)
  UNION
  SELECT NULL, ST_XMin(s.geom), ST_YMin(s.geom), ST_XMax(s.geom), ST_YMax(s.geom)
    FROM site s WHERE s.project_id = ANY (projects)
$$;

-- Works with a current site within reach of where these stand, or within most_m of where they have ever stood. Many on
-- one spot ask once. Here and below each row is looked up by itself: as a join, a plan may walk through all works.
CREATE FUNCTION matching_beside(projects uuid[], reaches_m double precision[], most_m double precision)
RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT b.project_id
    FROM (SELECT ST_XMin(s.geom) AS west, ST_YMin(s.geom) AS south, ST_XMax(s.geom) AS east, ST_YMax(s.geom) AS north,
                 max(CASE WHEN s.superseded_at IS NULL THEN wanted.reach_m ELSE most_m END) AS reach_m
            FROM unnest(projects, reaches_m) AS wanted (project_id, reach_m)
            JOIN site s ON s.project_id = wanted.project_id
           GROUP BY 1, 2, 3, 4) a
    CROSS JOIN LATERAL (
      SELECT s.project_id FROM site s
       WHERE s.geom && ST_Expand(ST_MakeEnvelope(a.west, a.south, a.east, a.north, 4326),
                 a.reach_m / (111000 * greatest(cos(radians(least(greatest(abs(a.south), abs(a.north)), 89))), 0.01)),
                 a.reach_m / 110000)
         AND s.superseded_at IS NULL
      OFFSET 0) b
   WHERE (SELECT p.withdrawn_at IS NULL FROM project p WHERE p.id = b.project_id)
$$;

-- All works of the regions in which these are or have ever been, where one of a region has no point: there words choose
-- pairs among all of them.
CREATE FUNCTION matching_villages(projects uuid[])
RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH village AS MATERIALIZED (
    SELECT p.region_id FROM project p WHERE p.id = ANY (projects)
    UNION
    SELECT (f.facts ->> 'region_id')::integer FROM project_fact f WHERE f.project_id = ANY (projects)),
  of_them AS MATERIALIZED (
    SELECT p.id, p.region_id,
           (SELECT s.id FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL LIMIT 1) IS NULL AS bare
      FROM village v CROSS JOIN LATERAL (
        SELECT one.id, one.region_id FROM project one
         WHERE one.region_id = v.region_id AND one.withdrawn_at IS NULL AND one.village_known OFFSET 0) p)
  SELECT id FROM of_them WHERE region_id IN (SELECT region_id FROM of_them WHERE bare)
$$;
DROP FUNCTION matching_near(uuid[], double precision[]);
DROP FUNCTION matching_without_point(uuid[]);

CREATE FUNCTION matching_works() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT count(*) FROM project WHERE withdrawn_at IS NULL
$$;

DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY[
    'matching_note_crowds(double precision[], double precision[], boolean[], integer[])', 'matching_places(uuid[])',
    'matching_beside(uuid[], double precision[], double precision)', 'matching_villages(uuid[])', 'matching_works()']
  LOOP
    PERFORM make_door(door);
  END LOOP;
END
$$;
