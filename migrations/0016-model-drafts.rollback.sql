DROP FUNCTION matching_judged(uuid[]), matching_save_model(uuid, text, integer, jsonb),
  matching_renew_snapshot(text, integer, jsonb);
ALTER TABLE job DROP COLUMN draft_id;
DROP TABLE model_draft;
ALTER TABLE model DROP COLUMN reason, DROP COLUMN kept_by, DROP COLUMN decision_hash;
DROP FUNCTION decision_hash(jsonb), evidence_of(jsonb), what_decides(jsonb), shipped_model(), administers_everything();
CREATE FUNCTION matching_keep_model(new_version text, counted integer, weights jsonb) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO model (version, works, content) VALUES (new_version, counted, weights)
$$;
SELECT make_door('matching_keep_model(text, integer, jsonb)');
