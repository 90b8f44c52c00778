"""The shape of the database holds what the house promises: asked of the catalogue, so that a new table or function
that forgets it fails here (security.md, T-04 and T-07)."""

from pathlib import Path

import pytest

from app.errors import CONSTRAINTS
from tests import build

APP = Path(__file__).parents[2] / "app"

OURS = """
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     AND c.relname !~ '^(procrastinate|_?yoyo)' AND c.relname <> 'spatial_ref_sys'
"""
"""Our tables: those of the queue, of the migration tool and of PostGIS hold nothing of a region or a person."""

DOORS = {
    # who is asking, and signing in
    "regions_for(text[])", "sign_in_secrets(text)", "use_sign_in_link(bytea)", "session_person(bytea)",
    "open_session(bytea,uuid,timestamp with time zone,boolean,text,inet)", "touch_session(bytea)",
    "end_session(bytea)", "set_own_secrets(bytea,text,text)", "use_totp_step(bytea,bigint)",
    "begin_attempt(text,text,inet)", "attempt_succeeded(bigint)", "prune_sign_ins()",
    "prune_sent_forms()",
    # sessions and phones, one's own or of those one looks after
    "end_session_numbered(bigint)", "end_other_sessions(bytea)", "add_device(bytea,bytea,text)", "end_device(bigint)",
    "device_person(bytea)", "touch_device(bytea)",
    # people, by those who look after them: each asks administered_people() and held_outside() first
    "administered_people()", "held_outside(uuid,integer[])", "person_standing(uuid)",
    "give_grant(uuid,text,integer,timestamp with time zone,timestamp with time zone)",
    "invite_person(text,text,text,integer,timestamp with time zone,timestamp with time zone)", "end_grant(bigint)",
    "set_person_active(uuid,boolean)", "set_full_name(uuid,text)", "make_sign_in_link(uuid,bytea,boolean,boolean)",
    "take_back_link(bigint)",
    # triggers that write what no person may write
    "keep_project_facts()", "note_data_change()", "copy_territory()", "pass_territory_on()",
    "verdict_by_another_person()", "data_version()", "finding_moves()", "has_entered(uuid[],uuid)",
    "pass_merged_facts_on()", "pass_merged_site_on()",
    # counts for maps: written by triggers, folded now and then; what they hold is read under policies
    "keep_map_counts()", "map_recount(uuid[])", "map_fold()",
    # working papers: whose drafts one may speak of, four eyes, and how many of a group's works are hidden
    "note_draft_regions()", "paper_reviewed_by_another()", "hidden_in_group(uuid)",
    # how each work stood when: written by triggers, read under today's rights
    "keep_work_past()", "pass_territory_back()", "work_past_anew()",
    # two records become one work, and are parted: decided inside, by what people have said
    "plans_for(uuid,integer)", "decided_as_one(pair)", "merge_pair(bigint)", "part_works(bigint,text)",
    # how pairs stand, in the same way
    "keep_pair_standing()", "drop_pair_standing()", "pair_restand(bigint[])",
    # whether any upload, whoever sent it, still has a file
    "content_is_wanted(bytea,uuid)",
    # signals over all public works: what it writes is read under the policies of its tables
    "refresh_anomalies(numeric)",
    # works by their names: ids of public ones and of one's own drafts, and the index it asks holds no draft
    "works_named(text[],integer)",
    # matching across borders: app/queries/matching.py alone calls these
    "matching_everyone()", "matching_renew_snapshot(text,integer,jsonb)", "matching_sites(uuid[])",
    "matching_save_model(uuid,text,integer,jsonb)", "matching_judged(uuid[])",
    "matching_within(geometry,double precision,text[],double precision[],double precision,double precision)",
    "matching_note_crowds(double precision[],double precision[],boolean[],integer[])", "matching_places(uuid[])",
    "matching_beside(uuid[],double precision[],double precision)", "matching_villages(uuid[])", "matching_works()",
    "matching_store(uuid[],jsonb)", "matching_component(uuid[])",
    "matching_group(bigint[],uuid[])", "matching_bare(text,text,numeric,integer)", "matching_village(text)",
    "hidden_pairs(uuid)",
    # the record: what no trigger writes, and that a reading of personal data is noted
    "audit_note(text,text,text,jsonb)", "audit_truncate()", "note_reading(text,text,text)",
}
"""Every function that sees past row-level security. Each was reviewed; a new one is reviewed before it stands here."""

RIGHTS = {
    "anomaly": {"SELECT"},
    "anomaly_run": {"SELECT"},
    "answer": {"INSERT", "SELECT"},
    "audit": {"SELECT"},
    "check_list": {"INSERT", "SELECT", "UPDATE"},
    "check_result": {"INSERT", "SELECT"},
    "crowd": {"SELECT"},
    "answer_photo": {"INSERT", "SELECT"},
    "blind_sample": {"INSERT", "SELECT"},
    "column_mapping": {"INSERT", "SELECT", "UPDATE"},
    "export": {"INSERT", "SELECT", "UPDATE"},
    "finding": {"INSERT", "SELECT"},
    "finding_event": {"INSERT", "SELECT"},
    "finding_project": {"INSERT", "SELECT"},
    "job": {"INSERT", "SELECT", "UPDATE"},
    "map_count": {"SELECT"},
    "map_project": {"SELECT"},
    "merging": {"SELECT"},
    "model": {"SELECT"},
    "model_draft": {"SELECT"},
    "pair": {"SELECT"},
    "pair_later": {"INSERT", "SELECT", "UPDATE"},
    "pair_standing": {"SELECT"},
    "person_grant": {"SELECT"},
    "project": {"INSERT", "SELECT", "UPDATE"},
    "project_fact": {"SELECT"},
    "region": {"SELECT"},
    "region_count": {"SELECT"},
    "sample": {"INSERT", "SELECT"},
    "sample_work": {"INSERT", "SELECT"},
    "sent_form": {"INSERT", "SELECT"},
    "site": {"INSERT", "SELECT"},
    "upload": {"INSERT", "SELECT", "UPDATE"},
    "upload_correction": {"INSERT", "SELECT", "UPDATE"},
    "upload_correction_row": {"INSERT", "SELECT"},
    "upload_row": {"DELETE", "INSERT", "SELECT", "UPDATE"},
    "verdict": {"INSERT", "SELECT"},
    "village_figures": {"SELECT"},
    "work_past": {"SELECT"},
    "working_paper": {"INSERT", "SELECT"},
    "working_paper_review": {"INSERT", "SELECT"},
}
"""What the web role may do to a whole table; some columns more stand in COLUMN_RIGHTS."""

COLUMN_RIGHTS = {
    "audit_block": {"number", "closed_to", "sealed_at_us", "head", "public_key"},
    "installation": {"only_one", "currency", "timezone", "demonstration", "created_at"},
    "device_token": {"number", "person_id", "name", "created_at", "expires_at", "used_at", "ended_at"},
    "person": {"id", "name", "full_name", "language", "active", "demonstration", "created_at", "forgotten_at"},
    "session": {"number", "person_id", "created_at", "used_at", "expires_at", "ended_at", "second_factor", "device",
                "address"},
    "sign_in_link": {"number", "person_id", "created_at", "expires_at", "used_at", "taken_back_at"},
}
"""Of these tables the web role reads only these columns: no password, no secret, no token."""


def column(connection, query, *values):
    return [row[0] for row in connection.execute(query, values or None)]


def test_every_table_has_row_level_security_enabled_and_forced(superuser_db):
    assert column(superuser_db, f"SELECT c.relname {OURS} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)") == []


def test_our_tables_are_found_at_all(superuser_db):
    assert len(column(superuser_db, f"SELECT c.relname {OURS}")) >= 17


def test_every_table_the_web_role_reads_has_a_policy_for_reading(superuser_db, database):
    silent = column(
        superuser_db,
        f"""
        SELECT c.relname {OURS} AND has_any_column_privilege(%s, c.oid, 'SELECT')
           AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*'))
        """, database.web_role)  # noqa: S608  the interpolated parts are this module's own constants
    assert silent == []


def test_a_view_sees_what_its_reader_may_see(superuser_db):
    """A view of its owner's rights, or a copy of rows, would pass by every policy."""
    assert column(
        superuser_db,
        """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
           AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        """) == []


def test_the_functions_that_see_past_the_policies_are_the_reviewed_ones(superuser_db):
    assert set(column(
        superuser_db,
        """
        SELECT p.oid::regprocedure::text FROM pg_proc p
         WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
           AND p.proname !~ '^audit_(insert|update|delete)_of_' -- three a table, all from audit_table (0021)
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        """)) == DOORS


def test_a_door_belongs_to_its_role_is_opened_by_the_web_role_alone_and_cannot_be_misled(superuser_db, database):
    """Without a search path of its own a function could be given another table of the same name."""
    wrong = superuser_db.execute(
        """
        SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner), p.proconfig, p.proacl::text FROM pg_proc p
         WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.oid::regprocedure::text = ANY (%s)
           AND (pg_get_userbyid(p.proowner) <> %s OR p.proconfig IS NULL
                OR NOT p.proconfig @> '{"search_path=public, pg_temp"}'
                OR has_function_privilege('public', p.oid, 'EXECUTE')
                OR has_function_privilege(%s, p.oid, 'EXECUTE') = (p.proname IN ('audit_note', 'audit_truncate')))
        """, [list(DOORS), database.web_role.replace("_web", "_door"), database.web_role]).fetchall()
    assert wrong == []


def test_only_the_matching_queries_open_the_matching_door():
    doors = {signature.partition("(")[0] for signature in DOORS
             if signature.startswith(("matching_", "hidden_pairs"))}
    callers = {str(file.relative_to(APP)) for file in APP.rglob("*.py")
               if any(f"{door}(%s" in text or f"{door}()" in text for text in [file.read_text("utf-8")]
                      for door in doors)}
    assert callers == {"queries/matching.py"}


def test_the_web_role_has_these_rights_and_no_others(superuser_db, database):
    rights = {}
    for table, right in superuser_db.execute(
            f"""
            SELECT c.relname, held.privilege {OURS.replace('FROM pg_class c', '''
              FROM pg_class c CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[])
                AS held (privilege)''')} AND has_table_privilege(%s, c.oid, held.privilege)
            """, [database.web_role]):  # noqa: S608
        rights.setdefault(table, set()).add(right)
    assert rights == RIGHTS


def test_the_web_role_reads_no_password_no_secret_and_no_token(superuser_db, database):
    readable = {}
    for table, name in superuser_db.execute(
            f"""
            SELECT c.relname, a.attname {OURS.replace('FROM pg_class c', '''
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped''')}
               AND has_column_privilege(%s, c.oid, a.attnum, 'SELECT') AND NOT has_table_privilege(%s, c.oid, 'SELECT')
            """, [database.web_role, database.web_role]):  # noqa: S608
        readable.setdefault(table, set()).add(name)
    assert readable == COLUMN_RIGHTS
    assert sorted(column(
        superuser_db,
        f"""
        SELECT a.attname {OURS.replace('FROM pg_class c', 'FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid')}
           AND a.attnum > 0 AND has_column_privilege(%s, c.oid, a.attnum, 'UPDATE')
           AND NOT has_table_privilege(%s, c.oid, 'UPDATE')
        """, database.web_role, database.web_role)) == [
            "ended_at", "found_region_id", "language", "measured_at", "outside_m", "project_id", "reason", "result",
            "shown_at", "superseded_at", "superseded_by"]


def test_the_roles_have_the_powers_they_need_and_no_more(superuser_db, database):
    powers = {role: powers for role, *powers in superuser_db.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = ANY (%s)", [[database.web_role, database.owner_role,
                                       database.web_role.replace("_web", "_door"),
                                       database.web_role.replace("_web", "_sealer")]])}
    assert powers == {
        database.web_role: [False, False, True, False, False],
        database.owner_role: [False, False, False, False, False],
        database.web_role.replace("_web", "_door"): [False, True, False, False, False],
        database.web_role.replace("_web", "_sealer"): [False, False, False, False, False],
    }
    for other in (database.owner_role, database.web_role.replace("_web", "_door")):
        assert column(superuser_db, "SELECT pg_has_role(%s, %s, 'MEMBER')", database.web_role, other) == [False]


def test_nothing_but_the_box_comparison_is_marked_leakproof(superuser_db):
    assert column(
        superuser_db,
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proleakproof AND pronamespace = 'public'::regnamespace"
    ) == ["geometry_overlaps(geometry,geometry)"]


def test_every_foreign_key_is_indexed(superuser_db):
    """A partial index counts only where it says no more than that the key is there."""
    bare = column(
        superuser_db,
        f"""
        SELECT k.conrelid::regclass || ' ' || k.conkey::text FROM pg_constraint k
         WHERE k.contype = 'f' AND k.conrelid IN (SELECT c.oid {OURS})
           AND NOT EXISTS (
             SELECT FROM pg_index i
              WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
                AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
        """)  # noqa: S608
    assert bare == []


def test_every_geometry_has_a_reference_system_and_an_index(superuser_db):
    columns = superuser_db.execute(
        f"""
        SELECT c.relname || '.' || a.attname, postgis_typmod_srid(a.atttypmod),
               EXISTS (SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am m ON m.oid = ic.relam
                        WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND m.amname = 'gist')
          {OURS.replace('FROM pg_class c', '''
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.atttypid = 'geometry'::regtype
             AND a.attnum > 0 AND NOT a.attisdropped''')}
        """).fetchall()  # noqa: S608
    assert len(columns) >= 4
    assert [one for one in columns if one[1:] != (4326, True)] == []


def test_names_of_rules_are_sentences(superuser_db):
    """app/errors.py words them for people by these names; one number is handed out by the database itself."""
    names = column(
        superuser_db,
        f"""
        SELECT k.conname FROM pg_constraint k WHERE k.contype IN ('c', 'u') AND k.conrelid IN (SELECT c.oid {OURS})
        UNION ALL
        SELECT i.indexrelid::regclass::text FROM pg_index i
         WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid IN (SELECT c.oid {OURS})
           AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
        """)  # noqa: S608
    assert [name for name in names if " " not in name] == ["project_number"]


def test_every_rule_that_has_words_is_a_rule_of_the_database(superuser_db):
    """A renamed rule would otherwise be answered as a fault of ours."""
    known = set(column(superuser_db, "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class"))
    raised = " ".join(column(superuser_db, "SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"))
    assert {name for name in CONSTRAINTS if name not in known and f"'{name}'" not in raised} == set()


@pytest.fixture
def many_sites(superuser_db):
    """30,000 sites over Indonesia, and an auditor."""
    places = build.places(superuser_db)
    build.many_sites(superuser_db, places.village)
    return build.person(superuser_db, "auditor", places.regency)


def _plan(connection, database, person, query):
    with build.asking(connection, database, person):
        return "\n".join(column(connection, "EXPLAIN " + query))


BOX = "SELECT count(*) FROM site WHERE geom && ST_MakeEnvelope(114, -8.3, 114.1, -8.2, 4326) AND superseded_at IS NULL"


def test_the_index_answers_a_box_under_row_level_security(superuser_db, database, many_sites):
    assert "site_geom" in _plan(superuser_db, database, many_sites, BOX)


def test_without_the_leakproof_mark_the_index_would_not_answer(superuser_db, database, many_sites):
    """The reason for the mark; if this fails, PostGIS or PostgreSQL no longer needs it."""
    superuser_db.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) NOT LEAKPROOF")
    assert "site_geom" not in _plan(superuser_db, database, many_sites, BOX)


def test_who_is_asking_is_worked_out_once_for_a_query_and_not_once_a_row(superuser_db, database, many_sites):
    plan = _plan(superuser_db, database, many_sites, "SELECT count(*) FROM site")
    assert "InitPlan" in plan
    assert "SubPlan" not in plan
