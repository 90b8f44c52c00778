-- Where things are and who may do what: the installation, regions, people, their grants and their sessions.
-- Run as <database>_owner. Names of constraints are sentences; app/errors.py turns them into what a person reads.

DO $$
BEGIN
  EXECUTE format('CREATE FUNCTION web_role() RETURNS name LANGUAGE sql IMMUTABLE RETURN %L::name',
                 current_database() || '_web');
  EXECUTE format('CREATE FUNCTION door_role() RETURNS name LANGUAGE sql IMMUTABLE RETURN %L::name',
                 current_database() || '_door');
END
$$;

-- Grants by name of role are only written here: GRANT cannot take an expression.
CREATE FUNCTION allow_web(privileges text, object text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT %s ON %s TO %I', privileges, object, web_role());
END
$$;

-- A function that sees past row-level security: owned by the door, callable by the web role alone.
CREATE FUNCTION make_door(signature text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
  EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', signature, web_role());
  EXECUTE format('ALTER FUNCTION %s OWNER TO %I', signature, door_role());
END
$$;

CREATE TABLE region (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL,
  level text NOT NULL,
  kind text,
  name text NOT NULL,
  parent_id integer REFERENCES region,
  lineage integer[] NOT NULL DEFAULT '{}',
  approximate boolean NOT NULL DEFAULT false,
  valid_from date NOT NULL DEFAULT '1945-08-17',
  valid_to date,
  geom geometry(MultiPolygon, 4326),
  centre geometry(Point, 4326),
  CONSTRAINT "a region is a root, regency, district or village"
    CHECK (level IN ('root', 'regency', 'district', 'village')),
  CONSTRAINT "a village is a desa or a kelurahan" CHECK (kind IN ('desa', 'kelurahan')),
  CONSTRAINT "only the root has no parent" CHECK ((parent_id IS NULL) = (level = 'root')),
  CONSTRAINT "a region ends after it begins" CHECK (valid_to > valid_from)
);
COMMENT ON COLUMN region.lineage IS 'ids of the region itself and of all regions above it, kept by a trigger';
CREATE UNIQUE INDEX "a region code is in force once" ON region (code) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX "an installation has one root region" ON region ((true)) WHERE level = 'root';
CREATE INDEX region_parent ON region (parent_id);
CREATE INDEX region_lineage ON region USING gin (lineage);
CREATE INDEX region_geom ON region USING gist (geom);
CREATE INDEX region_centre ON region USING gist (centre);

CREATE FUNCTION region_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.lineage := NEW.id || coalesce((SELECT lineage FROM region WHERE id = NEW.parent_id), '{}');
  RETURN NEW;
END
$$;
CREATE TRIGGER region_lineage BEFORE INSERT OR UPDATE OF parent_id ON region
  FOR EACH ROW EXECUTE FUNCTION region_lineage();

CREATE TABLE installation (
  only_one boolean PRIMARY KEY DEFAULT true,
  currency text NOT NULL,
  timezone text NOT NULL,
  demonstration boolean NOT NULL DEFAULT false,
  secret bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "there is one installation" CHECK (only_one),
  CONSTRAINT "a currency is three letters" CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE person (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  full_name text NOT NULL,
  language text NOT NULL DEFAULT 'id',
  password_hash text,
  totp_secret text,
  active boolean NOT NULL DEFAULT true,
  demonstration boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "a user name is 2 to 60 small letters, digits, dots or dashes" CHECK (name ~ '^[a-z0-9][a-z0-9._-]{1,59}$'),
  CONSTRAINT "a language is id or en" CHECK (language IN ('id', 'en'))
);
CREATE UNIQUE INDEX "a user name is taken once" ON person (name);

CREATE TABLE person_grant (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person,
  role text NOT NULL,
  region_id integer NOT NULL REFERENCES region,
  valid_from timestamptz NOT NULL DEFAULT now(),
  valid_to timestamptz,
  granted_by uuid REFERENCES person,
  CONSTRAINT "a role is one of the six" CHECK (role IN ('field', 'head', 'planner', 'auditor', 'treasurer', 'admin')),
  CONSTRAINT "a grant ends after it begins" CHECK (valid_to > valid_from)
);
CREATE INDEX person_grant_person ON person_grant (person_id);
CREATE INDEX person_grant_region ON person_grant (region_id);
CREATE INDEX person_grant_granted_by ON person_grant (granted_by);

CREATE TABLE session (
  token_hash bytea PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  second_factor boolean NOT NULL DEFAULT false,
  device text
);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE sign_in_link (
  token_hash bytea PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX sign_in_link_person ON sign_in_link (person_id);

CREATE TABLE sign_in_attempt (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  address inet,
  succeeded boolean NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_attempt_name ON sign_in_attempt (name, at);
CREATE INDEX sign_in_attempt_address ON sign_in_attempt (address, at);

-- Who is asking. After COMMIT a local variable is '' and not NULL, hence nullif: without a person nothing is seen.
CREATE FUNCTION current_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('pantau.person', true), '')::uuid
$$;

-- The regions in which the person asking holds one of these roles, all regions below them included.
-- Written `any((select regions_for(...))::int[])` in every policy: computed once for a query, not once a row.
CREATE FUNCTION regions_for(roles text[]) RETURNS integer[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(r.id), '{}')
    FROM region r
   WHERE r.lineage && ARRAY(
           SELECT g.region_id
             FROM person_grant g JOIN person p ON p.id = g.person_id
            WHERE g.person_id = current_person() AND p.active AND g.role = ANY (roles)
              AND now() >= g.valid_from AND (g.valid_to IS NULL OR now() < g.valid_to))
$$;

CREATE FUNCTION own_regions() RETURNS integer[] LANGUAGE sql STABLE AS $$
  SELECT regions_for('{field,head,planner,auditor,treasurer,admin}')
$$;

-- The doors of signing in: the web role can read no password, no secret and no token by any other way.
CREATE FUNCTION sign_in_secrets(user_name text)
RETURNS TABLE (person_id uuid, password_hash text, totp_secret text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT id, p.password_hash, p.totp_secret FROM person p WHERE p.name = user_name AND p.active
$$;

CREATE FUNCTION use_sign_in_link(link_hash bytea) RETURNS uuid LANGUAGE sql SECURITY DEFINER
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

CREATE FUNCTION touch_session(session_hash bytea) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE session SET used_at = now() WHERE token_hash = session_hash
$$;

CREATE FUNCTION end_session(session_hash bytea) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE session SET ended_at = now() WHERE token_hash = session_hash AND ended_at IS NULL
$$;

-- Written by the person alone, on their own record; the old password is asked for by the page.
CREATE FUNCTION set_own_secrets(new_password_hash text, new_totp_secret text) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE person SET password_hash = coalesce(new_password_hash, password_hash),
                    totp_secret = coalesce(new_totp_secret, totp_secret)
   WHERE id = current_person()
$$;

ALTER TABLE region ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE installation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE person_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in_link ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_in_attempt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Boundaries are public. People are known by name to those who signed in; their secrets to nobody.
CREATE POLICY region_read ON region FOR SELECT USING (true);
CREATE POLICY installation_read ON installation FOR SELECT USING (true);
CREATE POLICY person_read ON person FOR SELECT USING ((SELECT current_person()) IS NOT NULL);
CREATE POLICY person_own_language ON person FOR UPDATE
  USING (id = (SELECT current_person())) WITH CHECK (id = (SELECT current_person()));
CREATE POLICY grant_read ON person_grant FOR SELECT
  USING (person_id = (SELECT current_person()) OR region_id = ANY ((SELECT regions_for('{admin}'))::int[]));
CREATE POLICY session_own ON session FOR SELECT USING (person_id = (SELECT current_person()));
CREATE POLICY attempt_read ON sign_in_attempt FOR SELECT USING (true);
CREATE POLICY attempt_write ON sign_in_attempt FOR INSERT WITH CHECK (true);

SELECT allow_web('SELECT', 'region');
SELECT allow_web('SELECT (only_one, currency, timezone, demonstration, created_at)', 'installation');
SELECT allow_web('SELECT (id, name, full_name, language, active, demonstration)', 'person');
SELECT allow_web('UPDATE (language)', 'person');
SELECT allow_web('SELECT', 'person_grant');
SELECT allow_web('SELECT (person_id, created_at, used_at, expires_at, ended_at, device)', 'session');
SELECT allow_web('SELECT, INSERT', 'sign_in_attempt');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON region, installation, person, person_grant, session, sign_in_link, '
                 'sign_in_attempt TO %I', door_role());
END
$$;
SELECT make_door('regions_for(text[])');
SELECT make_door('sign_in_secrets(text)');
SELECT make_door('use_sign_in_link(bytea)');
SELECT make_door('open_session(bytea, uuid, timestamptz, boolean, text)');
SELECT make_door('session_person(bytea)');
SELECT make_door('touch_session(bytea)');
SELECT make_door('end_session(bytea)');
SELECT make_door('set_own_secrets(text, text)');
