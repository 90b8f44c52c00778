"""An inspector's lists as files: what each holds, for whom it is, and that a cell never becomes a formula."""

import csv
import io
import re

import openpyxl
import pytest

from tests import build
from tests.web.review.test_inspection import _count, _draw, _page

FORMULA = '=HYPERLINK("http://evil","x")'


def _taken(client, of, query="", form="csv"):
    answer = client.post("/exports", data={"of": of, "query": query, "format": form})
    assert answer.status_code == 200, answer.text
    return answer


def _rows(client, of, query=""):
    text = _taken(client, of, query).data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.fixture
def works(app, committing, village):
    made = [build.project(committing, village, name=f"{FORMULA} {n}", stage="running", year=2021, amount=n * 1_000_000,
                          at=build.away(400 * n, 0) if n < 4 else None) for n in range(1, 5)]
    _count(app)
    return made


def _numbers(committing, works):
    return [row[0] for row in committing.execute("SELECT number FROM project WHERE id = ANY (%s) ORDER BY number",
                                                 [works])]


def test_each_list_offers_its_file_and_the_page_of_the_file_leads_back(auditor, committing, works):
    sample = _draw(auditor).location.rpartition("/")[2]
    number = _numbers(committing, works)[0]
    _finding(auditor, number)
    for address, of in (("/inspection/anomalies/stale", "anomalies"), ("/inspection/findings", "findings"),
                        (f"/inspection/samples/{sample}", "samples"), (f"/inspection/visits?work={number}", "visits")):
        text = _page(auditor, address)
        assert f'name="of" value="{of}"' in text
        query = re.search(rf'name="of" value="{of}"><input type="hidden" name="query" value="([^"]*)"', text)[1]
        form = _page(auditor, f"/exports?of={of}&{query}".replace("&amp;", "&"))
        assert f'href="{address}' in form


def test_the_works_with_a_signal_come_with_its_reason_and_no_formula(auditor, works):
    rows = _rows(auditor, "anomalies", "kind=stale")
    assert len(rows) == 4
    assert all("setelah tahun anggaran 2021 berakhir" in row["Alasan"] for row in rows)
    assert all(row["Nama kegiatan"].startswith("'=") for row in rows)
    assert [row["ID PantauDesa"] for row in _rows(auditor, "anomalies", "kind=stale&year=2021")] == [
        row["ID PantauDesa"] for row in rows]
    assert auditor.post("/exports", data={"of": "anomalies", "query": "kind=stale&year=2019", "format": "csv"}
                        ).status_code == 422
    assert auditor.post("/exports", data={"of": "anomalies", "query": "kind=nothing", "format": "csv"}
                        ).status_code == 422


def test_a_sheet_says_filter_person_and_time(auditor, committing, works):
    book = openpyxl.load_workbook(io.BytesIO(_taken(auditor, "anomalies", "kind=stale&year=2021", "xlsx").data))
    notes = {}
    for row in book["Keterangan"].iter_rows(max_col=2):  # the filter stands above the words of the columns
        notes.setdefault(row[0].value, str(row[1].value))
    assert notes["Tanda"] == "Berjalan lewat waktu"
    assert notes["Tahun anggaran"] == "2021"
    assert "Dibuat oleh" in notes
    assert re.match(r"\d+ \w+ \d{4} \d\d\.\d\d", notes["Waktu"])
    assert all(cell.data_type != "f" for row in book["Tanda"].iter_rows() for cell in row)


def _finding(auditor, *numbers):
    answer = auditor.post("/inspection/findings", data={
        "work": ",".join(map(str, numbers)), "title": "Volume kurang", "condition": FORMULA, "criteria": "RAB",
        "recommendation": "Ukur ulang", "amount": "12.500.000", "due_on": "2027-01-31"})
    assert answer.status_code == 302, answer.text
    return answer.location.rpartition("/")[2]


def test_the_register_of_findings_holds_each_finding_with_its_works_and_what_followed(auditor, committing, works):
    one, other, *_rest = _numbers(committing, works)
    finding = _finding(auditor, one, other)
    auditor.post(f"/inspection/findings/{finding}/events", data={"kind": "followed_up", "text": "Sudah diukur"})
    (row,) = _rows(auditor, "findings", "state=followed_up")
    assert (row["Nomor temuan"], row["Judul"], row["Tenggat"]) == (finding, "Volume kurang", "2027-01-31")
    assert row["Kondisi"].startswith("'=")
    assert {str(one), str(other)} <= set(row["Kegiatan yang disebut"].split())
    assert row["Tindak lanjut terakhir"] == "Sudah diukur"
    assert row["Anggaran"] == "12500000"
    assert _rows(auditor, "findings")[0]["Nomor temuan"] == finding, "what is not closed, as the page shows it"


def test_a_sample_comes_as_it_was_drawn_and_says_how_to_draw_it_again(auditor, committing, works):
    sample = _draw(auditor).location.rpartition("/")[2]
    committing.execute("UPDATE project SET amount = 999 WHERE id = ANY (%s)", [works])
    rows = _rows(auditor, "samples", f"sample={sample}")
    assert [row["Urutan"] for row in rows] == ["1", "2", "3"]
    assert all(row["Anggaran"] != "999" and len(row["Karcis"]) == 64 for row in rows)
    text = _taken(auditor, "samples", f"sample={sample}").data.decode("utf-8-sig")
    assert "700.1/12/2026" in text


def test_a_visit_plan_comes_in_its_order_with_what_has_no_place_at_the_end(auditor, committing, works):
    query = "&".join(f"work={number}" for number in _numbers(committing, works)) + "&days=2"
    page = _page(auditor, f"/inspection/visits?{query}")
    rows = _rows(auditor, "visits", query)
    assert [row["Hari"] for row in rows][-1] == ""
    shown = re.findall(r'<li><a href="/projects/([0-9a-f-]{36})"><strong>', page)
    assert [row["ID PantauDesa"] for row in rows][:3] == shown
    assert {row["Hari"] for row in rows} == {"1", "2", ""}


@pytest.mark.parametrize("of", ["anomalies", "samples", "visits", "findings"])
def test_who_may_not_open_the_page_does_not_get_the_file(client_of, committing, auditor, village, works, of):
    sample = _draw(auditor).location.rpartition("/")[2]
    number = _numbers(committing, works)[0]
    _finding(auditor, number)
    query = {"anomalies": "kind=stale", "samples": f"sample={sample}", "visits": f"work={number}", "findings": ""}[of]
    assert _taken(auditor, of, query).status_code == 200
    treasurer = client_of(build.person(committing, "treasurer", village))
    assert treasurer.get(f"/exports?of={of}&{query}").status_code == 404
    assert treasurer.post("/exports", data={"of": of, "query": query, "format": "csv"}).status_code == 404
    elsewhere = client_of(build.person(committing, "auditor", build.region(committing, "Jauh")))
    if of == "visits":
        return  # public works may be visited by whoever inspects
    assert elsewhere.post("/exports", data={"of": of, "query": query, "format": "csv"}).status_code == 422


def test_a_pair_leads_to_a_visit_and_to_a_finding_for_who_may(client_of, committing, auditor, village, pair):
    text = _page(auditor, f"/pairs/{pair}")
    assert f'href="/inspection/visits?pair={pair}"' in text
    assert f'href="/inspection/findings/new?pair={pair}"' in text
    assert 'name="pair"' in _page(auditor, f"/inspection/findings/new?pair={pair}")
    planner = _page(client_of(build.person(committing, "planner", village)), f"/pairs/{pair}")
    assert (f"/inspection/visits?pair={pair}" in planner, "/findings/new" in planner) == (True, False)
    field = _page(client_of(build.person(committing, "field", village)), f"/pairs/{pair}")
    assert "/inspection/visits" not in field
