-- Back to functions that are planned each time that a query names them.
DROP INDEX project_recent_of_region;

CREATE OR REPLACE FUNCTION regions_for(roles text[])
RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT coalesce(array_agg(r.id), '{}')
    FROM region r
   WHERE r.lineage && ARRAY(
           SELECT g.region_id
             FROM person_grant g JOIN person p ON p.id = g.person_id
            WHERE g.person_id = current_person() AND p.active AND g.role = ANY (roles)
              AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to))
$$;

CREATE OR REPLACE FUNCTION session_person(session_hash bytea)
RETURNS TABLE (person_id uuid, name text, full_name text, language text, second_factor boolean, has_password boolean,
               has_second_factor boolean, used_at timestamptz, grants jsonb, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT p.id, p.name, p.full_name, p.language, s.second_factor, p.password_hash IS NOT NULL,
         p.totp_secret IS NOT NULL, s.used_at,
         coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'region_id', g.region_id, 'code', r.code,
                                                       'name', r.name, 'level', r.level) ORDER BY g.id)
                     FROM person_grant g JOIN region r ON r.id = g.region_id
                    WHERE g.person_id = p.id AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)),
                  '[]'), s.number
    FROM session s JOIN person p ON p.id = s.person_id
   WHERE s.token_hash = session_hash AND s.ended_at IS NULL AND now() < s.expires_at AND p.active
$$;

CREATE OR REPLACE FUNCTION blind_for_asking(asked bigint, regions integer[])
RETURNS boolean
LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (SELECT FROM blind_sample b
                  WHERE b.ended_at IS NULL
                    AND ('x' || substr(md5(b.id || ':' || asked), 1, 8))::bit(32)::bigint % 1000 < b.per_mille
                    AND EXISTS (SELECT FROM region r WHERE r.id = ANY (regions) AND b.region_id = ANY (r.lineage)))
     AND regions && (SELECT regions_for('{planner,auditor,admin}'))::int[]
     AND NOT EXISTS (SELECT FROM verdict v WHERE v.pair_id = asked AND v.person_id = (SELECT current_person()))
$$;

CREATE OR REPLACE FUNCTION hidden_pairs(own_project uuid)
RETURNS TABLE (kind text, village text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT x.kind, r.name
    FROM pair x
    JOIN project mine ON mine.id = own_project
    JOIN project other ON other.id = CASE WHEN x.left_project = own_project THEN x.right_project ELSE x.left_project END
    JOIN region r ON r.id = other.region_id
   WHERE own_project IN (x.left_project, x.right_project) AND x.to_look_at AND x.retired_at IS NULL
     AND other.draft AND NOT other.region_id = ANY (own_regions())
     AND mine.region_id = ANY (own_regions())
$$;

CREATE OR REPLACE FUNCTION has_entered(works uuid[], whose uuid)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM project p WHERE p.id = ANY (works) AND p.entered_by = whose)
      OR EXISTS (SELECT FROM site s WHERE s.project_id = ANY (works) AND s.entered_by = whose)
      OR EXISTS (SELECT FROM project_fact f WHERE f.project_id = ANY (works) AND f.recorded_by = whose
                                              AND f.merging_id IS NULL)
      OR EXISTS (SELECT FROM upload_row r JOIN upload u ON u.id = r.upload_id
                  WHERE r.project_id = ANY (works) AND r.outcome IN ('stored', 'updated')
                    AND (u.person_id = whose
                         OR EXISTS (SELECT FROM upload_correction c WHERE c.upload_id = u.id AND c.made_by = whose)))
$$;
