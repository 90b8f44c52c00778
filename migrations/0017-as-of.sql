-- depends: 0016-model-drafts
-- "As it stood on" a date. Facts of works (project_fact) and their sites say since their first day from when until when
-- they held. What is added: nobody may write over that, and each work as the map counted it, with the time it did.

-- A place is replaced, never changed: what was recorded stays as it was.
DO $$
BEGIN
  EXECUTE format('REVOKE UPDATE ON site FROM %I', web_role());
END
$$;
SELECT allow_web('UPDATE (superseded_at, superseded_by, found_region_id, outside_m)', 'site');

CREATE FUNCTION site_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a place is replaced, never changed',
    MESSAGE = 'a site that was recorded is changed';
END
$$;
CREATE TRIGGER a_site_stays BEFORE UPDATE ON site FOR EACH ROW
  WHEN ((OLD.project_id, OLD.part, OLD.role, OLD.method, OLD.accuracy_m, OLD.geom, OLD.valid_from)
        IS DISTINCT FROM (NEW.project_id, NEW.part, NEW.role, NEW.method, NEW.accuracy_m, NEW.geom, NEW.valid_from)
        OR (OLD.superseded_at IS NOT NULL AND OLD.superseded_at IS DISTINCT FROM NEW.superseded_at))
  EXECUTE FUNCTION site_stays();

-- site_geom knows the places of today alone.
CREATE INDEX site_former_geom ON site USING gist (geom) WHERE superseded_at IS NOT NULL;

-- The square of 2^15 by 2^15 in which a place lies, its digits in turn from x and y: the places of one tile, of any
-- zoom up to 15, are one stretch of numbers. Their order is one that an index answers under row-level security.
CREATE FUNCTION map_spot(x integer, y integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  halves bigint := (x >> 16)::bigint | ((y >> 16)::bigint << 32);  -- each half is spread by itself
BEGIN
  halves := (halves | (halves << 8)) & X'00FF00FF00FF00FF'::bigint;
  halves := (halves | (halves << 4)) & X'0F0F0F0F0F0F0F0F'::bigint;
  halves := (halves | (halves << 2)) & X'3333333333333333'::bigint;
  halves := (halves | (halves << 1)) & X'5555555555555555'::bigint;
  RETURN ((halves | (halves >> 31)) & X'3FFFFFFF'::bigint)::integer;
END
$$;

-- A copy, kept by the triggers below and by nobody else: hence no foreign keys.
CREATE TABLE work_past (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id uuid NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz,
  draft boolean NOT NULL,
  reader_region_id integer NOT NULL,
  region_id integer NOT NULL,
  year smallint,
  fund text,
  category text,
  stage text,
  amount numeric(18, 2),
  x integer,
  y integer,
  spot integer,
  role text
);
COMMENT ON TABLE work_past IS 'each work as map_project had it (but its flag), since when and until when';
COMMENT ON COLUMN work_past.draft IS 'with reader_region_id as the work is today, for who reads follows today''s rights';
COMMENT ON COLUMN work_past.spot IS 'map_spot(x, y)';
CREATE INDEX work_past_project ON work_past (project_id, until);
CREATE INDEX work_past_spot ON work_past (spot);
CREATE INDEX work_past_region ON work_past (region_id);
CREATE INDEX work_past_since ON work_past (since);

-- Whether the work counts as this row has it.
CREATE FUNCTION work_past_holds(w work_past) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM map_project m WHERE m.project_id = w.project_id
       AND (m.region_id, m.year, m.fund, m.category, m.stage, m.amount, m.x, m.y, m.role) IS NOT DISTINCT FROM
           (w.region_id, w.year, w.fund, w.category, w.stage, w.amount, w.x, w.y, w.role))
$$;

-- Brings these works' rows to what map_project says now. What this very transaction began and left again was never so;
-- what it ended and began again (all were counted anew) goes on. No row begins before the last one ended, although a
-- transaction that waited for another may be called earlier.
CREATE FUNCTION work_past_note(projects uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM work_past w
   WHERE w.project_id = ANY (projects) AND w.until IS NULL AND w.since >= now() AND NOT work_past_holds(w);
  UPDATE work_past w SET until = now()
   WHERE w.project_id = ANY (projects) AND w.until IS NULL AND NOT work_past_holds(w);
  UPDATE work_past w SET until = NULL
   WHERE w.project_id = ANY (projects) AND w.until = now() AND work_past_holds(w)
     AND NOT EXISTS (SELECT FROM work_past o WHERE o.project_id = w.project_id AND (o.until IS NULL OR o.id > w.id));
  INSERT INTO work_past (project_id, since, draft, reader_region_id, region_id, year, fund, category, stage, amount,
                         x, y, spot, role)
  SELECT m.project_id, greatest(now(), ended.at), m.draft, m.region_id, m.region_id, m.year, m.fund, m.category,
         m.stage, m.amount, m.x, m.y, map_spot(m.x, m.y), m.role
    FROM map_project m
    LEFT JOIN LATERAL (SELECT max(o.until) AS at FROM work_past o WHERE o.project_id = m.project_id) AS ended ON true
   WHERE m.project_id = ANY (projects)
     AND NOT EXISTS (SELECT FROM work_past o WHERE o.project_id = m.project_id AND o.until IS NULL);
END
$$;

-- The argument says which works the changed rows speak of; a flag that comes or goes is no change of the work.
CREATE FUNCTION keep_work_past() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  touched uuid[];
BEGIN
  EXECUTE TG_ARGV[0] INTO touched;
  IF cardinality(touched) > 0 THEN
    PERFORM work_past_note(touched);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_work_past_entered AFTER INSERT ON map_project REFERENCING NEW TABLE AS became
  FOR EACH STATEMENT EXECUTE FUNCTION keep_work_past('SELECT array_agg(project_id) FROM became');
CREATE TRIGGER keep_work_past_changed AFTER UPDATE ON map_project REFERENCING OLD TABLE AS was NEW TABLE AS became
  FOR EACH STATEMENT EXECUTE FUNCTION keep_work_past(
    'SELECT array_agg(project_id) FROM was w JOIN became b USING (project_id)
      WHERE (w.region_id, w.year, w.fund, w.category, w.stage, w.amount, w.x, w.y, w.role)
            IS DISTINCT FROM (b.region_id, b.year, b.fund, b.category, b.stage, b.amount, b.x, b.y, b.role)');
CREATE TRIGGER keep_work_past_removed AFTER DELETE ON map_project REFERENCING OLD TABLE AS was
  FOR EACH STATEMENT EXECUTE FUNCTION keep_work_past('SELECT array_agg(project_id) FROM was');

CREATE FUNCTION pass_territory_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE work_past SET draft = NEW.draft, reader_region_id = NEW.region_id WHERE project_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER pass_territory_back AFTER UPDATE ON project FOR EACH ROW
  WHEN ((OLD.region_id, OLD.draft) IS DISTINCT FROM (NEW.region_id, NEW.draft)) EXECUTE FUNCTION pass_territory_back();

-- All of it once more from the records: each moment at which a work's facts or sites changed, and how it stood then.
CREATE FUNCTION work_past_anew() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('work_mem', '256MB', true);
  DELETE FROM work_past;
  INSERT INTO work_past (project_id, since, until, draft, reader_region_id, region_id, year, fund, category, stage,
                         amount, x, y, spot, role)
  WITH moment AS (
    SELECT project_id, recorded_at AS at FROM project_fact
    UNION SELECT project_id, valid_from FROM site
    UNION SELECT project_id, superseded_at FROM site WHERE superseded_at IS NOT NULL),
  stood AS (
    SELECT m.project_id, m.at, (f.facts->>'region_id')::integer AS region_id, (f.facts->>'year')::smallint AS year,
           f.facts->>'fund' AS fund, f.facts->>'category' AS category, f.facts->>'stage' AS stage,
           (f.facts->>'amount')::numeric AS amount, f.facts->>'withdrawn_at' IS NULL AS there,
           floor((place.lon + 180) / 360 * 2147483647)::integer AS x,
           floor((1 - ln(tan(place.lat) + 1 / cos(place.lat)) / pi()) / 2 * 2147483647)::integer AS y, place.role
      FROM moment m
      JOIN LATERAL (SELECT facts FROM project_fact f WHERE f.project_id = m.project_id AND f.recorded_at <= m.at
                     ORDER BY f.version DESC LIMIT 1) AS f ON true
      LEFT JOIN LATERAL (
        SELECT (ST_XMin(s.geom) + ST_XMax(s.geom)) / 2 AS lon,
               radians(greatest(least((ST_YMin(s.geom) + ST_YMax(s.geom)) / 2, 85), -85)) AS lat, s.role
          FROM site s
         WHERE s.project_id = m.project_id AND s.valid_from <= m.at
           AND (s.superseded_at IS NULL OR s.superseded_at > m.at)
         ORDER BY array_position('{visited,claimed,planned}', s.role), s.part, s.id LIMIT 1) AS place ON true),
  changed AS (
    SELECT *, (region_id, year, fund, category, stage, amount, x, y, role, there) IS DISTINCT FROM
              lag((region_id, year, fund, category, stage, amount, x, y, role, there)) OVER work AS differs
      FROM stood WINDOW work AS (PARTITION BY project_id ORDER BY at)),
  spans AS (
    SELECT *, lead(at) OVER (PARTITION BY project_id ORDER BY at) AS until FROM changed WHERE differs)
  SELECT s.project_id, s.at, s.until, p.draft, p.region_id, s.region_id, s.year, s.fund, s.category, s.stage, s.amount,
         s.x, s.y, map_spot(s.x, s.y), s.role
    FROM spans s JOIN project p ON p.id = s.project_id WHERE s.there ORDER BY s.at, s.project_id;
END
$$;
REVOKE ALL ON FUNCTION work_past_note(uuid[]), work_past_holds(work_past) FROM PUBLIC;

ALTER TABLE work_past ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- As the works themselves are read today.
CREATE POLICY work_past_read ON work_past FOR SELECT
  USING ((NOT draft AND (SELECT current_person()) IS NOT NULL)
         OR reader_region_id = ANY ((SELECT own_regions())::int[]));
SELECT allow_web('SELECT', 'work_past');
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON work_past TO %I', door_role());
  EXECUTE format('GRANT EXECUTE ON FUNCTION work_past_note(uuid[]), work_past_holds(work_past) TO %I', door_role());
END
$$;
SELECT make_door('keep_work_past()');
SELECT make_door('pass_territory_back()');
SELECT make_door('work_past_anew()');
SELECT work_past_anew();
