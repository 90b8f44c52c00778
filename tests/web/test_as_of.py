"""Project and map as they stood on a day: what is shown, in whose words, and to whom.

The days of the past are made by moving the clocks of the records back: who wrote them is not asked here.
"""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import build
from tests.web.map.seeing import TILE, decoded

OFFICE = ZoneInfo("Asia/Jakarta")


@pytest.fixture(scope="module")
def planner(committing, places):
    return build.person(committing, "planner", places.regency, full_name="Bu Rencana")


@pytest.fixture(scope="module")
def foreign(committing, places):
    return build.person(committing, "field", places.far)


@pytest.fixture(scope="module")
def work(committing, places):
    """Recorded 3 March 2026 at 20:00, moved and made dearer on 4 May: both in the office's time (UTC+7)."""
    made = build.project(committing, places.village, name="Talud Krajan", stage="planned", amount=150_000_000)
    with committing.transaction():
        committing.execute("UPDATE project SET stage = 'running', amount = 175000000 WHERE id = %s", [made])
        old = committing.execute("SELECT id FROM site WHERE project_id = %s", [made]).fetchone()[0]
        committing.execute("UPDATE site SET superseded_at = now() WHERE id = %s", [old])
        new = build.site(committing, made, build.away(250, 0))
        committing.execute("UPDATE site SET superseded_by = %s WHERE id = %s", [new, old])
    build.recorded(committing, made, datetime(2026, 3, 3, 13, tzinfo=UTC), datetime(2026, 5, 4, 3, tzinfo=UTC))
    return made


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(re.sub(r"\s+", " ", answer.text))


def facts(text, label):
    return re.search(rf"<dt>{label}</dt><dd>(.*?)</dd>", text)[1]


def test_a_project_is_shown_as_it_stood_with_what_has_changed_since(client_of, planner, work):
    text = page(client_of(planner), f"/projects/{work}?as_of=2026-03-03")
    assert "Seperti pada 3 Maret 2026" in text
    assert f'href="/projects/{work}">Kembali ke hari ini' in text
    assert facts(text, "Anggaran") == 'Rp 150.000.000<div class="now">sekarang: Rp 175.000.000</div>'
    assert re.search(r"Letak saat itu.*-8\.219200, 114\.369200.*tidak berlaku lagi sejak 4 Mei 2026", text)
    assert "114.371468" not in text.split("Letak saat itu")[1].split("</aside>")[0]


def test_the_end_of_a_day_is_that_of_the_office(client_of, planner, work):
    """Recorded at 20:00 of 3 March in Jakarta and changed at 10:00 of 4 May: a server elsewhere would be a day off."""
    browser = client_of(planner)
    assert "belum tercatat" in page(browser, f"/projects/{work}?as_of=2026-03-02")
    assert "Rp 150.000.000" in facts(page(browser, f"/projects/{work}?as_of=2026-05-03"), "Anggaran")
    assert facts(page(browser, f"/projects/{work}?as_of=2026-05-04"), "Anggaran") == "Rp 175.000.000"


def test_a_day_before_the_first_record_says_so_and_leads_there(client_of, planner, work):
    text = page(client_of(planner), f"/projects/{work}?as_of=2020-01-01")
    assert "Pada 1 Januari 2020 kegiatan ini belum tercatat" in text
    assert f"/projects/{work}?as_of=2026-03-03" in text
    assert "Rp 150.000.000" not in text.split("Riwayat")[0]


def test_the_history_says_who_changed_what_from_what_to_what(client_of, planner, work):
    text = page(client_of(planner), f"/projects/{work}")
    told = text.split("<h2>Riwayat</h2>")[1]
    assert re.search(r"4 Mei 2026 10\.00.*Tahap: <s>direncanakan</s> → <b>berjalan</b>"
                     r".*Anggaran: <s>Rp 150\.000\.000</s> → <b>Rp 175\.000\.000</b>", told, re.IGNORECASE)
    assert re.search(r"Lokasi menurut catatan: <s>-8\.219200, 114\.369200 \(± 5 m\)</s> → "
                     r"<b>-8\.219200, 114\.37\d+ \(± 5 m\), bergeser 2[45]\d m</b>", told)
    assert re.findall(r"\?as_of=(2026-\d\d-\d\d)", told) == ["2026-05-04", "2026-03-03"]


@pytest.mark.parametrize(("asked", "said"), [
    ("kemarin", 'Tanggal "kemarin" tidak terbaca'), ("2026-13-01", "tidak terbaca"), ("9999-12-31", "belum tiba")])
@pytest.mark.parametrize("path", ["/projects/{}", "/map"])
def test_a_day_that_cannot_be_is_said_and_today_is_shown(client_of, planner, work, path, asked, said):
    text = page(client_of(planner), f"{path.format(work)}?as_of={asked}")
    assert said in text
    assert "Kembali ke hari ini" not in text


def test_what_was_public_and_is_a_draft_now_is_not_shown_to_others(client_of, committing, places, planner, foreign):
    secret = build.project(committing, places.village, name="Rencana rahasia", stage="planned")
    committing.execute("UPDATE project SET stage = 'proposed' WHERE id = %s", [secret])
    path = f"as_of={datetime.now(OFFICE):%Y-%m-%d}"
    assert client_of(foreign).get(f"/projects/{secret}?{path}").status_code == 404
    assert client_of(foreign).get(f"/map/card?work={secret}&{path}").status_code == 404
    assert "Rencana rahasia" not in page(client_of(foreign), f"/map?{path}")
    assert "Rencana rahasia" in page(client_of(planner), f"/map?{path}")
    committing.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [secret])


def test_the_map_of_a_day_says_so_everywhere_and_offers_nothing_of_today(client_of, planner, work):
    browser = client_of(planner)
    text = page(browser, "/map?as_of=2026-03-03&by=flag&shade=money&suspected=1&year=2024")
    assert text.count("Seperti pada 3 Maret 2026") >= 3
    assert 'href="/map?year=2024" data-keeps-view>Kembali ke hari ini' in text
    assert 'name="query" value="by=' not in text
    assert "as_of=2026-03-03" in re.search(r'name="of" value="works"><input type="hidden" name="query" value="([^"]*)"',
                                           text)[1], "what is exported beside the map is that of the day"
    assert "/tiles/works/{z}/{x}/{y}?year=2024\\u0026as_of=2026-03-03" in text
    assert "Rp 150" in text.split('id="map-list"')[1]
    card = page(browser, f"/map/card?work={work}&as_of=2026-03-03")
    assert "Rp 150.000.000" in card
    assert f"/projects/{work}?as_of=2026-03-03" in card


def test_tiles_of_two_days_are_two_answers(client_of, planner, work):
    browser = client_of(planner)
    then, now = (browser.get(f"/tiles/works/{TILE}{query}") for query in ("?as_of=2026-03-03", ""))
    assert then.headers["ETag"] != now.headers["ETag"]
    stages = [[one["properties"]["stage"] for one in decoded(one)["works"]["features"]] for one in (then, now)]
    assert stages == [["planned"], ["running"]]
    again = browser.get(f"/tiles/works/{TILE}?as_of=2026-03-03", headers={"If-None-Match": then.headers["ETag"]})
    assert again.status_code == 304
    assert browser.get(f"/tiles/works/{TILE}?as_of=kemarin").status_code == 404


def test_a_day_before_all_records_is_said_on_the_map(client_of, planner, work):
    text = page(client_of(planner), "/map?as_of=2001-01-01")
    assert "Pada tanggal ini belum ada kegiatan yang tercatat" in text
    assert "/map?as_of=2026-03-03" in text


def test_a_printed_map_says_its_day(client_of, planner, work):
    text = page(client_of(planner), "/map/print?as_of=2026-03-03")
    assert "Seperti pada 3 Maret 2026" in text
    assert "Rp 150 juta" in text


def test_a_plain_map_draws_that_day(client_of, planner, work):
    box = "box=114.3,-8.3,114.4,-8.1"
    features = client_of(planner).get(f"/map/works.json?{box}&as_of=2026-03-03").json["features"]
    (drawn,) = [one for one in features if one["properties"]["kind"] == "work"]
    assert drawn["properties"]["stage"] == "planned"
    assert drawn["geometry"]["coordinates"][0] == pytest.approx(build.HOME[0])


def test_a_record_that_became_part_of_another_is_found_as_it_was(client_of, committing, places, planner):
    kept, gone = (build.project(committing, places.far, name=name) for name in ("Tetap", "Digabung"))
    then = datetime.now(OFFICE) - timedelta(days=3)
    with committing.transaction():
        committing.execute("SET LOCAL session_replication_role = replica")
        committing.execute("UPDATE project_fact SET recorded_at = %s WHERE project_id = %s", [then, gone])
    committing.execute("UPDATE project SET withdrawn_at = now(), merged_into = %s WHERE id = %s", [kept, gone])
    browser = client_of(planner)
    text = page(browser, f"/projects/{gone}?as_of={then:%Y-%m-%d}")
    assert "Digabung" in text
    assert "Catatan ini sekarang bagian dari kegiatan lain" in text
    assert browser.get(f"/projects/{gone}").status_code == 302


def test_the_list_of_works_is_that_of_the_day(client_of, committing, places, planner, work):
    """A list that showed today's works under the name of another day would be believed."""
    browser = client_of(planner)
    text = page(browser, "/projects?as_of=2026-03-03&year=2024&suspected=1")
    assert "Seperti pada 3 Maret 2026" in text
    listed = text.split("<tbody>")[1].split("</tbody>")[0]
    assert listed.count("<tr>") == 1
    assert "Rp 150.000.000" in listed
    assert f"/projects/{work}?as_of=2026-03-03" in listed
    assert '<a class="screen-only" href="/projects?year=2024">Kembali ke hari ini' in text
    assert 'href="/map?year=2024&as_of=2026-03-03"' in text
    assert 'name="suspected"' not in text, "how an indication stood is not kept"
    assert "tidak terbaca" in page(browser, "/projects?as_of=kemarin")
    assert "Seperti pada" not in page(browser, "/projects")


def test_taking_a_filter_away_leaves_the_day(client_of, planner, work):
    """The way out of a filter would else lead to today without a word."""
    browser = client_of(planner)
    for address in ("/projects", "/map"):
        text = page(browser, f"{address}?as_of=2026-03-03&year=2024&fund=unknown")
        away = re.search(r'href="([^"]+)">Hapus saringan', text)[1]
        assert away == f"{address}?as_of=2026-03-03"
        cleared = re.findall(r'href="([^"]+)">Hapus pilihan', text)
        assert sorted(cleared) == [f"{address}?fund=unknown&as_of=2026-03-03", f"{address}?year=2024&as_of=2026-03-03"]


def test_a_day_without_works_leads_to_the_first_one_of_the_list(client_of, planner, work):
    text = page(client_of(planner), "/projects?as_of=2001-01-01")
    assert "Pada tanggal ini belum ada kegiatan yang tercatat" in text
    assert "/projects?as_of=2026-03-03" in text


def exported(client, query, form="csv", of="works"):
    return client.post("/exports", data={"of": of, "query": query, "format": form})


def test_an_export_holds_the_works_of_the_day_and_says_so(client_of, planner, work):
    browser = client_of(planner)
    said = page(browser, "/exports?of=works&as_of=2026-03-03&year=2024")
    assert "3 Mar 2026, menurut catatan sampai akhir hari itu" in said
    assert 'href="/projects?year=2024&as_of=2026-03-03' in said
    then, now = (list(csv.reader(io.StringIO(exported(browser, query).data.decode("utf-8-sig")), delimiter=";"))
                 for query in ("as_of=2026-03-03&year=2024&q=talud", "year=2024&q=talud"))
    (stood,), (stands,) = then[1:], now[1:]
    assert (stood[then[0].index("Anggaran")], stands[now[0].index("Anggaran")]) == ("150000000", "175000000")
    assert [row[table[0].index("Tahap")].lower() for row, table in ((stood, then), (stands, now))] == [
        "direncanakan", "berjalan"]
    assert "Keadaan pada: 3 Mar 2026" in then[0][-1] + stood[-1]
    assert "Keadaan pada" not in now[0][-1] + stands[-1]


def test_every_format_is_written_for_another_day(client_of, planner, work):
    browser = client_of(planner)
    for form in ("xlsx", "geojson", "gpkg", "kml", "parquet"):
        answer = exported(browser, "as_of=2026-03-03", form)
        assert answer.status_code == 200, form
    (drawn,) = [one for one in exported(browser, "as_of=2026-03-03&q=talud", "geojson").json["features"]]
    assert drawn["geometry"]["coordinates"] == pytest.approx(build.HOME)
    assert drawn["properties"]["stage"] == "planned"


def test_what_has_no_other_day_is_refused_and_never_given_as_todays(client_of, planner, work):
    browser = client_of(planner)
    for query, of, said in (("as_of=9999-12-31", "works", "belum tiba"), ("as_of=kemarin", "works", "tidak ada berkas"),
                            ("as_of=2026-03-03", "pairs", "hanya ada untuk hari ini")):
        refused = exported(browser, query, of=of)
        assert refused.status_code == 422, query
        assert said in html.unescape(refused.text)


def test_an_export_of_a_day_holds_no_draft_of_others(client_of, committing, places, planner, foreign):
    secret = build.project(committing, places.village, name="Usulan rahasia", stage="planned")
    committing.execute("UPDATE project SET stage = 'proposed' WHERE id = %s", [secret])
    asked = f"as_of={datetime.now(OFFICE):%Y-%m-%d}&q=rahasia"
    assert "Usulan rahasia" in exported(client_of(planner), asked).text
    assert exported(client_of(foreign), asked).status_code == 422, "there is nothing to export"
    committing.execute("UPDATE project SET withdrawn_at = now() WHERE id = %s", [secret])


def test_a_work_of_which_nothing_was_recorded_still_has_a_page(client_of, committing, places):
    work = build.project(committing, places.village, name="Tanpa riwayat", at=None)
    committing.execute("SET session_replication_role = replica")  # as the operator of the machine may have put it here
    committing.execute("DELETE FROM project_fact WHERE project_id = %s", [work])
    committing.execute("SET session_replication_role = origin")
    answer = client_of(build.person(committing, "planner", places.regency)).get(f"/projects/{work}")
    assert answer.status_code == 200
    assert "Tanpa riwayat" in answer.get_data(as_text=True)
