"""Home, list, work, help and errors, as people of each role open them."""

import re
from pathlib import Path
from uuid import uuid4

import pytest

from app.frame import NAVIGATION
from tests import build
from tests.statements import recorded

ROLES = ("field", "head", "planner", "auditor", "admin")
APP = Path(__file__).parents[2] / "app"
LONG = "Wringinrejo Krajan Temurejo Sumberkencono Tegaldlimo Kedungasri Purwoharjo"


@pytest.fixture(scope="module")
def works(committing, places):
    """Two works that may be one, one without a point, one with hostile words."""
    left = build.project(committing, places.village, name="Rabat beton Krajan", amount=180_000_000)
    right = build.project(committing, places.village, name="Jalan rabat Krajan", fund="APBD", amount=210_000_000)
    build.pair(committing, left, right)
    build.project(committing, places.village, name="Sumur bor", at=None, category="water")
    build.project(committing, places.village, name="<script>alert(1)</script>", place='"><img src=x onerror=alert(1)>')
    return left, right


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_told_what_waits_for_it(client_of, committing, places, works, role):
    region = places.village if role in ("field", "head") else places.root
    text = page(client_of(build.person(committing, role, region)), "/")
    assert "Yang menunggu Anda" in text
    wanted = "Nilai yang perlu diperiksa" if role in ("planner", "auditor", "admin") else "Indikasi menunggu tanggapan"
    assert wanted in text
    assert text.count('class="card wait') == 3


def test_the_headline_sum_is_the_money_of_the_pair_and_is_not_called_a_loss(client_of, committing, works):
    text = page(client_of(build.person(committing, "auditor")), "/")
    assert "Rp 165,6 juta" in text
    assert "Ini bukan kerugian" in text


def test_a_region_without_works_is_told_what_to_do_next(client_of, committing, places):
    village = build.region(committing, LONG, parent=places.other_district)
    text = page(client_of(build.person(committing, "head", village)), "/")
    assert "Belum ada kegiatan di wilayah Anda" in text
    assert LONG in text


def test_a_treasurer_is_told_what_may_still_be_held(client_of, committing, places):
    left = build.project(committing, places.far, name="Talud A", stage="running", amount=70_000_000)
    right = build.project(committing, places.far, name="Talud B", stage="done", amount=80_000_000)
    pair = build.pair(committing, left, right, money=70_000_000)
    client = client_of(build.person(committing, "treasurer", places.far))
    assert "Rp 70 juta" in page(client, "/").split("Belum ditelaah, kegiatan belum selesai")[1]
    build.verdict(committing, pair, build.person(committing, "auditor"))
    assert "Rp 70 juta" in page(client, "/").split("Sudah dipastikan, kegiatan belum selesai")[1].split("</section>")[0]


def test_whoever_comes_back_is_told_what_changed_meanwhile(client_of, committing, places):
    village = build.region(committing, "Desa Pulang", parent=places.other_district)
    person = build.person(committing, "head", village)
    first = client_of(person)
    assert "Sejak Anda terakhir di sini" not in page(first, "/")
    assert "Tidak ada yang berubah." in page(client_of(person), "/")
    build.project(committing, village, name="Sumur baru", at=build.away(9000, 9000))
    assert "<strong>1</strong> kegiatan baru" in page(client_of(person), "/")


def test_an_administrator_of_an_empty_installation_is_told_where_to_begin(client_of, committing, places):
    village = build.region(committing, "Desa Kosong", parent=places.other_district)
    assert "./pantau regions" in page(client_of(build.person(committing, "admin", village)), "/")
    assert "./pantau" not in page(client_of(build.person(committing, "field", village)), "/")


@pytest.mark.parametrize(("address", "most"), [("/", 18), ("/projects", 9), ("/pairs", 8)])
def test_a_page_asks_as_much_of_many_works_as_of_few(client_of, committing, places, works, address, most):
    """The statements are listed, so that whoever adds one sees which; more works must not mean more of them."""
    client = client_of(build.person(committing, "auditor"))
    page(client, address)
    asked = []
    for turn in range(2):
        with recorded() as said:
            page(client, address)
        asked.append(said)
        for number in range(12 if not turn else 0):
            build.project(committing, places.village, name=f"Jalan {number}", at=build.away(100 * number, 50))
    assert [one[:60] for one in asked[0]] == [one[:60] for one in asked[1]]
    assert len(asked[0]) <= most, "\n".join(asked[0])


def test_the_list_says_how_many_and_how_much_and_finds_by_name(client_of, committing, works):
    client = client_of(build.person(committing, "auditor"))
    assert "Rp 390 juta" in page(client, "/projects?q=krajan")
    assert "Tidak ada kegiatan yang cocok" in page(client, "/projects?q=tidakadanamaseperti")
    assert "belum ada titik" in page(client, "/projects?pointless=1")


def test_a_work_shows_its_facts_and_its_indication(client_of, committing, works):
    text = page(client_of(build.person(committing, "auditor")), f"/projects/{works[0]}")
    for words in ("Rabat beton Krajan", "Rp 180.000.000", "Sarongan", "-8.219200, 114.369200", "Jalan rabat Krajan"):
        assert words in text


def test_words_that_people_typed_are_shown_as_words(client_of, committing, works):
    client = client_of(build.person(committing, "auditor"))
    hostile = committing.execute("SELECT id FROM project WHERE name LIKE '<script>%'").fetchone()[0]
    for address in ("/projects", f"/projects/{hostile}", "/projects?q=%3Cscript%3E", "/"):
        text = page(client, address)
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_an_unknown_work_and_a_foreign_draft_are_answered_alike(client_of, committing, places, works):
    draft = build.project(committing, places.far, stage="proposed")
    client = client_of(build.person(committing, "head", places.village))
    foreign, unknown = client.get(f"/projects/{draft}"), client.get(f"/projects/{uuid4()}")
    assert foreign.status_code == unknown.status_code == 404
    strip = re.compile(r"/projects/[0-9a-f-]{36}|csrf[^>]*>|nonce-[^']*|value=\"[0-9a-f-]{36}\"")
    assert strip.sub("", foreign.text) == strip.sub("", unknown.text)


@pytest.mark.parametrize("role", ROLES)
def test_there_is_a_page_of_help_for_each_role(client_of, committing, visitor, role):
    assert "Bantuan" in page(visitor, f"/help/{role}")
    assert "Bantuan" in page(client_of(build.person(committing, role)), "/help")


def test_whoever_is_not_signed_in_can_sign_in_where_they_are(visitor):
    answer = visitor.get("/projects?year=2024")
    assert answer.status_code == 401
    assert 'name="onward" value="/projects?year=2024"' in answer.text
    assert 'type="password"' in answer.text


def test_a_fault_while_the_database_is_away_is_still_a_page(app, client_of, committing, monkeypatch):
    client = client_of(build.person(committing, "auditor"))
    assert page(client, "/help")
    monkeypatch.setattr("app.queries.home.state", lambda connection: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Sampaikan nomor ini kepada pengelola" in answer.text
    assert "ZeroDivision" not in answer.text


def test_every_entry_of_the_menu_leads_to_a_page(app):
    assert {endpoint for endpoint, *_ in NAVIGATION} - set(app.view_functions) == set()


def test_the_style_sheet_stays_below_forty_kilobytes():
    assert len((APP / "static" / "pantau.css").read_bytes()) < 40_000


def test_no_template_carries_a_handler_or_a_script_of_its_own():
    for template in (APP / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.S)
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), template
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "src=" in script or "nonce=" in script or 'type="application/json"' in script, (template, script)


def test_every_icon_that_a_template_asks_for_is_drawn():
    drawn = set(re.findall(r"^  '([a-z-]+)':", (APP / "templates" / "_icons.html").read_text("utf-8"), re.M))
    for template in (APP / "templates").rglob("*.html"):
        asked = set(re.findall(r"\b(?:icon|draw)\('([a-z-]+)'", template.read_text("utf-8")))
        assert asked <= drawn, template
    in_menus = re.findall(r'"([a-z-]+)"(?:, None\)|, access|\))', (APP / "frame.py").read_text("utf-8"))
    assert in_menus
    assert set(in_menus) <= drawn
