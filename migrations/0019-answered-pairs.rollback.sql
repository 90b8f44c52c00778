CREATE OR REPLACE FUNCTION matching_judged(touched uuid[])
RETURNS TABLE (left_project uuid, right_project uuid, facts_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT x.left_project, x.right_project, v.facts_hash
    FROM (SELECT l.id, l.left_project, l.right_project
            FROM unnest(touched) AS t (project) JOIN pair l ON l.left_project = t.project
           UNION ALL
          SELECT r.id, r.left_project, r.right_project
            FROM unnest(touched) AS t (project) JOIN pair r ON r.right_project = t.project) x
    JOIN verdict v ON v.pair_id = x.id
   WHERE v.verdict <> 'withdrawn'
     AND NOT EXISTS (SELECT FROM verdict back WHERE back.pair_id = v.pair_id AND back.person_id = v.person_id
                      AND back.id > v.id AND back.verdict = 'withdrawn')
$$;
