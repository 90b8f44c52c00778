DROP TABLE data_change, site, project_fact, upload_row CASCADE;
DROP TABLE project, upload CASCADE;
DROP FUNCTION IF EXISTS note_data_change(), data_version(), number_project_version(), keep_project_facts(),
  copy_territory(), pass_territory_on() CASCADE;
DROP FUNCTION IF EXISTS project_facts CASCADE;
DROP TRIGGER IF EXISTS note_data_change ON region;
