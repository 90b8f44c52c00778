-- depends: 0020-quick-pages
-- The record: every change of every table in the transaction that makes it, each with a sum; a sealer chains the sums
-- in signed blocks (app/audit). Whoever reads it can tell that a record was altered, removed, inserted or cut off.

CREATE TABLE audit (
  seq bigint PRIMARY KEY,
  at_us bigint NOT NULL,
  xid xid8 NOT NULL,
  person_id uuid,
  login text NOT NULL,
  request text,
  table_name text NOT NULL,
  key text NOT NULL,
  change text NOT NULL,
  content jsonb NOT NULL,
  sum bytea NOT NULL,
  CONSTRAINT "a record is of an insert, update, delete, truncate or reading"
    CHECK (change IN ('insert', 'update', 'delete', 'truncate', 'reading')),
  CONSTRAINT "a record's sum has 32 bytes" CHECK (octet_length(sum) = 32)
);
COMMENT ON COLUMN audit.at_us IS 'microseconds since 1970, UTC, of the server''s clock';
COMMENT ON COLUMN audit.person_id IS 'who was asking; no reference, for the record outlives the person';
COMMENT ON COLUMN audit.request IS 'the request, job or command that changed it';
COMMENT ON COLUMN audit.content IS 'of an insert or delete the columns, of an update [before, after] of those that changed; '
  '{"sum"} for what is long, {"salted"} for what is personal: the salt goes when the person is forgotten';
CREATE SEQUENCE audit_seq OWNED BY audit.seq CACHE 1;
CREATE INDEX audit_key ON audit (table_name, key);
CREATE INDEX audit_person ON audit (person_id, seq);

CREATE TABLE audit_salt (
  subject text PRIMARY KEY,
  salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);

CREATE TABLE audit_block (
  number bigint PRIMARY KEY,
  previous bytea NOT NULL,
  seqs int8multirange NOT NULL,
  closed_to bigint NOT NULL,
  sums bytea NOT NULL,
  sealed_at_us bigint NOT NULL,
  head bytea NOT NULL,
  signature bytea NOT NULL,
  public_key bytea NOT NULL,
  CONSTRAINT "a block has a number from 1" CHECK (number > 0),
  CONSTRAINT "a block follows one" CHECK (octet_length(previous) = 32 AND octet_length(head) = 32)
);
COMMENT ON COLUMN audit_block.closed_to IS 'up to this number of a record nothing can be added any more';
COMMENT ON COLUMN audit_block.sums IS 'the sums of its records, 32 bytes each, in the order of their numbers';

-- What is summed: each part with its length before it, so that nothing can be moved from one part to the next.
CREATE FUNCTION audit_part(part text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(octet_length(part) || ':' || part, '-')
$$;
CREATE FUNCTION audit_sum(seq bigint, at_us bigint, xid xid8, person_id uuid, login text, request text, table_name text,
                          key text, change text, content jsonb) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(audit_part(seq::text) || audit_part(at_us::text) || audit_part(xid::text)
    || audit_part(person_id::text) || audit_part(login) || audit_part(request) || audit_part(table_name)
    || audit_part(key) || audit_part(change) || audit_part(content::text), 'UTF8'))
$$;
-- What is long stands by its sum: whoever has the value can show that it is the one.
CREATE FUNCTION audit_short(value jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN length(value::text) <= 300 THEN value
              ELSE jsonb_build_object('sum', encode(sha256(convert_to(value::text, 'UTF8')), 'hex')) END
$$;
CREATE FUNCTION audit_salted(value text, salt bytea) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN value IS NOT NULL
              THEN jsonb_build_object('salted', encode(sha256(salt || convert_to(value, 'UTF8')), 'hex')) END
$$;

-- Writes the three triggers of a table: `key` its columns that tell a row; `personal` those of which only a salted sum
-- is kept, under the salt of `subject` (an expression over a row called r); `left_out` those that nobody need follow.
CREATE FUNCTION audit_table(audited regclass, key text[], personal text[] DEFAULT '{}', subject text DEFAULT NULL,
                            left_out text[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $audit_table$
DECLARE
  name text := (SELECT relname FROM pg_class WHERE oid = audited);
  told text := (SELECT string_agg(format('r.%I::text', k), ' || '','' || ' ORDER BY place)
                  FROM unnest(key) WITH ORDINALITY one(k, place));
  salted text := coalesce(subject, format('%L || %s', name || ':', told));
  values_of text[] := '{}';
  whole text;
  changed text;
  salt text := '';
  salts text := '';
  one record;
  kind text;
  event text;
BEGIN
  FOR one IN SELECT a.attname AS col, format_type(a.atttypid, NULL) AS typ FROM pg_attribute a
              WHERE a.attrelid = audited AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (left_out)
              ORDER BY a.attnum
  LOOP
    values_of := values_of || ARRAY[[one.col::text, CASE
      WHEN one.col = ANY (personal) THEN format('audit_salted(r.%I::text, s.salt)', one.col)
      WHEN one.typ IN ('geometry', 'bytea')
        THEN format('CASE WHEN r.%1$I IS NOT NULL THEN jsonb_build_object(''sum'', '
                    'encode(sha256(convert_to(r.%1$I::text, ''UTF8'')), ''hex'')) END', one.col)
      WHEN one.typ IN ('text', 'jsonb') OR one.typ LIKE '%[]' THEN format('audit_short(to_jsonb(r.%I))', one.col)
      ELSE format('to_jsonb(r.%I)', one.col) END]];
  END LOOP;
  SELECT string_agg(format('%L, %s', values_of[i][1], values_of[i][2]), ', ' ORDER BY i),
         string_agg(format('%L, CASE WHEN o.%2$I IS DISTINCT FROM r.%2$I THEN jsonb_build_array(%3$s, %4$s) END',
                           values_of[i][1], values_of[i][1], replace(values_of[i][2], 'r.', 'o.'), values_of[i][2]),
                    ', ' ORDER BY i)
    INTO whole, changed FROM generate_subscripts(values_of, 1) i;
  IF personal <> '{}' THEN
    salts := format('INSERT INTO audit_salt (subject) SELECT DISTINCT %s FROM audited r ON CONFLICT DO NOTHING;', salted);
    salt := format('JOIN audit_salt s ON s.subject = %s', salted);
  END IF;
  FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    kind := format('audit_%s_of_%s', event, name);
    EXECUTE format($function$
      CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
      BEGIN
        %2$s
        INSERT INTO audit (seq, at_us, xid, person_id, login, request, table_name, key, change, content, sum)
        SELECT m.*, audit_sum(m.seq, m.at_us, m.xid, m.person_id, m.login, m.request, %3$L, m.key, %4$L, m.content)
          FROM (SELECT nextval('audit_seq') AS seq, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at_us,
                       pg_current_xact_id() AS xid, current_person() AS person_id, session_user::text AS login,
                       nullif(current_setting('pantau.request', true), '') AS request, %3$L AS table_name, c.key,
                       %4$L AS change, c.content
                  FROM (SELECT %5$s AS key, jsonb_strip_nulls(jsonb_build_object(%6$s)) AS content
                          FROM audited r %7$s %8$s) c
                 WHERE c.content <> '{}' OFFSET 0) m;
        RETURN NULL;
      END
      $body$ $function$,
      kind, salts, name, event, told, CASE event WHEN 'update' THEN changed ELSE whole END,
      CASE event WHEN 'update' THEN 'JOIN before o ON (' || (
             SELECT string_agg(format('o.%1$I = r.%1$I', k), ' AND ') FROM unnest(key) k) || ')' ELSE '' END, salt);
    EXECUTE format('CREATE TRIGGER zz_audit_%1$s AFTER %1$s ON %2$s REFERENCING %3$s FOR EACH STATEMENT '
                   'EXECUTE FUNCTION %4$I()', event, audited,
                   CASE event WHEN 'insert' THEN 'NEW TABLE AS audited' WHEN 'delete' THEN 'OLD TABLE AS audited'
                              ELSE 'OLD TABLE AS before NEW TABLE AS audited' END, kind);
    EXECUTE format('REVOKE ALL ON FUNCTION %I() FROM PUBLIC', kind);
    EXECUTE format('ALTER FUNCTION %I() OWNER TO %I', kind, door_role());
  END LOOP;
  EXECUTE format('CREATE TRIGGER zz_audit_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT '
                 'EXECUTE FUNCTION audit_truncate()', audited);
END
$audit_table$;

-- One record that no trigger writes: an emptied table, a reading of personal data.
CREATE FUNCTION audit_note(of_table text, of_key text, what text, told jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit (seq, at_us, xid, person_id, login, request, table_name, key, change, content, sum)
  SELECT m.*, audit_sum(m.seq, m.at_us, m.xid, m.person_id, m.login, m.request, m.table_name, m.key, m.change, m.content)
    FROM (SELECT nextval('audit_seq') AS seq, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at_us,
                 pg_current_xact_id() AS xid, current_person() AS person_id, session_user::text AS login,
                 nullif(current_setting('pantau.request', true), '') AS request, of_table AS table_name, of_key AS key,
                 what AS change, told AS content OFFSET 0) m
$$;
CREATE FUNCTION audit_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM audit_note(TG_TABLE_NAME, '', 'truncate', '{}');
  RETURN NULL;
END
$$;
CREATE FUNCTION note_reading(of_table text, of_key text, purpose text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT audit_note(of_table, of_key, 'reading', jsonb_build_object('purpose', left(purpose, 300)))
$$;

-- The record itself is only added to.
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the record is only added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_block_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_block
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

ALTER TABLE audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_salt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_block ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Read by those who look after, or look into, the whole installation; salts by nobody.
CREATE FUNCTION reads_the_record() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM region WHERE level = 'root' AND id = ANY (regions_for('{admin,auditor}')))
$$;
CREATE POLICY audit_read ON audit FOR SELECT USING ((SELECT reads_the_record()));
CREATE POLICY audit_block_read ON audit_block FOR SELECT USING ((SELECT reads_the_record()));
SELECT allow_web('SELECT', 'audit');
SELECT allow_web('SELECT (number, closed_to, sealed_at_us, head, public_key)', 'audit_block');
DO $$
DECLARE
  sealer name := regexp_replace(door_role(), '_door$', '_sealer');
BEGIN
  EXECUTE format('GRANT SELECT, INSERT ON audit TO %I', door_role());
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON audit_salt TO %I', door_role());
  EXECUTE format('GRANT SELECT ON audit_block TO %I', door_role());
  EXECUTE format('GRANT USAGE ON SEQUENCE audit_seq TO %I', door_role());
  -- The sealer reads what is to be sealed and adds its blocks; nobody else adds one.
  EXECUTE format('GRANT SELECT ON audit, audit_seq TO %I', sealer);
  EXECUTE format('GRANT SELECT, INSERT ON audit_block TO %I', sealer);
  EXECUTE format('CREATE POLICY audit_sealed ON audit FOR SELECT TO %I USING (true)', sealer);
  EXECUTE format('CREATE POLICY audit_block_sealed ON audit_block TO %I USING (true) WITH CHECK (true)', sealer);
  EXECUTE format('REVOKE ALL ON FUNCTION audit_note(text, text, text, jsonb) FROM PUBLIC');
  EXECUTE format('ALTER FUNCTION audit_note(text, text, text, jsonb) OWNER TO %I', door_role());
  EXECUTE format('REVOKE ALL ON FUNCTION audit_truncate() FROM PUBLIC');
  EXECUTE format('ALTER FUNCTION audit_truncate() OWNER TO %I', door_role());
END
$$;
SELECT make_door('note_reading(text, text, text)');

SELECT audit_table('region', '{id}'), audit_table('installation', '{only_one}', '{secret}'),
       audit_table('person', '{id}', '{name,full_name,password_hash,totp_secret}', 'r.id::text'),
       audit_table('person_grant', '{id}'),
       audit_table('session', '{token_hash}', '{device}', 'r.person_id::text', '{used_at}'),
       audit_table('sign_in_link', '{token_hash}'),
       audit_table('sign_in_attempt', '{id}', '{name,address}'),
       audit_table('upload', '{id}', '{problems}'),
       audit_table('upload_row', '{upload_id,position}', '{raw,facts,problems,before,corrected,told,source_key}',
                   '''upload:'' || r.upload_id::text'),
       audit_table('upload_correction', '{id}', '{pattern}', '''upload:'' || r.upload_id::text'),
       audit_table('upload_correction_row', '{correction_id,number}', '{before}',
                   '''upload_correction:'' || r.correction_id::text'),
       audit_table('column_mapping', '{id}'), audit_table('job', '{id}', left_out => '{doing,done,total}'),
       audit_table('project', '{id}', '{said}'), audit_table('project_fact', '{project_id,version}', '{facts}',
                   '''project:'' || r.project_id::text'),
       audit_table('site', '{id}'), audit_table('model', '{id}'), audit_table('model_draft', '{id}'),
       audit_table('crowd', '{id}'), audit_table('pair', '{id}'), audit_table('pair_later', '{person_id,pair_id}'),
       audit_table('verdict', '{id}', '{note}'), audit_table('answer', '{id}', '{text}'),
       audit_table('answer_photo', '{id}'), audit_table('blind_sample', '{id}'), audit_table('merging', '{id}'),
       audit_table('check_list', '{id}', '{problems}'),
       audit_table('check_result', '{id}', '{question,answer,cells}'),
       audit_table('sample', '{id}'), audit_table('sample_work', '{sample_id,position}'),
       audit_table('finding', '{id}', '{title,condition,criteria,cause,effect,recommendation,responsible}'),
       audit_table('finding_project', '{finding_id,project_id}'), audit_table('finding_event', '{id}', '{text}'),
       audit_table('working_paper', '{id}', '{condition,criteria,cause,effect,recommendation}'),
       audit_table('working_paper_review', '{working_paper_id}', '{note}'), audit_table('export', '{id}');
