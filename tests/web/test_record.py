"""The record of changes as a page: for the whole installation's administrators and auditors alone."""

import pytest

from app.pages.record import TABLES, _short
from tests import build
from tests.db.test_audit import DERIVED
from tests.web.test_sign_in import PASSWORD, add_link, set_password


@pytest.fixture(scope="module")
def work(committing, places):
    return build.project(committing, places.village, name="<b>Rabat</b> beton", amount=125_000_000)


def test_who_changed_what_is_told_in_words_and_escaped(client_of, committing, places, work):
    planner = build.person(committing, "planner", places.regency, full_name="Rina Perencana")
    auditor = build.person(committing, "auditor")
    committing.execute("SELECT set_config('pantau.person', %s, false)", [str(planner)])
    committing.execute("UPDATE project SET amount = 130000000 WHERE id = %s", [work])
    committing.execute("SELECT set_config('pantau.person', '', false)")
    page = client_of(auditor).get("/record?table=project").get_data(as_text=True)
    assert "Rina Perencana</b> mengubah kegiatan" in page
    assert "[125000000.00, 130000000.00]" in page
    assert "<b>Rabat" not in page
    assert "&lt;b&gt;Rabat" in page
    assert "mengubah kegiatan" not in client_of(auditor).get(f"/record?person={auditor}").get_data(as_text=True)


def test_it_is_not_for_one_region_nor_for_other_roles(client_of, committing, places):
    for role, region in (("auditor", places.regency), ("admin", places.district), ("planner", None), ("head", None)):
        person = build.person(committing, role, region)
        assert client_of(person).get("/record").status_code == 403, role
        assert "/record" not in client_of(person).get("/").get_data(as_text=True)


def test_everything_on_the_record_has_its_word(committing):
    audited = {name for (name,) in committing.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'zz_audit_insert'")}
    assert audited == set(TABLES)
    assert not audited & DERIVED


def test_signing_in_and_out_is_told_by_name_and_a_wrong_guess_by_nobody_s(app, client_of, committing, places):
    person = build.person(committing, "field", places.village, full_name="Tuti Masuk")
    name = set_password(committing, person)
    client = app.test_client()
    client.post("/sign-in", data={"name": name, "password": "salah"})
    client.post("/sign-in", data={"name": name, "password": PASSWORD})
    client.post("/sign-out")
    auditor = client_of(build.person(committing, "auditor"))
    sessions = auditor.get("/record?table=session").get_data(as_text=True)
    assert "Tuti Masuk</b> menambah sesi" in sessions
    assert "Tuti Masuk</b> mengubah sesi" in sessions
    attempts = auditor.get("/record?table=sign_in_attempt").get_data(as_text=True)
    assert attempts.count("Seseorang yang belum masuk</b> menambah percobaan masuk") == 2
    assert attempts.count("Tuti Masuk</b> mengubah percobaan masuk") == 1


def test_a_link_that_is_used_is_used_by_its_person(app, client_of, committing, places):
    person = build.person(committing, "field", places.village, full_name="Budi Tautan")
    add_link(committing, person, "tautan-budi")
    app.test_client().post("/sign-in/tautan-budi")
    page = client_of(build.person(committing, "auditor")).get("/record?table=sign_in_link").get_data(as_text=True)
    assert "Budi Tautan</b> mengubah tautan masuk" in page


def test_keys_are_short_and_people_are_named(client_of, committing, places):
    person = build.person(committing, "field", places.village, full_name="Nama Terbaca")
    auditor = client_of(build.person(committing, "auditor"))
    page = auditor.get("/record?table=person").get_data(as_text=True)
    assert ">Nama Terbaca</code>" in page
    assert f">{person}</code>" not in page
    assert _short(r"\x" + "ab" * 32) == "abababab"
    assert _short(str(person)) == str(person)[:8]
    assert _short("1234") == "1234"
    assert _short(f"{person},7") == f"{str(person)[:8]},7"
