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
