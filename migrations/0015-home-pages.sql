-- depends: 0014-exports
-- The first page and the queue of very many indications: how each pair stands, kept by what changes.

-- A copy, kept by the triggers below and by nobody else: hence no foreign keys.
CREATE TABLE pair_standing (
  pair_id bigint PRIMARY KEY,
  left_region integer NOT NULL,
  right_region integer NOT NULL,
  draft_regions integer[] NOT NULL,
  kind text NOT NULL,
  to_look_at boolean NOT NULL,
  state text NOT NULL,
  verdict text,
  answered boolean NOT NULL,
  unfinished boolean NOT NULL,
  smaller uuid NOT NULL,
  money numeric(18, 2),
  rank numeric NOT NULL,
  years smallint[] NOT NULL,
  funds text[] NOT NULL,
  measured_at timestamptz NOT NULL
);
COMMENT ON TABLE pair_standing IS 'each pair in force as lists count it; app/queries/pairs.py says what its states mean';
COMMENT ON COLUMN pair_standing.smaller IS 'the work of the smaller amount: money to look at counts once for each';
COMMENT ON COLUMN pair_standing.rank IS 'money times probability, what lists are ordered by; -1 if unknown';
COMMENT ON COLUMN pair_standing.unfinished IS 'one of the two works is neither done nor cancelled: its money may still be held';
CREATE INDEX pair_standing_left ON pair_standing (left_region);
CREATE INDEX pair_standing_right ON pair_standing (right_region);
CREATE INDEX pair_standing_rank ON pair_standing (rank DESC, pair_id) WHERE to_look_at AND state IN ('open', 'reopened');
CREATE INDEX pair_standing_measured ON pair_standing (measured_at);

CREATE FUNCTION pair_stands(pairs bigint[]) RETURNS SETOF pair_standing LANGUAGE sql STABLE AS $$
  SELECT x.id, a.region_id, b.region_id, x.draft_regions, x.kind, x.to_look_at,
         CASE WHEN coalesce(standing.verdict, 'withdrawn') = 'withdrawn' THEN 'open'
              WHEN standing.facts_hash <> x.facts_hash THEN 'reopened'
              WHEN standing.verdict = 'needs_visit' THEN 'visit' ELSE 'judged' END,
         standing.verdict, EXISTS (SELECT FROM answer t WHERE t.pair_id = x.id),
         coalesce(a.stage, '') NOT IN ('done', 'cancelled') OR coalesce(b.stage, '') NOT IN ('done', 'cancelled'),
         CASE WHEN (coalesce(a.amount, 'Infinity'), a.id) < (coalesce(b.amount, 'Infinity'), b.id)
              THEN a.id ELSE b.id END,
         x.money, coalesce(x.money * x.probability::numeric, -1), array_remove(ARRAY[a.year, b.year], NULL), array_remove(ARRAY[a.fund, b.fund], NULL), x.measured_at
    FROM unnest(pairs) AS wanted (id)
    JOIN pair x ON x.id = wanted.id AND x.retired_at IS NULL
    JOIN project a ON a.id = x.left_project
    JOIN project b ON b.id = x.right_project
    LEFT JOIN LATERAL (
      SELECT v.verdict, v.facts_hash FROM verdict v WHERE v.pair_id = x.id
       ORDER BY v.facts_hash = x.facts_hash DESC, v.id DESC LIMIT 1) AS standing ON true
$$;

-- The rows are locked first and read afterwards: of two transactions with one pair in common the second sees what the
-- first has done. NULL looks at all pairs, for a database that was filled past the triggers.
CREATE FUNCTION pair_restand(pairs bigint[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF pairs IS NULL THEN
    DELETE FROM pair_standing;
    pairs := ARRAY(SELECT id FROM pair WHERE retired_at IS NULL);
  END IF;
  PERFORM FROM pair_standing s WHERE s.pair_id = ANY (pairs) ORDER BY s.pair_id FOR UPDATE;
  DELETE FROM pair_standing s USING pair x
   WHERE s.pair_id = ANY (pairs) AND x.id = s.pair_id AND x.retired_at IS NOT NULL;
  INSERT INTO pair_standing AS s SELECT DISTINCT ON (pair_id) n.* FROM pair_stands(pairs) AS n
      ON CONFLICT (pair_id) DO UPDATE SET
         left_region = excluded.left_region, right_region = excluded.right_region,
         draft_regions = excluded.draft_regions, kind = excluded.kind, to_look_at = excluded.to_look_at,
         state = excluded.state, verdict = excluded.verdict, answered = excluded.answered,
         unfinished = excluded.unfinished, smaller = excluded.smaller, money = excluded.money, rank = excluded.rank, years = excluded.years,
         funds = excluded.funds, measured_at = excluded.measured_at
   WHERE s IS DISTINCT FROM excluded;
END
$$;

-- The argument says which pairs the changed rows speak of.
CREATE FUNCTION keep_pair_standing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  touched bigint[];
BEGIN
  EXECUTE TG_ARGV[0] INTO touched;
  IF cardinality(touched) > 0 THEN
    PERFORM pair_restand(touched);
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION drop_pair_standing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM pair_standing s USING gone WHERE s.pair_id = gone.id;
  RETURN NULL;
END
$$;

DO $$
DECLARE
  of_table text;
  event text;
  touched text;
BEGIN
  FOR of_table, event, touched IN VALUES
    ('pair', 'INSERT', 'SELECT array_agg(id) FROM changed'),
    ('pair', 'UPDATE', 'SELECT array_agg(id) FROM changed'),
    ('verdict', 'INSERT', 'SELECT array_agg(DISTINCT pair_id) FROM changed'),
    ('answer', 'INSERT', 'SELECT array_agg(DISTINCT pair_id) FROM changed'),
    ('project', 'UPDATE', 'SELECT array_agg(DISTINCT side.id) FROM changed c, LATERAL ('
       'SELECT x.id FROM pair x WHERE x.left_project = c.id UNION ALL SELECT x.id FROM pair x WHERE x.right_project = c.id'
       ') AS side (id)')
  LOOP
    EXECUTE format('CREATE TRIGGER keep_pair_standing_%s AFTER %s ON %I REFERENCING NEW TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION keep_pair_standing(%L)', lower(event), event, of_table, touched);
  END LOOP;
END
$$;
CREATE TRIGGER drop_pair_standing AFTER DELETE ON pair REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION drop_pair_standing();

-- What was entered, judged and answered since a moment.
CREATE INDEX project_entered ON project (entered_at) WHERE withdrawn_at IS NULL;
CREATE INDEX verdict_at ON verdict (at);
CREATE INDEX answer_at ON answer (at);
-- Marks on the picture of the first page; the list by amount.
CREATE INDEX map_project_flagged ON map_project (region_id) INCLUDE (x, y, flag) WHERE flag > 0;
CREATE INDEX project_dear ON project (amount DESC NULLS LAST, number DESC) WHERE withdrawn_at IS NULL;

REVOKE ALL ON FUNCTION pair_stands(bigint[]) FROM PUBLIC;
ALTER TABLE pair_standing ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- As the pairs themselves are read.
CREATE POLICY pair_standing_read ON pair_standing FOR SELECT
  USING ((SELECT current_person()) IS NOT NULL
         AND (draft_regions = '{}' OR draft_regions <@ (SELECT own_regions())::int[]));
-- The same as it was; without a draft the thousands of regions of a whole installation need not be gone through.
ALTER POLICY pair_read ON pair
  USING ((SELECT current_person()) IS NOT NULL
         AND (draft_regions = '{}' OR draft_regions <@ (SELECT own_regions())::int[]));
SELECT allow_web('SELECT', 'pair_standing');
DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pair_standing TO %I', door_role());
  EXECUTE format('GRANT EXECUTE ON FUNCTION pair_stands(bigint[]) TO %I', door_role());
END
$$;
SELECT make_door('keep_pair_standing()');
SELECT make_door('drop_pair_standing()');
SELECT make_door('pair_restand(bigint[])');
SELECT pair_restand(NULL);
