-- depends: 0008-crowds
-- How much is built is a reason too: the matcher reads it with the other facts.

DROP FUNCTION matching_sites(uuid[]);
CREATE FUNCTION matching_sites(projects uuid[])
RETURNS TABLE (project uuid, site bigint, region_id integer, region_code text, draft boolean, source text, record text,
               name text, category text, activity_code text, year smallint, stage text, fund text, fund_shares jsonb,
               amount numeric, volume numeric, unit text, place text, rt text, rw text, contractor text, contract text,
               start_date date, end_date date, role text, method text, accuracy_m real, geom geometry)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT p.id, s.id, p.region_id,
         CASE WHEN p.village_known THEN (SELECT r.code FROM region r WHERE r.id = p.region_id) END,
         p.draft, p.source, p.record, p.name, p.category, p.activity_code, p.year, p.stage, p.fund, p.fund_shares,
         p.amount, p.volume, p.unit, p.place, p.rt, p.rw, p.contractor, p.contract, p.start_date, p.end_date,
         s.role, s.method, s.accuracy_m, s.geom
    FROM project p
    LEFT JOIN site s ON s.project_id = p.id AND s.superseded_at IS NULL
         AND NOT EXISTS (SELECT FROM site better WHERE better.project_id = p.id AND better.superseded_at IS NULL
                          AND array_position('{visited,claimed,planned}', better.role)
                              < array_position('{visited,claimed,planned}', s.role))
   WHERE p.id = ANY (projects) AND p.withdrawn_at IS NULL
   ORDER BY p.id, s.id;
END
$$;
SELECT make_door('matching_sites(uuid[])');
