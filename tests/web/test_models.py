"""The page of weights over HTTP: nothing is saved before what would change was shown, and only by whom it may."""

import re

import pytest

from app.db import Database
from app.jobs import weighing
from app.jobs.matching import match
from app.jobs.progress import Progress
from app.queries import jobs
from app.settings import Settings
from geo.evidence import EVIDENCE
from tests import build


@pytest.fixture(scope="module")
def database(module_database):
    made = Database(module_database.web_dsn, size=2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin_id(committing, places):
    return build.person(committing, "admin", places.regency, full_name="Ibu Pengelola")


@pytest.fixture(scope="module")
def works(committing, places, database, admin_id):
    made = [build.project(committing, places.village, name="Rabat beton jalan Dusun Krajan RT 01", fund=fund,
                          amount=amount, at=build.line((0, north), (250, north)))
            for fund, amount, north in (("DDS", 180_000_000, 0), ("PBK", 181_000_000, 3))]
    with database.transaction(read_only=False, person=admin_id) as connection:
        match(connection, made)
    return made


@pytest.fixture
def admin(client_of, admin_id, works):
    return client_of(admin_id)


@pytest.fixture
def run(database, committing, admin_id):
    """`run(address of a draft)`: what the worker does with its waiting job."""

    def work(address: str) -> None:
        draft = address.rsplit("/", 1)[1]
        job, task = committing.execute("SELECT id, task FROM job WHERE draft_id = %s AND state = 'queued'",
                                       [draft]).fetchone()
        with database.transaction(read_only=False, person=admin_id) as connection:
            assert jobs.start(connection, job)
        act = {"model.measure": weighing.measure, "model.save": weighing.save}[task]
        act(database, Settings(), admin_id, draft, Progress(database, admin_id, job))

    return work


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def drafted(client, **form):
    answer = client.post("/model/drafts", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def hidden(text):
    return {name: re.search(rf'name="{name}" value="([^"]*)"', text)[1] for name in ("content_hash", "measured_at")}


def model_rows(committing):
    return committing.execute("SELECT count(*) FROM model").fetchone()[0]


def saving(text: str) -> str:
    """The part of a draft's page in which it is saved."""
    part = text[text.index('id="simpan"'):]
    return part[:part.index("</section>")]


def test_the_page_says_what_decides_in_words_and_bits(admin):
    text = text_of(admin, "/model")
    for words in ("shipped-5", "bawaan PantauDesa", "dihitung dari 2 kegiatan", "Tepat di titik yang sama",
                  'value="3,6"', 'value="-5,8"', "Belum terkalibrasi: baru 0 dari 200"):
        assert words in text


@pytest.mark.parametrize("role", ["planner", "auditor", "field"])
def test_others_see_nothing_of_it(client_of, committing, places, role, works):
    client = client_of(build.person(committing, role, places.village))
    assert client.get("/model").status_code == 403
    assert client.post("/model/drafts", data={"prior": "-9"}).status_code == 403


def test_an_administrator_of_a_part_reads_and_does_not_change(client_of, committing, places, admin, run):
    part = client_of(build.person(committing, "admin", places.district))
    assert "hanya pengelola seluruh wilayah" in text_of(part, "/model")
    assert "Lihat yang berubah" not in text_of(part, "/model")
    refused = part.post("/model/drafts", data={"prior": "-9"})
    assert (refused.status_code, "seluruh wilayah" in refused.text) == (409, True)
    assert part.get(drafted(admin, prior="-9,5")).status_code == 404


@pytest.mark.parametrize(("field", "text"), [("prior", "banyak"), ("prior", "99"), ("flagged_from", "0,2"),
                                             ("w-place-4", ""), ("w-place-4", "nan")])
def test_a_number_that_is_none_is_refused_by_its_name(admin, field, text):
    """On the page of the form, with what was typed, so that it can be corrected."""
    refused = admin.post("/model/drafts", data={field: text, "w-place-1": "1,25"})
    assert refused.status_code == 400
    assert "bukan angka antara" in refused.text
    assert f'name="{field}"' in refused.text
    assert 'name="w-place-1" value="1,25"' in refused.text
    assert admin.get("/model/drafts").location == "/model"


def test_the_form_as_it_was_shown_changes_nothing(admin):
    fields = dict(re.findall(r'name="(prior|flagged_from|w-[a-z]+-\d+)"[^>]*?value="([^"]*)"',
                             text_of(admin, "/model")))
    assert len(fields) == 2 + sum(module.LEVELS for module in EVIDENCE.values())
    refused = admin.post("/model/drafts", data=fields)
    assert (refused.status_code, "sama dengan yang berlaku" in refused.text) == (409, True)
    assert "Angka-angkanya" in refused.text


def test_too_few_verdicts_are_refused_in_plain_words(admin):
    refused = admin.post("/model/drafts/learned", data={"seed": "0"})
    assert refused.status_code == 409
    learns = refused.text[refused.text.index('class="model-learn"'):]
    assert "masing-masing perlu paling sedikit 10" in learns[:learns.index("</form>")]
    wrong = admin.post("/model/drafts/learned", data={"seed": "-1"})
    assert wrong.status_code == 400
    assert 'id="seed-error"' in wrong.text


def test_the_whole_way_from_draft_to_saved_and_back(admin, run, committing, admin_id, works):
    before = model_rows(committing)
    address = drafted(admin, prior="-11,5", flagged_from="0,9")
    assert "Menghitung yang berubah" in text_of(admin, address)
    early = admin.post(f"{address}/save", data={"reason": "Sebab.", "content_hash": "x", "measured_at": ""})
    assert early.status_code == 422
    run(address)
    text = text_of(admin, address)
    for words in ("Tidak lagi diminta diperiksa", "Rabat beton jalan Dusun Krajan RT 01", "-11,5", "Rp 180 juta"):
        assert words in text
    assert model_rows(committing) == before, "nothing is saved by looking"
    empty = admin.post(f"{address}/save", data=hidden(text) | {"reason": " "})
    assert empty.status_code == 422
    assert "Tulis alasan perubahan ini" in saving(empty.text)
    assert 'aria-invalid="true"' in saving(empty.text)
    wrong = hidden(text) | {"content_hash": "0" * 64, "reason": "Sebab <b>."}
    changed = admin.post(f"{address}/save", data=wrong)
    assert changed.status_code == 409
    assert "bukan yang Anda lihat" in saving(changed.text)
    assert ">Sebab &lt;b&gt;.</textarea>" in saving(changed.text), "what was typed is not lost"
    assert hidden(changed.text) == hidden(text), "the form is one that can be sent"
    assert admin.get(f"{address}/save").headers["Location"] == address
    assert admin.post(f"{address}/save", data=hidden(text) | {"reason": "Terlalu banyak."}).status_code == 303
    run(address)
    assert "sudah disimpan: Terlalu banyak." in text_of(admin, address)
    shown = text_of(admin, "/model")
    for words in ("local-1", "Ibu Pengelola", "Terlalu banyak.", "Kembali ke versi ini"):
        assert words in shown
    assert committing.execute("SELECT to_look_at FROM pair WHERE left_project = ANY (%s)", [works]).fetchone() in (
        None, (False,))
    back = admin.post(re.search(r'action="(/model/versions/\d+/drafts)"', shown)[1])
    run(back.headers["Location"])
    assert "Baru diminta diperiksa" in text_of(admin, back.headers["Location"])


def test_a_draft_made_stale_by_another_is_measured_again_and_not_saved(admin, run):
    stale, other = drafted(admin, prior="-4"), drafted(admin, prior="-5")
    run(stale)
    seen = hidden(text_of(admin, stale))
    run(other)
    admin.post(f"{other}/save", data=hidden(text_of(admin, other)) | {"reason": "Lebih tepat."})
    run(other)
    refused = admin.post(f"{stale}/save", data=seen | {"reason": "Sebab yang panjang."})
    assert refused.status_code == 409
    assert "Sebab yang panjang." in saving(refused.text)
    assert "Hitung lagi" in saving(refused.text)
    text = text_of(admin, stale)
    assert "sudah berganti" in text
    assert "Simpan dan ukur ulang" not in text
    again, _question, asked = admin.post(f"{stale}/measure", data={"reason": "Sebab yang panjang."}
                                         ).headers["Location"].partition("?")
    assert again != stale
    run(again)
    assert "Simpan dan ukur ulang" in text_of(admin, again)
    assert "Sebab yang panjang.</textarea>" in saving(text_of(admin, f"{again}?{asked}"))


def test_an_earlier_version_that_is_the_one_in_force_is_refused_beside_the_versions(admin, committing):
    in_force = committing.execute("SELECT max(id) FROM model").fetchone()[0]
    refused = admin.post(f"/model/versions/{in_force}/drafts")
    assert refused.status_code == 409
    assert "notice-wrong" in refused.text[refused.text.index("Versi sampai sekarang"):]
    assert admin.get(f"/model/versions/{in_force}/drafts").headers["Location"] == "/model"


def test_a_draft_of_a_foreign_or_unknown_number_is_not_there(admin):
    assert admin.get("/model/drafts/00000000-0000-0000-0000-000000000000").status_code == 404
    assert admin.post("/model/versions/999999/drafts").status_code == 404
    assert admin.post("/model/versions/99999999999999999999/drafts").status_code == 404


def test_a_waiting_measurement_can_be_stopped(admin):
    address = drafted(admin, prior="-3,3")
    assert admin.post(f"{address}/cancel").status_code == 303
    assert "Dihentikan. Tidak ada yang berubah." in text_of(admin, address)


def test_a_draft_of_an_earlier_version_is_still_shown(admin, committing):
    """Its evidence and levels are measured no more, and there are no words for them."""
    address = drafted(admin, flagged_from="0,61")
    draft = address.rsplit("/", 1)[1]
    committing.execute("UPDATE job SET state = 'done' WHERE draft_id = %s", [draft])
    committing.execute(
        "UPDATE model_draft SET content = jsonb_set(jsonb_set(content, '{weights,moon}', '[1.5, -2]'), "
        "'{weights,place}', (content #> '{weights,place}') || '[7.5]'::jsonb) WHERE id = %s", [draft])
    committing.execute("UPDATE model_draft SET content = content #- '{weights,side}' WHERE id = %s", [draft])
    text = text_of(admin, address)
    for words in ("petunjuk “moon” dari versi sebelumnya", "tingkat 0 dari versi sebelumnya, tidak dipakai lagi", "–"):
        assert words in text
    assert text_of(admin, "/model")
