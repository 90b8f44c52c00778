-- What only a superuser may do, once for each database. `./pantau` runs it on the cluster that it starts itself;
-- for a server given by DATABASE_URL it is run if allowed, else printed for the administrator of that server.
-- It may be run again at any time. Role names carry the database's name, so that two installations can share a server.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Row-level security keeps an index from being used below a function that could leak what it sees. `&&` compares
-- bounding boxes and tells nothing else; without this mark every map query reads the whole table (31 ms, not 0.05).
ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF;

DO $administrator$
DECLARE
  owner text := current_database() || '_owner';
  web   text := current_database() || '_web';
  door  text := current_database() || '_door';
  sealer text := current_database() || '_sealer';
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN', owner);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = web) THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOBYPASSRLS', web);
  END IF;
  -- The door sees every row; it cannot sign in, and owns nothing but the reviewed functions of migrations/.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = door) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN BYPASSRLS', door);
  END IF;
  -- The sealer reads the record and adds its blocks (migrations/0021); it cannot sign in either.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = sealer) THEN
    EXECUTE format('CREATE ROLE %I NOLOGIN', sealer);
  END IF;
  EXECUTE format('GRANT %I, %I TO %I', door, sealer, owner);
  EXECUTE format('GRANT %I TO CURRENT_USER', owner);
  EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), owner);
  EXECUTE format('REVOKE ALL ON SCHEMA public FROM PUBLIC');
  EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I, %I', owner, door);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', web, sealer);
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET statement_timeout = %L', web, current_database(), '60s');
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET lock_timeout = %L', web, current_database(), '20s');
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET idle_in_transaction_session_timeout = %L',
                 web, current_database(), '60s');
  EXECUTE format('ALTER ROLE %I IN DATABASE %I SET timezone = %L', web, current_database(), 'UTC');
END
$administrator$;
