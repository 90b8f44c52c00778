DROP INDEX site_of_region;
DROP FUNCTION matching_sites(uuid[]);
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
DROP FUNCTION matching_bare(text, text, numeric, integer);
DROP FUNCTION matching_within(geometry, double precision, text[], double precision[], double precision,
                              double precision);
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
CREATE FUNCTION matching_bare(village text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT p.id FROM project p
   WHERE p.region_id = (SELECT r.id FROM region r WHERE r.code = village AND r.valid_to IS NULL)
     AND p.village_known AND p.withdrawn_at IS NULL
     AND (SELECT s.id FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL LIMIT 1) IS NULL
$$;
SELECT make_door('matching_around(geometry, double precision)');
SELECT make_door('matching_bare(text)');
SELECT make_door('matching_sites(uuid[])');
