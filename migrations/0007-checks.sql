-- depends: 0006-proposals
-- One proposal in one question: of what stands within reach only those that its own tolerance can meet are read whole.

-- Works with a current site whose box comes within reach_m of the geometry's box, and whether it is close: within the
-- tolerance of the two, again by boxes, a superset. tolerances_m say for each kind of work in codes (the last: any
-- other) how far apart the two may stand before the position of the stored one may be off as well.
CREATE FUNCTION matching_within(shape geometry, reach_m double precision, codes text[], tolerances_m double precision[],
                                usual_off_m double precision, most_off_m double precision)
RETURNS TABLE (project uuid, close boolean) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = public, pg_temp AS $$
DECLARE
  south double precision := greatest(abs(ST_YMin(shape)), abs(ST_YMax(shape)));
  east double precision := 1 / (111000 * greatest(cos(radians(least(south, 89))), 0.01));
  north double precision := 1.0 / 110000;
  envelope geometry := ST_Envelope(shape);
  box geometry := ST_Expand(envelope, reach_m * east, reach_m * north);
BEGIN
  RETURN QUERY
  SELECT near.project_id, bool_or(near.geom && ST_Expand(envelope, near.tolerance_m * east, near.tolerance_m * north))
    FROM (SELECT s.project_id, s.geom,
                 coalesce(tolerances_m[array_position(codes, p.category)], tolerances_m[cardinality(tolerances_m)])
                 + least(greatest(coalesce(s.accuracy_m, usual_off_m), 0), most_off_m) AS tolerance_m
            FROM site s JOIN project p ON p.id = s.project_id
           WHERE s.geom && box AND s.superseded_at IS NULL AND p.withdrawn_at IS NULL) near
   GROUP BY near.project_id;
END
$$;

-- Works of a village that have no point, at most so many: those of the same amount first, then those alike in name.
-- Whatever the village, the plan is the same walk along two indexes: it is made once for a connection.
CREATE FUNCTION matching_bare(village text, wanted text, price numeric, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  own integer := (SELECT r.id FROM region r WHERE r.code = village AND r.valid_to IS NULL);
BEGIN
  RETURN QUERY
  SELECT p.id FROM project p
   WHERE p.region_id = own AND p.village_known AND p.withdrawn_at IS NULL
     AND p.id NOT IN (SELECT s.project_id FROM site s WHERE s.region_id = own AND s.superseded_at IS NULL)
   ORDER BY p.amount IS NOT DISTINCT FROM price DESC, similarity(p.name, wanted) DESC, p.id
   LIMIT most;
END
$$;
CREATE INDEX site_of_region ON site (region_id, project_id) WHERE superseded_at IS NULL;

-- With how much is built, which is a reason too; planned once for a connection, and without a join that may walk
-- through all regions.
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
DROP FUNCTION matching_bare(text);
DROP FUNCTION matching_around(geometry, double precision);

DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY['matching_sites(uuid[])', 'matching_bare(text, text, numeric, integer)',
    'matching_within(geometry, double precision, text[], double precision[], double precision, double precision)']
  LOOP
    PERFORM make_door(door);
  END LOOP;
END
$$;
