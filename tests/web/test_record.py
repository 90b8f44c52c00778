"""The record of changes as a page: for the whole installation's administrators and auditors alone."""

import pytest

from app.pages.record import TABLES
from tests import build
from tests.db.test_audit import DERIVED


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
