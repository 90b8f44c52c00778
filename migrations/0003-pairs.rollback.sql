DROP FUNCTION matching_everyone(), matching_keep_model(text, integer, jsonb), matching_sites(uuid[]), matching_around(geometry, double precision),
  matching_near(uuid[], double precision[]), matching_without_point(uuid[]), matching_store(uuid[], jsonb),
  matching_component(uuid[]), matching_group(bigint[], uuid[]), hidden_pairs(uuid);
DROP TABLE answer, verdict, pair, model CASCADE;
DROP FUNCTION verdict_by_another_person();
