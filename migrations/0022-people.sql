-- depends: 0021-audit
-- People, by those who look after them: an administrator lets somebody in, gives and ends roles and helps those who are
-- locked out, inside the own territory and never on their own record. Sessions and phones can be listed and ended; one
-- guess of a name comes after the other; whoever is forgotten leaves works and verdicts behind, and no name.

ALTER TABLE person ADD COLUMN forgotten_at timestamptz, ADD COLUMN totp_step bigint,
  ADD CONSTRAINT "a full name has 1 to 200 characters" CHECK (btrim(full_name) <> '' AND length(full_name) <= 200);
COMMENT ON COLUMN person.totp_step IS 'the half minute of the last code that was used: none is used twice';
ALTER TABLE session ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, ADD COLUMN address inet;
CREATE UNIQUE INDEX "a session has its number" ON session (number);
ALTER TABLE sign_in_link ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, ADD COLUMN taken_back_at timestamptz;
CREATE UNIQUE INDEX "a link has its number" ON sign_in_link (number);
ALTER TABLE sign_in_attempt ADD COLUMN device text;
COMMENT ON COLUMN sign_in_attempt.device IS 'a device on which this name has signed in before, NULL for any other';
CREATE INDEX sign_in_attempt_at ON sign_in_attempt (at);

-- What a phone in the field carries: it sends for its person and opens nothing else.
CREATE TABLE device_token (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person,
  token_hash bytea NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  ended_at timestamptz,
  CONSTRAINT "a device has a name of 1 to 60 characters" CHECK (btrim(name) <> '' AND length(name) <= 60)
);
CREATE UNIQUE INDEX "a device's token is its own" ON device_token (token_hash);
CREATE INDEX device_token_person ON device_token (person_id);

-- Whom the person asking looks after: whoever holds or held a role in their territory, everybody where that is the whole
-- installation. Never themselves, and nobody who was forgotten.
CREATE FUNCTION administered_people() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT regions_for('{admin}') AS places)
  SELECT coalesce(array_agg(p.id), '{}') FROM person p, own
   WHERE p.id <> current_person() AND p.forgotten_at IS NULL
     AND (EXISTS (SELECT FROM region r WHERE r.level = 'root' AND r.id = ANY (own.places))
          OR EXISTS (SELECT FROM person_grant g WHERE g.person_id = p.id AND g.region_id = ANY (own.places)))
$$;

-- Whether somebody holds, or will hold, a role elsewhere: then what touches the whole person is for those above.
CREATE FUNCTION held_outside(whose uuid, places integer[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT regions_for('{admin}') = '{}' OR EXISTS (
    SELECT FROM person_grant g WHERE g.person_id = whose AND (g.valid_to IS NULL OR now() < g.valid_to)
       AND (g.region_id = ANY (places)) IS NOT TRUE)
$$;

CREATE FUNCTION must_administer(whose uuid, wholly boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (whose = ANY (administered_people())) IS NOT TRUE
     OR (wholly AND held_outside(whose, regions_for('{admin}'))) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'this person is not theirs to change';
  END IF;
END
$$;
CREATE FUNCTION must_hold(place integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (place = ANY (regions_for('{admin}'))) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'this region is not theirs to give';
  END IF;
END
$$;

-- How somebody stands who is looked after: nothing of it says what the secrets are.
CREATE FUNCTION person_standing(whose uuid)
RETURNS TABLE (has_password boolean, has_second_factor boolean, last_used_at timestamptz) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.password_hash IS NOT NULL, p.totp_secret IS NOT NULL,
         (SELECT max(s.used_at) FROM session s WHERE s.person_id = p.id)
    FROM person p WHERE p.id = whose AND p.id = ANY (administered_people())
$$;

CREATE FUNCTION give_grant(whose uuid, new_role text, place integer, begins timestamptz, ends timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  starts timestamptz := greatest(begins, now());  -- nobody held a role before it was given
  made bigint;
BEGIN
  PERFORM must_administer(whose, false);
  PERFORM must_hold(place);
  IF ends <= starts THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a grant ends after it begins';
  END IF;
  PERFORM FROM person WHERE id = whose FOR UPDATE;
  IF EXISTS (SELECT FROM person_grant g WHERE g.person_id = whose AND g.role = new_role AND g.region_id = place
                AND tstzrange(g.valid_from, g.valid_to) && tstzrange(starts, ends)) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a role in a region is held once at a time';
  END IF;
  INSERT INTO person_grant (person_id, role, region_id, valid_from, valid_to, granted_by)
  VALUES (whose, new_role, place, starts, ends, current_person()) RETURNING id INTO made;
  RETURN made;
END
$$;

CREATE FUNCTION invite_person(new_name text, new_full_name text, new_role text, place integer, begins timestamptz,
                              ends timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  made uuid;
BEGIN
  PERFORM must_hold(place);
  INSERT INTO person (name, full_name) VALUES (new_name, btrim(new_full_name)) RETURNING id INTO made;
  INSERT INTO person_grant (person_id, role, region_id, valid_from, valid_to, granted_by)
  VALUES (made, new_role, place, greatest(begins, now()), ends, current_person());
  RETURN made;
END
$$;

-- A role that has begun ends now; one that has not is taken away.
CREATE FUNCTION end_grant(which bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  held person_grant;
BEGIN
  SELECT * INTO held FROM person_grant WHERE id = which FOR UPDATE;
  PERFORM must_hold(held.region_id);
  IF held.person_id = current_person() THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'nobody changes their own roles';
  END IF;
  IF held.valid_from > now() THEN
    DELETE FROM person_grant WHERE id = which;
  ELSE
    UPDATE person_grant SET valid_to = now() WHERE id = which AND (valid_to IS NULL OR valid_to > now());
  END IF;
END
$$;

-- Somebody who is to enter no more: sessions, phones and links end with it, and do not come back.
CREATE FUNCTION shut_out(whose uuid) RETURNS void LANGUAGE sql AS $$
  UPDATE person SET active = false WHERE id = whose AND active;
  UPDATE session SET ended_at = now() WHERE person_id = whose AND ended_at IS NULL;
  UPDATE device_token SET ended_at = now() WHERE person_id = whose AND ended_at IS NULL;
  UPDATE sign_in_link SET taken_back_at = now() WHERE person_id = whose AND used_at IS NULL AND taken_back_at IS NULL
$$;

CREATE FUNCTION set_person_active(whose uuid, wanted boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_administer(whose, true);
  IF wanted THEN
    UPDATE person SET active = true WHERE id = whose AND NOT active;
  ELSE
    PERFORM shut_out(whose);
  END IF;
END
$$;

CREATE FUNCTION set_full_name(whose uuid, wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_administer(whose, true);
  UPDATE person SET full_name = btrim(wanted) WHERE id = whose;
END
$$;

-- A link to hand over; the one before is worth nothing any more. Whose secrets are cleared is signed out everywhere.
CREATE FUNCTION make_sign_in_link(whose uuid, link_hash bytea, without_password boolean, without_factor boolean)
RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  until timestamptz := now() + interval '24 hours';
BEGIN
  PERFORM must_administer(whose, true);
  UPDATE sign_in_link SET taken_back_at = now() WHERE person_id = whose AND used_at IS NULL AND taken_back_at IS NULL;
  INSERT INTO sign_in_link (token_hash, person_id, expires_at) VALUES (link_hash, whose, until);
  IF without_password OR without_factor THEN
    UPDATE person SET password_hash = CASE WHEN without_password THEN NULL ELSE password_hash END,
                      totp_secret = CASE WHEN without_factor THEN NULL ELSE totp_secret END
     WHERE id = whose;
    UPDATE session SET ended_at = now() WHERE person_id = whose AND ended_at IS NULL;
  END IF;
  RETURN until;
END
$$;

CREATE FUNCTION take_back_link(which bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_administer((SELECT person_id FROM sign_in_link WHERE number = which), true);
  UPDATE sign_in_link SET taken_back_at = now() WHERE number = which AND used_at IS NULL AND taken_back_at IS NULL;
END
$$;

-- The last administrator of the whole installation stays, whoever asks: nobody could give a role any more. One that
-- ends at some time is no successor of one that does not.
CREATE FUNCTION administrator_lasts(until timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM person_grant g JOIN person p ON p.id = g.person_id JOIN region r ON r.id = g.region_id
                  WHERE g.role = 'admin' AND r.level = 'root' AND p.active AND g.valid_from <= now()
                    AND (g.valid_to IS NULL OR g.valid_to >= until))
$$;
CREATE FUNCTION administrator_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  held person_grant;
BEGIN
  -- Two administrators who end each other's role at once would otherwise each see the other still there.
  PERFORM pg_advisory_xact_lock(hashtextextended('administrators', 0));
  IF TG_TABLE_NAME = 'person' THEN
    FOR held IN SELECT g.* FROM person_grant g WHERE g.person_id = OLD.id LOOP
      PERFORM administrator_may_go(held);
    END LOOP;
  ELSIF EXISTS (SELECT FROM person p WHERE p.id = OLD.person_id AND p.active) THEN
    PERFORM administrator_may_go(OLD);
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION administrator_may_go(held person_grant) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF held.role = 'admin' AND held.valid_from <= now() AND (held.valid_to IS NULL OR now() < held.valid_to)
     AND EXISTS (SELECT FROM region WHERE id = held.region_id AND level = 'root')
     AND NOT administrator_lasts(held.valid_to) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'the last administrator stays';
  END IF;
END
$$;
CREATE TRIGGER administrator_stays AFTER UPDATE OR DELETE ON person_grant
  FOR EACH ROW WHEN (OLD.role = 'admin') EXECUTE FUNCTION administrator_stays();
CREATE TRIGGER administrator_stays AFTER UPDATE ON person
  FOR EACH ROW WHEN (OLD.active AND NOT NEW.active) EXECUTE FUNCTION administrator_stays();

-- Signing in. A session knows its number and where it was opened from, and its record who opened it.
DROP FUNCTION open_session(bytea, uuid, timestamptz, boolean, text);
CREATE FUNCTION open_session(new_hash bytea, whose uuid, until timestamptz, factor boolean, on_device text,
                             from_address inet) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('pantau.person', whose::text, true);
  INSERT INTO session (token_hash, person_id, expires_at, second_factor, device, address)
  VALUES (new_hash, whose, until, factor, left(on_device, 200), from_address);
END
$$;

DROP FUNCTION session_person(bytea);
CREATE FUNCTION session_person(session_hash bytea)
RETURNS TABLE (person_id uuid, name text, full_name text, language text, second_factor boolean, has_password boolean,
               has_second_factor boolean, used_at timestamptz, grants jsonb, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, p.name, p.full_name, p.language, s.second_factor, p.password_hash IS NOT NULL,
         p.totp_secret IS NOT NULL, s.used_at,
         coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'region_id', g.region_id, 'code', r.code,
                                                       'name', r.name, 'level', r.level) ORDER BY g.id)
                     FROM person_grant g JOIN region r ON r.id = g.region_id
                    WHERE g.person_id = p.id AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)),
                  '[]'), s.number
    FROM session s JOIN person p ON p.id = s.person_id
   WHERE s.token_hash = session_hash AND s.ended_at IS NULL AND now() < s.expires_at AND p.active
$$;

CREATE OR REPLACE FUNCTION use_sign_in_link(link_hash bytea) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  whose uuid;
BEGIN
  SELECT l.person_id INTO whose FROM sign_in_link l JOIN person p ON p.id = l.person_id
   WHERE l.token_hash = link_hash AND l.used_at IS NULL AND l.taken_back_at IS NULL AND now() < l.expires_at AND p.active
     FOR UPDATE OF l;
  IF FOUND THEN
    PERFORM set_config('pantau.person', whose::text, true);
    UPDATE sign_in_link SET used_at = now() WHERE token_hash = link_hash;
  END IF;
  RETURN whose;
END
$$;

-- Whoever changes their own secrets shows the session in which they do it. A new password ends all other sessions and
-- links; the first second factor stays until an administrator takes it away.
CREATE FUNCTION must_be_signed_in(session_hash bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM session_person(session_hash) s WHERE s.person_id = current_person()) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'no session of this person';
  END IF;
END
$$;
DROP FUNCTION set_own_secrets(text, text);
CREATE FUNCTION set_own_secrets(session_hash bytea, new_password_hash text, new_totp_secret text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_signed_in(session_hash);
  UPDATE person SET password_hash = coalesce(new_password_hash, password_hash),
                    totp_secret = coalesce(totp_secret, new_totp_secret)
   WHERE id = current_person();
  IF new_password_hash IS NOT NULL THEN
    UPDATE session SET ended_at = now()
     WHERE person_id = current_person() AND token_hash <> session_hash AND ended_at IS NULL;
    UPDATE sign_in_link SET taken_back_at = now()
     WHERE person_id = current_person() AND used_at IS NULL AND taken_back_at IS NULL;
  END IF;
END
$$;
CREATE FUNCTION use_totp_step(session_hash bytea, step bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_signed_in(session_hash);
  UPDATE person SET totp_step = step WHERE id = current_person() AND (totp_step IS NULL OR totp_step < step);
  RETURN FOUND;
END
$$;

-- Ended by whose session it is, and by those who look after them.
CREATE FUNCTION must_be_own_or_administered(whose uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (whose = current_person()) IS NOT TRUE THEN
    PERFORM must_administer(whose, true);
  END IF;
END
$$;
CREATE FUNCTION end_session_numbered(which bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_own_or_administered((SELECT person_id FROM session WHERE number = which));
  UPDATE session SET ended_at = now() WHERE number = which AND ended_at IS NULL;
END
$$;
CREATE FUNCTION end_other_sessions(session_hash bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_signed_in(session_hash);
  UPDATE session SET ended_at = now()
   WHERE person_id = current_person() AND token_hash <> session_hash AND ended_at IS NULL;
END
$$;

-- Phones.
CREATE FUNCTION add_device(session_hash bytea, new_hash bytea, called text) RETURNS timestamptz LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  until timestamptz := now() + interval '90 days';
BEGIN
  PERFORM must_be_signed_in(session_hash);
  PERFORM FROM person WHERE id = current_person() FOR UPDATE;
  IF (SELECT count(*) FROM device_token d
       WHERE d.person_id = current_person() AND d.ended_at IS NULL AND now() < d.expires_at) >= 10 THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'a person has at most 10 devices';
  END IF;
  INSERT INTO device_token (person_id, token_hash, name, expires_at)
  VALUES (current_person(), new_hash, btrim(called), until);
  RETURN until;
END
$$;
CREATE FUNCTION end_device(which bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_own_or_administered((SELECT person_id FROM device_token WHERE number = which));
  UPDATE device_token SET ended_at = now() WHERE number = which AND ended_at IS NULL;
END
$$;
CREATE FUNCTION device_person(device_hash bytea)
RETURNS TABLE (person_id uuid, name text, full_name text, language text, grants jsonb, number bigint, called text,
               expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, p.name, p.full_name, p.language,
         coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'region_id', g.region_id, 'code', r.code,
                                                       'name', r.name, 'level', r.level) ORDER BY g.id)
                     FROM person_grant g JOIN region r ON r.id = g.region_id
                    WHERE g.person_id = p.id AND g.role IN ('field', 'head', 'planner', 'admin')
                      AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to)), '[]'),
         d.number, d.name, d.expires_at
    FROM device_token d JOIN person p ON p.id = d.person_id
   WHERE d.token_hash = device_hash AND d.ended_at IS NULL AND now() < d.expires_at AND p.active
$$;
CREATE FUNCTION touch_device(device_hash bytea) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE device_token SET used_at = now()
   WHERE token_hash = device_hash AND (used_at IS NULL OR used_at < now() - interval '5 minutes')
$$;

-- Guessing. A guess is noted as failed before it is looked at, one of a name after the other, so that many at once are
-- no more than ten; NULL where it is not to be looked at at all. Devices on which the name has signed in before are
-- counted for themselves: whoever guesses elsewhere, or behind the same address, does not lock the owner out.
CREATE FUNCTION begin_attempt(whom text, known_device text, from_address inet) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  since timestamptz := clock_timestamp() - interval '15 minutes';
  made bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('sign-in of ' || whom, 0));
  IF (SELECT count(*) FROM sign_in_attempt a WHERE a.name = whom AND NOT a.succeeded AND a.at > since
         AND a.device IS NOT DISTINCT FROM known_device) >= 10 THEN
    RETURN NULL;
  END IF;
  IF known_device IS NULL AND from_address IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('sign-in from ' || from_address, 0));
    IF (SELECT count(*) FROM sign_in_attempt a WHERE a.address = from_address AND NOT a.succeeded AND a.at > since
           AND a.device IS NULL) >= 200 THEN
      RETURN NULL;
    END IF;
  END IF;
  INSERT INTO sign_in_attempt (name, address, succeeded, device, at)
  VALUES (whom, from_address, false, known_device, clock_timestamp()) RETURNING id INTO made;
  RETURN made;
END
$$;
CREATE FUNCTION attempt_succeeded(which bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE sign_in_attempt SET succeeded = true WHERE id = which
$$;

-- The salts under which the record holds what was personal about these attempts go with them.
CREATE FUNCTION drop_attempts(which bigint[]) RETURNS void LANGUAGE sql AS $$
  DELETE FROM sign_in_attempt WHERE id = ANY (which);
  DELETE FROM audit_salt WHERE subject = ANY (SELECT 'sign_in_attempt:' || one FROM unnest(which) one)
$$;
CREATE FUNCTION prune_sign_ins() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT drop_attempts(ARRAY(SELECT id FROM sign_in_attempt WHERE at < now() - interval '7 days' ORDER BY id LIMIT 10000));
  DELETE FROM session WHERE least(ended_at, expires_at) < now() - interval '90 days';
  DELETE FROM device_token WHERE least(ended_at, expires_at) < now() - interval '90 days';
  DELETE FROM sign_in_link WHERE expires_at < now() - interval '90 days'
$$;

-- The operator of the machine forgets somebody: names, secrets, devices and addresses go, and the salt of their sums in
-- the record, which stays as it was sealed. Works and verdicts stay, by somebody whose name was removed.
CREATE FUNCTION forget_person(whose uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  called text := (SELECT name FROM person WHERE id = whose AND forgotten_at IS NULL);
BEGIN
  IF called IS NULL THEN
    RETURN;
  END IF;
  PERFORM shut_out(whose);
  DELETE FROM person_grant WHERE person_id = whose AND valid_from > now();
  UPDATE person_grant SET valid_to = now() WHERE person_id = whose AND (valid_to IS NULL OR valid_to > now());
  DELETE FROM session WHERE person_id = whose;
  DELETE FROM device_token WHERE person_id = whose;
  DELETE FROM sign_in_link WHERE person_id = whose;
  PERFORM drop_attempts(ARRAY(SELECT id FROM sign_in_attempt WHERE name IN (called, called || ' 2')));
  UPDATE person SET name = 'dilupakan-' || replace(id::text, '-', ''),
                    full_name = '(nama dihapus ' || to_char(now(), 'YYYY-MM-DD') || ')',
                    language = 'id', password_hash = NULL, totp_secret = NULL, totp_step = NULL, forgotten_at = now()
   WHERE id = whose;
  DELETE FROM audit_salt WHERE subject = whose::text;
END
$$;

-- Of sessions, links and phones one sees one's own, and of those one looks after.
ALTER TABLE device_token ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DROP POLICY session_own ON session;
CREATE POLICY session_read ON session FOR SELECT
  USING (person_id = (SELECT current_person()) OR person_id = ANY ((SELECT administered_people())::uuid[]));
CREATE POLICY device_read ON device_token FOR SELECT
  USING (person_id = (SELECT current_person()) OR person_id = ANY ((SELECT administered_people())::uuid[]));
CREATE POLICY link_read ON sign_in_link FOR SELECT
  USING (person_id = ANY ((SELECT administered_people())::uuid[]));
DROP POLICY attempt_read ON sign_in_attempt;
DROP POLICY attempt_write ON sign_in_attempt;

DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON sign_in_attempt FROM %I', web_role());
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON device_token TO %I', door_role());
  EXECUTE format('GRANT DELETE ON person_grant, session, sign_in_link, sign_in_attempt TO %I', door_role());
  EXECUTE format('REVOKE ALL ON FUNCTION shut_out(uuid), drop_attempts(bigint[]), forget_person(uuid) FROM PUBLIC');
  EXECUTE format('GRANT EXECUTE ON FUNCTION shut_out(uuid), drop_attempts(bigint[]), forget_person(uuid) TO %I',
                 door_role());
END
$$;
SELECT allow_web('SELECT (created_at, forgotten_at)', 'person');
SELECT allow_web('SELECT (number, address, second_factor)', 'session');
SELECT allow_web('SELECT (number, person_id, created_at, expires_at, used_at, taken_back_at)', 'sign_in_link');
SELECT allow_web('SELECT (number, person_id, name, created_at, expires_at, used_at, ended_at)', 'device_token');
SELECT make_door('administered_people()'), make_door('held_outside(uuid, integer[])'),
       make_door('person_standing(uuid)'),
       make_door('give_grant(uuid, text, integer, timestamptz, timestamptz)'),
       make_door('invite_person(text, text, text, integer, timestamptz, timestamptz)'), make_door('end_grant(bigint)'),
       make_door('set_person_active(uuid, boolean)'), make_door('set_full_name(uuid, text)'),
       make_door('make_sign_in_link(uuid, bytea, boolean, boolean)'), make_door('take_back_link(bigint)'),
       make_door('open_session(bytea, uuid, timestamptz, boolean, text, inet)'), make_door('session_person(bytea)'),
       make_door('set_own_secrets(bytea, text, text)'), make_door('use_totp_step(bytea, bigint)'),
       make_door('end_session_numbered(bigint)'), make_door('end_other_sessions(bytea)'),
       make_door('add_device(bytea, bytea, text)'), make_door('end_device(bigint)'), make_door('device_person(bytea)'),
       make_door('touch_device(bytea)'), make_door('begin_attempt(text, text, inet)'),
       make_door('attempt_succeeded(bigint)'), make_door('prune_sign_ins()');

-- The triggers of the record know the columns that were there when they were written: these are written anew.
CREATE FUNCTION audit_table_off(audited regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  event text;
BEGIN
  FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', 'zz_audit_' || event, audited);
    EXECUTE format('DROP FUNCTION %I()', 'audit_' || event || '_of_' || (SELECT relname FROM pg_class WHERE oid = audited));
  END LOOP;
  EXECUTE format('DROP TRIGGER zz_audit_truncate ON %s', audited);
END
$$;
SELECT audit_table_off('person'), audit_table_off('session'), audit_table_off('sign_in_link'),
       audit_table_off('sign_in_attempt');
SELECT audit_table('person', '{id}', '{name,full_name,password_hash,totp_secret}', 'r.id::text', '{totp_step}'),
       audit_table('session', '{number}', '{device,address}', 'r.person_id::text', '{used_at}'),
       audit_table('sign_in_link', '{number}'),
       audit_table('sign_in_attempt', '{id}', '{name,address,device}'),
       audit_table('device_token', '{number}', '{name}', 'r.person_id::text', '{used_at}');
