"""Pemeriksaan over HTTP: who may open it, what each list says, a sample that stays as it was drawn, a visit plan."""

import hashlib
import re
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from app.queries import anomalies
from tests import build
from tests.web.review.judging import new_pair


def _count(app):
    with app.extensions["database"].transaction(read_only=False) as connection:
        anomalies.refresh(connection, Decimal(200_000_000))


def _page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def _draw(client, **more):
    asked = {"size": 3, "seed": "700.1/12/2026", "method": "count", "strata": "fund", "purpose": "Audit", "filter": ""}
    return client.post("/inspection/samples", data=asked | more)


@pytest.mark.parametrize("address", [
    "/inspection", "/inspection/anomalies/stale", "/inspection/villages", "/inspection/offsets", "/inspection/samples",
    "/inspection/visits", "/inspection/visits/plan.gpx", "/inspection/samples/1", "/inspection/samples/1/frame.csv"])
def test_a_visitor_must_sign_in_and_a_village_officer_is_told_no(visitor, committing, client_of, village, address):
    assert visitor.get(address).status_code in (302, 401)
    assert client_of(build.person(committing, "field", village)).get(address).status_code == 403


def test_the_landing_page_counts_the_signals_and_leads_to_their_lists(app, committing, village, auditor):
    build.project(committing, village, name="Talud lama", stage="running", year=2021)
    _count(app)
    text = _page(auditor, "/inspection")
    assert "1 kegiatan" in text
    assert 'href="/inspection/anomalies/stale"' in text
    listed = _page(auditor, "/inspection/anomalies/stale")
    assert "Talud lama" in listed
    assert "setelah tahun anggaran 2021 berakhir" in listed
    assert "Sumberagung" in _page(auditor, "/inspection/villages")


@pytest.mark.parametrize("address", ["/inspection/villages", "/inspection/anomalies/stale", "/inspection/offsets",
                                     "/projects", "/pairs"])
def test_every_print_says_who_when_and_by_which_filter(client_of, committing, places, village, address):
    """A sheet on a table is evidence only where it says which question it answers, of what day, and who asked."""
    new_pair(committing, village)
    auditor = client_of(build.person(committing, "auditor", places.district, full_name="Bu Periksa"))
    code = committing.execute("SELECT code FROM region WHERE id = %s", [places.district]).fetchone()[0]
    everything, filtered = (re.sub(r"\s+", " ", " ".join(re.findall(r'<p class="print-only[^>]*>(.*?)</p>', _page(
        auditor, address + query), re.DOTALL))) for query in ("", f"?district={code}&year=2024"))
    assert re.search(r"Dicetak oleh Bu Periksa, \d+ \w+ \d{4} \d\d\.\d\d", everything)
    assert "Saringan: tidak ada" in everything
    assert "Kecamatan Pesanggaran" in filtered
    assert f"{address}?district={code}" in filtered
    if "villages" not in address:
        assert "Tahun 2024" in filtered


@pytest.mark.parametrize("kind", anomalies.KINDS)
def test_every_list_says_what_it_holds_also_when_it_is_empty(app, auditor, kind):
    _count(app)
    assert "Tidak ada tanda seperti ini" in _page(auditor, f"/inspection/anomalies/{kind}")


def test_what_nobody_has_counted_is_not_said_to_be_absent(app, committing, auditor):
    committing.execute("DELETE FROM anomaly_run")
    text = _page(auditor, "/inspection/anomalies/stale")
    assert "<h2>Belum pernah dihitung</h2>" in text
    assert "Tidak ada tanda seperti ini" not in text


def test_what_cannot_be_measured_yet_says_so_and_never_looks_like_nothing_found(app, auditor):
    """Money ahead of progress waits for reports: an empty list would read as a clean bill."""
    _count(app)
    assert 'href="/inspection/anomalies/ahead"' in _page(auditor, "/inspection")
    text = _page(auditor, "/inspection/anomalies/ahead")
    assert "Belum dapat diukur" in text
    assert "tidak satu pun kegiatan diperiksa" in text
    assert "Tidak ada tanda seperti ini" not in text
    assert "Ekspor" not in text


@pytest.mark.parametrize("address", [
    "/inspection/anomalies/nothing", "/inspection/samples/9999999", "/inspection/samples/99999999999999999999999",
    "/inspection/samples/9999999/frame.csv"])
def test_what_is_not_there_is_not_found(auditor, address):
    assert auditor.get(address).status_code == 404


@pytest.mark.parametrize("after", ["nan_x", "inf_00000000-0000-0000-0000-000000000000", "1_2", "' OR 1=1"])
def test_an_address_that_was_tampered_with_begins_at_the_beginning(auditor, after):
    assert auditor.get("/inspection/anomalies/stale", query_string={"after": after}).status_code == 200


def test_a_counting_is_asked_for_once(app, auditor, committing):
    assert auditor.post("/inspection/anomalies").status_code == 302
    assert auditor.post("/inspection/anomalies").status_code == 302
    waiting = committing.execute(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'anomalies.refresh' AND status = 'todo'").fetchone()
    assert waiting == (1,)


def test_the_sum_on_a_sample_is_that_of_its_frame_and_the_drawn_are_in_it(committing, village, auditor):
    works = {str(build.project(committing, village, name=f"Kerja {number}", amount=10_000_000 * number))
             for number in range(1, 9)}
    build.project(committing, village, name="Usulan", stage="proposed")
    answer = _draw(auditor)
    assert answer.status_code == 302, answer.text
    text = _page(auditor, answer.location)
    frame = auditor.get(f"{answer.location}/frame.csv")
    assert {line.split(",")[0] for line in frame.text.splitlines()} == works
    assert hashlib.sha256(frame.data).hexdigest() in text
    drawn = re.findall(r'href="/projects/([0-9a-f-]{36})"', text)
    assert len(drawn) == 3
    strata = {}
    for line in frame.text.splitlines():
        strata.setdefault(line.split(",")[2], []).append(line.split(",")[0])
    for members in strata.values():
        tickets = sorted(members, key=lambda one: hashlib.sha256(f"700.1/12/2026:{one}".encode()).hexdigest())
        taken = [one for one in tickets if one in drawn]
        assert taken == tickets[:len(taken)]


def test_a_sample_stays_as_it_was_drawn_when_the_works_change(committing, village, auditor):
    work = build.project(committing, village, name="Satu-satunya", amount=50_000_000)
    first = _draw(auditor, size=1, method="money", strata="none").location
    before = auditor.get(f"{first}/frame.csv").text
    committing.execute("UPDATE project SET amount = 70000000 WHERE id = %s", [work])
    assert auditor.get(f"{first}/frame.csv").text == before
    assert "Rp 50.000.000" in _page(auditor, first)


@pytest.mark.parametrize(("wrong", "said"), [
    ({"size": "0"}, "antara 1 dan 1.000"), ({"size": "x"}, "antara 1 dan 1.000"), ({"size": "9"}, "hanya memuat 1"),
    ({"seed": " "}, "benih"), ({"seed": "x" * 81}, "benih"), ({"method": "dice"}, "Pilih cara"),
    ({"strata": "moon"}, "Pilih cara"), ({"filter": "year=1991"}, "Tidak ada kegiatan di kerangka")])
def test_a_sample_that_cannot_be_drawn_says_why(committing, village, auditor, wrong, said):
    build.project(committing, village)
    answer = _draw(auditor, **({"size": 1} | wrong))
    assert answer.status_code == 422
    assert said in answer.text


def test_a_sample_of_another_territory_is_not_there(committing, places, village, auditor, client_of):
    build.project(committing, village)
    made = _draw(auditor, size=1).location
    stranger = client_of(build.person(committing, "auditor", places.far))
    assert stranger.get(made).status_code == 404
    assert stranger.get(f"{made}/frame.csv").status_code == 404


def _numbers(committing, works):
    return [row[0] for row in committing.execute("SELECT number FROM project WHERE id = ANY (%s)", [works])]


def test_a_plan_orders_its_works_by_day_and_says_which_have_no_point(committing, village, auditor):
    """Any other order of three places in a row is longer than there and back."""
    east = [build.project(committing, village, name=f"Timur {number}", at=build.away(1000 * number))
            for number in (3, 1, 2)]
    nowhere = build.project(committing, village, name="Entah di mana", at=None)
    query = {"work": _numbers(committing, [*east, nowhere]), "start": "-8.2192, 114.3692", "days": 1}
    text = auditor.get("/inspection/visits", query_string=query).text
    assert re.findall("<strong>Timur (.)", text) in (["1", "2", "3"], ["3", "2", "1"])
    assert "6 km" in text
    assert "tidak masuk urutan" in text
    assert "Entah di mana" in text
    assert "<svg" in text


def test_gpx_and_kml_hold_the_stops_in_their_order_and_are_well_formed(committing, village, auditor):
    works = [build.project(committing, village, name=f'Kerja <{number}> & "x"\x0b', at=build.away(1000 * number))
             for number in range(3)]
    query = {"work": _numbers(committing, works), "days": 2}
    gpx = auditor.get("/inspection/visits/plan.gpx", query_string=query)
    kml = auditor.get("/inspection/visits/plan.kml", query_string=query)
    points = ET.fromstring(gpx.data).findall("{*}wpt")
    assert sorted(point.findtext("{*}name").split(" ", 1)[1] for point in points) == [
        f'Kerja <{number}> & "x"' for number in range(3)]
    assert len(ET.fromstring(kml.data).findall(".//{*}Point")) == 3
    assert len(ET.fromstring(gpx.data).findall("{*}rte")) == 2


def test_a_plan_from_a_sample_or_a_pair_holds_their_works(committing, village, auditor):
    one, other = (build.project(committing, village, name=name) for name in ("Kiri", "Kanan"))
    pair = build.pair(committing, one, other)
    text = _page(auditor, f"/inspection/visits?pair={pair}")
    assert "Kiri" in text
    assert "Kanan" in text
    sample = _draw(auditor, size=2, strata="none").location.rpartition("/")[2]
    assert "Kanan" in _page(auditor, f"/inspection/visits?sample={sample}")


def test_a_foreign_draft_is_in_no_plan(committing, places, auditor):
    draft = build.project(committing, places.far, name="Usulan rahasia", stage="proposed")
    text = auditor.get("/inspection/visits", query_string={"work": _numbers(committing, [draft])}).text
    assert "Usulan rahasia" not in text
    assert "Tidak ada yang dapat dikunjungi" in text


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=999", "work=-1", "work=999999999999999999999", "pair=x",
                                   "sample=99999999999999999999"])
def test_odd_questions_about_a_plan_are_answered_calmly(auditor, query):
    assert auditor.get(f"/inspection/visits?{query}").status_code == 200


def test_a_start_that_is_no_place_is_refused_with_an_example(committing, village, auditor):
    number = _numbers(committing, [build.project(committing, village)])[0]
    answer = auditor.get("/inspection/visits", query_string={"work": number, "start": "di sana"})
    assert answer.status_code == 422
    assert "-8.219233" in answer.text


def test_the_offset_of_a_visited_work_is_measured_with_its_direction(committing, village, auditor):
    far = build.project(committing, village, name="Bergeser")
    build.site(committing, far, build.away(0, 250), role="visited", accuracy_m=4)
    near = build.project(committing, village, name="Tepat")
    build.site(committing, near, build.away(3, 0), role="visited", accuracy_m=4)
    build.project(committing, village, name="Belum dikunjungi")
    text = _page(auditor, "/inspection/offsets")
    assert re.search(r"Bergeser.*?250 m.*?utara.*?± 5 m.*?± 4 m", text, re.S)
    assert text.index("Bergeser") < text.index("Tepat")
    assert "dijelaskan oleh ketelitian" in text
    assert "Belum dikunjungi" not in text
