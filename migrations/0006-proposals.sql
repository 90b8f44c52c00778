-- depends: 0005-corrections
-- One proposal against very many works: what would otherwise be looked for among all works of a regency or a village.

-- What a check says it searched counts public works seldom and the reader's drafts each time.
CREATE INDEX project_draft ON project (region_id) WHERE draft AND withdrawn_at IS NULL;

-- Works of a village that have no point. Each is looked up by itself: read as a join, a plan may walk through all sites.
CREATE FUNCTION matching_bare(village text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT p.id FROM project p
   WHERE p.region_id = (SELECT r.id FROM region r WHERE r.code = village AND r.valid_to IS NULL)
     AND p.village_known AND p.withdrawn_at IS NULL
     AND (SELECT s.id FROM site s WHERE s.project_id = p.id AND s.superseded_at IS NULL LIMIT 1) IS NULL
$$;
SELECT make_door('matching_bare(text)');
