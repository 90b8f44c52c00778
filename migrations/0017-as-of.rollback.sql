DROP TRIGGER keep_work_past_entered ON map_project;
DROP TRIGGER keep_work_past_changed ON map_project;
DROP TRIGGER keep_work_past_removed ON map_project;
DROP TRIGGER pass_territory_back ON project;
DROP TRIGGER a_site_stays ON site;
DROP FUNCTION keep_work_past(), pass_territory_back(), work_past_note(uuid[]), work_past_anew(), site_stays();
DROP FUNCTION work_past_holds(work_past);
DROP TABLE work_past;
DROP FUNCTION map_spot(integer, integer);
DROP INDEX site_former_geom;
DO $$
BEGIN
  EXECUTE format('REVOKE UPDATE (superseded_at, superseded_by, found_region_id, outside_m) ON site FROM %I', web_role());
END
$$;
SELECT allow_web('UPDATE', 'site');
