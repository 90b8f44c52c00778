DROP FUNCTION matching_works();
DROP FUNCTION matching_villages(uuid[]);
DROP FUNCTION matching_beside(uuid[], double precision[], double precision);
DROP FUNCTION matching_places(uuid[]);
DROP FUNCTION matching_note_crowds(double precision[], double precision[], boolean[], integer[]);
DROP TABLE crowd;
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
SELECT make_door('matching_near(uuid[], double precision[])');
SELECT make_door('matching_without_point(uuid[])');
