DROP FUNCTION matching_village(text);
CREATE OR REPLACE FUNCTION content_is_wanted(content bytea, without_upload uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM upload WHERE sha256 = content AND id <> without_upload AND state <> 'dropped')
$$;
DELETE FROM job WHERE check_list_id IS NOT NULL;
ALTER TABLE job DROP COLUMN check_list_id;
DROP TABLE check_result;
DROP TABLE check_list;
