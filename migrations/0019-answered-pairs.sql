-- depends: 0018-long-lists
-- What a village has said of a pair does not vanish either because a model thinks otherwise: like a verdict it keeps
-- the pair measured and listed, whatever it scores, as long as the facts are those of its last measuring.
CREATE OR REPLACE FUNCTION matching_judged(touched uuid[])
RETURNS TABLE (left_project uuid, right_project uuid, facts_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH theirs AS (
    SELECT l.id, l.left_project, l.right_project, l.facts_hash
      FROM unnest(touched) AS t (project) JOIN pair l ON l.left_project = t.project
     UNION
    SELECT r.id, r.left_project, r.right_project, r.facts_hash
      FROM unnest(touched) AS t (project) JOIN pair r ON r.right_project = t.project)
  SELECT x.left_project, x.right_project, v.facts_hash
    FROM theirs x
    JOIN verdict v ON v.pair_id = x.id
   WHERE v.verdict <> 'withdrawn'
     AND NOT EXISTS (SELECT FROM verdict back WHERE back.pair_id = v.pair_id AND back.person_id = v.person_id
                      AND back.id > v.id AND back.verdict = 'withdrawn')
   UNION
  SELECT x.left_project, x.right_project, x.facts_hash
    FROM theirs x
   WHERE EXISTS (SELECT FROM answer a WHERE a.pair_id = x.id)
$$;
