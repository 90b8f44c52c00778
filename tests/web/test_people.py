"""The pages on which administrators look after people: what they show, and that each layer refuses alone."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from app.pages.people import PAGE
from tests import build


@pytest.fixture(scope="module")
def scene(committing, places):
    made = SimpleNamespace(places=places, of_all=build.person(committing, "admin"),
                           of_district=build.person(committing, "admin", places.district, full_name="Pak Camat"),
                           inside=build.person(committing, "field", places.village, full_name="Sri Dalam"),
                           outside=build.person(committing, "field", places.far, full_name="Joko Luar"),
                           astride=build.person(committing, "field", places.village, full_name="Wati Dua Kaki"))
    build.grant(committing, made.astride, "planner", places.regency)
    return made


def text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def invited(client, region, name, **more):
    return client.post("/people", data={"name": name, "full_name": f"Orang {name}", "role": "field",
                                        "region": region, **more})


def test_somebody_is_let_in_by_a_link_that_is_shown_once(app, client_of, scene):
    admin = client_of(scene.of_district)
    answer = invited(admin, scene.places.village, "baru.datang")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    link = re.search(r"http://localhost(/sign-in/[\w-]+)", answer.text)[1]
    person = re.search(r"/people/([0-9a-f-]{36})", answer.text)[1]
    assert "data:image/svg+xml" in answer.text
    assert link not in text(admin, f"/people/{person}")
    newcomer = app.test_client()
    newcomer.get(link)
    assert newcomer.post(link).status_code == 302
    assert "Orang baru.datang" in text(newcomer, "/")
    assert app.test_client().post(link).status_code == 404


def test_a_user_name_that_is_taken_or_odd_is_refused_in_words(client_of, scene):
    admin = client_of(scene.of_district)
    assert invited(admin, scene.places.village, "sama.nama").status_code == 200
    again = invited(admin, scene.places.village, "sama.nama")
    assert again.status_code == 422
    assert "sudah dipakai" in again.text
    assert 'value="Orang sama.nama"' in again.text, "what was typed is not lost"
    assert f'<option value="{scene.places.village}" selected>' in again.text
    assert invited(admin, scene.places.village, "Ada Spasi").status_code == 422
    assert invited(admin, scene.places.village, "tanpa.nama", full_name=" ").status_code == 422
    assert invited(admin, scene.places.village, "masa", begins="2026-13-01").status_code == 422
    assert invited(admin, scene.places.village, "masa", begins="2031-02-01", ends="2031-01-01").status_code == 422
    assert invited(admin, scene.places.far, "di.luar").status_code == 403
    assert invited(admin, scene.places.village, "siapa", role="raja").status_code == 422


def test_the_list_holds_the_people_of_the_territory_and_their_roles_in_it(client_of, scene):
    seen = text(client_of(scene.of_district), "/people")
    assert "Sri Dalam" in seen
    assert "Joko Luar" not in seen
    assert "Operator desa · Desa Sarongan" in seen
    line = re.search(r"Wati Dua Kaki.*?</tr>", seen, re.DOTALL)[0]
    assert "Perencana" not in line, "a role elsewhere is not told"
    assert "Joko Luar" in text(client_of(scene.of_all), "/people?q=LUAR")
    assert "Sri Dalam" not in text(client_of(scene.of_all), "/people?q=luar")
    assert "Sri Dalam" not in text(client_of(scene.of_district), "/people?role=planner")
    assert "Tidak ada orang" in text(client_of(scene.of_district), f"/people?region={scene.places.far}")


def test_a_long_list_comes_page_by_page(committing, client_of, places):
    regency = build.region(committing, "Kabupaten Panjang", level="regency", parent=places.root)
    admin = build.person(committing, "admin", regency, full_name="Aaa")
    for number in range(PAGE + 5):
        build.person(committing, "field", regency, full_name=f"Orang {number:03}")
    client = client_of(admin)
    first = text(client, "/people")
    onward = re.search(r'href="(/people\?[^"]*at=\d+)"', first)[1].replace("&amp;", "&")
    second = text(client, onward)
    shown = [set(re.findall(r"Orang \d{3}", one)) for one in (first, second)]
    assert not shown[0] & shown[1]
    assert len(shown[0] | shown[1]) == PAGE + 5


def test_a_role_is_given_for_a_time_and_ended_on_the_page_and_its_person_feels_it_at_once(committing, client_of, scene):
    admin, whose = client_of(scene.of_district), build.person(committing, "field", scene.places.village)
    client = client_of(whose)
    assert client.get("/uploads").status_code == 200
    held = committing.execute("SELECT id FROM person_grant WHERE person_id = %s", [whose]).fetchone()[0]
    assert admin.post(f"/people/{whose}/grants/{held}/end").status_code == 303
    assert client.get("/uploads").status_code == 403
    given = admin.post(f"/people/{whose}/grants", data={"role": "field", "region": scene.places.village,
                                                        "begins": "2019-01-01", "ends": "2099-12-31"})
    assert given.status_code == 303
    assert client.get("/uploads").status_code == 200
    begun, last_day = committing.execute(
        "SELECT valid_from > now() - interval '1 minute', (valid_to AT TIME ZONE 'Asia/Jakarta')::text"
        " FROM person_grant WHERE person_id = %s ORDER BY id DESC LIMIT 1", [whose]).fetchone()
    assert begun
    assert last_day == "2100-01-01 00:00:00", "until the end of that day where the office stands"
    assert "diberikan oleh Pak Camat" in text(admin, f"/people/{whose}")


def test_whoever_is_deactivated_is_signed_out_at_once_and_comes_back_by_a_new_link(app, committing, client_of, scene):
    admin, whose = client_of(scene.of_district), build.person(committing, "field", scene.places.village)
    clients = [client_of(whose), client_of(whose)]
    page = admin.post(f"/people/{whose}/link").text
    old_link = re.search(r"http://localhost(/sign-in/[\w-]+)", page)[1]
    assert admin.post(f"/people/{whose}/active", data={"active": "0"}).status_code == 303
    assert [one.get("/devices").status_code for one in clients] == [401, 401]
    assert app.test_client().post(old_link).status_code == 404
    assert admin.post(f"/people/{whose}/link").status_code == 422
    assert admin.post(f"/people/{whose}/active", data={"active": "1"}).status_code == 303
    assert [one.get("/devices").status_code for one in clients] == [401, 401], "what ended stays ended"
    link = re.search(r"http://localhost(/sign-in/[\w-]+)", admin.post(f"/people/{whose}/link").text)[1]
    assert app.test_client().post(link).status_code == 302


def posts(person, number, region):
    """(address, form) of everything that can be done to a person."""
    return [(f"/people/{person}/grants", {"role": "head", "region": region}),
            (f"/people/{person}/grants/{number}/end", {}),
            (f"/people/{person}/active", {"active": "0"}), (f"/people/{person}/full-name", {"full_name": "Diganti"}),
            (f"/people/{person}/link", {"password": "1"}), (f"/people/{person}/links/{number}/take-back", {}),
            (f"/people/{person}/sessions/{number}/end", {}), (f"/people/{person}/phones/{number}/end", {})]


def standing(committing, person):
    """All that could be changed of somebody."""
    return committing.execute(
        """
        SELECT (SELECT to_jsonb(p) FROM person p WHERE p.id = %(p)s),
               (SELECT jsonb_agg(g ORDER BY g.id) FROM person_grant g WHERE g.person_id = %(p)s),
               (SELECT jsonb_agg(s ORDER BY s.number) FROM session s WHERE s.person_id = %(p)s),
               (SELECT jsonb_agg(l ORDER BY l.number) FROM sign_in_link l WHERE l.person_id = %(p)s)
        """, {"p": person}).fetchone()


@contextmanager
def doors_open(committing):
    """The database as if it had forgotten to ask who may change whom, and who may see sessions."""
    names = ("must_administer(uuid, boolean)", "must_hold(integer)", "administered_people()")
    kept = [committing.execute("SELECT pg_get_functiondef(%s::regprocedure)", [name]).fetchone()[0] for name in names]
    committing.execute("CREATE OR REPLACE FUNCTION must_administer(whose uuid, wholly boolean) RETURNS void"
                       " LANGUAGE sql AS 'SELECT'")
    committing.execute("CREATE OR REPLACE FUNCTION must_hold(place integer) RETURNS void LANGUAGE sql AS 'SELECT'")
    committing.execute("CREATE OR REPLACE FUNCTION administered_people() RETURNS uuid[] LANGUAGE sql STABLE"
                       " SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT array_agg(id) FROM person'")
    committing.execute("ALTER TABLE person_grant DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        for definition in kept:
            committing.execute(definition)
        committing.execute("ALTER TABLE person_grant ENABLE ROW LEVEL SECURITY")


@pytest.mark.parametrize("alone", [False, True], ids=["both layers", "the page alone"])
def test_nobody_is_changed_by_an_administrator_of_another_place_nor_by_themselves(committing, client_of, scene, alone):
    admin = client_of(scene.of_district)

    def answers(person, region):
        build.session(committing, person)
        grant, link, session = committing.execute(
            """
            WITH made AS (INSERT INTO sign_in_link (person_id, token_hash, expires_at)
                          VALUES (%(p)s, gen_random_uuid()::text::bytea, now() + '1 hour') RETURNING number)
            SELECT (SELECT max(id) FROM person_grant WHERE person_id = %(p)s), (SELECT number FROM made),
                   (SELECT max(number) FROM session WHERE person_id = %(p)s)
            """, {"p": person}).fetchone()
        before = standing(committing, person)
        asked = [admin.post(address.replace("/0/", f"/{number}/"), data=form).status_code
                 for (address, form), number in zip(posts(person, 0, region),
                                                    (0, grant, 0, 0, 0, link, session, 0), strict=True)]
        assert standing(committing, person) == before
        return set(asked)

    with doors_open(committing) if alone else contextmanager(lambda: (yield))():
        assert answers(scene.outside, scene.places.village) == {404}
        assert admin.get(f"/people/{scene.outside}").status_code == 404
        assert answers(scene.of_district, scene.places.village) == {403}
        # somebody astride: roles inside may be given and ended, what lies outside and the account may not be touched
        whole = posts(scene.astride, 1, scene.places.village)[2:]
        assert {admin.post(address, data=form).status_code for address, form in whole} == {403}
        planner = committing.execute("SELECT id FROM person_grant WHERE person_id = %s AND role = 'planner'",
                                     [scene.astride]).fetchone()[0]
        assert admin.post(f"/people/{scene.astride}/grants/{planner}/end").status_code == 404
        wide = {"role": "head", "region": scene.places.regency}
        assert admin.post(f"/people/{scene.inside}/grants", data=wide).status_code == 403


def offered(client, person):
    """The last words of the addresses to which the page about somebody sends forms."""
    page = text(client, f"/people/{person}")
    return {address.split("/")[-1] for address in re.findall(rf'action="/people/{person}/([^"]+)"', page)}


def test_a_page_offers_what_may_be_done_and_nothing_else(client_of, scene):
    """A form that would be refused wastes time; one that is missing locks somebody out."""
    admin = client_of(scene.of_district)
    everything = {"grants", "end", "full-name", "active", "link"}
    assert offered(admin, scene.inside) == everything
    assert offered(admin, scene.astride) == {"grants", "end"}
    assert "di luar wilayah Anda" in text(admin, f"/people/{scene.astride}")
    assert offered(client_of(scene.of_all), scene.astride) == everything
    assert offered(admin, scene.of_district) == set()
    assert "akun Anda sendiri" in text(admin, f"/people/{scene.of_district}")


def test_that_somebody_s_sessions_were_looked_at_is_on_the_record(committing, client_of, scene):
    client_of(scene.of_district).get(f"/people/{scene.inside}")
    told = committing.execute("SELECT person_id, key, content FROM audit WHERE change = 'reading'"
                              " ORDER BY seq DESC LIMIT 1").fetchone()
    assert told == (scene.of_district, str(scene.inside), {"purpose": "people.show"})


def test_the_menu_names_the_page_to_administrators_only(client_of, scene):
    assert 'href="/people"' in text(client_of(scene.of_district), "/help")
    assert 'href="/people"' not in text(client_of(scene.inside), "/help")
    assert client_of(scene.inside).get("/people").status_code == 403
    assert 'href="/devices"' in text(client_of(scene.inside), "/help")


def test_a_name_with_markup_is_shown_as_text(committing, client_of, scene):
    marked = build.person(committing, "field", scene.places.village, full_name="<script>alert(1)</script>")
    admin = client_of(scene.of_district)
    for address in ("/people", f"/people/{marked}"):
        assert "<script>alert" not in text(admin, address)
    assert "<script>alert" not in admin.post(f"/people/{marked}/link").text
