"""The register of findings over HTTP: who writes, who answers, who closes, and who learns nothing of it."""

import pytest

from tests import build

WRITTEN = {"title": "Volume kurang", "condition": "Panjang terukur 180 m dari 200 m.", "criteria": "RAB tahun 2024",
           "recommendation": "Lengkapi 20 m", "amount": "18.000.000", "due_on": "2027-01-31"}


@pytest.fixture
def second(committing, client_of, village):
    return client_of(build.person(committing, "auditor", village))


@pytest.fixture
def head(committing, client_of, village):
    return client_of(build.person(committing, "head", village))


@pytest.fixture
def number(committing, village):
    project = build.project(committing, village, name="Rabat beton Krajan")
    return committing.execute("SELECT number FROM project WHERE id = %s", [project]).fetchone()[0]


@pytest.fixture
def finding(auditor, number):
    answer = auditor.post("/inspection/findings", data=WRITTEN | {"work": number})
    assert answer.status_code == 302, answer.text
    return answer.location


def _record(client, finding, kind, text="Sudah dilengkapi."):
    return client.post(f"{finding}/events", data={"kind": kind, "text": text}).status_code


def test_a_finding_is_written_answered_followed_up_and_closed_by_another(auditor, second, head, finding):
    text = auditor.get(finding).text
    for part in ("Volume kurang", "Panjang terukur 180 m", "RAB tahun 2024", "Lengkapi 20 m", "Rp 18.000.000",
                 "31 Jan 2027", "Rabat beton Krajan", "terbuka"):
        assert part in text
    assert _record(second, finding, "closed") == 422  # not before it is followed up
    assert _record(head, finding, "answered", "Bahan habis.") == 302
    assert _record(head, finding, "followed_up") == 302
    assert _record(auditor, finding, "closed") == 422  # four eyes
    assert _record(second, finding, "closed", "Diukur ulang.") == 302
    assert _record(head, finding, "answered") == 422
    text = auditor.get(finding).text
    assert text.index("Bahan habis.") < text.index("Diukur ulang.")
    assert "Volume kurang" not in auditor.get("/inspection/findings").text
    assert "Volume kurang" in auditor.get("/inspection/findings?state=closed").text
    assert _record(auditor, finding, "reopened", "Retak.") == 302
    assert "Volume kurang" in head.get("/inspection/findings?state=open").text


def test_others_learn_nothing_of_a_finding(committing, places, client_of, village, visitor, finding):
    for role, region in (("auditor", places.far), ("head", places.far), ("field", places.neighbour)):
        stranger = client_of(build.person(committing, role, region))
        assert stranger.get(finding).status_code == 404
        assert _record(stranger, finding, "followed_up") == 404
        assert "Volume kurang" not in stranger.get("/inspection/findings").text
    for role in ("planner", "treasurer", "admin"):
        assert client_of(build.person(committing, role, village)).get(finding).status_code == 403
    assert visitor.get(finding).status_code in (302, 401)


def test_only_an_auditor_of_all_its_villages_writes_a_finding(committing, places, client_of, village, head, number):
    assert head.post("/inspection/findings", data=WRITTEN | {"work": number}).status_code == 403
    stranger = client_of(build.person(committing, "auditor", places.far))
    assert stranger.post("/inspection/findings", data=WRITTEN | {"work": number}).status_code == 422


def test_an_auditor_answers_for_no_village_and_a_village_closes_nothing(auditor, head, finding):
    assert _record(auditor, finding, "answered") == 403
    assert _record(head, finding, "closed") == 403
    assert _record(head, finding, "nothing") == 422
    assert _record(head, finding, "answered", "  ") == 422


@pytest.mark.parametrize(("wrong", "said"), [
    ({"condition": " "}, "kondisi"), ({"amount": "banyak"}, "rupiah"), ({"due_on": "kemarin"}, "Tanggal"),
    ({"due_on": "0001-01-01"}, "Tanggal"), ({"work": "0"}, "wilayah Anda"), ({"criteria": "x" * 8001}, "8.000")])
def test_a_finding_that_cannot_be_kept_says_why(auditor, number, wrong, said):
    answer = auditor.post("/inspection/findings", data=WRITTEN | {"work": number} | wrong)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_finding_is_due_in_sixty_days_unless_it_says_otherwise(committing, auditor, number):
    made = auditor.post("/inspection/findings", data=WRITTEN | {"work": number, "due_on": ""}).location
    days = committing.execute("SELECT due_on - (written_at AT TIME ZONE 'UTC')::date FROM finding WHERE id = %s",
                              [made.rpartition("/")[2]]).fetchone()[0]
    assert days == 60


def test_a_finding_about_a_pair_names_both_works_and_stands_on_their_pages(committing, village, auditor, head):
    one, other = (build.project(committing, village, name=name) for name in ("Kiri", "Kanan"))
    pair = build.pair(committing, one, other)
    assert "Kiri" in auditor.get(f"/inspection/findings/new?pair={pair}").text
    made = auditor.post("/inspection/findings", data=WRITTEN | {"pair": pair}).location
    text = auditor.get(made).text
    assert "Kiri" in text
    assert "Kanan" in text
    assert made in head.get(f"/projects/{one}").text


def test_a_state_is_changed_by_events_and_never_by_hand(committing, module_database, superuser_db, database):
    """Whoever reaches the database as the web role has no right to change a finding or its events."""
    for table in ("finding", "finding_event"):
        assert not superuser_db.execute("SELECT has_table_privilege(%s, %s, 'UPDATE,DELETE')",
                                        [database.web_role, table]).fetchone()[0]
