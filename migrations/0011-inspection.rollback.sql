DROP TABLE finding_event, finding_project, finding;
DROP FUNCTION finding_moves();
DROP TABLE sample_work, sample;
DROP INDEX site_visited;
DROP FUNCTION refresh_anomalies(numeric);
DROP FUNCTION note_village_figures(), note_crowded(), note_outside(), note_stale(), note_split(numeric), note_unit_cost();
DROP FUNCTION inspected_works();
DROP TABLE village_figures, anomaly, anomaly_run;
