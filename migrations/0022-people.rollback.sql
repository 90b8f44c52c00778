-- Sessions, links and roles stay; phones are signed out, and whoever was forgotten stays forgotten. A link that was taken
-- back would be good again without the column that says so.
ALTER TABLE sign_in_link NO FORCE ROW LEVEL SECURITY;
DELETE FROM sign_in_link WHERE taken_back_at IS NOT NULL;
ALTER TABLE sign_in_link FORCE ROW LEVEL SECURITY;
SELECT audit_table_off('person'), audit_table_off('session'), audit_table_off('sign_in_link'),
       audit_table_off('sign_in_attempt'), audit_table_off('device_token');
DROP FUNCTION audit_table_off(regclass);

DROP POLICY session_read ON session;
DROP POLICY link_read ON sign_in_link;
CREATE POLICY session_own ON session FOR SELECT USING (person_id = (SELECT current_person()));
CREATE POLICY attempt_read ON sign_in_attempt FOR SELECT USING (true);
CREATE POLICY attempt_write ON sign_in_attempt FOR INSERT WITH CHECK (true);
DO $$
BEGIN
  EXECUTE format('REVOKE SELECT (created_at, forgotten_at) ON person FROM %I', web_role());
  EXECUTE format('REVOKE SELECT (number, address, second_factor) ON session FROM %I', web_role());
  EXECUTE format('REVOKE SELECT (number, person_id, created_at, expires_at, used_at, taken_back_at) ON sign_in_link FROM %I',
                 web_role());
  EXECUTE format('REVOKE DELETE ON person_grant, session, sign_in_link, sign_in_attempt FROM %I', door_role());
END
$$;
SELECT allow_web('SELECT, INSERT', 'sign_in_attempt');

DROP TRIGGER administrator_stays ON person_grant;
DROP TRIGGER administrator_stays ON person;
DROP FUNCTION administrator_stays(), administrator_may_go(person_grant), administrator_lasts(timestamptz);
DROP FUNCTION invite_person(text, text, text, integer, timestamptz, timestamptz),
  give_grant(uuid, text, integer, timestamptz, timestamptz), end_grant(bigint), set_person_active(uuid, boolean),
  set_full_name(uuid, text), make_sign_in_link(uuid, bytea, boolean, boolean), take_back_link(bigint),
  person_standing(uuid), end_session_numbered(bigint), end_other_sessions(bytea), add_device(bytea, bytea, text),
  end_device(bigint), device_person(bytea), touch_device(bytea), begin_attempt(text, text, inet),
  attempt_succeeded(bigint), prune_sign_ins(), drop_attempts(bigint[]), forget_person(uuid), shut_out(uuid),
  use_totp_step(bytea, bigint), set_own_secrets(bytea, text, text), must_be_signed_in(bytea),
  must_be_own_or_administered(uuid), must_administer(uuid, boolean), must_hold(integer);
DROP TABLE device_token;
DROP FUNCTION held_outside(uuid, integer[]), administered_people(), session_person(bytea),
  open_session(bytea, uuid, timestamptz, boolean, text, inet);

ALTER TABLE person DROP COLUMN forgotten_at, DROP COLUMN totp_step,
  DROP CONSTRAINT "a full name has 1 to 200 characters";
ALTER TABLE session DROP COLUMN number, DROP COLUMN address;
ALTER TABLE sign_in_link DROP COLUMN number, DROP COLUMN taken_back_at;
ALTER TABLE sign_in_attempt DROP COLUMN device;
DROP INDEX sign_in_attempt_at;

-- As migrations/0001 made them.
CREATE OR REPLACE FUNCTION use_sign_in_link(link_hash bytea) RETURNS uuid LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE sign_in_link l SET used_at = now() FROM person p
   WHERE l.token_hash = link_hash AND l.used_at IS NULL AND now() < l.expires_at AND p.id = l.person_id AND p.active
  RETURNING l.person_id
$$;
CREATE FUNCTION open_session(new_hash bytea, whose uuid, until timestamptz, factor boolean, on_device text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO session (token_hash, person_id, expires_at, second_factor, device)
  VALUES (new_hash, whose, until, factor, left(on_device, 200))
$$;
CREATE FUNCTION session_person(session_hash bytea)
RETURNS TABLE (person_id uuid, name text, full_name text, language text, second_factor boolean, has_password boolean,
               has_second_factor boolean, used_at timestamptz, grants jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, p.name, p.full_name, p.language, s.second_factor, p.password_hash IS NOT NULL,
         p.totp_secret IS NOT NULL, s.used_at,
         coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'region_id', g.region_id, 'code', r.code,
                                                       'name', r.name, 'level', r.level) ORDER BY g.id)
                     FROM person_grant g JOIN region r ON r.id = g.region_id
                    WHERE g.person_id = p.id AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)),
                  '[]')
    FROM session s JOIN person p ON p.id = s.person_id
   WHERE s.token_hash = session_hash AND s.ended_at IS NULL AND now() < s.expires_at AND p.active
$$;
CREATE FUNCTION set_own_secrets(new_password_hash text, new_totp_secret text) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE person SET password_hash = coalesce(new_password_hash, password_hash),
                    totp_secret = coalesce(new_totp_secret, totp_secret)
   WHERE id = current_person()
$$;
SELECT make_door('open_session(bytea, uuid, timestamptz, boolean, text)'), make_door('session_person(bytea)'),
       make_door('set_own_secrets(text, text)');

SELECT audit_table('person', '{id}', '{name,full_name,password_hash,totp_secret}', 'r.id::text'),
       audit_table('session', '{token_hash}', '{device}', 'r.person_id::text', '{used_at}'),
       audit_table('sign_in_link', '{token_hash}'),
       audit_table('sign_in_attempt', '{id}', '{name,address}');
